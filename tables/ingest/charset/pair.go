package charset

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// reading is the logarithm of the probability of the letters of a pair.
func (l *language) reading(a, b sign) float64 {
	if a.folded < utf8.RuneSelf && b.folded < utf8.RuneSelf {
		return 0
	}
	sum := l.likely(a.folded, b.folded)
	if !l.latin && (a.plain() || b.plain()) {
		sum += mixedWord
	}
	return sum
}

// What a pair is worth beside its letters.
const (
	mixedWord = -4   // letters of two scripts side by side
	capital   = -5   // a capital behind a small letter
	lastUpper = -1.5 // a word that ends with a capital beyond ASCII
	inWord    = -4   // a sign where a word begins or ends that is not put there
	usual     = -4   // a sign that people write
	unusual   = -11  // another sign
	lonely    = -3   // a word of one letter of the Latin script that is beyond ASCII
	nothing   = -14  // a byte without a meaning, or a control
)

const (
	usualSigns = "–—‘’“”„‚…•€°§«»º£©®™·½¼¾²³№¡¿µª\u00a0"
	closing    = "”’“»…º°™®©²³" // stand behind words; “ closes in German, and ’ stands within
	opening    = "“‘„‚«»¡¿§’"
)

// odd is what signs and capitals take from a pair, whatever the language.
func odd(a, b sign) float64 {
	sum := 0.0
	if b.char >= utf8.RuneSelf && b.folded == edge {
		switch {
		case b.char == utf8.RuneError || unicode.IsControl(b.char):
			sum += nothing
		case strings.ContainsRune(usualSigns, b.char):
			sum += usual
		default:
			sum += unusual
		}
		if a.folded != edge && !strings.ContainsRune(closing, b.char) {
			sum += inWord
		}
	}
	if a.char >= utf8.RuneSelf && a.folded == edge && b.folded != edge && !strings.ContainsRune(opening, a.char) {
		sum += inWord
	}
	switch {
	case a.lower && b.upper:
		sum += capital
	case a.upper && a.char >= utf8.RuneSelf && b.folded == edge:
		sum += lastUpper
	}
	return sum
}
