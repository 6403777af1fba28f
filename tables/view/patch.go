package view

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"tablestep/tables/column"
	"tablestep/tables/scan"
	"tablestep/tables/schema"
)

// A Patch is a change of single rows, found by the key of the table's default
// lookup. A row is column: text.
type Patch struct {
	Upsert []map[string]string `json:"upsert"` // changes the columns it names in every row with its key; adds a row where there is none
	Delete []map[string]string `json:"delete"` // removes every row with its key
}

// maxPatchRows bounds what a patch holds in memory.
const maxPatchRows = 100_000

// Patched is the rows of a version with a patch applied. It is a schema.RowSource.
type Patched struct {
	rows     *scan.Rows
	key      []schema.Match
	columns  []int // of the key
	changes  map[string]*rowChange
	order    []*rowChange // upserts in order
	scratch  []byte
	cells    []string
	added    int // upserts that were looked at for new rows
	number   int
	done     bool // the version is read
	warnings []schema.Warning
}

// rowChange is one row of a patch.
type rowChange struct {
	remove bool
	cells  map[int]string // by column
	text   string         // the key, for messages
	seen   bool           // a row had its key
}

// Apply makes the rows of a version with a patch applied: they keep their order, new ones
// come last. key is what names a row. The error wraps ErrInvalid or ErrColumnNotFound.
func (p Patch) Apply(rows *scan.Rows, key []schema.Match) (*Patched, error) {
	v := rows.Version()
	if n := len(p.Upsert) + len(p.Delete); n == 0 || n > maxPatchRows {
		return nil, fmt.Errorf("%w: %d rows: give 1 to %d", schema.ErrInvalid, n, maxPatchRows)
	}
	r := &Patched{rows: rows, key: key, changes: map[string]*rowChange{}, cells: make([]string, len(v.Columns))}
	for _, m := range key {
		c, ok := v.Column(m.Column)
		if !ok {
			return nil, fmt.Errorf("%w: %q, which is the key of table %q", schema.ErrColumnNotFound, schema.Excerpt(m.Column), v.Table)
		}
		if !m.MatchMode().Hashed() {
			return nil, fmt.Errorf("%w: the default lookup compares column %q in mode %s, which does not name single rows", schema.ErrInvalid, m.Column, m.Mode)
		}
		r.columns = append(r.columns, c)
	}
	if len(r.columns) == 0 {
		return nil, fmt.Errorf("%w: table %q has no key: set its default lookup", schema.ErrInvalid, v.Table)
	}
	for i, row := range p.Upsert {
		c, err := r.change(v, row, false)
		if err != nil {
			return nil, fmt.Errorf("upsert %d: %w", i+1, err)
		}
		r.order = append(r.order, c)
	}
	for i, row := range p.Delete {
		c, err := r.change(v, row, true)
		if err != nil {
			return nil, fmt.Errorf("delete %d: %w", i+1, err)
		}
		r.order = append(r.order, c)
	}
	return r, nil
}

// change takes in one row of the patch.
func (r *Patched) change(v *schema.Version, row map[string]string, remove bool) (*rowChange, error) {
	c := &rowChange{remove: remove, cells: make(map[int]string, len(row))}
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
	for i, at := range r.columns {
		text, ok := c.cells[at]
		if !ok || column.Normalize(text) == "" && !r.key[i].MatchEmpty && !slices.Contains(r.key[i].Anything, "") {
			return nil, fmt.Errorf("%w: no %q, which is of the key", schema.ErrInvalid, v.Columns[at].Name)
		}
		if i > 0 {
			c.text += ", "
		}
		c.text += fmt.Sprintf("%q", schema.Excerpt(text))
	}
	key := string(r.keyOf(func(at int) string { return c.cells[at] }))
	if r.changes[key] != nil {
		return nil, fmt.Errorf("%w: the key %s is in the patch twice", schema.ErrInvalid, c.text)
	}
	r.changes[key] = c
	return c, nil
}

// keyOf joins the key's cells in the form in which they are compared. It is
// valid until the next call.
func (r *Patched) keyOf(cell func(column int) string) []byte {
	r.scratch = r.scratch[:0]
	for i, at := range r.columns {
		text := cell(at)
		if r.key[i].MatchMode() == schema.ModeNormalized {
			text = column.Normalize(text)
		}
		r.scratch = append(binary.AppendUvarint(r.scratch, uint64(len(text))), text...)
	}
	return r.scratch
}

// Columns are those of the version.
func (r *Patched) Columns() []string { return r.rows.Columns() }

// Next is the next row that stays, changed or not, and then the new ones.
func (r *Patched) Next() (schema.Row, error) {
	for !r.done {
		row, err := r.rows.Next()
		if err == io.EOF { //nolint:errorlint // scan.Rows return io.EOF itself
			r.done = true
			break
		}
		if err != nil {
			return schema.Row{}, err
		}
		c := r.changes[string(r.keyOf(func(at int) string { return row.Cells[at] }))]
		if c == nil {
			return r.numbered(row.Cells), nil
		}
		c.seen = true
		if c.remove {
			continue
		}
		copy(r.cells, row.Cells)
		for at, text := range c.cells {
			r.cells[at] = text
		}
		return r.numbered(r.cells), nil
	}
	for ; r.added < len(r.order); r.added++ {
		c := r.order[r.added]
		if c.seen {
			continue
		}
		if c.remove {
			r.warnings = append(r.warnings, schema.Warning{Code: schema.WarnKeyNotFound, Message: fmt.Sprintf("no row has the key %s: nothing to delete", c.text)})
			continue
		}
		clear(r.cells)
		for at, text := range c.cells {
			r.cells[at] = text
		}
		r.added++
		return r.numbered(r.cells), nil
	}
	return schema.Row{}, io.EOF
}

func (r *Patched) numbered(cells []string) schema.Row {
	r.number++
	return schema.Row{Number: r.number, Cells: cells}
}

// Warnings are the rows to delete that were not there.
func (r *Patched) Warnings() []schema.Warning { return r.warnings }
