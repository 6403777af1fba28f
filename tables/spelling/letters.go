package spelling

import (
	"cmp"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// letter says how a character of a normalized text is written loosely.
type letter struct {
	kind   kind
	plain  spelled // without its marks; 0 where it is written as it is
	paired spelled // the other way to write it; 0 where there is none
}

// spelled is what is written for a letter, at most two characters of ASCII or one of Greek
// or Cyrillic: its bytes, the first one lowest, and above them their number. An array would
// not be kept in a register.
type spelled uint32

func spell(text string) spelled {
	switch len(text) {
	case 0:
		return 0
	case 1:
		return 1<<16 | spelled(text[0])
	case 2:
		return 2<<16 | spelled(text[1])<<8 | spelled(text[0])
	}
	panic("spelling: " + text + " does not fit a letter")
}

func (s spelled) size() int { return int(s >> 16) }

func (s spelled) append(dst []byte) []byte {
	if s.size() == 1 {
		return append(dst, byte(s))
	}
	return append(dst, byte(s), byte(s>>8))
}

type kind uint8

const (
	sign   kind = iota // none of the others
	space              // white space
	alpha              // a letter
	marked             // a letter whose marks go: a Latin or Greek one, or ё
	digit              // a decimal digit
	mark               // a mark on what stands before
	point              // a Hebrew point or an Arabic vowel sign
	other              // a number that is no digit; private and unassigned characters
)

// whole are the letters that Unicode does not decompose, thus their marks cannot be
// taken off by rule: those with a stroke, a bar or a hook, ligatures, and letters of
// single languages, with what is written where they cannot be typed.
var whole = map[rune]string{ //nolint:gochecknoglobals // a constant
	'æ': "ae", 'œ': "oe", 'ø': "o", 'ß': "ss", 'þ': "th", 'ð': "d", 'ı': "i", 'ȷ': "j", 'ŋ': "n",
	'ə': "e", 'ǝ': "e", 'ɛ': "e", 'ɔ': "o", 'ⱥ': "a", 'ƀ': "b", 'ɓ': "b", 'ȼ': "c", 'ƈ': "c",
	'đ': "d", 'ɖ': "d", 'ɗ': "d", 'ɇ': "e", 'ƒ': "f", 'ǥ': "g", 'ɠ': "g", 'ħ': "h", 'ⱨ': "h",
	'ɨ': "i", 'ɉ': "j", 'ƙ': "k", 'ⱪ': "k", 'ł': "l", 'ƚ': "l", 'ɫ': "l", 'ⱡ': "l", 'ɲ': "n",
	'ƞ': "n", 'ɵ': "o", 'ƥ': "p", 'ɍ': "r", 'ɽ': "r", 'ŧ': "t", 'ƭ': "t", 'ʈ': "t", 'ⱦ': "t",
	'ʉ': "u", 'ʋ': "v", 'ɏ': "y", 'ƴ': "y", 'ƶ': "z", 'ȥ': "z", 'ⱬ': "z",
}

// pairOf is the second way to write a letter with a mark, by German (ä, ö, ü) and
// Scandinavian (å, ø) use, "" where there is none.
func pairOf(base, mark rune) string {
	switch {
	case mark == '\u0308' && base == 'a':
		return "ae"
	case mark == '\u0308' && base == 'o', base == 'ø':
		return "oe"
	case mark == '\u0308' && base == 'u':
		return "ue"
	case mark == '\u030a' && base == 'a':
		return "aa"
	}
	return ""
}

// letterSlowly says what a character is by Unicode's properties and decomposition.
func letterSlowly(r rune) letter {
	l := letter{kind: kindOf(r)}
	switch {
	case l.kind != alpha:
		return l
	case r == 'ё':
		return letter{kind: marked, plain: spell("е")}
	case !unicode.In(r, unicode.Latin, unicode.Greek):
		return l
	}
	l.kind = marked
	parts := norm.NFD.String(string(r))
	base, n := utf8.DecodeRuneInString(parts)
	pair := pairOf(base, 0)
	for _, m := range parts[n:] {
		pair = cmp.Or(pairOf(base, m), pair)
	}
	l.paired = spell(pair)
	switch plain, is := whole[base]; {
	case is:
		l.plain = spell(plain)
	case parts != string(r):
		l.plain = spell(string(base))
	}
	return l
}

func kindOf(r rune) kind {
	switch {
	case r == ' ':
		return space
	case unicode.IsLetter(r):
		return alpha
	case unicode.Is(unicode.Nd, r):
		return digit
	case r >= 0x0591 && r <= 0x05c7 && unicode.IsMark(r), r >= 0x064b && r <= 0x0652, r == 0x0670:
		return point
	case unicode.IsMark(r):
		return mark
	case unicode.IsPunct(r), unicode.IsSymbol(r), unicode.Is(unicode.Cc, r):
		return sign
	}
	return other
}

// span is a run of characters that are looked up: letters from at on.
type span struct{ first, end, at rune }

// The spans of the table hold the letters of two bytes in UTF-8, Latin and Greek ones of
// three, the signs of print and the letters of Japanese.
var spans = [...]span{{0, 0x800, 0}, {0x1e00, 0x2200, 0x800}, {0x3000, 0x3100, 0xc00}} //nolint:gochecknoglobals // a constant

type table [0xd00]letter

var letters = sync.OnceValue(func() *table { //nolint:gochecknoglobals // made of constants
	t := new(table)
	for _, s := range spans {
		for r := s.first; r < s.end; r++ {
			t[s.at+r-s.first] = letterSlowly(r)
		}
	}
	return t
})

// letterOf says what a character is.
func letterOf(r rune) letter { return letters().of(r) }

func (t *table) of(r rune) letter {
	switch {
	case r < spans[0].end:
		return t[r]
	case r >= spans[1].first && r < spans[1].end:
		return t[spans[1].at+r-spans[1].first]
	case r >= spans[2].first && r < spans[2].end:
		return t[spans[2].at+r-spans[2].first]
	case r >= 0x3400 && r < 0x4dc0, r >= 0x4e00 && r < 0xa000, r >= 0xac00 && r <= 0xd7a3: // Chinese and Korean
		return letter{kind: alpha}
	}
	return letterSlowly(r)
}

// at is the character of s at i, and its length: 1 for what is no UTF-8, or of ASCII.
func (t *table) at(s []byte, i int) (l letter, length int) {
	if c := s[i]; c >= 0xc2 && c < 0xe0 && i+1 < len(s) && s[i+1]&0xc0 == 0x80 {
		return t[rune(c&0x1f)<<6|rune(s[i+1]&0x3f)], 2
	}
	r, n := utf8.DecodeRune(s[i:])
	return t.of(r), n
}
