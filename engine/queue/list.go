package queue

import (
	"bytes"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// MaxList bounds the length of one list.
const MaxList = 1000

// Filter says what List gives; the zero value means the latest 100 of all.
type Filter struct {
	// State restricts the list to one state; 0 is any.
	State State
	// Limit is the greatest length, 0 for 100, at most MaxList.
	Limit int
	// Before and After are cursors: only what was accepted before, or after, the
	// invocation of that ID, which itself is left out. Zero is no cursor.
	Before, After ID
	// From and To restrict the time of acceptance to From ≤ t < To. Zero is open.
	From, To time.Time
}

// bounds gives the first ID of the range and the first one behind it; nil is open.
func (f Filter) bounds() (from, to []byte) {
	if !f.From.IsZero() {
		id := firstID(f.From)
		from = id[:]
	}
	if !f.After.IsZero() {
		// The smallest key above After.
		if after := append(f.After[:len(f.After):len(f.After)], 0); bytes.Compare(after, from) > 0 {
			from = after
		}
	}
	if !f.To.IsZero() {
		id := firstID(f.To)
		to = id[:]
	}
	if !f.Before.IsZero() && (to == nil || bytes.Compare(f.Before[:], to) < 0) {
		to = f.Before[:]
	}
	return from, to
}

// List gives what is known of invocations, latest first. What is finished and
// not delivered, and what is unfinished, has an index of its own; a list of
// delivered ones passes over the others.
func (q *Queue) List(f Filter) ([]Info, error) {
	if f.State != 0 && (f.State < Available || f.State > Dead) || f.Limit < 0 || f.Limit > MaxList {
		return nil, fmt.Errorf("list invocations of %s, limit %d, at most %d: %w", f.State, f.Limit, MaxList, ErrInvalid)
	}
	if f.Limit == 0 {
		f.Limit = 100
	}
	var out []Info
	err := q.view(func(b *buckets) error {
		bucket := b.info
		switch f.State {
		case Available, Running, Retryable, Delivering:
			bucket = b.open
		case ProbablyDelivered, Dead:
			bucket = b.unanswered
		}
		from, to := f.bounds()
		return backwards(bucket, from, to, func(k, v []byte) (bool, error) {
			if bucket == b.unanswered && (len(v) != 1 || State(v[0]) != f.State) {
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
func (q *Queue) mayBe(id ID, s State) bool {
	if s == 0 {
		return true
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	e := q.index.entries[id]
	return e == nil || e.state == s
}

// live adds to a stored row what only the memory knows.
func (q *Queue) live(info Info) Info {
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
	if e.state == Running || e.state == Delivering {
		info.Due, info.Until = time.Time{}, e.at
	} else {
		info.Due = e.at
	}
	return info
}

// Get gives what is known of one invocation.
func (q *Queue) Get(id ID) (Info, error) {
	var rec record
	err := q.view(func(b *buckets) (err error) {
		rec, err = b.record(id)
		return err
	})
	if err != nil {
		return Info{}, fmt.Errorf("get: %w", err)
	}
	return q.live(rec.info(id)), nil
}

// Payload gives the payload of an invocation that has not been evaluated, else ErrGone.
func (q *Queue) Payload(id ID) ([]byte, error) { return q.bodyOf(payloadBody, id) }

// Callback gives the callback of an invocation that is evaluated and not
// delivered, else ErrGone.
func (q *Queue) Callback(id ID) ([]byte, error) { return q.bodyOf(callbackBody, id) }

func (q *Queue) bodyOf(kind bodyKind, id ID) ([]byte, error) {
	bodies, err := q.load(kind, []taken{{Lease: Lease{ID: id}}})
	if err != nil {
		return nil, fmt.Errorf("read body of %s: %w", id, err)
	}
	_, plain, err := bodies[0].open(&q.sealer, kind)
	if err != nil {
		return nil, fmt.Errorf("read body of %s: %w", id, err)
	}
	return plain, nil
}
