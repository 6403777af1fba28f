package index

import (
	"cmp"
	"math/bits"
	"slices"
)

// An alphabet says which characters of a text set which bits of its signature. The
// characters are in classes, and each class has a bit for its first character in the
// text, and perhaps one for its second and its third. Where a text has a bit that another
// one lacks, it has a character that the other one lacks, another one for each bit: so
// texts with k errors between them are at most k bits apart, in either direction.
//
// The characters that most texts have are alone in their class, and have more than one
// bit; the others share.
type alphabet struct {
	class [folds]uint8        // of a folded character
	bits  [classes * 4]uint64 // of the nth character of a class; none from its last on
}

const (
	folds     = 1 << 11 // what characters are folded into; those below it are not
	often     = 8       // classes of one character with three bits,
	sometimes = 14      // with two,
	shared    = 12      // and classes of many characters with one: 64 bits
	classes   = often + sometimes + shared
	sampled   = 1 << 12 // texts that an alphabet is made from
)

// foldRune is a character as a number below folds.
func foldRune(r rune) int {
	if r < folds {
		return int(r)
	}
	return int(uint32(r) * 0x9e3779b1 >> (32 - 11))
}

// newAlphabet makes the alphabet of some texts, by what a part of them has.
func newAlphabet(of *texts) *alphabet {
	a := &alphabet{}
	step := max(1, of.len()/sampled)
	var counts [folds]int
	for i := 0; i < of.len(); i += step {
		for _, r := range of.at(int32(i)) {
			counts[foldRune(r)]++
		}
	}
	order := make([]int, folds)
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(x, y int) int { return cmp.Or(cmp.Compare(counts[y], counts[x]), cmp.Compare(x, y)) })
	for i, folded := range order {
		if i >= often+sometimes {
			i = often + sometimes + (i-often-sometimes)%shared
		}
		a.class[folded] = uint8(i)
	}
	a.place(of, step)
	return a
}

// place gives the bits their places: the nearer a bit is to standing in half of the texts,
// the higher, so that in the order of signatures those are neighbours that agree in the
// bits that tell most.
func (a *alphabet) place(of *texts, step int) {
	type bit struct{ at, texts, total int }
	var list []bit
	for c := range classes {
		n := 1
		if c < often {
			n = 3
		} else if c < often+sometimes {
			n = 2
		}
		for nth := range n {
			list = append(list, bit{at: c<<2 | nth})
		}
	}
	var full [classes * 4]int
	total := 0
	for i := 0; i < of.len(); i += step {
		var had [classes]uint8
		for _, r := range of.at(int32(i)) {
			c := a.class[foldRune(r)]
			full[int(c)<<2|int(had[c])]++
			had[c] = min(had[c]+1, 3)
		}
		total++
	}
	fromHalf := func(b bit) int { return max(2*full[b.at]-total, total-2*full[b.at]) }
	slices.SortStableFunc(list, func(x, y bit) int { return cmp.Compare(fromHalf(y), fromHalf(x)) })
	for up, b := range list {
		a.bits[b.at] = 1 << up
	}
}

// sign is the signature of a text, and how many characters it has.
func (a *alphabet) sign(text string) (sign uint64, length int) {
	var had [classes]uint8
	for _, r := range text {
		c := a.class[foldRune(r)]
		sign |= a.bits[int(c)<<2|int(had[c]&3)]
		had[c] = min(had[c]+1, 3)
		length++
	}
	return sign, length
}

// grayOrder is the number of a signature in the order in which each differs from the one
// before in one bit.
func grayOrder(sign uint64) uint64 {
	for shift := 1; shift < 64; shift *= 2 {
		sign ^= sign >> shift
	}
	return sign
}

// bitsApart is by how many bits two signatures differ, in the direction in which it is more.
func bitsApart(a, b uint64) int { return max(bits.OnesCount64(a&^b), bits.OnesCount64(b&^a)) }

// signatures are those of texts by place.
type signatures struct {
	alphabet *alphabet
	of       []uint64
	blocks   []block // of each blockLen signatures
}

// A block is what some signatures have together: any of them, and all of them.
type block struct{ any, all uint64 }

const blockLen = 32

// newSignatures puts the signatures of texts in an order of the texts, which are in the
// lower halves of its numbers.
func newSignatures(a *alphabet, order, signs []uint64) signatures {
	s := signatures{alphabet: a, of: make([]uint64, len(order)), blocks: make([]block, (len(order)+blockLen-1)/blockLen)}
	for i := range s.blocks {
		s.blocks[i].all = ^uint64(0)
	}
	for i, o := range order {
		sign := signs[o&lower]
		s.of[i] = sign
		b := &s.blocks[i/blockLen]
		b.any |= sign
		b.all &= sign
	}
	return s
}

// sift adds the places in a stretch whose signatures are at most so many bits from one.
// A block whose signatures all lack more of its bits, or all have more others, is passed
// over.
func (s *signatures) sift(sign uint64, from, to int32, most int, dst []int32) []int32 {
	for from < to {
		at := from / blockLen
		end := min(to, (at+1)*blockLen)
		if b := &s.blocks[at]; bits.OnesCount64(sign&^b.any) > most || bits.OnesCount64(b.all&^sign) > most {
			from = end
			continue
		}
		for i, other := range s.of[from:end] {
			if bits.OnesCount64(sign&^other) <= most && bits.OnesCount64(other&^sign) <= most {
				dst = append(dst, from+int32(i))
			}
		}
		from = end
	}
	return dst
}

func (s *signatures) bytes() int64 {
	return 8*int64(len(s.of)) + 16*int64(len(s.blocks)) + folds + classes*4*8
}
