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
		return
	case best >= 0 && least == 0:
		return
	case best >= 0 && least <= few:
		b.verifyListed(m, i, best)
		return
	}
	rows := few // that the group leaves, if it leaves so many
	if best >= 0 {
		rows = least
	}
	if m.group != nil && b.chain(m.group, b.first[i], min(rows, few)) {
		b.verifyAll(m, i, b.rows, -1)
		return
	}
	if b.away(m, i, rows) || b.work.meter.Stopped() {
		return
	}
	b.hits = b.hits[:0]
	if best >= 0 {
		b.verifyListed(m, i, best)
		return
	}
	b.chain(m.group, b.first[i], m.rows)
	b.verifyAll(m, i, b.rows, -1)
}

// away looks at the rows of the first part with limits, the closest limit first, until it
// has those of one limit. False says that it has looked at most rows in vain.
func (b *batch) away(m *mixed, i, most int) bool {
	t := m.plain
	term, e := m.terms[t], &b.terms[t]
	s := &e.slots[e.slotOf[i]]
	looked, closest := 0, uint64(0)
	look := func(entry int32) (more bool) {
		list := term.rows.of(entry)
		if looked += len(list); looked > most && len(b.hits) == 0 {
			return false
		}
		return b.verifyAll(m, i, list, t) && b.work.meter.Spend(limitWork)
	}
	if !s.aside {
		left := s.value.upto
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
