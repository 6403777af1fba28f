package index

import (
	"slices"

	"tablestep/tables/column"
)

// maxPairs bounds the work of holding tests with not() against all others.
const maxPairs = 1 << 26

// overlaps finds the tests that share a value with one. What it finds is so; what
// it does not see is that a number may stand among texts in order, and, where
// there are more than maxPairs to hold against each other, tests with not().
func (k *conditions) overlaps(w *work) func(int32, []int32) []int32 {
	passing := make([]lines, len(k.tests))
	for e := range k.tests {
		passing[e] = k.tests[e].lines()
	}
	meets := func(a, b int32) bool {
		w.meter.Spend(50 + len(k.tests[a].spans)*len(k.tests[b].spans)*textSpanWork +
			(len(k.tests[a].texts)+len(k.tests[b].texts))*200)
		return k.tests[a].meets(&k.tests[b], &passing[a], &passing[b], &k.reading)
	}
	pairs := int64(len(k.negated))*int64(len(k.tests)) <= maxPairs
	return func(entry int32, dst []int32) []int32 {
		from := len(dst)
		t := &k.tests[entry]
		switch {
		case t.any:
			for e := range int32(len(k.tests)) {
				dst = append(dst, e)
			}
			return dst
		case t.not && pairs:
			for e := range int32(len(k.tests)) {
				if e == entry || meets(entry, e) {
					dst = append(dst, e)
				}
				if w.meter.Stopped() {
					break
				}
			}
			return dst
		}
		dst = append(dst, entry)
		if k.any != none {
			dst = append(dst, k.any)
		}
		if t.null {
			for _, e := range k.nulls {
				if !k.tests[e].not {
					dst = append(dst, e)
				}
			}
		}
		for _, text := range t.texts {
			v := k.asValue(text)
			for _, f := range k.find(v, w, nil) {
				dst = append(dst, f.entry)
			}
		}
		for _, s := range t.spans {
			for _, other := range k.spans.meeting(s, nil, &w.meter) {
				if e := k.owners[other]; !k.tests[e].not {
					dst = append(dst, e)
				}
			}
		}
		if pairs {
			for _, e := range k.negated {
				if meets(entry, e) {
					dst = append(dst, e)
				}
				if w.meter.Stopped() {
					break
				}
			}
		}
		// A text in the other's list may look like a number of this one's spans.
		for name := range int32(k.names.len()) {
			if len(t.spans) == 0 || !w.meter.Spend(200) {
				break
			}
			if v := k.asValue(k.names.at(name)); t.passes(v) {
				for _, e := range k.byName.of(name) {
					if !k.tests[e].not {
						dst = append(dst, e)
					}
				}
			}
		}
		slices.Sort(dst[from:])
		return dst[:from+len(slices.Compact(dst[from:]))]
	}
}

// asValue is a text of a test as a value that a lead may have.
func (r *reading) asValue(text string) *value {
	v := new(value)
	v.set(text, column.Normalize(text))
	r.read(v)
	return v
}

// lines are the numbers, dates and texts that pass a test, single texts left out.
type lines [3][]span

func (t *test) lines() lines {
	var l lines
	for _, s := range t.spans {
		l[s.kind] = append(l[s.kind], s)
	}
	if !t.not {
		return l
	}
	// With texts in order excluded, who knows which numbers are.
	inOrder := len(l[textKind]) > 0
	for _, k := range [...]kind{textKind, numberKind, dateKind} {
		l[k] = complement(k, l[k])
		if inOrder && k != textKind {
			l[k] = nil
		}
	}
	return l
}

// complement is what spans of a kind leave.
func complement(k kind, spans []span) []span {
	spans = slices.Clone(spans)
	slices.SortFunc(spans, func(a, b span) int { return a.low.compare(b.low) })
	var rest []span
	from := cut{side: beforeAll}
	for _, s := range spans {
		if gap := (span{k, from, s.low}); !gap.empty() {
			rest = append(rest, gap)
		}
		if s.high.compare(from) > 0 {
			from = s.high
		}
	}
	if gap := (span{k, from, cut{side: behindAll}}); !gap.empty() {
		rest = append(rest, gap)
	}
	return rest
}

// meets says that some value passes both tests.
func (t *test) meets(o *test, a, b *lines, r *reading) bool {
	if t.any || o.any || t.null != t.not && o.null != o.not {
		return true
	}
	for kind := range a {
		for _, s := range a[kind] {
			if slices.ContainsFunc(b[kind], s.meets) {
				return true
			}
		}
	}
	return t.names(o, r) || o.names(t, r)
}

// names says that one of the texts of a test passes another.
func (t *test) names(o *test, r *reading) bool {
	if t.not {
		return false
	}
	return slices.ContainsFunc(t.texts, func(text string) bool { return o.passes(r.asValue(text)) })
}
