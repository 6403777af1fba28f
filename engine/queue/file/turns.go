package file

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"

	"tablestep/engine/queue"
)

// maxLedgers bounds the rotations whose counters stay in memory.
const maxLedgers = 256

// A ledger is the counters of one rotation, as a commit left them. It does not change.
type ledger struct {
	number uint64 // by which its rows are found; 0: nothing is stored of it
	rows   []queue.Counter
	used   *atomic.Uint64 // when it was last asked for, by the count of questions
}

// row gives the counter of a row, or the one of a row that has had no turn.
func (l *ledger) row(name string) queue.Counter {
	i, found := slices.BinarySearchFunc(l.rows, name, func(c queue.Counter, name string) int { return cmp.Compare(c.Row, name) })
	if !found {
		return queue.Counter{}
	}
	return l.rows[i]
}

// with gives a ledger in which some rows are others.
func (l *ledger) with(changed map[string]queue.Counter) *ledger {
	rows := make([]queue.Counter, 0, len(l.rows)+len(changed))
	for _, c := range l.rows {
		if _, other := changed[c.Row]; !other {
			rows = append(rows, c)
		}
	}
	for _, c := range changed {
		rows = append(rows, c)
	}
	slices.SortFunc(rows, func(a, b queue.Counter) int { return cmp.Compare(a.Row, b.Row) })
	return &ledger{number: l.number, rows: rows, used: new(atomic.Uint64)}
}

// turns is the memory of rotations: what was asked for or changed lately. The committer puts
// in what it has committed; whoever asks reads it.
type turns struct {
	mu      sync.RWMutex // guards ledgers; the ledgers themselves do not change
	ledgers map[queue.Rotation]*ledger
	clock   atomic.Uint64
	damaged atomic.Int64 // rows that did not decode
	leads   leadKey      // of the file; set when it is opened
}

// get gives what is in memory, or nil.
func (t *turns) get(r queue.Rotation) *ledger {
	t.mu.RLock()
	defer t.mu.RUnlock()
	l := t.ledgers[r]
	if l != nil {
		l.used.Store(t.clock.Add(1))
	}
	return l
}

// put takes ledgers in; those go that were not asked for longest.
func (t *turns) put(all map[queue.Rotation]*ledger) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ledgers == nil {
		t.ledgers = make(map[queue.Rotation]*ledger)
	}
	for r, l := range all {
		l.used.Store(t.clock.Add(1))
		t.ledgers[r] = l
	}
	for len(t.ledgers) > maxLedgers {
		var oldest queue.Rotation
		least := uint64(0)
		for r, l := range t.ledgers {
			if used := l.used.Load(); least == 0 || used < least {
				oldest, least = r, used
			}
		}
		delete(t.ledgers, oldest)
	}
}

// forget empties the memory, after what changed more than single rows.
func (t *turns) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ledgers = nil
}

// firstOfTurns is the place among the buckets from which on they are of turns.
const firstOfTurns = 8

// hasTurns says whether a file is of a program that knew turns.
func hasTurns(tx *bolt.Tx) bool {
	meta := tx.Bucket([]byte("meta"))
	return meta != nil && meta.Get([]byte(metaTurns)) != nil
}

// recover makes what a file lacks that knew no turns, and reads the key of leads. Where the key
// is lost nobody can find the rows that leads keep, not even to erase one; so they go.
func (t *turns) recover(b *buckets) error {
	t.forget()
	t.damaged.Store(0)
	for i := firstOfTurns; i < len(bucketNames()); i++ {
		made, err := b.tx.CreateBucketIfNotExists([]byte(bucketNames()[i]))
		if err != nil {
			return fmt.Errorf("create bucket %q: %w", bucketNames()[i], err)
		}
		*b.fields()[i] = made
	}
	switch v := b.meta.Get([]byte(metaTurns)); {
	case v == nil:
		if err := b.meta.Put([]byte(metaTurns), []byte{turnVersion}); err != nil {
			return err
		}
	case !bytes.Equal(v, []byte{turnVersion}):
		return fmt.Errorf("turns of format %v, want %d: %w", v, turnVersion, ErrFormat)
	}
	key := b.meta.Get([]byte(metaLeads))
	if len(key) == len(t.leads) {
		copy(t.leads[:], key)
		return nil
	}
	if k, _ := b.stuck.Cursor().First(); k != nil {
		t.damaged.Add(1)
		if err := b.tx.DeleteBucket([]byte("stuck")); err != nil {
			return err
		}
		made, err := b.tx.CreateBucket([]byte("stuck"))
		if err != nil {
			return err
		}
		b.stuck = made
	}
	rand.Read(t.leads[:]) // Never fails: it ends the process where there is no randomness.
	return b.meta.Put([]byte(metaLeads), bytes.Clone(t.leads[:]))
}

// turnChanges is what a transaction has changed of rotations.
type turnChanges struct {
	open map[queue.Rotation]*account
	// anew: the memory is no base for what follows, and is emptied after the commit.
	anew bool
}

// An account is a rotation within a transaction: the ledger before, and the rows that are others.
type account struct {
	before  *ledger
	changed map[string]queue.Counter
}

func (a *account) row(name string) queue.Counter {
	if c, ok := a.changed[name]; ok {
		return c
	}
	return a.before.row(name)
}

// account gives that of a rotation. It writes nothing.
func (b *buckets) account(q *Queue, r queue.Rotation) *account {
	if a := b.turns.open[r]; a != nil {
		return a
	}
	var l *ledger
	if !b.turns.anew {
		l = q.turns.get(r)
	}
	if l == nil {
		l = b.ledger(q, r)
	}
	a := &account{before: l, changed: make(map[string]queue.Counter)}
	if b.turns.open == nil {
		b.turns.open = make(map[queue.Rotation]*account)
	}
	b.turns.open[r] = a
	return a
}

// rotationNumber gives that of a rotation, 0 where it has none or its row is damaged.
func (b *buckets) rotationNumber(q *Queue, r queue.Rotation) uint64 {
	row := b.rotation.Get(rotationKey(r))
	if row == nil {
		return 0
	}
	number, err := decodeRotation(row)
	if err != nil {
		q.turns.damaged.Add(1)
		return 0
	}
	return number
}

// ledger reads the counters of a rotation. Those that do not decode are counted and left out:
// their rows are as if they had had no turn.
func (b *buckets) ledger(q *Queue, r queue.Rotation) *ledger {
	l := &ledger{number: b.rotationNumber(q, r), used: new(atomic.Uint64)}
	if l.number == 0 {
		return l
	}
	prefix := turnPrefix(r.Instance, l.number, 0)
	cursor := b.counter.Cursor()
	for k, v := cursor.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = cursor.Next() {
		c, err := decodeCounter(k[len(prefix):], v)
		if err != nil {
			q.turns.damaged.Add(1)
			continue
		}
		l.rows = append(l.rows, c)
	}
	return l
}

// numbered makes sure that a rotation has a number.
func (b *buckets) numbered(r queue.Rotation, a *account) (uint64, error) {
	if a.before.number == 0 {
		number, err := b.rotation.NextSequence()
		if err != nil {
			return 0, err
		}
		if err := b.rotation.Put(rotationKey(r), appendRotation(nil, number)); err != nil {
			return 0, err
		}
		a.before = &ledger{number: number, rows: a.before.rows, used: new(atomic.Uint64)}
	}
	b.changed = true
	return a.before.number, nil
}

// saveTurns writes what operations have changed, each row once.
func (b *buckets) saveTurns() error {
	for r, a := range b.turns.open {
		if len(a.changed) == 0 {
			continue
		}
		number, err := b.numbered(r, a)
		if err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(a.changed)) {
			c := a.changed[name]
			if err := b.counter.Put(counterKey(r.Instance, number, name), appendCounter(nil, &c)); err != nil {
				return err
			}
		}
		a.before, a.changed = a.before.with(a.changed), make(map[string]queue.Counter)
	}
	return nil
}

// anew writes what has been changed so far, before an operation that works on the rows
// themselves. What comes after it reads them again.
func (b *buckets) anew() error {
	if err := b.saveTurns(); err != nil {
		return err
	}
	b.turns = turnChanges{anew: true}
	return nil
}

// publish brings the memory up to date after a commit.
func (t *turns) publish(c *turnChanges) {
	if c.anew {
		t.forget()
		return
	}
	changed := make(map[queue.Rotation]*ledger, len(c.open))
	for r, a := range c.open {
		changed[r] = a.before
	}
	if len(changed) > 0 {
		t.put(changed)
	}
}

// turnKey is a row of a rotation.
type turnKey struct {
	rotation queue.Rotation
	row      string
}

// takeTurns works out the counters after the turns of an answer. It writes nothing.
func (b *buckets) takeTurns(q *Queue, of []queue.Turn, now time.Time) (map[turnKey]queue.Counter, error) {
	if len(of) == 0 {
		return nil, nil
	}
	after := make(map[turnKey]queue.Counter, len(of))
	for i := range of {
		t := &of[i]
		key := turnKey{t.Rotation, t.Row}
		c, again := after[key]
		if !again {
			c = b.account(q, t.Rotation).row(t.Row)
		}
		if c.Row == "" {
			c.Row = strings.Clone(t.Row) // It outlives the answer that it came with.
		}
		c, err := c.After(t, now)
		if err != nil {
			return nil, err
		}
		after[key] = c
	}
	return after, nil
}

// giveTurns notes them for saveTurns, and writes which leads keep a row.
func (b *buckets) giveTurns(q *Queue, after map[turnKey]queue.Counter, stuck []queue.Stuck) error {
	for key, c := range after {
		b.account(q, key.rotation).changed[c.Row] = c
	}
	for i := range stuck {
		s := &stuck[i]
		number, err := b.numbered(s.Rotation, b.account(q, s.Rotation))
		if err != nil {
			return err
		}
		if err := b.stuck.Put(stuckKey(s.Rotation.Instance, number, q.turns.leads, s.Lead), appendStuck(nil, s.Row, s.Until)); err != nil {
			return err
		}
	}
	return nil
}
