package tables

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/schema"
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
// errStop. enough says how many rows f can make do with: a block that has them is
// not made larger.
func (sn *Snapshot) eachBlock(ctx context.Context, key keySpec, keys [][]string, columns []int, budget *Budget, enough func() int, f func(b *block) error) error {
	wanted := append(key.columns(), columns...)
	slices.Sort(wanted)
	wanted = slices.Compact(wanted)
	if sn.columns == nil && key.hashed() {
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
// least.
const blockWork = 100

// answer makes the index of a block and hands the block to f.
func (b *block) answer(ctx context.Context, key keySpec, budget *Budget, f func(b *block) error) error {
	var meter index.Meter
	if err := meter.Start(ctx, budget); err != nil && !errors.Is(err, ErrSpent) {
		return err
	}
	meter.Spend(b.rows * blockWork)
	err := meter.Stop()
	if err != nil && !errors.Is(err, ErrSpent) { // f sees that the budget is spent
		return err
	}
	if b.index, err = index.Build(ctx, key.indexParts(b.cells)); err != nil {
		var cell *index.CellError
		if errors.As(err, &cell) {
			cell.Row = int(b.number(int32(cell.Row)))
		}
		return err
	}
	return f(b)
}

// eachGroup gives some columns row group by row group, from memory or from the
// disk. The slice of chunks may be kept until the next call.
func (sn *Snapshot) eachGroup(ctx context.Context, columns []int, f func(first int, chunks []*column.Chunk) error) error {
	if sn.columns == nil {
		return sn.store.eachGroup(ctx, sn.version, columns, f)
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
			if errors.Is(err, errStop) {
				return nil
			}
			return err
		}
	}
	return nil
}

// eachChunk gives the encoded chunks of some columns of one row group. The bytes
// are the keeper's: f may not keep them.
func (s *Store) eachChunk(v *schema.Version, group int, columns []int, f func(i int, data []byte) error) error {
	err := s.enter()
	if err == nil {
		err = s.keeper.Read(s.ctx, v.Storage, group, columns, func(i int, data []byte) error {
			if err := f(i, data); err != nil {
				return fmt.Errorf("%w: column %q, row group %d: %w", ErrDamaged, v.Columns[columns[i]].Name, group, err)
			}
			return nil
		})
		s.leave()
	}
	if err != nil {
		s.noteDamage(v, err)
		return fmt.Errorf("read version %d: %w", v.Number, err)
	}
	return nil
}

// decoded gives the chunks of some columns of one row group.
func (s *Store) decoded(d *column.Decoder, v *schema.Version, group int, columns []int, dst []*column.Chunk) ([]*column.Chunk, error) {
	dst = dst[:0]
	err := s.eachChunk(v, group, columns, func(_ int, data []byte) error {
		chunk, err := d.Decode(data)
		if err != nil {
			return err
		}
		dst = append(dst, chunk)
		return rightLength(v, group, chunk.Len())
	})
	return dst, err
}

// picked adds the cells of some rows of a row group, counted from its first, to
// dst, column by column.
func (s *Store) picked(d *column.Decoder, v *schema.Version, group int, columns []int, rows []int32, dst []column.Cells) error {
	return s.eachChunk(v, group, columns, func(i int, data []byte) error {
		n, err := d.Pick(data, rows, &dst[i])
		if err != nil {
			return err
		}
		return rightLength(v, group, n)
	})
}

func rightLength(v *schema.Version, group, rows int) error {
	if rows != v.Groups[group] {
		return fmt.Errorf("%d rows, not %d", rows, v.Groups[group])
	}
	return nil
}

// gatherBlocks reads the columns in each row group that is wanted once;
// dst[c][i] is the cell of columns[c] in row rows[i].
func (sn *Snapshot) gatherBlocks(ctx context.Context, columns []int, rows []int32, dst [][]string) error {
	order := make([]int32, 0, len(rows))
	for i, row := range rows {
		if row >= 0 {
			order = append(order, int32(i))
			continue
		}
		for c := range columns {
			dst[c][i] = ""
		}
	}
	if len(columns) == 0 {
		return nil
	}
	if err := sn.store.unreadable(sn.version); err != nil {
		return err
	}
	slices.SortFunc(order, func(a, b int32) int { return int(rows[a]) - int(rows[b]) })
	r := sn.store.cache.readers.Get().(*reader)
	defer sn.store.cache.readers.Put(r)
	v := sn.version
	for len(order) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		group := v.GroupOf(int(rows[order[0]]))
		r.start(len(columns))
		for len(r.rows) < len(order) && len(r.rows) < column.MaxRows {
			row := int(rows[order[len(r.rows)]])
			if row >= v.Starts[group+1] {
				break
			}
			r.rows = append(r.rows, int32(row-v.Starts[group]))
		}
		if err := sn.store.picked(&r.decoder, v, group, columns, r.rows, r.cells); err != nil {
			return fmt.Errorf("table %q: %w", sn.table, err)
		}
		for c := range columns {
			chunk := r.cells[c].Chunk() // the texts that were asked for, and not their block
			for i := range r.rows {
				dst[c][order[i]] = chunk.At(i)
			}
		}
		order = order[len(r.rows):]
	}
	return nil
}
