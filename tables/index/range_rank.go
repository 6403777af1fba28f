package index

import (
	"math"
	"unicode/utf8"
)

// The rank of a span, in 32 bits: closed ones have the upper half, narrower ones more of
// it; half-open ones are ranked by the end that they have, the lower half up to all.
const closedRank = 1 << 31

// rank is higher the more specific a span is, and depends on nothing but the span, so that
// it may be compared among the indexes of parts of a table. Numbers are told apart to about
// seven digits, times to the minute, and texts by their first characters.
func (s span) rank() uint32 {
	low, high := s.low.end() == 0, s.high.end() == 0
	switch {
	case low && high:
		return closedRank + s.narrowness()
	case low:
		// A span that leaves its end out is the narrower of two.
		return min(place(s.low.at)+one(s.low.side == behind), closedRank-1)
	case high:
		return min(closedRank-1-place(s.high.at)+one(s.high.side == before), closedRank-1)
	}
	return 0
}

func one(is bool) uint32 {
	if is {
		return 1
	}
	return 0
}

// place is where a scalar stands among all of its kind, in 31 bits.
func place(x scalar) uint32 {
	switch x.kind {
	case dateKind:
		const yearZero = -62167219200 // in seconds from 1970 on
		return uint32(min(max((x.f-yearZero)/60, 0), closedRank-1))
	case numberKind:
		bits := math.Float32bits(float32(x.f))
		if bits>>31 == 1 {
			return (^bits & (1<<32 - 1)) >> 1
		}
		return (bits | 1<<31) >> 1
	}
	place := uint32(0)
	for i := range 4 {
		place <<= 8
		if i < len(x.text) {
			place |= uint32(x.text[i])
		}
	}
	return place >> 1
}

// narrowness is higher the narrower a span with two ends is: for texts, the more
// characters they share at their start. It takes 31 bits.
func (s span) narrowness() uint32 {
	if s.kind != textKind {
		return math.Float32bits(math.MaxFloat32) - math.Float32bits(float32(min(s.high.at.f-s.low.at.f, math.MaxFloat32)))
	}
	a, b := s.low.at.text, s.high.at.text
	if a == b && s.high.side == behind {
		return closedRank - 1
	}
	shared := 0
	for shared < min(len(a), len(b)) && a[shared] == b[shared] {
		shared++
	}
	return uint32(utf8.RuneCountInString(a[:shared])) + 1
}
