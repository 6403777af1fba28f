package scan

import (
	"context"
	"slices"

	"tablestep/tables/column"
)

// A Picker reads the cells of single rows. It keeps its memory for the next time; the
// zero value is ready. It is for one goroutine.
type Picker struct {
	decoder column.Decoder
	rows    []int32        // of a row group, counted from its first
	cells   []column.Cells // of the columns that are read
}

// Reset forgets all cells; after it there is room for those of so many columns.
func (p *Picker) Reset(columns int) {
	for len(p.cells) < columns {
		p.cells = append(p.cells, column.Cells{})
	}
	for c := range p.cells {
		p.cells[c].Reset()
	}
}

// Pick adds the cells of some rows of a row group, counted from its first and ascending,
// column by column.
func (p *Picker) Pick(ctx context.Context, r Reader, group int, columns []int, rows []int32) error {
	want := r.Groups()[group]
	return r.Read(ctx, group, columns, func(i int, data []byte) error {
		n, err := p.decoder.Pick(data, rows, &p.cells[i])
		if err != nil {
			return err
		}
		return rightLength(want, n)
	})
}

// Bytes is the length of all texts that were picked.
func (p *Picker) Bytes() int {
	n := 0
	for c := range p.cells {
		n += p.cells[c].Bytes()
	}
	return n
}

// Take is what was picked of a column, in a chunk of its own. The picker forgets it.
func (p *Picker) Take(i int) *column.Chunk {
	chunk := p.cells[i].Chunk()
	p.cells[i].Reset()
	return chunk
}

// Gather sets dst[c][i] to the cell of columns[c] in row rows[i], and to "" where that
// is -1. Each row group that is wanted is read once, in any order of the rows. The texts
// may be kept: they are those that were asked for, and not their group.
func (p *Picker) Gather(ctx context.Context, r Reader, columns []int, rows []int32, dst [][]string) error {
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
	if err := Sound(ctx, r); err != nil {
		return err
	}
	slices.SortFunc(order, func(a, b int32) int { return int(rows[a]) - int(rows[b]) })
	groups := r.Groups()
	group, first := 0, 0
	for len(order) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		for int(rows[order[0]]) >= first+groups[group] {
			first += groups[group]
			group++
		}
		p.Reset(len(columns))
		p.rows = p.rows[:0]
		for len(p.rows) < len(order) && len(p.rows) < column.MaxRows {
			row := int(rows[order[len(p.rows)]])
			if row >= first+groups[group] {
				break
			}
			p.rows = append(p.rows, int32(row-first))
		}
		if err := p.Pick(ctx, r, group, columns, p.rows); err != nil {
			return err
		}
		for c := range columns {
			chunk := p.Take(c)
			for i := range p.rows {
				dst[c][order[i]] = chunk.At(i)
			}
		}
		order = order[len(p.rows):]
	}
	return nil
}
