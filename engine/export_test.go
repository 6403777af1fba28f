package engine

import (
	"context"
	"time"

	"tablestep/engine/queue"
	"tablestep/engine/request"
	"tablestep/tables"
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

// SetAnswerLimit makes the largest callback so small that a test reaches it.
func (e *Engine) SetAnswerLimit(n int) { e.evaluator.limit = n }

// EvaluationRoom takes all the room of large answers until the returned function is
// called.
func (e *Engine) EvaluationRoom(ctx context.Context) (leave func(), err error) {
	return enter(ctx, e.answers, answerBytes, answerBytes)
}

// ErrNoRoom is what an evaluation fails with when there is no room for its answer.
var ErrNoRoom = errNoRoom

// FailNext claims an invocation and lets its evaluation end with an error.
func (e *Engine) FailNext(ctx context.Context, cause error) error {
	jobs, err := e.queue.Claim(context.Background(), 1, evaluationLease)
	if err != nil || len(jobs) != 1 {
		return err
	}
	e.failEvaluation(ctx, e.options.Log, &jobs[0], cause)
	return nil
}

// KeptAfter evaluates a request as a worker does, and gives the memory that its
// workspace keeps of it.
func (e *Engine) KeptAfter(ctx context.Context, body []byte) (bytes int, err error) {
	ws := <-e.turns.fast
	e.turns.fast <- ws
	d, err := e.decode(body, request.Limits{})
	if err != nil {
		return 0, err
	}
	_, _, leave, err := e.evaluateSafely(ctx, &queue.Job{Payload: body, Decoded: d}, nil)
	leave()
	for _, cells := range ws.found.Cells {
		for _, cell := range cells {
			bytes += len(cell)
		}
	}
	return bytes + cap(ws.text), err
}

// KeptBuffer gives a callback of n bytes back and says how large the next one's
// buffer is.
func (e *Engine) KeptBuffer(n int) int {
	e.giveBack(new([]byte), make([]byte, n))
	return cap(*e.buffer())
}

// InWorld calls f with the catalog of a world, as an evaluation is.
func (e *Engine) InWorld(f func(c *tables.Catalog) error) error {
	w := new(world)
	return e.evaluator.inWorld(w, nil, func() error { return f(w.catalog()) })
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

// ErrCrowded says that too many evaluations are in the slow lane.
var ErrCrowded = errCrowded

// Workers are how many batches are between claim and stored callback.
const Workers = workers
const MovedPieces = movedPieces
