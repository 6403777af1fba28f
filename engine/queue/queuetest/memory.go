package queuetest

import (
	"context"
	"slices"
	"sync"
	"time"

	"tablestep/engine/queue"
)

// Memory is a store in memory: a list that is searched from the start. It is the model of
// every other one. Like those that do not write claims down it has to tell after a crash
// what may have been running from the order of acceptance, and is exact where that is.
type Memory struct {
	mu     sync.Mutex // guards the rest
	now    func() time.Time
	jobs   []*job // in the order of acceptance
	last   uint64 // sequence of the last ID
	fence  uint64
	owners []*Owner // that have it open
	next   queue.ID // the ID of the next one, where it is not zero
	turns  []given  // all that counts, in the order in which it was stored
	stuck  []queue.Stuck
}

// NewMemory makes an empty one with a clock.
func NewMemory(now func() time.Time) *Memory { return &Memory{now: now} }

// Open opens it as one more owner. What no living owner has is his.
func (m *Memory) Open(b queue.Bounds) (*Owner, error) {
	b, err := b.Filled()
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	o := &Owner{
		store: m, bounds: b, failed: make(chan struct{}), stop: make(chan struct{}),
		evaluate: make(chan struct{}, 1), deliver: make(chan struct{}, 1), done: make(chan struct{}),
	}
	m.owners = append(m.owners, o)
	m.adopt()
	go o.alarm()
	return o, nil
}

// Crash ends an owner as a kill of its process would. Those that remain take over.
func (m *Memory) Crash(o *Owner) {
	o.halt()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.settle()
	m.leave(o)
	inOrder := map[bool]int{} // by whether they are large
	for _, j := range m.jobs {
		if j.owner == o && j.unfinished() {
			j.crashed(o, m.now(), inOrder)
		}
	}
	m.adopt()
}

// leave takes an owner off the list; it is closed then.
func (m *Memory) leave(o *Owner) {
	o.closed = true
	m.owners = slices.DeleteFunc(m.owners, func(other *Owner) bool { return other == o })
}

// adopt gives what belongs to no living owner to the first of them. What that one is
// running is written down before, as the order would not tell it any more.
func (m *Memory) adopt() {
	if len(m.owners) == 0 {
		return
	}
	heir := m.owners[0]
	orphans := m.where(func(j *job) bool { return j.unfinished() && (j.owner == nil || j.owner.closed) })
	if len(orphans) == 0 {
		return
	}
	for _, j := range m.jobs {
		if j.owner == heir && j.state == queue.Running {
			j.started, j.alone = true, j.suspect
		}
	}
	for _, j := range orphans {
		j.owner = heir
	}
	heir.wake()
}

// settle ends the leases that have run out.
func (m *Memory) settle() {
	for _, j := range m.jobs {
		if j.leased() && !j.until.After(m.now()) {
			j.giveBack(m.now(), true)
		}
	}
}

func (m *Memory) where(is func(j *job) bool) []*job {
	var out []*job
	for _, j := range m.jobs {
		if is(j) {
			out = append(out, j)
		}
	}
	return out
}

// in gives the jobs in one of the states.
func (m *Memory) in(states ...queue.State) []*job {
	return m.where(func(j *job) bool { return slices.Contains(states, j.state) })
}

func (m *Memory) find(id queue.ID) *job {
	for _, j := range m.jobs {
		if j.id == id {
			return j
		}
	}
	return nil
}

func (m *Memory) unfinished() int { return len(m.where((*job).unfinished)) }

// newID makes the ID of an invocation that is accepted now.
func (m *Memory) newID() queue.ID {
	id := m.next
	if m.next = (queue.ID{}); id.IsZero() {
		millis := m.now().UnixMilli()
		if n := len(m.jobs); n > 0 {
			millis = max(millis, m.jobs[n-1].id.Millis())
		}
		id = queue.MakeID(millis, m.last+1)
	}
	m.last = id.Sequence()
	return id
}

// Owner is a Memory that somebody has open. It is a queue.Store.
type Owner struct {
	store  *Memory
	bounds queue.Bounds
	// The following are guarded by the store's lock.
	begun    bool // it is known that others than suspects may run
	stopping bool
	closed   bool

	failed            chan struct{} // never closed
	evaluate, deliver chan struct{} // one token: something may be claimable
	stop, done        chan struct{} // of the alarm
	halted            sync.Once
}

// enter takes the lock and says whether a call may be made.
func (o *Owner) enter(ctx context.Context) (leave func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	o.store.mu.Lock()
	if o.closed {
		o.store.mu.Unlock()
		return nil, queue.ErrClosed
	}
	o.store.settle()
	return func() {
		o.wake()
		o.store.mu.Unlock()
	}, nil
}

// wake gives tokens, with the lock held.
func (o *Owner) wake() {
	for _, w := range []struct {
		ch  chan struct{}
		any bool
	}{{o.evaluate, len(o.claimable(1)) > 0}, {o.deliver, len(o.deliverable(1)) > 0}} {
		if w.any {
			select {
			case w.ch <- struct{}{}:
			default:
			}
		}
	}
}

// alarm looks now and then whether time has made something claimable.
func (o *Owner) alarm() {
	defer close(o.done)
	for {
		select {
		case <-o.stop:
			return
		case <-time.After(10 * time.Millisecond):
		}
		o.store.mu.Lock()
		o.store.settle()
		o.wake()
		o.store.mu.Unlock()
	}
}

func (o *Owner) halt() {
	o.halted.Do(func() { close(o.stop) })
	<-o.done
}

// WakeEvaluation gives a token when Claim may find something.
func (o *Owner) WakeEvaluation() <-chan struct{} { return o.evaluate }

// WakeDelivery gives a token when ClaimDelivery may find something.
func (o *Owner) WakeDelivery() <-chan struct{} { return o.deliver }

// Failed is never closed.
func (o *Owner) Failed() <-chan struct{} { return o.failed }

// Err is nil: a Memory does not break.
func (o *Owner) Err() error { return nil }

// Stopping makes a crash blame nobody.
func (o *Owner) Stopping(ctx context.Context) error {
	leave, err := o.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	o.stopping = true
	return nil
}

// Close gives up what is owned. Those that remain take over.
func (o *Owner) Close() error {
	o.halt()
	m := o.store
	m.mu.Lock()
	defer m.mu.Unlock()
	if o.closed {
		return nil
	}
	m.settle()
	m.leave(o)
	for _, j := range m.jobs {
		if j.owner == o && j.unfinished() {
			j.closed(m.now())
		}
	}
	m.adopt()
	return nil
}

// Len is how many invocations it knows.
func (m *Memory) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.jobs)
}
