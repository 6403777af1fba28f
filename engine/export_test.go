package engine

import (
	"context"

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

// InWorld calls f with the catalog of a world, as an evaluation is.
func (e *Engine) InWorld(f func(c *tables.Catalog) error) error {
	w := new(world)
	return e.evaluator.inWorld(w, func() error { return f(w.catalog()) })
}
