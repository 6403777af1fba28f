package index

import (
	"cmp"
	"math/bits"
	"slices"
	"unicode/utf8"

	"tablestep/tables/schema"
	"tablestep/tables/spelling"
)

// maxFuzzy is the longest text, in characters of its form, that mode Fuzzy compares:
// its work grows with the square of the length.
const maxFuzzy = 512

// fuzzies is the kernel of mode Fuzzy: the similarity of two texts, 1 - errors /
// characters of the longer one, reaches the threshold, and the errors are no more than
// MaxErrors. The similarity is the score, and ranks the hits.
//
// # What is stored
//
// The texts of the entries stand in one arena, by their length in characters and then so
// that similar ones are neighbours: the place of a text is its number. Of each there is a
// signature, 64 bits that tell which characters it has and how often
// (fuzzy_signature.go), and of every 32 of them what all of them have, and any. Of many
// entries there is also a list for each three characters in a row: the places of the
// texts that have them, and where they stand in the text (fuzzy_grams.go).
//
// # What is looked at
//
// How many errors a text may have depends on the longer one, so a value meets the lengths
// that it can match in runs, each with one number of errors, k. In each run
//
//	lists of k+1 threes of the value ─┐
//	or, where that is more, all ──────┴─► signature ─► errors, counted ─► hit
//
// # Why nothing is lost
//
// The errors that make one text of another are of four kinds, and none takes away more
// than one character or brings in more than one. So with k errors neither text has more
// than k characters that the other one lacks, and as each bit of a signature that
// only one of them has stands for such a character, no more than k bits either. Why one
// of k+1 threes has to be in the other text, and near which place, is said with
// (*gramLists).choose. What is left is compared by the number of errors itself.
//
// A value or cell that has two keys in a form counts by the nearest two; the second key
// of a cell has a place of its own.
type fuzzies struct {
	form      spelling.Form
	threshold float64
	most      int     // errors, whatever the threshold
	texts     texts   // by place
	firsts    []int32 // of a length: the first place; one more than there are lengths
	signs     signatures
	grams     *gramLists // nil where there are too few entries
	// Where a cell has two keys: the entry of a place, and the two places of an entry, the
	// second one none where it has one key. Else an entry has the number of its place.
	entryOf, first, second []int32
	numbers                []int32 // new numbers of the entries, until they are taken
}

// maxKey is the longest key of a text, in characters: two letters for each.
const maxKey = 2 * maxFuzzy

// The work of fuzzy: of a value to begin with, and a byte of its keys; of a byte of a text
// that a signature is made of, or that goes into lists; of four signatures that are looked
// at; of finding a stretch of a list, of a text in it, and of the signature of one, for each
// bit of how many there are beyond 16; of a
// step of choosing lists; and of a comparison beside the errors that are counted.
const (
	searchingWork = 150
	keyWork       = 10
	signWork      = 4
	listWork      = 10
	siftWork      = 5
	reachWork     = 12 // twice, for each bit of how long the list is
	postWork      = 3
	lookWork      = 10
	chooseWork    = 5
	meetWork      = 10
)

// siftRun is how many signatures are looked at in one go.
const siftRun = 1 << 11

func canonFuzzy(cell string, n *schema.Notation) (string, error) {
	text, err := normalForm(cell, n)
	if n := utf8.RuneCountInString(text); n > maxFuzzy {
		return "", wrong(schema.ModeFuzzy, cell, len(cell), "it has %d characters; mode fuzzy compares up to %d", n, maxFuzzy)
	}
	return text, err
}

func newFuzzy(entries *texts, p Part, m *Meter) (kernel, error) {
	k := &fuzzies{threshold: p.Threshold, most: p.MaxErrors, form: formOfPart(p)}
	if k.threshold == 0 {
		k.threshold = schema.DefaultThreshold
	}
	if k.most == 0 {
		k.most = maxKey
	}
	k.spell(entries)
	if !k.arrange(m) {
		return nil, nil
	}
	if k.entryOf == nil {
		*entries = k.texts
	}
	if k.texts.len() >= gramsFrom {
		k.grams = newGramLists(&k.texts, k.firsts, m)
	}
	return k, nil
}

// arrange puts the texts in their places; false says that the work stopped.
func (k *fuzzies) arrange(m *Meter) bool {
	count := k.texts.len()
	alphabet := newAlphabet(&k.texts)
	signs, lengths := make([]uint64, count), make([]uint16, count)
	longest := 0
	for i := range signs {
		text := k.texts.at(int32(i))
		if !m.Spend(signWork * (len(text) + 4)) {
			return false
		}
		sign, length := alphabet.sign(text)
		signs[i], lengths[i] = sign, uint16(length)
		longest = max(longest, length)
	}
	k.firsts = make([]int32, longest+2)
	for _, length := range lengths {
		k.firsts[length+1]++
	}
	for n := range longest + 1 {
		k.firsts[n+1] += k.firsts[n]
	}
	// The number of a text in the lower half of where it belongs among those of its length.
	order := make([]uint64, count)
	next := slices.Clone(k.firsts)
	for i, length := range lengths {
		order[next[length]] = grayOrder(signs[i])&^lower | uint64(i)
		next[length]++
	}
	for n := range longest + 1 {
		sortOrder(m, order[k.firsts[n]:k.firsts[n+1]])
		if m.Stopped() {
			return false
		}
	}
	k.signs = newSignatures(alphabet, order, signs)
	return k.settle(order, m)
}

// sortOrder sorts numbers, many of them in pieces of work, which takes twice as long.
func sortOrder(m *Meter, list []uint64) {
	const many = 1 << 16
	if len(list) > many {
		sortBy(m, list, cmp.Compare[uint64])
		return
	}
	m.Spend(4 * len(list) * bits.Len(uint(len(list))))
	slices.Sort(list)
}

// settle writes the texts in their order, and says which entry is where.
func (k *fuzzies) settle(order []uint64, m *Meter) bool {
	arena := make([]byte, 0, len(k.texts.arena))
	ends := make([]uint32, len(order))
	at := make([]int32, len(order))
	for place, o := range order {
		text := int32(o & lower)
		arena = append(arena, k.texts.at(text)...)
		ends[place] = uint32(len(arena))
		at[text] = int32(place)
		if !m.Spend(10) {
			return false
		}
	}
	k.texts = texts{arena: string(arena), ends: ends}
	if k.entryOf == nil {
		k.numbers = at
		return true
	}
	k.pair(at)
	return true
}

// renumbered gives the entries their new numbers, once: entry e is number numbers[e] now.
func (k *fuzzies) renumbered() []int32 {
	numbers := k.numbers
	k.numbers = nil
	return numbers
}

// errors is how many a text may have if the longer one of the two has so many characters.
func (k *fuzzies) errors(longer int) int {
	return min(k.most, int((1-k.threshold)*float64(longer)+1e-9*float64(longer)))
}

// prepare refuses what no text is compared with.
func (k *fuzzies) prepare(v *value, w *work) bool {
	w.meter.Spend(min(len(v.text), utf8.UTFMax*maxFuzzy))
	return k.fits(v)
}

// price is what find takes about: with lists, a third of looking at all signatures.
func (k *fuzzies) price(v *value, w *work) int {
	s := k.search(v, w)
	texts := 0
	for i := range s.keys[:s.count] {
		key := &s.keys[i]
		shortest := max(key.length-k.errors(key.length), 0)
		longest := min(k.longest(key.length), len(k.firsts)-2)
		if shortest <= longest {
			texts += int(k.firsts[longest+1] - k.firsts[shortest])
		}
	}
	if k.grams != nil {
		texts /= 3
	}
	return texts * siftWork / 4
}

func (k *fuzzies) find(v *value, w *work, dst []found) []found {
	s := k.search(v, w)
	return k.within(s, w, maxKey, dst)
}

// within adds the entries that match with so many errors at most.
func (k *fuzzies) within(s *fuzzySearch, w *work, most int, dst []found) []found {
	from := len(dst)
	for i := range s.keys[:s.count] {
		dst = k.meet(s, &s.keys[i], w, most, dst)
	}
	if s.count > 1 || k.entryOf != nil {
		dst = append(dst[:from], nearestOfEach(dst[from:], &w.meter)...)
	}
	return dst
}

// meet goes through the runs of lengths that one key of a value can match.
func (k *fuzzies) meet(s *fuzzySearch, key *fuzzyKey, w *work, most int, dst []found) []found {
	longest := len(k.firsts) - 2
	length := max(key.length-min(most, k.errors(key.length)), 0)
	for length <= longest && !w.meter.Stopped() {
		errors := min(most, k.errors(max(key.length, length)))
		if length-key.length > errors {
			break
		}
		end := length + 1
		for end <= longest && end-key.length <= errors && min(most, k.errors(max(key.length, end))) == errors {
			end++
		}
		if k.firsts[length] < k.firsts[end] {
			dst = k.run(s, key, w, stretch{length, end, errors}, dst)
		}
		length = end
	}
	return dst
}

// A stretch is some lengths, from one to before another, with which a value may have the
// same number of errors.
type stretch struct{ length, end, errors int }

// run adds the entries of a stretch that match a key.
func (k *fuzzies) run(s *fuzzySearch, key *fuzzyKey, w *work, r stretch, dst []found) []found {
	from, to := k.firsts[r.length], k.firsts[r.end]
	r.errors = s.narrowed(r.errors, max(key.length, r.end-1))
	if k.grams != nil && k.grams.choose(key, r, int(to-from), s, &w.meter) {
		w.entries = k.grams.collect(k, key, r, s, &w.meter, w.entries[:0])
		return k.compareAll(s, key, w, r, dst)
	}
	for from < to {
		next := min(to, from+siftRun)
		w.entries = k.signs.sift(key.sign, from, next, s.narrowed(r.errors, max(key.length, r.end-1)), w.entries[:0])
		if !w.meter.Spend(siftWork*int(next-from)/4 + 20) {
			return dst
		}
		dst = k.compareAll(s, key, w, r, dst)
		from = next
	}
	return dst
}

// compareAll counts the errors of the places in w.entries, which ascend.
func (k *fuzzies) compareAll(s *fuzzySearch, key *fuzzyKey, w *work, r stretch, dst []found) []found {
	length := r.length
	for _, place := range w.entries {
		for place >= k.firsts[length+1] {
			length++
		}
		f, ok := k.compare(s, key, w, place, length)
		if ok {
			dst = append(dst, f)
		}
		if w.meter.Stopped() {
			break
		}
	}
	return dst
}

// compare holds a key of a value against a text.
func (k *fuzzies) compare(s *fuzzySearch, key *fuzzyKey, w *work, place int32, length int) (found, bool) {
	longer := max(key.length, length)
	errors, ok := key.masks.DistanceOf(k.texts.at(place), length, s.narrowed(k.errors(longer), longer))
	w.meter.Spend(meetWork + key.masks.Work())
	if !ok {
		return found{}, false
	}
	s.narrow(errors, longer)
	score := similarity(errors, longer)
	entry := place
	if k.entryOf != nil {
		entry = k.entryOf[place]
	}
	return found{entry: entry, score: float32(score), rank: uint32(score * (1<<24 - 1))}, true
}

func (k *fuzzies) verify(v *value, w *work, entry int32) (found, bool) {
	s := k.search(v, w)
	first, second := k.placesOf(entry)
	best, ok := k.verifyAt(s, w, first)
	if second != none {
		if f, hit := k.verifyAt(s, w, second); hit && (!ok || f.rank > best.rank) {
			best, ok = f, true
		}
	}
	return best, ok
}

// verifyAt holds all keys of a value against a text.
func (k *fuzzies) verifyAt(s *fuzzySearch, w *work, place int32) (best found, ok bool) {
	sign := k.signs.of[place]
	for i := range s.keys[:s.count] {
		key := &s.keys[i]
		if bitsApart(key.sign, sign) > key.errors {
			continue
		}
		text := k.texts.at(place)
		f, hit := k.compare(s, key, w, place, utf8.RuneCountInString(text))
		if hit && (!ok || f.rank > best.rank) {
			best, ok = f, true
		}
	}
	return best, ok
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
		s := &w.fuzzy
		s.of = nil
		first, second := k.placesOf(entry)
		if second == none {
			s.set(k, k.texts.at(first))
		} else {
			s.set(k, k.texts.at(first), k.texts.at(second))
		}
		for _, f := range k.within(s, w, maxKey, nil) {
			dst = append(dst, f.entry)
		}
		return dst
	}
}

func (k *fuzzies) bytes() int64 {
	n := 4*int64(len(k.firsts)+len(k.entryOf)+len(k.first)+len(k.second)) + k.signs.bytes()
	if k.entryOf != nil {
		n += k.texts.bytes()
	}
	if k.grams != nil {
		n += k.grams.bytes()
	}
	return n
}
