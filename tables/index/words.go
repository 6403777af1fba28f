package index

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"tablestep/tables/schema"
)

// wordSets is the kernel of mode Words: all words of the cell stand in the value
// as whole words, in any order. A word is a run of letters and digits of the
// normal form; marks belong to the letter before them. The rank is the number of
// different words of the cell.
//
// There is no sign for a word that must not stand there: a row with more words,
// or one that comes first, says what holds instead ("vice president" beside
// "president").
//
// An entry is listed under its rarest word, so that "vp of sales" is not looked
// at for every "of".
type wordSets struct {
	words  *dictionary
	sets   lists // words of an entry
	rarest lists // entries of a word that is their rarest
}

// canonWords is the different words of a cell, sorted.
func canonWords(cell string, n *schema.Notation) (string, error) {
	normal, _ := normalForm(cell, n)
	words := wordsOf(normal, nil)
	if len(words) == 0 {
		return "", wrong(schema.ModeWords, cell, 0, "there is no word in it; a word is made of letters and digits")
	}
	slices.Sort(words)
	return strings.Join(slices.Compact(words), " "), nil
}

// wordsOf adds the words of a text in normal form.
func wordsOf(text string, dst []string) []string {
	for text != "" {
		from, to := nextWord(text)
		if from == to {
			break
		}
		dst = append(dst, text[from:to])
		text = text[to:]
	}
	return dst
}

// nextWord is where the first word of a text begins and ends.
func nextWord(text string) (from, to int) {
	for from < len(text) {
		r, n := utf8.DecodeRuneInString(text[from:])
		if isWord(r) {
			break
		}
		from += n
	}
	to = from
	for to < len(text) {
		r, n := utf8.DecodeRuneInString(text[to:])
		if !isWord(r) && !unicode.IsMark(r) {
			break
		}
		to += n
	}
	return from, to
}

func isWord(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

func newWords(entries *texts, _ Part, m *Meter) (kernel, error) {
	names := newIntern()
	var all []pair
	var counts []int32
	for e := range int32(entries.len()) {
		if !m.Spend(10 * len(entries.at(e))) {
			break
		}
		for word := range strings.SplitSeq(entries.at(e), " ") {
			number, err := names.number(word)
			if err != nil {
				return nil, err
			}
			if int(number) == len(counts) {
				counts = append(counts, 0)
			}
			counts[number]++
			all = append(all, pair{e, number})
		}
	}
	if m.Stopped() {
		return nil, nil
	}
	k := &wordSets{words: names.dictionary(), sets: newLists(entries.len(), all)}
	var rarest []pair
	for e := range int32(entries.len()) {
		word := slices.MinFunc(k.sets.of(e), func(a, b int32) int { return int(counts[a]) - int(counts[b]) })
		rarest = append(rarest, pair{word, e})
	}
	k.rarest = newLists(k.words.len(), rarest)
	return k, nil
}

// prepare finds the different words of the value that some cell has.
func (k *wordSets) prepare(v *value, w *work) bool {
	v.words = v.words[:0]
	work := 0
	for text := v.text; text != ""; {
		from, to := nextWord(text)
		if from == to {
			break
		}
		if work += wordWork + to; work > maxRun {
			if !w.meter.Spend(work) {
				break
			}
			work = 0
		}
		if word := k.words.find(text[from:to]); word != none {
			v.words = append(v.words, word)
		}
		text = text[to:]
	}
	w.meter.Spend(work)
	sortNumbers(&w.meter, v.words)
	v.words = slices.Compact(v.words)
	return len(v.words) > 0
}

func (k *wordSets) find(v *value, w *work, dst []found) []found {
	for _, word := range v.words {
		for list := k.rarest.of(word); len(list) > 0; {
			some := list[:min(len(list), maxRun)]
			if !w.meter.Spend(3 * cellWork * len(some)) { // most have few words
				return dst
			}
			for _, e := range some {
				if f, ok := k.verify(v, w, e); ok {
					dst = append(dst, f)
				}
			}
			list = list[len(some):]
		}
	}
	return dst
}

// wordWork is what a word takes: of a value to be found, of a cell to be looked for
// among those of a value.
const (
	wordWork = 25
	cellWork = 5
)

func (k *wordSets) verify(v *value, w *work, entry int32) (found, bool) {
	set := k.sets.of(entry)
	if n := min(len(set), len(v.words)); n > little/cellWork {
		w.meter.Spend(cellWork * n)
	}
	if len(set) > len(v.words) {
		return found{}, false
	}
	for _, word := range set {
		if len(v.words) <= 16 {
			if !slices.Contains(v.words, word) {
				return found{}, false
			}
		} else if _, ok := slices.BinarySearch(v.words, word); !ok {
			return found{}, false
		}
	}
	return found{entry: entry, score: 1, rank: uint32(len(set))}, true
}

// overlaps: any two cells can stand in one value. Those are reported of which one
// has all words of the other, for then every value that has the one has both.
func (k *wordSets) overlaps(w *work) func(int32, []int32) []int32 {
	under := make([]pair, 0, len(k.sets.numbers))
	for e := range int32(len(k.sets.starts) - 1) {
		for _, word := range k.sets.of(e) {
			under = append(under, pair{word, e})
		}
	}
	having := newLists(k.words.len(), under)
	return func(entry int32, dst []int32) []int32 {
		from := len(dst)
		set := k.sets.of(entry)
		v := &value{words: slices.Sorted(slices.Values(set))}
		for _, f := range k.find(v, w, nil) {
			dst = append(dst, f.entry)
		}
		// The others that have all its words are among those that have one.
		word := slices.MinFunc(set, func(a, b int32) int { return len(having.of(a)) - len(having.of(b)) })
		for _, e := range having.of(word) {
			other := k.sets.of(e)
			if !w.meter.Spend(cellWork * (1 + len(other))) {
				break
			}
			if len(other) > len(set) && !slices.ContainsFunc(set, func(w int32) bool { return !slices.Contains(other, w) }) {
				dst = append(dst, e)
			}
		}
		slices.Sort(dst[from:])
		return dst[:from+len(slices.Compact(dst[from:]))]
	}
}

func (k *wordSets) bytes() int64 { return k.words.bytes() + k.sets.bytes() + k.rarest.bytes() }
