package index

import (
	"math"
	"strings"
	"time"

	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// valids is the kernel of mode Range for a part at now: the value is a moment, and the cells
// say when a row is valid (effective dating). It has the spans of mode Range, of days and of
// times, but as moments and not as what a clock shows:
//
//	cell                                  in a zone, with clocks that are changed
//	2026-10-25                            from the first moment of the day until that of the next one
//	2026-10-25 02:30                      the first moment at which the clocks show it, or would have
//	2026-10-25T02:30:00+01:00             that moment, in any zone
//
// So moments are in order where a clock shows an hour twice, and a day is one of 23 hours or
// of 25. Ends belong to a span; an empty one is open, and a row with none is valid for ever:
// its cell means anything. Moments are told apart to a microsecond.
//
// It is a heavy kernel: mostly a row is found by the other parts, and thousands of rows may be
// valid at once.
type valids struct {
	lows, highs []float64 // of an entry: the first and the last moment, in seconds from 1970 on
	tree        tree[floatEnd]
	ranks       []uint32
}

// AnyMoment is a value of a part at now that every row holds for, whenever it is valid.
const AnyMoment = "*"

// Moment is a moment as a value of a part at now.
func Moment(at time.Time) string { return at.UTC().Format(time.RFC3339Nano) }

// validSpec is that of mode Range for a part at now. It comes behind the modes that are heavy or take long
// to look at.
func validSpec(s spec, pairs bool) spec {
	s.cost = lastCost - 1
	s.canon, s.ends = canonValid, canonValidEnds
	s.build = func(entries *texts, p Part, m *Meter) (kernel, error) { return newValids(entries, p, pairs, m) }
	return s
}

func newValids(entries *texts, p Part, pairs bool, m *Meter) (kernel, error) {
	n := entries.len()
	k := &valids{lows: make([]float64, n), highs: make([]float64, n), ranks: make([]uint32, n)}
	for e := range n {
		if !m.Spend(700) {
			return k, nil
		}
		from, to, _ := strings.Cut(entries.at(int32(e)), "\x00")
		s, err := readValid(from, to, pairs, &p.Notation)
		if err != nil {
			return nil, err
		}
		s = s.in(p.Zone)
		k.lows[e], k.highs[e], k.ranks[e] = s.low.float(-1), s.high.float(1), s.rank()
		if k.ever(int32(e)) {
			k.tree.add(floatEnd(k.lows[e]), floatEnd(k.highs[e]), int32(e))
		}
	}
	k.tree.settle(m)
	return k, nil
}

// ever says that an entry is valid at some moment: one end with a zone and one without may have
// none between them.
func (k *valids) ever(entry int32) bool { return k.lows[entry] <= k.highs[entry] }

// readValid reads when a row is valid, from one cell or from two, as clocks show it.
func readValid(from, to string, pairs bool, n *schema.Notation) (s span, err error) {
	cell := from
	if pairs {
		cell = from + ".." + to
		s, err = parseEnds(from, to, n)
	} else {
		s, err = parseRange(from, n)
	}
	if err != nil {
		return s, err
	}
	if n.Packed {
		s = s.unpack()
	}
	if s.kind != dateKind {
		return s, wrong(schema.ModeRange, cell, 0, "it says when a row is valid (field %s), so its ends are days or times; write 2026-01-31, or 2026-01-31T09:00:00Z; where 20260131 is a day, say so of the column: dates=COLUMN:yyyymmdd", schema.Now)
	}
	return s, nil
}

func canonValid(cell string, n *schema.Notation) (string, error) {
	_, err := readValid(cell, "", false, n)
	return strings.TrimSpace(cell), err
}

func canonValidEnds(from, to string, n *schema.Notation) (string, error) {
	if _, err := readValid(from, to, true, n); err != nil {
		return "", err
	}
	return strings.TrimSpace(from) + "\x00" + strings.TrimSpace(to), nil
}

// CheckValid is CheckCell for a part at now with spans in one column.
func CheckValid(cell string, n schema.Notation) error {
	if column.Blank(cell) {
		return nil
	}
	_, err := readValid(cell, "", false, &n)
	return err
}

// CheckValidEnds is CheckRange for a part at now.
func CheckValidEnds(from, to string, n schema.Notation) error {
	if column.Blank(from) && column.Blank(to) {
		return nil
	}
	_, err := readValid(from, to, true, &n)
	return err
}

// in are the moments of a span of dates in a zone.
func (s span) in(zone *time.Location) span {
	for _, end := range [...]*cut{&s.low, &s.high} {
		if end.end() == 0 && !end.at.zoned {
			end.at.f = momentOf(end.at.f, zone)
		}
	}
	return s
}

// momentOf is schema.FirstMoment for a time with parts of a second. Where the clocks leave it out,
// these do not count.
func momentOf(clock float64, zone *time.Location) float64 {
	whole := math.Floor(clock)
	at := schema.FirstMoment(int64(whole), zone)
	if _, east := time.Unix(at, 0).In(inUTC(zone)).Zone(); at+int64(east) != int64(whole) {
		return float64(at)
	}
	return float64(at) + clock - whole
}

func inUTC(zone *time.Location) *time.Location {
	if zone == nil {
		return time.UTC
	}
	return zone
}

func (k *valids) prepare(v *value, _ *work) bool {
	s := &v.scalars
	s.isNumber, s.packed, s.isDate, v.span = false, false, true, nil
	if v.raw == AnyMoment {
		s.date = scalar{kind: dateKind, f: math.NaN()}
		return true
	}
	at, err := time.Parse(time.RFC3339Nano, v.raw)
	s.isDate = err == nil
	s.date = scalar{kind: dateKind, f: momentIn(at)}
	return s.isDate
}

// momentIn is a moment in seconds from 1970 on.
func momentIn(at time.Time) float64 { return float64(at.Unix()) + float64(at.Nanosecond()/1000)/1e6 }

func (k *valids) any(v *value) bool { return math.IsNaN(v.scalars.date.f) }

func (k *valids) find(v *value, w *work, dst []found) []found {
	if k.any(v) {
		w.meter.Spend(2 * len(k.ranks))
		for e := range k.ranks {
			dst = append(dst, k.hit(int32(e)))
		}
		return dst
	}
	at := floatEnd(v.scalars.date.f)
	w.entries = findFloat(&k.tree, at, at, w.entries[:0], &w.meter)
	if n := len(w.entries); n > little/2 {
		w.meter.Spend(2 * n)
	}
	for _, e := range w.entries {
		dst = append(dst, k.hit(e))
	}
	return dst
}

func (k *valids) verify(v *value, _ *work, entry int32) (found, bool) {
	at := v.scalars.date.f
	return k.hit(entry), k.lows[entry] <= at && at <= k.highs[entry] || k.any(v)
}

func (k *valids) hit(entry int32) found { return found{entry: entry, score: 1, rank: k.ranks[entry]} }

// price is what all spans would take: nearly all may be open at a moment.
func (k *valids) price(*value, *work) int { return (spanWork + 3) * len(k.ranks) }

func (k *valids) overlaps(w *work) func(int32, []int32) []int32 {
	return func(entry int32, dst []int32) []int32 {
		if !k.ever(entry) {
			return append(dst, entry)
		}
		return k.tree.find(floatEnd(k.lows[entry]), floatEnd(k.highs[entry]), dst, spanWork, &w.meter)
	}
}

func (k *valids) bytes() int64 { return k.tree.bytes(8) + 20*int64(len(k.ranks)) }

// A Validity is when a row is valid: from a moment on, and until another one, which no longer
// belongs to it. An end that is open is the zero Time.
type Validity struct{ From, Until time.Time }

// ValidityOf reads when a row is valid from its cells, one or two, as a part at now reads them.
func ValidityOf(cells []string, n schema.Notation, wild Anything, zone *time.Location) (v Validity, err error) {
	from, to := cells[0], ""
	switch pairs := len(cells) == 2; {
	case pairs:
		var all bool
		if from, to, all = wild.Ends(from, cells[1]); all || from == "" && to == "" {
			return v, nil
		}
	case column.Blank(from) || wild.Has(from):
		return v, nil
	}
	s, err := readValid(from, to, len(cells) == 2, &n)
	if err != nil {
		return v, err
	}
	zone = inUTC(zone)
	s = s.in(zone)
	return Validity{From: s.low.moment(zone), Until: s.high.moment(zone)}, nil
}

// moment is the first moment behind a cut, the zero Time where it is open.
func (a cut) moment(zone *time.Location) time.Time {
	if a.end() != 0 {
		return time.Time{}
	}
	whole := math.Floor(a.at.f)
	at := time.Unix(int64(whole), int64(math.Round((a.at.f-whole)*1e6))*1000).In(zone)
	if a.side == behind {
		at = at.Add(time.Microsecond)
	}
	return at
}

// Common is when two rows are valid at once; ok is false where they never are.
func (v Validity) Common(o Validity) (c Validity, ok bool) {
	c = v
	if o.From.After(c.From) {
		c.From = o.From
	}
	if !o.Until.IsZero() && (c.Until.IsZero() || o.Until.Before(c.Until)) {
		c.Until = o.Until
	}
	return c, c.From.IsZero() || c.Until.IsZero() || c.From.Before(c.Until)
}

// Has says that a moment is one at which the row is valid.
func (v Validity) Has(at time.Time) bool {
	return !at.Before(v.From) && (v.Until.IsZero() || at.Before(v.Until))
}

// String is a validity for people, by the clocks of its zone: days with the last day that
// belongs to it, times to the second.
func (v Validity) String() string {
	switch {
	case v.From.IsZero() && v.Until.IsZero():
		return "for ever"
	case v.Until.IsZero():
		return "from " + ShownMoment(v.From) + " on"
	case v.From.IsZero():
		return "up to " + v.Last()
	}
	return "from " + ShownMoment(v.From) + " to " + v.Last()
}

// Last is the last day that belongs to it, or the moment at which it ends; empty where it never ends.
func (v Validity) Last() string {
	switch {
	case v.Until.IsZero():
		return ""
	case startsDay(v.Until):
		return v.Until.Add(-time.Microsecond).Format(time.DateOnly)
	}
	return ShownMoment(v.Until)
}

// ShownMoment is a moment for people, as its zone's clocks show it: a day where it is the first
// moment of one.
func ShownMoment(at time.Time) string {
	if startsDay(at) {
		return at.Format(time.DateOnly)
	}
	return at.Format(time.DateTime)
}

// startsDay says that a moment is the first one of a day of its zone.
func startsDay(at time.Time) bool {
	return at.Day() != at.Add(-time.Microsecond).Day()
}
