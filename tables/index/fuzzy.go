package index

import (
	"cmp"
	"math/bits"
	"slices"
	"unicode/utf8"

	"tablestep/tables/schema"
)

// maxFuzzy is the longest text, in characters of its normal form, that mode Fuzzy
// compares: its work grows with the square of the length.
const maxFuzzy = 512

// fuzzies is the kernel of mode Fuzzy: the similarity of the normal forms, 1 -
// errors / characters of the longer one, reaches the threshold. It is the score,
// and ranks the hits.
//
// Two texts with k errors between them share all their pairs of neighbours but 3k
// at most, of as many as the longer one has characters, and one: the ends count
// as neighbours too. So the entries that share enough pairs with a value are
// counted out of lists, one for each pair; entries are numbered by length in
// them, so that the lengths that can match are a stretch of each list. Only those
// that share enough are compared. Below a threshold of about two thirds pairs no
// longer tell, and every entry of a fitting length is compared.
type fuzzies struct {
	entries   *texts
	threshold float64
	order     []int32  // entries by length
	lengths   []uint16 // in characters, in that order
	firsts    []int32  // of a length: the first place in order; one more than there are lengths
	slots     []gramSlot
	places    []int32 // the lists
}

// gramSlot is where the list of a pair is. Of two pairs with the same key the
// lists are one; entries are compared in the end.
type gramSlot struct {
	key      uint64
	from, to uint32 // to 0 is free
}

// gramList is the list of one pair of a value.
type gramList struct{ places []int32 }

func canonFuzzy(cell string, n *schema.Notation) (string, error) {
	text, err := normalForm(cell, n)
	if n := utf8.RuneCountInString(text); n > maxFuzzy {
		return "", wrong(schema.ModeFuzzy, cell, len(cell), "it has %d characters; mode fuzzy compares up to %d", n, maxFuzzy)
	}
	return text, err
}

func newFuzzy(entries *texts, p Part, m *Meter) (kernel, error) {
	k := &fuzzies{entries: entries, threshold: p.Threshold, order: make([]int32, entries.len()), lengths: make([]uint16, entries.len())}
	if k.threshold == 0 {
		k.threshold = schema.DefaultThreshold
	}
	size := make([]uint16, entries.len())
	longest := 0
	for e := range k.order {
		k.order[e] = int32(e)
		size[e] = uint16(utf8.RuneCountInString(entries.at(int32(e))))
		longest = max(longest, int(size[e]))
	}
	sortBy(m, k.order, func(a, b int32) int { return cmp.Or(cmp.Compare(size[a], size[b]), cmp.Compare(a, b)) })
	if m.Stopped() {
		return nil, nil
	}
	k.firsts = make([]int32, longest+2)
	for place, e := range k.order {
		k.lengths[place] = size[e]
		k.firsts[size[e]+1]++
	}
	for n := range longest + 1 {
		k.firsts[n+1] += k.firsts[n]
	}
	k.list(m)
	return k, nil
}

// list makes the lists: it numbers the pairs, counts them, and deals the entries
// out.
func (k *fuzzies) list(m *Meter) {
	grams := newGramNumbers()
	var counts []uint32 // of a pair
	var numbers []int32 // of all pairs of all entries
	var ends []int      // in numbers, by place
	var runes []rune
	var keys []uint64
	for _, e := range k.order {
		runes = appendRunes(runes[:0], k.entries.at(e))
		if !m.Spend(30 * (len(runes) + 1)) {
			return
		}
		keys = gramKeys(runes, keys[:0])
		for _, key := range keys {
			number := grams.of(key)
			if number == len(counts) {
				counts = append(counts, 0)
			}
			counts[number]++
			numbers = append(numbers, int32(number))
		}
		ends = append(ends, len(numbers))
	}
	k.slots = make([]gramSlot, len(counts)+len(counts)/2+2)
	k.places = make([]int32, len(numbers))
	next := make([]uint32, len(counts))
	from := uint32(0)
	for number, key := range grams.keys {
		k.slots[k.slot(key)] = gramSlot{key, from, from + counts[number]}
		next[number] = from
		from += counts[number]
	}
	at := 0
	for place, end := range ends {
		if !m.Spend(10 * (end - at)) {
			return
		}
		for _, number := range numbers[at:end] {
			k.places[next[number]] = int32(place)
			next[number]++
		}
		at = end
	}
}

// gramNumbers gives pairs numbers in the order of their first coming.
type gramNumbers struct {
	keys  []uint64
	slots []int32 // number+1; 0 is free
}

func newGramNumbers() *gramNumbers { return &gramNumbers{slots: make([]int32, 1<<10)} }

// of is the number of a pair, a new one if need be.
func (g *gramNumbers) of(key uint64) int {
	slot := g.slot(key)
	if n := g.slots[slot]; n != 0 {
		return int(n) - 1
	}
	g.keys = append(g.keys, key)
	g.slots[slot] = int32(len(g.keys))
	if 4*len(g.keys) > 3*len(g.slots) {
		g.slots = make([]int32, 2*len(g.slots))
		for i, key := range g.keys {
			g.slots[g.slot(key)] = int32(i) + 1
		}
	}
	return len(g.keys) - 1
}

func (g *gramNumbers) slot(key uint64) int {
	hi, _ := bits.Mul64(key, uint64(len(g.slots)))
	slot := int(hi)
	for g.slots[slot] != 0 && g.keys[g.slots[slot]-1] != key {
		if slot++; slot == len(g.slots) {
			slot = 0
		}
	}
	return slot
}

// slot is where the list of a pair is, or would be.
func (k *fuzzies) slot(key uint64) int {
	hi, _ := bits.Mul64(key, uint64(len(k.slots)))
	slot := int(hi)
	for k.slots[slot].to != 0 && k.slots[slot].key != key {
		if slot++; slot == len(k.slots) {
			slot = 0
		}
	}
	return slot
}

func appendRunes(dst []rune, text string) []rune {
	for _, r := range text {
		dst = append(dst, r)
	}
	return dst
}

// gramKeys adds a key for each pair of neighbours; the second "an" of "banana" is
// another pair than the first.
func gramKeys(runes []rune, dst []uint64) []uint64 {
	from := len(dst)
	before := rune(-1)
	for i := range len(runes) + 1 {
		after := rune(-1)
		if i < len(runes) {
			after = runes[i]
		}
		dst = append(dst, uint64(uint32(before))<<32|uint64(uint32(after)))
		before = after
	}
	slices.Sort(dst[from:])
	nth, last := uint64(0), uint64(0)
	for i, gram := range dst[from:] {
		if i > 0 && gram == last {
			nth++
		} else {
			nth = 0
		}
		last = gram
		key := (gram ^ nth*0xa0761d6478bd642f) * 0x9e3779b97f4a7c15
		dst[from+i] = (key ^ key>>32) * 0xd6e8feb86659fd93
	}
	return dst
}

// errors is how many a text of so many characters may have.
func (k *fuzzies) errors(longer int) int {
	return int((1-k.threshold)*float64(longer) + 1e-9*float64(longer))
}

func (k *fuzzies) prepare(v *value, w *work) bool {
	v.runes = v.runes[:0]
	w.meter.Spend(min(len(v.text), utf8.UTFMax*maxFuzzy))
	// A text has at least a quarter as many characters as bytes.
	if len(v.text) > utf8.UTFMax*maxFuzzy {
		return false
	}
	v.runes = appendRunes(v.runes, v.text)
	return len(v.runes) <= maxFuzzy
}

// reach is the stretch of order with the lengths that a value of n characters can
// match, and how many pairs an entry shares at least.
func (k *fuzzies) reach(n int) (from, to int32, shared int) {
	longest := len(k.firsts) - 2
	shortest := n - k.errors(n)
	if shortest > longest {
		return 0, 0, 0
	}
	shared = n + 1 - 3*k.errors(n)
	m := n
	for m < longest && m+1-n <= k.errors(m+1) {
		m++
		shared = min(shared, m+1-3*k.errors(m))
	}
	return k.firsts[shortest], k.firsts[min(m, longest)+1], shared
}

func (k *fuzzies) find(v *value, w *work, dst []found) []found {
	from, to, shared := k.reach(len(v.runes))
	if from == to {
		return dst
	}
	if shared < 1 {
		for place := from; place < to; place++ {
			if f, ok := k.verify(v, w, k.order[place]); ok {
				dst = append(dst, f)
			}
			if w.meter.Stopped() {
				break
			}
		}
		return dst
	}
	w.meter.Spend(gramWork*(len(v.runes)+1) + int(to-from)/16)
	w.grams = k.gramLists(v.runes, from, to, w.grams[:0])
	w.counts = resize(w.counts, int(to-from))
	clear(w.counts)
	// A text that shares so many pairs has one of the rarer lists, whichever
	// others it has; the commoner ones only count for those found there.
	w.entries = w.entries[:0]
	grams := len(v.runes) + 1
	for i, g := range w.grams {
		if !w.meter.Spend(placeWork * len(g.places)) {
			return dst
		}
		missing := grams - len(w.grams) + i // lists that an entry first met here is not in
		fresh := grams-missing >= shared
		for _, place := range g.places {
			switch c := &w.counts[place-from]; {
			case *c > 0:
				if *c < 255 {
					*c++
				}
			case fresh:
				*c = 1
				w.entries = append(w.entries, place)
			}
		}
	}
	n := len(v.runes)
	w.meter.Spend(placeWork * len(w.entries))
	for _, place := range w.entries {
		longer := max(n, int(k.lengths[place]))
		if int(w.counts[place-from]) < min(longer+1-3*k.errors(longer), 255) {
			continue
		}
		if f, ok := k.verify(v, w, k.order[place]); ok {
			dst = append(dst, f)
		}
		if w.meter.Stopped() {
			break
		}
	}
	return dst
}

// The work of fuzzy: of a pair of the value, and of an entry in a pair's list.
const (
	gramWork  = 120
	placeWork = 2
)

// gramLists are the lists of a value's pairs within a stretch of places, short
// ones first. Pairs that no entry has are left out.
func (k *fuzzies) gramLists(runes []rune, from, to int32, dst []gramList) []gramList {
	var room [64]uint64
	for _, key := range gramKeys(runes, room[:0]) {
		s := k.slots[k.slot(key)]
		if s.to == 0 {
			continue
		}
		places := k.places[s.from:s.to]
		a, _ := slices.BinarySearch(places, from)
		b, _ := slices.BinarySearch(places, to)
		if a < b {
			dst = append(dst, gramList{places[a:b]})
		}
	}
	slices.SortFunc(dst, func(a, b gramList) int { return len(a.places) - len(b.places) })
	return dst
}

func (k *fuzzies) verify(v *value, w *work, entry int32) (found, bool) {
	text := k.entries.at(entry)
	length := utf8.RuneCountInString(text)
	longer := max(len(v.runes), length)
	if w.masksOf != v {
		w.masks.Set(v.runes)
		w.masksOf = v
	}
	d, ok := w.masks.DistanceOf(text, length, k.errors(longer))
	w.meter.Spend(w.masks.Work() + len(text))
	if !ok {
		return found{}, false
	}
	return k.hit(entry, d, longer), true
}

func (k *fuzzies) hit(entry int32, errors, longer int) found {
	score := similarity(errors, longer)
	return found{entry: entry, score: float32(score), rank: uint32(score * (1<<24 - 1))}
}

// similarity is 1 for equal texts and 0 for those that have nothing in common.
func similarity(errors, longer int) float64 {
	if longer == 0 {
		return 1
	}
	return 1 - float64(errors)/float64(longer)
}

// overlaps: how far two cells may be apart and still share a value is not worked
// out; those are reported that match each other.
func (k *fuzzies) overlaps(w *work) func(int32, []int32) []int32 {
	return func(entry int32, dst []int32) []int32 {
		v := new(value)
		v.set(k.entries.at(entry), k.entries.at(entry))
		k.prepare(v, w)
		for _, f := range k.find(v, w, nil) {
			dst = append(dst, f.entry)
		}
		return dst
	}
}

func (k *fuzzies) bytes() int64 {
	return 4*int64(len(k.order)) + 2*int64(len(k.lengths)) + 4*int64(len(k.firsts)) + 16*int64(len(k.slots)) + 4*int64(len(k.places))
}
