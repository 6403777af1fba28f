package notation

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Dates is the order in which a date is written: ymd (2024-03-31), mdy (3/31/2024), dmy
// (31.03.2024), or yyyymmdd (20240331). The empty one is mdy; a year of four digits in
// front is read in every order.
type Dates string

// The orders.
const (
	YearFirst  Dates = "ymd"
	MonthFirst Dates = "mdy"
	DayFirst   Dates = "dmy"
	Compact    Dates = "yyyymmdd"
)

// Orders are all of them.
func Orders() []Dates { return []Dates{YearFirst, MonthFirst, DayFirst, Compact} }

// Known says that there is such an order; the empty one is mdy.
func (d Dates) Known() bool { return d == "" || slices.Contains(Orders(), d) }

// Spell writes a date as 2024-03-31, with the time of day that follows it as it came. ok
// is false where the text does not begin with a date of this order, or with a day that
// there is not. What follows is not looked at.
//
//	date = YYYY sep M[M] sep D[D]  |  M[M] sep D[D] sep YYYY  |  D[D] sep M[M] sep YYYY  |  YYYYMMDD
//	sep  = "-" | "/" | "."        (twice the same one)
func (d Dates) Spell(text string) (spelling string, ok bool) {
	s, ok := simple(text)
	if !ok {
		return "", false
	}
	if d == Compact {
		if day, rest, ok := compactDay(s); ok {
			return day + rest, true
		}
	}
	t, ok := cutTriple(s)
	if !ok {
		return "", false
	}
	year, month, day := t.n[0], t.n[1], t.n[2]
	switch {
	case t.yearFirst:
	case d == DayFirst:
		year, month, day = t.n[2], t.n[1], t.n[0]
	case d == MonthFirst || d == "":
		year, month, day = t.n[2], t.n[0], t.n[1]
	default:
		return "", false
	}
	if spelling, ok = spellDay(year, month, day); !ok {
		return "", false
	}
	return spelling + t.rest, true
}

// MayBeDate is false for most texts that are no dates, and costs little: a date in normal
// form begins with a digit, and ends with one, or with a zone.
func MayBeDate(normal string) bool {
	return len(normal) >= len("1/1/2024") && (isDigit(normal[0]) || normal[0] >= utf8.RuneSelf)
}

// Reads says that a text is a date in the order.
func (d Dates) Reads(text string) bool {
	_, ok := d.Spell(text)
	return ok
}

// AmbiguousDate says that a text is one day with the month first, and another one with
// the day first.
func AmbiguousDate(text string) bool {
	a, month := MonthFirst.Spell(text)
	b, day := DayFirst.Spell(text)
	return month && day && a != b
}

// A triple is the three numbers of a date.
type triple struct {
	n         [3]int
	yearFirst bool
	rest      string // what follows, with its space
}

// cutTriple reads three numbers with the same sign between them, one of which, at an end,
// has four digits.
func cutTriple(s string) (t triple, ok bool) {
	var digits [3]string
	sign := byte(0)
	for i := range digits {
		n := 0
		for n < len(s) && isDigit(s[n]) {
			n++
		}
		digits[i], s = s[:n], s[n:]
		if i == 2 {
			break
		}
		if s == "" || s[0] != '-' && s[0] != '/' && s[0] != '.' || i == 1 && s[0] != sign {
			return t, false
		}
		sign, s = s[0], s[1:]
	}
	if s != "" && s[0] != ' ' && s[0] != 'T' && s[0] != 't' {
		return t, false
	}
	t.yearFirst, t.rest = len(digits[0]) == 4, s
	for i, d := range digits {
		most := 2
		if t.yearFirst && i == 0 || !t.yearFirst && i == 2 {
			most = 4
			if len(d) != 4 {
				return t, false
			}
		}
		if d == "" || len(d) > most {
			return t, false
		}
		n, err := strconv.Atoi(d)
		if err != nil {
			return t, false
		}
		t.n[i] = n
	}
	return t, true
}

// compactDay reads YYYYMMDD, alone or before a time of day.
func compactDay(s string) (day, rest string, ok bool) {
	if len(s) < 8 || len(s) > 8 && s[8] != ' ' && s[8] != 'T' && s[8] != 't' {
		return "", "", false
	}
	for i := range 8 {
		if !isDigit(s[i]) {
			return "", "", false
		}
	}
	number := func(digits string) int {
		n, _ := strconv.Atoi(digits) // they are digits
		return n
	}
	day, ok = spellDay(number(s[:4]), number(s[4:6]), number(s[6:8]))
	return day, s[8:], ok
}

// spellDay writes a day that there is.
func spellDay(year, month, day int) (string, bool) {
	at := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if at.Day() != day || int(at.Month()) != month {
		return "", false
	}
	return at.Format(time.DateOnly), true
}

// DateSurvey looks at the cells of a column and decides in which order its dates are
// written. The zero value is ready.
type DateSurvey struct {
	cells, dates int // that say something, and of them dates in any order
	whole        int // cells that name nothing but days as YYYYMMDD, in spans and comparisons as well
	year, packed int // that begin with the year, and YYYYMMDD
	month, day   int // that only one order reads
	any, same    int // that two read, in different ways or as the same day
}

// Add takes in a cell. Blank ones tell nothing, nor does a lone sign that means anything.
func (s *DateSurvey) Add(cell string) {
	if !tellsDate(cell) {
		return
	}
	s.cells++
	if isISO(cell) {
		s.year++
		s.dates++
		return
	}
	text, ok := simple(cell)
	if !ok {
		return
	}
	packed := s.packed
	if !mayBeTwo(text) && s.date(text) {
		s.dates++
		s.whole += s.packed - packed
		return
	}
	ends := ends(cell)
	for _, end := range ends {
		s.date(end)
	}
	if len(ends) > 0 && s.packed-packed == len(ends) {
		s.whole++
	}
}

// mayBeTwo says that a text has the signs of two dates, or goes on behind YYYYMMDD without a
// time of day: its ends are looked at, for a date is read without what stands behind it.
func mayBeTwo(text string) bool {
	signs := 0
	for i := range len(text) {
		switch text[i] {
		case '-', '/', '.':
			signs++
		}
	}
	if signs >= 4 {
		return true
	}
	if len(text) <= len("20240331") || strings.IndexByte(text, ':') >= 0 {
		return false
	}
	_, _, ok := compactDay(text)
	return ok
}

// tellsDate is false for what is in columns of any kind: blank cells, and the signs by which
// decision tables say that anything will do.
func tellsDate(cell string) bool {
	switch strings.TrimSpace(cell) {
	case "", "-", "*":
		return false
	}
	return true
}

// Packed says that every cell names days as YYYYMMDD and nothing else. Nothing tells whether
// numbers are meant.
func (s *DateSurvey) Packed() bool { return s.whole > 0 && s.whole == s.cells }

// Any is how many dates were seen that are no plain numbers, those that stand in spans and
// comparisons as well.
func (s *DateSurvey) Any() int { return s.year + s.month + s.day + s.any + s.same }

// Read is how many of the dates an order reads.
func (s *DateSurvey) Read(d Dates) int {
	n := s.year
	switch d {
	case MonthFirst:
		n += s.month + s.any + s.same
	case DayFirst:
		n += s.day + s.any + s.same
	case Compact:
		n += s.packed
	}
	return min(n, s.dates)
}

// isISO says that a text is a day as 2024-03-31, which most dates are.
func isISO(s string) bool {
	if len(s) != len("2024-03-31") || s[4] != '-' || s[7] != '-' {
		return false
	}
	number := func(digits string) (n int) {
		for i := range len(digits) {
			if !isDigit(digits[i]) {
				return -1
			}
			n = 10*n + int(digits[i]-'0')
		}
		return n
	}
	_, ok := spellDay(number(s[:4]), number(s[5:7]), number(s[8:]))
	return ok
}

// date takes in a text; false where it is no date.
func (s *DateSurvey) date(text string) bool {
	if _, _, ok := compactDay(text); ok {
		s.packed++
		return true
	}
	a, month := MonthFirst.Spell(text)
	b, day := DayFirst.Spell(text)
	switch {
	case !month && !day:
		return false
	case !day:
		s.month++
	case !month:
		s.day++
	case a != b:
		s.any++
	case len(text) > 4 && !isDigit(text[4]) && isDigit(text[3]):
		s.year++
	default:
		s.same++
	}
	return true
}

// Merge takes in another survey.
func (s *DateSurvey) Merge(o *DateSurvey) {
	s.cells, s.dates = s.cells+o.cells, s.dates+o.dates
	s.year, s.month, s.day, s.any, s.packed = s.year+o.year, s.month+o.month, s.day+o.day, s.any+o.any, s.packed+o.packed
	s.same += o.same
	s.whole += o.whole
}

// Dates is how many of them are dates, in some order.
func (s *DateSurvey) Dates() int { return s.dates }

// Decide says which order the dates have. elsewhere are the orders that other columns of
// the table have by evidence of their own. Where nothing tells, decided is false and the
// month is assumed to be first.
func (s *DateSurvey) Decide(elsewhere ...Dates) (d Dates, decided bool) {
	switch {
	case s.Packed():
		return Compact, true
	case s.day > s.month:
		return DayFirst, true
	case s.month > 0:
		return MonthFirst, true
	case s.any == 0 && s.same == 0:
		return YearFirst, true
	}
	found := Dates("")
	for _, d := range elsewhere {
		if d != MonthFirst && d != DayFirst {
			continue
		}
		if found != "" && found != d {
			return MonthFirst, false // they do not agree
		}
		found = d
	}
	if found != "" {
		return found, true
	}
	return MonthFirst, s.any == 0
}

// Evidence says that the column tells by itself whether the day or the month is first. Days
// that are the same in both orders, such as 04/04/2024, tell nothing.
func (s *DateSurvey) Evidence() (Dates, bool) {
	d, decided := s.Decide()
	return d, decided && s.day+s.month > 0 && (d == MonthFirst || d == DayFirst)
}
