package index

import (
	"cmp"
	"math"
)

// spans finds those of a set of spans that hold a scalar: a tree for each kind.
type spans struct {
	all     []span
	numbers tree[floatEnd]
	dates   tree[floatEnd]
	texts   tree[cutEnd]
}

// newSpans keeps all.
func newSpans(all []span, m *Meter) *spans {
	s := &spans{all: all}
	for i, sp := range all {
		switch sp.kind {
		case numberKind:
			s.numbers.add(floatEnd(sp.low.float(-1)), floatEnd(sp.high.float(1)), int32(i))
		case dateKind:
			s.dates.add(floatEnd(sp.low.float(-1)), floatEnd(sp.high.float(1)), int32(i))
		default:
			s.texts.add(cutEnd{sp.low}, cutEnd{sp.high}, int32(i))
		}
	}
	s.numbers.settle(m)
	s.dates.settle(m)
	s.texts.settle(m)
	return s
}

// float is the outermost float64 that a cut lets in, for a lower cut (-1) or an
// upper one (1). Where a float64 is too short for the number, it lets in what
// only looks like it; holds then decides.
func (a cut) float(side float64) float64 {
	switch {
	case a.end() != 0:
		return math.Inf(a.end())
	case a.at.long:
		return a.at.f
	case side < 0 && a.side == behind:
		return math.Nextafter(a.at.f, math.Inf(1))
	case side > 0 && a.side == before:
		return math.Nextafter(a.at.f, math.Inf(-1))
	}
	return a.at.f
}

// The work of looking at a span: of numbers and dates, of texts beside their
// bytes, and of numbers that only their digits tell apart.
const (
	spanWork     = 8
	textSpanWork = 80
	longSpanWork = 3000
)

// work is what it takes to hold a value against a span.
func (s *span) work(v *value) int {
	switch {
	case s.kind == textKind:
		return textSpanWork + len(v.text)/2
	case s.kind == numberKind && v.scalars.isNumber:
		return s.workOf(v.scalars.number)
	}
	return spanWork
}

// workOf is what it takes to hold a number against a span.
func (s *span) workOf(x scalar) int {
	if long := x.long || s.low.at.long || s.high.at.long; long && (x.f == s.low.at.f || x.f == s.high.at.f) {
		return longSpanWork
	}
	return spanWork
}

// find adds the numbers of the spans that hold a value.
func (s *spans) find(v *value, dst []int32, m *Meter) []int32 {
	if x := v.scalars.number; v.scalars.isNumber && s.numbers.len() > 0 {
		from, to := floatEnd(x.f), floatEnd(x.f)
		if x.long {
			from, to = floatEnd(math.Nextafter(x.f, math.Inf(-1))), floatEnd(math.Nextafter(x.f, math.Inf(1)))
		}
		known := len(dst)
		dst = findFloat(&s.numbers, from, to, dst, m)
		dst = s.sure(x, dst, known, m)
	}
	if x := v.scalars.date; v.scalars.isDate && s.dates.len() > 0 {
		dst = findFloat(&s.dates, floatEnd(x.f), floatEnd(x.f), dst, m)
	}
	if s.texts.len() > 0 && !v.empty {
		at := cutEnd{cut{scalar{text: v.text}, on}}
		dst = s.texts.find(at, at, dst, textSpanWork+len(v.text)/2, m)
	}
	return dst
}

// sure keeps, of the spans from a place in dst on, those that hold a number
// exactly.
func (s *spans) sure(x scalar, dst []int32, from int, m *Meter) []int32 {
	kept := dst[:from]
	for _, i := range dst[from:] {
		sp := &s.all[i]
		if x.long || sp.low.at.long || sp.high.at.long {
			if !m.Spend(spanWork + sp.workOf(x)) {
				break
			}
			if !sp.holds(x) {
				continue
			}
		}
		kept = append(kept, i)
	}
	return kept
}

// holds says that a value lies in a span.
func (s *spans) holds(v *value, i int32) bool {
	switch sp := &s.all[i]; sp.kind {
	case numberKind:
		return v.scalars.isNumber && sp.holds(v.scalars.number)
	case dateKind:
		return v.scalars.isDate && sp.holds(v.scalars.date)
	default:
		return !v.empty && sp.holds(scalar{text: v.text})
	}
}

// meeting adds the numbers of the spans that share a scalar with one.
func (s *spans) meeting(sp span, dst []int32, m *Meter) []int32 {
	from := len(dst)
	switch sp.kind {
	case numberKind:
		dst = s.numbers.find(floatEnd(sp.low.float(-1)), floatEnd(sp.high.float(1)), dst, spanWork, m)
	case dateKind:
		dst = s.dates.find(floatEnd(sp.low.float(-1)), floatEnd(sp.high.float(1)), dst, spanWork, m)
	default:
		dst = s.texts.find(cutEnd{sp.low}, cutEnd{sp.high}, dst, textSpanWork+len(sp.low.at.text)/2, m)
	}
	kept := dst[:from]
	for _, i := range dst[from:] {
		long := sp.low.at.long || sp.high.at.long || s.all[i].low.at.long || s.all[i].high.at.long
		if long && !m.Spend(longSpanWork) || !m.Spend(textSpanWork) {
			break
		}
		if s.all[i].meets(sp) {
			kept = append(kept, i)
		}
	}
	return kept
}

func (s *spans) bytes() int64 {
	return int64(len(s.all))*136 + s.numbers.bytes(8) + s.dates.bytes(8) + s.texts.bytes(48)
}

// end is an end of an interval.
type end[E any] interface{ compare(E) int }

type floatEnd float64

func (a floatEnd) compare(b floatEnd) int { return cmp.Compare(a, b) }

type cutEnd struct{ cut }

func (a cutEnd) compare(b cutEnd) int { return a.cut.compare(b.cut) }

// tree holds intervals by their lower ends; above each stretch of them stands the
// highest upper end, so that a search leaves out stretches that end too early.
// The stretches are the halves, quarters and so on of the array.
type tree[E end[E]] struct {
	lows, highs []E
	tops        []E // highest upper end of the stretch with this middle
	reach       []E // highest upper end up to here
	numbers     []int32
}

func (t *tree[E]) len() int { return len(t.lows) }

// bytes takes the size of an end.
func (t *tree[E]) bytes(end int64) int64 { return int64(len(t.lows)) * (4*end + 4) }

// add adds an interval with both ends in it.
func (t *tree[E]) add(low, high E, number int32) {
	t.lows, t.highs, t.numbers = append(t.lows, low), append(t.highs, high), append(t.numbers, number)
}

// settle makes the tree of what was added.
func (t *tree[E]) settle(m *Meter) {
	order := make([]int, len(t.lows))
	for i := range order {
		order[i] = i
	}
	sortBy(m, order, func(a, b int) int { return cmp.Or(t.lows[a].compare(t.lows[b]), cmp.Compare(a, b)) })
	if m.Stopped() {
		return
	}
	lows, highs, numbers := make([]E, len(order)), make([]E, len(order)), make([]int32, len(order))
	for to, from := range order {
		lows[to], highs[to], numbers[to] = t.lows[from], t.highs[from], t.numbers[from]
	}
	t.lows, t.highs, t.numbers, t.tops = lows, highs, numbers, make([]E, len(order))
	if len(order) > 0 {
		t.top(0, len(order))
	}
	for i, high := range t.highs {
		if i > 0 && t.reach[i-1].compare(high) > 0 {
			high = t.reach[i-1]
		}
		t.reach = append(t.reach, high)
	}
}

func (t *tree[E]) top(from, to int) E {
	mid := int(uint(from+to) / 2)
	top := t.highs[mid]
	if from < mid {
		if e := t.top(from, mid); e.compare(top) > 0 {
			top = e
		}
	}
	if mid+1 < to {
		if e := t.top(mid+1, to); e.compare(top) > 0 {
			top = e
		}
	}
	t.tops[mid] = top
	return top
}

// find adds the numbers of the intervals that meet the one given. Looking at an
// interval takes so much work.
func (t *tree[E]) find(low, high E, dst []int32, work int, m *Meter) []int32 {
	return t.within(0, len(t.lows), low, high, dst, work, m)
}

// findFloat is find for numbers. Mostly few intervals lie over each other: from
// the last one that begins early enough it goes back as long as one may still
// reach the place; where that is a long way, the tree does it all. With a table of
// 100,000 disjoint ranges that takes half the time.
func findFloat(t *tree[floatEnd], low, high floatEnd, dst []int32, m *Meter) []int32 {
	from, to := 0, len(t.lows)
	for from < to {
		if mid := int(uint(from+to) / 2); t.lows[mid] <= high {
			from = mid + 1
		} else {
			to = mid
		}
	}
	known := len(dst)
	for at := from - 1; at >= 0 && t.reach[at] >= low; at-- {
		if from-at > 16 {
			return t.find(low, high, dst[:known], spanWork, m)
		}
		if t.highs[at] >= low {
			dst = append(dst, t.numbers[at])
		}
	}
	return dst
}

func (t *tree[E]) within(from, to int, low, high E, dst []int32, work int, m *Meter) []int32 {
	for from < to && m.Spend(work) {
		mid := int(uint(from+to) / 2)
		if t.tops[mid].compare(low) < 0 {
			return dst
		}
		if t.lows[mid].compare(high) > 0 {
			to = mid
			continue
		}
		if from < mid {
			dst = t.within(from, mid, low, high, dst, work, m)
		}
		if t.highs[mid].compare(low) >= 0 {
			dst = append(dst, t.numbers[mid])
		}
		from = mid + 1
	}
	return dst
}
