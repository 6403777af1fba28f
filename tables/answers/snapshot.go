package answers

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"tablestep/tables/column"
	"tablestep/tables/match"
	"tablestep/tables/scan"
	"tablestep/tables/schema"
)

// A Snapshot is one version with its columns and the indexes that were asked of
// it. It never changes and serves any number of goroutines.
type Snapshot struct {
	cache   *Cache
	table   string
	version *schema.Version
	reader  scan.Reader       // of the version
	columns []*column.Strings // nil: read through reader block by block

	// ahead takes what was read ahead; without a place to go, the reads would be
	// compiled away.
	ahead atomic.Uint64

	mu      sync.Mutex // guards the fields below
	indexes map[string]*built
	large   map[string]struct{} // keys whose index does not fit beside the columns
	bytes   int64               // of the indexes
	clock   uint64
	books   []*book // of aliases, few, the last used one at the end

	// These the lock of the cache guards. A snapshot without columns has none.
	charge *charge
	spare  int64 // of charge: room for the first index
	kept   int64 // of the indexes, as the cache counts them
}

// built is one index, ready or in the making.
type built struct {
	done  chan struct{} // closed when whole or err is set
	whole *block        // all rows of the version, with the index
	err   error
	used  uint64
}

// errNoIndex says that a version has to be answered from block by block.
var errNoIndex = errors.New("no index")

// maxIndexes is how many indexes a snapshot keeps: lookups of a table mostly
// share one, and flow steps that choose their own columns bring others.
const maxIndexes = 8

// snapshot makes one; without columns it reads from the disk.
func (c *Cache) snapshot(table string, v *schema.Version, r scan.Reader, columns []*column.Strings) *Snapshot {
	return &Snapshot{cache: c, table: table, version: v, reader: r, columns: columns, indexes: map[string]*built{}}
}

// Version is the version, without its warnings.
func (sn *Snapshot) Version() *schema.Version { return sn.version }

// InMemory says that the columns are loaded; else answers come from the disk.
func (sn *Snapshot) InMemory() bool { return sn.columns != nil }

// Column finds a column by its name, else by its name in any case where only one
// column is so called.
func (sn *Snapshot) Column(name string) (int, bool) { return sn.version.Column(name) }

// Bytes is the memory of the columns and of the indexes that are kept.
func (sn *Snapshot) Bytes() int64 {
	sn.mu.Lock()
	defer sn.mu.Unlock()
	return sn.bytes + sn.columnBytes()
}

func (sn *Snapshot) columnBytes() int64 {
	bytes := int64(0)
	for _, c := range sn.columns {
		bytes += c.Bytes()
	}
	return bytes
}

// Gather sets dst[i] to the cell of row rows[i], counted from 0, and to "" where
// that is -1. The texts may be kept, but one from memory keeps its whole block there.
func (sn *Snapshot) Gather(ctx context.Context, column int, rows []int32, dst []string) error {
	if column < 0 || column >= len(sn.version.Columns) {
		return fmt.Errorf("%w: number %d of table %q", schema.ErrColumnNotFound, column, sn.table)
	}
	if len(dst) != len(rows) {
		return fmt.Errorf("%w: %d rows into %d texts", schema.ErrInvalid, len(rows), len(dst))
	}
	if sn.columns == nil {
		return sn.gather(ctx, []int{column}, rows, [][]string{dst})
	}
	cells := sn.columns[column]
	for i, row := range rows {
		if row < 0 {
			dst[i] = ""
			continue
		}
		dst[i] = cells.At(int(row))
	}
	// Nobody waits for these reads, so the processor has many under way at once;
	// who writes the texts one by one would wait for each (1.4 against 1.05 ms for
	// 1,000 leads and a million rows).
	ahead := uint64(0)
	for _, cell := range dst {
		if n := len(cell); n > 0 {
			ahead += uint64(cell[0]) + uint64(cell[n-1])
		}
	}
	sn.ahead.Store(ahead)
	return nil
}

// index is all rows with the index of a key, which is built on first use by one
// goroutine while others wait. It is errNoIndex where there is no room for it.
func (sn *Snapshot) index(ctx context.Context, key match.Key) (*block, error) {
	if sn.columns == nil {
		return nil, errNoIndex
	}
	name := key.String()
	sn.mu.Lock()
	b, ok := sn.indexes[name]
	if !ok {
		var err error
		if b, err = sn.begin(name, key); err != nil {
			sn.mu.Unlock()
			return nil, err
		}
	}
	sn.clock++
	b.used = sn.clock
	sn.mu.Unlock()
	select {
	case <-b.done:
		return b.whole, b.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// begin starts to build an index if there is room. The lock is held.
func (sn *Snapshot) begin(name string, key match.Key) (*built, error) {
	if _, ok := sn.large[name]; ok {
		return nil, errNoIndex
	}
	widest := int64(0)
	for _, c := range key.Columns() {
		widest = max(widest, sn.columns[c].Bytes())
	}
	taken, ok := sn.cache.takeForIndex(sn, key.Cost(sn.version, widest))
	if !ok {
		return nil, errNoIndex
	}
	if err := sn.cache.enter(); err != nil {
		sn.cache.indexed(sn, taken, 0, nil)
		return nil, err
	}
	b := &built{done: make(chan struct{})}
	sn.indexes[name] = b
	go func() {
		defer sn.cache.leave()
		sn.build(name, b, key, taken)
	}()
	return b, nil
}

// build makes an index and keeps it if there is room. Without room it serves those
// who wait for it, is forgotten and not made again.
func (sn *Snapshot) build(name string, b *built, key match.Key, taken int64) {
	defer close(b.done)
	cells := func(c int) *column.Strings { return sn.columns[c] }
	ix, err := key.Index(sn.cache.ctx, sn.version.Rows, cells)
	if err != nil && sn.cache.ctx.Err() != nil {
		err = ErrClosed
	}
	sn.mu.Lock()
	defer sn.mu.Unlock()
	if err != nil {
		b.err = err
		delete(sn.indexes, name)
		sn.cache.indexed(sn, taken, 0, nil)
		return
	}
	b.whole = &block{rows: sn.version.Rows, cells: cells, index: ix}
	before := sn.bytes
	sn.bytes += ix.Bytes()
	sn.shrink(b)
	if sn.indexes[name] != b {
		if sn.large == nil {
			sn.large = map[string]struct{}{}
		}
		sn.large[name] = struct{}{}
	}
	sn.cache.indexed(sn, taken, sn.bytes-before, b.whole)
}

// shrink lets indexes go that were not asked for longest, and at last the one
// that has just been built.
func (sn *Snapshot) shrink(latest *built) {
	for len(sn.indexes) > maxIndexes || sn.version.Memory+sn.bytes > sn.cache.options.Budget {
		var oldest *built
		var name string
		for n, b := range sn.indexes {
			if b.whole != nil && b != latest && (oldest == nil || b.used < oldest.used) {
				oldest, name = b, n
			}
		}
		if oldest == nil {
			if len(sn.indexes) > maxIndexes {
				return // The others are being built and will see to it.
			}
			for n, b := range sn.indexes {
				if b == latest {
					oldest, name = b, n
				}
			}
			if oldest == nil {
				return
			}
		}
		delete(sn.indexes, name)
		sn.bytes -= oldest.whole.index.Bytes()
	}
}
