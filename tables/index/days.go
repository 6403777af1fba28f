package index

import (
	"fmt"
	"strings"
	"time"

	"tablestep/tables/schema"
)

// Days are spans of days, or of moments, as a cell of mode range has them; several stand in one
// cell with a semicolon between them:
//
//	days = [ span { ";" [ span ] } ]
//
// A single day is a span of itself. The zero value has none.
type Days []span

// maxDays is the most spans of a cell.
const maxDays = 100

// ReadDays reads a cell whose dates are written as n says; a blank one has none. The error is a
// *CellError.
func ReadDays(cell string, n schema.Notation) (Days, error) {
	var days Days
	at := 0
	for text := range strings.SplitSeq(cell, ";") {
		from := at
		at += len(text) + 1
		if strings.TrimSpace(text) == "" {
			continue
		}
		if len(days) == maxDays {
			return nil, wrong(schema.ModeRange, cell, from, "it has more than %d spans", maxDays)
		}
		s, err := parseRange(text, &n)
		if err != nil {
			return nil, inside(cell, from, err)
		}
		if s.kind != dateKind {
			from += len(text) - len(strings.TrimLeft(text, " \t"))
			return nil, wrong(schema.ModeRange, cell, from, "it is no date and no span of dates; write a day as %s, the first and the last of several as 2024-03-25..2024-03-31, and a semicolon between spans", exampleOf(n.Dates))
		}
		days = append(days, s)
	}
	return days, nil
}

// inside is the error of a part of a cell as one of the cell.
func inside(cell string, from int, err error) error {
	part, ok := err.(*CellError) //nolint:errorlint // parseRange gives it bare
	if !ok {
		return fmt.Errorf("read %q: %w", schema.Cut(cell, shown), err)
	}
	return wrong(part.Mode, cell, from+part.Offset, "%s", part.Message)
}

// Has says that a moment lies in one of the spans, by the clock of the moment's own location.
func (d Days) Has(at time.Time) bool {
	if len(d) == 0 {
		return false
	}
	_, offset := at.Zone()
	x, _ := dateOf(schema.Date{Seconds: at.Unix() + int64(offset), Nanos: at.Nanosecond(), Clock: true}, true)
	for _, s := range d {
		if s.holds(x) {
			return true
		}
	}
	return false
}
