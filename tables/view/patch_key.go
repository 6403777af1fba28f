package view

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"tablestep/tables/column"
	"tablestep/tables/scan"
	"tablestep/tables/schema"
)

// rowsListed is how many rows of one key, and how many keys, a schema.SeveralRowsError names.
const rowsListed = 100

// A keyReader makes keys of cells, in the form in which they are compared.
type keyReader struct {
	match   []schema.Match
	columns []int
	scratch []byte
}

func newKeyReader(v *schema.Version, key []schema.Match) (*keyReader, error) {
	r := &keyReader{match: key}
	for _, m := range key {
		c, ok := v.Column(m.Column)
		if !ok {
			return nil, fmt.Errorf("%w: %q, which is the key of table %q", schema.ErrColumnNotFound, schema.Excerpt(m.Column), v.Table)
		}
		// In the modes loose and company a key names all rows that are spelt like it.
		if mode := m.MatchMode(); mode != schema.ModeExact && mode != schema.ModeNormalized {
			return nil, fmt.Errorf("%w: the default lookup compares column %q in mode %s, which does not name single rows: change them by their numbers", schema.ErrInvalid, m.Column, m.Mode)
		}
		r.columns = append(r.columns, c)
	}
	if len(r.columns) == 0 {
		return nil, fmt.Errorf("%w: table %q has no key: set its default lookup, or change rows by their numbers", schema.ErrInvalid, v.Table)
	}
	return r, nil
}

// of joins the key's cells; i is the place in columns. It is valid until the next call.
func (r *keyReader) of(cell func(i int) string) []byte {
	r.scratch = r.scratch[:0]
	for i := range r.columns {
		text := cell(i)
		if r.match[i].MatchMode() == schema.ModeNormalized {
			text = column.Normalize(text)
		}
		r.scratch = append(binary.AppendUvarint(r.scratch, uint64(len(text))), text...)
	}
	return r.scratch
}

// byKey takes in a patch that goes by the key: it finds the rows.
func (r *Patched) byKey(ctx context.Context, of Side, p *Patch, key []schema.Match) error {
	v := of.Version
	keys, err := newKeyReader(v, key)
	if err != nil {
		return err
	}
	wanted, order := map[string]*rowChange{}, []*rowChange{}
	take := func(kind string, rows []map[string]string, remove bool) error {
		for i, row := range rows {
			c, err := keys.change(v, row, wanted)
			if err != nil {
				return fmt.Errorf("%s %d: %w", kind, i+1, err)
			}
			c.remove = remove
			order = append(order, c)
		}
		return nil
	}
	if err := take("upsert", p.Upsert, false); err != nil {
		return err
	}
	if err := take("delete", p.Delete, true); err != nil {
		return err
	}
	if err := keys.find(ctx, of, wanted); err != nil {
		return err
	}
	several := &schema.SeveralRowsError{Table: v.Table, Version: v.Number}
	for _, c := range order {
		switch {
		case c.count > 1 && len(several.Keys) == rowsListed:
			several.More++
		case c.count > 1:
			several.Keys = append(several.Keys, schema.SeveralRows{Key: c.text, Rows: c.rows, Count: c.count})
		case c.count == 1:
			r.changes[c.rows[0]] = c
		case c.remove:
			r.warnings = append(r.warnings, schema.Warning{Code: schema.WarnKeyNotFound, Message: fmt.Sprintf("no row has the key %s: nothing to delete", c.text)})
		default:
			r.last = append(r.last, c)
		}
	}
	if len(several.Keys) > 0 {
		return several
	}
	return nil
}

// change takes in one row of a patch that goes by the key.
func (r *keyReader) change(v *schema.Version, row map[string]string, wanted map[string]*rowChange) (*rowChange, error) {
	c, err := changeOf(v, row)
	if err != nil {
		return nil, err
	}
	for i, at := range r.columns {
		text, ok := c.cells[at]
		if !ok || column.Normalize(text) == "" && !r.match[i].MatchEmpty && !slices.Contains(r.match[i].Anything, "") {
			return nil, fmt.Errorf("%w: no %q, which is of the key", schema.ErrInvalid, v.Columns[at].Name)
		}
		if i > 0 {
			c.text += ", "
		}
		c.text += fmt.Sprintf("%q", schema.Excerpt(text))
	}
	key := string(r.of(func(i int) string { return c.cells[r.columns[i]] }))
	if wanted[key] != nil {
		return nil, fmt.Errorf("%w: the key %s is in the patch twice", schema.ErrInvalid, c.text)
	}
	wanted[key] = c
	return c, nil
}

// find notes the rows of the keys that are wanted. It reads the columns of the key alone.
func (r *keyReader) find(ctx context.Context, of Side, wanted map[string]*rowChange) error {
	return scan.Each(ctx, of.Reader, r.columns, func(first int, chunks []*column.Chunk) error {
		for row := range chunks[0].Len() {
			c := wanted[string(r.of(func(i int) string { return chunks[i].At(row) }))]
			if c == nil {
				continue
			}
			if c.count++; c.count <= rowsListed {
				c.rows = append(c.rows, first+row+1)
			}
		}
		return nil
	})
}
