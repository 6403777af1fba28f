package rules

import "math"

// Sums, differences and products of whole numbers are whole where 64 bits hold them, and
// else floats: a number that runs over must not become a small one, or one below zero.

// total is the sum of two numbers.
func total(a, b value) value {
	if a.kind == kindInt && b.kind == kindInt {
		x, y := a.int(), b.int()
		if s := x + y; (s > x) == (y > 0) {
			return integer(s)
		}
	}
	return float(a.float() + b.float())
}

func minus(a, b int) value {
	if d := a - b; (d < a) == (b > 0) {
		return integer(d)
	}
	return float(float64(a) - float64(b))
}

func times(a, b int) value {
	// The smallest number times -1 is itself again, also when it is divided.
	if p := a * b; a == 0 || p/a == b && !(a == -1 && b == math.MinInt) {
		return integer(p)
	}
	return float(float64(a) * float64(b))
}
