package schema

import (
	"strconv"
	"strings"
)

// A Decimal is a number, exact: digits with an optional sign, decimal point and exponent.
// It keeps parts of the text that it was read from.
type Decimal struct {
	Negative, Plus  bool   // the sign that is written
	Whole, Fraction string // digits
	Exponent        int
}

// ParseDecimal is ParseNumber for who calculates.
func ParseDecimal(text string) (Decimal, bool) {
	n, ok := readNumeral(text)
	if !ok {
		return Decimal{}, false
	}
	return n.decimal(), true
}

// Int64 is a number that is written without decimals and without an exponent, where it
// fits.
func (d Decimal) Int64() (int64, bool) {
	if d.Fraction != "" || d.Exponent != 0 {
		return 0, false
	}
	sign := ""
	if d.Negative {
		sign = "-"
	}
	n, err := strconv.ParseInt(sign+d.Whole, 10, 64)
	return n, err == nil
}

// Float64 is the float64 that comes nearest.
func (d Decimal) Float64() float64 {
	n := numeral{bare: d.Whole + "." + d.Fraction + "e" + strconv.Itoa(d.Exponent), negative: d.Negative, whole: d.Whole, fraction: d.Fraction, exponent: d.Exponent}
	return n.number().Float
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

// Shortest is the number with as few digits as it can have, written out: 5 for 5.0, 100
// for 1e2. A plus is left out, and zero has no sign.
func (d Decimal) Shortest() string {
	place, power, some := d.leading()
	if !some {
		return "0"
	}
	digits := strings.TrimRight((d.Whole + d.Fraction)[place:], "0")
	sign := ""
	if d.Negative {
		sign = "-"
	}
	switch {
	case power <= 0:
		return sign + "0." + strings.Repeat("0", -power) + digits
	case len(digits) <= power:
		return sign + digits + strings.Repeat("0", power-len(digits))
	}
	return sign + digits[:power] + "." + digits[power:]
}
