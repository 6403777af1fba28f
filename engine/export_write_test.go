package engine

import "context"

// Written is how many records are written for a request, whose leads may share them.
func (e *Engine) Written(ctx context.Context, body []byte) (n int, err error) {
	ws, w := new(Workspace), new(world)
	if err := ws.own.Decode(body); err != nil {
		return 0, err
	}
	err = e.evaluator.inWorld(w, occasion{}, nil, func() error {
		w.flat = true
		_, _, _, err := w.evaluate(ctx, ws, &ws.own)
		n = len(ws.flat)
		return err
	})
	return n, err
}
