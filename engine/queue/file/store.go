package file

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"tablestep/engine/queue"
	"tablestep/tables/boltfile"
)

// formatVersion is the number in the meta bucket; see FORMAT.md.
const formatVersion = 1

// chunkBytes is the largest value of a body row. bbolt puts at least two rows
// on a leaf and rewrites a leaf as a whole, so a commit rewrites up to four rows
// that it does not change: whole bodies of 45 KB cost 79 written pages each in
// commits of one, rows of 16 KB cost 34, with the same speed in larger commits.
// Smaller rows make opening slower, as bbolt visits every leaf then.
const chunkBytes = 16 << 10

// buckets are the top-level buckets, and what one transaction has changed in numbers.
type buckets struct {
	tx                                                          *bolt.Tx
	meta, info, open, payload, callback, key, token, unanswered *bolt.Bucket
	rotation, counter, stuck                                    *bolt.Bucket // nil in a file of a program without turns

	scratch   []byte // holds encoded rows until the commit
	puts      int
	grown     int                   // bytes of bodies that are added
	newTokens map[tokenKey]queue.ID // of the puts
	delta     [stateCount]int       // of finished invocations
	tallied   bool
	changed   bool // there is something to commit
	turns     turnChanges
}

// bucketNames are in the order of the fields.
func bucketNames() []string {
	return []string{"meta", "info", "open", "payload", "callback", "key", "token", "unanswered", "rotation", "counter", "stuck"}
}

func (b *buckets) fields() []**bolt.Bucket {
	return []**bolt.Bucket{&b.meta, &b.info, &b.open, &b.payload, &b.callback, &b.key, &b.token, &b.unanswered, &b.rotation, &b.counter, &b.stuck}
}

// bucketsOf opens the buckets of a transaction, and makes them where create is set.
func bucketsOf(tx *bolt.Tx, create bool) (*buckets, error) {
	b := &buckets{tx: tx}
	for i, field := range b.fields() {
		name := []byte(bucketNames()[i])
		if create {
			made, err := tx.CreateBucketIfNotExists(name)
			if err != nil {
				return nil, fmt.Errorf("create bucket %q: %w", name, err)
			}
			*field = made
			continue
		}
		if *field = tx.Bucket(name); *field == nil && (i < firstOfTurns || hasTurns(tx)) {
			return nil, fmt.Errorf("bucket %q is missing: %w", name, queue.ErrDamaged)
		}
	}
	if tx.Writable() {
		// These grow at the end only. Info rows get longer later, so their leaves
		// keep some room.
		for _, grown := range []*bolt.Bucket{b.open, b.payload, b.callback, b.key} {
			grown.FillPercent = 1
		}
		b.info.FillPercent = 0.75
	}
	return b, nil
}

// opener stands for os.OpenFile, where it is not nil.
type opener func(name string, flag int, mode os.FileMode) (*os.File, error)

// mapBytes is the address space that is asked for at once: a roomy map spares readers
// and the writer from waiting for each other when the file grows.
const mapBytes = 1 << 30

// openFile opens or makes the bbolt file. notice says what was found and mended.
func openFile(path string, o Options, open opener) (db *bolt.DB, notice string, err error) {
	db, notice, err = boltfile.Open(path, boltfile.Options{Wait: o.LockTimeout, Map: mapBytes, MaxSize: o.MaxBytes, OpenFile: open})
	return db, notice, damagedFile(err)
}

// record reads the info row of id.
func (b *buckets) record(id queue.ID) (record, error) {
	row := b.info.Get(id[:])
	if row == nil {
		return record{}, fmt.Errorf("invocation %s: %w", id, queue.ErrNotFound)
	}
	r, err := decodeRecord(row)
	if err != nil {
		return record{}, fmt.Errorf("invocation %s: %w", id, err)
	}
	return r, nil
}

func (b *buckets) putRecord(id queue.ID, r *record, now time.Time) error {
	r.updated, b.changed = now, true
	// bbolt keeps a reference to the row until the commit, so rows share one
	// buffer but never bytes.
	b.scratch = appendRecord(b.scratch[len(b.scratch):], r)
	return b.info.Put(id[:], slices.Clip(b.scratch))
}

// finish writes a row that has come to an end; keep says that its callback, or
// its payload if it has no callback, stays for a replay.
func (b *buckets) finish(id queue.ID, r *record, now time.Time, keep bool) error {
	r.finished, r.due = now, time.Time{}
	b.tally(r.state, 1)
	if !keep {
		if err := b.deleteBodies(id, r); err != nil {
			return err
		}
	}
	if r.state != queue.Delivered {
		if err := b.unanswered.Put(id[:], []byte{codeOf(r.state)}); err != nil {
			return err
		}
	}
	if err := b.open.Delete(id[:]); err != nil {
		return err
	}
	return b.putRecord(id, r, now)
}

// deleteBodies deletes what is left of the bodies and, with them, their key.
func (b *buckets) deleteBodies(id queue.ID, r *record) error {
	if err := b.deletePayload(id, r); err != nil {
		return err
	}
	if r.has(flagCallback) {
		if err := deleteChunks(b.callback, id, r.callbackStored); err != nil {
			return err
		}
		r.set(flagCallback, false)
	}
	return b.key.Delete(id[:])
}

func (b *buckets) deletePayload(id queue.ID, r *record) error {
	if !r.has(flagPayload) {
		return nil
	}
	r.set(flagPayload, false)
	return deleteChunks(b.payload, id, r.payloadStored)
}

// tally counts finished invocations; saveTallies writes the sums with the commit.
func (b *buckets) tally(s queue.State, n int) {
	b.delta[s] += n
	b.tallied, b.changed = true, true
}

// tallyKey is the row of meta that counts those in a finished state.
func tallyKey(s queue.State) []byte {
	switch s {
	case queue.Delivered:
		return []byte("count:delivered")
	case queue.ProbablyDelivered:
		return []byte("count:probably_delivered")
	}
	return []byte("count:dead")
}

func (b *buckets) saveTallies(before [stateCount]int) error {
	if !b.tallied {
		return nil
	}
	for s := queue.Delivered; s <= queue.Dead; s++ {
		if err := b.meta.Put(tallyKey(s), encodeNumber(uint64(max(before[s]+b.delta[s], 0)))); err != nil {
			return err
		}
	}
	return nil
}

// number reads a row of the meta bucket; a missing one is 0.
func (b *buckets) number(key []byte) (uint64, error) {
	row := b.meta.Get(key)
	if row == nil {
		return 0, nil
	}
	n, err := decodeNumber(row)
	if err != nil {
		return 0, fmt.Errorf("meta row %q: %w", key, err)
	}
	return n, nil
}

func chunkKey(id queue.ID, i int) []byte {
	return binary.BigEndian.AppendUint16(append(make([]byte, 0, queue.IDBytes+2), id[:]...), uint16(i))
}

// putChunks stores a body in rows of chunkBytes. bbolt keeps a reference to
// sealed until the commit.
func putChunks(bucket *bolt.Bucket, id queue.ID, sealed []byte) error {
	for i := 0; len(sealed) > 0; i++ {
		n := min(len(sealed), chunkBytes)
		if err := bucket.Put(chunkKey(id, i), sealed[:n]); err != nil {
			return err
		}
		sealed = sealed[n:]
	}
	return nil
}

func deleteChunks(bucket *bolt.Bucket, id queue.ID, size int) error {
	for i := range (size + chunkBytes - 1) / chunkBytes {
		if err := bucket.Delete(chunkKey(id, i)); err != nil {
			return err
		}
	}
	return nil
}

// readChunks copies a body out of the transaction.
func readChunks(bucket *bolt.Bucket, id queue.ID, size int) ([]byte, error) {
	sealed := make([]byte, 0, size)
	for i := range (size + chunkBytes - 1) / chunkBytes {
		row := bucket.Get(chunkKey(id, i))
		if len(row) != min(chunkBytes, size-len(sealed)) {
			return nil, fmt.Errorf("part %d of a body has %d bytes: %w", i, len(row), queue.ErrDamaged)
		}
		sealed = append(sealed, row...)
	}
	return sealed, nil
}

// body is a sealed body copied out of a transaction, with what opens it.
type body struct {
	id     queue.ID
	rec    record
	kept   *queue.Body // nil where the body was read from the file
	key    queue.Key
	sealed []byte
	// err says that this body, or its row, is missing or damaged.
	err error
}

// load copies the bodies of what has been taken, but for those that were kept.
func (q *Queue) load(kind queue.BodyKind, of []taken) ([]body, error) {
	out := make([]body, 0, len(of))
	err := q.view(func(b *buckets) error {
		for i := range of {
			out = append(out, b.body(kind, of[i].ID, of[i].kept))
		}
		return nil
	})
	return out, err
}

func (b *buckets) body(kind queue.BodyKind, id queue.ID, kept *queue.Body) body {
	o := body{id: id, kept: kept}
	if o.rec, o.err = b.record(id); o.err != nil || kept != nil {
		return o
	}
	bucket, size, there := b.payload, o.rec.payloadStored, o.rec.has(flagPayload)
	if kind == queue.CallbackBody {
		bucket, size, there = b.callback, o.rec.callbackStored, o.rec.has(flagCallback)
	}
	if !there {
		o.err = fmt.Errorf("invocation %s: %w", id, queue.ErrGone)
		return o
	}
	if o.key, o.err = decodeKey(b.key.Get(id[:])); o.err != nil {
		return o
	}
	o.sealed, o.err = readChunks(bucket, id, size)
	return o
}

// open decrypts and decompresses the body, once, unless it was kept.
func (o *body) open(s *queue.Sealer, kind queue.BodyKind) (*queue.Sealing, []byte, error) {
	if o.err != nil {
		return nil, nil, o.err
	}
	if o.kept != nil {
		return o.kept.Sealing, o.kept.Plain, nil
	}
	size := o.rec.payloadBytes
	if kind == queue.CallbackBody {
		size = o.rec.callbackBytes
	}
	sec, plain, err := s.Open(kind, o.key, o.sealed, size)
	o.sealed = nil
	return &queue.Sealing{Key: o.key, Secrets: sec}, plain, err
}

// view runs fn in a read transaction.
func (q *Queue) view(fn func(b *buckets) error) error {
	err := q.db.View(func(tx *bolt.Tx) error {
		return boltfile.Guard(func() error {
			b, err := bucketsOf(tx, false)
			if err != nil {
				return err
			}
			return fn(b)
		})
	})
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		return queue.ErrClosed
	}
	return damagedFile(err)
}
