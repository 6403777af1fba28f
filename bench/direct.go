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
	// Evaluations are bounded by the processors, attempts by the senders.
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	type tools struct {
		ws       engine.Workspace
		callback []byte
	}
	pool := sync.Pool{New: func() any { return new(tools) }}
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
			t, ok := pool.Get().(*tools)
			if !ok {
				return errors.New("pool holds something else than tools")
			}
			defer pool.Put(t)
			slots <- struct{}{}
			callback, _, err := evaluator.EvaluateBatch(context.WithoutCancel(ctx), &t.ws, &r.batch, t.callback[:0])
			<-slots
			if err != nil {
				return err
			}
			t.callback = callback
			return s.post(r.batch.CallbackURL, apiKey, r.batch.Token, t.callback)
		}
	})
}
