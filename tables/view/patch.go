package view

import (
	"context"
	"fmt"
	"io"
	"slices"

	"tablestep/tables/scan"
	"tablestep/tables/schema"
)

// A Patch is a change of single rows. They are found by their numbers or by the key of
// the table's default lookup; one patch does either.
type Patch struct {
	Set        []SetRow    // changes the columns that are named
	Insert     []InsertRow // of one place: in this order
	DeleteRows []int

	// By the key. A row is column: text.
	Upsert []map[string]string // changes the columns it names in the row with its key; adds a row where there is none
	Delete []map[string]string // removes the row with its key
}

// A SetRow changes cells of one row. All numbers of rows are those of the version that is
// changed, from 1, whatever else the patch does.
type SetRow struct {
	Row   int
	Cells map[string]string
}

// An InsertRow is a new row; the columns that it does not name are empty.
type InsertRow struct {
	Before int // one more than there are rows: behind the last one
	Cells  map[string]string
}

// maxPatchRows bounds what a patch holds in memory.
const maxPatchRows = 100_000

// Patched is the rows of a version with a patch applied. It is a schema.RowSource.
type Patched struct {
	rows     *scan.Rows
	changes  map[int]*rowChange   // by row
	inserts  map[int][]*rowChange // by the row before which they come
	last     []*rowChange         // new rows behind all others
	pending  []*rowChange         // new rows that come next
	held     schema.Row           // the row of the version behind them
	holding  bool
	done     bool // the version is read
	cells    []string
	number   int
	warnings []schema.Warning
}

// rowChange is one row of a patch.
type rowChange struct {
	remove bool
	cells  map[int]string // by column
	text   string         // the key, for messages
	rows   []int          // that have the key; of several, the first few
	count  int            // of them
}

// Size is how many rows a patch names.
func (p *Patch) Size() int {
	return len(p.Set) + len(p.Insert) + len(p.DeleteRows) + len(p.Upsert) + len(p.Delete)
}

// Apply makes the rows of a version with a patch applied: they keep their order. key is
// what names a row, of a patch that goes by it; then the columns of the key are read here,
// once. The error wraps ErrInvalid or ErrColumnNotFound, or is a *schema.SeveralRowsError.
func (p *Patch) Apply(ctx context.Context, of Side, key []schema.Match) (*Patched, error) {
	v := of.Version
	if n := p.Size(); n == 0 || n > maxPatchRows {
		return nil, fmt.Errorf("%w: %d rows: give 1 to %d", schema.ErrInvalid, n, maxPatchRows)
	}
	r := &Patched{
		rows: scan.NewRows(ctx, of.Reader, v, func() {}), changes: map[int]*rowChange{}, inserts: map[int][]*rowChange{},
		cells: make([]string, len(v.Columns)),
	}
	byKey := len(p.Upsert)+len(p.Delete) > 0
	if byKey && len(p.Set)+len(p.Insert)+len(p.DeleteRows) > 0 {
		return nil, fmt.Errorf("%w: set, insert and deleteRows go by the number of the row, upsert and delete by its key: send one kind at a time", schema.ErrInvalid)
	}
	if byKey {
		return r, r.byKey(ctx, of, p, key)
	}
	return r, r.byRow(v, p)
}

// byRow takes in a patch that goes by the numbers of rows.
func (r *Patched) byRow(v *schema.Version, p *Patch) error {
	for i, set := range p.Set {
		c, err := changeOf(v, set.Cells)
		if err == nil && len(c.cells) == 0 {
			err = fmt.Errorf("%w: row %d: no cell is named", schema.ErrInvalid, set.Row)
		}
		if err == nil {
			err = r.put(v, set.Row, c)
		}
		if err != nil {
			return fmt.Errorf("set %d: %w", i+1, err)
		}
	}
	for i, row := range p.DeleteRows {
		if err := r.put(v, row, &rowChange{remove: true}); err != nil {
			return fmt.Errorf("deleteRows %d: %w", i+1, err)
		}
	}
	for i, insert := range p.Insert {
		c, err := changeOf(v, insert.Cells)
		if err == nil && (insert.Before < 1 || insert.Before > v.Rows+1) {
			err = fmt.Errorf("%w: before row %d: version %d has rows 1 to %d, and %d is behind the last one", schema.ErrInvalid, insert.Before, v.Number, v.Rows, v.Rows+1)
		}
		if err != nil {
			return fmt.Errorf("insert %d: %w", i+1, err)
		}
		if insert.Before > v.Rows {
			r.last = append(r.last, c)
		} else {
			r.inserts[insert.Before] = append(r.inserts[insert.Before], c)
		}
	}
	return nil
}

// put says what becomes of a row.
func (r *Patched) put(v *schema.Version, row int, c *rowChange) error {
	if row < 1 || row > v.Rows {
		return fmt.Errorf("%w: row %d: version %d has rows 1 to %d", schema.ErrInvalid, row, v.Number, v.Rows)
	}
	if r.changes[row] != nil {
		return fmt.Errorf("%w: row %d is in the patch twice", schema.ErrInvalid, row)
	}
	r.changes[row] = c
	return nil
}

// changeOf finds the columns that a row of a patch names.
func changeOf(v *schema.Version, row map[string]string) (*rowChange, error) {
	c := &rowChange{cells: make(map[int]string, len(row))}
	for name, text := range row {
		at, ok := v.Column(name)
		if !ok {
			return nil, fmt.Errorf("%w: %q: the table has %s%s", schema.ErrColumnNotFound, schema.Excerpt(name), schema.Listed(v.ColumnNames()), schema.Meant(name, v.ColumnNames()))
		}
		if _, twice := c.cells[at]; twice {
			return nil, fmt.Errorf("%w: column %q is given twice", schema.ErrInvalid, v.Columns[at].Name)
		}
		c.cells[at] = text
	}
	return c, nil
}

// Columns are those of the version.
func (r *Patched) Columns() []string { return r.rows.Columns() }

// Next is the next row that stays, changed or not, with the new ones at their places.
func (r *Patched) Next() (schema.Row, error) {
	for {
		if len(r.pending) > 0 {
			c := r.pending[0]
			r.pending = r.pending[1:]
			clear(r.cells)
			return r.changed(c), nil
		}
		if r.holding {
			r.holding = false
			c := r.changes[r.held.Number]
			switch {
			case c == nil:
				return r.numbered(r.held.Cells), nil
			case !c.remove:
				copy(r.cells, r.held.Cells)
				return r.changed(c), nil
			}
		}
		if r.done {
			return schema.Row{}, io.EOF
		}
		row, err := r.rows.Next()
		switch {
		case err == io.EOF: //nolint:errorlint // scan.Rows return io.EOF itself
			r.done, r.pending = true, slices.Clone(r.last)
		case err != nil:
			return schema.Row{}, err
		default:
			r.held, r.holding, r.pending = row, true, r.inserts[row.Number]
		}
	}
}

// changed is the row in r.cells with what a change says of it.
func (r *Patched) changed(c *rowChange) schema.Row {
	for at, text := range c.cells {
		r.cells[at] = text
	}
	return r.numbered(r.cells)
}

func (r *Patched) numbered(cells []string) schema.Row {
	r.number++
	return schema.Row{Number: r.number, Cells: cells}
}

// Warnings are the keys to delete that no row has.
func (r *Patched) Warnings() []schema.Warning { return r.warnings }
