package engine

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"time"
)

// Bounds of evaluations that take long.
const (
	// fastTime is how long an evaluation stays in the fast lane. One of a thousand
	// leads takes a few milliseconds.
	fastTime = 30 * time.Millisecond
	// movedPieces is how many pieces of work an evaluation that was in the fast lane for
	// fastTime does before it needs a place in the slow one. Where the processors are
	// short, one that has hardly anything to do may have waited for one as long: sent to
	// the slow lane, it waited for the few places there, too, and the 99th percentile of
	// callbacks was 266 ms instead of 105.
	movedPieces = 100
	// movedTime is how long those may take. A single piece of a slow lookup takes
	// milliseconds: a hundred of them, of an evaluation for each processor, would leave
	// nothing to others.
	movedTime = 5 * time.Millisecond
	// slowTime is how long one in the slow lane keeps its place while others wait.
	slowTime = 10 * time.Millisecond
	// slowPlaces is how many processors there are to a place in the slow lane.
	slowPlaces = 4
	// slowRoom is how many evaluations may be in the slow lane, most of them
	// waiting; beyond it a batch goes back to the queue. It is well below the number
	// of workers, so that there are always some for others.
	slowRoom  = Workers / 4
	roomPause = 500 * time.Millisecond // before such a batch is claimed again
	// The network is looked at when a processor has nothing to do, and else every
	// 10 ms only. Where there is one processor, slow work leaves it alone now and
	// then.
	napEvery = time.Millisecond
	napTime  = 50 * time.Microsecond
)

// errCrowded says that too many evaluations are in the slow lane.
var errCrowded = errors.New("too many slow evaluations are under way")

// Turns share the processors out among evaluations. An evaluation begins in the fast
// lane, which has a place for each processor, and a workspace to each place. One
// that takes longer than fastTime gives its place to another, and waits for one in
// the slow lane, whose few places go round. So evaluations that take long leave
// room for those that do not.
type turns struct {
	fast   chan *Workspace
	slow   chan struct{}
	inSlow atomic.Int32 // evaluations that have left the fast lane, or passed it by, and not ended
	alone  bool         // there is only one processor
}

func newTurns(evaluators int) *turns {
	t := &turns{
		fast:  make(chan *Workspace, evaluators),
		slow:  make(chan struct{}, max(1, evaluators/slowPlaces)),
		alone: runtime.GOMAXPROCS(0) == 1,
	}
	for range evaluators {
		t.fast <- new(Workspace)
	}
	return t
}

// A turn is the place of one evaluation in its lane. A nil turn waits for nothing.
type turn struct {
	turns     *turns
	workspace *Workspace
	patient   bool // it waits for a place in the slow lane however many do
	timer     *time.Timer
	lane      atomic.Int32
	since     time.Time // since when it has its place in the slow lane, or does without
	napped    time.Time
	moved     int           // pieces of work done since it has lost its place in the fast lane
	waited    time.Duration // for places in the slow lane
	err       error         // why a rest failed; from then on each does
}

// The lanes of a turn.
const (
	laneFast  = int32(iota)
	laneMoved // it has lost its place in the fast lane, and has none in the slow one
	laneSlow
)

// enter waits for a place, in the slow lane where the evaluation is known to take
// long. It fails with errCrowded, unless the caller is patient.
func (t *turns) enter(ctx context.Context, slow, patient bool) (*turn, error) {
	n := &turn{turns: t, patient: patient}
	if slow {
		n.workspace = new(Workspace)
		n.lane.Store(laneMoved)
		t.inSlow.Add(1)
		if err := n.toSlow(ctx); err != nil {
			n.leave()
			return nil, err
		}
		return n, nil
	}
	select {
	case n.workspace = <-t.fast:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	n.timer = time.AfterFunc(fastTime, n.slowDown)
	return n, nil
}

// slowDown gives the place in the fast lane to another evaluation. This one, which
// keeps its workspace, finds out when it rests next; until then it may be waiting
// for a table to be loaded.
func (n *turn) slowDown() {
	if n.lane.CompareAndSwap(laneFast, laneMoved) {
		n.turns.inSlow.Add(1)
		n.turns.fast <- new(Workspace)
	}
}

// rest is called between pieces of work. It waits where it is another's turn.
func (n *turn) rest(ctx context.Context) error {
	if n == nil {
		return nil
	}
	if n.err != nil {
		return n.err
	}
	switch n.lane.Load() {
	case laneFast:
		return nil
	case laneMoved:
		if n.moved++; n.moved == 1 {
			n.since = time.Now() // It is running now, whatever it waited for before.
			return nil
		}
		if n.moved < movedPieces && time.Since(n.since) < movedTime {
			return nil
		}
		return n.toSlow(ctx)
	}
	now := time.Now()
	switch {
	case now.Sub(n.since) >= slowTime && int(n.turns.inSlow.Load()) > cap(n.turns.slow):
		<-n.turns.slow
		n.lane.Store(laneMoved)
		return n.wait(ctx)
	case n.turns.alone && now.Sub(n.napped) >= napEvery:
		time.Sleep(napTime)
		n.napped = time.Now()
	default:
		runtime.Gosched()
	}
	return nil
}

// toSlow takes an evaluation that has lost its place to the slow lane.
func (n *turn) toSlow(ctx context.Context) error {
	if !n.patient && n.turns.inSlow.Load() > slowRoom {
		n.err = errCrowded
		return n.err
	}
	return n.wait(ctx)
}

// wait waits for a place in the slow lane; those that came before are served first.
func (n *turn) wait(ctx context.Context) error {
	start := time.Now()
	select {
	case n.turns.slow <- struct{}{}:
		n.lane.Store(laneSlow)
		n.since = time.Now()
		n.napped = n.since
		n.waited += n.since.Sub(start)
		return nil
	case <-ctx.Done():
		n.err = ctx.Err()
		return n.err
	}
}

// failed is why a rest failed: what was evaluated then is good for nothing.
func (n *turn) failed() error {
	if n == nil {
		return nil
	}
	return n.err
}

// leave gives the place back.
func (n *turn) leave() {
	if n.lane.CompareAndSwap(laneFast, laneMoved) {
		n.timer.Stop()
		n.turns.fast <- n.workspace
		return
	}
	if n.lane.Load() == laneSlow {
		<-n.turns.slow
	}
	n.turns.inSlow.Add(-1)
}
