package file

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"tablestep/engine/queue"
)

// SetTokenGeneration makes generations of tokens so small that a test sees them move.
func SetTokenGeneration(q *Queue, n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.tokens.generation = n
}

// OpenWith is Open with a stand-in for os.OpenFile.
func OpenWith(path string, o Options, open func(name string, flag int, mode os.FileMode) (*os.File, error)) (*Queue, Recovered, error) {
	return openWith(path, o, open)
}

// DecodeRecord decodes an info row and encodes it again.
func DecodeRecord(b []byte) ([]byte, error) {
	r, err := decodeRecord(b)
	if err != nil {
		return nil, err
	}
	return appendRecord(nil, &r), nil
}

// DecodeKey decodes a key row.
func DecodeKey(row []byte) (queue.Key, error) { return decodeKey(row) }

// DiskFull says how an error of a transaction is judged.
func DiskFull(err error) bool { return diskFull(err) }

// A Disk is what a queue knows of its file.
type Disk struct {
	Bytes, Used         int64
	Commits, Operations uint64
	Full                bool // Put is refused for a moment
}

// DiskOf gives it.
func DiskOf(q *Queue) Disk {
	q.mu.Lock()
	full := q.now().Before(q.fullTil)
	q.mu.Unlock()
	c := &q.commit.stats
	c.mu.Lock()
	defer c.mu.Unlock()
	return Disk{c.size, c.used, c.commits, c.operations, full}
}

// Kept is how many bytes of bodies are in memory, and of how many entries.
func Kept(q *Queue) (bytes, entries int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, e := range q.index.entries {
		if e.kept != nil {
			bytes += e.kept.Size()
			entries++
		}
	}
	return bytes, entries
}

// NextDue is the next moment at which something becomes claimable by the passing of
// time alone; false where there is none.
func NextDue(q *Queue) (time.Time, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.index.nextChange(q.now())
}

// Body reads what is stored of an invocation.
func Body(q *Queue, kind queue.BodyKind, id queue.ID) ([]byte, error) {
	bodies, err := q.load(kind, []taken{{Lease: queue.Lease{ID: id}}})
	if err != nil {
		return nil, err
	}
	_, plain, err := bodies[0].open(&q.sealer, kind)
	return plain, err
}

// stallOp keeps the committer in the middle of a transaction.
type stallOp struct {
	ticket
	once           sync.Once
	entered, leave chan struct{}
}

func (op *stallOp) begin(*Queue, time.Time) error { return nil }
func (op *stallOp) abort(*Queue)                  {}

func (op *stallOp) read(*Queue, *buckets) error {
	op.once.Do(func() {
		close(op.entered)
		<-op.leave
	})
	return nil
}

func (op *stallOp) write(*Queue, *buckets, time.Time) error { return nil }
func (op *stallOp) apply(*Queue, time.Time)                 {}

// Stall holds all changes back until the returned function is called. Waiting gives how
// many are held back.
func Stall(q *Queue) (release func(), waiting func() int) {
	op := &stallOp{entered: make(chan struct{}), leave: make(chan struct{})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = q.submit(context.Background(), op) // It changes nothing.
	}()
	<-op.entered
	waiting = func() int {
		q.commit.mu.Lock()
		defer q.commit.mu.Unlock()
		return len(q.commit.queued)
	}
	return func() { close(op.leave); <-done }, waiting
}

// Destroy deletes the info row of an invocation under the open queue.
func Destroy(t testing.TB, q *Queue, id queue.ID) {
	t.Helper()
	if err := q.db.Update(func(tx *bolt.Tx) error { return tx.Bucket([]byte("info")).Delete(id[:]) }); err != nil {
		t.Fatal(err)
	}
}

// MaxLedgers bounds the rotations in memory.
const MaxLedgers = maxLedgers

// Ledgers is how many rotations are in memory.
func Ledgers(q *Queue) int {
	q.turns.mu.RLock()
	defer q.turns.mu.RUnlock()
	return len(q.turns.ledgers)
}

// DecodeTurns decodes a row as that of a rotation, a counter and a lead that keeps a row, and
// encodes again what could be decoded.
func DecodeTurns(name, row []byte) (again [][]byte, errs []error) {
	number, err := decodeRotation(row)
	errs = append(errs, err)
	if err == nil {
		again = append(again, appendRotation(nil, number))
	}
	c, err := decodeCounter(name, row)
	errs = append(errs, err)
	if err == nil {
		again = append(again, appendCounter(nil, &c))
	}
	kept, until, err := decodeStuck(row, nil)
	errs = append(errs, err)
	if err == nil {
		again = append(again, appendStuck(nil, kept, until))
	}
	r, err := decodeRotationKey(row)
	errs = append(errs, err)
	if err == nil {
		again = append(again, rotationKey(r))
	}
	_, _, err = splitTurnKey(row)
	return again, append(errs, err)
}
