package spelling

import (
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// letter says how a character of a normalized text is written loosely.
type letter struct {
	plain  string // of a Latin or Greek letter: without its marks; else the character itself
	paired string // the other way to write it, "" where there is none
	kind   kind
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
var whole = map[rune]letter{
	'æ': {plain: "ae"}, 'œ': {plain: "oe"}, 'ø': {plain: "o", paired: "oe"},
	'þ': {plain: "th"}, 'ð': {plain: "d"}, 'ı': {plain: "i"}, 'ȷ': {plain: "j"}, 'ŋ': {plain: "n"},
	'ə': {plain: "e"}, 'ǝ': {plain: "e"}, 'ɛ': {plain: "e"}, 'ɔ': {plain: "o"}, 'ß': {plain: "ss"},
	'ⱥ': {plain: "a"}, 'ƀ': {plain: "b"}, 'ɓ': {plain: "b"}, 'ȼ': {plain: "c"}, 'ƈ': {plain: "c"},
	'đ': {plain: "d"}, 'ɖ': {plain: "d"}, 'ɗ': {plain: "d"}, 'ɇ': {plain: "e"}, 'ƒ': {plain: "f"},
	'ǥ': {plain: "g"}, 'ɠ': {plain: "g"}, 'ħ': {plain: "h"}, 'ⱨ': {plain: "h"}, 'ɨ': {plain: "i"},
	'ɉ': {plain: "j"}, 'ƙ': {plain: "k"}, 'ⱪ': {plain: "k"}, 'ł': {plain: "l"}, 'ƚ': {plain: "l"},
	'ɫ': {plain: "l"}, 'ⱡ': {plain: "l"}, 'ɲ': {plain: "n"}, 'ƞ': {plain: "n"}, 'ɵ': {plain: "o"},
	'ƥ': {plain: "p"}, 'ɍ': {plain: "r"}, 'ɽ': {plain: "r"}, 'ŧ': {plain: "t"}, 'ƭ': {plain: "t"},
	'ʈ': {plain: "t"}, 'ⱦ': {plain: "t"}, 'ʉ': {plain: "u"}, 'ʋ': {plain: "v"}, 'ɏ': {plain: "y"},
	'ƴ': {plain: "y"}, 'ƶ': {plain: "z"}, 'ȥ': {plain: "z"}, 'ⱬ': {plain: "z"},
}

// pairs are the marks that are written as a second letter, by German (ä, ö, ü) and
// Scandinavian (å) use.
var pairs = map[[2]rune]string{
	{'a', '\u0308'}: "ae", {'o', '\u0308'}: "oe", {'u', '\u0308'}: "ue", {'a', '\u030a'}: "aa",
}

// spell looks a character up without the table.
func spell(r rune) letter {
	l := letter{plain: string(r), kind: kindOf(r)}
	if l.kind != alpha {
		return l
	}
	if r == 'ё' {
		return letter{plain: "е", kind: marked}
	}
	if !unicode.In(r, unicode.Latin, unicode.Greek) {
		return l
	}
	l.kind = marked
	first, n := utf8.DecodeRuneInString(norm.NFD.String(l.plain))
	marks := norm.NFD.String(l.plain)[n:]
	if w, ok := whole[first]; ok {
		l.plain, l.paired = w.plain, w.paired
		return l
	}
	if marks != "" {
		l.plain = string(first)
		for _, m := range marks {
			if p := pairs[[2]rune{first, m}]; p != "" {
				l.paired = p
			}
		}
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

// table has the letters below 0x600 and of 0x1E00 to 0x1FFF: those of most texts with marks.
var table = sync.OnceValue(func() *[0x600 + 0x200]letter {
	t := new([0x600 + 0x200]letter)
	for i := range t {
		r := rune(i)
		if i >= 0x600 {
			r += 0x1e00 - 0x600
		}
		t[i] = spell(r)
	}
	return t
})

func letterOf(r rune) letter {
	switch {
	case r < 0x600:
		return table()[r]
	case r >= 0x1e00 && r < 0x2000:
		return table()[r-0x1e00+0x600]
	}
	return spell(r)
}
