package index

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// maxPattern is the longest cell, in bytes, that the modes with a grammar of
// their own read.
const maxPattern = 8 << 10

// A CellError is why a cell cannot be used in its mode, and the place in it.
type CellError struct {
	Row     int // counted from 0; -1 where only a cell was given
	Mode    schema.Mode
	Cell    string
	Offset  int // of the spot in Cell, in bytes; at most its length
	Message string
}

// Error gives place and message in one line.
func (e *CellError) Error() string {
	at := utf8.RuneCountInString(e.Cell[:e.Offset]) + 1
	where := ""
	if e.Row >= 0 {
		where = fmt.Sprintf("row %d: ", e.Row+1)
	}
	return fmt.Sprintf("%s%q is no cell for mode %s: %s (character %d)", where, schema.Cut(e.Cell, shown), e.Mode, e.Message, at)
}

// Caret is the cell and a line below it that points at the spot.
func (e *CellError) Caret() string {
	before := []rune(e.Cell[:e.Offset])
	for i := range before {
		if before[i] != '\t' {
			before[i] = ' '
		}
	}
	cell := strings.NewReplacer("\n", " ", "\r", " ").Replace(e.Cell)
	return cell + "\n" + string(before) + "^"
}

// shown is the most bytes of a cell that a message repeats.
const shown = 80

// wrong is an error at a place of a cell.
func wrong(mode schema.Mode, cell string, offset int, format string, args ...any) *CellError {
	return &CellError{Row: -1, Mode: mode, Cell: cell, Offset: min(max(offset, 0), len(cell)), Message: fmt.Sprintf(format, args...)}
}

// CheckCell is a *CellError where a cell, whose numbers and dates are written as n says,
// cannot be used in a mode. An empty cell
// always can.
func CheckCell(mode schema.Mode, cell string, n schema.Notation) error {
	spec, ok := specOf(mode)
	if !ok {
		return fmt.Errorf("check cell: unknown mode %q", mode)
	}
	if column.Blank(cell) {
		return nil
	}
	_, err := spec.canon(cell, &n)
	return err
}

// CheckRange is CheckCell for mode Range with the ends in two columns. The
// error's Cell is the two with ".." between them.
func CheckRange(from, to string, n schema.Notation) error {
	if column.Blank(from) && column.Blank(to) {
		return nil
	}
	_, err := parseEnds(from, to, &n)
	return err
}
