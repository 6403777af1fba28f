package schema

import (
	"cmp"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"tablestep/tables/column"
)

// The bounds of a number: so many digits, so that exact arithmetic stays cheap, and a
// size at which a float64 still tells all numbers of sureDigits digits apart: from 1e-307
// to below 1e308.
const (
	maxDigits   = 400
	maxExponent = 308
	sureDigits  = 15
)

// A Number is a number that is ready to be compared.
type Number struct {
	Float float64
	Long  bool   // there are more digits than a float64 holds for sure
	Text  string // what was read: it tells apart what Float cannot
}

// ParseNumber reads what a person, a form or a file writes for a number. It is the one
// reader of numbers: match modes, outputs, sums, priorities, sorting and rules ask it,
// or ParseDecimal and ParseInteger, which read by the same grammar:
//
//	number   = [ sign ] [ currency ] digits [ exponent ]    (the sign may follow the currency)
//	sign     = "+" | "-"
//	currency = ( "$" | "€" | "£" | "¥" ) { space }
//	digits   = whole [ "." { 0-9 } ] | "." 0-9 { 0-9 }
//	whole    = 0-9 { 0-9 } | 1-9 [ 0-9 [ 0-9 ] ] "," three { "," three }    (three: three of 0-9)
//	exponent = ( "e" | "E" ) [ sign ] 0-9 { 0-9 }
//
// White space around it is no part of it, and full-width digits and signs count as
// plain ones (NFKC); raised and circled digits do not, because 10² is not 102. What
// could be meant in two ways is no number: 0,123 and 12,34 (a decimal comma?), "- 5"
// (a list?), (5), 50 %, 1.000.000.
func ParseNumber(text string) (Number, bool) {
	n, ok := readNumeral(text)
	if !ok {
		return Number{}, false
	}
	return n.number(), true
}

// ParseNormalNumber is ParseNumber for a text of which the caller has the normal form
// (column.Normalize) at hand. It allocates nothing but for more than sureDigits
// digits with commas.
func ParseNormalNumber(text, normal string) (Number, bool) {
	n, ok := scanNumber(normal)
	if !ok || !n.fits() || text != normal && odd(text) {
		return Number{}, false
	}
	return n.number(), true
}

// Compare orders two numbers exactly.
func (n Number) Compare(o Number) int {
	if c := cmp.Compare(n.Float, o.Float); c != 0 || !n.Long && !o.Long {
		return c
	}
	a, _ := ParseDecimal(n.Text)
	b, _ := ParseDecimal(o.Text)
	return a.Compare(b)
}

// ParseInteger reads a number that is written without a point and without an exponent
// and fits 32 bits, as Marketo's integers and scores do.
func ParseInteger(text string) (int32, bool) {
	n, ok := readNumeral(text)
	if !ok || !n.integer() {
		return 0, false
	}
	whole := 0
	for i := range len(n.whole) {
		if c := n.whole[i]; c != ',' {
			whole = 10*whole + int(c-'0')
		}
		if whole > math.MaxInt32+1 {
			return 0, false
		}
	}
	if n.negative {
		whole = -whole
	}
	return int32(whole), whole >= math.MinInt32 && whole <= math.MaxInt32
}

// A numeral is a number as it is written.
type numeral struct {
	text            string // all of it
	bare            string // from the first digit or the point on
	negative, plus  bool   // the sign that is written
	whole, fraction string // digits, in whole also the commas between groups of them
	power           string // the exponent with its sign
	exponent        int    // its value
	grouped, point  bool
}

// readNumeral reads any text.
func readNumeral(text string) (numeral, bool) {
	ascii, ok := plainText(text)
	if !ok {
		return numeral{}, false
	}
	n, ok := scanNumber(ascii)
	return n, ok && n.fits()
}

// plainText is the text in which a number or a date is looked for: the trimmed text, or
// the normal form of one that is not ASCII.
func plainText(text string) (string, bool) {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return column.Normalize(text), !odd(text)
		}
	}
	return strings.TrimSpace(text), true
}

// odd says that a text has a character that becomes digits in the normal form and means
// something else: a raised, lowered or circled digit or a fraction.
func odd(text string) bool {
	for _, r := range text {
		if r >= utf8.RuneSelf && unicode.Is(unicode.No, r) {
			return true
		}
	}
	return false
}

// scanNumber reads a text without white space around it. It says nothing of the size.
// Most texts are no numbers and fail at their first byte.
func scanNumber(text string) (n numeral, ok bool) {
	n.text = text
	text = n.sign(text)
	if text = n.currency(text); text == "" || text[0] != '.' && (text[0] < '0' || text[0] > '9') {
		return n, false
	}
	n.bare = text
	if n.whole, text = CutDigits(text); strings.HasPrefix(text, ",") {
		if text, ok = n.groups(text); !ok {
			return n, false
		}
	}
	if n.point = strings.HasPrefix(text, "."); n.point {
		n.fraction, text = CutDigits(text[1:])
	}
	if n.whole == "" && n.fraction == "" {
		return n, false
	}
	return n, text == "" || n.exponential(text)
}

func (n *numeral) sign(text string) string {
	if text == "" || text[0] != '-' && text[0] != '+' {
		return text
	}
	n.negative, n.plus = text[0] == '-', text[0] == '+'
	return text[1:]
}

// currency takes a currency's sign off the start, and a sign of the number behind it if
// there is none before.
func (n *numeral) currency(text string) string {
	if text == "" || text[0] != '$' && text[0] < utf8.RuneSelf {
		return text
	}
	for _, currency := range [...]string{"$", "€", "£", "¥"} {
		if rest, ok := strings.CutPrefix(text, currency); ok {
			text = strings.TrimLeft(rest, " \t\n\v\f\r")
			if !n.negative && !n.plus {
				text = n.sign(text)
			}
			break
		}
	}
	return text
}

// exponential takes in an exponent, which ends the number.
func (n *numeral) exponential(text string) bool {
	if text[0] != 'e' && text[0] != 'E' {
		return false
	}
	n.power = text[1:]
	digits := n.power
	if digits != "" && (digits[0] == '+' || digits[0] == '-') {
		digits = digits[1:]
	}
	if _, rest := CutDigits(digits); digits == "" || rest != "" {
		return false
	}
	for i := range len(digits) {
		n.exponent = min(10*n.exponent+int(digits[i]-'0'), 10*maxExponent)
	}
	if n.power[0] == '-' {
		n.exponent = -n.exponent
	}
	return true
}

// groups takes in the groups of three digits that follow the first one, which has one to
// three and does not begin with a zero: 0,123 is a decimal comma rather than 123.
func (n *numeral) groups(text string) (rest string, ok bool) {
	if len(n.whole) > 3 || n.whole == "" || n.whole[0] == '0' {
		return text, false
	}
	for strings.HasPrefix(text, ",") {
		digits, rest := CutDigits(text[1:])
		if len(digits) != 3 {
			return text, false
		}
		n.whole = n.bare[:len(n.whole)+4]
		text = rest
	}
	n.grouped = true
	return text, true
}

// fits says that a number is within the bounds.
func (n *numeral) fits() bool {
	digits := len(n.whole) + len(n.fraction)
	if n.grouped {
		digits -= strings.Count(n.whole, ",")
	}
	if digits > maxDigits {
		return false
	}
	if n.exponent == 0 && digits < maxExponent {
		return true
	}
	_, power, some := n.decimal().leading()
	return !some || power <= maxExponent && power > 1-maxExponent
}

// integer says that it is written as a whole number.
func (n *numeral) integer() bool { return !n.point && n.power == "" }

// digits are those before the point without the commas between them.
func (n *numeral) digits() string {
	if n.grouped {
		return strings.ReplaceAll(n.whole, ",", "")
	}
	return n.whole
}

func (n *numeral) decimal() Decimal {
	return Decimal{Negative: n.negative, Plus: n.plus, Whole: n.digits(), Fraction: n.fraction, Exponent: n.exponent}
}

// number works out the float64, without allocating where few digits stand: such a number
// is a whole one times or by a power of ten, both of which a float64 holds exactly.
func (n *numeral) number() Number {
	value, significant := uint64(0), 0
	for _, digits := range [...]string{n.whole, n.fraction} {
		for i := 0; i < len(digits) && significant <= sureDigits; i++ {
			if c := digits[i]; c != ',' && (significant > 0 || c != '0') {
				significant++
				value = 10*value + uint64(c-'0')
			}
		}
	}
	out := Number{Float: float64(value), Long: significant > sureDigits, Text: n.text}
	if shift := n.exponent - len(n.fraction); out.Long || shift < -22 || shift > 22 {
		bare := n.bare
		if n.grouped {
			bare = n.digits() + n.bare[len(n.whole):]
		}
		out.Float, _ = strconv.ParseFloat(bare, 64) // Digits within the bounds: it always is a number.
	} else if shift < 0 {
		out.Float /= math.Pow10(-shift)
	} else if shift > 0 {
		out.Float *= math.Pow10(shift)
	}
	if n.negative && out.Float != 0 {
		out.Float = -out.Float
	}
	return out
}

// CutDigits cuts the decimal digits off the start of a text.
func CutDigits(s string) (digits, rest string) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return s[:i], s[i:]
}
