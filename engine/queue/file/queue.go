package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"tablestep/engine/queue"
	"tablestep/tables/boltfile"
)

// Bounds and defaults of Options.
const (
	DefaultLockTimeout = time.Second
	// MinMaxBytes is the smallest limit on the file that leaves the queue room to work.
	MinMaxBytes = 128 << 20
)

// Options tune a queue; the zero value means the defaults.
type Options struct {
	// Bounds are those of the contract.
	Bounds queue.Bounds
	// Now is the clock, time.Now where nil.
	Now func() time.Time
	// LockTimeout is how long Open waits for another process to let go of the
	// file; 0 is DefaultLockTimeout.
	LockTimeout time.Duration
	// MaxBytes bounds the file; 0 is no bound, else at least MinMaxBytes. Put
	// gives ErrFull when three quarters are in use, and Evaluated ErrDiskFull when
	// fifteen sixteenths are, so that what has been accepted can still be worked off.
	MaxBytes int64
}

func (o Options) withDefaults() (Options, error) {
	if o.LockTimeout < 0 || o.MaxBytes < 0 {
		return o, fmt.Errorf("queue options: negative lock timeout or size: %w", queue.ErrInvalid)
	}
	if o.MaxBytes > 0 && o.MaxBytes < MinMaxBytes {
		return o, fmt.Errorf("queue options: size limit of %d bytes, at least %d: %w", o.MaxBytes, MinMaxBytes, queue.ErrInvalid)
	}
	if o.LockTimeout == 0 {
		o.LockTimeout = DefaultLockTimeout
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	var err error
	o.Bounds, err = o.Bounds.Filled()
	return o, err
}

// Queue is the store of one file, a queue.Store. All its methods may be called at once.
type Queue struct {
	db     *bolt.DB
	now    func() time.Time
	opts   Options
	sealer queue.Sealer
	commit committer
	turns  turns

	mu      sync.Mutex // guards the fields down to the blank line
	index   *index
	tokens  tokens    // see there
	broken  error     // set once; why the file can no longer be trusted
	fullTil time.Time // until then Put is refused, as the disk was full
	damaged int
	alarmAt time.Time   // when the alarm goes off; zero: never
	shelf   queue.Shelf // of what entries keep

	failed    chan struct{} // closed when broken is set
	evaluate  chan struct{} // one token: something may be claimable
	deliver   chan struct{} // likewise
	alarmKick chan struct{} // one token: alarmAt is to be worked out anew
	stop      chan struct{} // closed by Close
	alarmDone chan struct{}

	closing  sync.Once
	closeErr error
}

// Recovered says what Open found.
type Recovered struct {
	// New says that there was no file.
	New bool
	// Clean says that the file was closed in good order.
	Clean bool
	// Available and Retryable count what waits for an evaluation and for a
	// delivery; whatever had been leased is among them.
	Available, Retryable int
	// Interrupted counts deliveries during which the process may have died, so that
	// nobody knows whether they arrived: those that were due and not finished.
	Interrupted int
	// Stopping says that the file was not closed, but that it was about to be.
	Stopping bool
	// Suspects counts invocations during whose evaluation the process may have died;
	// they run one at a time, before all others.
	Suspects int
	// Delivered, Probably and Dead count what has finished and is retained.
	Delivered, Probably, Dead int
	// Damaged lists invocations that are stored but cannot be read. They are left
	// as they are and are not worked on.
	Damaged []queue.ID
	// Notice says what was found wrong with the file itself, and mended; empty: nothing.
	Notice string
	// Bytes is the extent of the file, Took the time that opening took.
	Bytes int64
	Took  time.Duration
}

// Open opens the file at path, or makes it with mode 0600; its folder must
// exist. Beside it lie two files of 4 MiB, path + ".reserve" and path + ".last",
// which hold room for the case of a full disk and may be deleted while the queue
// is closed. All leases
// of earlier processes are void. One process at a time can have a file open
// (ErrLocked).
func Open(path string, o Options) (*Queue, Recovered, error) { return openWith(path, o, nil) }

func openWith(path string, o Options, open opener) (*Queue, Recovered, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, Recovered{}, err
	}
	start := time.Now()
	db, notice, err := openFile(path, o, open)
	if err != nil {
		return nil, Recovered{}, fmt.Errorf("queue: %w", err)
	}
	q := &Queue{
		db: db, now: o.Now, opts: o, shelf: queue.Shelf{Most: o.Bounds.Keep},
		failed: make(chan struct{}), evaluate: make(chan struct{}, 1), deliver: make(chan struct{}, 1),
		alarmKick: make(chan struct{}, 1), stop: make(chan struct{}), alarmDone: make(chan struct{}),
	}
	reserve, last := &q.commit.reserve, &q.commit.last
	reserve.path, last.path = path+".reserve", path+".last"
	for _, r := range []*reserveFile{last, reserve} {
		if err := r.take(); err != nil && !isNoSpace(err) {
			return nil, Recovered{}, errors.Join(fmt.Errorf("queue: %w", err), db.Close())
		}
	}
	found, err := q.recover()
	for _, r := range []*reserveFile{reserve, last} {
		if err != nil && r.releaseFor(err) {
			found, err = q.recover()
		}
	}
	if err != nil {
		return nil, found, errors.Join(fmt.Errorf("queue: recover %s: %w", path, err), db.Close())
	}
	q.commit.stats.measure(db, found.Bytes)
	found.Took = time.Since(start)
	found.Notice = notice
	q.damaged = len(found.Damaged)
	q.commit.start(q)
	go q.alarm()
	q.changed()
	return q, found, nil
}

// Keys of the meta bucket, besides the tallies.
const (
	metaFormat = "format"
	metaOpens  = "opens"
	metaClean  = "clean"
	metaTokens = "tokens" // ID up to which the token bucket is complete
	metaTurns  = "turns"  // the version of the rows of turns
	metaLeads  = "leads"  // the key under which leads are hashed
)

// What metaClean says.
const (
	markOpen     = 0
	markClean    = 1
	markStopping = 2
)

// recover checks the format, counts this opening and builds the index, in one
// transaction.
func (q *Queue) recover() (found Recovered, err error) {
	q.index = nil
	now := q.now()
	err = q.update(func(tx *bolt.Tx) error {
		found.New = tx.Bucket([]byte("meta")) == nil
		if k, _ := tx.Cursor().First(); found.New && k != nil {
			return fmt.Errorf("a bbolt file of something else (bucket %.40q): %w", k, ErrFormat)
		}
		b, err := bucketsOf(tx, found.New)
		if err != nil {
			return err
		}
		if err := q.turns.recover(b); err != nil {
			return err
		}
		if found.New {
			if err := b.meta.Put([]byte(metaFormat), []byte{formatVersion}); err != nil {
				return err
			}
		}
		if v := b.meta.Get([]byte(metaFormat)); !bytes.Equal(v, []byte{formatVersion}) {
			return fmt.Errorf("format %v, want %d: %w", v, formatVersion, ErrFormat)
		}
		mark := b.meta.Get([]byte(metaClean))
		found.Clean = found.New || bytes.Equal(mark, []byte{markClean})
		found.Stopping = bytes.Equal(mark, []byte{markStopping})
		opens, err := b.number([]byte(metaOpens))
		if err != nil {
			return err
		}
		if err := b.meta.Put([]byte(metaOpens), encodeNumber(opens+1)); err != nil {
			return err
		}
		if err := b.meta.Put([]byte(metaClean), []byte{markOpen}); err != nil {
			return err
		}
		ran, err := b.lines()
		if err != nil {
			return err
		}
		if err := b.meta.Put([]byte(metaLines), encodeLines(lines{0, queue.LargeBody})); err != nil {
			return err
		}
		// The number of the opening stands above the number of the lease, so
		// that no lease of an earlier opening is ever good again.
		q.index = newIndex((opens+1)<<40, q.opts.Bounds)
		q.commit.sequence = b.info.Sequence()
		if k, _ := b.info.Cursor().Last(); k != nil {
			last, err := idFromKey(k)
			if err != nil {
				return err
			}
			q.commit.lastMillis = last.Millis()
		}
		for s, n := range map[queue.State]*int{queue.Delivered: &found.Delivered, queue.ProbablyDelivered: &found.Probably, queue.Dead: &found.Dead} {
			stored, err := b.number(tallyKey(s))
			if err != nil {
				return err
			}
			*n = int(stored)
			q.index.counts[s] = int(stored)
			q.commit.tallies[s] = int(stored)
		}
		q.tokens = newTokens()
		if err := q.tokens.gather(b); err != nil {
			return err
		}
		found.Bytes = tx.Size()
		return q.recoverOpen(b, &found, ran, now)
	})
	q.commit.unfinished = 0
	if q.index != nil {
		q.commit.unfinished = q.index.unfinished()
	}
	return found, err
}

// update is for openings only: afterwards the committer writes.
func (q *Queue) update(fn func(tx *bolt.Tx) error) error {
	return boltfile.Guard(func() error {
		return q.db.Update(func(tx *bolt.Tx) error {
			return boltfile.Guard(func() error { return fn(tx) })
		})
	})
}

// Stopping notes in the file that the process is about to end.
func (q *Queue) Stopping(ctx context.Context) error {
	if err := q.submit(ctx, &stoppingOp{}); err != nil {
		return fmt.Errorf("note that the queue is being stopped: %w", err)
	}
	return nil
}

type stoppingOp struct{ ticket }

func (op *stoppingOp) begin(*Queue, time.Time) error { return nil }
func (op *stoppingOp) abort(*Queue)                  {}

func (op *stoppingOp) read(*Queue, *buckets) error { return nil }

func (op *stoppingOp) write(_ *Queue, b *buckets, _ time.Time) error {
	b.changed = true
	return b.meta.Put([]byte(metaClean), []byte{markStopping})
}

func (op *stoppingOp) apply(*Queue, time.Time) {}

// Close finishes what has been handed in, notes which deliveries are still
// leased, and closes the file. Leases are void afterwards.
func (q *Queue) Close() error {
	q.closing.Do(func() {
		q.commit.shut()
		close(q.stop)
		<-q.alarmDone
		err := q.commit.closeErr
		if dbErr := q.db.Close(); dbErr != nil {
			err = errors.Join(err, fmt.Errorf("queue: close file: %w", dbErr))
		}
		q.closeErr = err
	})
	return q.closeErr
}

// Failed is closed when the queue has become unusable; Err then says why. The
// process should stop in good order and start anew.
func (q *Queue) Failed() <-chan struct{} { return q.failed }

// Err is nil, or an ErrBroken with its cause.
func (q *Queue) Err() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.broken
}

// fail makes the queue refuse everything from now on.
func (q *Queue) fail(cause error) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.broken == nil {
		q.broken = fmt.Errorf("queue: %w: %w", queue.ErrBroken, cause)
		close(q.failed)
	}
	return q.broken
}

// WriteTo writes a consistent copy of the file, as it stands in one moment,
// while work goes on. Pages that have become free meanwhile are reused only
// after it has returned.
func (q *Queue) WriteTo(w io.Writer) (int64, error) {
	var n int64
	err := q.view(func(b *buckets) error {
		var err error
		n, err = b.tx.WriteTo(w)
		return err
	})
	if err != nil {
		return n, fmt.Errorf("queue: copy file: %w", err)
	}
	return n, nil
}
