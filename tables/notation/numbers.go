package notation

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Numbers is the way in which numbers are written, named by an example: 1,234.5 is the
// one of English, 1.234,5 of most of Europe, 1 234,5 of France and Poland, 1'234.5 of
// Switzerland. The empty one is English.
type Numbers string

// The conventions.
const (
	CommaPoint      Numbers = "1,234.5"
	PointComma      Numbers = "1.234,5"
	SpaceComma      Numbers = "1 234,5"
	ApostrophePoint Numbers = "1'234.5"
)

// Conventions are all of them, the one that is assumed where nothing tells first.
func Conventions() []Numbers {
	return []Numbers{CommaPoint, PointComma, SpaceComma, ApostrophePoint}
}

// Known says that there is such a convention; the empty one is English.
func (n Numbers) Known() bool { return n == "" || slices.Contains(Conventions(), n) }

// signs are those of a convention: between groups, and before the decimals.
func (n Numbers) signs() (group, decimal byte) {
	switch n {
	case PointComma:
		return '.', ','
	case SpaceComma:
		return ' ', ','
	case ApostrophePoint:
		return '\'', '.'
	}
	return ',', '.'
}

// Reading says what a number may have besides digits.
type Reading struct {
	Numbers Numbers
	Scale   bool   // K and M count, for thousand and million
	Unit    string // may stand behind each number: that of a column whose cells all have it
}

// Spell writes a number in the plain way: an optional minus or plus, digits, an optional
// point with decimals, an optional exponent. ok is false where the text is no number in
// this convention.
//
//	number   = [ sign ] [ currency ] [ sign ] digits [ exponent ] [ scale ] [ "%" ] [ currency | unit ]
//	sign     = "+" | "-"
//	digits   = whole [ decimal { 0-9 } ] | decimal 0-9 { 0-9 }
//	whole    = 0-9 { 0-9 } | 1-9 [ 0-9 [ 0-9 ] ] group three { group three }
//	scale    = "K" | "M"
//	currency = a sign such as $ € £ ¥ | a code such as USD, in capitals
//
// There is one sign, and one currency, at most. White space may stand around all of it and
// between its parts. Digits of every script count, raised and circled ones do not. 15% is
// 0.15. No numbers are (5), 0x10, and what has a sign of another convention.
func (r Reading) Spell(text string) (spelling string, ok bool) {
	if plain(text) {
		return text, true
	}
	f, ok := scan(text, r.Unit)
	if !ok || f.scale != 0 && !r.Scale {
		return "", false
	}
	whole, fraction, ok := f.divide(r.Numbers)
	if !ok {
		return "", false
	}
	return f.spell(whole, fraction), true
}

// Ambiguous says that a text is a number in two conventions, and not the same one.
func Ambiguous(text string) bool {
	if plain(text) {
		return false
	}
	f, ok := scan(text, "")
	if !ok {
		return false
	}
	first, some := "", false
	for _, n := range Conventions() {
		whole, fraction, ok := f.divide(n)
		switch s := whole + "." + fraction; {
		case !ok:
		case some && s != first:
			return true
		default:
			first, some = s, true
		}
	}
	return false
}

// Plain says that a text is spelled already: digits, and a minus in front of them.
func Plain(text string) bool { return plain(text) }

// HasDigit is false for texts that have neither numbers nor dates in them, and costs little.
func HasDigit(text string) bool {
	for i := range len(text) {
		if c := text[i]; isDigit(c) || c >= utf8.RuneSelf {
			return true
		}
	}
	return false
}

// MayBeNumber is false for most texts that are no numbers, and costs little: a number has a
// digit, and begins with no letter but those of a currency. unit is that of the column.
func MayBeNumber(text, unit string) bool {
	first := strings.TrimLeft(text, " ")
	if first == "" || isLetter(first[0]) && (len(first) < 4 || !Currency(first[:3])) {
		return false
	}
	if !HasDigit(text) {
		return false
	}
	_, ok := scan(text, unit) // In no convention is a number what is none in all of its parts.
	return ok
}

// plain says that a text is spelled already: digits, and a minus in front of them, which
// every convention reads alike. Most cells and values are such.
func plain(text string) bool {
	i := 0
	if text != "" && text[0] == '-' {
		i++
	}
	digits := 0
	for ; i < len(text) && isDigit(text[i]); i++ {
		digits++
	}
	return digits > 0 && i == len(text)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// divide tells whole digits from decimals, both without signs between them.
func (f *figure) divide(n Numbers) (whole, fraction string, ok bool) {
	group, decimal := n.signs()
	body := f.body
	whole, fraction, point := strings.Cut(body, string(decimal))
	if strings.IndexFunc(fraction, func(r rune) bool { return r < '0' || r > '9' }) >= 0 {
		return "", "", false
	}
	if whole == "" && (!point || fraction == "") {
		return "", "", false
	}
	groups := strings.Split(whole, string(group))
	for i, g := range groups {
		for j := range len(g) {
			if !isDigit(g[j]) {
				return "", "", false
			}
		}
		if len(groups) == 1 {
			break
		}
		if i == 0 && (g == "" || len(g) > 3 || g[0] == '0') || i > 0 && len(g) != 3 {
			return "", "", false
		}
	}
	return strings.Join(groups, ""), fraction, true
}

// spell puts the parts together. K, M and % move the point.
func (f *figure) spell(whole, fraction string) string {
	switch {
	case f.percent && f.scale == 'M':
		whole, fraction = up(whole, fraction, 4)
	case f.percent && f.scale == 'K':
		whole, fraction = up(whole, fraction, 1)
	case f.percent:
		whole, fraction = down(whole, fraction, 2)
	case f.scale == 'K':
		whole, fraction = up(whole, fraction, 3)
	case f.scale == 'M':
		whole, fraction = up(whole, fraction, 6)
	}
	var b strings.Builder
	switch {
	case f.negative:
		b.WriteByte('-')
	case f.plus:
		b.WriteByte('+')
	}
	if whole == "" {
		whole = "0"
	}
	b.WriteString(whole)
	if fraction != "" {
		b.WriteByte('.')
		b.WriteString(fraction)
	}
	if f.exponent != 0 {
		b.WriteByte('e')
		b.WriteString(strconv.Itoa(f.exponent))
	}
	return b.String()
}

// up moves the point to the right.
func up(whole, fraction string, places int) (string, string) {
	if n := places - len(fraction); n > 0 {
		fraction += strings.Repeat("0", n)
	}
	return whole + fraction[:places], fraction[places:]
}

// down moves it to the left.
func down(whole, fraction string, places int) (string, string) {
	if n := places - len(whole); n > 0 {
		whole = strings.Repeat("0", n) + whole
	}
	at := len(whole) - places
	return whole[:at], whole[at:] + fraction
}
