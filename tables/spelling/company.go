package spelling

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"tablestep/tables/column"
)

// manyWords is the number of words up to which a name needs no memory of its own.
const manyWords = 24

func appendCompany(dst []byte, s string) (keys []byte, second int) {
	var normalRoom, textRoom [roomy]byte
	var wordsRoom [manyWords]word
	normal := column.AppendNormalized(normalRoom[:0], s)
	if !utf8.Valid(normal) {
		dst = append(dst, normal...)
		return dst, len(dst)
	}
	p := splitter{text: textRoom[:0], noted: true, words: wordsRoom[:0]}
	p.split(normal)
	n := name{text: p.text, words: p.words, forms: legalForms()}
	n.cutEnds()
	n.cutFront(s)
	return appendWays(dst, n.joined(), normal)
}

// name is what is left of a company's name.
type name struct {
	text  []byte
	words []word // of text
	forms *legal
}

// cutEnds takes legal forms off the end, again and again.
func (n *name) cutEnds() {
	for len(n.words) > 0 {
		rest, ok := n.beforeForm()
		if !ok {
			return
		}
		for len(rest) > 1 && isAnd(n.text[rest[len(rest)-1].start:rest[len(rest)-1].end]) {
			rest = rest[:len(rest)-1]
		}
		if !n.stands(rest) {
			return
		}
		n.words = rest
		n.cutCountry()
	}
}

// beforeForm gives the words before the longest legal form at the end. Those of n are
// changed where the form is glued to its word.
func (n *name) beforeForm() (rest []word, ok bool) {
	end := len(n.words)
	last := n.words[end-1]
	text := n.text[last.start:last.end]
	if text[len(text)-1] >= utf8.RuneSelf {
		if _, is := n.forms.bracketed[string(text)]; is && last.opened && last.closed {
			return n.words[:end-1], true
		}
		for _, form := range n.forms.glued {
			if !bytes.HasSuffix(text, []byte(form)) {
				continue
			}
			if len(form) == len(text) {
				return n.words[:end-1], true
			}
			cut := last
			cut.end -= len(form)
			cut.closed = false
			if end == 1 && !n.stands([]word{cut}) {
				return nil, false
			}
			n.words[end-1] = cut
			return n.words, true
		}
	}
	if !last.single(n.text) {
		if _, is := n.forms.lastWords[string(text)]; !is {
			return nil, false
		}
	}
	return n.beforeWords()
}

// beforeWords is beforeForm for a form of words of its own.
func (n *name) beforeWords() (rest []word, ok bool) {
	var room [64]byte
	var offsets [longestForm + 1]int
	end := len(n.words)
	first, length := end, 0
	for first > 0 && end-first < longestForm {
		w := n.words[first-1]
		if length+w.end-w.start >= len(room) {
			break
		}
		length += w.end - w.start
		first--
		if w.comma {
			break
		}
	}
	tail := room[:0]
	for i, w := range n.words[first:] {
		offsets[i] = len(tail)
		tail = append(tail, n.text[w.start:w.end]...)
	}
	for i := range end - first {
		form, is := n.forms.ends[string(tail[offsets[i]:])]
		if is && !n.runs(first+i) && n.fits(form, n.words[first+i:]) {
			return n.words[:first+i], true
		}
	}
	return nil, false
}

// runs says that the word at i goes on a run of single letters: the end of V I S A is no S A.
func (n *name) runs(i int) bool {
	if i == 0 {
		return false
	}
	before, w := n.words[i-1], n.words[i]
	return !w.comma && w.pointed == before.pointed && w.single(n.text) && before.single(n.text)
}

// fits says that words are divided as the form is, but for single letters.
func (n *name) fits(form ending, words []word) bool {
	length := 0
	for i, w := range words {
		single := w.single(n.text)
		if form.pointed && !single && !w.pointed {
			return false
		}
		length += w.end - w.start
		if i+1 < len(words) && form.joints>>length&1 == 0 && !(single && words[i+1].single(n.text)) {
			return false
		}
	}
	return true
}

// cutCountry takes a country in brackets off the end.
func (n *name) cutCountry() {
	end := len(n.words)
	if !n.words[end-1].closed {
		return
	}
	for i := end - 1; i > 0; i-- {
		if !n.words[i].opened {
			continue
		}
		if _, is := n.forms.countries[string(n.text[n.words[i].start:n.words[end-1].end])]; is && n.stands(n.words[:i]) {
			n.words = n.words[:i]
		}
		return
	}
}

// cutFront takes a legal form, then The off the front. s is the name as it is spelled.
func (n *name) cutFront(s string) {
	if len(n.words) == 0 {
		return
	}
	first := n.words[0]
	text := n.text[first.start:first.end]
	if text[0] >= utf8.RuneSelf {
		if n.forms.bracketed[string(text)] && first.opened && first.closed {
			n.keepIfItStands(n.words[1:])
		}
		for _, form := range n.forms.gluedOn {
			if bytes.HasPrefix(text, []byte(form)) {
				n.cutGluedOn(len(form))
				break
			}
		}
	}
	if len(n.words) > 1 && n.forms.inFront(s) {
		n.keepIfItStands(n.words[1:])
	}
	if first := n.words[0]; string(n.text[first.start:first.end]) == "the" {
		n.keepIfItStands(n.words[1:])
	}
}

func (n *name) cutGluedOn(length int) {
	first := n.words[0]
	if first.end-first.start == length {
		n.keepIfItStands(n.words[1:])
		return
	}
	n.words[0].start += length
	if !n.stands(n.words) {
		n.words[0] = first
	}
}

func (n *name) keepIfItStands(rest []word) {
	if !n.stands(rest) {
		return
	}
	whole := name{text: n.text, words: rest, forms: n.forms}
	if before, ok := whole.beforeWords(); ok && len(before) == 0 {
		return // The rest is a form.
	}
	n.words = rest
}

// inFront says that s begins with a form that goes in front.
func (f *legal) inFront(s string) bool {
	s = strings.TrimLeftFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) })
	end := strings.IndexFunc(s, func(r rune) bool { return unicode.IsSpace(r) || isQuote(r) })
	if end <= 0 {
		return false
	}
	_, is := f.fronts[s[:end]]
	return is
}

func isQuote(r rune) bool {
	return r == '"' || r == '\'' || unicode.In(r, unicode.Pi, unicode.Pf) || r == '„' || r == '‚'
}

// stands says that words are a name: more than a letter, an article or the word that
// everybody reads as a form.
func (n *name) stands(words []word) bool {
	if len(words) != 1 {
		return len(words) > 0
	}
	text := n.text[words[0].start:words[0].end]
	if _, size := utf8.DecodeRune(text); size == len(text) {
		return false
	}
	return !isAnd(text) && !isArticle(text) && !isPlainlyForm(text)
}

func isAnd(word []byte) bool {
	switch string(word) {
	case "and", "und", "et", "og", "och", "en":
		return true
	}
	return false
}

func isArticle(word []byte) bool {
	switch string(word) {
	case "the", "der", "die", "das", "den", "le", "la", "les", "el", "los", "las", "il", "lo", "gli", "de", "het", "os", "as":
		return true
	}
	return false
}

func isPlainlyForm(word []byte) bool {
	switch string(word) {
	case "gmbh", "inc", "incorporated", "ltd", "limited", "llc", "co", "company", "corp", "corporation", "plc":
		return true
	}
	return false
}

// joined writes the words, with runs of single letters as one, over the text.
func (n *name) joined() []byte {
	out := n.text[:0]
	single := false
	for i, w := range n.words {
		is := w.single(n.text)
		if i > 0 && !(is && single && !w.comma) {
			out = append(out, ' ')
		}
		out = append(out, n.text[w.start:w.end]...)
		single = is
	}
	return out
}
