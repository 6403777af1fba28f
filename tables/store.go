package tables

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"

	"tablestep/tables/answers"
	"tablestep/tables/boltfile"
	"tablestep/tables/column"
)

// Options are the settings of a Store; the zero value is good.
type Options struct {
	KeepVersions int              // how many of the newest uploads stay, and of patches beside them, 0 is 20; the live one always does
	MemoryBudget int64            // bytes for loaded snapshots, 0 is 2 GiB
	Now          func() time.Time // nil is time.Now
	LockTimeout  time.Duration    // how long to wait for another process that has the file, 0 does not wait

	groupRows int                                                             // rows of a row group, column.MaxRows at most; for tests, to make many
	openFile  func(name string, flag int, mode os.FileMode) (*os.File, error) // instead of os.OpenFile; for tests that do harm to the file
}

// A Store keeps tables and rule sets in one file. It serves any number of goroutines.
type Store struct {
	db      *bolt.DB
	options Options
	catalog atomic.Pointer[Catalog]
	cache   *answers.Cache

	change  sync.Mutex                // held from a change of the catalog in the file to the swap of the pointer; guards makings
	makings map[string]map[int]making // of the versions of tables that were trimmed, by number
	mu      sync.Mutex                // guards imports, readers, retired, closed, broken and what is damaged
	imports map[uint64]struct{}       // storages of imports under way: doomed, but not to be swept
	readers map[uint64]int            // storages that are being read, and by how many
	retired []*Catalog                // earlier ones that are pinned
	closed  bool
	broken  error // set once; why the file can no longer be trusted

	damagedRows     map[uint64]Damage // of storages that could not be read
	damagedSettings map[string]Damage

	failed chan struct{}  // closed when broken is set
	work   sync.WaitGroup // the sweeper and what Close waits for
	sweep  chan struct{}  // wakes the sweeper
	ctx    context.Context
	cancel context.CancelFunc
}

// ErrDiskFull says that there was no room on the disk. Nothing was stored, the store
// goes on.
var ErrDiskFull = errors.New("no room on the disk")

// ErrBroken says that a write or a sync failed in a way after which nobody can say
// what is on the disk.
var ErrBroken = errors.New("table file can no longer be trusted")

// ErrInUse says that another process has the file open.
var ErrInUse = boltfile.ErrInUse

// ErrClosed is what a closed store answers.
var ErrClosed = answers.ErrClosed

// mapBytes is how much address space the file gets at once, where it can be had.
const mapBytes = 4 << 30

// Open opens or makes the file and starts to remove what an import that was cut
// short has left behind. Close it. A file that cannot be walked is ErrDamaged, one of
// another process ErrInUse; what is damaged within one that can be walked is set
// aside, see Damaged.
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
	db, notice, err := boltfile.Open(path, boltfile.Options{Wait: o.LockTimeout, Map: mapBytes, OpenFile: o.openFile})
	if err != nil {
		return nil, fmt.Errorf("open table store: %w", err)
	}
	s := &Store{db: db, options: o, imports: map[uint64]struct{}{}, readers: map[uint64]int{}, makings: map[string]map[int]making{}, failed: make(chan struct{}), sweep: make(chan struct{}, 1)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.cache = answers.NewCache(answers.Options{Budget: o.MemoryBudget, Now: o.Now, Scratch: filepath.Dir(path), Reader: s.reader, Live: s.liveOf})
	if err := s.prepare(notice); err != nil {
		return nil, errors.Join(fmt.Errorf("open table store %q: %w", path, err), s.cache.Close(), db.Close())
	}
	s.work.Add(1)
	go func() {
		defer s.work.Done()
		s.sweeper()
	}()
	s.wakeSweeper()
	return s, nil
}

// prepare makes the buckets of a new file, refuses a file of another format and
// reads the catalog. notice is what was found wrong with the file itself.
func (s *Store) prepare(notice string) error {
	if err := s.write(prepareFile); err != nil {
		return err
	}
	return s.db.View(func(tx *bolt.Tx) error {
		return boltfile.Guard(func() error {
			c, err := readCatalog(tx)
			if err != nil {
				return fmt.Errorf("read catalog: %w", err)
			}
			if notice != "" {
				c.damage = append(c.damage, Damage{Kind: DamagedFile, Problem: notice})
			}
			s.damagedSettings = readDamagedSettings(tx)
			s.catalog.Store(c)
			return nil
		})
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
	unread := s.cache.Close()
	s.work.Wait()
	if err := errors.Join(unread, s.db.Close()); err != nil {
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
	return s.db.View(func(tx *bolt.Tx) error {
		return boltfile.Guard(func() error { return f(tx) })
	})
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
	err := boltfile.Guard(func() error {
		return s.db.Update(func(tx *bolt.Tx) error {
			err := boltfile.Guard(func() error { return f(tx) })
			done = err == nil
			return err
		})
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
	s.swap(s.catalog.Load().with(name, table))
	return nil
}

// Catalog describes all tables and rule sets as they are now.
func (s *Store) Catalog() *Catalog { return s.catalog.Load() }

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
