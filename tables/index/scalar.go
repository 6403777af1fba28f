package index

import (
	"cmp"
	"strings"
	"time"

	"tablestep/tables/column"
	"tablestep/tables/notation"
	"tablestep/tables/schema"
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
	// f orders numbers, and points of time by seconds from 1970 on in UTC.
	f float64
	// text is the text; of a number it tells apart what a float64 cannot.
	text string
	kind kind
	// long says that a number has more digits than a float64 holds for sure.
	long bool
	// day says that only the day of a date was given, and zoned that a zone was.
	day, zoned bool
}

// scalars are a value as each kind that it can be.
type scalars struct {
	number, date     scalar
	isNumber, isDate bool
	packed           bool // number is the date as YYYYMMDD
}

// reading is how the values of leads are read.
type reading struct {
	values schema.Notation
	zone   *time.Location
	packed bool // every cell is a day as 20240331, and a number where the value is one
}

func (p *Part) reading() reading { return reading{p.Values, p.Zone, p.Notation.Packed} }

// read sets what a value is. Eight digits may be both, a number and a date.
func (r *reading) read(v *value) {
	s := &v.scalars
	s.number, s.isNumber = numberOf(r.values.NumberOf(v.raw, v.text))
	if s.isDate = false; !s.isNumber || r.values.Dates == notation.Compact {
		d, ok := r.values.DateOf(v.raw, v.text)
		s.date, s.isDate = dateOf(d.In(r.zone), ok)
	}
	if s.packed = r.packed && s.isDate && !s.isNumber; s.packed {
		s.number, s.isNumber = s.date.pack(0), true
	}
}

// scalarOf is a text of a cell as what it looks like.
func scalarOf(raw string, n *schema.Notation) scalar {
	if n.Dates == notation.Compact {
		if x, ok := dateOf(n.Date(raw)); ok {
			return x
		}
	}
	if x, ok := numberOf(n.Number(raw)); ok {
		return x
	}
	if x, ok := dateOf(n.Date(raw)); ok {
		return x
	}
	return scalar{text: column.Normalize(raw)}
}

func numberOf(n schema.Number, ok bool) (scalar, bool) {
	return scalar{kind: numberKind, f: n.Float, text: n.Text, long: n.Long}, ok
}

func dateOf(d schema.Date, ok bool) (scalar, bool) {
	return scalar{kind: dateKind, f: float64(d.Seconds) + float64(d.Nanos/1000)/1e6, day: !d.Clock, zoned: d.Zoned}, ok
}

// compare orders two scalars of one kind. Numbers are compared exactly, also
// 64-bit ids that a float64 would round.
func (a scalar) compare(b scalar) int {
	if a.kind == textKind {
		return strings.Compare(a.text, b.text)
	}
	return schema.Number{Float: a.f, Long: a.long, Text: a.text}.Compare(schema.Number{Float: b.f, Long: b.long, Text: b.text})
}

// daySeconds are those of a day.
const daySeconds = 24 * 60 * 60

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
