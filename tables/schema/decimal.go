package schema

import (
	"strconv"
	"strings"
)

// A decimal is a number as it stands in a cell: digits with an optional sign,
// decimal point and exponent, exact. It keeps parts of the cell's text.
type Decimal struct {
	Negative, Plus  bool // the sign that is written
	Whole, Fraction string
	Exponent        int
}

// The bounds of a decimal, so that exact arithmetic stays cheap. They are those
// of the numbers that match modes know.
const (
	maxDigits   = 100
	maxExponent = 200
)

// ParseDecimal reads a cell. White space around the number is no part of it;
// grouping, units and currencies make a cell no number.
func ParseDecimal(cell string) (Decimal, bool) {
	var d Decimal
	text := strings.TrimSpace(cell)
	switch {
	case strings.HasPrefix(text, "-"):
		d.Negative, text = true, text[1:]
	case strings.HasPrefix(text, "+"):
		d.Plus, text = true, text[1:]
	}
	d.Whole, text = CutDigits(text)
	if strings.HasPrefix(text, ".") {
		d.Fraction, text = CutDigits(text[1:])
	}
	if n := len(d.Whole) + len(d.Fraction); n == 0 || n > maxDigits {
		return Decimal{}, false
	}
	if text == "" {
		return d, true
	}
	if text[0] != 'e' && text[0] != 'E' || len(text) > len("e+200") {
		return Decimal{}, false
	}
	var err error
	d.Exponent, err = strconv.Atoi(text[1:])
	return d, err == nil && d.Exponent >= -maxExponent && d.Exponent <= maxExponent
}

// Decimals are the digits behind the point when the number is written out.
func (d Decimal) Decimals() int { return max(0, len(d.Fraction)-d.Exponent) }

// Digit is one of all digits, those behind the last one being zero.
func (d Decimal) Digit(i int) byte {
	switch {
	case i < len(d.Whole):
		return d.Whole[i]
	case i < len(d.Whole)+len(d.Fraction):
		return d.Fraction[i-len(d.Whole)]
	}
	return '0'
}

// leading is the place of the first digit that is not zero, and the power of ten
// above it; zero has none.
func (d Decimal) leading() (place, power int, ok bool) {
	for place < len(d.Whole)+len(d.Fraction) && d.Digit(place) == '0' {
		place++
	}
	return place, len(d.Whole) - place + d.Exponent, place < len(d.Whole)+len(d.Fraction)
}

// Compare orders two numbers without making any of them a float, which would take
// two long ones for equal, and without allocating.
func (d Decimal) Compare(o Decimal) int {
	a, high, some := d.leading()
	b, other, more := o.leading()
	switch {
	case !some && !more:
		return 0
	case !some:
		return -o.sign()
	case !more, d.Negative != o.Negative:
		return d.sign()
	case high > other:
		return d.sign()
	case high < other:
		return -d.sign()
	}
	for i := range max(len(d.Whole)+len(d.Fraction)-a, len(o.Whole)+len(o.Fraction)-b) {
		switch x, y := d.Digit(a+i), o.Digit(b+i); {
		case x > y:
			return d.sign()
		case x < y:
			return -d.sign()
		}
	}
	return 0
}

// sign is 1 or -1 of a number that is not zero.
func (d Decimal) sign() int {
	if d.Negative {
		return -1
	}
	return 1
}
