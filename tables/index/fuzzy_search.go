package index

import (
	"cmp"
	"slices"

	"tablestep/tables/typos"
)

// fuzzySearch is the search of mode Fuzzy for one value.
type fuzzySearch struct {
	of    *value // nil where it is none of a batch
	keys  [2]fuzzyKey
	count int // of keys

	best           bool // only what is nearest is looked for,
	seen           bool // and this is the nearest so far:
	errors, longer int

	chosen []chosenGram
	costs  []int32 // see choose
	picks  []int16
	text   []byte
}

// fuzzyKey is one of the texts that a value stands for.
type fuzzyKey struct {
	runes    []rune
	length   int
	sign     uint64
	errors   int // the most that any text which it matches may have
	masks    typos.Masks
	lists    []uint32 // of its threes, by place; see threes
	swapped  []uint32
	hasLists bool
}

// search is the search for a value; it is made ready once for all entries.
func (k *fuzzies) search(v *value, w *work) *fuzzySearch {
	s := &w.fuzzy
	if s.of != v {
		plain, paired := k.keys(v, s)
		s.set(k, plain, paired)
		s.of = v
		w.meter.Spend(searchingWork + keyWork + keyByteWork*(len(plain)+len(paired)))
	}
	s.best, s.seen = false, false
	return s
}

// set makes a search ready for one or two texts; the second one may be empty.
func (s *fuzzySearch) set(k *fuzzies, texts ...string) {
	s.count, s.best, s.seen = 0, false, false
	for _, text := range texts {
		if text == "" {
			continue
		}
		key := &s.keys[s.count]
		s.count++
		key.runes = appendRunes(key.runes[:0], text)
		key.sign, key.length = k.signs.alphabet.sign(text)
		key.masks.Set(key.runes)
		key.hasLists = false
		key.errors = k.errors(k.longest(key.length))
	}
}

// longest is the length of the longest text that a value of so many characters can match.
func (k *fuzzies) longest(length int) int {
	longest := length
	for longest < len(k.firsts)-2 && longest+1-length <= k.errors(longest+1) {
		longest++
	}
	return longest
}

// narrowed is how many errors still matter where the longer text has so many characters:
// where only the nearest is looked for, no more than in the same share of its characters.
func (s *fuzzySearch) narrowed(errors, longer int) int {
	if s.best && s.seen {
		return min(errors, s.errors*longer/s.longer)
	}
	return errors
}

// narrow notes a match that is as near as the nearest so far.
func (s *fuzzySearch) narrow(errors, longer int) {
	if s.best {
		s.seen, s.errors, s.longer = true, errors, longer
	}
}

func appendRunes(dst []rune, text string) []rune {
	for _, r := range text {
		dst = append(dst, r)
	}
	return dst
}

// nearestOfEach leaves of the matches of an entry the nearest one.
func nearestOfEach(list []found, m *Meter) []found {
	sortBy(m, list, func(a, b found) int { return cmp.Or(cmp.Compare(a.entry, b.entry), cmp.Compare(b.rank, a.rank)) })
	return slices.CompactFunc(list, func(a, b found) bool { return a.entry == b.entry })
}
