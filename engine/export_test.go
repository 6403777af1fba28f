package engine

import (
	"context"
	"time"
)

// Evaluate evaluates the bytes of a request at once.
func (e *Engine) Evaluate(ctx context.Context, body []byte) ([]byte, Summary, error) {
	return e.evaluator.Evaluate(ctx, new(Workspace), body, nil)
}

// EvaluateTwice evaluates two requests in one workspace, as a worker does.
func (e *Engine) EvaluateTwice(ctx context.Context, first, second []byte) ([]byte, error) {
	ws := new(Workspace)
	if _, _, err := e.evaluator.Evaluate(ctx, ws, first, nil); err != nil {
		return nil, err
	}
	callback, _, err := e.evaluator.Evaluate(ctx, ws, second, nil)
	return callback, err
}

// SetBatchWork bounds the work of a batch's lookups, for tests that cannot wait.
func (e *Engine) SetBatchWork(units int64) { e.evaluator.work = units }

// InSlowLane is how many evaluations are in the slow lane, or wait for it.
func (e *Engine) InSlowLane() int { return int(e.turns.inSlow.Load()) }

// Turns are the lanes of evaluations.
type Turns struct{ turns *turns }

// NewTurns shares so many processors out.
func NewTurns(evaluators int) Turns { return Turns{newTurns(evaluators)} }

// Turn is the place of an evaluation.
type Turn struct{ turn *turn }

// Enter waits for a place.
func (t Turns) Enter(ctx context.Context, slow, patient bool) (Turn, error) {
	n, err := t.turns.enter(ctx, slow, patient)
	return Turn{n}, err
}

// Places are how many evaluations may be in the slow lane, and run there at once.
func (t Turns) Places() (room, running int) { return slowRoom, cap(t.turns.slow) }

// Rest lets others have their turn.
func (t Turn) Rest(ctx context.Context) error { return t.turn.rest(ctx) }

// Slow says that the evaluation has a place in the slow lane.
func (t Turn) Slow() bool { return t.turn.lane.Load() == laneSlow }

// Waited is how long it waited for places in the slow lane.
func (t Turn) Waited() time.Duration { return t.turn.waited }

// Leave gives the place back.
func (t Turn) Leave() { t.turn.leave() }

// ErrNoRoom says that too many evaluations are in the slow lane.
var ErrNoRoom = errNoRoom

// Workers are how many batches are between claim and stored callback.
const Workers = workers
