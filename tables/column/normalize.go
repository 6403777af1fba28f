package column

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Normalize gives the form of a text in which two texts count as the same key:
// Unicode NFKC, case folded, white space trimmed and inner white space made one
// space, and one kind of apostrophe, quote and dash, those of ASCII.
// Look-alike spaces (no-break, thin, ideographic …) are spaces; characters
// that cannot be seen (zero-width space and joiners, soft hyphen, byte order
// mark, direction marks, variation selectors: Unicode's default ignorable ones)
// are left out. Of a text that is not UTF-8 only what is ASCII is changed: bytes that
// came to stand together could be a character. A text that is
// already in this form is returned itself, and an ASCII one is so found without
// allocating.
func Normalize(s string) string {
	switch class(s) {
	case normal:
		return s
	case asciiOnly:
		return string(appendASCII(make([]byte, 0, len(s)), s))
	}
	n := string(appendUnicode(nil, s))
	if n == s {
		return s
	}
	return n
}

// Blank says that a text has nothing that can be seen: its normal form is empty.
func Blank(s string) bool {
	if s == "" {
		return true
	}
	if c := s[0]; c > ' ' && c < utf8.RuneSelf {
		return false
	}
	return Normalize(s) == ""
}

// AppendNormalized adds the normal form of s to dst.
func AppendNormalized(dst []byte, s string) []byte {
	dst, is := AppendUnlessNormal(dst, s)
	if is {
		return append(dst, s...)
	}
	return dst
}

// AppendUnlessNormal is AppendNormalized, but adds nothing where it can tell at once
// that s is its own normal form, and says so. It can tell of ASCII.
func AppendUnlessNormal(dst []byte, s string) (_ []byte, is bool) {
	switch class(s) {
	case normal:
		return dst, true
	case asciiOnly:
		return appendASCII(dst, s), false
	}
	return appendUnicode(dst, s), false
}

type form uint8

const (
	normal    form = iota // ASCII and in normal form
	asciiOnly             // ASCII
	beyond                // anything
)

func class(s string) form {
	f := normal
	space := true // a space here would lead or follow another
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c > ' ' && c < 'A', c > 'Z' && c < utf8.RuneSelf:
			space = false
		case c >= utf8.RuneSelf:
			return beyond
		case c == ' ':
			if space {
				f = asciiOnly
			}
			space = true
		case c >= 'A': // up to Z
			f = asciiOnly
			space = false
		case c >= '\t' && c <= '\r':
			f = asciiOnly
			space = true
		default:
			space = false
		}
	}
	if space && len(s) > 0 {
		f = asciiOnly
	}
	return f
}

func appendASCII(dst []byte, s string) []byte {
	start := len(dst)
	dst = slices.Grow(dst, len(s)) // what is left out makes room for what is put in
	out := dst[start : start+len(s)]
	n, gap := 0, false
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == ' ' || c >= '\t' && c <= '\r' {
			gap = n > 0
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
	}
	return dst[:start+n]
}

func appendUnicode(dst []byte, s string) []byte {
	dst, ok := appendQuickly(dst, s)
	if ok {
		return dst
	}
	if !utf8.ValidString(s) {
		return appendASCII(dst, strings.TrimSpace(s))
	}
	return appendSlowly(dst, s)
}

// appendSlowly folds between two normalisations, as Unicode's NFKC_Casefold
// does: folding may leave a text that is no longer composed. What cannot be seen
// goes first, so that it does not keep a letter and its accent apart, and last,
// for what the normalisation brought up. So it is with signs: NFKC would make a space
// and an accent of ´, and brings up the minus of ⁻.
func appendSlowly(dst []byte, s string) []byte {
	buf := appendVisible(make([]byte, 0, len(s)+len(s)/2), s)
	buf = norm.NFKC.Bytes(buf)
	buf = cases.Fold().Bytes(buf)
	buf = norm.NFKC.Bytes(buf)
	return appendVisible(dst, string(buf))
}

// appendVisible leaves out ignorable characters, makes white space one space between
// words, and gives each kind of sign its plain form.
func appendVisible(dst []byte, s string) []byte {
	start, gap := len(dst), false
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		text := s[i : i+n]
		i += n
		if ignorable(r) {
			continue
		}
		if unicode.IsSpace(r) {
			gap = len(dst) > start
			continue
		}
		if gap {
			dst = append(dst, ' ')
			gap = false
		}
		if plain := plainSign(r); plain != 0 {
			dst = append(dst, plain)
			continue
		}
		if folded := foldedCherokee(r); folded != r {
			dst = utf8.AppendRune(dst, folded)
			continue
		}
		dst = append(dst, text...)
	}
	return dst
}

// plainSign is the sign of ASCII that stands for all of its kind, 0 for what is none of
// them. MATCHING.md of tables/index lists the kinds.
func plainSign(r rune) byte {
	switch r {
	case '\u00b4', '\u02b9', '\u02bb', '\u02bc', '\u02bd', '\u055a', '\u05f3', '\u2018', '\u2019', '\u201a', '\u201b', '\u2032', '\u2035', '\u2039', '\u203a':
		return '\''
	case '\u00ab', '\u00bb', '\u02ba', '\u02ee', '\u05f4', '\u201c', '\u201d', '\u201e', '\u201f', '\u2033', '\u2036', '\u301d', '\u301e', '\u301f':
		return '"'
	case '\u058a', '\u05be', '\u1806', '\u2010', '\u2011', '\u2012', '\u2013', '\u2014', '\u2015', '\u2043', '\u2212', '\u2e3a', '\u2e3b', '\u30a0', '\ufe58':
		return '-'
	}
	return 0
}

// foldedCherokee folds the letters of Cherokee, whose small ones Unicode folds to the
// capital ones: x/text makes the one of the other, each time.
func foldedCherokee(r rune) rune {
	switch {
	case r >= 0xab70 && r <= 0xabbf:
		return r - 0xab70 + 0x13a0
	case r >= 0x13f8 && r <= 0x13fd:
		return r - 8
	}
	return r
}

// ignorable is Unicode's Default_Ignorable_Code_Point.
func ignorable(r rune) bool {
	if r < 0xad {
		return false
	}
	switch {
	case r == 0xad, r == 0x34f, r == 0x61c, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5,
		r >= 0x180b && r <= 0x180f,
		r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x206f,
		r == 0x3164, r >= 0xfe00 && r <= 0xfe0f, r == 0xfeff, r == 0xffa0, r >= 0xfff0 && r <= 0xfff8,
		r >= 0x1bca0 && r <= 0x1bca3, r >= 0x1d173 && r <= 0x1d17a, r >= 0xe0000 && r <= 0xe0fff:
		return true
	}
	return false
}
