package file

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"tablestep/engine/queue"
)

// Bounds of one transaction. A larger one would only make its callers wait longer.
const (
	maxBatchOps   = 512
	maxBatchBytes = 8 << 20
	// maxTightBytes holds while the reserve is used up.
	maxTightBytes = 512 << 10
)

// refill is how long Put is refused after the disk was found full, before it is
// tried again to make the reserve.
const refill = time.Second

// operation is one change. The committer runs many of them in one transaction;
// one that is refused in begin or read does not touch the others.
type operation interface {
	// begin checks the operation against the memory, under the lock.
	begin(q *Queue, now time.Time) error
	// read checks it against the file. It writes nothing and may run twice.
	read(q *Queue, b *buckets) error
	// write makes the changes; an error ends the whole transaction. It may run twice.
	write(q *Queue, b *buckets, now time.Time) error
	// apply brings the memory up to date after the commit, under the lock.
	apply(q *Queue, now time.Time)
	// abort undoes begin, under the lock.
	abort(q *Queue)
	// own gives the part that the committer keeps.
	own() *ticket
}

// need ranks operations by the room that they take, for a full disk.
type need uint8

const (
	needNone   need = iota // gives room back, or next to none
	needBody               // stores a callback in place of a payload
	needAccept             // stores something new
)

// ticket is what the committer keeps of an operation; each operation embeds one.
type ticket struct {
	done  chan struct{}
	err   error
	bytes int
	need  need
	good  bool // passed begin and read
}

func (p *ticket) own() *ticket { return p }

// errLater puts an operation off to the next transaction.
var errLater = errors.New("later")

// errUnchanged spares a transaction that changes nothing its two syncs.
var errUnchanged = errors.New("unchanged")

// committer runs all changes, one transaction after the other. While one is
// being synced the next ones gather; so callers that come together share a
// sync, and a single one waits for nobody.
type committer struct {
	mu     sync.Mutex // guards the fields down to the blank line
	queued []operation
	closed bool

	kick     chan struct{}
	done     chan struct{}
	closeErr error // read after done

	// The following belong to the goroutine.
	sequence   uint64
	lastMillis int64
	unfinished int
	tallies    [stateCount]int
	reserve    reserveFile // for what works off the accepted invocations
	last       reserveFile // for what gives room back, when the other is used up

	stats commitStats
}

// commitStats are sums since the opening.
type commitStats struct {
	mu                  sync.Mutex // guards the rest
	commits, operations uint64
	size, used          int64
}

func (c *committer) start(q *Queue) {
	c.kick, c.done = make(chan struct{}, 1), make(chan struct{})
	go c.run(q)
}

// shut lets in nothing more and waits until everything handed in is done.
func (c *committer) shut() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.wake()
	<-c.done
}

func (c *committer) wake() {
	select {
	case c.kick <- struct{}{}:
	default:
	}
}

// submit hands an operation in and waits for its end. Where ctx ends first and
// the operation has not been taken up, it is withdrawn and nothing was changed;
// once it has been taken up its result is waited for, so that the answer is
// always the truth. The number of queued operations is bounded by the callers,
// each of which waits with one.
func (q *Queue) submit(ctx context.Context, op operation) error {
	p, c := op.own(), &q.commit
	p.done = make(chan struct{})
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return queue.ErrClosed
	}
	c.queued = append(c.queued, op)
	c.mu.Unlock()
	c.wake()
	select {
	case <-p.done:
		return p.err
	case <-ctx.Done():
	}
	if c.withdraw(op) {
		return ctx.Err()
	}
	<-p.done
	return p.err
}

func (c *committer) withdraw(op operation) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.Index(c.queued, op)
	if i < 0 {
		return false
	}
	c.queued = slices.Delete(c.queued, i, i+1)
	return true
}

func (c *committer) run(q *Queue) {
	defer close(c.done)
	debug.SetPanicOnFault(true) // A page that cannot be read breaks the queue, and nothing else.
	var later []operation
	for {
		batch, open := c.take(later)
		if len(batch) == 0 {
			if !open {
				c.closeErr = q.noteClose()
				return
			}
			<-c.kick
			continue
		}
		later = q.runBatch(batch)
	}
}

// take gives the next batch, what was put off first.
func (c *committer) take(later []operation) (batch []operation, open bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, size, most := 0, 0, maxBatchBytes
	if !c.reserve.held || !c.last.held {
		most = maxTightBytes
	}
	for n < len(c.queued) && n < maxBatchOps && (n == 0 || size < most) {
		size += c.queued[n].own().bytes
		n++
	}
	later = append(later, c.queued[:n]...)
	c.queued = slices.Delete(c.queued, 0, n)
	return later, !c.closed
}

// runBatch brings a batch to its end and gives what must wait for the next one.
func (q *Queue) runBatch(batch []operation) (later []operation) {
	now := q.now()
	ready := make([]operation, 0, len(batch))
	q.mu.Lock()
	q.index.settle(now)
	for _, op := range batch {
		err := q.broken
		if err == nil {
			err = op.begin(q, now)
		}
		switch {
		case err == nil:
			ready = append(ready, op)
		case errors.Is(err, errLater):
			later = append(later, op)
		default:
			op.own().end(err)
		}
	}
	q.mu.Unlock()

	ready, err := q.writeWithin(ready, now)
	if err != nil {
		q.refuse(ready, q.fail(err))
		return later
	}

	q.mu.Lock()
	now = q.now()
	for _, op := range ready {
		if op.own().good {
			op.apply(q, now)
		} else {
			op.abort(q)
		}
	}
	q.changedLocked(now)
	q.tokens.turn(queue.MakeID(q.commit.lastMillis, q.commit.sequence))
	q.commit.unfinished = q.index.unfinished()
	q.mu.Unlock()
	for _, op := range ready {
		op.own().end(op.own().err)
	}
	return later
}

// writeWithin writes the operations within the room that there is: when there is
// none, what takes most of it is refused first, so that what has been accepted can
// still be worked off. It gives the operations that are not refused; an error is
// not a full disk.
func (q *Queue) writeWithin(ops []operation, now time.Time) ([]operation, error) {
	reserve := &q.commit.reserve
	refuse := func(most need, err error) (refused bool) {
		var out []operation
		ops = slices.DeleteFunc(ops, func(op operation) bool {
			if op.own().need < most {
				return false
			}
			out = append(out, op)
			return true
		})
		if len(out) > 0 {
			q.refuse(out, fmt.Errorf("queue: %w: %w", queue.ErrDiskFull, err))
		}
		return len(out) > 0
	}
	if err := q.roomFor(ops); err != nil {
		refuse(needAccept, err)
	}
	err := q.write(ops, now)
	for _, makeRoom := range []func() bool{
		func() bool { return refuse(needAccept, err) },
		func() bool { return reserve.releaseFor(err) },
		func() bool { return refuse(needBody, err) },
		func() bool { return q.commit.last.releaseFor(err) },
		func() bool { return refuse(needNone, err) },
	} {
		if err == nil || !diskFull(err) {
			break
		}
		if makeRoom() {
			err = q.write(ops, now)
		}
	}
	return ops, err
}

// roomFor says whether something may be accepted: there must be a reserve, beside
// the file or in pages of it that are free.
func (q *Queue) roomFor(ops []operation) error {
	size := int64(0)
	for _, op := range ops {
		if op.own().need == needAccept {
			size += int64(op.own().bytes) + 1
		}
	}
	if size == 0 {
		return nil
	}
	err := q.commit.last.take()
	if err == nil {
		err = q.commit.reserve.take()
	}
	if err != nil && q.commit.stats.free() >= 2*reserveBytes+2*size {
		return nil
	}
	return err
}

func (p *ticket) end(err error) {
	p.err = err
	close(p.done)
}

// refuse ends operations whose transaction failed.
func (q *Queue) refuse(ops []operation, err error) {
	q.mu.Lock()
	for _, op := range ops {
		op.abort(q)
	}
	if errors.Is(err, queue.ErrDiskFull) {
		q.fullTil = q.now().Add(refill)
	}
	q.mu.Unlock()
	for _, op := range ops {
		op.own().end(err)
	}
}

// write runs the operations in one transaction and commits it.
func (q *Queue) write(ops []operation, now time.Time) (err error) {
	if len(ops) == 0 {
		return nil
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("commit: panic: %v", p)
		}
	}()
	c := &q.commit
	var tallies [stateCount]int
	var size int64
	var moved int
	var changes *turnChanges
	err = q.db.Update(func(tx *bolt.Tx) error {
		b, err := bucketsOf(tx, false)
		if err != nil {
			return err
		}
		for _, op := range ops {
			p := op.own()
			p.err = op.read(q, b)
			if p.good = p.err == nil; !p.good {
				continue
			}
			if err := op.write(q, b, now); err != nil {
				return err
			}
		}
		if err := b.saveTurns(); err != nil {
			return err
		}
		changes = &b.turns
		if !b.changed {
			return errUnchanged
		}
		if err := b.saveTallies(c.tallies); err != nil {
			return err
		}
		tallies, size = b.delta, tx.Size()
		moved, err = q.tokens.move(b)
		return err
	})
	switch {
	case errors.Is(err, errUnchanged):
		q.turns.publish(changes)
		return nil
	case err != nil:
		return fmt.Errorf("commit: %w", err)
	}
	q.turns.publish(changes)
	for s, n := range tallies {
		c.tallies[s] += n
	}
	if moved > 0 {
		q.mu.Lock()
		q.tokens.moved(moved)
		q.mu.Unlock()
	}
	c.stats.add(q.db, size, len(ops))
	return nil
}

func (s *commitStats) add(db *bolt.DB, size int64, operations int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commits++
	s.operations += uint64(operations)
	s.measure(db, size)
}

// measure notes the sizes after a transaction.
func (s *commitStats) measure(db *bolt.DB, size int64) {
	pages := db.Stats()
	s.size = size
	s.used = size - int64(pages.FreePageN+pages.PendingPageN)*int64(db.Info().PageSize)
}

// free is the room within the file.
func (s *commitStats) free() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.size - s.used
}

func (s *commitStats) inUse() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.used
}

// nextID makes the ID of an invocation that is being accepted.
func (c *committer) nextID(now time.Time) queue.ID {
	c.sequence++
	c.lastMillis = max(c.lastMillis, now.UnixMilli(), 0)
	return queue.MakeID(c.lastMillis, c.sequence)
}

// noteClose writes down that the file is closed in good order, and which
// deliveries were under way, as nobody will say how they ended.
func (q *Queue) noteClose() error {
	q.mu.Lock()
	broken := q.broken
	var interrupted []queue.ID
	for _, e := range q.index.leased.items {
		if e.state == queue.Delivering {
			interrupted = append(interrupted, e.id)
		}
	}
	for _, e := range slices.Concat(q.index.due.items, q.index.dueLarge.items) {
		if e.ambiguous { // A lease that ran out; its row may not say so yet.
			interrupted = append(interrupted, e.id)
		}
	}
	lost := make(map[queue.ID]int) // likewise, of evaluations
	for id, e := range q.index.entries {
		if e.lost > 0 {
			lost[id] = e.lost
		}
	}
	q.mu.Unlock()
	if broken != nil {
		return nil
	}
	note := func(tx *bolt.Tx) error {
		b, err := bucketsOf(tx, false)
		if err != nil {
			return err
		}
		for _, id := range interrupted {
			rec, err := b.record(id)
			if err != nil || rec.has(flagAmbiguous) {
				continue // A damaged row is reported when the file is opened again.
			}
			rec.set(flagAmbiguous, true)
			if err := b.putRecord(id, &rec, rec.updated); err != nil {
				return err
			}
		}
		for id, n := range lost {
			rec, err := b.record(id)
			if err != nil {
				continue
			}
			rec.countLost(n)
			if err := b.putRecord(id, &rec, rec.updated); err != nil {
				return err
			}
		}
		return b.meta.Put([]byte(metaClean), []byte{markClean})
	}
	err := q.db.Update(note)
	for _, r := range []*reserveFile{&q.commit.reserve, &q.commit.last} {
		if err != nil && r.releaseFor(err) {
			err = q.db.Update(note)
		}
	}
	if err != nil && !diskFull(err) {
		return fmt.Errorf("queue: note the close: %w", err)
	}
	// Without room the note is missing and nothing else: the next opening takes the
	// close for a crash, after which every accepted invocation is there as well.
	return nil
}
