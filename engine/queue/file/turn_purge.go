package file

import (
	"bytes"
	"context"
	"errors"
	"time"

	bolt "go.etcd.io/bbolt"

	"tablestep/engine/queue"
)

// turnLook is how many rows of turns a purge looks at in one read transaction, which holds
// up nobody but the reuse of pages.
const turnLook = 5000

// purgeTurns deletes what leads kept until a time that is over, and what belongs to a rotation
// that is no more. It looks for it beside the committer, and deletes in small steps.
func (q *Queue) purgeTurns(ctx context.Context) error {
	for _, of := range []func(b *buckets) *bolt.Bucket{
		func(b *buckets) *bolt.Bucket { return b.stuck },
		func(b *buckets) *bolt.Bucket { return b.counter },
	} {
		var from []byte
		for more := true; more; more = from != nil {
			if err := ctx.Err(); err != nil {
				return err
			}
			op := &purgeTurnsOp{bucket: of}
			if err := q.view(func(b *buckets) error {
				op.keys, from = b.overTurns(of(b), from, q.now())
				return nil
			}); err != nil {
				return err
			}
			if len(op.keys) == 0 {
				continue
			}
			if err := q.submit(ctx, op); err != nil {
				return err
			}
		}
	}
	return nil
}

// overTurns gives keys of rows that are over, from a key on, and where to go on, nil at the end.
func (b *buckets) overTurns(bucket *bolt.Bucket, from []byte, now time.Time) (over [][]byte, next []byte) {
	live := b.liveNumbers()
	c := bucket.Cursor()
	k, v := c.Seek(from)
	for looked := 0; k != nil; k, v = c.Next() {
		if looked == turnLook || len(over) == purgeStep {
			return over, bytes.Clone(k)
		}
		looked++
		if isOver(live, bucket == b.stuck, k, v, now) {
			over = append(over, bytes.Clone(k))
		}
	}
	return over, nil
}

// liveNumbers gives the rotations by the prefix of their rows.
func (b *buckets) liveNumbers() map[uint64]queue.Rotation {
	live := map[uint64]queue.Rotation{}
	for _, r := range b.rotations(func(queue.Rotation) bool { return true }) {
		live[r.number] = r.Rotation
	}
	return live
}

// isOver says whether nobody will ask for a row any more. A damaged counter stays where its
// rotation is, for a check to name; a lead that kept a row that does not decode keeps none.
func isOver(live map[uint64]queue.Rotation, stuck bool, k, v []byte, now time.Time) bool {
	number, _, err := splitTurnKey(k)
	if _, there := live[number]; err != nil || !there {
		return true
	}
	if !stuck {
		return false
	}
	_, until, err := decodeStuck(v)
	return errors.Is(err, queue.ErrDamaged) || !until.IsZero() && !until.After(now)
}

// purgeTurnsOp deletes rows that were found to be over, if they are so still.
type purgeTurnsOp struct {
	rowsOp
	bucket func(b *buckets) *bolt.Bucket
	keys   [][]byte
}

func (op *purgeTurnsOp) write(_ *Queue, b *buckets, now time.Time) error {
	if err := b.anew(); err != nil {
		return err
	}
	live := b.liveNumbers()
	bucket := op.bucket(b)
	touched := map[uint64]bool{}
	for _, k := range op.keys {
		v := bucket.Get(k)
		if v == nil || !isOver(live, bucket == b.stuck, k, v, now) {
			continue
		}
		b.changed = true
		if err := bucket.Delete(k); err != nil {
			return err
		}
		if number, _, err := splitTurnKey(k); err == nil {
			touched[number] = true
		}
	}
	for number := range touched {
		if r, there := live[number]; there {
			if err := b.tidy(r, number); err != nil {
				return err
			}
		}
	}
	return nil
}
