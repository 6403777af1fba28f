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
			(k.tests[a].witnesses()+k.tests[b].witnesses())*200)
		return k.tests[a].meets(&k.tests[b], &passing[a], &passing[b], &k.reading)
	}
	var negated []int32
	for _, entries := range k.negated {
		negated = append(negated, entries...)
	}
	pairs := int64(len(negated))*int64(len(k.tests)) <= maxPairs
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
		for text := range t.eachWitness {
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
			for _, e := range negated {
				if meets(entry, e) {
					dst = append(dst, e)
				}
				if w.meter.Stopped() {
					break
				}
			}
		}
		// A text of the other one may lie in this one's spans, or have its fragments.
		if len(t.spans) > 0 || len(t.fragments) > 0 {
			dst = k.witnessed(t, w, dst)
		}
		slices.Sort(dst[from:])
		return dst[:from+len(slices.Compact(dst[from:]))]
	}
}

// witnessed adds the tests without not() that have a text which passes another test.
func (k *conditions) witnessed(t *test, w *work, dst []int32) []int32 {
	witness := func(names *texts, owners *lists) {
		for name := range int32(names.len()) {
			if !w.meter.Spend(200) {
				return
			}
			if !t.passes(k.asValue(names.at(name))) {
				continue
			}
			for _, e := range owners.of(name) {
				if !k.tests[e].not {
					dst = append(dst, e)
				}
			}
		}
	}
	witness(&k.names.texts, &k.byName)
	if f := k.fragments; f != nil {
		for _, of := range [...]*fragmentTexts{&f.anywhere, &f.atStart, &f.atEnd} {
			witness(&of.texts, &of.owners)
		}
	}
	return dst
}

// witnesses is how many texts of a test are values that pass its items.
func (t *test) witnesses() int { return len(t.texts) + len(t.fragments) }

// eachWitness calls f with them until it says that it is enough. A fragment is one: it
// stands in itself.
func (t *test) eachWitness(f func(text string) (more bool)) {
	for _, text := range t.texts {
		if !f(text) {
			return
		}
	}
	for _, fragment := range t.fragments {
		if !f(fragment.text) {
			return
		}
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
	// With texts in order or fragments excluded, who knows which numbers are; and where
	// only values of some kinds pass, texts are told by their names.
	inOrder := len(l[textKind]) > 0 || len(t.fragments) > 0
	for _, k := range [...]kind{textKind, numberKind, dateKind} {
		l[k] = complement(k, l[k])
		if inOrder && k != textKind || t.needs&^(k.set()|textKind.set()) != 0 || k == textKind && len(t.fragments) > 0 {
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
	if t.any || o.any || t.takesNothing() && o.takesNothing() {
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

// takesNothing says that an empty value passes.
func (t *test) takesNothing() bool { return t.passes(&value{empty: true}) }

// names says that one of the texts of a test passes another.
func (t *test) names(o *test, r *reading) (does bool) {
	if t.not {
		return false
	}
	t.eachWitness(func(text string) bool {
		does = o.passes(r.asValue(text))
		return !does
	})
	return does
}
