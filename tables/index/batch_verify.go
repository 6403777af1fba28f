package index

import (
	"cmp"
	"slices"
)

// chainWork is what a row takes that is found by the one before.
const chainWork = 5

// verifyListed verifies the rows that a term leaves.
func (b *batch) verifyListed(m *mixed, i, listed int) {
	e := &b.terms[listed]
	s := &e.slots[e.slotOf[i]]
	for _, f := range e.found[s.from:s.to] {
		if !b.verifyAll(m, i, m.terms[listed].rows.of(f.entry), listed) {
			break
		}
	}
}

// chain lists the rows that the hashed parts leave, up to a number; false says
// that there are more.
func (b *batch) chain(h *hash, row int32, most int) bool {
	b.rows = b.rows[:0]
	for row != noRow {
		if len(b.rows) == most {
			return false
		}
		b.rows = append(b.rows, row)
		if h.next == nil {
			return true
		}
		row = h.next[row]
	}
	return true
}

// verifyAll verifies rows one by one.
func (b *batch) verifyAll(m *mixed, i int, rows []int32, listed int) bool {
	for len(rows) > 0 {
		some := rows[:min(len(rows), verifyRun)]
		if !b.work.meter.Spend(verifyWork * (1 + len(m.terms)) * len(some)) {
			return false
		}
		for _, row := range some {
			if b.verify(m, i, row, listed); b.work.meter.Stopped() {
				return false
			}
		}
		rows = rows[len(some):]
	}
	return true
}

// verifyRun is how many rows are paid for at once.
const verifyRun = 64

// verifyWork is what a part takes to look at a row, beside what its kernel does;
// the hashed ones count as one.
const verifyWork = 15

// verify adds a row if it matches in all parts. That it matches in the hashed
// parts is known where it came from there, listed -1, and else that it matches in
// the term that listed it.
func (b *batch) verify(m *mixed, i int, row int32, listed int) {
	if listed >= 0 && m.group != nil && !m.group.matches(&b.norm, int(row), i, len(b.first)) {
		return
	}
	h := hit{row: row, score: 1, rank: m.base}
	for t, term := range m.terms {
		entry := term.of[row]
		if entry == none {
			return
		}
		e := &b.terms[t]
		s := &e.slots[e.slotOf[i]]
		var f found
		var ok bool
		switch {
		case s.state == evaluated:
			f, ok = among(e.found[s.from:s.to], entry)
		case entry == term.any:
			f, ok = found{entry: entry, score: 1}, true
		case entry == term.empty:
			f, ok = term.vacant(), s.value.empty
		default:
			f, ok = term.kernel.verify(&s.value, &b.work, entry)
		}
		if !ok {
			return
		}
		h.rank, h.score = term.ranked(h.rank, f), min(h.score, f.score)
	}
	b.hits = append(b.hits, h)
}

// among finds an entry in a list by entry.
func among(list []found, entry int32) (found, bool) {
	if len(list) <= 8 {
		for _, f := range list {
			if f.entry == entry {
				return f, true
			}
		}
		return found{}, false
	}
	at, ok := slices.BinarySearchFunc(list, entry, func(f found, entry int32) int { return cmp.Compare(f.entry, entry) })
	if !ok {
		return found{}, false
	}
	return list[at], true
}
