package spelling

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"tablestep/tables/column"
)

// formsText and countriesText are read once, when the first company is written.
var (
	//go:embed forms.txt
	formsText string
	//go:embed countries.txt
	countriesText string
)

// legal are the legal forms and what stands beside them, ready to be found.
type legal struct {
	ends       map[string]ending   // by the words of a form without the spaces between
	lastWords  map[string]int      // of ends, those that are no single letters: the words that a form that ends so has at most
	fronts     map[string]string   // in front of a name: the very letters by their words
	frontBytes [256]bool           // with which the words of fronts begin
	glued      [][]byte            // at the end of a word, the longest first: 有限公司
	gluedOn    [][]byte            // in front of a word
	bracketed  map[string]bool     // in brackets, 株; true where it may also stand in front
	countries  map[string]struct{} // words with a space between
	most       int                 // words of a country
}

// ending is a legal form at the end of a name.
type ending struct {
	joints  uint64 // a bit for each byte offset at which a word of it may end
	pointed bool   // only single letters, apart or with points, are it
}

// longestForm is the number of words that a form can have in a text: S. C. de R. L. de C. V.
const longestForm = 8

var legalForms = sync.OnceValue(func() *legal { //nolint:gochecknoglobals // made of constants
	f := &legal{
		ends: map[string]ending{}, lastWords: map[string]int{}, fronts: map[string]string{},
		bracketed: map[string]bool{}, countries: map[string]struct{}{},
	}
	for _, g := range groupsOf(formsText) {
		for _, form := range g.names {
			f.add(form, g.first)
		}
	}
	for _, g := range groupsOf(countriesText) {
		for _, name := range g.names {
			for _, spelled := range spellings(name) {
				text, words := wordsOf(spelled)
				f.countries[string(text)] = struct{}{}
				f.most = max(f.most, len(words))
			}
		}
	}
	return f
})

// group is a line of a data file.
type group struct {
	codes string
	first bool // the forms stand in front
	names []string
}

func groupsOf(text string) []group {
	var groups []group
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		codes, names, _ := strings.Cut(line, ": ")
		codes, first := strings.CutSuffix(codes, " first")
		groups = append(groups, group{codes, first, strings.Split(names, "|")})
	}
	return groups
}

func (f *legal) add(form string, first bool) {
	inside, isBracketed := strings.CutPrefix(form, "(")
	inside, closed := strings.CutSuffix(inside, ")")
	r, _ := utf8.DecodeRuneInString(inside)
	switch asian := unicode.In(r, unicode.Han, unicode.Hangul); {
	case asian && isBracketed && closed:
		f.bracketed[inside] = f.bracketed[inside] || first
	case asian && first:
		f.gluedOn = longestFirst(f.gluedOn, form)
	case asian:
		f.glued = longestFirst(f.glued, form)
	case first:
		text, _ := wordsOf(form)
		f.fronts[string(text)] = form
		f.frontBytes[text[0]] = true
	default:
		for _, spelled := range spellings(form) {
			f.addEnding(spelled)
		}
	}
}

// addEnding adds a form as its words without spaces.
func (f *legal) addEnding(form string) {
	text, words := wordsOf(form)
	var key []byte
	joints, onlyPointed, most := uint64(0), true, 1
	for i, word := range words {
		switch {
		case i == len(words)-1: // one word, or it does not end in it
		case word.has(pointed): // its letters may stand apart
			most += word.size()
		default:
			most++
		}
		key = append(key, text[word.start:word.end]...)
		joints |= 1 << len(key)
		onlyPointed = onlyPointed && (word.has(pointed) || word.single(text))
	}
	if old, is := f.ends[string(key)]; is {
		joints |= old.joints
		onlyPointed = onlyPointed && old.pointed
	}
	f.ends[string(key)] = ending{joints, onlyPointed}
	if last := words[len(words)-1]; !last.single(text) {
		key := string(text[last.start:last.end])
		f.lastWords[key] = max(f.lastWords[key], min(most, longestForm))
	}
}

// spellings are the ways in which a name of the data is written: with its marks, with
// pairs, and, where it is too long to be taken for something else, without marks.
func spellings(name string) []string {
	all := []string{name}
	normal := column.Normalize(name)
	plain, _ := appendWay(nil, []byte(normal), false)
	paired, _ := appendWay(nil, []byte(normal), true)
	if string(paired) != string(plain) && string(paired) != normal {
		all = append(all, string(paired))
	}
	if letters := countLetters(string(plain)); letters > 3 && string(plain) != normal {
		all = append(all, string(plain))
	}
	return all
}

func countLetters(s string) (n int) {
	for _, r := range s {
		if unicode.IsLetter(r) {
			n++
		}
	}
	return n
}

// wordsOf takes a name of the data apart.
func wordsOf(name string) (text []byte, words []word) {
	normal := []byte(column.Normalize(name))
	room := roomFor(normal)
	p := splitter{table: letters(), text: make([]byte, room), words: make([]word, room)}
	if !p.split(normal) || p.count == 0 {
		panic("spelling: " + name + " is no name")
	}
	return p.text[:p.n], p.words[:p.count]
}

func longestFirst(forms [][]byte, form string) [][]byte {
	at := 0
	for at < len(forms) && len(forms[at]) >= len(form) {
		if string(forms[at]) == form {
			return forms
		}
		at++
	}
	return slices.Insert(forms, at, []byte(form))
}
