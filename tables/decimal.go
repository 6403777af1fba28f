package tables

import (
	"strconv"
	"strings"
)

// A decimal is a number as it stands in a cell: digits with an optional sign,
// decimal point and exponent, exact. It keeps parts of the cell's text.
type decimal struct {
	negative, plus  bool // the sign that is written
	whole, fraction string
	exponent        int
}

// The bounds of a decimal, so that exact arithmetic stays cheap. They are those
// of the numbers that match modes know.
const (
	maxDigits   = 100
	maxExponent = 200
)

// parseDecimal reads a cell. White space around the number is no part of it;
// grouping, units and currencies make a cell no number.
func parseDecimal(cell string) (decimal, bool) {
	var d decimal
	text := strings.TrimSpace(cell)
	switch {
	case strings.HasPrefix(text, "-"):
		d.negative, text = true, text[1:]
	case strings.HasPrefix(text, "+"):
		d.plus, text = true, text[1:]
	}
	d.whole, text = cutDigits(text)
	if strings.HasPrefix(text, ".") {
		d.fraction, text = cutDigits(text[1:])
	}
	if n := len(d.whole) + len(d.fraction); n == 0 || n > maxDigits {
		return decimal{}, false
	}
	if text == "" {
		return d, true
	}
	if text[0] != 'e' && text[0] != 'E' || len(text) > len("e+200") {
		return decimal{}, false
	}
	var err error
	d.exponent, err = strconv.Atoi(text[1:])
	return d, err == nil && d.exponent >= -maxExponent && d.exponent <= maxExponent
}

// decimals are the digits behind the point when the number is written out.
func (d decimal) decimals() int { return max(0, len(d.fraction)-d.exponent) }

// digit is one of all digits, those behind the last one being zero.
func (d decimal) digit(i int) byte {
	switch {
	case i < len(d.whole):
		return d.whole[i]
	case i < len(d.whole)+len(d.fraction):
		return d.fraction[i-len(d.whole)]
	}
	return '0'
}

// leading is the place of the first digit that is not zero, and the power of ten
// above it; zero has none.
func (d decimal) leading() (place, power int, ok bool) {
	for place < len(d.whole)+len(d.fraction) && d.digit(place) == '0' {
		place++
	}
	return place, len(d.whole) - place + d.exponent, place < len(d.whole)+len(d.fraction)
}

// compare orders two numbers without making any of them a float, which would take
// two long ones for equal, and without allocating.
func (d decimal) compare(o decimal) int {
	a, high, some := d.leading()
	b, other, more := o.leading()
	switch {
	case !some && !more:
		return 0
	case !some:
		return -o.sign()
	case !more, d.negative != o.negative:
		return d.sign()
	case high > other:
		return d.sign()
	case high < other:
		return -d.sign()
	}
	for i := range max(len(d.whole)+len(d.fraction)-a, len(o.whole)+len(o.fraction)-b) {
		switch x, y := d.digit(a+i), o.digit(b+i); {
		case x > y:
			return d.sign()
		case x < y:
			return -d.sign()
		}
	}
	return 0
}

// sign is 1 or -1 of a number that is not zero.
func (d decimal) sign() int {
	if d.negative {
		return -1
	}
	return 1
}
