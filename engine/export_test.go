package engine

import "context"

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
