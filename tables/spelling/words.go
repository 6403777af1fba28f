package spelling

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// splitter takes a normalized text apart into words: signs that mean nothing are spaces,
// signs that mean something stay, apostrophes and the points of abbreviations vanish.
// Letters keep their marks. It writes into memory of its caller, and keeps no slice that
// it made itself, so that this may be the stack.
type splitter struct {
	table *table
	text  []byte // as long as roomFor says
	n     int    // the bytes of text that are written: the words, one space between
	words []word // nil where nobody asks for words
	count int    // the words that are written; more than fit are counted only

	last    last
	run     int    // letters since a space, a gone sign or the point of an abbreviation; what is no letter counts as two, so that 1 is a letter that stands alone
	gap     bool   // a space is to come
	beyond  bool   // there are characters beyond ASCII
	joined  bool   // the sign between two characters that may compose vanished
	pending around // the word to come
}

// word is a word of a splitter's text, and what stood around it.
type word struct {
	start, end int32
	around     around
}

// around are bits of what stood around a word.
type around uint8

const (
	comma   around = 1 << iota // before it
	slash                      // before it
	opened                     // a bracket before it
	closed                     // a bracket behind it
	pointed                    // it has letters with points
)

func (w word) has(a around) bool { return w.around&a != 0 }

func (w word) size() int { return int(w.end - w.start) }

// single says that the word is one letter. Marks on it that go do not count.
func (w word) single(text []byte) bool {
	c, rest, bare := text[w.start], text[w.start+1:w.end], true // bare: of its marks, all go
	switch {
	case isSmall(c):
	case c < utf8.RuneSelf:
		return false
	default:
		r, n := utf8.DecodeRune(text[w.start:w.end])
		if !unicode.IsLetter(r) {
			return false
		}
		rest = text[int(w.start)+n : w.end]
		l := letterOf(r)
		bare = l.kind == marked || l.plain != 0
	}
	for len(rest) > 0 {
		if rest[0] < utf8.RuneSelf {
			return false
		}
		l, n := letters().at(rest, 0)
		if l.kind != point && (l.kind != mark || !bare) {
			return false
		}
		rest = rest[n:]
	}
	return true
}

// last is what the character before was; marks are of their letter.
type last uint8

const (
	lastSpace  last = iota // white space, or nothing
	lastLetter             // a letter
	lastDigit              // a decimal digit
	lastOther              // what is neither, and no sign
	lastGone               // a sign that is gone
	lastPlus               // + or # that stayed, as in C++
	lastMinus              // + or - that stayed in front of a number
	lastSign               // another sign that stayed
)

// roomFor is the number of bytes that the words of s can take: one sign can become " and ".
func roomFor(s []byte) int {
	n := len(s)
	for _, c := range s {
		if c == '&' || c == '+' {
			n += len(" and")
		}
	}
	return n
}

// split writes the words of a normalized text. It says whether the text is UTF-8; of one that
// is not, nothing is to be used.
func (p *splitter) split(s []byte) (ok bool) {
	for i := 0; i < len(s); {
		end := i + 1
		switch c := s[i]; {
		case isSmall(c):
			end = p.letters(s, i, end)
		case c == ' ':
			p.gap, p.last, p.run = true, lastSpace, 0
		case isDigit(c):
			for end < len(s) && isDigit(s[end]) {
				end++
			}
			p.add(lastDigit, s[i:end])
		case c < utf8.RuneSelf:
			p.sign(s, i)
		default:
			l, n := p.table.at(s, i)
			if n == 1 {
				return false
			}
			p.beyond = true
			end = i + n
			if l.kind == alpha || l.kind == marked {
				end = p.letters(s, i, end)
			} else {
				p.character(l.kind, s, i, end)
			}
		}
		i = end
	}
	if p.joined {
		p.compose()
	}
	if p.count > 0 && p.count <= len(p.words) {
		p.words[p.count-1].end = int32(p.n)
	}
	return true
}

func isSmall(c byte) bool { return c >= 'a' && c <= 'z' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// letters adds the letters from i on, the first of which ends at end, and gives the end of
// the last.
func (p *splitter) letters(s []byte, i, end int) int {
	if p.last == lastGone && !p.gap && end-i > 2 { // the parts of Korean syllables
		p.joined = true
	}
	more := 0
	for end < len(s) {
		c := s[end]
		if isSmall(c) {
			end++
			more++
			continue
		}
		if c < utf8.RuneSelf {
			break
		}
		l, n := p.table.at(s, end)
		if l.kind != alpha && l.kind != marked {
			break
		}
		p.beyond = true
		end += n
		more++
	}
	p.add(lastLetter, s[i:end])
	p.run += more
	return end
}

// character adds s[i:end], a character beyond ASCII that is no letter.
func (p *splitter) character(k kind, s []byte, i, end int) {
	as := lastOther
	switch k {
	case digit:
		as = lastDigit
	case sign:
		if p.last != lastDigit || p.kindAt(s, end) != digit {
			p.drop(0)
			return
		}
		as = lastSign
	case mark, point:
		switch p.last {
		case lastGone: // It stands on a sign that is gone.
			return
		case lastSpace: // It stands alone.
			if k == point {
				return
			}
		default:
			p.n += copy(p.text[p.n:], s[i:end])
			return
		}
	}
	p.add(as, s[i:end])
}

// sign decides on the sign of ASCII at i.
func (p *splitter) sign(s []byte, i int) {
	c := s[i]
	number := p.kindAt(s, i+1) == digit // follows
	between := p.last == lastSpace && i > 0 && i+1 < len(s) && s[i+1] == ' '
	switch {
	case c == '&', c == '+' && between:
		p.gap = true
		p.add(lastGone, nil)
		p.n += copy(p.text[p.n:], "and")
		p.gap, p.run = true, 0
	case p.last == lastDigit && number, c == '#' && number, c == '.' && number && p.last == lastMinus:
		p.add(lastSign, s[i:i+1])
	case c == '\'' || c == '`':
		p.last = lastGone
		p.run++
	case c == '.' && p.run == 1 && p.last == lastLetter:
		p.last = lastGone
		p.run = 0
		if p.count > 0 && p.count <= len(p.words) {
			p.words[p.count-1].around |= pointed
		}
	case (c == '-' || c == '+') && p.last == lastSpace && (number || i+1 < len(s) && s[i+1] == '.' && p.kindAt(s, i+2) == digit):
		p.add(lastMinus, s[i:i+1])
	case c == '.' && p.last == lastSpace && number:
		p.add(lastSign, s[i:i+1])
	case (c == '+' || c == '#') && (p.last == lastLetter || p.last == lastDigit || p.last == lastOther || p.last == lastPlus):
		p.add(lastPlus, s[i:i+1])
	default:
		p.drop(c)
	}
}

// drop makes a space of a sign; c is 0 for one that is not ASCII.
func (p *splitter) drop(c byte) {
	p.gap, p.last, p.run = true, lastGone, 0
	switch c {
	case ',':
		p.pending |= comma
	case '/':
		p.pending |= slash
	case '(', '[':
		p.pending |= opened
	case ')', ']':
		if p.count > 0 && p.count <= len(p.words) {
			p.words[p.count-1].around |= closed
		}
	}
}

// add writes characters that stay.
func (p *splitter) add(as last, text []byte) {
	begins := p.n == 0
	if p.gap && !begins {
		p.text[p.n] = ' '
		p.n++
		begins = true
	}
	p.gap = false
	if begins && p.words != nil {
		p.note(p.n)
	}
	p.n += copy(p.text[p.n:], text)
	p.last = as
	p.run++
}

// note begins a word at start.
func (p *splitter) note(start int) {
	if p.count > 0 && p.count <= len(p.words) {
		p.words[p.count-1].end = int32(start - 1)
	}
	if p.count < len(p.words) {
		p.words[p.count] = word{start: int32(start), around: p.pending}
	}
	p.count++
	p.pending = 0
}

// compose composes what came to stand together. What stood around the words is then lost,
// in texts that nobody writes.
func (p *splitter) compose() {
	text := string(p.text[:p.n])
	if norm.NFC.IsNormalString(text) {
		return
	}
	p.n = copy(p.text, norm.NFC.String(text))
	if p.words == nil {
		return
	}
	p.count = 0
	for i := range p.n {
		if i == 0 || p.text[i-1] == ' ' {
			p.note(i)
		}
	}
}

// kindAt is the kind of the character of s at i, that of a space at the end.
func (p *splitter) kindAt(s []byte, i int) kind {
	if i >= len(s) {
		return space
	}
	switch c := s[i]; {
	case isDigit(c):
		return digit
	case isSmall(c):
		return alpha
	}
	l, _ := p.table.at(s, i)
	return l.kind
}
