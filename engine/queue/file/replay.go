package file

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tablestep/engine/queue"
)

// replayStep bounds the invocations that one transaction replays.
const replayStep = 256

// Replay makes a finished invocation due for delivery now, or available again where it
// was given up before it was evaluated. A retryable one becomes due now.
func (q *Queue) Replay(ctx context.Context, id queue.ID) error {
	op := &replayOp{ids: []queue.ID{id}}
	if err := q.submit(ctx, op); err != nil {
		return fmt.Errorf("replay %s: %w", id, err)
	}
	if err := op.refused[0]; err != nil {
		return fmt.Errorf("replay %s: %w", id, err)
	}
	return nil
}

// ReplayBetween replays all invocations in state s, Dead or ProbablyDelivered,
// that were accepted at from ≤ t < to, latest first, and says how many. It works in
// several transactions.
func (q *Queue) ReplayBetween(ctx context.Context, from, to time.Time, s queue.State) (int, error) {
	if s != queue.Dead && s != queue.ProbablyDelivered {
		return 0, fmt.Errorf("replay all that are %s, want %s or %s: %w", s, queue.Dead, queue.ProbablyDelivered, queue.ErrInvalid)
	}
	total := 0
	f := queue.Filter{State: s, Limit: replayStep, From: from, To: to}
	for {
		list, err := q.List(ctx, f)
		if err != nil {
			return total, fmt.Errorf("replay: %w", err)
		}
		if len(list) == 0 {
			return total, nil
		}
		op := &replayOp{finishedOnly: true}
		for _, info := range list {
			op.ids = append(op.ids, info.ID)
		}
		if err := q.submit(ctx, op); err != nil {
			return total, fmt.Errorf("replay: %w", err)
		}
		for _, err := range op.refused {
			switch {
			case err == nil:
				total++
			case errors.Is(err, queue.ErrGone), errors.Is(err, queue.ErrNotFound), errors.Is(err, queue.ErrActive), errors.Is(err, queue.ErrDamaged):
			default:
				return total, fmt.Errorf("replay: %w", err)
			}
		}
		f.Before = list[len(list)-1].ID
	}
}

// replayOp replays invocations; each is refused by itself.
type replayOp struct {
	ticket
	ids          []queue.ID
	finishedOnly bool

	refused []error
	busy    []*entry // retryable ones that become due now
	records []record
	was     []queue.State
}

func (op *replayOp) begin(q *Queue, _ time.Time) error {
	op.busy = make([]*entry, len(op.ids))
	for i, id := range op.ids {
		if e := q.index.entries[id]; e != nil && e.state == queue.Retryable && !e.busy && !op.finishedOnly {
			e.busy, op.busy[i] = true, e
		}
	}
	return nil
}

func (op *replayOp) abort(*Queue) {
	for _, e := range op.busy {
		if e != nil {
			e.busy = false
		}
	}
}

func (op *replayOp) read(q *Queue, b *buckets) error {
	op.refused = make([]error, len(op.ids))
	op.records, op.was = make([]record, len(op.ids)), make([]queue.State, len(op.ids))
	for i, id := range op.ids {
		op.records[i], op.refused[i] = op.check(q, b, i, id)
	}
	return nil
}

func (op *replayOp) check(q *Queue, b *buckets, i int, id queue.ID) (record, error) {
	rec, err := b.record(id)
	switch {
	case err != nil:
		return rec, err
	case op.busy[i] != nil:
		return rec, nil
	case !rec.state.Finished():
		return rec, queue.ErrActive
	case !rec.has(flagCallback) && !rec.has(flagPayload):
		return rec, queue.ErrGone
	case q.commit.unfinished+b.puts >= q.opts.Bounds.Limit:
		return rec, q.fullError()
	}
	b.puts++ // Counted at once, so that those of one operation count too.
	return rec, nil
}

func (op *replayOp) write(_ *Queue, b *buckets, now time.Time) error {
	for i, id := range op.ids {
		if op.refused[i] != nil {
			continue
		}
		rec := op.records[i]
		rec.due = now
		if op.busy[i] == nil {
			op.was[i] = rec.state
			b.tally(rec.state, -1)
			rec.state = queue.Retryable
			if !rec.has(flagCallback) {
				rec.state = queue.Available
			}
			rec.replays++
			rec.series, rec.since, rec.finished, rec.reason = 0, now, time.Time{}, ""
			rec.failures, rec.crashes = 0, 0
			if err := b.unanswered.Delete(id[:]); err != nil {
				return err
			}
			if err := b.open.Put(id[:], nil); err != nil {
				return err
			}
		}
		op.records[i] = rec
		if err := b.putRecord(id, &rec, now); err != nil {
			return err
		}
	}
	return nil
}

func (op *replayOp) apply(q *Queue, now time.Time) {
	for i, id := range op.ids {
		if e := op.busy[i]; e != nil {
			e.busy = false
			if op.refused[i] == nil {
				q.index.move(e, queue.Retryable, now, now)
			}
			continue
		}
		if op.refused[i] == nil {
			rec := &op.records[i]
			q.index.counts[op.was[i]]--
			q.index.add(&entry{
				id: id, state: rec.state, at: now, accepted: onClock(id.Time(), now), since: rec.since, ambiguous: rec.has(flagAmbiguous),
				bytes: rec.bytes(),
			}, now)
		}
	}
}
