package main

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"runtime"
	"sync"

	"tablestep/engine"
	"tablestep/tables"
	"tablestep/tables/file"
)

// serveDirect evaluates as the service does, and keeps nothing on the disk: a
// request goes from the handler through an evaluator to the sender.
func serveDirect(ctx context.Context, l net.Listener, o childOptions) (err error) {
	store, err := file.OpenStore(filepath.Join(o.data, tablesFile), tables.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	evaluator, err := engine.NewEvaluator(store)
	if err != nil {
		return err
	}
	s, err := newFiberServer()
	if err != nil {
		return err
	}
	// Evaluations are bounded by the processors, attempts by the senders. As in the service
	// there is a workspace for each processor, which stays in its caches: one that waited for
	// the end of the attempt came back cold.
	workspaces := make(chan *engine.Workspace, runtime.GOMAXPROCS(0))
	for range cap(workspaces) {
		workspaces <- new(engine.Workspace)
	}
	pool := sync.Pool{New: func() any { return new([]byte) }}
	check := func(r *request) error {
		if err := r.batch.Decode(r.body.Bytes()); err != nil {
			return err
		}
		if err := r.batch.Check(); err != nil {
			return err
		}
		return s.sender.CheckURL(r.batch.CallbackURL)
	}
	return s.serve(ctx, l, senders, check, func() func(r *request) error {
		return func(r *request) error {
			buffer, ok := pool.Get().(*[]byte)
			if !ok {
				return errors.New("pool holds something else than a buffer")
			}
			defer pool.Put(buffer)
			ws := <-workspaces
			callback, _, err := evaluator.EvaluateBatch(context.WithoutCancel(ctx), ws, &r.batch, (*buffer)[:0])
			workspaces <- ws
			if err != nil {
				return err
			}
			*buffer = callback
			return s.post(r.batch.CallbackURL, apiKey, r.batch.Token, callback)
		}
	})
}
