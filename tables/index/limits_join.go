package index

// limited finds, of the rows that the parts without limits leave, at least those with the
// closest limit of the first part that has one.
//
// Where the other parts leave few rows, all of them are looked at. Else it goes from the
// closest limit away until one has a row that the other parts leave: mostly soon, since
// they leave many. When it has looked at as many rows as they leave without finding one,
// it looks at theirs.
func (b *batch) limited(m *mixed, i, few int) {
	best, least := b.least(m, i, m.plain)
	switch {
	case best < 0 && m.group == nil:
		b.away(m, i, m.rows)
	case best < 0:
		b.limitedChain(m, i)
	case least == 0:
	case m.group != nil && b.chain(m.group, b.first[i], min(least, few)):
		b.verifyAll(m, i, b.rows, -1)
	case least > few && (b.away(m, i, least) || b.work.meter.Stopped()):
	default:
		b.verifyListed(m, i, best)
	}
}

// limitedChain is limited where only the hashed parts leave rows. How many these are is
// known once they have been listed, which is less work than to look at as many rows of
// limits: so both go on by turns, a stretch further each time.
func (b *batch) limitedChain(m *mixed, i int) {
	const ahead, further = 16, 8
	for most := 4 * handful; ; most *= further {
		whole := b.chain(m.group, b.first[i], ahead*most)
		if !b.work.meter.Spend(3 * len(b.rows)) {
			return
		}
		if whole {
			b.verifyAll(m, i, b.rows, -1)
			return
		}
		if b.away(m, i, most) || b.work.meter.Stopped() {
			return
		}
	}
}

// away looks at the rows of the first part with limits, the closest limit first, until it
// has those of one limit. False says that it has looked at most rows in vain.
func (b *batch) away(m *mixed, i, most int) bool {
	t := m.plain
	term, e := m.terms[t], &b.terms[t]
	s := &e.slots[e.slotOf[i]]
	b.hits = b.hits[:0]
	looked, closest := 0, uint64(0)
	look := func(entry int32) (more bool) {
		list := term.rows.of(entry)
		if looked += len(list); looked > most && len(b.hits) == 0 {
			return false
		}
		return b.verifyAll(m, i, list, t) && b.work.meter.Spend(limitWork)
	}
	if !s.aside {
		left := *s.value.upto
		for {
			entry := term.limits.next(&left)
			if entry == none || len(b.hits) > 0 && term.limits.close[entry] != closest {
				break
			}
			closest = term.limits.close[entry]
			if !look(entry) {
				return false
			}
		}
	}
	if term.empty != none && s.value.empty && !look(term.empty) {
		return false
	}
	return len(b.hits) > 0 || term.any == none || look(term.any)
}

// closest keeps, part by part, the rows with the closest limit.
func (b *batch) closest(m *mixed) {
	for _, term := range m.terms[m.plain:] {
		if len(b.hits) < 2 {
			return
		}
		if n := 2 * len(b.hits); n > little {
			b.work.meter.Spend(n)
		}
		best, kept := uint64(0), b.hits[:0]
		for _, h := range b.hits {
			switch c := term.closeness(h.row); {
			case c > best:
				best, kept = c, append(kept[:0], h)
			case c == best:
				kept = append(kept, h)
			}
		}
		b.hits = kept
	}
}

// closeness says how close the limit of a row is among those that hold.
func (t *term) closeness(row int32) uint64 {
	switch entry := t.of[row]; entry {
	case t.any:
		return closeAny
	case t.empty:
		return closeEmpty
	default:
		return t.limits.close[entry]
	}
}

// limitsOf adds the limits of the tuple whose hits begin at a place; all of them have the
// same ones.
func (m *mixed) limitsOf(hits *Hits, from int) {
	for _, t := range m.terms[m.plain:] {
		var l Limit
		if from < len(hits.Rows) {
			switch entry := t.of[hits.Rows[from]]; entry {
			case t.any:
			case t.empty:
				l.level = emptyLevel
			default:
				l = t.limits.at[entry]
			}
		}
		hits.limits = append(hits.limits, l)
	}
}
