package index

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"sync"

	"tablestep/tables/schema"
)

// some is the Index of a key of which a number of parts must hold, and not all: n of m.
//
// A row in which n parts hold is one of the rows of any m-n+1 parts. So a tuple is looked up
// in the m-n+1 parts that leave fewest rows, and in each of these rows the parts that hold
// are counted; where all such parts leave many, the counts of all rows are added up in
// bitmaps. A column with a few distinct cells, such as a country, leads only where nothing
// else can.
//
// The rank of a hit has in its uppermost bits how many parts hold by a cell that asks for
// something, and then the ranks of those parts in their places. Its score is the lowest of
// the parts that hold.
type some struct {
	need    int
	mixed   *mixed // all parts but those that are equal, cheap ones first
	equals  []*term
	names   []*dictionary // of the equals
	exact   []bool        // of the equals: values are compared as they came
	codes   []int32       // of row r, the entry of equal part k at r*len(equals)+k: one read brings them all
	held    uint          // how far up the number of parts goes
	scratch sync.Pool     // of *someBatch
}

// BuildSome is Build for a key of which require parts must hold, from 1 to all of them. Then
// no part may be of mode AtLeast or AtMost, which look only at rows that all others leave.
func BuildSome(ctx context.Context, parts []Part, require int) (Index, error) {
	if require < 0 || require > len(parts) {
		return nil, fmt.Errorf("build index: %d of %d parts cannot hold", require, len(parts))
	}
	if require == 0 || require == len(parts) {
		return Build(ctx, parts)
	}
	err := checkParts(parts)
	if err == nil && slices.ContainsFunc(parts, func(p Part) bool { return p.Mode.Limits() }) {
		err = errors.New("a part with limits where not all parts must hold")
	}
	var ix *some
	if err == nil {
		ix, err = buildSome(ctx, parts, require)
	}
	if err != nil {
		return nil, fmt.Errorf("build index: %w", err)
	}
	return ix, nil
}

func buildSome(ctx context.Context, parts []Part, require int) (*some, error) {
	s := &some{need: require, mixed: &mixed{rows: parts[0].Cells.Len(), parts: parts}}
	s.scratch.New = func() any { return new(someBatch) }
	s.held = 64 - uint(bits.Len(uint(len(parts))))
	fields := layoutBelow(parts, s.held)
	for i, p := range parts {
		e, k, err := buildTerm(ctx, p)
		if err != nil {
			return nil, err
		}
		e.thicken()
		spec, _ := specOf(p.Mode)
		t := &term{entries: e, kernel: k, spec: spec, at: i, rank: fields[i]}
		s.mixed.bytes += e.bytes() + k.bytes() + 256
		if same, ok := k.(*equal); ok && (p.Mode == schema.ModeExact || p.Mode == schema.ModeNormalized) {
			s.equals, s.names, s.exact = append(s.equals, t), append(s.names, same.names), append(s.exact, same.exact)
		} else {
			s.mixed.terms = append(s.mixed.terms, t)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(s.mixed.terms, func(a, b *term) int { return a.spec.cost - b.spec.cost })
	s.mixed.plain = len(s.mixed.terms)
	s.codes = make([]int32, s.mixed.rows*len(s.equals))
	for k, t := range s.equals {
		for row, entry := range t.of {
			s.codes[row*len(s.equals)+k] = entry
		}
		t.of = nil
	}
	return s, nil
}

// TakesEmpty says that a part has a cell that holds for an empty value, or may have one.
func (s *some) TakesEmpty(part int) bool {
	for _, t := range slices.Concat(s.equals, s.mixed.terms) {
		if t.at == part {
			return t.takesEmpty()
		}
	}
	return false
}

// Bytes is the memory beyond the columns.
func (s *some) Bytes() int64 { return s.mixed.Bytes() }

// Unread is what could not be read; such a cell does not hold, and others of its row may.
func (s *some) Unread() []Unread { return s.mixed.Unread() } // cells that are compared for equality are all understood

// someBatch is the working memory of one Probe.
type someBatch struct {
	batch
	wants [][]int32  // of each equal part: the entry that holds for a tuple, beside that of cells that mean anything
	lists []leading  // of the tuple: the parts, those with fewest rows first
	equal []int32    // of the tuple: the entry that holds in each equal part
	free  []int32    // of each equal part: the entry of cells that mean anything
	sets  [][]uint64 // of each of lists: a bitmap of its rows
	room  [][]uint64 // for those that have to be made
	plane []uint64
}

// leading is a part with what it leaves of a tuple.
type leading struct {
	term *term
	code int         // of an equal part: its place among them
	want int32       // and its entry
	slot *slot       // of another part; nil for an equal one
	of   *evaluation // of the slot
	rows int         // that it leaves; many where that is not known yet
	work int         // what verifying takes, by the mode
}

const (
	nobody = int32(-6)    // an entry that no row has
	many   = int(1) << 40 // rows of a part that has not been evaluated
)

// Probe looks up all tuples.
func (s *some) Probe(ctx context.Context, keys [][]string, need int, hits *Hits, budget *Budget) error {
	hits.reset()
	b := s.scratch.Get().(*someBatch)
	defer func() {
		b.release()
		s.scratch.Put(b)
	}()
	meter := &b.work.meter
	if err := meter.Start(ctx, budget); err != nil {
		return err
	}
	if b.values(s.mixed, keys) && b.equals(s, keys) {
		n := len(keys[0])
		for i := range n {
			from := len(hits.Rows)
			if i%tupleRun == 0 {
				meter.Spend((tupleWork/2 + partWork*len(keys)) * min(tupleRun, n-i))
			}
			if !meter.Stopped() {
				b.hits = b.hits[:0]
				b.tuple(s, i, need)
				b.emit(need, hits)
			}
			if meter.Stopped() {
				hits.cut(from)
				break
			}
			hits.Starts = append(hits.Starts, int32(len(hits.Rows)))
		}
	}
	return meter.Stop()
}

// partWork is what a part takes of a tuple before its rows are looked at.
const partWork = 40

// equals finds the entries that hold for the values of the equal parts.
func (b *someBatch) equals(s *some, keys [][]string) bool {
	n := len(keys[0])
	for len(b.wants) < len(s.equals) {
		b.wants = append(b.wants, nil)
	}
	b.norm.texts = resize(b.norm.texts, n)
	texts := b.norm.texts
	for k, t := range s.equals {
		copy(texts, keys[t.at])
		if !s.exact[k] && !b.norm.normalize(texts, &b.work.meter) || !b.work.meter.Spend(n*searchWork) {
			return false
		}
		b.wants[k] = resize(b.wants[k], n)
		b.norm.touched += s.names[k].findAll(texts, &b.norm, b.wants[k])
		for i, want := range b.wants[k] {
			if texts[i] == "" {
				want = t.empty
			}
			if want == none {
				want = nobody
			} else {
				b.norm.touched += uint64(t.rows.starts[want]) // so that the next reads find it near
			}
			b.wants[k][i] = want
		}
		for _, want := range b.wants[k] {
			if want >= 0 {
				b.norm.touched += uint64(t.rows.numbers[t.rows.starts[want]])
			}
		}
	}
	for k, t := range s.equals {
		for _, want := range b.wants[k] {
			if want >= 0 {
				b.norm.touched += uint64(s.codes[int(t.rows.numbers[t.rows.starts[want]])*len(s.equals)])
			}
		}
	}
	return true
}

// parts lists the parts of a tuple, with the rows that they leave as far as that is known.
func (b *someBatch) parts(s *some, i int) {
	b.lists, b.equal, b.free = b.lists[:0], b.equal[:0], b.free[:0]
	for k, t := range s.equals {
		l := leading{term: t, code: k, want: b.wants[k][i], work: verifyWork}
		b.equal, b.free = append(b.equal, l.want), append(b.free, t.any)
		if t.any == none {
			b.free[k] = nobody
		}
		if l.want >= 0 {
			l.rows = t.size(l.want)
		}
		if t.any != none {
			l.rows += t.size(t.any)
		}
		b.lists = append(b.lists, l)
	}
	for t, term := range s.mixed.terms {
		e := &b.terms[t]
		if len(e.found) > maxFound {
			e.found = e.found[:0]
			e.round++
		}
		l := leading{term: term, slot: &e.slots[e.slotOf[i]], of: e, rows: many, work: verifyWork + termWork*term.spec.cost}
		if !b.prepare(term, l.slot, e) {
			l.rows = 0
		} else if l.slot.state == evaluated {
			l.rows = l.slot.count
		}
		b.lists = append(b.lists, l)
	}
}

// tuple adds the hits of a tuple.
func (b *someBatch) tuple(s *some, i, need int) {
	b.parts(s, i)
	lead := len(b.lists) - s.need + 1
	rows, all := b.fewest(lead, s.mixed.rows)
	if b.work.meter.Stopped() || rows == 0 {
		return
	}
	words := (s.mixed.rows + 63) / 64
	if all && rows > handful && rows*verifyWork*len(b.lists) > (words+blockWords)*planeWork*len(b.lists)+b.markWork(words) {
		b.counted(s, words, need)
		return
	}
	b.listed(s, lead)
}

// termWork is what verifying a row takes more in a mode of cost 1.
const termWork = 5

// fewest puts the parts that leave fewest rows first, and says how many rows the first so
// many leave together. It evaluates what that takes, and goes on to dearer parts only while
// there is much to gain. all says that every part has been evaluated.
func (b *someBatch) fewest(lead, total int) (rows int, all bool) {
	for {
		b.order()
		next := -1
		for j := range b.lists {
			if b.lists[j].rows == many && (next < 0 || b.lists[j].work < b.lists[next].work) {
				next = j
			}
		}
		rows = 0
		for j := range b.lists[:lead] {
			rows += b.lists[j].rows
		}
		if next < 0 {
			return rows, true
		}
		l := &b.lists[next]
		enough := handful
		if l.term.spec.cost >= dear {
			enough = max(handful, total/256)
		}
		if rows <= enough {
			return rows, false
		}
		b.evaluate(l.term, l.slot, l.of)
		if l.rows = l.slot.count; b.work.meter.Stopped() {
			return 0, false
		}
	}
}

// dear is the cost from which on a mode finds its entries only by looking at many.
const dear = 6

// order sorts the parts by their rows; there are few, and mostly they are in order.
func (b *someBatch) order() {
	for j := 1; j < len(b.lists); j++ {
		for k := j; k > 0 && b.lists[k].rows < b.lists[k-1].rows; k-- {
			b.lists[k], b.lists[k-1] = b.lists[k-1], b.lists[k]
		}
	}
}

// listed looks at the rows of the first so many parts. A row that one of them had before is
// not looked at again.
func (b *someBatch) listed(s *some, lead int) {
	for j := range b.lists[:lead] {
		l := &b.lists[j]
		b.eachEntry(l, func(entry int32) bool { return b.verifyRows(s, l.term.rows.of(entry), j) })
		if b.work.meter.Stopped() {
			return
		}
	}
}

// eachEntry calls f for the entries of a part that hold, until it says stop.
func (b *someBatch) eachEntry(l *leading, f func(entry int32) (more bool)) {
	if l.slot != nil {
		if l.rows == 0 {
			return
		}
		for _, found := range l.of.found[l.slot.from:l.slot.to] {
			if !f(found.entry) {
				return
			}
		}
		return
	}
	if l.want >= 0 && !f(l.want) || l.term.any == none {
		return
	}
	f(l.term.any)
}

// verifyRows looks at rows that part j leaves.
func (b *someBatch) verifyRows(s *some, rows []int32, j int) bool {
	work := 0
	for k := range b.lists {
		work += b.lists[k].work
	}
	for len(rows) > 0 {
		run := rows[:min(len(rows), verifyRun)]
		if work := work * len(run); work > little && !b.work.meter.Spend(work) {
			return false
		}
		for _, row := range run {
			if !b.may(s, row) {
				continue
			}
			if b.count(s, row, j); b.work.meter.Stopped() {
				return false
			}
		}
		rows = rows[len(run):]
	}
	return true
}

// may says that enough parts may hold in a row, by the equal ones. Most rows that are looked
// at end here.
func (b *someBatch) may(s *some, row int32) bool {
	codes := s.codes[int(row)*len(s.equals):][:len(s.equals)]
	equal, free := b.equal[:len(codes)], b.free[:len(codes)] // spares a look at the bound for each
	can := len(s.mixed.terms)
	for k, code := range codes {
		if code == equal[k] || code == free[k] {
			can++
		}
	}
	return can >= s.need
}

// count adds a row if enough parts hold, unless one before part j does: then it has been
// looked at. With 0, it is looked at in any case.
func (b *someBatch) count(s *some, row int32, j int) {
	h := hit{row: row, score: 1}
	holding, asking := 0, 0
	codes := s.codes[int(row)*len(s.equals):][:len(s.equals)]
	for k := range b.lists {
		l := &b.lists[k]
		if holding+len(b.lists)-k < s.need {
			return
		}
		f, ok := b.holds(l, row, codes)
		if !ok {
			continue
		}
		if k < j {
			return
		}
		holding++
		if f.entry == l.term.any || l.term.spec.total && f.rank == 0 {
			continue // It means anything.
		}
		asking++
		h.rank, h.score = l.term.ranked(h.rank, f), min(h.score, f.score)
	}
	if holding >= s.need {
		h.rank |= uint64(asking) << s.held
		b.hits = append(b.hits, h)
	}
}

// holds says whether a part holds in a row, of which codes are the entries of the equal parts.
func (b *someBatch) holds(l *leading, row int32, codes []int32) (found, bool) {
	if l.slot == nil {
		entry := codes[l.code]
		return found{entry: entry, score: 1}, entry == l.want || entry == l.term.any && entry != none
	}
	entry := l.term.of[row]
	switch {
	case entry == none || l.slot.state == dead:
		return found{}, false
	case l.slot.state == evaluated:
		return among(l.of.found[l.slot.from:l.slot.to], entry)
	case entry == l.term.any:
		return found{entry: entry, score: 1}, true
	case entry == l.term.empty:
		return l.term.vacant(), l.slot.value.empty
	}
	return l.term.kernel.verify(&l.slot.value, &b.work, entry)
}
