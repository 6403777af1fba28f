package index

import "math/bits"

// planeWork is what it takes to add one word of a part to the counts, and blockWords how
// many words are counted at once: their counts stay near, and who wants few hits is done
// after the first ones that have them.
const (
	planeWork  = 3
	blockWords = 512
)

// markWork is what it takes to make bitmaps of the rows of all parts.
func (b *someBatch) markWork(words int) int {
	work := 0
	for j := range b.lists {
		work += words + 2*min(b.lists[j].rows, words)
	}
	return work
}

// counted adds the hits of a tuple of which every part that could lead leaves many rows. The
// parts that hold are counted for 64 rows at once: plane p has bit p of the count of each
// row.
func (b *someBatch) counted(s *some, words, need int) {
	b.sets = b.sets[:0]
	work := 0
	for j := range b.lists {
		set, ok := b.rowsOf(j, words)
		if !ok {
			return
		}
		b.sets = append(b.sets, set)
		work += b.lists[j].work
	}
	planes := bits.Len(uint(len(b.lists)))
	b.plane = resize(b.plane, planes*blockWords)
	for from := 0; from < words; from += blockWords {
		n := min(blockWords, words-from)
		if !b.work.meter.Spend(planeWork * n * len(b.sets)) {
			return
		}
		clear(b.plane)
		for _, set := range b.sets {
			b.addUp(set[from:from+n], planes)
		}
		for w := range n {
			for reached := b.reached(s.need, planes, w); reached != 0; reached &= reached - 1 {
				b.count(s, int32((from+w)<<6+bits.TrailingZeros64(reached)), 0)
				if !b.work.meter.Spend(work) || need != All && len(b.hits) == need {
					return
				}
			}
		}
	}
}

// addUp adds the rows of a part to the counts of a block.
func (b *someBatch) addUp(set []uint64, planes int) {
	if planes == 2 { // three parts: by far the most
		zero, one := b.plane[:len(set)], b.plane[blockWords:][:len(set)]
		for w, rows := range set {
			one[w] ^= zero[w] & rows
			zero[w] ^= rows
		}
		return
	}
	for w, carry := range set {
		for at := w; carry != 0; at += blockWords {
			b.plane[at], carry = b.plane[at]^carry, b.plane[at]&carry
		}
	}
}

// reached has, of the rows of a word, the bits of those of which the count is n or more.
// From the lowest bit on, it is with the planes so far if its bit is above that of n, or is
// the same and the lower bits were enough.
func (b *someBatch) reached(n, planes, w int) uint64 {
	reached := ^uint64(0)
	for p := range planes {
		if bit := b.plane[p*blockWords+w]; n>>p&1 == 1 {
			reached &= bit
		} else {
			reached |= bit
		}
	}
	return reached
}

// rowsOf is the bitmap of the rows that a part leaves. ok is false where the work stopped.
func (b *someBatch) rowsOf(j, words int) (set []uint64, ok bool) {
	l := &b.lists[j]
	if l.slot == nil && l.want >= 0 && l.term.any == none && l.term.dense != nil && l.term.dense[l.want] != nil {
		return l.term.dense[l.want], true
	}
	for len(b.room) <= j {
		b.room = append(b.room, nil)
	}
	set = resize(b.room[j], words)
	b.room[j] = set
	if !b.work.meter.Spend(words) {
		return nil, false
	}
	clear(set)
	b.eachEntry(l, func(entry int32) bool {
		if !b.work.meter.Spend(2 + l.term.markWork(entry)) {
			return false
		}
		l.term.mark(entry, set)
		return true
	})
	return set, !b.work.meter.Stopped()
}
