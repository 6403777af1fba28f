package check

import (
	"hash/maphash"
	"strings"

	"tablestep/tables/column"
	"tablestep/tables/notation"
	"tablestep/tables/schema"
)

// Stats gathers what is told about one column while its chunks go by.
type Stats struct {
	empty    int
	maxBytes int
	distinct distinct
	types    typeSet // what every cell so far could be
	survey   notation.Survey
}

// typeSet is a set of guessed types.
type typeSet uint8

const (
	isInteger typeSet = 1 << iota
	isFloat
	isBoolean
	isDate
	isDatetime
	isEmail
	isURL
	isAnything = isInteger | isFloat | isBoolean | isDate | isDatetime | isEmail | isURL
)

// NewStats is for one of so many columns.
func NewStats(columns int) Stats {
	return Stats{distinct: newDistinct(columns), types: isAnything}
}

// Add takes in a chunk, each of its values once. The seed is the same for all chunks.
func (s *Stats) Add(seed maphash.Seed, c *column.Chunk) {
	emptyValue := -1
	for v := range c.Values() {
		text := c.Value(v)
		if text == "" {
			if !c.HasDictionary() {
				s.empty++
			}
			emptyValue = v
			continue
		}
		s.maxBytes = max(s.maxBytes, len(text))
		s.distinct.add(maphash.String(seed, text))
		if s.types != 0 {
			s.types = narrow(s.types, text)
		}
		s.survey.Add(text)
	}
	if c.HasDictionary() && emptyValue >= 0 {
		for row := range c.Len() {
			if c.Code(row) == emptyValue {
				s.empty++
			}
		}
	}
}

// together makes the surveys of two columns, which are the ends of spans, one.
func (s *Stats) together(o *Stats) {
	s.survey.Merge(&o.survey)
	o.survey = s.survey
}

// Column is the description for people.
func (s *Stats) Column(name string, rows int) schema.Column {
	return schema.Column{
		Name: name, Type: s.guess(rows), Empty: s.empty, MaxBytes: s.maxBytes,
		Distinct: min(s.distinct.total(), rows-s.empty),
	}
}

// guess is the narrowest type that all cells have; text for long ones, string
// where nothing else fits or all cells are empty.
func (s *Stats) guess(rows int) schema.Type {
	if s.maxBytes > schema.MaxStringBytes {
		return schema.TypeText
	}
	if s.empty == rows {
		return schema.TypeString
	}
	for _, c := range []struct {
		set typeSet
		typ schema.Type
	}{
		{isInteger, schema.TypeInteger},
		{isFloat, schema.TypeFloat},
		{isBoolean, schema.TypeBoolean},
		{isDate, schema.TypeDate},
		{isDatetime, schema.TypeDatetime},
		{isEmail, schema.TypeEmail},
		{isURL, schema.TypeURL},
	} {
		if s.types&c.set != 0 {
			return c.typ
		}
	}
	return schema.TypeString
}

// narrow takes those types out of a set that a cell does not have.
func narrow(set typeSet, cell string) typeSet {
	if set&isInteger != 0 && !plainInteger(cell) {
		set &^= isInteger
	}
	if set&isFloat != 0 && !plainFloat(cell) {
		set &^= isFloat
	}
	if set&isBoolean != 0 {
		if _, ok := schema.ParseBoolean(cell); !ok || len(cell) == 1 {
			set &^= isBoolean
		}
	}
	if set&(isDate|isDatetime) != 0 {
		_, clock, ok := schema.ParseTime(cell)
		if !ok || clock {
			set &^= isDate
		}
		if !ok {
			set &^= isDatetime
		}
	}
	if set&isEmail != 0 && !schema.LooksLikeEmail(cell) {
		set &^= isEmail
	}
	if set&isURL != 0 && !schema.LooksLikeURL(cell) {
		set &^= isURL
	}
	return set
}

// plainInteger is stricter than the type: leading zeros and signs mean something
// to whoever wrote them (004, +5), and would be lost in a number.
func plainInteger(cell string) bool {
	if cell == "" || cell[0] == '0' && len(cell) > 1 || cell[0] == '+' || cell[0] == '-' {
		return false
	}
	_, rest := schema.CutDigits(cell)
	_, ok := schema.ParseInteger(cell)
	return ok && rest == ""
}

// plainFloat takes 12 and -12.5, but neither +1.5 nor 01.5 nor 1e5.
func plainFloat(cell string) bool {
	if plainInteger(cell) {
		return true
	}
	whole, fraction, point := strings.Cut(strings.TrimPrefix(cell, "-"), ".")
	if !point || whole == "" || fraction == "" || len(whole) > 15 || whole[0] == '0' && len(whole) > 1 {
		return false
	}
	for _, digits := range [...]string{whole, fraction} {
		if _, rest := schema.CutDigits(digits); rest != "" {
			return false
		}
	}
	return true
}
