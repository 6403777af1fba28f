package file

import (
	"bytes"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"tablestep/engine/queue"
)

// rowsOp is the common part of operations on the rows of rotations.
type rowsOp struct{ ticket }

func (op *rowsOp) begin(*Queue, time.Time) error { return nil }
func (op *rowsOp) abort(*Queue)                  {}
func (op *rowsOp) read(*Queue, *buckets) error   { return nil }
func (op *rowsOp) apply(*Queue, time.Time)       {}

// setCountersOp replaces the counters of a rotation.
type setCountersOp struct {
	rowsOp
	rotation queue.Rotation
	rows     []queue.Counter
}

func (op *setCountersOp) write(q *Queue, b *buckets, _ time.Time) error {
	if err := b.anew(); err != nil {
		return err
	}
	number := b.rotationNumber(q, op.rotation)
	if number == 0 && len(op.rows) == 0 {
		return nil
	}
	number, err := b.numbered(op.rotation, &account{before: &ledger{number: number}})
	if err != nil {
		return err
	}
	if err := deletePrefix(b.counter, turnPrefix(op.rotation.Instance, number, 0)); err != nil {
		return err
	}
	for i := range op.rows {
		c := &op.rows[i]
		if err := b.counter.Put(counterKey(op.rotation.Instance, number, c.Row), appendCounter(nil, c)); err != nil {
			return err
		}
	}
	return b.tidy(op.rotation, number)
}

// deletePrefix deletes the rows whose keys begin so.
func deletePrefix(bucket *bolt.Bucket, prefix []byte) error {
	var keys [][]byte // as a cursor may pass a row over after a Delete
	c := bucket.Cursor()
	for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		keys = append(keys, bytes.Clone(k))
	}
	for _, k := range keys {
		if err := bucket.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

func anyWith(bucket *bolt.Bucket, prefix []byte) bool {
	k, _ := bucket.Cursor().Seek(prefix)
	return bytes.HasPrefix(k, prefix)
}

// tidy removes a rotation of which nothing is left.
func (b *buckets) tidy(r queue.Rotation, number uint64) error {
	prefix := turnPrefix(r.Instance, number, 0)
	if anyWith(b.counter, prefix) || anyWith(b.stuck, prefix) {
		return nil
	}
	b.changed = true
	return b.rotation.Delete(rotationKey(r))
}

// numberedRotation is a row of a rotation.
type numberedRotation struct {
	queue.Rotation
	number uint64
}

// rotations gives those that are as asked for. Rows that do not decode are left out.
func (b *buckets) rotations(is func(r queue.Rotation) bool) []numberedRotation {
	var out []numberedRotation
	c := b.rotation.Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		r, err := decodeRotationKey(k)
		if err != nil || !is(r) {
			continue
		}
		if number, err := decodeRotation(v); err == nil {
			out = append(out, numberedRotation{r, number})
		}
	}
	return out
}

// remove removes a rotation. Of the leads that keep a row of it only the number is left,
// which nobody has any more; a purge deletes them.
func (b *buckets) remove(r numberedRotation) error {
	b.changed = true
	if err := deletePrefix(b.counter, turnPrefix(r.Instance, r.number, 0)); err != nil {
		return err
	}
	return b.rotation.Delete(rotationKey(r.Rotation))
}

// moveOp gives rotations another table. Their rows stay where they are, as they are found by number.
type moveOp struct {
	rowsOp
	from, to string
}

func (op *moveOp) write(_ *Queue, b *buckets, _ time.Time) error {
	if err := b.anew(); err != nil || op.from == op.to {
		return err
	}
	for _, r := range b.rotations(func(r queue.Rotation) bool { return r.Table == op.from }) {
		as := r.Rotation
		as.Table = op.to
		for _, before := range b.rotations(func(r queue.Rotation) bool { return r == as }) {
			if err := b.remove(before); err != nil {
				return err
			}
		}
		b.changed = true
		if err := b.rotation.Delete(rotationKey(r.Rotation)); err != nil {
			return err
		}
		if err := b.rotation.Put(rotationKey(as), appendRotation(nil, r.number)); err != nil {
			return err
		}
	}
	return nil
}

// dropOp removes rotations of a table.
type dropOp struct {
	rowsOp
	table   string
	lookups []string // none: all
}

func (op *dropOp) write(_ *Queue, b *buckets, _ time.Time) error {
	if err := b.anew(); err != nil {
		return err
	}
	for _, r := range b.rotations(func(r queue.Rotation) bool {
		return r.Table == op.table && (len(op.lookups) == 0 || slices.Contains(op.lookups, r.Lookup))
	}) {
		if err := b.remove(r); err != nil {
			return err
		}
	}
	return nil
}

// unstickOp deletes what a lead keeps.
type unstickOp struct {
	rowsOp
	within queue.Rotation
	lead   string
	found  int
}

func (op *unstickOp) write(q *Queue, b *buckets, now time.Time) error {
	op.found = 0
	if err := b.anew(); err != nil {
		return err
	}
	for _, r := range b.rotations(op.within.Holds) {
		key := stuckKey(r.Instance, r.number, q.turns.leads, op.lead)
		v := b.stuck.Get(key)
		if v == nil {
			continue
		}
		if _, until, err := decodeStuck(v); err != nil || until.IsZero() || until.After(now) {
			op.found++
		}
		b.changed = true
		if err := b.stuck.Delete(key); err != nil {
			return err
		}
		if err := b.tidy(r.Rotation, r.number); err != nil {
			return err
		}
	}
	return nil
}
