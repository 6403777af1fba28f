package index

// and adds the hits of a tuple of which every part leaves many rows.
func (b *batch) and(m *mixed, i, need int) {
	words := (m.rows + 63) / 64
	b.set, b.other = resize(b.set, words), resize(b.other, words)
	clear(b.set)
	started := false
	if m.group != nil {
		for row := b.first[i]; row != noRow; row = m.group.next[row] {
			if !b.work.meter.Spend(3) {
				return
			}
			b.set[row>>6] |= 1 << (row & 63)
		}
		started = true
	}
	for t, term := range m.terms {
		e := &b.terms[t]
		s := &e.slots[e.slotOf[i]]
		if s.tuples++; s.tuples > 1 {
			if union, ok := b.union(term, s, e, words); ok {
				if !b.work.meter.Spend(words) {
					return
				}
				if started {
					intersect(b.set, union)
				} else {
					copy(b.set, union)
				}
				started = true
				continue
			}
		}
		into := b.set
		if started {
			into = b.other
			clear(into)
		}
		if !b.mark(term, s, e.found[s.from:s.to], into, words) {
			return
		}
		if started {
			intersect(b.set, b.other)
		}
		started = true
	}
	work := verifyWork * (1 + len(m.terms))
	eachBit(b.set, func(row int32) bool {
		b.verify(m, i, row, -1) // The hashed parts are in the set.
		return b.work.meter.Spend(work) && (need <= All || len(b.hits) < need)
	})
}

// union is the bitmap of a slot's rows, made for the second tuple that asks for it: in a
// decision table most tuples share their countries and flags with others, and with 10,000
// rows and four conditions half of the time went into adding up the same bitmaps again. ok
// is false where there is no room for it, or the work stopped.
func (b *batch) union(term *term, s *slot, e *evaluation, words int) (set []uint64, ok bool) {
	if s.tuples == 2 {
		at := len(b.unions)
		if at+words > maxUnions {
			s.union = -1
			return nil, false
		}
		s.union = int32(at)
		b.unions = append(b.unions, b.other...)
		clear(b.unions[at:])
		if !b.mark(term, s, e.found[s.from:s.to], b.unions[at:], words) {
			s.tuples = 0
			return nil, false
		}
	}
	if s.union < 0 {
		return nil, false
	}
	return b.unions[s.union : int(s.union)+words], true
}

// intersect leaves in a bitmap what is in another one as well.
func intersect(set, other []uint64) {
	other = other[:len(set)] // spares a look at the bound for each word
	for w := range set {
		set[w] &= other[w]
	}
}

// mark adds the rows of entries to a bitmap; false says that the work stopped.
func (b *batch) mark(term *term, s *slot, list []found, into []uint64, words int) bool {
	// Each is a bitmap or a list of rows, whichever is less.
	if work := words + 2*len(list) + min(2*s.count, words*len(list)); work <= 2*maxRun {
		if !b.work.meter.Spend(work) {
			return false
		}
		for _, f := range list {
			term.mark(f.entry, into)
		}
		return true
	}
	for _, f := range list {
		if !b.work.meter.Spend(2 + term.markWork(f.entry)) {
			return false
		}
		term.mark(f.entry, into)
	}
	return b.work.meter.Spend(words)
}
