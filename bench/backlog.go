package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"tablestep/engine/queue"
	"tablestep/engine/queue/file"
)

// backlogCallers is how many goroutines put and claim at once.
const backlogCallers = 64

// measureBacklog sets a queue with many waiting invocations against one with few,
// in turns.
func measureBacklog(ctx context.Context, b *bench) (err error) {
	const few = 100
	sizes := []int{few, b.scale.backlog}
	payload := makeBatches(1, 1, b.scale.large, "http://127.0.0.1:1/")[0].body
	queues := make([]*backlog, len(sizes))
	for i, waiting := range sizes {
		b.progress("filling a queue with %d", waiting)
		q, _, openErr := file.Open(filepath.Join(b.dir, fmt.Sprintf("queue-%d.db", waiting)), file.Options{Bounds: queue.Bounds{Limit: 2 * b.scale.backlog}})
		if openErr != nil {
			return openErr
		}
		defer func() { err = errors.Join(err, q.Close()) }()
		queues[i] = &backlog{queue: q, payload: payload}
		if err := queues[i].put(ctx, waiting); err != nil {
			return err
		}
	}
	puts, claims := make([][]float64, len(sizes)), make([][]float64, len(sizes))
	for range max(3, b.scale.repeat) {
		for i, q := range queues {
			put, claim, err := q.turn(ctx, b.scale.spin)
			if err != nil {
				return err
			}
			puts[i], claims[i] = append(puts[i], microseconds(put)), append(claims[i], microseconds(claim))
		}
	}
	for _, m := range []struct {
		name   string
		values [][]float64
	}{{"put", puts}, {"claim", claims}} {
		for i, waiting := range sizes {
			b.add(fmt.Sprintf("%s waiting=%d", m.name, waiting), "µs", m.values[i], nil, "")
		}
		b.add(fmt.Sprintf("%s %d / %d", m.name, sizes[1], sizes[0]), "x", ratios(m.values[1], m.values[0]), atMost(1.5), "")
	}
	return nil
}

func microseconds(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// A backlog is a queue with invocations that wait.
type backlog struct {
	queue   *file.Queue
	payload []byte
	tokens  atomic.Uint64
}

// put adds n invocations from many goroutines.
func (q *backlog) put(ctx context.Context, n int) error {
	return each(n, func() error {
		_, _, err := q.queue.Put(ctx, queue.Invocation{
			TokenHash: sha256.Sum256(binary.BigEndian.AppendUint64(nil, q.tokens.Add(1))), HasToken: true,
			CallbackURL: "https://mkto-cfa.adobe.io/customflowaction/submitCustomFlowAction", APIKey: apiKey,
			Token: "0123456789abcdef", MunchkinID: "123-ABC-456", Leads: 1, Payload: q.payload,
		})
		return err
	})
}

// turn measures for a while what a put and a claim take. What is put in is also
// taken out, untimed, so that as many wait as before.
func (q *backlog) turn(ctx context.Context, spin time.Duration) (put, claim time.Duration, err error) {
	const step = 4 * backlogCallers
	n := 0
	for begin := time.Now(); n == 0 || time.Since(begin) < 2*spin; n += step {
		start := time.Now()
		if err := q.put(ctx, step); err != nil {
			return 0, 0, err
		}
		put += time.Since(start)
		var taken []queue.Job
		for len(taken) < step {
			start = time.Now()
			jobs, err := q.queue.Claim(ctx, 1, time.Minute)
			claim += time.Since(start)
			if err != nil {
				return 0, 0, err
			}
			if len(jobs) == 0 {
				return 0, 0, errors.New("nothing could be claimed")
			}
			taken = append(taken, jobs...)
		}
		var next atomic.Int64
		if err := each(len(taken), func() error {
			return q.queue.Finish(ctx, taken[next.Add(1)-1].Lease, queue.Abandoned("bench"))
		}); err != nil {
			return 0, 0, err
		}
	}
	return put / time.Duration(n), claim / time.Duration(n), nil
}

// each runs f n times on many goroutines and gives the first error.
func each(n int, f func() error) error {
	var next atomic.Int64
	var work sync.WaitGroup
	failed := make(chan error, backlogCallers)
	for range backlogCallers {
		work.Go(func() {
			for next.Add(1) <= int64(n) {
				if err := f(); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	work.Wait()
	close(failed)
	return <-failed
}
