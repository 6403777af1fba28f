package charset

import "unicode/utf8"

// A tally counts pairs of bytes of which one is beyond ASCII, and how often such a byte
// stands for itself, between signs and spaces.
type tally struct {
	pairs [256][256]int32
	seen  [][2]byte // in the order in which they came, so that sums are always the same
	alone [256]int32
}

func count(sample []byte) *tally {
	t := &tally{}
	at := func(i int) byte {
		if i < 0 || i >= len(sample) {
			return '\n'
		}
		return sample[i]
	}
	apart := func(c byte) bool { return c < utf8.RuneSelf && !letter(rune(c)) }
	for i := 0; i <= len(sample); i++ {
		a, b := at(i-1), at(i)
		if a < utf8.RuneSelf && b < utf8.RuneSelf {
			continue
		}
		if t.pairs[a][b]++; t.pairs[a][b] == 1 {
			t.seen = append(t.seen, [2]byte{a, b})
		}
		if b >= utf8.RuneSelf && apart(a) && apart(at(i+1)) {
			t.alone[b]++
		}
	}
	return t
}
