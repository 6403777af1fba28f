package view

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"

	"tablestep/tables/scan"
	"tablestep/tables/schema"
)

// Edits are what a draft changes in the version that it was made from, its base. They are in
// the order of the rows: of one place the inserted ones first. They never change; Then
// makes new ones.
//
// A row of the base is told again in another version by its cells, of which Edits keep a
// hash: so they need neither the base nor a key.
type Edits struct {
	Rows    int // of the base
	Changes []Edit
}

// An Edit is one row. Which of the three it is, EditKind says.
type Edit struct {
	Kind  EditKind
	Row   int               // of the base; of an inserted one the row behind it, one more than there are: none
	Was   string            // hash of the cells of that row; empty where there is none
	Cells map[string]string // by column; nil for one that is deleted
}

// EditKind is what an Edit does.
type EditKind string

// The kinds of edits.
const (
	EditSet    EditKind = "set"
	EditInsert EditKind = "insert"
	EditDelete EditKind = "delete"
)

// The bounds of what a draft changes; what is more is an upload.
const (
	maxEdits     = 10_000
	maxEditBytes = 4 << 20
)

// rowHash is the hash of the cells of a row.
func rowHash(cells []string) string {
	h := sha256.New()
	var length []byte
	for _, cell := range cells {
		length = binary.AppendUvarint(length[:0], uint64(len(cell)))
		h.Write(length)
		io.WriteString(h, cell) //nolint:errcheck // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// A place is a row of a draft, or one that it deletes, on a walk over all of them.
type place struct {
	row  int   // of the draft, from 1; of a deleted one, the row that comes next
	base int   // the row of the base, or, of an inserted one, the row behind it
	edit *Edit // nil: as in the base
}

// places walks over all rows of the draft, and at last over the place behind them.
func (e *Edits) places(yield func(place) bool) {
	row, at := 1, 0
	for base := 1; base <= e.Rows+1; base++ {
		var own *Edit
		for ; at < len(e.Changes) && e.Changes[at].Row == base; at++ {
			change := &e.Changes[at]
			if change.Kind != EditInsert {
				own = change
				continue
			}
			if !yield(place{row, base, change}) {
				return
			}
			row++
		}
		if !yield(place{row, base, own}) {
			return
		}
		if own == nil || own.Kind != EditDelete {
			row++
		}
	}
}

// Then are the edits of a draft after one more patch, which was applied to its rows; of is the
// draft before the patch. The error wraps ErrInvalid where it has become too much.
func (e *Edits) Then(ctx context.Context, of Side, p *Patched) (*Edits, error) {
	next := &Edits{Rows: e.Rows}
	unhashed := map[int][]int{} // rows of the draft of which the hash is still wanted, and whose edits want it
	add := func(edit Edit, row int) {
		if edit.Was == "" && edit.Row <= e.Rows {
			unhashed[row] = append(unhashed[row], len(next.Changes))
		}
		next.Changes = append(next.Changes, edit)
	}
	names := of.Version.ColumnNames()
	named := func(cells map[string]string, c *rowChange) map[string]string {
		all := make(map[string]string, len(cells)+len(c.cells))
		maps.Copy(all, cells)
		for at, text := range c.cells {
			all[names[at]] = text
		}
		return all
	}
	for at := range e.places {
		was := ""
		if at.edit != nil {
			was = at.edit.Was
		}
		deleted := at.edit != nil && at.edit.Kind == EditDelete
		inserted := at.edit != nil && at.edit.Kind == EditInsert
		end := at.base > e.Rows && !inserted
		before := p.inserts[at.row]
		if end {
			before = p.last
		}
		if !deleted {
			for _, c := range before {
				// The hash of the row behind it is that of a row of the base.
				if inserted || end {
					add(Edit{Kind: EditInsert, Row: at.base, Was: was, Cells: named(nil, c)}, -1)
				} else {
					add(Edit{Kind: EditInsert, Row: at.base, Was: was, Cells: named(nil, c)}, at.row)
				}
			}
		}
		c := p.changes[at.row]
		switch {
		case end:
		case deleted || c == nil && at.edit != nil:
			add(*at.edit, -1)
		case c == nil:
		case inserted && !c.remove:
			add(Edit{Kind: EditInsert, Row: at.base, Was: was, Cells: named(at.edit.Cells, c)}, -1)
		case inserted: // it was never there
		case c.remove:
			add(Edit{Kind: EditDelete, Row: at.base, Was: was}, at.row)
		case at.edit != nil:
			add(Edit{Kind: EditSet, Row: at.base, Was: was, Cells: named(at.edit.Cells, c)}, at.row)
		default:
			add(Edit{Kind: EditSet, Row: at.base, Cells: named(nil, c)}, at.row)
		}
	}
	if err := next.bounded(); err != nil {
		return nil, err
	}
	return next, next.hash(ctx, of, unhashed)
}

// bounded refuses edits that are too many.
func (e *Edits) bounded() error {
	size := 0
	for _, c := range e.Changes {
		size += 100
		for name, text := range c.Cells {
			size += len(name) + len(text)
		}
	}
	if len(e.Changes) > maxEdits || size > maxEditBytes {
		return fmt.Errorf("%w: a draft with %d changed rows of %d bytes: at most %d of %d: save it and begin another, or upload a file", schema.ErrInvalid, len(e.Changes), size, maxEdits, maxEditBytes)
	}
	return nil
}

// hash fills in the hashes of rows of a draft that are as they were in the base.
func (e *Edits) hash(ctx context.Context, of Side, wanted map[int][]int) error {
	delete(wanted, -1)
	var rows []int
	for row := range wanted {
		rows = append(rows, row-1)
	}
	slices.Sort(rows)
	cells, err := of.fetch(ctx, of.Version.AllColumns(), rows)
	if err != nil {
		return err
	}
	for _, row := range cells {
		hash := rowHash(row.Cells)
		for _, at := range wanted[row.Row] {
			e.Changes[at].Was = hash
		}
	}
	return nil
}

// An EditedRow is a row that a draft changes.
type EditedRow struct {
	Kind EditKind
	Row  int // of the draft; of a deleted one 0
	Base int // of the base; of an inserted one 0
}

// Edited are the first rows that a draft changes, in order.
func (e *Edits) Edited(most int) []EditedRow {
	var list []EditedRow
	for at := range e.places {
		if at.edit == nil {
			continue
		}
		if len(list) == most {
			break
		}
		row := EditedRow{Kind: at.edit.Kind, Row: at.row, Base: at.base}
		switch at.edit.Kind {
		case EditDelete:
			row.Row = 0
		case EditInsert:
			row.Base = 0
		}
		list = append(list, row)
	}
	return list
}

// Count is how many rows are of a kind.
func (e *Edits) Count(kind EditKind) int {
	n := 0
	for _, c := range e.Changes {
		if c.Kind == kind {
			n++
		}
	}
	return n
}

// Onto is the patch that makes the edits in a version. moved says that it is not the base: then
// its rows are read, and each row that the edits set or delete is the one with the same cells
// that is nearest to its number; a row of which there is none any more has collided. A new row comes
// before the row that it was before; where that is gone, at the same number.
func (e *Edits) Onto(ctx context.Context, to Side, moved bool) (patch *Patch, collided []int, err error) {
	rows := func(c *Edit) (int, bool) { return c.Row, true }
	if moved {
		if rows, err = e.found(ctx, to); err != nil {
			return nil, nil, err
		}
	}
	patch = &Patch{}
	taken := map[int]bool{}
	for i := range e.Changes {
		c := &e.Changes[i]
		row, ok := rows(c)
		if c.Kind == EditInsert {
			patch.Insert = append(patch.Insert, InsertRow{Before: min(row, to.Version.Rows+1), Cells: c.Cells})
			continue
		}
		if !ok || taken[row] {
			collided = append(collided, c.Row)
			continue
		}
		taken[row] = true
		if c.Kind == EditDelete {
			patch.DeleteRows = append(patch.DeleteRows, row)
		} else {
			patch.Set = append(patch.Set, SetRow{Row: row, Cells: c.Cells})
		}
	}
	return patch, collided, nil
}

// found looks for the rows of the edits in another version. What it returns says where a row is
// now, and at which number a row that is gone would be.
func (e *Edits) found(ctx context.Context, in Side) (func(c *Edit) (int, bool), error) {
	where := map[string][]int{}
	for _, c := range e.Changes {
		if c.Was != "" {
			where[c.Was] = nil
		}
	}
	walk := scan.NewRows(ctx, in.Reader, in.Version, func() {})
	for len(where) > 0 {
		row, err := walk.Next()
		if err == io.EOF { //nolint:errorlint // scan.Rows return io.EOF itself
			break
		}
		if err != nil {
			return nil, err
		}
		hash := rowHash(row.Cells)
		if rows, wanted := where[hash]; wanted {
			where[hash] = append(rows, row.Number)
		}
	}
	given := map[int]int{} // rows of the base that are found, so that equal rows are not taken twice
	return func(c *Edit) (int, bool) {
		if c.Was == "" {
			return in.Version.Rows + 1, true // behind the last row, as it was
		}
		if row, known := given[c.Row]; known {
			return row, true
		}
		rows := where[c.Was]
		if len(rows) == 0 {
			return c.Row, false
		}
		at := 0
		for i, row := range rows {
			if distance(row, c.Row) < distance(rows[at], c.Row) {
				at = i
			}
		}
		row := rows[at]
		given[c.Row] = row
		where[c.Was] = slices.Delete(slices.Clone(rows), at, at+1)
		return row, true
	}, nil
}

func distance(a, b int) int { return max(a-b, b-a) }
