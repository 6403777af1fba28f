package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"tablestep/engine"
	"tablestep/tables"
	"tablestep/tables/file"
)

// measureLoad sets durable, direct and floor against each other for each size of
// table and batch.
func measureLoad(ctx context.Context, b *bench) error {
	names := []string{floor, direct, durable}
	if b.turns {
		names = names[1:]
	}
	for _, rows := range b.scale.tables {
		for _, leads := range b.scale.batches {
			if err := b.compare(ctx, names, rows, leads); err != nil {
				return err
			}
		}
	}
	return nil
}

// measureNaive sets the naive services against direct, which stores as little as
// they do.
func measureNaive(ctx context.Context, b *bench) error {
	for _, rows := range b.scale.tables {
		names := []string{direct, mapped, rereadMap}
		if rows <= b.scale.slowest {
			names = append(names, rereadScan)
		}
		if err := b.compare(ctx, names, rows, batchLeads); err != nil {
			return err
		}
	}
	return nil
}

// pressure is how hard a subject is driven with batches of so many leads.
func pressure(leads int) (connections, inFlight int) {
	switch {
	case leads >= 1000:
		return 16, 48
	case leads >= 100:
		return 32, 256
	default:
		return 64, 1024
	}
}

// compare drives the subjects in turns and prints speeds and ratios.
func (b *bench) compare(ctx context.Context, names []string, rows, leads int) (err error) {
	receiver, err := newReceiver()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, receiver.close()) }()
	batches := makeBatches(batchCount(leads), leads, rows, receiver.url)
	callback, err := b.callbackSize(ctx, batches)
	if err != nil {
		return err
	}
	all, stop, err := b.startAll(ctx, names, callback, csvPath(b.base, rows))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	found := make([][]*tally, len(all))
	for range b.scale.repeat {
		for i, s := range all {
			t, err := b.drive(ctx, s, receiver, batches)
			if err != nil {
				return fmt.Errorf("%s, %d rows, %d leads: %w", s.name, rows, leads, err)
			}
			found[i] = append(found[i], t)
		}
	}
	label := fmt.Sprintf("rows=%d leads=%d ", rows, leads)
	speeds := make(map[string][]float64)
	for i, s := range all {
		speeds[s.name] = columnOf(found[i], (*tally).leadsPerSecond)
		var want *target
		if s.name == durable && leads == batchLeads && rows == b.scale.large {
			want = atLeast(400_000)
		}
		b.add(label+s.name, "leads/s", speeds[s.name], want, middle(found[i]).note())
		if leads != batchLeads && s.name != floor {
			b.add(label+s.name, "requests/s", columnOf(found[i], (*tally).requestsPerSecond), nil, "")
		}
	}
	for _, r := range []struct {
		of, to string
		want   *target
	}{
		{direct, floor, atLeast(0.7)},
		{durable, direct, atLeast(0.35)},
		{direct, mapped, nil},
		{direct, rereadMap, nil},
		{direct, rereadScan, atLeast(1000)},
	} {
		if speeds[r.of] == nil || speeds[r.to] == nil {
			continue
		}
		// The targets are those of full batches, the last one that of 100,000 rows.
		if leads != batchLeads || r.to == rereadScan && rows != 100_000 || r.to != rereadScan && rows != b.scale.large {
			r.want = nil
		}
		b.add(label+r.of+" / "+r.to, "x", ratios(speeds[r.of], speeds[r.to]), r.want, "")
	}
	return nil
}

// drive runs one repetition of full load.
func (b *bench) drive(ctx context.Context, s *subject, receiver *receiver, batches []batch) (*tally, error) {
	conns, inFlight := pressure(batches[0].leads)
	if s.name == mapped || s.name == rereadScan || s.name == rereadMap {
		conns, inFlight = 4, 4 // they work on all at once, and more only costs them memory
	}
	l := &load{
		to: s, receiver: receiver, batches: batches, conns: conns, inFlight: inFlight,
		warm: b.scale.warm, window: b.scale.window,
	}
	if s.name == rereadScan && !b.short {
		l.window *= 4 // a batch takes seconds
	}
	return l.measure(ctx)
}

// callbackSize is how large the answer to the batches is on average.
func (b *bench) callbackSize(ctx context.Context, batches []batch) (size int, err error) {
	base, err := b.baseFolder(ctx)
	if err != nil {
		return 0, err
	}
	store, err := file.OpenStore(filepath.Join(base, tablesFile), tables.Options{})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	evaluator, err := engine.NewEvaluator(store)
	if err != nil {
		return 0, err
	}
	var ws engine.Workspace
	var callback []byte
	for i := range batches {
		var sum engine.Summary
		if callback, sum, err = evaluator.Evaluate(ctx, &ws, batches[i].body, callback[:0]); err != nil {
			return 0, err
		}
		if sum.Leads != batches[i].leads {
			return 0, fmt.Errorf("evaluated %d of %d leads", sum.Leads, batches[i].leads)
		}
		size += len(callback)
	}
	return size / len(batches), nil
}

// measureSingle is a trigger campaign at its worst: one lead a request.
func measureSingle(ctx context.Context, b *bench) (err error) {
	receiver, err := newReceiver()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, receiver.close()) }()
	batches := makeBatches(batchCount(1), 1, b.scale.large, receiver.url)
	all, stop, err := b.startAll(ctx, []string{durable}, 0, "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	var found []*tally
	for range b.scale.repeat {
		t, err := b.drive(ctx, all[0], receiver, batches)
		if err != nil {
			return err
		}
		found = append(found, t)
	}
	label := fmt.Sprintf("rows=%d ", b.scale.large)
	b.add(label+"accepted and answered", "requests/s", columnOf(found, (*tally).requestsPerSecond), atLeast(8000), middle(found).note())
	b.add(label+"201 p99", "ms", columnOf(found, func(t *tally) float64 { return t.accept.quantile(0.99) }), nil, "")
	b.add(label+"callback p99", "ms", columnOf(found, func(t *tally) float64 { return t.callback.quantile(0.99) }), nil, "")
	return nil
}
