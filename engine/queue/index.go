package queue

import "time"

// index holds the unfinished invocations in memory, in the orders in which they
// are claimed and expire. Claiming costs O(log n) a job, whatever the length.
// Its methods are called with the queue's lock held.
type index struct {
	entries map[ID]*entry

	waiting  heap // available and due, oldest first
	isolated heap // available and due, but each runs alone, oldest first
	later    heap // available, not yet due
	due      heap // retryable, by time
	leased   heap // running and delivering, by the end of the lease
	all      heap // every entry, oldest first

	counts [stateCount]int
	// alone is the isolated entry that runs, if one does.
	alone *entry
	fence uint64
}

func newIndex(fence uint64) *index {
	return &index{
		entries:  make(map[ID]*entry),
		waiting:  heap{less: byID},
		isolated: heap{less: byID},
		later:    heap{less: byTime},
		due:      heap{less: byTime},
		leased:   heap{less: byTime},
		all:      heap{less: byID, slot: 1},
		fence:    fence,
	}
}

// add takes in an entry that is available or retryable from at.
func (x *index) add(e *entry, now time.Time) {
	x.entries[e.id] = e
	x.all.push(e)
	x.counts[e.state]++
	x.place(e, now)
}

// move puts an entry into another state; at is as in entry.at.
func (x *index) move(e *entry, s State, at, now time.Time) {
	x.take(e)
	x.counts[e.state]--
	e.state, e.at = s, at
	x.counts[s]++
	x.place(e, now)
}

// remove forgets an entry that has finished in state s.
func (x *index) remove(e *entry, s State) {
	x.take(e)
	x.all.remove(e)
	delete(x.entries, e.id)
	x.counts[e.state]--
	x.counts[s]++
}

func (x *index) take(e *entry) {
	if e.in != nil {
		e.in.remove(e)
		e.in = nil
	}
	if x.alone == e {
		x.alone = nil
	}
}

func (x *index) place(e *entry, now time.Time) {
	switch {
	case e.state == Running || e.state == Delivering:
		e.in = &x.leased
		if e.state == Running && e.isolated {
			x.alone = e
		}
	case e.state == Retryable:
		e.in = &x.due
	case e.at.After(now):
		e.in = &x.later
	case e.isolated:
		e.in = &x.isolated
	default:
		e.in = &x.waiting
	}
	e.in.push(e)
}

// settle ends leases that have run out and brings forward what has become due.
// An evaluation that ran out is available again; of a delivery that ran out
// nobody knows whether it arrived.
func (x *index) settle(now time.Time) {
	for e := x.leased.top(); e != nil && !e.at.After(now); e = x.leased.top() {
		if e.busy {
			// Its operation is being written; look again when that is done. The
			// lease is moved on by little, as the heap must stay ordered.
			x.leased.remove(e)
			e.at = now.Add(busyGrace)
			x.leased.push(e)
			continue
		}
		x.release(e, true, now)
	}
	for e := x.later.top(); e != nil && !e.at.After(now); e = x.later.top() {
		x.take(e)
		x.place(e, now)
	}
}

// busyGrace is how far a lease is moved on whose operation is being written.
const busyGrace = time.Second

// release gives a leased entry back. Lost says that its holder did not say how
// it ended.
func (x *index) release(e *entry, lost bool, now time.Time) {
	e.fence, e.sealing = 0, nil
	if e.state == Delivering {
		e.ambiguous = e.ambiguous || lost
		x.move(e, Retryable, e.due, now)
		return
	}
	x.move(e, Available, now, now)
}

// claim leases the next available entry, or gives nil.
func (x *index) claim(now, until time.Time) *entry {
	e := x.waiting.top()
	if x.alone == nil && x.isolated.len() > 0 {
		e = x.isolated.top()
	}
	if e == nil {
		return nil
	}
	x.fence++
	e.fence = x.fence
	x.move(e, Running, until, now)
	return e
}

// claimDelivery leases the next retryable entry that is due, or gives nil.
func (x *index) claimDelivery(now, until time.Time) *entry {
	e := x.due.top()
	if e == nil || e.at.After(now) {
		return nil
	}
	x.fence++
	e.fence, e.due = x.fence, e.at
	x.move(e, Delivering, until, now)
	return e
}

// held gives the entry of a lease that is good at now.
func (x *index) held(l Lease, now time.Time, states ...State) (*entry, error) {
	e := x.entries[l.ID]
	if e == nil || e.fence != l.fence || l.fence == 0 || !e.at.After(now) && !e.busy {
		return nil, ErrStale
	}
	for _, s := range states {
		if e.state == s {
			return e, nil
		}
	}
	return nil, ErrStale
}

// claimable says whether a claim for evaluation or for delivery would find something.
func (x *index) claimable(now time.Time) (evaluation, delivery bool) {
	evaluation = x.waiting.len() > 0 || x.isolated.len() > 0 && x.alone == nil
	top := x.due.top()
	return evaluation, top != nil && !top.at.After(now)
}

// nextChange is when something becomes claimable by the passing of time alone.
func (x *index) nextChange(now time.Time) (at time.Time, ok bool) {
	for _, h := range []*heap{&x.later, &x.leased, &x.due} {
		e := h.top()
		if e == nil || h == &x.due && !e.at.After(now) {
			continue
		}
		if !ok || e.at.Before(at) {
			at, ok = e.at, true
		}
	}
	return at, ok
}

// unfinished counts the entries.
func (x *index) unfinished() int { return len(x.entries) }
