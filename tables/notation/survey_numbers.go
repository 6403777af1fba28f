package notation

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// NumberSurvey looks at the cells of a column, one after the other, and decides how its
// numbers are written. The zero value is ready.
type NumberSurvey struct {
	cells   int    // that are not blank
	read    [4]int // of them, numbers in each of the Conventions
	numbers int    // of them, numbers in any
	commas  int    // 1,234: a grouping, or decimals
	points  int    // 1.234, likewise
	unit    string // behind every number so far
	units   int    // cells that have it
	mixed   bool   // two units
}

// Add takes in a cell. Blank ones tell nothing.
func (s *NumberSurvey) Add(cell string) {
	if strings.TrimSpace(cell) == "" {
		return
	}
	if plain(cell) {
		s.plain()
		return
	}
	s.cells++
	f, ok := scan(cell, "")
	if ok && s.figure(&f) {
		return
	}
	unit := unitOf(cell)
	if unit != "" {
		s.units++
		s.mixed = s.mixed || s.unit != "" && !strings.EqualFold(s.unit, unit)
		s.unit = unit
	}
	if f, ok = scan(cell, unit); ok && unit != "" && s.figure(&f) {
		return
	}
	for _, end := range ends(cell) {
		if f, ok := scan(end, ""); ok && !plain(end) {
			numbers := s.numbers
			s.figure(&f)
			s.numbers = numbers // the cell itself is none
		}
	}
}

// plain takes in a cell that is spelled as every convention reads it.
func (s *NumberSurvey) plain() {
	s.cells++
	s.numbers++
	for i := range s.read {
		s.read[i]++
	}
}

// Tells says that some number is not one in every convention; those that stand in spans
// and comparisons count as well. Otherwise there is nothing to decide.
func (s *NumberSurvey) Tells() bool {
	return s.read != [4]int{s.read[0], s.read[0], s.read[0], s.read[0]} || s.units > 0 && s.Unit() != ""
}

// Read is how many of the numbers a convention reads.
func (s *NumberSurvey) Read(n Numbers) int {
	return min(s.numbers, s.read[slices.Index(Conventions(), n)])
}

// figure takes in a number, in each convention that reads it; false where none does, as with
// the ends of 1.000,5..2.000,5, between which its signs stand as well.
func (s *NumberSurvey) figure(f *figure) bool {
	var is [4]bool
	var spelled [4]string
	for i, n := range Conventions() {
		whole, fraction, ok := f.divide(n)
		is[i], spelled[i] = ok, whole+"."+fraction
	}
	if !s.count(is) {
		return false
	}
	if is[0] && is[1] && spelled[0] != spelled[1] {
		if strings.Contains(f.body, ",") {
			s.commas++
		} else {
			s.points++
		}
	}
	return true
}

func (s *NumberSurvey) count(is [4]bool) (some bool) {
	for i := range is {
		if is[i] {
			s.read[i]++
			some = true
		}
	}
	if some {
		s.numbers++
	}
	return some
}

// Merge takes in another survey, as of the column that has the other ends of spans.
func (s *NumberSurvey) Merge(o *NumberSurvey) {
	s.mixed = s.mixed || o.mixed || s.unit != "" && o.unit != "" && !strings.EqualFold(s.unit, o.unit)
	if s.unit == "" {
		s.unit = o.unit
	}
	for i := range s.read {
		s.read[i] += o.read[i]
	}
	s.cells, s.numbers, s.units = s.cells+o.cells, s.numbers+o.numbers, s.units+o.units
	s.commas, s.points = s.commas+o.commas, s.points+o.points
}

// Numbers is how many of the cells are numbers, in some convention.
func (s *NumberSurvey) Numbers() int { return s.numbers }

// Unit is what stands behind the number in every cell, empty if nothing does or not the
// same.
func (s *NumberSurvey) Unit() string {
	if s.mixed || s.units == 0 || s.units != s.cells {
		return ""
	}
	return s.unit
}

// Decide says which convention reads most of the cells. elsewhere are the conventions that
// other columns of the table have by evidence of their own. Commas that always stand
// before three digits are groupings; points that do are so only where other numbers of
// the column or the table have decimal commas. Where nothing tells, decided is false and
// English is assumed.
func (s *NumberSurvey) Decide(elsewhere ...Numbers) (n Numbers, decided bool) {
	best := max(s.read[0], s.read[1], s.read[2], s.read[3])
	if best == 0 {
		return CommaPoint, true
	}
	if s.read[0] < best {
		for i, n := range Conventions() {
			if s.read[i] == best {
				return n, true
			}
		}
	}
	if s.read[1] < best || s.points == 0 {
		return CommaPoint, true
	}
	if slices.Contains(elsewhere, PointComma) {
		return PointComma, true
	}
	return CommaPoint, false
}

// Evidence says that the column tells by itself that its convention is this one, and not
// English: other columns may follow it.
func (s *NumberSurvey) Evidence() (Numbers, bool) {
	n, decided := s.Decide()
	return n, decided && n != CommaPoint
}

// unitOf is the word that ends a cell behind its last digit, such as kg in 5 kg, and in
// 10-20 kg; empty where it is none, or a word of spans or a currency.
func unitOf(cell string) string {
	last := strings.LastIndexFunc(cell, isDigitRune)
	if last < 0 {
		return ""
	}
	unit := trim(strings.TrimLeft(cell[last+1:], "+"))
	first, _ := utf8.DecodeRuneInString(unit)
	if first != '°' && !unicode.IsLetter(first) || strings.ContainsFunc(unit, func(r rune) bool { return !isWord(r) }) {
		return ""
	}
	if unit == "K" || unit == "M" || unit == "T" || unit == "Z" || Currency(unit) {
		return ""
	}
	return unit
}
