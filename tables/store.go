package tables

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"tablestep/tables/alias"
	"tablestep/tables/answers"
	"tablestep/tables/check"
	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// Options are the settings of a Store; the zero value is good.
type Options struct {
	KeepVersions int              // how many of the newest uploads stay, and of patches beside them, and of versions of each lookup and rule set; 0 is 20; the live one always does
	MemoryBudget int64            // bytes for loaded snapshots, 0 is 2 GiB
	Scratch      string           // folder of the scratch file for hashes of columns; empty is that of the system
	Zone         *time.Location   // whose days the cells of tables are; nil is UTC
	Now          func() time.Time // nil is time.Now
	Log          *slog.Logger     // of what goes wrong in the background; nil is silent

	groupRows int // rows of a row group, column.MaxRows at most; for tests, to make many
}

// A Store keeps tables and rule sets, in a Keeper. It serves any number of goroutines.
type Store struct {
	keeper  Keeper
	options Options
	clock   clock
	catalog atomic.Pointer[Catalog]
	cache   *answers.Cache
	tester  atomic.Pointer[Tester] // nil: nobody runs the tests of lookups

	changing sync.Mutex          // held from a change of what is kept to the swap of the pointer
	mu       sync.Mutex          // guards what follows, but for the channels
	readers  map[uint64]int      // storages that are being read, and by how many
	retired  []*Catalog          // earlier ones that are pinned
	stale    map[Name]struct{}   // names that could not be read again
	leases   map[uint64]struct{} // storages whose leases could not be given back
	closed   bool
	broken   error // set once; why the keeper can no longer be trusted
	sweeping error // why the sweeper did not come to an end the last time
	watching error // why it is not known what others change; nil where it is
	delayed  error // why it is not known whether what is scheduled may go live; nil where it is

	unread unreadCells
	ends   endings
	lost   lostAliases

	damagedRows     map[uint64]Damage // of storages that could not be read
	damagedSettings map[string]Damage

	failed chan struct{}  // closed when broken is set
	work   sync.WaitGroup // the sweeper and what Close waits for
	sweep  chan struct{}  // wakes the sweeper
	later  chan struct{}  // wakes the scheduler
	ctx    context.Context
	cancel context.CancelFunc
}

// ErrClosed is what a closed store answers.
var ErrClosed = answers.ErrClosed

// Open makes a store of what a keeper keeps, which it closes, also where it fails.
func Open(keeper Keeper, o Options) (*Store, error) {
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
	if o.Scratch == "" {
		o.Scratch = os.TempDir()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Store{
		keeper: keeper, options: o, clock: newClock(o.Now),
		readers: map[uint64]int{}, stale: map[Name]struct{}{}, leases: map[uint64]struct{}{},
		failed: make(chan struct{}), sweep: make(chan struct{}, 1), later: make(chan struct{}, 1),
		unread: unreadCells{wake: make(chan struct{}, 1), known: map[unreadKey]*check.Unread{}},
		ends:   endings{known: map[unreadKey]time.Time{}},
		lost:   lostAliases{known: map[lostKey][]alias.Row{}},
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.cache = answers.NewCache(answers.Options{Budget: o.MemoryBudget, Now: o.Now, Scratch: o.Scratch, Zone: o.Zone, Reader: s.reader, Live: s.liveOf})
	if err := s.load(); err != nil {
		s.cancel()
		return nil, errors.Join(fmt.Errorf("open table store: %w", err), s.cache.Close(), keeper.Close())
	}
	s.work.Go(s.sweeper)
	s.work.Go(s.watch)
	s.work.Go(s.reread)
	s.work.Go(s.scheduler)
	s.lookForUnread()
	s.wakeSweeper()
	return s, nil
}

// load reads the catalog.
func (s *Store) load() error {
	stored, err := s.keeper.Load(s.ctx)
	if err != nil {
		return fmt.Errorf("read catalog: %w", err)
	}
	families := make([]*family, len(stored.Records))
	for i, r := range stored.Records {
		if families[i], err = s.familyOf(s.ctx, r); err != nil {
			return fmt.Errorf("read catalog: %w", err)
		}
	}
	s.damagedSettings = make(map[string]Damage, len(stored.Settings))
	for key, err := range stored.Settings {
		s.damagedSettings[key] = Damage{Kind: DamagedSetting, Name: schema.Excerpt(key), Problem: "it counts as not set until it is set again (" + err.Error() + ")"}
	}
	s.catalog.Store(newCatalog(stored, families))
	return nil
}

// Close waits for imports and loads under way, which it cuts short, and closes
// the keeper. Snapshots that are in memory answer further; what has to be read from
// it fails with ErrClosed.
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
	if err := errors.Join(unread, s.keeper.Close()); err != nil {
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

// note takes in what a call of the keeper that writes has ended with, and hands it on:
// after an ErrBroken nothing more is written, and Failed is closed.
func (s *Store) note(err error) error {
	if !errors.Is(err, ErrBroken) {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken == nil {
		s.broken = err
		close(s.failed)
	}
	return err
}

// Failed is closed when the keeper can no longer be trusted; Err then says why. The
// process should stop in good order and start anew.
func (s *Store) Failed() <-chan struct{} { return s.failed }

// Err is nil, or an ErrBroken with its cause.
func (s *Store) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.broken
}

// Catalog describes all tables and rule sets as they are now.
func (s *Store) Catalog() *Catalog { return s.catalog.Load() }
