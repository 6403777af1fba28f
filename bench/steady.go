package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// measureSteady sends 20 batches a second, whatever happens, to a service whose
// callbacks take half a second to one and a half.
func measureSteady(ctx context.Context, b *bench) (err error) {
	receiver, err := newReceiver()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, receiver.close()) }()
	batches := makeBatches(batchCount(batchLeads), batchLeads, b.scale.large, receiver.url)
	all, stop, err := b.startAll(ctx, []string{durable}, 0, "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	slow := func(ctx context.Context) { sleep(ctx, time.Duration(500+rand.IntN(1000))*time.Millisecond) }
	receiver.hold.Store(&slow)
	const rate = 20
	t, err := (&load{
		to: all[0], receiver: receiver, batches: batches, conns: 64, every: time.Second / rate,
		warm: 2 * time.Second, window: b.scale.steady, patience: 5 * time.Minute,
	}).measure(ctx)
	if err != nil {
		return err
	}
	label := fmt.Sprintf("rows=%d ", b.scale.large)
	b.add(label+"201 p50", "ms", []float64{t.accept.quantile(0.5)}, atMost(15), fmt.Sprintf("%s, %d requests", b.scale.steady, t.accepted))
	b.add(label+"201 p99", "ms", []float64{t.accept.quantile(0.99)}, atMost(250), t.note())
	b.add(label+"201 p99.9", "ms", []float64{t.accept.quantile(0.999)}, nil, "")
	b.add(label+"answered / accepted", "x", []float64{float64(t.answered) / float64(t.accepted)}, nil, "1 where nothing piles up")
	return nil
}
