package schema

import (
	"fmt"
	"strings"
	"time"

	"tablestep/tables/notation"
)

// A Notation is how numbers and dates of a column are written. The zero value is 1,234.5,
// with the month first.
type Notation struct {
	Numbers notation.Numbers `json:"numbers,omitempty"`
	Dates   notation.Dates   `json:"dates,omitempty"`
	Unit    string           `json:"unit,omitempty"` // that every cell has behind its number
	// Packed says that every cell is a day as 20240331 and that nobody has said whether days
	// or numbers are meant. They are days where a date is held against them, and numbers
	// where a number is.
	Packed bool `json:"packed,omitempty"`
}

// Check says whether there are such conventions.
func (n Notation) Check() error {
	switch {
	case !n.Numbers.Known():
		return fmt.Errorf("%w: numbers %q: use one of %s", ErrInvalid, Excerpt(string(n.Numbers)), Joined(notation.Conventions()))
	case !n.Dates.Known():
		return fmt.Errorf("%w: dates %q: use one of %s", ErrInvalid, Excerpt(string(n.Dates)), Joined(notation.Orders()))
	}
	return nil
}

// String names the conventions for people.
func (n Notation) String() string {
	var words []string
	for _, word := range [...]string{string(n.Numbers), string(n.Dates), n.Unit} {
		if word != "" {
			words = append(words, word)
		}
	}
	if words == nil {
		return "plain text"
	}
	return strings.Join(words, ", ")
}

// GroupsByPoint says that a point stands between groups of digits: 1.234 is 1234.
func (n Notation) GroupsByPoint() bool { return n.Numbers == notation.PointComma }

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

// Decimal reads a cell as Number does, exactly.
func (n Notation) Decimal(cell string) (Decimal, bool) {
	if n.english() {
		if d, ok := ParseDecimal(cell); ok {
			return d, true
		}
	}
	text, ok := n.SpellNumber(cell)
	if !ok {
		return Decimal{}, false
	}
	return ParseDecimal(text)
}

// english says that what the plain readers read is right.
func (n Notation) english() bool { return n.Numbers == "" || n.Numbers == notation.CommaPoint }

// AppendJSON is AppendJSON for a cell of the column.
func (n Notation) AppendJSON(dst []byte, t Type, cell string) ([]byte, error) {
	switch t {
	case TypeInteger, TypeFloat, TypeScore:
		if n.english() {
			out, err := AppendJSON(dst, t, cell)
			if err == nil {
				return out, nil
			}
		}
		text, ok := n.SpellNumber(cell)
		if !ok {
			return dst, n.noNumber(t, cell)
		}
		return AppendJSON(dst, t, text)
	case TypeDate, TypeDatetime:
		if text, ok := n.Dates.Spell(cell); ok {
			return AppendJSON(dst, t, text)
		}
		out, err := AppendJSON(dst, t, cell)
		if err != nil && (notation.MonthFirst.Reads(cell) || notation.DayFirst.Reads(cell)) {
			err = &ValueError{t, fmt.Sprintf("not a date in the order of its column, %s", n.Dates)}
		}
		return out, err
	}
	return AppendJSON(dst, t, cell)
}

// noNumber is why a cell is no number.
func (n Notation) noNumber(t Type, cell string) error {
	for _, other := range notation.Conventions() {
		if _, ok := (Notation{Numbers: other, Unit: n.Unit}).SpellNumber(cell); ok {
			return &ValueError{t, fmt.Sprintf("a number written as %s in a column of %s", other, n.convention())}
		}
	}
	_, err := AppendJSON(nil, t, cell)
	return err
}

// convention is the one that counts.
func (n Notation) convention() notation.Numbers {
	if n.Numbers == "" {
		return notation.CommaPoint
	}
	return n.Numbers
}

// CheckValue is CheckValue for a cell of the column.
func (n Notation) CheckValue(t Type, cell string) error {
	switch t {
	case TypeInteger, TypeFloat, TypeScore, TypeDate, TypeDatetime:
		var buf [64]byte
		_, err := n.AppendJSON(buf[:0], t, cell)
		return err
	}
	return CheckValue(t, cell)
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
	if n.english() || notation.Plain(normal) {
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

// ReadDecimal reads a number that stands in no column, such as one that a rule is given: as
// 1,234.5, else in the one way in which it can be read. K and M stand for thousand and
// million.
func ReadDecimal(text string) (Decimal, bool) {
	if d, ok := ParseDecimal(text); ok {
		return d, true
	}
	if !notation.MayBeNumber(text, "") {
		return Decimal{}, false
	}
	for _, numbers := range notation.Conventions() {
		if spelling, ok := (notation.Reading{Numbers: numbers, Scale: true}).Spell(text); ok {
			return ParseDecimal(spelling)
		}
	}
	return Decimal{}, false
}

// ReadTime reads a date that stands in no column: as ISO 8601 has it, else with the month
// first, else with the day first.
func ReadTime(text string) (at time.Time, clock, ok bool) {
	if at, clock, ok = ParseTime(text); ok {
		return at, clock, ok
	}
	for _, order := range [...]notation.Dates{notation.MonthFirst, notation.DayFirst} {
		if spelling, ok := order.Spell(text); ok {
			return ParseTime(spelling)
		}
	}
	return time.Time{}, false, false
}

// Doubt says for what a lead's value is taken that can be read in two ways; ok is false
// for any other.
func (n Notation) Doubt(raw string) (taken string, ok bool) {
	switch {
	case notation.Ambiguous(raw):
		if taken, ok = n.SpellNumber(raw); !ok {
			taken, ok = Notation{}.SpellNumber(raw)
		}
	case notation.AmbiguousDate(raw):
		if taken, ok = n.Dates.Spell(raw); !ok {
			taken, ok = notation.MonthFirst.Spell(raw)
		}
	}
	return taken, ok
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
