package index

import (
	"strings"

	"tablestep/tables/schema"
)

// ranges is the kernel of mode Range: the value lies in the span of the cell.
//
// A cell is one value, or a span in one of the forms that parseRange reads; in two
// columns, the lower and the upper end, each of which may be empty. Ends are
// numbers, dates, dates with times, or texts; quotes make anything a text.
//
// Numbers are looked for among the values that are numbers, dates among those
// that are dates, and texts among all. A day ends with its last second. A text at
// the upper end takes in all that starts with it: `A-F` has Fox in it. A value that
// is a span itself is in the spans of numbers and dates that have both its ends.
type ranges struct {
	*spans
	reading
	ranks []uint32
	days  []uint32 // ranks of packed cells as spans of days, where a date is held against them
}

func newRange(entries *texts, p Part, m *Meter) (kernel, error) {
	k := &ranges{reading: p.reading(), ranks: make([]uint32, entries.len())}
	all := make([]span, entries.len())
	for e := range all {
		if !m.Spend(500) {
			return k, nil
		}
		var err error
		if cell := entries.at(int32(e)); p.To != nil {
			from, to, _ := strings.Cut(cell, "\x00")
			all[e], err = parseEnds(from, to, &p.Notation)
		} else {
			all[e], err = parseRange(cell, &p.Notation)
		}
		if err != nil {
			return nil, err
		}
		k.ranks[e] = all[e].rank()
		if k.packed {
			k.days = append(k.days, all[e].unpack().rank())
		}
	}
	k.spans = newSpans(all, m)
	return k, nil
}

func canonRange(cell string, n *schema.Notation) (string, error) {
	_, err := parseRange(cell, n)
	return strings.TrimSpace(cell), err
}

func canonEnds(from, to string, n *schema.Notation) (string, error) {
	if _, err := parseEnds(from, to, n); err != nil {
		return "", err
	}
	return strings.TrimSpace(from) + "\x00" + strings.TrimSpace(to), nil
}

func (k *ranges) prepare(v *value, _ *work) bool {
	k.read(v)
	if v.span = nil; !v.scalars.isNumber && !v.scalars.isDate {
		v.span, v.packedSpan = k.spanOf(v.raw), false
		if k.packed && v.span != nil && v.span.kind == dateKind {
			*v.span, v.packedSpan = v.span.pack(), true
		}
	}
	return true
}

func (k *ranges) find(v *value, w *work, dst []found) []found {
	w.entries = k.spans.find(v, w.entries[:0], &w.meter)
	if v.span != nil {
		w.entries = k.around(*v.span, w.entries, &w.meter)
	}
	if n := len(w.entries); n > little/2 {
		w.meter.Spend(2 * n)
	}
	for _, e := range w.entries {
		dst = append(dst, k.hit(v, e))
	}
	return dst
}

func (k *ranges) verify(v *value, w *work, entry int32) (found, bool) {
	if work := k.all[entry].work(v); work > little {
		w.meter.Spend(work)
	}
	if !k.holds(v, entry) && (v.span == nil || !k.all[entry].around(*v.span)) {
		return found{}, false
	}
	return k.hit(v, entry), true
}

func (k *ranges) hit(v *value, entry int32) found {
	ranks := k.ranks
	if k.packed && (v.scalars.packed || v.span != nil && v.packedSpan) {
		ranks = k.days
	}
	return found{entry: entry, score: 1, rank: ranks[entry]}
}

// overlaps does not see that a number may lie in a range of texts.
func (k *ranges) overlaps(w *work) func(int32, []int32) []int32 {
	return func(entry int32, dst []int32) []int32 { return k.meeting(k.all[entry], dst, &w.meter) }
}

func (k *ranges) bytes() int64 { return k.spans.bytes() + 4*int64(len(k.ranks)+len(k.days)) }
