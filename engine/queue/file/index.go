package file

import (
	"slices"
	"time"

	"tablestep/engine/queue"
)

// index holds the unfinished invocations in memory, in the orders in which they
// are claimed and expire. Claiming costs O(log n) a job, whatever the length.
// Its methods are called with the queue's lock held.
type index struct {
	entries map[queue.ID]*entry

	waiting  heap // available and due, with a body that is not large, oldest first
	large    heap // likewise, with a large one
	suspects heap // available and due, but each runs alone
	later    heap // available, not yet due
	due      heap // retryable, with a body that is not large, by time
	dueLarge heap // likewise, with a large one
	leased   heap // running and delivering, by the end of the lease
	all      heap // every entry, oldest first

	counts [stateCount]int
	bounds queue.Bounds
	// alone is the suspect that runs, if one does.
	alone *entry
	// begun says that the file tells that ordered ones may be running; see lines.
	begun bool
	// strays counts the ordered entries in later. While there are any, the order of
	// the others does not tell which of them run.
	strays int
	// largeRunning and largeDelivering are the bytes of large bodies that are leased.
	largeRunning, largeDelivering int64
	fence                         uint64
}

func newIndex(fence uint64, b queue.Bounds) *index {
	return &index{
		entries:  make(map[queue.ID]*entry),
		waiting:  heap{less: byID},
		large:    heap{less: byID},
		suspects: heap{less: bySuspicion},
		later:    heap{less: byTime},
		due:      heap{less: byTime},
		dueLarge: heap{less: byTime},
		leased:   heap{less: byTime},
		all:      heap{less: byID, slot: 1},
		bounds:   b,
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
func (x *index) move(e *entry, s queue.State, at, now time.Time) {
	x.take(e)
	x.counts[e.state]--
	e.state, e.at = s, at
	x.counts[s]++
	x.place(e, now)
}

// remove forgets an entry that has finished in state s.
func (x *index) remove(e *entry, s queue.State) {
	x.take(e)
	x.all.remove(e)
	delete(x.entries, e.id)
	x.counts[e.state]--
	x.counts[s]++
}

func (x *index) take(e *entry) {
	if e.in == &x.later && e.ordered {
		x.strays--
	}
	if e.in != nil {
		e.in.remove(e)
		e.in = nil
	}
	if e.held > 0 {
		*x.leasedBytes(e.state) -= e.held
		e.held = 0
	}
	if x.alone == e {
		x.alone = nil
	}
}

func (x *index) leasedBytes(s queue.State) *int64 {
	if s == queue.Delivering {
		return &x.largeDelivering
	}
	return &x.largeRunning
}

func (x *index) place(e *entry, now time.Time) {
	isLarge := e.bytes > queue.LargeBody
	switch {
	case e.state == queue.Running || e.state == queue.Delivering:
		e.in = &x.leased
		if isLarge {
			e.held = e.bytes
			*x.leasedBytes(e.state) += e.held
		}
		if e.state == queue.Running && e.suspect {
			x.alone = e
		}
	case e.state == queue.Retryable && isLarge:
		e.in = &x.dueLarge
	case e.state == queue.Retryable:
		e.in = &x.due
	case e.at.After(now):
		e.in = &x.later
		if e.ordered {
			x.strays++
		}
	case e.suspect:
		e.in = &x.suspects
	case isLarge:
		e.in = &x.large
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
	if e.state == queue.Delivering {
		e.ambiguous = e.ambiguous || lost
		x.move(e, queue.Retryable, e.due, now)
		return
	}
	if lost {
		e.lost++
	}
	e.started = false
	x.move(e, queue.Available, now, now)
}

// claim leases the next available entry, or gives nil. While there are suspects
// nothing else is claimed, and each of them only when nothing runs.
func (x *index) claim(now, until time.Time) *entry {
	e := x.nextEvaluation()
	if e == nil {
		return nil
	}
	x.fence++
	e.fence = x.fence
	x.move(e, queue.Running, until, now)
	return e
}

// nextEvaluation is the entry that may be claimed for evaluation, nil if none may.
func (x *index) nextEvaluation() *entry {
	switch {
	case x.alone != nil || x.counts[queue.Running] >= x.bounds.Running:
		return nil
	case x.suspects.len() > 0:
		if x.counts[queue.Running] > 0 {
			return nil
		}
		return x.suspects.top()
	}
	return first(x.waiting.top(), x.fitting(&x.large, x.largeRunning, x.bounds.RunningBytes), byID)
}

// nextDelivery likewise, for an attempt.
func (x *index) nextDelivery(now time.Time) *entry {
	e := first(x.due.top(), x.fitting(&x.dueLarge, x.largeDelivering, x.bounds.DeliveringBytes), byTime)
	if e == nil || e.at.After(now) {
		return nil
	}
	return e
}

// fitting gives the top of a heap of large ones if it fits beside what is leased; one
// always does.
func (x *index) fitting(h *heap, leased, most int64) *entry {
	if e := h.top(); e != nil && (leased == 0 || leased+e.bytes <= most) {
		return e
	}
	return nil
}

// first is the one of two entries, either of which may be nil, that comes first.
func first(a, b *entry, less func(a, b *entry) bool) *entry {
	if a == nil || b != nil && less(b, a) {
		return b
	}
	return a
}

// mustFlag says whether the claim of an entry must be on the disk before it is
// handed out, as its place among the others would not tell after a crash that it was
// running.
func (x *index) mustFlag(e *entry) bool {
	return e.suspect || e.lost > 0 || !e.ordered || x.strays > 0
}

// claimDelivery leases the next retryable entry that is due, or gives nil.
func (x *index) claimDelivery(now, until time.Time) *entry {
	e := x.nextDelivery(now)
	if e == nil {
		return nil
	}
	x.fence++
	e.fence, e.due = x.fence, e.at
	x.move(e, queue.Delivering, until, now)
	return e
}

// held gives the entry of a lease that is good at now.
func (x *index) held(l queue.Lease, now time.Time, states ...queue.State) (*entry, error) {
	e := x.entries[l.ID]
	if e == nil || e.fence != l.Fence || l.Fence == 0 || !e.at.After(now) && !e.busy {
		return nil, queue.ErrStale
	}
	if slices.Contains(states, e.state) {
		return e, nil
	}
	return nil, queue.ErrStale
}

// claimable says whether a claim for evaluation or for delivery would find something.
func (x *index) claimable(now time.Time) (evaluation, delivery bool) {
	return x.nextEvaluation() != nil, x.nextDelivery(now) != nil
}

// nextChange is when something becomes claimable by the passing of time alone.
func (x *index) nextChange(now time.Time) (at time.Time, ok bool) {
	for _, h := range []*heap{&x.later, &x.leased, &x.due, &x.dueLarge} {
		e := h.top()
		if e == nil || (h == &x.due || h == &x.dueLarge) && !e.at.After(now) {
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
