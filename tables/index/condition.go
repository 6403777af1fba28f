package index

import (
	"slices"
	"strings"

	"tablestep/tables/schema"
)

// conditions is the kernel of mode Condition. Texts that items name are found in
// a dictionary, comparisons and intervals in trees, fragments of texts by an automaton,
// so that a value costs the tests that it passes, and those with not() that it fails.
//
// Numbers are compared with values that are numbers, dates with those that are
// dates, texts with the normal form of any value; true and false are texts. An
// empty value passes `-`, null, "" and a not() of other values, as null does in
// DMN. There, a comparison with a value that is empty or of another kind is null and
// not false, and so is not() of it: neither is hit. The rank is 0 for `-` and 1 for
// any other test.
type conditions struct {
	reading
	tests     []test
	any       int32             // the entry of `-`, or none
	nulls     []int32           // entries with null among their items, not() of it as well
	negated   [allKinds][]int32 // entries with not(), ascending, by the kinds that they need
	names     *dictionary
	byName    lists // entries with a text among their items
	spans     *spans
	owners    []int32 // entry of a span
	fragments *fragments
	reads     bool // some tests ask for numbers or dates
	held      int64
}

// allKinds is how many sets of kinds there are.
const allKinds = 1 << (dateKind + 1)

func canonCondition(cell string, n *schema.Notation) (string, error) {
	t, err := parseCondition(cell, n)
	if t.any && err == nil {
		return "-", nil
	}
	return strings.TrimSpace(cell), err
}

func newCondition(entries *texts, p Part, m *Meter) (kernel, error) {
	k := &conditions{reading: p.reading(), tests: make([]test, entries.len()), any: none}
	names := newIntern()
	var named []pair
	var all []span
	fragments := newFragments()
	for e := range k.tests {
		if !m.Spend(1000 + 10*len(entries.at(int32(e)))) {
			return k, nil
		}
		t, err := parseCondition(entries.at(int32(e)), &p.Notation)
		if err != nil {
			return nil, err
		}
		k.tests[e] = t
		if t.any {
			k.any = int32(e)
		}
		if t.null {
			k.nulls = append(k.nulls, int32(e))
		}
		if t.not {
			k.negated[t.needs] = append(k.negated[t.needs], int32(e))
		}
		for _, text := range t.texts {
			number, err := names.number(text)
			if err != nil {
				return nil, err
			}
			named = append(named, pair{number, int32(e)})
			k.held += int64(len(text)) + 16
		}
		for _, s := range t.spans {
			all = append(all, s)
			k.owners = append(k.owners, int32(e))
			k.reads = k.reads || s.kind != textKind
		}
		for _, p := range t.fragments {
			if err := fragments.add(p, int32(e)); err != nil {
				return nil, err
			}
			k.held += int64(len(p.text)) + 32
		}
		k.held += 112 + 200*int64(len(t.spans))
	}
	k.names = names.dictionary()
	k.byName = newLists(k.names.len(), named)
	k.spans = newSpans(all, m)
	var err error
	k.fragments, err = fragments.settle(m)
	return k, err
}

func (k *conditions) prepare(v *value, _ *work) bool {
	// Most columns of a decision table name texts, and values are not read for them.
	if k.reads {
		k.read(v)
	}
	return true
}

func (k *conditions) find(v *value, w *work, dst []found) []found {
	if k.any != none {
		dst = append(dst, k.hit(k.any))
	}
	w.entries = k.named(v, w, w.entries[:0])
	for _, e := range w.entries {
		if !k.tests[e].not {
			dst = append(dst, k.hit(e))
		}
	}
	has := v.kinds()
	for needs := range kinds(allKinds) {
		left := k.negated[needs]
		if len(left) == 0 || needs&^has != 0 {
			continue
		}
		if work := itemWork * len(left); work > little && !w.meter.Spend(work) {
			return dst
		}
		named := w.entries
		for _, e := range left {
			for len(named) > 0 && named[0] < e {
				named = named[1:]
			}
			if len(named) == 0 || named[0] != e {
				dst = append(dst, k.hit(e))
			}
		}
	}
	return dst
}

// kinds are those that a value has; a number is a text as well, and nothing is none.
func (v *value) kinds() (has kinds) {
	if v.empty {
		return 0
	}
	has = textKind.set()
	if v.scalars.isNumber {
		has |= numberKind.set()
	}
	if v.scalars.isDate {
		has |= dateKind.set()
	}
	return has
}

// itemWork is what an item of a test, or a test that a value passes, takes.
const itemWork = 4

// named adds the entries, ascending, of which an item holds for a value, whether
// in a not() or not.
func (k *conditions) named(v *value, w *work, dst []int32) []int32 {
	if v.empty {
		return append(dst, k.nulls...)
	}
	from := len(dst)
	if name := k.names.find(v.text); name != none {
		dst = append(dst, k.byName.of(name)...)
	}
	w.more = k.spans.find(v, w.more[:0], &w.meter)
	for _, s := range w.more {
		dst = append(dst, k.owners[s])
	}
	if k.fragments != nil {
		dst = k.fragments.find(v.text, w, dst)
	}
	if n := len(dst) - from; n > little/(2*itemWork) {
		w.meter.Spend(2 * itemWork * n)
	}
	sortNumbers(&w.meter, dst[from:])
	return dst[:from+len(slices.Compact(dst[from:]))]
}

func (k *conditions) verify(v *value, w *work, entry int32) (found, bool) {
	if t := &k.tests[entry]; len(t.texts)+len(t.spans) > 4 || len(t.fragments) > 0 {
		w.meter.Spend(k.tests[entry].work(v))
	}
	if !k.tests[entry].passes(v) {
		return found{}, false
	}
	return k.hit(entry), true
}

// work is what it takes to hold a value against a test.
func (t *test) work(v *value) int {
	work := itemWork * (1 + len(t.texts))
	for i := range t.spans {
		work += t.spans[i].work(v)
	}
	return work + len(t.fragments)*(itemWork+len(v.text))
}

// passes says that a value passes a test.
func (t *test) passes(v *value) bool {
	if t.any {
		return true
	}
	if t.item(v) {
		return !t.not
	}
	return t.not && t.needs&^v.kinds() == 0
}

// item says that one of the items holds.
func (t *test) item(v *value) bool {
	if v.empty {
		return t.null
	}
	if slices.Contains(t.texts, v.text) {
		return true
	}
	for i := range t.spans {
		switch s := &t.spans[i]; {
		case s.kind == numberKind && v.scalars.isNumber && s.holds(v.scalars.number),
			s.kind == dateKind && v.scalars.isDate && s.holds(v.scalars.date),
			s.kind == textKind && s.holds(scalar{text: v.text}):
			return true
		}
	}
	return slices.ContainsFunc(t.fragments, func(p fragment) bool { return p.standsIn(v.text) })
}

func (k *conditions) hit(entry int32) found {
	f := found{entry: entry, score: 1, rank: 1}
	if entry == k.any {
		f.rank = 0
	}
	return f
}

func (k *conditions) bytes() int64 {
	n := k.held + k.names.bytes() + k.byName.bytes() + k.spans.bytes() + 4*int64(len(k.nulls)+len(k.owners))
	for _, entries := range k.negated {
		n += 4 * int64(len(entries))
	}
	if k.fragments != nil {
		n += k.fragments.bytes()
	}
	return n
}
