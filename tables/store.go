package tables

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"

	"tablestep/tables/column"
)

// Options are the settings of a Store; the zero value is good.
type Options struct {
	KeepVersions int              // how many of the newest versions stay, 0 is 20; the live one always does
	MemoryBudget int64            // bytes for loaded snapshots, 0 is 2 GiB
	Now          func() time.Time // nil is time.Now
	LockTimeout  time.Duration    // how long to wait for another process that has the file, 0 is 5 s

	groupRows int // rows of a row group, column.MaxRows at most; for tests, to make many
}

// A Store keeps tables and rule sets in one file. It serves any number of goroutines.
type Store struct {
	db      *bolt.DB
	options Options
	catalog atomic.Pointer[Catalog]
	cache   *cache

	change  sync.Mutex          // held from a change of the catalog in the file to the swap of the pointer
	mu      sync.Mutex          // guards imports, closed and broken
	imports map[uint64]struct{} // storages of imports under way: doomed, but not to be swept
	closed  bool
	broken  error          // set once; why the file can no longer be trusted
	failed  chan struct{}  // closed when broken is set
	work    sync.WaitGroup // the sweeper and what Close waits for
	sweep   chan struct{}  // wakes the sweeper
	ctx     context.Context
	cancel  context.CancelFunc
}

// ErrDiskFull says that there was no room on the disk. Nothing was stored, the store
// goes on.
var ErrDiskFull = errors.New("no room on the disk")

// ErrBroken says that a write or a sync failed in a way after which nobody can say
// what is on the disk.
var ErrBroken = errors.New("table file can no longer be trusted")

// ErrClosed is what a closed store answers.
var ErrClosed = errors.New("table store is closed")

// Open opens or makes the file and starts to remove what an import that was cut
// short has left behind. Close it.
func Open(path string, o Options) (*Store, error) {
	if o.KeepVersions <= 0 {
		o.KeepVersions = 20
	}
	if o.MemoryBudget <= 0 {
		o.MemoryBudget = 2 << 30
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.groupRows <= 0 {
		o.groupRows = column.MaxRows
	}
	if o.LockTimeout <= 0 {
		o.LockTimeout = 5 * time.Second
	}
	db, err := bolt.Open(path, 0o600, &bolt.Options{
		Timeout:      o.LockTimeout,
		FreelistType: bolt.FreelistMapType,
		// A gigabyte of swept versions is 200,000 free pages, and writing their
		// list took 1.1 ms of every commit; finding them at the start takes 10 ms,
		// because the pages of chunks are large and few.
		NoFreelistSync:  true,
		InitialMmapSize: initialMap(),
	})
	if err != nil {
		return nil, fmt.Errorf("open table store %q: %w", path, err)
	}
	s := &Store{db: db, options: o, imports: map[uint64]struct{}{}, failed: make(chan struct{}), sweep: make(chan struct{}, 1)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.cache = newCache(s)
	if err := s.prepare(); err != nil {
		return nil, errors.Join(fmt.Errorf("open table store %q: %w", path, err), db.Close())
	}
	s.work.Add(1)
	go func() {
		defer s.work.Done()
		s.sweeper()
	}()
	s.wakeSweeper()
	return s, nil
}

// initialMap is how much address space the file gets at once: growing a map
// waits for all readers. On Windows a file is as large as its map.
func initialMap() int {
	if runtime.GOOS == "windows" || ^uint(0)>>32 == 0 {
		return 16 << 20
	}
	return 4 << 30
}

// prepare makes the buckets of a new file, refuses a file of another format and
// reads the catalog.
func (s *Store) prepare() error {
	err := s.db.Update(func(tx *bolt.Tx) error {
		for _, name := range []string{bucketMeta, bucketTables, bucketVersions, bucketWarnings, bucketData, bucketDoomed, bucketHistory, bucketSettings, bucketRuleSets, bucketRuleSetVersions, bucketRuleSetHistory} {
			if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
				return fmt.Errorf("make bucket %s: %w", name, err)
			}
		}
		meta := tx.Bucket([]byte(bucketMeta))
		format := meta.Get([]byte(keyFormat))
		if format == nil {
			return meta.Put([]byte(keyFormat), []byte{storeFormat})
		}
		if len(format) != 1 || format[0] != storeFormat {
			return fmt.Errorf("format %v is not the one this program knows, %d", format, storeFormat)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.db.View(func(tx *bolt.Tx) error {
		c, err := readCatalog(tx)
		if err != nil {
			return fmt.Errorf("read catalog: %w", err)
		}
		s.catalog.Store(c)
		return nil
	})
}

// Close waits for imports and loads under way, which it cuts short, and closes
// the file. Snapshots that are in memory answer further; what has to be read from
// the file fails with ErrClosed.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.work.Wait()
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("close table store: %w", err)
	}
	return nil
}

// enter keeps Close waiting until leave is called.
func (s *Store) enter() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	s.work.Add(1)
	return nil
}

func (s *Store) leave() { s.work.Done() }

// view reads.
func (s *Store) view(f func(tx *bolt.Tx) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	return s.db.View(f)
}

// update writes without touching the catalog.
func (s *Store) update(f func(tx *bolt.Tx) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	return s.write(f)
}

// write runs f in a transaction. bbolt carries on after a commit that failed, but
// nobody knows then what is on the disk: the kernel may have marked pages clean
// that it has not written. Only want of room is survived; after anything else the
// store refuses to write, and Failed is closed.
func (s *Store) write(f func(tx *bolt.Tx) error) error {
	if err := s.Err(); err != nil {
		return err
	}
	done := false
	err := s.db.Update(func(tx *bolt.Tx) error {
		err := f(tx)
		done = err == nil
		return err
	})
	if err == nil || !done {
		return err
	}
	if diskFull(err) {
		return fmt.Errorf("%w: %w", ErrDiskFull, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken == nil {
		s.broken = fmt.Errorf("%w: %w", ErrBroken, err)
		close(s.failed)
	}
	return s.broken
}

// Failed is closed when the file can no longer be trusted; Err then says why. The
// process should stop in good order and start anew.
func (s *Store) Failed() <-chan struct{} { return s.failed }

// Err is nil, or an ErrBroken with its cause.
func (s *Store) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.broken
}

// changeTable changes the record of one table in one transaction and then swaps
// the catalog.
func (s *Store) changeTable(name string, f func(tx *bolt.Tx) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	s.change.Lock()
	defer s.change.Unlock()
	var table *Table
	err := s.write(func(tx *bolt.Tx) error {
		if err := f(tx); err != nil {
			return err
		}
		var err error
		table, err = describe(tx, name)
		return err
	})
	if err != nil {
		return err
	}
	s.catalog.Store(s.catalog.Load().with(name, table))
	return nil
}

// Catalog describes all tables and rule sets as they are now.
func (s *Store) Catalog() *Catalog { return s.catalog.Load() }

// Setting reads a small durable setting; nil where it was never set.
func (s *Store) Setting(key string) ([]byte, error) {
	var value []byte
	err := s.view(func(tx *bolt.Tx) error {
		if v := tx.Bucket([]byte(bucketSettings)).Get([]byte(key)); v != nil {
			value = append([]byte{}, v...)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read setting %q: %w", key, err)
	}
	return value, nil
}

// maxSetting keeps settings small.
const maxSetting = 4 << 20

// SetSetting keeps a small setting; a nil value removes it.
func (s *Store) SetSetting(key string, value []byte) error {
	if key == "" || len(key) > 1000 || len(value) > maxSetting {
		return fmt.Errorf("%w: setting %q of %d bytes", ErrInvalid, short(key), len(value))
	}
	err := s.update(func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte(bucketSettings))
		if value == nil {
			return b.Delete([]byte(key))
		}
		return b.Put([]byte(key), value)
	})
	if err != nil {
		return fmt.Errorf("write setting %q: %w", key, err)
	}
	return nil
}

// WriteTo writes a consistent copy of the whole file. The transaction lasts as
// long as the writing: give it a local file, not a slow client, because the file
// cannot reuse pages meanwhile.
func (s *Store) WriteTo(w io.Writer) (int64, error) {
	var n int64
	err := s.view(func(tx *bolt.Tx) error {
		var err error
		n, err = tx.WriteTo(w)
		return err
	})
	if err != nil {
		return n, fmt.Errorf("copy table store: %w", err)
	}
	return n, nil
}
