package charset

import (
	_ "embed"
	"math"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// words.txt holds words of each language, most with letters beyond ASCII: places, people,
// and what stands in tables. A line with @ begins a language.
//
//go:embed words.txt
var words string

// A language is how letters follow each other in it. Letters are folded (fold), and edge
// stands for all that is no letter.
type language struct {
	name   string
	latin  bool
	pairs  map[[2]rune]float64 // of which one is beyond ASCII
	after  map[rune]float64    // pairs by their first; of a plain one, those to letters beyond ASCII
	chars  map[rune]float64    // letters beyond ASCII
	total  float64             // of chars
	next   map[rune]float64    // what follows a letter beyond ASCII
	follow float64             // of next
	common map[rune]float64    // shared by all languages: letters that come with foreign names
	all    float64             // of common
	prior  float64             // as in single
}

const edge rune = 0

// smooth is how many pairs the letter alone is worth beside what was counted.
const smooth = 2

// seldom is the prior of what is rarer than its neighbours: tables in several languages,
// and Icelandic, whose letters stand where Turkish and Baltic sets have their commonest ones.
const seldom = -2

// foreign is the share of letters that come from other languages.
const foreign = 0.06

// languages are counted once; nothing changes them.
var languages = sync.OnceValue(func() map[string]*language { //nolint:gochecknoglobals // made of a constant
	common := map[rune]float64{}
	all := map[string]*language{}
	for part := range strings.SplitSeq(strings.TrimPrefix(words, "@ "), "\n@ ") {
		name, text, _ := strings.Cut(part, "\n")
		l := newLanguage(name, common)
		l.count(text)
		if name == "is" {
			l.prior = seldom
		}
		all[name] = l
	}
	for name, of := range map[string]string{
		"western": "de fr es pt it sv da nb fi ca nl en", "central": "de hu pl cs sk sl hr ro", "east": "ru bg uk sr be",
	} {
		mixed := newLanguage(name, common)
		mixed.prior = seldom
		for other := range strings.FieldsSeq(of) {
			mixed.add(all[other])
		}
		all[name] = mixed
	}
	sum := 0.0
	for _, n := range common {
		sum += n
	}
	for _, l := range all {
		l.all = sum
		l.latin = l.name != "th"
		for c := range l.chars {
			l.latin = l.latin && unicode.Is(unicode.Latin, c)
		}
	}
	return all
})

func newLanguage(name string, common map[rune]float64) *language {
	return &language{
		name: name, common: common, pairs: map[[2]rune]float64{}, after: map[rune]float64{},
		chars: map[rune]float64{}, next: map[rune]float64{},
	}
}

// count learns the words of a text.
func (l *language) count(text string) {
	a := edge
	for _, c := range text + "\n" {
		b := edge
		if letter(c) {
			b = fold(c)
		}
		if a >= utf8.RuneSelf || b >= utf8.RuneSelf {
			l.pairs[[2]rune{a, b}]++
			l.after[a]++
		}
		if b >= utf8.RuneSelf {
			l.chars[b]++
			l.total++
			l.common[b]++
		}
		if a >= utf8.RuneSelf {
			l.next[b]++
			l.follow++
		}
		a = b
	}
}

// add takes over what another language has learnt.
func (l *language) add(other *language) {
	for k, n := range other.pairs {
		l.pairs[k] += n
	}
	for k, n := range other.after {
		l.after[k] += n
	}
	for k, n := range other.chars {
		l.chars[k] += n
	}
	for k, n := range other.next {
		l.next[k] += n
	}
	l.total += other.total
	l.follow += other.follow
}

// likely is the logarithm of the probability that b follows a; one of them is a letter
// beyond ASCII. Behind a plain letter it is that of b among the letters beyond ASCII.
func (l *language) likely(a, b rune) float64 {
	p := 1.0 / 30
	switch {
	case b >= utf8.RuneSelf:
		p = (1-foreign)*l.chars[b]/l.total + foreign*l.common[b]/l.all + 1e-6
	case a >= utf8.RuneSelf:
		p = 0.98*l.next[b]/l.follow + 0.02/30
	}
	return math.Log((l.pairs[[2]rune{a, b}] + smooth*p) / (l.after[a] + smooth))
}

// letter tells letters and the marks over and under them from signs.
func letter(c rune) bool {
	switch {
	case c < utf8.RuneSelf:
		return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
	case c == 'º' || c == 'ª' || c == 'µ' || c == 'ˆ' || c == 'ˇ':
		return false
	}
	return unicode.IsLetter(c) || unicode.Is(unicode.Mn, c)
}

// fold makes capitals small and brings the two forms of the small sigma together.
func fold(c rune) rune {
	switch c {
	case 'İ': // Its small form is the plain i, which would hide that the letter is Turkish.
		return c
	case 'ς':
		return 'σ'
	}
	return unicode.ToLower(c)
}
