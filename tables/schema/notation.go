package schema

import (
	"time"

	"tablestep/tables/notation"
)

// A Notation is how numbers and dates of a column are written. The zero value is 1,234.5,
// with the month first.
type Notation struct {
	Numbers notation.Numbers `json:"numbers,omitempty"`
	Dates   notation.Dates   `json:"dates,omitempty"`
	Unit    string           `json:"unit,omitempty"` // that every cell has behind its number
}

// Number reads a cell in the column's convention and in no other. K and M stand for
// thousand and million.
func (n Notation) Number(cell string) (Number, bool) {
	text, ok := n.SpellNumber(cell)
	if !ok {
		return Number{}, false
	}
	return ParseNumber(text)
}

// SpellNumber spells a cell in the plain way that ParseNumber, ParseDecimal and
// ParseInteger read; ok is false where it is no number in the column's convention.
func (n Notation) SpellNumber(cell string) (spelling string, ok bool) {
	return notation.Reading{Numbers: n.Numbers, Unit: n.Unit, Scale: true}.Spell(cell)
}

// Date reads a cell in the column's order and in no other.
func (n Notation) Date(cell string) (Date, bool) {
	text, ok := n.Dates.Spell(cell)
	if !ok {
		return Date{}, false
	}
	return ParseDate(text)
}

// NumberOf reads a lead's value, of which the caller has the normal form at hand. What can
// be read in one way only is read so; where there are two, as the notation says.
func (n Notation) NumberOf(raw, normal string) (Number, bool) {
	english := n.Numbers == "" || n.Numbers == notation.CommaPoint
	if english || notation.Plain(normal) {
		if x, ok := ParseNormalNumber(raw, normal); ok {
			return x, true
		}
	}
	if !notation.MayBeNumber(raw, n.Unit) {
		return Number{}, false
	}
	if x, ok := n.Number(raw); ok {
		return x, true
	}
	for _, other := range notation.Conventions() {
		if other == n.Numbers {
			continue
		}
		if x, ok := (Notation{Numbers: other, Unit: n.Unit}).Number(raw); ok {
			return x, true
		}
	}
	return Number{}, false
}

// DateOf reads a lead's value as NumberOf does. YYYYMMDD is a date only where the notation
// says so.
func (n Notation) DateOf(raw, normal string) (Date, bool) {
	if !notation.MayBeDate(normal) {
		return Date{}, false
	}
	if !notation.Plain(normal) {
		if x, ok := ParseNormalDate(raw, normal); ok {
			return x, true
		}
	}
	if x, ok := n.Date(raw); ok {
		return x, true
	}
	for _, other := range [...]notation.Dates{notation.MonthFirst, notation.DayFirst} {
		if x, ok := (Notation{Dates: other}).Date(raw); ok {
			return x, true
		}
	}
	return Date{}, false
}

// In is the date as a clock in a zone shows it, where it was written with a zone of its
// own; nil is UTC. Days, and times without a zone, are those of any clock.
func (d Date) In(zone *time.Location) Date {
	if !d.Zoned || zone == nil || zone == time.UTC {
		return d
	}
	_, offset := time.Unix(d.Seconds, 0).In(zone).Zone()
	d.Seconds += int64(offset)
	return d
}
