package main

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"runtime"
	"sync"

	"tablestep/engine"
	requests "tablestep/engine/request"
	"tablestep/tables"
)

// serveDirect evaluates as the service does, and keeps nothing on the disk: a
// request goes from the handler through an evaluator to the sender.
func serveDirect(ctx context.Context, l net.Listener, o childOptions) (err error) {
	store, err := tables.Open(filepath.Join(o.data, tablesFile), tables.Options{})
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
	check := func(body []byte) error {
		env, err := requests.ParseEnvelope(body)
		if err != nil {
			return err
		}
		return s.sender.CheckURL(env.CallbackURL)
	}
	return s.serve(ctx, l, senders, check, func() func(body []byte) error {
		return func(body []byte) error {
			token, url, err := peek(body)
			if err != nil {
				return err
			}
			t, ok := pool.Get().(*tools)
			if !ok {
				return errors.New("pool holds something else than tools")
			}
			defer pool.Put(t)
			slots <- struct{}{}
			t.callback, _, err = evaluator.Evaluate(context.WithoutCancel(ctx), &t.ws, body, t.callback[:0])
			<-slots
			if err != nil {
				return err
			}
			return s.post(url, apiKey, token, t.callback)
		}
	})
}
