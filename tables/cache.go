package tables

import (
	"context"
	"fmt"
	"sync"

	"tablestep/tables/column"
	"tablestep/tables/index"
)

// A cache holds loaded snapshots within Options.MemoryBudget and lets those go
// that were not asked for longest. Whoever has a snapshot keeps it beyond that;
// the garbage collector knows when it is done with.
type cache struct {
	store   *Store
	hits    sync.Pool // of *index.Hits
	answers sync.Pool // of *Answers

	mu      sync.Mutex // guards the fields below and those of the entries
	entries map[uint64]*entry
	bytes   int64 // of all entries
	clock   uint64
}

// entry is one snapshot, loaded or loading.
type entry struct {
	done     chan struct{} // closed when snapshot or err is set
	snapshot *Snapshot
	err      error
	bytes    int64
	used     uint64
}

func newCache(s *Store) *cache {
	c := &cache{store: s, entries: map[uint64]*entry{}}
	c.hits.New = func() any { return new(index.Hits) }
	c.answers.New = func() any { return new(Answers) }
	return c
}

// Snapshot is a version of a table, 0 for the live one, ready to be matched. The
// first call for a version reads it into memory, and calls at the same time wait
// for that one; a version beyond the whole memory budget stays on the disk and is
// answered for block by block. A Snapshot needs no closing. While it is in memory
// it outlives the version; one on the disk answers ErrVersionNotFound after the
// version was swept.
func (s *Store) Snapshot(ctx context.Context, table string, version int) (*Snapshot, error) {
	v, err := s.version(table, version)
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	sn, err := s.cache.get(ctx, table, v)
	if err != nil {
		return nil, fmt.Errorf("load version %d of table %q: %w", v.Number, table, err)
	}
	return sn, nil
}

// indexRowBytes is about what a row costs in an index.
const indexRowBytes = 12

func (c *cache) get(ctx context.Context, table string, v *Version) (*Snapshot, error) {
	if v.Memory+indexRowBytes*int64(v.Rows) > c.store.options.MemoryBudget {
		return newSnapshot(c.store, table, v, nil), nil
	}
	c.mu.Lock()
	e, ok := c.entries[v.storage]
	if !ok {
		if err := c.store.enter(); err != nil {
			c.mu.Unlock()
			return nil, err
		}
		e = &entry{done: make(chan struct{}), bytes: v.Memory}
		c.entries[v.storage] = e
		c.bytes += e.bytes
		c.evict(e)
		go func() {
			defer c.store.leave()
			c.load(e, table, v)
		}()
	}
	c.clock++
	e.used = c.clock
	c.mu.Unlock()
	select {
	case <-e.done:
		return e.snapshot, e.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// load reads all columns. It goes on when its caller has given up: others may
// wait for it.
func (c *cache) load(e *entry, table string, v *Version) {
	defer close(e.done)
	chunks := make([][]*column.Chunk, len(v.Columns))
	err := c.store.eachGroup(c.store.ctx, v, v.all(), func(_ int, group []*column.Chunk) error {
		for i, chunk := range group {
			chunks[i] = append(chunks[i], chunk)
		}
		return nil
	})
	if err != nil {
		if c.store.ctx.Err() != nil {
			err = ErrClosed
		}
		e.err = err
		c.mu.Lock()
		defer c.mu.Unlock()
		c.remove(v.storage, e)
		return
	}
	columns := make([]*column.Strings, len(chunks))
	for i := range chunks {
		columns[i] = column.NewStrings(chunks[i])
	}
	sn := newSnapshot(c.store, table, v, columns)
	// Under the lock, because an older snapshot of the version that still grows
	// looks whether the entry is its own.
	c.mu.Lock()
	defer c.mu.Unlock()
	e.snapshot = sn
}

// grow accounts for what a snapshot took or gave back after it was loaded.
func (c *cache) grow(sn *Snapshot, bytes int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[sn.version.storage]
	if !ok || e.snapshot != sn {
		return
	}
	e.bytes += bytes
	c.bytes += bytes
	c.evict(e)
}

// evict lets snapshots go until the budget holds, but not keep.
func (c *cache) evict(keep *entry) {
	for c.bytes > c.store.options.MemoryBudget {
		var oldest *entry
		var storage uint64
		for id, e := range c.entries {
			if e != keep && (oldest == nil || e.used < oldest.used) {
				oldest, storage = e, id
			}
		}
		if oldest == nil {
			return
		}
		c.remove(storage, oldest)
	}
}

func (c *cache) remove(storage uint64, e *entry) {
	if c.entries[storage] == e {
		delete(c.entries, storage)
		c.bytes -= e.bytes
	}
}

// drop forgets the snapshot of a version that is gone.
func (c *cache) drop(storage uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.entries[storage]; ok {
		c.remove(storage, e)
	}
}
