package index

import (
	"cmp"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// kind is what a scalar is. Values of different kinds are never compared.
type kind uint8

const (
	textKind kind = iota
	numberKind
	dateKind
)

func (k kind) String() string {
	return [...]string{"text", "number", "date"}[k]
}

// scalar is a number, a point of time or a text in normal form.
type scalar struct {
	kind kind
	// f orders numbers, and points of time by seconds from 1970 on in UTC.
	f float64
	// text is the text; of a number it tells apart what a float64 cannot.
	text string
	// long says that a number has more digits than a float64 holds for sure.
	long bool
	// day says that only the day of a date was given.
	day bool
}

// scalars are a value as each kind that it can be.
type scalars struct {
	number, date     scalar
	isNumber, isDate bool
}

// read sets what a value in normal form is.
func (s *scalars) read(text string) {
	s.number, s.isNumber = parseNumber(text)
	if !s.isNumber {
		s.date, s.isDate = parseDate(text)
	}
}

// compare orders two scalars of one kind. Numbers are compared exactly, also
// 64-bit ids that a float64 would round.
func (a scalar) compare(b scalar) int {
	if a.kind == textKind {
		return strings.Compare(a.text, b.text)
	}
	if c := cmp.Compare(a.f, b.f); c != 0 || !a.long && !b.long {
		return c
	}
	x, ok := new(big.Rat).SetString(a.text)
	y, ok2 := new(big.Rat).SetString(b.text)
	if !ok || !ok2 {
		return strings.Compare(a.text, b.text)
	}
	return x.Cmp(y)
}

const (
	maxDigits   = 100 // of a number, so that exact comparison stays cheap
	sureDigits  = 15  // that a float64 tells apart
	maxExponent = 200
	daySeconds  = 24 * 60 * 60
)

// parseNumber reads digits with an optional sign, decimal point and exponent.
// Grouping and units are no part of a number.
func parseNumber(text string) (scalar, bool) {
	i, digits, dot, significant := 0, 0, false, 0
	if i < len(text) && (text[i] == '-' || text[i] == '+') {
		i++
	}
	for ; i < len(text); i++ {
		c := text[i]
		if c == '.' && !dot {
			dot = true
			continue
		}
		if c < '0' || c > '9' {
			break
		}
		digits++
		if significant > 0 || c != '0' {
			significant++
		}
	}
	if digits == 0 || digits > maxDigits {
		return scalar{}, false
	}
	if i < len(text) {
		if text[i] != 'e' && text[i] != 'E' {
			return scalar{}, false
		}
		exponent, err := strconv.Atoi(text[i+1:])
		if err != nil || exponent > maxExponent || exponent < -maxExponent {
			return scalar{}, false
		}
	}
	if i == len(text) && !dot && significant <= sureDigits {
		return scalar{kind: numberKind, f: whole(text), text: text}, true
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return scalar{}, false
	}
	return scalar{kind: numberKind, f: f + 0, text: text, long: significant > sureDigits}, true
}

// whole is a number of digits only, with or without a sign.
func whole(text string) float64 {
	n := 0
	for i := range len(text) {
		if c := text[i]; c >= '0' {
			n = 10*n + int(c-'0')
		}
	}
	if text[0] == '-' {
		n = -n
	}
	return float64(n)
}

// parseDate reads a date, or a date and time, with or without seconds, their
// fraction and an offset; without an offset the time is UTC. The text may be in
// normal form.
func parseDate(text string) (scalar, bool) {
	if len(text) < len("2006-01-02") || text[4] != '-' || text[7] != '-' {
		return scalar{}, false
	}
	if len(text) == len("2006-01-02") {
		day, err := time.Parse(time.DateOnly, text)
		if err != nil {
			return scalar{}, false
		}
		return scalar{kind: dateKind, f: float64(day.Unix()), text: text, day: true}, true
	}
	upper := strings.ToUpper(text)
	if upper[10] == ' ' {
		upper = upper[:10] + "T" + strings.TrimLeft(upper[11:], " ")
	}
	for _, layout := range [...]string{
		"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05",
		"2006-01-02T15:04Z07:00", "2006-01-02T15:04Z0700", "2006-01-02T15:04",
	} {
		if at, err := time.Parse(layout, upper); err == nil {
			return scalar{kind: dateKind, f: float64(at.Unix()) + float64(at.Nanosecond()/1000)/1e6, text: text}, true
		}
	}
	return scalar{}, false
}

// cut is a place between scalars: before or behind one, behind all texts that
// start with one, or before or behind everything.
type cut struct {
	at   scalar
	side side
}

type side int8

const (
	beforeAll side = iota - 3
	_
	before
	on // of a scalar itself
	behind
	behindAllThatStart // with the text
	behindAll
)

// compare orders cuts of one kind.
func (a cut) compare(b cut) int {
	if a.side == beforeAll || a.side == behindAll || b.side == beforeAll || b.side == behindAll {
		return cmp.Compare(a.end(), b.end())
	}
	switch {
	case a.side == behindAllThatStart && b.side == behindAllThatStart:
		if a.at.text != b.at.text && strings.HasPrefix(b.at.text, a.at.text) {
			return 1
		}
		if a.at.text != b.at.text && strings.HasPrefix(a.at.text, b.at.text) {
			return -1
		}
	case a.side == behindAllThatStart && strings.HasPrefix(b.at.text, a.at.text):
		return 1
	case b.side == behindAllThatStart && strings.HasPrefix(a.at.text, b.at.text):
		return -1
	}
	if c := a.at.compare(b.at); c != 0 {
		return c
	}
	return cmp.Compare(a.side, b.side)
}

// end is -1 or 1 for the cuts before and behind everything.
func (a cut) end() int {
	switch a.side {
	case beforeAll:
		return -1
	case behindAll:
		return 1
	}
	return 0
}

// span is what lies between two cuts.
type span struct {
	kind      kind
	low, high cut
}

// holds says that a scalar of the span's kind lies in it.
func (s span) holds(x scalar) bool {
	at := cut{at: x, side: on}
	return s.low.compare(at) < 0 && at.compare(s.high) < 0
}

// empty says that nothing can lie in it.
func (s span) empty() bool { return s.low.compare(s.high) >= 0 }

// meets says that two spans share a scalar, taking it that between two different
// ones there is always a third.
func (s span) meets(o span) bool {
	return s.kind == o.kind && s.low.compare(o.high) < 0 && o.low.compare(s.high) < 0
}

// lowest and highest are the cuts of an end that belongs to a span or does not.
// A day begins with its first second and ends with its last one.
func lowest(x scalar, included bool) cut {
	switch {
	case included:
		return cut{x, before}
	case x.day:
		return cut{x.tomorrow(), before}
	}
	return cut{x, behind}
}

func highest(x scalar, included bool) cut {
	switch {
	case !included:
		return cut{x, before}
	case x.day:
		return cut{x.tomorrow(), before}
	}
	return cut{x, behind}
}

func (a scalar) tomorrow() scalar {
	a.f += daySeconds
	return a
}

// point is the span of what equals a scalar.
func point(x scalar) span { return span{x.kind, lowest(x, true), highest(x, true)} }
