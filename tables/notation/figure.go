package notation

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A figure is a number as it is written, before a convention tells what its signs mean.
type figure struct {
	negative, plus bool
	body           string // digits and what stands between them: , . ' or one space
	exponent       int
	scale          byte // 'K', 'M' or 0
	percent        bool
	currency       bool
}

// maxExponent bounds what an exponent adds up to; numbers beyond are refused by who reads
// the spelling.
const maxExponent = 99_999

// scan reads a figure; unit may stand behind it.
func scan(text, unit string) (f figure, ok bool) {
	s, ok := simple(withoutUnit(text, unit))
	if !ok {
		return f, false
	}
	s = f.sign(s)
	s = f.front(s)
	if !f.negative && !f.plus && f.currency {
		s = f.sign(s)
	}
	end := 0
	for end < len(s) && inBody(s, end) {
		end++
	}
	f.body, s = s[:end], s[end:]
	if f.body == "" {
		return f, false
	}
	if s, ok = f.power(s); !ok {
		return f, false
	}
	return f, f.behind(s)
}

// inBody says that a byte belongs to the digits and the signs between them: a sign that
// is no point or comma stands between two digits.
func inBody(s string, i int) bool {
	switch c := s[i]; c {
	case '.', ',':
		return true
	case '\'', ' ':
		return i > 0 && i+1 < len(s) && isDigit(s[i-1]) && isDigit(s[i+1])
	default:
		return isDigit(c)
	}
}

// withoutUnit cuts a unit off the end, whatever its case.
func withoutUnit(text, unit string) string {
	if unit == "" {
		return text
	}
	text = trim(text)
	if at := len(text) - len(unit); at > 0 && strings.EqualFold(text[at:], unit) {
		return text[:at]
	}
	return text
}

// trim takes white space off both ends, and what nobody sees.
func trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r >= utf8.RuneSelf && unicode.Is(unicode.Cf, r) })
}

func (f *figure) sign(s string) string {
	switch {
	case strings.HasPrefix(s, "-"):
		f.negative = true
		return s[1:]
	case strings.HasPrefix(s, "+"):
		f.plus = true
		return s[1:]
	}
	return s
}

// front takes a currency off the start.
func (f *figure) front(s string) string {
	if r, n := utf8.DecodeRuneInString(s); unicode.Is(unicode.Sc, r) {
		f.currency = true
		return strings.TrimLeft(s[n:], " ")
	}
	if len(s) > 3 && Currency(s[:3]) {
		f.currency = true
		return strings.TrimLeft(s[3:], " ")
	}
	return s
}

// power takes an exponent.
func (f *figure) power(s string) (rest string, ok bool) {
	if s == "" || s[0] != 'e' && s[0] != 'E' {
		return s, true
	}
	s = s[1:]
	negative := strings.HasPrefix(s, "-")
	if negative || strings.HasPrefix(s, "+") {
		s = s[1:]
	}
	n := 0
	for ; n < len(s) && isDigit(s[n]); n++ {
		f.exponent = min(10*f.exponent+int(s[n]-'0'), maxExponent)
	}
	if negative {
		f.exponent = -f.exponent
	}
	return s[n:], n > 0
}

// behind takes what may stand behind the digits; nothing else may.
func (f *figure) behind(s string) bool {
	s = strings.TrimLeft(s, " ")
	if s != "" && (s[0] == 'K' || s[0] == 'M') && (len(s) == 1 || !isLetter(s[1])) {
		f.scale = s[0]
		s = strings.TrimLeft(s[1:], " ")
	}
	if strings.HasPrefix(s, "%") {
		f.percent = true
		s = strings.TrimLeft(s[1:], " ")
	}
	switch {
	case s == "":
		return true
	case f.currency:
		return false
	}
	r, n := utf8.DecodeRuneInString(s)
	return unicode.Is(unicode.Sc, r) && n == len(s) || Currency(s)
}

// isWord says that a rune may stand in the name of a unit.
func isWord(r rune) bool {
	return unicode.IsLetter(r) || r == '°' || r == '/' || r == '²' || r == '³'
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// simple is a text without white space around it, in which digits of every script are
// plain, and dashes, apostrophes and spaces are of one kind each. ok is false where a
// digit means something else: 10² is not 102.
func simple(text string) (s string, ok bool) {
	ascii := true
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			ascii = false
			break
		}
	}
	if ascii {
		return strings.TrimSpace(text), true
	}
	for _, r := range text {
		if r >= utf8.RuneSelf && unicode.Is(unicode.No, r) {
			return "", false
		}
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r < utf8.RuneSelf:
			return r
		case unicode.Is(unicode.Nd, r):
			return digit(r)
		case unicode.Is(unicode.Cf, r): // what nobody sees
			return -1
		case unicode.Is(unicode.Zs, r):
			return ' '
		case r == '’' || r == 'ʼ':
			return '\''
		case r == '−' || r == '‐' || r == '‑' || r == '–':
			return '-'
		case r == '٫': // the decimal sign of Arabic
			return '.'
		case r == '٬': // and its sign between groups
			return ','
		}
		return r
	}, norm.NFKC.String(text))
	return strings.TrimSpace(s), true
}

// digit is the plain digit of one of any script. Unicode has them in runs of ten.
func digit(r rune) rune {
	for _, t := range unicode.Nd.R16 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return '0' + (r-rune(t.Lo))%10
		}
	}
	for _, t := range unicode.Nd.R32 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return '0' + (r-rune(t.Lo))%10
		}
	}
	return r
}

// Currency says that a text is the code of one that may stand before or behind a number, of
// ISO 4217.
func Currency(code string) bool {
	switch code {
	case "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "INR", "JPY", "MXN", "NOK", "NZD", "PLN", "SEK", "SGD", "USD", "ZAR":
		return true
	}
	return false
}
