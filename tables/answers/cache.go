package answers

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"time"
	"weak"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/match"
	"tablestep/tables/scan"
	"tablestep/tables/schema"
)

// Options are what a Cache needs to know.
type Options struct {
	Budget  int64            // bytes for loaded snapshots
	Now     func() time.Time // nil is time.Now
	Scratch string           // a folder for a scratch file without a name
	Zone    *time.Location   // whose days cells are where a lookup names none; nil is UTC

	// Reader reads a version. It is asked once for each that is held.
	Reader func(v *schema.Version) scan.Reader
	// Live is the live version of a table, nil where there is none, and its default
	// lookup, nil likewise. It is called with the cache's lock held and must not call
	// the cache.
	Live func(table string) (*schema.Version, *schema.Lookup)
}

// ErrClosed is what a closed cache answers, where it is not from memory.
var ErrClosed = errors.New("table store is closed")

// A Cache holds loaded snapshots within Options.Budget. cache_memory.go counts what they
// take, and cache_admission.go decides which of them are worth it.
//
// Nobody waits for room: a version for which there is none is answered from the
// disk, and is loaded in the background once it has been asked for often enough to
// take the place of others. So whoever holds a snapshot cannot hold up whoever
// wants another one.
type Cache struct {
	options Options
	hits    sync.Pool // of *index.Hits
	answers sync.Pool // of *Batch
	readers sync.Pool // of *reader
	hashes  hashes
	paces   paces
	rosters rosters
	freed   chan struct{} // takes a token when the collector has freed something

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	work   sync.WaitGroup // what Close waits for
	ending sync.Mutex     // guards closed, and that work only grows while it is not set
	closed bool

	mu      sync.Mutex // guards the fields below and those of the entries
	memory  memory
	entries map[uint64]*entry // by storage: of all versions that were asked for
	asked   uint64            // how often something was asked for
	moving  *entry            // room is made for it; nil: for none
}

// entry is one version that was asked for.
type entry struct {
	table   string
	version *schema.Version
	score   score
	retry   uint64 // of asked: not to be moved in before

	snapshot *Snapshot              // in memory; nil: it is not, or was let go
	last     weak.Pointer[Snapshot] // the last one that was, which somebody may still hold
	disk     *Snapshot              // without columns
	load     *loading               // under way, and waited for; nil: none
	bytes    int64                  // of snapshot, as counted
	need     int64                  // what it took when its index did not fit
}

// loading is a load that somebody waits for.
type loading struct {
	done     chan struct{} // closed when snapshot or err is set
	snapshot *Snapshot
	err      error
}

// NewCache makes an empty one. Close it.
func NewCache(o Options) *Cache {
	if o.Now == nil {
		o.Now = time.Now
	}
	c := &Cache{options: o, freed: make(chan struct{}, 1), entries: map[uint64]*entry{}}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.hashes = newHashes(c)
	c.memory.budget = o.Budget
	c.hits.New = func() any { return new(index.Hits) }
	c.answers.New = func() any { return new(Batch) }
	c.readers.New = func() any { return new(reader) }
	return c
}

// Close cuts short and waits for what is read, loaded or made, and closes the scratch
// file. Snapshots that are in memory answer further; others, and what is not yet in
// memory, fail with ErrClosed.
func (c *Cache) Close() error {
	c.ending.Lock()
	closed := c.closed
	c.closed = true
	c.ending.Unlock()
	if closed {
		return nil
	}
	c.cancel()
	c.work.Wait()
	return c.hashes.close()
}

// enter keeps Close waiting until leave is called.
func (c *Cache) enter() error {
	c.ending.Lock()
	defer c.ending.Unlock()
	if c.closed {
		return ErrClosed
	}
	c.work.Add(1)
	return nil
}

func (c *Cache) leave() { c.work.Done() }

// Snapshot is a version of a table ready to be matched. The first call for a version
// reads it into memory if there is room, and calls at the same time wait for that one;
// a version for which there is no room stays on the disk and is answered for block by
// block. A Snapshot needs no closing. While it is in memory it outlives the version;
// one on the disk fails once the version is swept.
func (c *Cache) Snapshot(ctx context.Context, table string, v *schema.Version) (*Snapshot, error) {
	c.mu.Lock()
	e := c.entries[v.Storage]
	if e == nil {
		e = &entry{table: table, version: v, disk: c.snapshot(table, v, c.options.Reader(v), nil)}
		c.entries[v.Storage] = e
	}
	e.table = table // it may have another name since
	c.asked++
	e.score.count(c.asked)
	sn, load, err := c.ready(e)
	c.mu.Unlock()
	if load == nil || err != nil {
		return sn, err
	}
	select {
	case <-load.done:
		return load.snapshot, load.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// ready is the snapshot to answer from, or a load to wait for.
func (c *Cache) ready(e *entry) (*Snapshot, *loading, error) {
	switch {
	case e.snapshot != nil:
		return e.snapshot, nil, nil
	case e.load != nil:
		return nil, e.load, nil
	case c.moving == e:
		return e.disk, nil, nil
	}
	if sn := e.last.Value(); sn != nil {
		c.keep(e, sn) // It is counted as long as somebody holds it.
		return sn, nil, nil
	}
	need := c.need(e)
	if need > c.memory.budget {
		return e.disk, nil, nil
	}
	if !c.memory.take(need) {
		c.consider(e, need)
		return e.disk, nil, nil
	}
	if err := c.enter(); err != nil {
		c.memory.give(need)
		return nil, nil, err
	}
	load := &loading{done: make(chan struct{})}
	e.load = load
	go func() {
		defer c.leave()
		defer close(load.done)
		load.snapshot, load.err = c.load(e, need)
	}()
	return nil, load, nil
}

// need is what a version takes in memory, with its first index and what making that
// takes.
func (c *Cache) need(e *entry) int64 {
	if e.need > 0 {
		return e.need
	}
	v := e.version
	need := v.Memory
	if _, l := c.options.Live(e.table); l != nil {
		if key, err := match.KeyOf(v, l); err == nil {
			return need + key.Cost(v, v.Memory/int64(max(len(v.Columns), 1)))
		}
	}
	return need + match.HashedCost(v)
}

// load reads all columns into memory for which room has been taken. It goes on
// when its caller has given up: others may wait for it.
func (c *Cache) load(e *entry, need int64) (*Snapshot, error) {
	columns, err := c.read(e.disk)
	c.mu.Lock()
	defer c.mu.Unlock()
	e.load = nil
	if err != nil {
		c.memory.give(need)
		if c.entries[e.version.Storage] == e {
			delete(c.entries, e.version.Storage)
		}
		if c.ctx.Err() != nil {
			err = ErrClosed
		}
		return nil, err
	}
	sn := c.snapshot(e.table, e.version, e.disk.reader, columns)
	bytes := sn.columnBytes()
	sn.spare = max(need-bytes, 0) // for the first index
	c.memory.give(need)
	sn.charge = count(c, sn, bytes+sn.spare)
	c.keep(e, sn)
	return sn, nil
}

// read reads all columns.
func (c *Cache) read(from *Snapshot) ([]*column.Strings, error) {
	v := from.version
	chunks := make([][]*column.Chunk, len(v.Columns))
	for i := range chunks {
		chunks[i] = make([]*column.Chunk, 0, len(v.Groups))
	}
	err := scan.Each(c.ctx, from.reader, v.AllColumns(), func(_ int, group []*column.Chunk) error {
		for i, chunk := range group {
			chunks[i] = append(chunks[i], chunk)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	columns := make([]*column.Strings, len(chunks))
	for i := range chunks {
		columns[i] = column.NewStrings(chunks[i])
	}
	return columns, nil
}

// keep holds a snapshot that is counted already.
func (c *Cache) keep(e *entry, sn *Snapshot) {
	if c.entries[e.version.Storage] != e {
		return // The version is gone, and the snapshot is for those who wait.
	}
	e.snapshot, e.last = sn, weak.Make(sn)
	c.grow(e, sn.charge.bytes+sn.kept)
}

// grow counts what a snapshot that is held has got or lost.
func (c *Cache) grow(e *entry, bytes int64) {
	e.bytes += bytes
	c.memory.cached += bytes
}

// letGo leaves a snapshot to whoever holds it, and to the collector.
func (c *Cache) letGo(e *entry) {
	e.snapshot = nil
	c.grow(e, -e.bytes)
}

// holder is the entry that holds a snapshot; nil where it was let go.
func (c *Cache) holder(sn *Snapshot) *entry {
	if e := c.entries[sn.version.Storage]; e != nil && e.snapshot == sn {
		return e
	}
	return nil
}

// Drop forgets all of a version that is gone.
func (c *Cache) Drop(storage uint64) {
	c.hashes.drop(storage)
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.entries[storage]; ok {
		c.letGo(e)
		delete(c.entries, storage)
	}
}

// collect runs the garbage collector, which alone knows whether a snapshot that was
// let go is still in use, and waits until there is room or it has told of all that
// it found.
func (c *Cache) collect(room func() bool) bool {
	if room() {
		return true
	}
	runtime.GC()
	// The cleanups run soon after, in goroutines of the runtime. One that does not
	// come was of memory that somebody holds.
	patience := time.NewTimer(collectPatience)
	defer patience.Stop()
	for !room() {
		select {
		case <-c.freed:
		case <-patience.C:
			return room()
		case <-c.ctx.Done():
			return false
		}
	}
	return true
}

const collectPatience = 200 * time.Millisecond
