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
	p := splitter{table: letters(), text: textRoom[:], words: wordsRoom[:]}
	if room := roomFor(normal); room > roomy {
		p.text = make([]byte, room)
	}
	if !p.split(normal) {
		dst = append(dst, normal...)
		return dst, len(dst)
	}
	if p.count > manyWords {
		p = splitter{table: p.table, text: p.text, words: make([]word, p.count)}
		p.split(normal)
	}
	n := name{text: p.text[:p.n], words: p.words, end: p.count, beyond: p.beyond, forms: legalForms()}
	n.cutEnds()
	n.cutFront(s)
	return n.appendKeys(dst, normal)
}

// name is what is left of a company's name: words[first:end]. Only ends of it go, thus it
// is a run of the text.
type name struct {
	text       []byte
	words      []word
	first, end int
	beyond     bool // there are characters beyond ASCII
	forms      *legal
}

// at is the text of a word.
func (n *name) at(i int) []byte { return n.text[n.words[i].start:n.words[i].end] }

// cutEnds takes legal forms off the end, again and again.
func (n *name) cutEnds() {
	for n.end > n.first {
		before, ok := n.beforeForm()
		if !ok {
			return
		}
		if before > n.first+1 && n.endsInAnd(before) {
			before--
		}
		if !n.stands(n.first, before) {
			return
		}
		n.end = before
		n.cutCountry()
	}
}

// endsInAnd says that the word before a form joins the two: & Co. In Roi Et GmbH it does not.
func (n *name) endsInAnd(form int) bool {
	word := n.at(form - 1)
	if string(word) == "and" || form == n.end || !isAnd(word) {
		return string(word) == "and"
	}
	switch string(n.at(form)) {
	case "co", "company", "cie", "cía", "cia":
		return true
	}
	return false
}

// beforeForm gives the end of the words before the longest legal form at the end. A form that
// is glued to its word is cut off it here.
func (n *name) beforeForm() (end int, ok bool) {
	last := n.words[n.end-1]
	text := n.at(n.end - 1)
	if text[len(text)-1] >= utf8.RuneSelf {
		if _, is := n.forms.bracketed[string(text)]; is && last.has(opened) && last.has(closed) {
			return n.end - 1, true
		}
		for _, form := range n.forms.glued {
			if !bytes.HasSuffix(text, form) {
				continue
			}
			if len(form) == len(text) {
				return n.end - 1, true
			}
			n.words[n.end-1].end -= int32(len(form))
			n.words[n.end-1].around &^= closed
			if !n.stands(n.first, n.end) {
				n.words[n.end-1] = last
				return 0, false
			}
			return n.end, true
		}
	}
	if last.single(n.text) {
		return n.beforeWords(max(n.first, n.end-longestForm))
	}
	most, is := n.forms.lastWords[string(text)]
	if !is {
		return 0, false
	}
	return n.beforeWords(max(n.first, n.end-most))
}

// beforeWords is beforeForm for a form of words of its own, not before first.
func (n *name) beforeWords(first int) (end int, ok bool) {
	var room [64]byte
	var offsets [longestForm]int
	start, length := n.end, 0
	for start > first {
		w := n.words[start-1]
		if length+w.size() > len(room) {
			break
		}
		length += w.size()
		start--
		if w.has(comma) {
			break
		}
	}
	tail := room[:0]
	for i := start; i < n.end; i++ {
		offsets[i-start] = len(tail)
		tail = append(tail, n.at(i)...)
	}
	for i := start; i < n.end; i++ {
		form, is := n.forms.ends[string(tail[offsets[i-start]:])]
		if is && !n.runsOn(i) && n.fits(form, i) {
			return i, true
		}
	}
	return 0, false
}

// runsOn says that the word at i goes on a run of single letters: the end of V I S A is no
// S A. In Plan B A/S, B and A are not divided as A and S are.
func (n *name) runsOn(i int) bool {
	if i == n.first {
		return false
	}
	before, w := n.words[i-1], n.words[i]
	if i+1 < n.end && n.words[i+1].has(slash) != w.has(slash) {
		return false
	}
	return !w.has(comma) && w.has(pointed) == before.has(pointed) && w.single(n.text) && before.single(n.text)
}

// fits says that the words from start on are divided as the form is, but for single letters.
func (n *name) fits(form ending, start int) bool {
	length := 0
	for i := start; i < n.end; i++ {
		w := n.words[i]
		single := w.single(n.text)
		if form.pointed && !single && !w.has(pointed) {
			return false
		}
		length += w.size()
		if i+1 < n.end && form.joints>>length&1 == 0 && !(single && n.words[i+1].single(n.text)) {
			return false
		}
	}
	return true
}

// cutCountry takes a country in brackets off the end. It looks no farther back than a country
// has words: of a name that ends in co) co) co) all words would be looked at for each.
func (n *name) cutCountry() {
	if !n.words[n.end-1].has(closed) {
		return
	}
	for i := n.end - 1; i > n.first && i >= n.end-n.forms.most; i-- {
		if !n.words[i].has(opened) {
			continue
		}
		if _, is := n.forms.countries[string(n.text[n.words[i].start:n.words[n.end-1].end])]; is && n.stands(n.first, i) {
			n.end = i
		}
		return
	}
}

// cutFront takes a legal form, then The off the front. s is the name as it is spelled.
func (n *name) cutFront(s string) {
	if n.first == n.end {
		return
	}
	first := n.words[n.first]
	text := n.at(n.first)
	if text[0] >= utf8.RuneSelf {
		if n.forms.bracketed[string(text)] && first.has(opened) && first.has(closed) {
			n.cutFirst()
		}
		for _, form := range n.forms.gluedOn {
			if bytes.HasPrefix(text, form) {
				n.cutGluedOn(len(form))
				break
			}
		}
	}
	if n.end-n.first > 1 && n.forms.frontBytes[text[0]] && n.forms.inFront(n.at(n.first), s) {
		n.cutFirst()
	}
	if string(n.at(n.first)) == "the" {
		n.cutFirst()
	}
}

func (n *name) cutGluedOn(length int) {
	first := n.words[n.first]
	if first.size() == length {
		n.cutFirst()
		return
	}
	n.words[n.first].start += int32(length)
	if !n.stands(n.first, n.end) {
		n.words[n.first] = first
	}
}

// cutFirst takes the first word off if what is left is a name, and no form.
func (n *name) cutFirst() {
	rest := *n
	rest.first++
	if !rest.stands(rest.first, rest.end) {
		return
	}
	if rest.end-rest.first <= longestForm {
		if before, is := rest.beforeWords(rest.first); is && before == rest.first {
			return
		}
	}
	n.first++
}

// inFront says that s, whose first word is text, begins with a form that goes in front.
func (f *legal) inFront(text []byte, s string) bool {
	form, is := f.fronts[string(text)]
	if !is {
		return false
	}
	s = strings.TrimLeftFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) })
	rest, is := strings.CutPrefix(s, form)
	next, _ := utf8.DecodeRuneInString(rest)
	return is && (unicode.IsSpace(next) || isQuote(next))
}

func isQuote(r rune) bool {
	return r == '"' || r == '\'' || unicode.In(r, unicode.Pi, unicode.Pf) || r == '„' || r == '‚'
}

// stands says that words[first:end] are a name: more than a letter, an article or the word
// that everybody reads as a form.
func (n *name) stands(first, end int) bool {
	if end-first != 1 {
		return end > first
	}
	text := n.at(first)
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

// appendKeys adds the words that are left, with runs of single letters as one. A letter
// that is written as two (Å as Aa) is no single one.
func (n *name) appendKeys(dst, normal []byte) (keys []byte, second int) {
	start := len(dst)
	if n.first == n.end {
		dst = append(dst, normal...)
		return dst, len(dst)
	}
	if !n.beyond {
		dst = n.appendJoined(dst, false)
		return dst, len(dst)
	}
	var room [roomy]byte
	dst, two := appendWay(dst, n.appendJoined(room[:0], false), false)
	if len(dst) == start {
		dst = append(dst, normal...)
		return dst, len(dst)
	}
	second = len(dst)
	if two {
		dst, _ = appendWay(dst, n.appendJoined(room[:0], true), true)
	}
	return dst, second
}

// appendJoined adds the words as they are written in one way or the other.
func (n *name) appendJoined(dst []byte, paired bool) []byte {
	from := n.words[n.first].start
	single := false
	for i := n.first; i < n.end; i++ {
		w := n.words[i]
		is := w.single(n.text) && isOne(n.at(i), paired)
		if is && single && !w.has(comma) {
			dst = append(dst, n.text[from:w.start-1]...)
			from = w.start
		}
		single = is
	}
	return append(dst, n.text[from:n.words[n.end-1].end]...)
}

// isOne says that a letter, on which marks may stand, is written as one.
func isOne(text []byte, paired bool) bool {
	r, n := utf8.DecodeRune(text)
	base := r
	if r >= utf8.RuneSelf {
		l := letterOf(r)
		if paired && l.paired != 0 || l.plain.size() >= 2 && byte(l.plain) < utf8.RuneSelf {
			return false
		}
		base = rune(byte(l.plain))
	}
	for rest := text[n:]; paired && len(rest) > 0; rest = rest[n:] {
		var mark rune
		if mark, n = utf8.DecodeRune(rest); pairOf(base, mark) != "" {
			return false
		}
	}
	return true
}
