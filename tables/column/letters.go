package column

import (
	"encoding/binary"
	"slices"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// letter is the normal form of one character, where that can be told without looking at
// those beside it.
type letter uint64

// A letter has its bytes from the lowest up, and in the highest byte their number, or one
// of the kinds below. An array would not be kept in a register.
const (
	letterBytes = 7 // at most
	sizeShift   = 8 * letterBytes

	beside  = 0 // the form depends on what stands beside it, or is longer than letterBytes
	inner   = letterBytes + 1
	omitted = letterBytes + 2
)

// span is a run of characters that are looked up: letters from at on.
type span struct{ first, end, at rune }

// The spans of the table hold nearly all letters with marks that are written, and the signs
// of print. What is beyond goes the slow way.
var spans = [...]span{ //nolint:gochecknoglobals // a constant
	{0x80, 0x800, 0}, // Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic: two bytes each in UTF-8
	{0x1e00, 0x2200, 0x780},
	{0x3000, 0x3100, 0xb80},
	{0xff00, 0xff60, 0xc80},
}

const letterCount = 0xce0

// unchanged says that a character is its own normal form whatever stands before it, and
// composes with nothing behind it that is in the table or is so itself: the characters of
// Chinese, the syllables of Korean, and pictures.
func unchanged(r rune) bool {
	return r >= 0x3400 && r < 0xa000 || r >= 0xac00 && r <= 0xd7a3 || r >= 0x1f300 && r < 0x1fb00
}

// letters is the table, made the slow way when the first text beyond ASCII comes.
var letters = sync.OnceValue(func() *[letterCount]letter { //nolint:gochecknoglobals // made of constants
	t := new([letterCount]letter)
	for _, s := range spans {
		for r := s.first; r < s.end; r++ {
			t[s.at+r-s.first] = letterOf(r)
		}
	}
	return t
})

func letterOf(r rune) letter {
	if ignorable(r) {
		return omitted << sizeShift
	}
	if unicode.IsSpace(r) {
		return inner << sizeShift
	}
	// Texts may be cut before r if nothing composes with what is before it at any step.
	text := appendVisible(nil, string(r))
	composed := norm.NFKC.Bytes(text)
	folded := cases.Fold().Bytes(composed)
	for _, step := range [][]byte{text, composed, folded} {
		if !norm.NFKC.Properties(step).BoundaryBefore() {
			return beside
		}
	}
	form := appendSlowly(nil, string(r))
	if len(form) == 0 || len(form) > letterBytes || slices.Contains(composed, ' ') || slices.Contains(norm.NFKC.Bytes(folded), ' ') {
		return beside
	}
	l := letter(len(form)) << sizeShift
	for i, c := range form {
		l |= letter(c) << (8 * i)
	}
	return l
}

// appendQuickly adds the normal form of s if the table has all its characters; else it
// gives dst back.
func appendQuickly(dst []byte, s string) (_ []byte, ok bool) {
	table := letters()
	start := len(dst)
	dst = slices.Grow(dst, len(s)+letterBytes+2)
	out := dst[:cap(dst)]
	n, gap := start, false
	for i := 0; i < len(s); {
		if len(out)-n < letterBytes+2 { // a space, and a whole letter
			out = slices.Grow(out, len(s)-i+letterBytes+2)
			out = out[:cap(out)]
		}
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			if c == ' ' || c >= '\t' && c <= '\r' {
				gap = n > start
				continue
			}
			if gap {
				out[n] = ' '
				n++
				gap = false
			}
			if c >= 'A' && c <= 'Z' {
				c += 'a' - 'A'
			}
			out[n] = c
			n++
			continue
		}
		var l letter
		switch {
		case c >= 0xc2 && c < 0xe0 && i+1 < len(s) && s[i+1]&0xc0 == 0x80:
			l = table[rune(c&0x1f)<<6|rune(s[i+1]&0x3f)-0x80]
			i += 2
		case c >= 0xe1 && c < 0xf0 && i+2 < len(s) && s[i+1]&0xc0 == 0x80 && s[i+2]&0xc0 == 0x80:
			r := rune(c&0xf)<<12 | rune(s[i+1]&0x3f)<<6 | rune(s[i+2]&0x3f)
			switch {
			case unchanged(r):
				l = 3<<sizeShift | letter(s[i+2])<<16 | letter(s[i+1])<<8 | letter(c)
			case r >= spans[1].first && r < spans[1].end:
				l = table[spans[1].at+r-spans[1].first]
			case r >= spans[2].first && r < spans[2].end:
				l = table[spans[2].at+r-spans[2].first]
			case r >= spans[3].first && r < spans[3].end:
				l = table[spans[3].at+r-spans[3].first]
			}
			i += 3
		case c == 0xf0 && i+3 < len(s) && s[i+1] == 0x9f && s[i+2]&0xc0 == 0x80 && s[i+3]&0xc0 == 0x80:
			if r := 0x1f000 | rune(s[i+2]&0x3f)<<6 | rune(s[i+3]&0x3f); unchanged(r) {
				l = 4<<sizeShift | letter(s[i+3])<<24 | letter(s[i+2])<<16 | letter(s[i+1])<<8 | letter(c)
			}
			i += 4
		}
		switch l >> sizeShift {
		case beside:
			return dst[:start], false
		case inner:
			gap = n > start
			continue
		case omitted:
			continue
		}
		if gap {
			out[n] = ' '
			n++
			gap = false
		}
		binary.LittleEndian.PutUint64(out[n:], uint64(l))
		n += int(l >> sizeShift)
	}
	return out[:n], true
}
