package answers

import (
	"math/big"
	"strconv"
	"strings"

	"tablestep/tables/schema"
)

// A sum is an exact sum of decimals. It has as many decimals as the input with
// most, and a plus sign where an input has one. It counts units of 10^-decimals:
// in an int64 as long as the numbers are of a size that people write, which spares
// twenty allocations a lead, and in a big.Int after that.
type sum struct {
	small    int64
	large    *big.Int // instead of small; kept for its memory where isLarge is not set
	isLarge  bool
	decimals int
	plus     bool
}

const (
	smallDigits = 15      // of a number that goes into an int64
	smallMost   = 1 << 62 // of the int64, so that one more such number fits in
)

func (s *sum) reset() { *s = sum{large: s.large} }

func (s *sum) add(d schema.Decimal) {
	s.plus = s.plus || d.Plus
	if n := d.Decimals(); n > s.decimals {
		s.refine(n)
	}
	shift := s.decimals - len(d.Fraction) + d.Exponent // never negative now
	if !s.isLarge && len(d.Whole)+len(d.Fraction)+shift <= smallDigits && -smallMost < s.small && s.small < smallMost {
		n := int64(0)
		for i := range len(d.Whole) + len(d.Fraction) + shift {
			n = 10*n + int64(d.Digit(i)-'0')
		}
		if d.Negative {
			n = -n
		}
		s.small += n
		return
	}
	s.enlarge()
	// Digits only, so that it always is a number.
	n, _ := new(big.Int).SetString(d.Whole+d.Fraction, 10)
	n.Mul(n, powerOfTen(shift))
	if d.Negative {
		n.Neg(n)
	}
	s.large.Add(s.large, n)
}

// refine goes over to more decimals.
func (s *sum) refine(decimals int) {
	for !s.isLarge && s.decimals < decimals {
		if s.small <= -smallMost/10 || s.small >= smallMost/10 {
			s.enlarge()
			break
		}
		s.small *= 10
		s.decimals++
	}
	if s.decimals < decimals {
		s.large.Mul(s.large, powerOfTen(decimals-s.decimals))
		s.decimals = decimals
	}
}

func (s *sum) enlarge() {
	if s.isLarge {
		return
	}
	if s.large == nil {
		s.large = new(big.Int)
	}
	s.large.SetInt64(s.small)
	s.isLarge = true
}

// text writes the sum out.
func (s *sum) text() string {
	var buf [24]byte
	var digits string
	negative := s.small < 0
	if s.isLarge {
		negative = s.large.Sign() < 0
		digits = new(big.Int).Abs(s.large).String()
	} else {
		digits = string(strconv.AppendInt(buf[:0], max(s.small, -s.small), 10))
	}
	if missing := s.decimals + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	if s.decimals > 0 {
		point := len(digits) - s.decimals
		digits = digits[:point] + "." + digits[point:]
	}
	switch {
	case negative:
		return "-" + digits
	case s.plus:
		return "+" + digits
	}
	return digits
}

func powerOfTen(n int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}
