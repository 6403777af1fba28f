package tables

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"tablestep/tables/column"
	"tablestep/tables/index"
)

// A Snapshot is one version with its columns and the indexes that were asked of
// it. It never changes and serves any number of goroutines.
type Snapshot struct {
	store   *Store
	table   string
	version *Version
	columns []*column.Strings // nil: read from the disk block by block

	// ahead takes what was read ahead; without a place to go, the reads would be
	// compiled away.
	ahead atomic.Uint64

	mu      sync.Mutex // guards the fields below
	indexes map[string]*built
	bytes   int64 // of the indexes
	clock   uint64
}

// built is one index, ready or in the making.
type built struct {
	done  chan struct{} // closed when index or err is set
	index index.Index
	err   error
	used  uint64
}

// maxIndexes is how many indexes a snapshot keeps: lookups of a table mostly
// share one, and flow steps that choose their own columns bring others.
const maxIndexes = 8

func newSnapshot(s *Store, table string, v *Version, columns []*column.Strings) *Snapshot {
	return &Snapshot{store: s, table: table, version: v, columns: columns, indexes: map[string]*built{}}
}

// Version is the version, without its warnings.
func (sn *Snapshot) Version() *Version { return sn.version }

// InMemory says that the columns are loaded; else answers come from the disk.
func (sn *Snapshot) InMemory() bool { return sn.columns != nil }

// Column finds a column by its name, else by its name in any case where only one
// column is so called.
func (sn *Snapshot) Column(name string) (int, bool) { return sn.version.column(name) }

// Bytes is the memory of the columns and of the indexes that are kept.
func (sn *Snapshot) Bytes() int64 {
	sn.mu.Lock()
	defer sn.mu.Unlock()
	bytes := sn.bytes
	for _, c := range sn.columns {
		bytes += c.Bytes()
	}
	return bytes
}

// Gather sets dst[i] to the cell of row rows[i], counted from 0, and to "" where
// that is -1. The texts may be kept, but one from memory keeps its whole block there.
func (sn *Snapshot) Gather(ctx context.Context, column int, rows []int32, dst []string) error {
	if column < 0 || column >= len(sn.version.Columns) {
		return fmt.Errorf("%w: number %d of table %q", ErrColumnNotFound, column, sn.table)
	}
	if len(dst) != len(rows) {
		return fmt.Errorf("%w: %d rows into %d texts", ErrInvalid, len(rows), len(dst))
	}
	if sn.columns == nil {
		return sn.gatherBlocks(ctx, []int{column}, rows, [][]string{dst})
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

// gatherBlocks reads the columns in each row group that is wanted once;
// dst[c][i] is the cell of columns[c] in row rows[i].
func (sn *Snapshot) gatherBlocks(ctx context.Context, columns []int, rows []int32, dst [][]string) error {
	order := make([]int, 0, len(rows))
	for i, row := range rows {
		if row >= 0 {
			order = append(order, i)
			continue
		}
		for c := range columns {
			dst[c][i] = ""
		}
	}
	if len(columns) == 0 {
		return nil
	}
	slices.SortFunc(order, func(a, b int) int { return int(rows[a]) - int(rows[b]) })
	v := sn.version
	var chunks []*column.Chunk
	group := -1
	for _, i := range order {
		row := int(rows[i])
		if g := v.groupOf(row); g != group {
			if err := ctx.Err(); err != nil {
				return err
			}
			var err error
			if chunks, err = sn.store.chunks(v, g, columns, chunks); err != nil {
				return fmt.Errorf("table %q: %w", sn.table, err)
			}
			group = g
		}
		// A copy: a thousand rows from all over a table that does not fit into
		// memory must not keep all of its blocks there.
		for c, chunk := range chunks {
			dst[c][i] = strings.Clone(chunk.At(row - v.starts[group]))
		}
	}
	return nil
}

// index is the index of a key, built on first use by one goroutine while others
// wait.
func (sn *Snapshot) index(ctx context.Context, key keySpec) (index.Index, error) {
	name := key.String()
	sn.mu.Lock()
	b, ok := sn.indexes[name]
	if !ok {
		if err := sn.store.enter(); err != nil {
			sn.mu.Unlock()
			return nil, err
		}
		b = &built{done: make(chan struct{})}
		sn.indexes[name] = b
		go func() {
			defer sn.store.leave()
			sn.build(name, b, key)
		}()
	}
	sn.clock++
	b.used = sn.clock
	sn.mu.Unlock()
	select {
	case <-b.done:
		return b.index, b.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// build makes an index and keeps it if there is room. Without room it serves
// those who wait for it and is forgotten.
func (sn *Snapshot) build(name string, b *built, key keySpec) {
	parts := key.indexParts(func(c int) *column.Strings { return sn.columns[c] })
	b.index, b.err = index.Build(sn.store.ctx, parts)
	if b.err != nil && sn.store.ctx.Err() != nil {
		b.err = ErrClosed
	}
	sn.mu.Lock()
	before := sn.bytes
	if b.err != nil {
		delete(sn.indexes, name)
	} else {
		sn.bytes += b.index.Bytes()
		sn.shrink(b)
	}
	grown := sn.bytes - before
	sn.mu.Unlock()
	sn.store.cache.grow(sn, grown)
	close(b.done)
}

// shrink lets indexes go that were not asked for longest, and at last the one
// that has just been built.
func (sn *Snapshot) shrink(latest *built) {
	for len(sn.indexes) > maxIndexes || sn.version.Memory+sn.bytes > sn.store.options.MemoryBudget {
		var oldest *built
		var name string
		for n, b := range sn.indexes {
			if b.index != nil && b != latest && (oldest == nil || b.used < oldest.used) {
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
		sn.bytes -= oldest.index.Bytes()
	}
}
