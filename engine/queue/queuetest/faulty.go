package queuetest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"tablestep/engine/queue"
)

// Call is a kind of call of a store.
type Call string

// The calls that may be made to fail.
const (
	CallPut           Call = "Put"
	CallClaim         Call = "Claim"
	CallClaimDelivery Call = "ClaimDelivery"
	CallExtend        Call = "Extend"
	CallFinish        Call = "Finish"
	CallGet           Call = "Get"
	CallList          Call = "List"
	CallReplay        Call = "Replay"
	CallReplayBetween Call = "ReplayBetween"
	CallPurge         Call = "Purge"
	CallStats         Call = "Stats"
	CallStopping      Call = "Stopping"
	CallCounters      Call = "Counters"
	CallStuckTo       Call = "StuckTo"
	CallSetCounters   Call = "SetCounters"
	CallRotations     Call = "Rotations"
	CallMoveRotations Call = "MoveRotations"
	CallDropRotations Call = "DropRotations"
	CallUnstick       Call = "Unstick"
)

// Calls are all of them.
func Calls() []Call {
	return []Call{
		CallPut, CallClaim, CallClaimDelivery, CallExtend, CallFinish, CallGet, CallList, CallReplay, CallReplayBetween,
		CallPurge, CallStats, CallStopping,
		CallCounters, CallStuckTo, CallSetCounters, CallRotations, CallMoveRotations, CallDropRotations, CallUnstick,
	}
}

// Fault says which call fails.
type Fault struct {
	Call  Call
	N     int  // which one of its kind, from 1
	Times int  // how many in a row; 0 is one
	After bool // its effect takes place
}

// String names it.
func (f Fault) String() string {
	when := "before"
	if f.After {
		when = "after"
	}
	return fmt.Sprintf("%s %d fails %s its effect", f.Call, f.N, when)
}

// Faulty is a store of which some calls fail with ErrUnavailable. The others are those
// of the store beneath.
type Faulty struct {
	queue.Store
	fault Fault

	mu   sync.Mutex // guards seen
	seen int        // calls of the kind
}

// NewFaulty makes one.
func NewFaulty(s queue.Store, f Fault) *Faulty { return &Faulty{Store: s, fault: f} }

// Struck says whether a call has failed.
func (f *Faulty) Struck() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seen >= f.fault.N
}

// call makes a call, or lets it fail.
func (f *Faulty) call(c Call, do func() error) error {
	if c != f.fault.Call {
		return do()
	}
	f.mu.Lock()
	f.seen++
	strike := f.seen >= f.fault.N && f.seen < f.fault.N+max(f.fault.Times, 1)
	f.mu.Unlock()
	if !strike {
		return do()
	}
	if f.fault.After {
		if err := do(); err != nil {
			return err
		}
	}
	return fmt.Errorf("injected: %s: %w", f.fault, queue.ErrUnavailable)
}

// Put may fail. Where it does before its effect nothing is kept.
func (f *Faulty) Put(ctx context.Context, in queue.Invocation) (id queue.ID, duplicate bool, err error) {
	called := false
	err = f.call(CallPut, func() (err error) {
		called = true
		id, duplicate, err = f.Store.Put(ctx, in)
		return err
	})
	if !called && in.Decoded != nil {
		in.Decoded.Release()
	}
	if err != nil {
		return queue.ID{}, false, err
	}
	return id, duplicate, nil
}

// Claim may fail; what it has leased by then is lost to its caller.
func (f *Faulty) Claim(ctx context.Context, most int, lease time.Duration) (jobs []queue.Job, err error) {
	err = f.call(CallClaim, func() (err error) {
		jobs, err = f.Store.Claim(ctx, most, lease)
		return err
	})
	if err != nil {
		return nil, err
	}
	return jobs, nil
}

// ClaimDelivery may fail likewise.
func (f *Faulty) ClaimDelivery(ctx context.Context, most int, lease time.Duration) (ds []queue.Delivery, err error) {
	err = f.call(CallClaimDelivery, func() (err error) {
		ds, err = f.Store.ClaimDelivery(ctx, most, lease)
		return err
	})
	if err != nil {
		return nil, err
	}
	return ds, nil
}

// Extend may fail.
func (f *Faulty) Extend(ctx context.Context, l queue.Lease, d time.Duration) error {
	return f.call(CallExtend, func() error { return f.Store.Extend(ctx, l, d) })
}

// Finish may fail.
func (f *Faulty) Finish(ctx context.Context, l queue.Lease, o queue.Outcome) error {
	return f.call(CallFinish, func() error { return f.Store.Finish(ctx, l, o) })
}

// Get may fail.
func (f *Faulty) Get(ctx context.Context, id queue.ID) (i queue.Info, err error) {
	err = f.call(CallGet, func() (err error) {
		i, err = f.Store.Get(ctx, id)
		return err
	})
	return i, err
}

// List may fail.
func (f *Faulty) List(ctx context.Context, filter queue.Filter) (list []queue.Info, err error) {
	err = f.call(CallList, func() (err error) {
		list, err = f.Store.List(ctx, filter)
		return err
	})
	return list, err
}

// Replay may fail.
func (f *Faulty) Replay(ctx context.Context, id queue.ID) error {
	return f.call(CallReplay, func() error { return f.Store.Replay(ctx, id) })
}

// ReplayBetween may fail; how many it has replayed is not known then.
func (f *Faulty) ReplayBetween(ctx context.Context, from, to time.Time, s queue.State) (n int, err error) {
	err = f.call(CallReplayBetween, func() (err error) {
		n, err = f.Store.ReplayBetween(ctx, from, to, s)
		return err
	})
	return n, err
}

// Purge may fail likewise.
func (f *Faulty) Purge(ctx context.Context, before time.Time) (n int, err error) {
	err = f.call(CallPurge, func() (err error) {
		n, err = f.Store.Purge(ctx, before)
		return err
	})
	return n, err
}

// Stats may fail.
func (f *Faulty) Stats(ctx context.Context) (s queue.Stats, err error) {
	err = f.call(CallStats, func() (err error) {
		s, err = f.Store.Stats(ctx)
		return err
	})
	return s, err
}

// Stopping may fail.
func (f *Faulty) Stopping(ctx context.Context) error {
	return f.call(CallStopping, func() error { return f.Store.Stopping(ctx) })
}

// Counters may fail.
func (f *Faulty) Counters(ctx context.Context, r queue.Rotation) (rows []queue.Counter, err error) {
	err = f.call(CallCounters, func() (err error) {
		rows, err = f.Store.Counters(ctx, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// StuckTo may fail.
func (f *Faulty) StuckTo(ctx context.Context, r queue.Rotation, leads []string) (stuck []queue.Stuck, err error) {
	err = f.call(CallStuckTo, func() (err error) {
		stuck, err = f.Store.StuckTo(ctx, r, leads)
		return err
	})
	if err != nil {
		return nil, err
	}
	return stuck, nil
}

// SetCounters may fail.
func (f *Faulty) SetCounters(ctx context.Context, r queue.Rotation, rows []queue.Counter) error {
	return f.call(CallSetCounters, func() error { return f.Store.SetCounters(ctx, r, rows) })
}

// Rotations may fail.
func (f *Faulty) Rotations(ctx context.Context) (list []queue.Rotation, err error) {
	err = f.call(CallRotations, func() (err error) {
		list, err = f.Store.Rotations(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// MoveRotations may fail.
func (f *Faulty) MoveRotations(ctx context.Context, table, to string) error {
	return f.call(CallMoveRotations, func() error { return f.Store.MoveRotations(ctx, table, to) })
}

// DropRotations may fail.
func (f *Faulty) DropRotations(ctx context.Context, table string, lookups ...string) error {
	return f.call(CallDropRotations, func() error { return f.Store.DropRotations(ctx, table, lookups...) })
}

// Unstick may fail; in how many rotations a row was kept is not known then.
func (f *Faulty) Unstick(ctx context.Context, r queue.Rotation, lead string) (n int, err error) {
	err = f.call(CallUnstick, func() (err error) {
		n, err = f.Store.Unstick(ctx, r, lead)
		return err
	})
	return n, err
}
