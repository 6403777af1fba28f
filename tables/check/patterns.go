package check

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/match"
	"tablestep/tables/scan"
	"tablestep/tables/schema"
)

// A Pattern is a use of a column, or of two, whose cells have to be ones that a
// mode understands. Which they are is found out when they come in: at an upload,
// and when a lookup is set.
type Pattern struct {
	Lookup   string // the first that uses it
	column   int
	to       int // of the upper ends of ranges; -1 where there is none
	mode     schema.Mode
	notation schema.Notation
	anything []string // as the match entry names them
	now      bool     // the cells say when a row is valid
}

// Same says that two uses need the same cells checked.
func (p Pattern) Same(o Pattern) bool {
	return p.column == o.column && p.to == o.to && p.mode == o.mode && p.notation == o.notation && p.now == o.now &&
		slices.Equal(p.anything, o.anything) && (p.anything == nil) == (o.anything == nil)
}

// PatternsOf are the patterns of some lookups, each use once. A lookup of which a
// column is gone has none.
func PatternsOf(v *schema.Version, lookups []schema.Lookup) []Pattern {
	var patterns []Pattern
	for i := range lookups {
		key, err := match.KeyOf(v, &lookups[i])
		if err != nil {
			continue
		}
		for _, part := range key.Parts {
			p := Pattern{Lookup: key.Lookup, column: part.Column, to: part.To, mode: part.Mode, notation: part.Notation, anything: part.Anything, now: part.Now}
			if !p.mode.Hashed() && !slices.ContainsFunc(patterns, p.Same) {
				patterns = append(patterns, p)
			}
		}
	}
	return patterns
}

// A BadCell is a cell that a mode does not understand.
type BadCell struct {
	Pattern
	row   int // from 1
	cause *index.CellError
}

// Bad tells of the cells of a row group that their patterns do not understand. Each value of a chunk
// is looked at once. first is the number of the group's first row, from 1.
func Bad(w *Warnings, v *schema.Version, patterns []Pattern, first int, chunk func(column int) *column.Chunk) error {
	for _, p := range patterns {
		cells := chunk(p.column)
		wild := index.NewAnything(p.mode, p.anything)
		if p.to >= 0 {
			to := chunk(p.to)
			for row := range cells.Len() {
				if err := p.readEnds(cells.At(row), to.At(row), wild); err != nil {
					if err := p.tell(w, v, first+row, err); err != nil {
						return err
					}
				}
			}
			continue
		}
		for value := range cells.Values() {
			err := p.readCell(cells.Value(value), wild)
			if err == nil {
				continue
			}
			for row := range cells.Len() {
				if cells.Code(row) != value {
					continue
				}
				if err := p.tell(w, v, first+row, err); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// tell adds the finding of one cell. An error that is not of the cell is handed back.
func (p Pattern) tell(w *Warnings, v *schema.Version, row int, err error) error {
	if !w.Wants(schema.CodeBadPattern) {
		w.Skip(schema.CodeBadPattern, 1)
		return nil
	}
	bad, err := p.bad(row, err)
	if err == nil {
		w.Add(row, bad.columns(v), schema.CodeBadPattern, "%s", bad.message())
	}
	return err
}

// Worst is the bad cell of the earliest row in a row group, nil where all are
// good. Each value of a chunk is looked at once. first is the number of the
// group's first row, from 1.
func Worst(patterns []Pattern, first int, chunk func(column int) *column.Chunk) (*BadCell, error) {
	var bad *BadCell
	for _, p := range patterns {
		found, err := p.check(first, chunk)
		if err != nil {
			return nil, err
		}
		if found != nil && (bad == nil || found.row < bad.row) {
			bad = found
		}
	}
	return bad, nil
}

func (p Pattern) check(first int, chunk func(column int) *column.Chunk) (*BadCell, error) {
	cells := chunk(p.column)
	wild := index.NewAnything(p.mode, p.anything)
	if p.to >= 0 {
		to := chunk(p.to)
		for row := range cells.Len() {
			if err := p.readEnds(cells.At(row), to.At(row), wild); err != nil {
				return p.bad(first+row, err)
			}
		}
		return nil, nil
	}
	var bad *BadCell
	for value := range cells.Values() {
		err := p.readCell(cells.Value(value), wild)
		if err == nil {
			continue
		}
		row := 0
		for row < cells.Len() && cells.Code(row) != value {
			row++
		}
		if row == cells.Len() || bad != nil && bad.row <= first+row {
			continue
		}
		if bad, err = p.bad(first+row, err); err != nil {
			return nil, err
		}
	}
	return bad, nil
}

func (p Pattern) bad(row int, err error) (*BadCell, error) {
	var cause *index.CellError
	if !errors.As(err, &cause) {
		return nil, err
	}
	return &BadCell{p, row, cause}, nil
}

// columns are the names of the pattern's columns.
func (b *BadCell) columns(v *schema.Version) string {
	if b.to < 0 {
		return v.Columns[b.column].Name
	}
	return v.NamesOf([]int{b.column, b.to})
}

// message says what is wrong, and below it shows the cell with a caret under the
// spot: three lines.
func (b *BadCell) message() string {
	way := "correct the cell, or change the lookup"
	if sign := bareSign(b.cause.Cell); sign != "" {
		way += fmt.Sprintf("; if it means anything, name it in the match entry: \"anything\": [%q]", sign)
	}
	return fmt.Sprintf("lookup %q cannot read the cell in mode %s: %s; %s\n%s",
		b.Lookup, b.mode, b.cause.Message, way, caret(b.cause))
}

// bareSign is the sign that a cell consists of and that people write for anything; empty
// where it is none.
func bareSign(cell string) string {
	if len(cell) > 16 {
		return ""
	}
	switch form := column.Normalize(cell); form {
	case "-", "*":
		return form
	}
	return ""
}

// caret shows the surroundings of the spot.
func caret(e *index.CellError) string {
	const around = 60 // bytes on both sides
	before, after := e.Cell[:e.Offset], e.Cell[e.Offset:]
	if len(before) > around {
		before = "…" + strings.ToValidUTF8(before[len(before)-around:], "")
	}
	if len(after) > around {
		after = strings.ToValidUTF8(after[:around], "") + "…"
	}
	before, after = schema.Visible(before), schema.Visible(after)
	return (&index.CellError{Cell: before + after, Offset: len(before)}).Caret()
}

// Patterns reads the cells of a version that a lookup uses as patterns. The error wraps
// ErrInvalid and names the first cell that its mode does not understand.
func Patterns(ctx context.Context, r scan.Reader, v *schema.Version, l *schema.Lookup) error {
	bad, err := firstBad(ctx, r, PatternsOf(v, []schema.Lookup{*l}))
	if err == nil && bad != nil {
		err = fmt.Errorf("%w: version %d, row %d, column %q: %s", schema.ErrInvalid, v.Number, bad.row, schema.Excerpt(bad.columns(v)), bad.message())
	}
	return err
}

// Late reads the cells of an upload that could not be held against patterns while they
// came in.
func Late(ctx context.Context, r scan.Reader, v *schema.Version, patterns []Pattern, w *Warnings) error {
	columns := columnsOf(patterns)
	if len(columns) == 0 {
		return nil
	}
	return scan.Each(ctx, r, columns, func(first int, chunks []*column.Chunk) error {
		return Bad(w, v, patterns, first+1, func(c int) *column.Chunk {
			at, _ := slices.BinarySearch(columns, c)
			return chunks[at]
		})
	})
}

// columnsOf are the columns of some patterns, in ascending order.
func columnsOf(patterns []Pattern) (columns []int) {
	for _, p := range patterns {
		columns = append(columns, p.column)
		if p.to >= 0 {
			columns = append(columns, p.to)
		}
	}
	slices.Sort(columns)
	return slices.Compact(columns)
}

// firstBad is the bad cell of the earliest row, nil where all are good.
func firstBad(ctx context.Context, r scan.Reader, patterns []Pattern) (bad *BadCell, err error) {
	columns := columnsOf(patterns)
	if len(columns) == 0 {
		return nil, nil
	}
	err = scan.Each(ctx, r, columns, func(first int, chunks []*column.Chunk) (err error) {
		bad, err = Worst(patterns, first+1, func(c int) *column.Chunk {
			at, _ := slices.BinarySearch(columns, c)
			return chunks[at]
		})
		if err == nil && bad != nil {
			return scan.ErrStop
		}
		return err
	})
	return bad, err
}

// Unread are the cells of a version that a lookup cannot read: they hit nothing.
type Unread struct {
	Lookup string // the first that uses the column so
	Column string // of the cells, or both of a span
	Row    int    // of the first one, from 1
	Cells  int    // how many
	Reason string // of the first one, with the cell, in one line
}

// CountUnread reads the cells of a version that a pattern uses; nil where all can be read.
func CountUnread(ctx context.Context, r scan.Reader, v *schema.Version, p Pattern) (*Unread, error) {
	columns := []int{p.column}
	if p.to >= 0 {
		columns = append(columns, p.to)
	}
	var found *Unread
	wild := index.NewAnything(p.mode, p.anything)
	err := scan.Each(ctx, r, columns, func(first int, chunks []*column.Chunk) error {
		for row := range chunks[0].Len() {
			var err error
			if p.to >= 0 {
				err = p.readEnds(chunks[0].At(row), chunks[1].At(row), wild)
			} else {
				err = p.readCell(chunks[0].At(row), wild)
			}
			if err == nil {
				continue
			}
			bad, err := p.bad(first+row+1, err)
			if err != nil {
				return err
			}
			if found == nil {
				found = &Unread{Lookup: p.Lookup, Column: bad.columns(v), Row: bad.row, Reason: bad.cause.Error()}
			}
			found.Cells++
		}
		return nil
	})
	return found, err
}

// readEnds reads the two cells of a span.
func (p Pattern) readEnds(from, to string, wild index.Anything) error {
	low, high, _ := wild.Ends(from, to)
	if p.now {
		return index.CheckValidEnds(low, high, p.notation)
	}
	return index.CheckRange(low, high, p.notation)
}

// readCell reads a cell.
func (p Pattern) readCell(cell string, wild index.Anything) error {
	err := index.CheckCell(p.mode, cell, p.notation)
	if p.now {
		err = index.CheckValid(cell, p.notation)
	}
	if err != nil && !wild.Has(cell) {
		return err
	}
	return nil
}

// Use names what the pattern asks of the cells of a version, whichever lookup it is.
func (p Pattern) Use() string {
	p.Lookup = ""
	return fmt.Sprintf("%#v", p)
}
