package spelling

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// splitter takes a normalized text apart into words: signs that mean nothing are spaces,
// signs that mean something stay, apostrophes and the points of abbreviations vanish.
// Letters keep their marks.
type splitter struct {
	text []byte // the words, one space between; behind what it held at first
	from int    // where they begin

	last     last
	run      int  // letters since a space, a gone sign or the point of an abbreviation; what is no letter counts as two, so that 1 is a letter that stands alone
	gap      bool // a space is to come
	vanished bool // a sign between two characters vanished

	noted   bool   // words are wanted
	words   []word // if so
	pending word   // what is known of the word to come
}

// word is a word of a splitter's text, and what stood around it.
type word struct {
	start, end int
	comma      bool // before it
	opened     bool // a bracket before it
	closed     bool // a bracket behind it
	pointed    bool // it has letters with points
}

// single says that the word is one letter.
func (w word) single(text []byte) bool {
	r, n := utf8.DecodeRune(text[w.start:w.end])
	return n == w.end-w.start && unicode.IsLetter(r)
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

func (p *splitter) split(s []byte) {
	letters := table()
	p.from, p.last = len(p.text), lastSpace
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			switch letters[c].kind {
			case space:
				p.gap, p.last, p.run = true, lastSpace, 0
			case sign:
				p.sign(c, s, i)
			case digit:
				p.add(lastDigit)
				p.text = append(p.text, c)
			default:
				p.add(lastLetter)
				p.text = append(p.text, c)
			}
			continue
		}
		r, n := utf8.DecodeRune(s[i:])
		text := s[i : i+n]
		i += n
		switch letterOf(r).kind {
		case sign:
			if p.last != lastDigit || kindAt(s, i) != digit {
				p.drop(0)
				continue
			}
			p.add(lastSign)
		case mark, point:
			switch p.last {
			case lastGone: // It stands on a sign that is gone.
				continue
			case lastSpace:
				p.add(lastOther)
			}
		case alpha, marked:
			p.add(lastLetter)
		case digit:
			p.add(lastDigit)
		default:
			p.add(lastOther)
		}
		p.text = append(p.text, text...)
	}
	if p.vanished && !norm.NFC.IsNormal(p.text[p.from:]) { // What came to stand together composes.
		p.text = append(p.text[:p.from], norm.NFC.String(string(p.text[p.from:]))...)
		p.renote()
	}
	if p.noted && len(p.words) > 0 {
		p.words[len(p.words)-1].end = len(p.text)
	}
}

// renote finds the words again after the text was composed. What stood around them is
// lost, in texts that nobody writes.
func (p *splitter) renote() {
	p.words = p.words[:0]
	for i := p.from; p.noted && i < len(p.text); i++ {
		if i == p.from || p.text[i-1] == ' ' {
			p.note(i)
		}
	}
}

// note begins a word at start.
func (p *splitter) note(start int) {
	if n := len(p.words); n > 0 {
		p.words[n-1].end = start - 1
	}
	p.pending.start = start
	p.words = append(p.words, p.pending)
	p.pending = word{}
}

// sign decides on the sign c of ASCII, behind which s goes on at i.
func (p *splitter) sign(c byte, s []byte, i int) {
	number := kindAt(s, i) == digit // follows
	switch {
	case c == '&', c == '+' && p.last == lastSpace && i > 1 && i < len(s) && s[i] == ' ':
		p.gap = true
		p.add(lastGone)
		p.text = append(p.text, "and"...)
		p.gap, p.run = true, 0
	case p.last == lastDigit && number, c == '#' && number, c == '.' && number && p.last == lastMinus:
		p.stay(c, lastSign)
	case c == '\'' || c == '`':
		p.last, p.vanished = lastGone, true
		p.run += 2
	case c == '.' && p.run == 1 && p.last == lastLetter:
		p.last, p.vanished = lastGone, true
		p.run = 0
		if p.noted {
			p.words[len(p.words)-1].pointed = true
		}
	case (c == '-' || c == '+') && p.last == lastSpace && (number || i < len(s) && s[i] == '.' && kindAt(s, i+1) == digit):
		p.stay(c, lastMinus)
	case c == '.' && p.last == lastSpace && number:
		p.stay(c, lastSign)
	case (c == '+' || c == '#') && (p.last == lastLetter || p.last == lastDigit || p.last == lastOther || p.last == lastPlus):
		p.stay(c, lastPlus)
	default:
		p.drop(c)
	}
}

// drop makes a space of a sign; c is 0 for one that is not ASCII.
func (p *splitter) drop(c byte) {
	p.gap, p.last, p.run = true, lastGone, 0
	if !p.noted {
		return
	}
	switch c {
	case ',':
		p.pending.comma = true
	case '(', '[':
		p.pending.opened = true
	case ')', ']':
		if n := len(p.words); n > 0 {
			p.words[n-1].closed = true
		}
	}
}

func (p *splitter) stay(c byte, as last) {
	p.add(as)
	p.text = append(p.text, c)
}

// add makes ready for a character that stays.
func (p *splitter) add(as last) {
	begins := len(p.text) == p.from
	if p.gap && !begins {
		p.text = append(p.text, ' ')
		begins = true
	}
	p.gap = false
	if begins && p.noted {
		p.note(len(p.text))
	}
	p.last = as
	p.run++
	if as != lastLetter {
		p.run++
	}
}

// kindAt is the kind of the character of s at i, that of a space at the end.
func kindAt(s []byte, i int) kind {
	if i >= len(s) {
		return space
	}
	r, _ := utf8.DecodeRune(s[i:])
	return letterOf(r).kind
}
