package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// measureFlight sends batches all at once, holds their callbacks, and looks how
// much memory the service takes beside its tables.
func measureFlight(ctx context.Context, b *bench) (err error) {
	receiver, err := newReceiver()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, receiver.close()) }()
	batches := makeBatches(batchCount(batchLeads), batchLeads, b.scale.large, receiver.url)
	var peaks []float64
	note := ""
	for range b.scale.repeat {
		peak, detail, err := b.flight(ctx, receiver, batches)
		if err != nil {
			return err
		}
		if peak == 0 {
			b.progress("left out: this system does not tell the memory of a process")
			return nil
		}
		peaks, note = append(peaks, mebibytes(peak)), detail
	}
	b.add(fmt.Sprintf("rows=%d batches=%d besides tables", b.scale.large, b.scale.flight), "MiB", peaks, atMost(600), note)
	return nil
}

// flight is one repetition on a fresh process.
func (b *bench) flight(ctx context.Context, receiver *receiver, batches []batch) (beside int64, note string, err error) {
	all, stop, err := b.startAll(ctx, []string{durable}, 0, "")
	if err != nil {
		return 0, "", err
	}
	defer func() { err = errors.Join(err, stop()) }()
	s := all[0]
	fresh := memoryOf(s.pid, residentNow)
	// The first batch loads the table.
	receiver.hold.Store(nil)
	if _, err := (&load{to: s, receiver: receiver, batches: batches, conns: 1, inFlight: 1, total: 3}).measure(ctx); err != nil {
		return 0, "", err
	}
	sleep(ctx, time.Second)
	loaded := memoryOf(s.pid, residentNow)
	if loaded == 0 {
		return 0, "", nil
	}
	reset := resetPeak(s.pid)
	gate := make(chan struct{})
	hold := func(ctx context.Context) {
		select {
		case <-gate:
		case <-ctx.Done():
		}
	}
	receiver.hold.Store(&hold)
	defer receiver.hold.Store(nil)
	watch := watchMemory(s.pid, residentNow)
	release := time.AfterFunc(5*time.Second, func() { close(gate) })
	defer release.Stop()
	t, err := (&load{
		to: s, receiver: receiver, batches: batches, conns: b.scale.flight, inFlight: b.scale.flight, total: b.scale.flight,
	}).measure(ctx)
	peak := watch()
	if err != nil {
		return 0, "", err
	}
	if reset {
		peak = max(peak, memoryOf(s.pid, residentPeak))
	}
	// Whatever grew with the first batches counts as tables, so that the program itself
	// counts as what it takes.
	beside = peak - (loaded - fresh)
	return beside, fmt.Sprintf("fresh %.0f, with tables %.0f, peak %.0f MiB; 201 p99 %s ms",
		mebibytes(fresh), mebibytes(loaded), mebibytes(peak), number(t.accept.quantile(0.99))), nil
}
