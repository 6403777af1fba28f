package file

import (
	"os"
	"time"

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
