package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// measurePause accepts a steady trickle of batches, first idle and then while a
// large table is uploaded over HTTP.
func measurePause(ctx context.Context, b *bench) (err error) {
	receiver, err := newReceiver()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, receiver.close()) }()
	data, err := b.dataFolder(ctx)
	if err != nil {
		return err
	}
	s, err := b.serve(ctx, data, "--max-upload", "4GiB")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	file := filepath.Join(b.dir, "upload.csv")
	if _, err := writeCSV(file, b.scale.pause); err != nil {
		return err
	}
	const leads = 100
	quiet := load{
		to: s, receiver: receiver, batches: makeBatches(batchCount(leads), leads, b.scale.large, receiver.url),
		conns: 16, every: 20 * time.Millisecond, warm: 2 * time.Second, window: 8 * b.scale.window,
	}
	var idle, during []*tally
	for turn := range min(b.scale.repeat, 3) {
		t, err := quiet.measure(ctx)
		if err != nil {
			return err
		}
		idle = append(idle, t)
		busy := quiet
		busy.while = func(ctx context.Context) error { return upload(ctx, s.addr, fmt.Sprintf("upload-%d", turn), file) }
		if t, err = busy.measure(ctx); err != nil {
			return err
		}
		during = append(during, t)
	}
	for _, q := range []struct {
		name string
		of   float64
		want *target
	}{{"p50", 0.5, nil}, {"p99", 0.99, atMost(2)}} {
		of := func(t *tally) float64 { return t.accept.quantile(q.of) }
		before, busy := columnOf(idle, of), columnOf(during, of)
		b.add("201 "+q.name+" idle", "ms", before, nil, fmt.Sprintf("%d requests of %d leads, 50/s", idle[0].accepted, leads))
		b.add("201 "+q.name+" during an import", "ms", busy, nil,
			fmt.Sprintf("%d requests, %d rows in %s", during[0].accepted, b.scale.pause, during[0].took.Round(time.Second/10)))
		b.add("201 "+q.name+" import / idle", "x", ratios(busy, before), q.want, "")
	}
	return nil
}

// upload sends a file as a new version of a table.
func upload(ctx context.Context, addr, table, file string) (err error) {
	f, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+addr+"/api/v1/tables/"+table+"/versions?publish=true", io.NopCloser(f))
	if err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	r.Header.Set("Authorization", "Bearer "+adminKey)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<10))
	err = errors.Join(err, answer.Body.Close())
	if answer.StatusCode != http.StatusCreated {
		err = errors.Join(err, fmt.Errorf("status %d: %s", answer.StatusCode, body))
	}
	if err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	return nil
}
