package file

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tablestep/engine/queue"
)

// Bounds of one transaction of a purge: rows deleted, rows looked at.
const (
	purgeStep = 200
	purgeLook = 2000
)

// Purge deletes everything about invocations that finished before the given
// time, in small transactions between which others get their turn, and then what is over
// of turns.
func (q *Queue) Purge(ctx context.Context, before time.Time) (int, error) {
	total := 0
	op := &purgeOp{before: before}
	for {
		if err := ctx.Err(); err != nil {
			return total, fmt.Errorf("purge: %w", err)
		}
		next := &purgeOp{before: before, from: op.next}
		if err := q.submit(ctx, next); err != nil {
			return total, fmt.Errorf("purge: %w", err)
		}
		total += next.deleted
		if next.next == nil {
			break
		}
		op = next
	}
	if err := q.purgeTurns(ctx); err != nil {
		return total, fmt.Errorf("purge: turns: %w", err)
	}
	return total, nil
}

// purgeOp deletes some rows from a key on.
type purgeOp struct {
	ticket
	before time.Time
	from   []byte

	found   []purged
	next    []byte // where to go on, nil at the end
	deleted int
	counts  [stateCount]int
}

type purged struct {
	id  queue.ID
	rec record
}

func (op *purgeOp) begin(*Queue, time.Time) error { return nil }
func (op *purgeOp) abort(*Queue)                  {}

func (op *purgeOp) read(_ *Queue, b *buckets) error {
	op.found, op.next = op.found[:0], nil
	end := queue.FirstID(op.before)
	c := b.info.Cursor()
	k, v := c.Seek(op.from)
	for looked := 0; k != nil; k, v = c.Next() {
		id, err := idFromKey(k)
		if err != nil {
			return err
		}
		if id.Compare(end) >= 0 {
			return nil // What was accepted later has finished later.
		}
		if looked == purgeLook || len(op.found) == purgeStep {
			op.next = id[:]
			return nil
		}
		looked++
		rec, err := decodeRecord(v)
		if errors.Is(err, queue.ErrDamaged) {
			continue // It is left for a person to look at.
		}
		if err != nil {
			return err
		}
		if rec.state.Finished() && rec.finished.Before(op.before) {
			op.found = append(op.found, purged{id, rec})
		}
	}
	return nil
}

func (op *purgeOp) write(_ *Queue, b *buckets, _ time.Time) error {
	op.counts = [stateCount]int{}
	for i := range op.found {
		id, rec := op.found[i].id, op.found[i].rec
		b.tally(rec.state, -1)
		op.counts[rec.state]++
		if err := b.deleteBodies(id, &rec); err != nil {
			return err
		}
		if rec.has(flagToken) {
			if err := b.token.Delete(rec.token[:]); err != nil {
				return err
			}
		}
		if err := b.unanswered.Delete(id[:]); err != nil {
			return err
		}
		if err := b.info.Delete(id[:]); err != nil {
			return err
		}
	}
	op.deleted = len(op.found)
	return nil
}

func (op *purgeOp) apply(q *Queue, _ time.Time) {
	for s, n := range op.counts {
		q.index.counts[s] -= n
	}
	for i := range op.found {
		if rec := &op.found[i].rec; rec.has(flagToken) {
			q.tokens.forget(rec.token)
		}
	}
}
