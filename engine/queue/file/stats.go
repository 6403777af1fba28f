package file

import (
	"context"
	"fmt"

	"tablestep/engine/queue"
)

// Stats gives the numbers.
func (q *Queue) Stats(ctx context.Context) (queue.Stats, error) {
	if err := ctx.Err(); err != nil {
		return queue.Stats{}, fmt.Errorf("count invocations: %w", err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.now()
	q.index.settle(now)
	n := &q.index.counts
	s := queue.Stats{
		Available: n[queue.Available], Running: n[queue.Running], Retryable: n[queue.Retryable], Delivering: n[queue.Delivering],
		Delivered: n[queue.Delivered], Probably: n[queue.ProbablyDelivered], Dead: n[queue.Dead],
		Unfinished: q.index.unfinished(), Limit: q.opts.Bounds.Limit, Damaged: q.damaged,
		DamagedTurns: int(q.turns.damaged.Load()),
	}
	for _, h := range []*heap{&q.index.waiting, &q.index.large} {
		if e := h.top(); e != nil {
			s.OldestAvailable = max(now.Sub(e.accepted), s.OldestAvailable)
		}
	}
	for _, e := range q.index.suspects.items { // few, and in another order
		s.OldestAvailable = max(now.Sub(e.accepted), s.OldestAvailable)
	}
	if e := q.index.all.top(); e != nil {
		s.OldestUnfinished = max(now.Sub(e.accepted), 0)
	}
	return s, nil
}
