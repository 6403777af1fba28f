package check

import (
	"context"
	"fmt"
	"time"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/match"
	"tablestep/tables/scan"
	"tablestep/tables/schema"
)

// common says when the two rows of a pair are both valid, where rows are valid for a time.
func (o *overlaps) common(pair index.Pair) string {
	var text []byte
	for _, p := range o.key.Parts {
		if !p.Now {
			continue
		}
		a, b := o.validity(p, pair.First), o.validity(p, pair.Second)
		if both, ok := a.Common(b); ok {
			text = fmt.Appendf(text, "; both are valid %s", both)
		}
	}
	return string(text)
}

// validity is when a row is valid by one part of the key. Rows that are told of in pairs have
// cells that can be read.
func (o *overlaps) validity(p match.Part, row int) index.Validity {
	cells := []string{o.cells[p.Column].At(row)}
	if p.To >= 0 {
		cells = append(cells, o.cells[p.To].At(row))
	}
	v, err := index.ValidityOf(cells, p.Notation, index.NewAnything(p.Mode, p.Anything), p.Zone)
	if err != nil {
		return index.Validity{}
	}
	return v
}

// A Dated is a use of columns whose cells say when a row is valid.
type Dated struct {
	Lookup string // the first that uses them so
	Valid  string // the columns
	part   match.Part
}

// DatedOf are such uses by some lookups, each once; zone is that of days where a lookup names none.
func DatedOf(v *schema.Version, lookups []schema.Lookup, zone *time.Location) []Dated {
	var list []Dated
	for i := range lookups {
		if !lookups[i].Dated() {
			continue
		}
		key, err := match.KeyOf(v, &lookups[i])
		if err != nil {
			continue // A column is gone, which is told elsewhere.
		}
		for m, p := range key.Local(zone).Parts {
			d := Dated{Lookup: key.Lookup, Valid: lookups[i].Match[m].Valid(), part: p}
			if p.Now && !containsUse(list, d) {
				list = append(list, d)
			}
		}
	}
	return list
}

func containsUse(list []Dated, d Dated) bool {
	for i := range list {
		if list[i].Use() == d.Use() {
			return true
		}
	}
	return false
}

// Use names what is asked of the cells of a version, whichever lookup asks it.
func (d Dated) Use() string { return match.Key{Parts: []match.Part{d.part}}.String() }

// LastDay is the last day before a moment at which the last row ends, or that moment, for people.
func LastDay(last time.Time) string { return index.Validity{Until: last}.Last() }

// LastValid is when the last row of a version ends: the first moment at which none is valid any
// more. It is the zero Time where a row is open-ended, or no row has an end that can be read. It
// reads no further than to the first row that is open-ended.
func LastValid(ctx context.Context, r scan.Reader, d Dated) (last time.Time, err error) {
	p := d.part
	columns := []int{p.Column}
	if p.To >= 0 {
		columns = append(columns, p.To)
	}
	wild := index.NewAnything(p.Mode, p.Anything)
	cells := make([]string, len(columns))
	take := func() (open bool) {
		v, err := index.ValidityOf(cells, p.Notation, wild, p.Zone)
		if err != nil {
			return false // It is never valid, and told of as a cell that cannot be read.
		}
		if v.Until.After(last) {
			last = v.Until
		}
		return v.Until.IsZero()
	}
	err = scan.Each(ctx, r, columns, func(_ int, chunks []*column.Chunk) error {
		open, seen := false, map[[2]int]bool{}
		for row := 0; row < chunks[0].Len() && !open; row++ {
			var codes [2]int
			for i, chunk := range chunks {
				codes[i] = chunk.Code(row)
			}
			if seen[codes] {
				continue
			}
			seen[codes] = true
			for i, chunk := range chunks {
				cells[i] = chunk.At(row)
			}
			open = take()
		}
		if open {
			last = time.Time{}
			return scan.ErrStop
		}
		return nil
	})
	return last, err
}
