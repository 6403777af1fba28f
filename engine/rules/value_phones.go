package rules

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// phoneDigits takes the digits of a telephone number, without an extension and without a
// (0) behind a calling code. It knows no
// countries: the number is not completed and not checked. Digits of other scripts are
// digits.
func phoneDigits(s string) string {
	s = norm.NFKC.String(s) // signs of full width, as forms in Japan have them
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := decode(s[i:])
		if b.Len() >= leastNumber && extends(s[i:i+size], s[i+size:]) {
			break
		}
		if strings.HasPrefix(s[i:], trunk) && strings.HasPrefix(b.String(), "+") {
			i += len(trunk)
			continue
		}
		switch d := digit(r); {
		case d >= 0:
			b.WriteByte('0' + byte(d))
		case r == '+' && b.Len() == 0:
			b.WriteByte('+')
		}
		i += size
	}
	// A plus sign without digits is no number.
	if b.String() == "+" {
		return ""
	}
	return b.String()
}

// trunk is the zero that is dialled within a country only. Behind a calling code, as in
// +44 (0)20, it is no part of the number.
const trunk = "(0)"

// leastNumber is how many signs of a number must have come before an extension can:
// there are offices with numbers as short as 411.
const leastNumber = 3

// decode is the first character of a text, and how much of the text is looked at with it:
// of a word all of it.
func decode(s string) (r rune, size int) {
	if r, size = utf8.DecodeRuneInString(s); unicode.IsLetter(r) {
		size = word(s)
	}
	return r, size
}

// word is the length of the run of letters at the beginning.
func word(s string) int {
	if end := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }); end >= 0 {
		return end
	}
	return len(s)
}

// extends says whether an extension begins here: with a word or a sign for it, and then
// its number. A semicolon begins the parameters of a tel: URL, which are no part of the
// number, either; two commas are a pause in dialling.
func extends(mark, rest string) bool {
	switch {
	case mark == ";":
		return true
	case mark == ",":
		return strings.HasPrefix(rest, ",")
	case mark != "#" && !extension(strings.ToLower(mark)):
		return false
	}
	rest = strings.TrimLeftFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(".:=-–#№°(", r) })
	if n := word(rest); n > 0 { // ext. no. 12
		switch strings.ToLower(rest[:n]) {
		case "no", "nr", "number", "nummer":
			rest = strings.TrimLeftFunc(rest[n:], func(r rune) bool { return unicode.IsSpace(r) || r == '.' || r == ':' })
		}
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return digit(r) >= 0
}

// extension says that a word announces an extension, in the languages in which forms
// have been seen to.
func extension(word string) bool {
	switch word {
	case "x", "xt", "ext", "extn", "exten", "extension", "int", "intern", "internal", // English
		"durchwahl", "dw", "nebenstelle", "nst", "apparat", "app", // German
		"poste", "extensión", "anexo", "interno", "ramal", "extensão", "interne", // French, Spanish, Italian, Portuguese
		"toestel", "tst", "anknytning", "ankn", "lokal", "lokalnummer", "alanumero", // Dutch, the Nordic languages
		"wewnętrzny", "wewn", "wew", "linka", "klapka", "mellék", "dahili", // Polish, Czech, Slovak, Hungarian, Turkish
		"доб", "добавочный", "вн", "внутр", // Russian
		"内線", "內線", "分机", "分機", "转", "轉", "내선": // Japanese, Chinese, Korean
		return true
	}
	return false
}

// digit is the value of a decimal digit of any script, -1 of what is none. Behind NFKC
// the digits of a script follow each other and no other digits, so the first one of them
// is as many steps below as the digit says.
func digit(r rune) int {
	switch {
	case r >= '0' && r <= '9':
		return int(r - '0')
	case r < utf8.RuneSelf || !unicode.IsDigit(r):
		return -1
	}
	zero := r
	for unicode.IsDigit(zero-1) && r-zero < 9 {
		zero--
	}
	return int(r - zero)
}
