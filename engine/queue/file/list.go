package file

import (
	"bytes"
	"context"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"tablestep/engine/queue"
)

// keysOf gives the first key of a filter's range and the first one behind it; nil is open.
func keysOf(f *queue.Filter) (from, to []byte) {
	if !f.From.IsZero() {
		id := queue.FirstID(f.From)
		from = id[:]
	}
	if !f.After.IsZero() {
		// The smallest key above After.
		if after := append(bytes.Clone(f.After[:]), 0); bytes.Compare(after, from) > 0 {
			from = after
		}
	}
	if !f.To.IsZero() {
		id := queue.FirstID(f.To)
		to = id[:]
	}
	if !f.Before.IsZero() && (to == nil || bytes.Compare(f.Before[:], to) < 0) {
		to = f.Before[:]
	}
	return from, to
}

// List gives what is known of invocations, latest first. What is finished and
// not delivered, and what is unfinished, has an index of its own.
func (q *Queue) List(ctx context.Context, f queue.Filter) ([]queue.Info, error) {
	f, err := f.Filled()
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("list invocations: %w", err)
	}
	var out []queue.Info
	err = q.view(func(b *buckets) error {
		bucket := b.info
		switch f.State {
		case queue.Available, queue.Running, queue.Retryable, queue.Delivering:
			bucket = b.open
		case queue.ProbablyDelivered, queue.Dead:
			bucket = b.unanswered
		}
		from, to := keysOf(&f)
		return backwards(bucket, from, to, func(k, v []byte) (bool, error) {
			if err := ctx.Err(); err != nil {
				return false, err
			}
			if bucket == b.unanswered && !bytes.Equal(v, []byte{codeOf(f.State)}) {
				return true, nil
			}
			id, err := idFromKey(k)
			if err != nil {
				return false, err
			}
			if !q.mayBe(id, f.State) {
				return true, nil
			}
			rec, err := b.record(id)
			if err != nil {
				return true, nil // Damaged; Get says so, and Stats and Open count it.
			}
			info := q.live(rec.info(id))
			if f.State == 0 || info.State == f.State {
				out = append(out, info)
			}
			return len(out) < f.Limit, nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list invocations: %w", err)
	}
	return out, nil
}

// backwards calls fn for the keys from ≤ k < to, last first, until it says no.
func backwards(bucket *bolt.Bucket, from, to []byte, fn func(k, v []byte) (bool, error)) error {
	c := bucket.Cursor()
	var k, v []byte
	if to == nil {
		k, v = c.Last()
	} else if k, _ = c.Seek(to); k == nil {
		k, v = c.Last()
	} else {
		k, v = c.Prev()
	}
	for ; k != nil && bytes.Compare(k, from) >= 0; k, v = c.Prev() {
		more, err := fn(k, v)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// mayBe spares the reading of rows of unfinished invocations in another state.
func (q *Queue) mayBe(id queue.ID, s queue.State) bool {
	if s == 0 {
		return true
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	e := q.index.entries[id]
	return e == nil || e.state == s
}

// live adds to a stored row what only the memory knows.
func (q *Queue) live(info queue.Info) queue.Info {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.index.settle(q.now())
	e := q.index.entries[info.ID]
	if e == nil || info.State.Finished() {
		return info
	}
	info.State = e.state
	info.Ambiguous = info.Ambiguous || e.ambiguous
	info.Failures += e.lost
	if e.state == queue.Running || e.state == queue.Delivering {
		info.Due, info.Until = time.Time{}, e.at
	} else {
		info.Due = e.at
	}
	return info
}

// Get gives what is known of one invocation.
func (q *Queue) Get(ctx context.Context, id queue.ID) (queue.Info, error) {
	if err := ctx.Err(); err != nil {
		return queue.Info{}, fmt.Errorf("get invocation %s: %w", id, err)
	}
	var rec record
	err := q.view(func(b *buckets) (err error) {
		rec, err = b.record(id)
		return err
	})
	if err != nil {
		return queue.Info{}, fmt.Errorf("get: %w", err)
	}
	return q.live(rec.info(id)), nil
}
