package index

import "cmp"

// batch is the working memory of one Probe of a mixed index.
type batch struct {
	work  work
	norm  probe // the values of the hashed parts, and what makes normal forms
	keys  [][]string
	first []int32 // of a tuple: the first row that the hashed parts leave
	terms []evaluation
	texts []string
	rows  []int32
	hits  []hit
	set   []uint64
	other []uint64
	// unions are the bitmaps of slots that several tuples have, one behind the other.
	unions []uint64
	picky  picky // the kernel of the only part, where only its best entries are wanted; else nil
}

// maxUnions is about how many words of bitmaps of slots a batch keeps.
const maxUnions = 1 << 17

// evaluation is what is known of the values of a term.
type evaluation struct {
	numbers map[string]int32 // of a distinct value
	slotOf  []int32          // of a tuple
	slots   []slot
	used    int
	found   []found // of all slots of the round
	round   int32
}

// maxFound is about how many entries a term keeps for the values that it has
// evaluated. Beyond it forgets them all, and a new round begins: a value may pass
// thousands of tests with not().
const maxFound = 1 << 18

// slot is one distinct value. It is 256 bytes long: with 64 more a lead took a fifth longer
// where a mode has little to do.
type slot struct {
	value    value
	state    state
	aside    bool  // no entry of the kernel matches it, but those may that have no text
	round    int32 // in which it was evaluated
	from, to int   // in found, by entry
	count    int   // rows that it matches
	tuples   int32 // that asked for its bitmap
	union    int32 // where that begins in unions, if two have
}

type state uint8

const (
	fresh     state = iota
	prepared        // verify may be asked
	evaluated       // the entries it matches are known, in the round of the term
	dead            // it matches nothing
)

// hit is a row before it goes into Hits.
type hit struct {
	row   int32
	score float32
	rank  uint64
}

// release lets the leads' values go.
func (b *batch) release() {
	clear(b.keys)
	clear(b.texts)
	clear(b.norm.texts)
	b.work.fuzzy.of, b.picky = nil, nil
	for t := range b.terms {
		e := &b.terms[t]
		clear(e.numbers)
		for i := range e.slots[:e.used] {
			e.slots[i].value.set("", "")
		}
	}
}

// start brings the values of all tuples into the form that the parts want; false
// says that the work stopped.
func (b *batch) start(m *mixed, keys [][]string) bool {
	if m.group != nil && !b.heads(m, keys) {
		return false
	}
	return b.values(m, keys)
}

// heads finds the first row of each tuple in the hash table.
func (b *batch) heads(m *mixed, keys [][]string) bool {
	h, n := m.group, len(keys[0])
	b.keys = b.keys[:0]
	for _, at := range m.grouped {
		b.keys = append(b.keys, keys[at])
	}
	if !h.hashKeys(&b.norm, b.keys, n, &b.work.meter) || !b.work.meter.Spend(n*searchWork) {
		return false
	}
	h.findSlots(&b.norm, n)
	h.touchCells(&b.norm)
	b.first = resize(b.first, n)
	for i := range b.first {
		b.first[i] = h.head(&b.norm, i, n)
	}
	return true
}

// values gives each distinct value of a term a slot.
func (b *batch) values(m *mixed, keys [][]string) bool {
	n := len(keys[0])
	b.unions = b.unions[:0]
	for len(b.terms) < len(m.terms) {
		b.terms = append(b.terms, evaluation{numbers: map[string]int32{}})
	}
	for t, term := range m.terms {
		e := &b.terms[t]
		e.slotOf, e.used, e.found, e.round = resize(e.slotOf, n), 0, e.found[:0], 0
		raw := keys[term.at]
		// The caller sends a tuple once; only parts of one can be the same again.
		alone := len(m.parts) == 1
		clear(b.texts) // Of a term with more values, some would stay behind those of this one.
		b.texts = b.texts[:0]
		for i, text := range raw {
			if !alone {
				if number, ok := e.numbers[text]; ok {
					e.slotOf[i] = number
					continue
				}
				e.numbers[text] = int32(e.used)
			}
			if e.used == len(e.slots) {
				e.slots = append(e.slots, slot{})
			}
			e.slotOf[i] = int32(e.used)
			e.slots[e.used].value.raw = text
			e.used++
			b.texts = append(b.texts, text)
		}
		if !b.norm.normalize(b.texts, &b.work.meter) {
			return false
		}
		for i, text := range b.texts {
			s := &e.slots[i]
			s.value.set(s.value.raw, text)
			s.value.empty = s.value.empty && !(term.spec.bytes && s.value.raw != "")
			s.state, s.tuples = fresh, 0
		}
	}
	return true
}

// prepare makes a slot ready for verify; false says that it matches nothing.
func (b *batch) prepare(term *term, s *slot, e *evaluation) bool {
	if s.state == fresh {
		s.state = prepared
		s.aside = s.value.empty && !term.spec.total || !term.kernel.prepare(&s.value, &b.work)
		if s.aside && term.any == none && (term.empty == none || !s.value.empty) {
			s.state = dead
		}
	}
	if s.state == evaluated && s.round != e.round {
		s.state = prepared
	}
	if s.state == prepared && s.aside {
		b.evaluate(term, s, e)
	}
	return s.state != dead
}

// evaluate lists the entries that a slot matches.
func (b *batch) evaluate(term *term, s *slot, e *evaluation) {
	if s.state == evaluated {
		return
	}
	s.from = len(e.found)
	switch {
	case s.aside:
	case b.picky != nil:
		e.found = b.picky.best(&s.value, &b.work, e.found)
	default:
		e.found = term.kernel.find(&s.value, &b.work, e.found)
	}
	if term.any != none {
		e.found = append(e.found, found{entry: term.any, score: 1})
	}
	if term.empty != none && s.value.empty {
		e.found = append(e.found, term.vacant())
	}
	s.to = len(e.found)
	s.count = 0
	for _, f := range e.found[s.from:s.to] {
		s.count += term.size(f.entry)
	}
	if n := s.to - s.from; n > 1 {
		if n > little/3 {
			b.work.meter.Spend(3 * n)
		}
		sortBy(&b.work.meter, e.found[s.from:s.to], func(a, b found) int { return cmp.Compare(a.entry, b.entry) })
	}
	s.state, s.round = evaluated, e.round
}

// tuple adds the hits of one tuple.
func (b *batch) tuple(m *mixed, i, need int, hits *Hits) {
	few := max(handful, m.rows/256) // rows that are quicker verified than and-ed, by measurement
	whole := false
	if m.group != nil {
		if b.first[i] == noRow {
			return
		}
		whole = b.chain(m.group, b.first[i], handful)
	}
	for t, term := range m.terms {
		e := &b.terms[t]
		if len(e.found) > maxFound {
			e.found = e.found[:0]
			e.round++
		}
		if !b.prepare(term, &e.slots[e.slotOf[i]], e) {
			return
		}
	}
	b.hits = b.hits[:0]
	switch {
	case whole:
		b.verifyAll(m, i, b.rows, -1)
	case m.plain < len(m.terms):
		b.limited(m, i, few)
	default:
		b.joined(m, i, need, few)
	}
	if m.plain < len(m.terms) {
		b.closest(m)
	}
	b.emit(need, hits)
}

// handful is how many rows are not worth a search for fewer.
const handful = 16

// least is the term that leaves fewest rows, and how many; -1 where there is none. Of
// terms it looks at the first so many. Where a handful is left, it looks no further.
func (b *batch) least(m *mixed, i, terms int) (best, rows int) {
	best = -1
	for t, term := range m.terms[:terms] {
		e := &b.terms[t]
		s := &e.slots[e.slotOf[i]]
		b.evaluate(term, s, e)
		if s.count == 0 {
			return t, 0
		}
		if best < 0 || s.count < rows {
			best, rows = t, s.count
		}
		if rows <= handful {
			break
		}
	}
	return best, rows
}

// joined finds the rows that all parts leave.
func (b *batch) joined(m *mixed, i, need, few int) {
	if len(m.parts) > 1 && m.light < len(m.terms) && b.spared(m, i) {
		return
	}
	best, least := b.least(m, i, len(m.terms))
	switch {
	case least == 0:
	case m.group != nil && least > handful && b.chain(m.group, b.first[i], min(least, few)):
		b.verifyAll(m, i, b.rows, -1)
	case m.group == nil && len(m.terms) == 1:
		b.alone(m.terms[0], i, need)
	case least <= few:
		b.verifyListed(m, i, best)
	default:
		b.and(m, i, need)
	}
}

// spared finds the rows of a tuple without what a heavy kernel finds, where the other parts
// leave so few rows that looking at each of them is less; false says that they do not.
func (b *batch) spared(m *mixed, i int) bool {
	price := 0
	for t := m.light; t < len(m.terms); t++ {
		e := &b.terms[t]
		s := &e.slots[e.slotOf[i]]
		k, is := m.terms[t].kernel.(heavy)
		if !is || s.state == evaluated {
			return false // as it is known, or other parts have to be looked at
		}
		price += k.price(&s.value, &b.work)
	}
	most := price / (verifyWork * (1 + len(m.terms)))
	best, least := b.least(m, i, m.light)
	switch {
	case best >= 0 && least <= handful:
		b.verifyListed(m, i, best)
	case m.group != nil && b.chain(m.group, b.first[i], most):
		b.work.meter.Spend(chainWork * len(b.rows))
		b.verifyAll(m, i, b.rows, -1)
	case best >= 0 && least <= most:
		b.verifyListed(m, i, best)
	default:
		b.work.meter.Spend(chainWork * len(b.rows))
		return false
	}
	return true
}

// alone adds the hits of a key of one part: of each entry no more rows than are
// needed.
func (b *batch) alone(term *term, i, need int) {
	e := &b.terms[0]
	s := &e.slots[e.slotOf[i]]
	work := 0
	for _, f := range e.found[s.from:s.to] {
		rows := term.rows.of(f.entry)
		if most := need; need != All {
			if need == Best {
				most = First // The others have the same rank.
			}
			rows = rows[:min(len(rows), most)]
		}
		rank := term.ranked(0, f)
		for some := rows; len(rows) > 0; some = rows {
			if len(some) > maxRun {
				some = some[:maxRun]
			}
			if work += hitWork * (1 + len(some)); work > little {
				if !b.work.meter.Spend(work) {
					return
				}
				work = 0
			}
			for _, row := range some {
				b.hits = append(b.hits, hit{row, f.score, rank})
			}
			rows = rows[len(some):]
		}
	}
}
