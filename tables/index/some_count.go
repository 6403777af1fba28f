package index

import "math/bits"

// planeWork is what it takes to add one word of a part to the counts.
const planeWork = 3

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
	planes := bits.Len(uint(len(b.lists)))
	for len(b.plane) < planes {
		b.plane = append(b.plane, nil)
	}
	for p := range planes {
		b.plane[p] = resize(b.plane[p], words)
		clear(b.plane[p])
	}
	b.set = resize(b.set, words)
	if !b.work.meter.Spend((1 + planes) * words) {
		return
	}
	for j := range b.lists {
		set, ok := b.rowsOf(&b.lists[j], words)
		if !ok || !b.work.meter.Spend(planeWork*words) {
			return
		}
		for w, carry := range set {
			for p := 0; carry != 0; p++ {
				plane := &b.plane[p][w]
				*plane, carry = *plane^carry, *plane&carry
			}
		}
	}
	for w := range b.set {
		b.set[w] = b.atLeast(s.need, planes, w)
	}
	work := 0
	for j := range b.lists {
		work += b.lists[j].work
	}
	eachBit(b.set, func(row int32) bool {
		b.count(s, row, 0)
		return b.work.meter.Spend(work) && (need == All || len(b.hits) < need)
	})
}

// rowsOf is the bitmap of the rows that a part leaves; it stays until the next one. ok is
// false where the work stopped.
func (b *someBatch) rowsOf(l *leading, words int) (set []uint64, ok bool) {
	if l.slot == nil && l.want >= 0 && l.term.any == none && l.term.dense != nil && l.term.dense[l.want] != nil {
		return l.term.dense[l.want], true
	}
	b.other = resize(b.other, words)
	clear(b.other)
	if !b.work.meter.Spend(words) {
		return nil, false
	}
	b.eachEntry(l, func(entry int32) bool {
		if !b.work.meter.Spend(2 + l.term.markWork(entry)) {
			return false
		}
		l.term.mark(entry, b.other)
		return true
	})
	return b.other, !b.work.meter.Stopped()
}

// atLeast has, of the rows of a word, the bits of those of which a count is reached. From
// the lowest bit on, a row has at least n with the planes so far if its bit is above that of
// n, or is the same and it had at least the lower bits of n.
func (b *someBatch) atLeast(n, planes, w int) uint64 {
	reached := ^uint64(0)
	for p := range planes {
		if n>>p&1 == 1 {
			reached &= b.plane[p][w]
		} else {
			reached |= b.plane[p][w]
		}
	}
	return reached
}
