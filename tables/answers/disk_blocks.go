package answers

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/match"
	"tablestep/tables/scan"
)

// A block is rows of a version that are answered from at once: a row group, or
// rows picked from several. Its own rows are counted from 0.
type block struct {
	first   int     // row of the version with which it begins
	numbers []int32 // rows of the version, ascending; nil where they follow first without a gap
	rows    int
	cells   func(column int) *column.Strings
	index   index.Index
}

// number is the row of the version that a row of the block is.
func (b *block) number(row int32) int32 {
	if b.numbers != nil {
		return b.numbers[row]
	}
	return row + int32(b.first)
}

// eachBlock does what one index would do for a version of which there is none: it
// makes the index of a block, hands it to f, and lets it go. Columns are those that
// f reads besides the key's. It ends early, without an error, when f returns
// scan.ErrStop. enough says how many rows f can make do with: a block that has them is
// not made larger.
func (sn *Snapshot) eachBlock(ctx context.Context, key match.Key, keys [][]string, columns []int, budget *Budget, enough func() int, f func(b *block) error) error {
	wanted := append(key.Columns(), columns...)
	slices.Sort(wanted)
	wanted = slices.Compact(wanted)
	if len(wanted) == 0 { // Every row is a hit, and nothing of it is wanted.
		return ended((&block{rows: sn.version.Rows}).answer(ctx, key, budget, f))
	}
	if sn.columns == nil && key.Hashed() {
		if picked, err := sn.eachPicked(ctx, key, keys, wanted, enough, f); picked || err != nil {
			return err
		}
	}
	return sn.eachGroup(ctx, wanted, func(first int, chunks []*column.Chunk) error {
		blocks := make([]*column.Strings, len(chunks))
		for i := range chunks {
			blocks[i] = column.NewStrings(chunks[i : i+1 : i+1])
		}
		b := &block{first: first, rows: chunks[0].Len(), cells: func(c int) *column.Strings {
			at, _ := slices.BinarySearch(wanted, c)
			return blocks[at]
		}}
		return b.answer(ctx, key, budget, f)
	})
}

// blockWork is what a row of a block costs whose index is made for one batch, at the
// least; for each part, where not all parts must hold.
const blockWork = 100

// answer makes the index of a block and hands the block to f.
func (b *block) answer(ctx context.Context, key match.Key, budget *Budget, f func(b *block) error) error {
	var meter index.Meter
	if err := meter.Start(ctx, budget); err != nil && !errors.Is(err, ErrSpent) {
		return err
	}
	parts := 1
	if key.Some() {
		parts = len(key.Parts)
	}
	meter.Spend(parts * b.rows * blockWork)
	err := meter.Stop()
	if err != nil && !errors.Is(err, ErrSpent) { // f sees that the budget is spent
		return err
	}
	if b.index, err = key.Index(ctx, b.rows, b.cells); err != nil {
		return err
	}
	return f(b)
}

// eachGroup gives some columns row group by row group, from memory or from the
// disk. The slice of chunks may be kept until the next call.
func (sn *Snapshot) eachGroup(ctx context.Context, columns []int, f func(first int, chunks []*column.Chunk) error) error {
	if sn.columns == nil {
		return scan.Each(ctx, sn.reader, columns, f)
	}
	chunks := make([]*column.Chunk, len(columns))
	for g, first := range sn.version.Starts[:len(sn.version.Groups)] {
		if err := ctx.Err(); err != nil {
			return err
		}
		for i, c := range columns {
			chunks[i], _ = sn.columns[c].Chunk(g)
		}
		if err := f(first, chunks); err != nil {
			if errors.Is(err, scan.ErrStop) {
				return nil
			}
			return err
		}
	}
	return nil
}

// gather reads some columns of some rows from the disk; dst[c][i] is the cell of
// columns[c] in row rows[i].
func (sn *Snapshot) gather(ctx context.Context, columns []int, rows []int32, dst [][]string) error {
	r := sn.cache.readers.Get().(*reader)
	defer sn.cache.readers.Put(r)
	if err := r.Gather(ctx, sn.reader, columns, rows, dst); err != nil {
		return fmt.Errorf("table %q: %w", sn.table, err)
	}
	return nil
}
