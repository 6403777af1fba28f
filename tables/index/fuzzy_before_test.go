package index

import (
	"cmp"
	"math/bits"
	"slices"
	"unicode/utf8"
)

// fuzzyBefore is the kernel of mode Fuzzy as it was until signatures came: lists of pairs of
// neighbours, and then a matrix for each entry that shares enough pairs. It is kept so that
// the kernel of today can be measured beside it in the same run, and held against it. Its
// entries keep their numbers. It is for one goroutine.
type fuzzyBefore struct {
	entries   *texts
	threshold float64
	order     []int32  // entries by length
	lengths   []uint16 // in characters, in that order
	firsts    []int32  // of a length: the first place in order; one more than there are lengths
	slots     []pairSlot
	places    []int32 // the lists

	value  []rune
	other  []rune
	masked bool // the masks are those of the value
	masks  masksBefore
	matrix matrixBefore
	lists  []pairList
	counts []uint8
	met    []int32
}

// pairSlot is where the list of a pair is.
type pairSlot struct {
	key      uint64
	from, to uint32 // to 0 is free
}

// pairList is the list of one pair of a value.
type pairList struct{ places []int32 }

func newFuzzyBefore(entries *texts, threshold float64, m *Meter) *fuzzyBefore {
	k := &fuzzyBefore{entries: entries, threshold: threshold, order: make([]int32, entries.len()), lengths: make([]uint16, entries.len())}
	size := make([]uint16, entries.len())
	longest := 0
	for e := range k.order {
		k.order[e] = int32(e)
		size[e] = uint16(utf8.RuneCountInString(entries.at(int32(e))))
		longest = max(longest, int(size[e]))
	}
	sortBy(m, k.order, func(a, b int32) int { return cmp.Or(cmp.Compare(size[a], size[b]), cmp.Compare(a, b)) })
	if m.Stopped() {
		return nil
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
	return k
}

// list makes the lists: it numbers the pairs, counts them, and deals the entries
// out.
func (k *fuzzyBefore) list(m *Meter) {
	grams := newPairNumbers()
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
		keys = pairKeys(runes, keys[:0])
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
	k.slots = make([]pairSlot, len(counts)+len(counts)/2+2)
	k.places = make([]int32, len(numbers))
	next := make([]uint32, len(counts))
	from := uint32(0)
	for number, key := range grams.keys {
		k.slots[k.slot(key)] = pairSlot{key, from, from + counts[number]}
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

// pairNumbers gives pairs numbers in the order of their first coming.
type pairNumbers struct {
	keys  []uint64
	slots []int32 // number+1; 0 is free
}

func newPairNumbers() *pairNumbers { return &pairNumbers{slots: make([]int32, 1<<10)} }

// of is the number of a pair, a new one if need be.
func (g *pairNumbers) of(key uint64) int {
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

func (g *pairNumbers) slot(key uint64) int {
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
func (k *fuzzyBefore) slot(key uint64) int {
	hi, _ := bits.Mul64(key, uint64(len(k.slots)))
	slot := int(hi)
	for k.slots[slot].to != 0 && k.slots[slot].key != key {
		if slot++; slot == len(k.slots) {
			slot = 0
		}
	}
	return slot
}

// pairKeys adds a key for each pair of neighbours; the second "an" of "banana" is
// another pair than the first.
func pairKeys(runes []rune, dst []uint64) []uint64 {
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
func (k *fuzzyBefore) errors(longer int) int {
	return int((1-k.threshold)*float64(longer) + 1e-9*float64(longer))
}

// reach is the stretch of order with the lengths that a value of n characters can
// match, and how many pairs an entry shares at least.
func (k *fuzzyBefore) reach(n int) (from, to int32, shared int) {
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

// find adds the entries that match a value in normal form.
func (k *fuzzyBefore) find(value string, m *Meter, dst []found) []found {
	k.value, k.masked = appendRunes(k.value[:0], value), false
	from, to, shared := k.reach(len(k.value))
	if from == to {
		return dst
	}
	if shared < 1 {
		for place := from; place < to; place++ {
			if f, ok := k.verify(m, k.order[place]); ok {
				dst = append(dst, f)
			}
			if m.Stopped() {
				break
			}
		}
		return dst
	}
	m.Spend(120*(len(k.value)+1) + int(to-from)/16)
	k.lists = k.pairLists(k.value, from, to, k.lists[:0])
	k.counts = resize(k.counts, int(to-from))
	clear(k.counts)
	// A text that shares so many pairs has one of the rarer lists, whichever
	// others it has; the commoner ones only count for those found there.
	k.met = k.met[:0]
	grams := len(k.value) + 1
	for i, g := range k.lists {
		if !m.Spend(2 * len(g.places)) {
			return dst
		}
		missing := grams - len(k.lists) + i // lists that an entry first met here is not in
		fresh := grams-missing >= shared
		for _, place := range g.places {
			switch c := &k.counts[place-from]; {
			case *c > 0:
				if *c < 255 {
					*c++
				}
			case fresh:
				*c = 1
				k.met = append(k.met, place)
			}
		}
	}
	n := len(k.value)
	m.Spend(2 * len(k.met))
	for _, place := range k.met {
		longer := max(n, int(k.lengths[place]))
		if int(k.counts[place-from]) < min(longer+1-3*k.errors(longer), 255) {
			continue
		}
		if f, ok := k.verify(m, k.order[place]); ok {
			dst = append(dst, f)
		}
		if m.Stopped() {
			break
		}
	}
	return dst
}

// pairLists are the lists of a value's pairs within a stretch of places, short
// ones first. Pairs that no entry has are left out.
func (k *fuzzyBefore) pairLists(runes []rune, from, to int32, dst []pairList) []pairList {
	var room [64]uint64
	for _, key := range pairKeys(runes, room[:0]) {
		s := k.slots[k.slot(key)]
		if s.to == 0 {
			continue
		}
		places := k.places[s.from:s.to]
		a, _ := slices.BinarySearch(places, from)
		b, _ := slices.BinarySearch(places, to)
		if a < b {
			dst = append(dst, pairList{places[a:b]})
		}
	}
	slices.SortFunc(dst, func(a, b pairList) int { return len(a.places) - len(b.places) })
	return dst
}

func (k *fuzzyBefore) verify(m *Meter, entry int32) (found, bool) {
	text := k.entries.at(entry)
	longer := max(len(k.value), utf8.RuneCountInString(text))
	limit := k.errors(longer)
	if !k.masked {
		k.masked = true
		k.masks.length = 0
		k.masks.set(k.value)
	}
	if k.masks.length > 0 {
		m.Spend(40 + 5*len(text))
		d := k.masks.restricted(text)
		if 2*d > 3*limit {
			return found{}, false
		}
		if d <= 2 { // From 3 on there may be a shorter way.
			return k.hit(entry, d, longer), d <= limit
		}
	}
	k.other = appendRunes(k.other[:0], text)
	d, ok := k.matrix.distance(k.value, k.other, limit)
	m.Spend(20 + len(text))
	if !ok {
		return found{}, false
	}
	return k.hit(entry, d, longer), true
}

func (k *fuzzyBefore) hit(entry int32, errors, longer int) found {
	score := similarityBefore(errors, longer)
	return found{entry: entry, score: float32(score), rank: uint32(score * (1<<24 - 1))}
}

func (k *fuzzyBefore) bytes() int64 {
	return 4*int64(len(k.order)) + 2*int64(len(k.lengths)) + 4*int64(len(k.firsts)) + 16*int64(len(k.slots)) + 4*int64(len(k.places))
}

// matrixBefore is the distance of Damerau and Levenshtein by its matrix, of which only the
// cells within the limit are worked out.
type matrixBefore struct {
	rows []uint16
	last []int32 // of a character of b: the row where a had it last
}

func (d *matrixBefore) distance(a, b []rune, limit int) (distance int, ok bool) {
	if len(a)-len(b) > limit || len(b)-len(a) > limit || limit < 0 {
		return 0, false
	}
	const far = 1 << 14
	width := len(b) + 1
	d.rows = resize(d.rows, (len(a)+1)*width)
	d.last = resize(d.last, width)
	clear(d.last)
	for j := range min(len(b), limit) + 1 {
		d.rows[j] = uint16(j)
	}
	if limit+1 < width {
		d.rows[limit+1] = far
	}
	for i := 1; i <= len(a); i++ {
		row, above := d.rows[i*width:(i+1)*width], d.rows[(i-1)*width:i*width]
		from, to := max(1, i-limit), min(len(b), i+limit)
		row[from-1] = far
		if from == 1 && i <= limit {
			row[0] = uint16(i)
		}
		least := row[from-1]
		column := 0 // where b had a[i-1] last in this row
		for j := from; j <= to; j++ {
			best := above[j-1]
			same := a[i-1] == b[j-1]
			if !same {
				best++
			}
			best = min(best, row[j-1]+1)
			if j < i+limit {
				best = min(best, above[j]+1)
			}
			// k and l are where the two characters stand the other way round; that
			// place is worked out, for k < i and l < j, and k is as near to j, and l
			// to i, as the limit allows.
			if k, l := int(d.last[j]), column; k > 0 && l > 0 {
				best = min(best, d.rows[(k-1)*width+l-1]+uint16(i-k-1+1+j-l-1))
			}
			row[j] = best
			least = min(least, best)
			if same {
				d.last[j] = int32(i)
				column = j
			}
		}
		if to < len(b) {
			row[to+1] = far
		}
		if int(least) > limit {
			return 0, false
		}
	}
	distance = int(d.rows[len(a)*width+len(b)])
	return distance, distance <= limit
}

// masksBefore are the places of each character in one text of at most 64 characters, with
// which its errors are counted faster. It is working memory, for one goroutine.
type masksBefore struct {
	ascii [128]uint64
	used  []rune // of ascii
	other []maskBefore
	last  uint64 // the place of the last character

	length int // of the text
}

type maskBefore struct {
	r      rune
	places uint64
}

// set works out the places in a text; false says that it is empty or too long for it.
func (m *masksBefore) set(runes []rune) bool {
	if len(runes) == 0 || len(runes) > 64 {
		return false
	}
	for _, r := range m.used {
		m.ascii[r] = 0
	}
	m.length, m.used, m.other = len(runes), m.used[:0], m.other[:0]
	for i, r := range runes {
		if m.last = 1 << i; r < 128 {
			m.ascii[r] |= m.last
			m.used = append(m.used, r)
			continue
		}
		at := 0
		for at < len(m.other) && m.other[at].r != r {
			at++
		}
		if at == len(m.other) {
			m.other = append(m.other, maskBefore{r: r})
		}
		m.other[at].places |= m.last
	}
	return true
}

func (m *masksBefore) places(r rune) uint64 {
	if r < 128 {
		return m.ascii[r]
	}
	for _, o := range m.other {
		if o.r == r {
			return o.places
		}
	}
	return 0
}

// restricted is the number of errors if no place is edited twice.
func (m *masksBefore) restricted(text string) int {
	vp, vn, d0, before := ^uint64(0), uint64(0), uint64(0), uint64(0)
	score := m.length
	for _, r := range text {
		places := m.places(r)
		swapped := (^d0 & places) << 1 & before
		d0 = ((places&vp + vp) ^ vp) | places | vn | swapped
		hp, hn := vn|^(d0|vp), d0&vp
		if hp&m.last != 0 {
			score++
		}
		if hn&m.last != 0 {
			score--
		}
		hp = hp<<1 | 1
		hn <<= 1
		vp, vn = hn|^(d0|hp), hp&d0
		before = places
	}
	return score
}

func similarityBefore(errors, longer int) float64 {
	if longer == 0 {
		return 1
	}
	return 1 - float64(errors)/float64(longer)
}
