package file

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"tablestep/engine/queue"
)

// tokenGeneration is how many tokens gather in memory before they are moved
// into the token bucket.
const tokenGeneration = 1 << 16

// tokens is the index of deduplication. Tokens are random, so that a row for
// each in the order of acceptance dirties a page each: with 100,000 known tokens
// that was more than half of the cost of a small Put (20,000 against 45,000 a
// second). So the latest tokens stand only in the info rows and in memory; when a
// generation is full it is moved into the bucket in the order of the tokens, many
// to a page, a few with each transaction that accepts something. Opening
// gathers the tokens behind the last complete move from the info rows.
//
// The committer alone changes it, under the queue's lock; so the committer reads
// without the lock and everybody else with it.
type tokens struct {
	generation int
	young      map[tokenKey]queue.ID
	old        map[tokenKey]queue.ID // being moved
	order      []tokenKey            // of old, what is left to move
	through    queue.ID              // the latest invocation of old
}

func newTokens() tokens {
	return tokens{generation: tokenGeneration, young: make(map[tokenKey]queue.ID)}
}

// find looks a token up, in the transaction's own puts first.
func (t *tokens) find(b *buckets, key tokenKey) (id queue.ID, ok bool, err error) {
	if id, ok = b.newTokens[key]; ok {
		return id, true, nil
	}
	if id, ok = t.recent(key); ok {
		return id, true, nil
	}
	row := b.token.Get(key[:])
	if row == nil {
		return queue.ID{}, false, nil
	}
	if len(row) != queue.IDBytes {
		return queue.ID{}, false, fmt.Errorf("token row of %d bytes: %w", len(row), queue.ErrDamaged)
	}
	return queue.ID(row), true, nil
}

func (t *tokens) recent(key tokenKey) (queue.ID, bool) {
	id, ok := t.young[key]
	if !ok {
		id, ok = t.old[key]
	}
	return id, ok
}

// add takes in a token that has been committed with its invocation.
func (t *tokens) add(key tokenKey, id queue.ID) { t.young[key] = id }

// forget drops a token whose invocation has been purged.
func (t *tokens) forget(key tokenKey) {
	delete(t.young, key)
	delete(t.old, key)
}

// turn starts to move a generation that is full.
func (t *tokens) turn(latest queue.ID) {
	if len(t.young) < t.generation || len(t.order) > 0 {
		return
	}
	t.old, t.young, t.through = t.young, make(map[tokenKey]queue.ID), latest
	t.order = make([]tokenKey, 0, len(t.old))
	for key := range t.old {
		t.order = append(t.order, key)
	}
	slices.SortFunc(t.order, func(a, b tokenKey) int { return bytes.Compare(a[:], b[:]) })
}

// move writes some tokens into the bucket, at least as many as the transaction
// has taken in, and says how many. With the last ones it notes that the move is complete.
func (t *tokens) move(b *buckets) (int, error) {
	if b.puts == 0 || len(t.order) == 0 {
		return 0, nil
	}
	n := min(len(t.order), max(4*b.puts, 64))
	for i := range t.order[:n] {
		key := t.order[i]
		id, ok := t.old[key]
		if !ok {
			continue // Purged meanwhile.
		}
		if err := b.token.Put(key[:], id[:]); err != nil {
			return 0, err
		}
	}
	if n < len(t.order) {
		return n, nil
	}
	return n, b.meta.Put([]byte(metaTokens), t.through[:])
}

// moved forgets what has been moved and committed.
func (t *tokens) moved(n int) {
	for _, key := range t.order[:n] {
		delete(t.old, key)
	}
	if t.order = t.order[n:]; len(t.order) == 0 {
		t.order, t.old = nil, nil
	}
}

// gather reads the tokens that have not been moved from the info rows.
func (t *tokens) gather(b *buckets) error {
	through := b.meta.Get([]byte(metaTokens))
	c := b.info.Cursor()
	k, v := c.First()
	if through != nil {
		if k, v = c.Seek(through); bytes.Equal(k, through) {
			k, v = c.Next()
		}
	}
	for ; k != nil; k, v = c.Next() {
		id, err := idFromKey(k)
		if err != nil {
			return err
		}
		key, ok, err := recordToken(v)
		if errors.Is(err, queue.ErrDamaged) {
			continue // Whoever reads the row is told.
		}
		if err != nil {
			return err
		}
		if ok {
			t.young[key] = id
		}
	}
	return nil
}

// recordToken reads only the token of an info row.
func recordToken(b []byte) (key tokenKey, ok bool, err error) {
	if len(b) < 7+len(key) || b[0] != recordVersion || b[2]&flagToken == 0 {
		return key, false, nil
	}
	if checksum(b[:len(b)-4]) != binary.BigEndian.Uint32(b[len(b)-4:]) {
		return key, false, fmt.Errorf("info row: checksum differs: %w", queue.ErrDamaged)
	}
	copy(key[:], b[3:])
	return key, true, nil
}
