package file

import (
	"context"
	"fmt"
	"time"

	"tablestep/engine/queue"
)

// usable says why nothing can be asked any more.
func (q *Queue) usable(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-q.failed:
		return q.Err()
	case <-q.stop:
		return queue.ErrClosed
	default:
		return nil
	}
}

// Counters gives the counters of a rotation, from memory where they are there.
func (q *Queue) Counters(ctx context.Context, r queue.Rotation) ([]queue.Counter, error) {
	err := r.Check()
	if err == nil {
		err = q.usable(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("counters of lookup %q of table %q: %w", r.Lookup, r.Table, err)
	}
	if l := q.turns.get(r); l != nil {
		return l.rows, nil
	}
	// The committer reads them, so that nothing is committed between reading them and
	// having them in memory.
	op := &countersOp{rotation: r}
	if err := q.submit(ctx, op); err != nil {
		return nil, fmt.Errorf("counters of lookup %q of table %q: %w", r.Lookup, r.Table, err)
	}
	return op.account.before.rows, nil
}

// countersOp brings the counters of a rotation into memory.
type countersOp struct {
	ticket
	rotation queue.Rotation
	account  *account
}

func (op *countersOp) begin(*Queue, time.Time) error { return nil }
func (op *countersOp) abort(*Queue)                  {}

func (op *countersOp) read(q *Queue, b *buckets) error {
	op.account = b.account(q, op.rotation)
	return nil
}

func (op *countersOp) write(*Queue, *buckets, time.Time) error { return nil }
func (op *countersOp) apply(*Queue, time.Time)                 {}

// StuckTo gives the leads that keep a row.
func (q *Queue) StuckTo(ctx context.Context, r queue.Rotation, leads []string) ([]queue.Stuck, error) {
	var out []queue.Stuck
	err := q.stuckTo(ctx, r, leads, &out)
	if err != nil {
		return nil, fmt.Errorf("rows that leads keep in lookup %q of table %q: %w", r.Lookup, r.Table, err)
	}
	return out, nil
}

func (q *Queue) stuckTo(ctx context.Context, r queue.Rotation, leads []string, out *[]queue.Stuck) error {
	if err := queue.CheckStuckTo(r, leads); err != nil {
		return err
	}
	if err := q.usable(ctx); err != nil || len(leads) == 0 {
		return err
	}
	now := q.now()
	return q.view(func(b *buckets) error {
		number := b.rotationNumber(q, r)
		if number == 0 {
			return nil
		}
		for _, lead := range leads {
			v := b.stuck.Get(stuckKey(r.Instance, number, q.turns.leads, lead))
			if v == nil {
				continue
			}
			row, until, err := decodeStuck(v)
			if err != nil {
				q.turns.damaged.Add(1)
				continue
			}
			if until.IsZero() || until.After(now) {
				*out = append(*out, queue.Stuck{Rotation: r, Lead: lead, Row: row, Until: until})
			}
		}
		return nil
	})
}

// Rotations lists those of which something is kept.
func (q *Queue) Rotations(ctx context.Context) ([]queue.Rotation, error) {
	var out []queue.Rotation
	err := q.usable(ctx)
	if err == nil {
		err = q.view(func(b *buckets) error {
			out = nil
			return b.rotation.ForEach(func(k, v []byte) error {
				r, err := decodeRotationKey(k)
				if err == nil {
					_, err = decodeRotation(v)
				}
				if err != nil {
					q.turns.damaged.Add(1) // It is as if it were not there.
					return nil
				}
				out = append(out, r)
				return nil
			})
		})
	}
	if err != nil {
		return nil, fmt.Errorf("list rotations: %w", err)
	}
	queue.SortRotations(out)
	return out, nil
}

// SetCounters replaces the counters of a rotation.
func (q *Queue) SetCounters(ctx context.Context, r queue.Rotation, rows []queue.Counter) error {
	err := r.Check()
	if err == nil {
		err = queue.CheckCounters(rows)
	}
	if err == nil {
		err = q.submit(ctx, &setCountersOp{rotation: r, rows: rows})
	}
	if err != nil {
		return fmt.Errorf("set counters of lookup %q of table %q: %w", r.Lookup, r.Table, err)
	}
	return nil
}

// MoveRotations lets what is kept of a table go on under another name.
func (q *Queue) MoveRotations(ctx context.Context, table, to string) error {
	err := queue.CheckMove(table, to)
	if err == nil {
		err = q.submit(ctx, &moveOp{from: table, to: to})
	}
	if err != nil {
		return fmt.Errorf("move rotations of table %q to %q: %w", table, to, err)
	}
	return nil
}

// DropRotations removes what is kept of a table. What leads keep goes with the next Purge;
// nobody finds it by then.
func (q *Queue) DropRotations(ctx context.Context, table string, lookups ...string) error {
	err := queue.CheckDrop(table, lookups)
	if err == nil {
		err = q.submit(ctx, &dropOp{table: table, lookups: lookups})
	}
	if err != nil {
		return fmt.Errorf("drop rotations of table %q: %w", table, err)
	}
	return nil
}

// Unstick makes the store forget which rows a lead keeps.
func (q *Queue) Unstick(ctx context.Context, r queue.Rotation, lead string) (int, error) {
	err := queue.CheckUnstick(r, lead)
	op := &unstickOp{within: r, lead: lead}
	if err == nil {
		err = q.submit(ctx, op)
	}
	if err != nil {
		return 0, fmt.Errorf("forget the rows that a lead keeps: %w", err)
	}
	return op.found, nil
}
