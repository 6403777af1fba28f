package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"tablestep/api"
	"tablestep/api/admin"
	"tablestep/api/ssfs"
	"tablestep/engine"
	"tablestep/engine/queue"
	"tablestep/engine/queue/file"
	"tablestep/tables"
)

// serveDurable wires the parts of the real program as it does. It is used only
// where something is wanted that the program does not offer: a profile, or another
// number of workers.
func serveDurable(ctx context.Context, l net.Listener, o childOptions) (err error) {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	store, err := tables.Open(filepath.Join(o.data, tablesFile), tables.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	q, _, err := file.Open(filepath.Join(o.data, "queue.db"), file.Options{Bounds: queue.Bounds{Running: engine.Workers}})
	if err != nil {
		return err
	}
	e, err := engine.New(store, q, engine.Options{CallbackPrivate: true, Log: log, Evaluators: o.evaluators, Senders: o.senders})
	if err != nil {
		return errors.Join(err, q.Close())
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	step, err := ssfs.New(e, store, ssfs.Options{PublicURL: "http://" + l.Addr().String(), MaxBody: 16 << 20, EnforcePicklist: true})
	if err != nil {
		return err
	}
	people := admin.New(e, store, admin.Options{UploadDir: o.data, MaxUpload: 2 << 30})
	server := api.New(step, people, api.Options{APIKeys: []string{apiKey}, AdminKeys: []string{adminKey}, Log: log, Ready: e.Ready})
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var g errgroup.Group
	g.Go(func() error {
		defer stop()
		return server.Serve(ctx, l, time.Second)
	})
	g.Go(func() error { return e.Run(working) })
	return g.Wait()
}
