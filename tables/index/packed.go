package index

import (
	"math"
	"strconv"
	"time"
)

// A column whose cells are all days as 20240331 may hold numbers or days: nobody has said
// so (schema.Notation.Packed). Its cells are read as numbers. A number is held against them
// as it is, and a date as the number that its day is when it is written like the cells: the
// order of both is the same, as all cells are whole days.

// pack is the day of a point of time as a number: 20240331. One that is the first moment
// of its day belongs to the day before where less than zero is added to it.
func (a scalar) pack(add float64) scalar {
	seconds := math.Floor(a.f)
	if add < 0 && seconds == a.f {
		seconds--
	}
	at := time.Unix(int64(seconds), 0).UTC()
	year, month, day := at.Date()
	n := float64(year*10_000 + int(month)*100 + day)
	return scalar{kind: numberKind, f: n, text: strconv.FormatFloat(n, 'f', -1, 64)}
}

// pack is a span of dates as one of such numbers: it begins with the day of its first
// moment and ends with the day of its last one.
func (s span) pack() span {
	s.kind = numberKind
	if s.low.end() == 0 {
		s.low = cut{s.low.at.pack(0), before}
	}
	if s.high.end() == 0 {
		add := 0.0
		if s.high.side == before {
			add = -1
		}
		s.high = cut{s.high.at.pack(add), behind}
	}
	return s
}

// unpack is a span of such numbers as one of days. A span that is none is left as it is.
func (s span) unpack() span {
	if s.kind != numberKind {
		return s
	}
	for _, end := range [...]*cut{&s.low, &s.high} {
		if end.end() != 0 {
			continue
		}
		n := int(end.at.f)
		day := scalar{kind: dateKind, f: float64(time.Date(n/10_000, time.Month(n/100%100), n%100, 0, 0, 0, 0, time.UTC).Unix()), day: true}
		switch {
		case end == &s.low:
			*end = lowest(day, end.side == before)
		default:
			*end = highest(day, end.side == behind)
		}
	}
	s.kind = dateKind
	return s
}
