package index

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
)

// A Pair is two rows of a table that stand in each other's way, counted from 0,
// the earlier one first.
type Pair struct{ First, Second int }

// Duplicates yields, for each row whose cells say the same as those of an earlier
// one, the two rows: the same after the normal form of each part's mode, in the modes loose
// and company with the same keys, so that no hit policy but the order of rows can tell them
// apart. Rows of which a cell
// is empty and matches nothing are left out. It ends with the first error, which
// may be ErrSpent.
func Duplicates(ctx context.Context, parts []Part, budget *Budget) iter.Seq2[Pair, error] {
	return duplicates(ctx, parts, len(parts), budget)
}

// duplicates leaves out rows of which fewer than require cells can match a value.
func duplicates(ctx context.Context, parts []Part, require int, budget *Budget) iter.Seq2[Pair, error] {
	return func(yield func(Pair, error) bool) {
		var m Meter
		columns, err := gatherAll(ctx, parts, budget, &m)
		if err != nil {
			yield(Pair{}, fmt.Errorf("find duplicates: %w", err))
			return
		}
		defer func() { _ = m.Stop() }() // what stopped it has been yielded
		firsts := map[string]int{}
		var key []byte
		for row := range parts[0].Cells.Len() {
			if !m.Spend(200) {
				yield(Pair{}, fmt.Errorf("find duplicates: %w", m.err))
				return
			}
			key = key[:0]
			matching := 0
			for _, e := range columns {
				n := e.of[row]
				if n != none {
					matching++
				}
				key = append(key, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
			}
			if matching < require {
				continue
			}
			if first, ok := firsts[string(key)]; ok {
				if !yield(Pair{first, row}, nil) {
					return
				}
				continue
			}
			firsts[string(key)] = row
		}
	}
}

// Overlaps yields, for each row that some value can hit together with an earlier
// one, that row with the earliest such. Under hit policies that want one row, or
// rows that agree, these are the ones to look at.
//
// It is exact for the modes exact, normalized, prefix, suffix, domain, cidr and
// range, but for numbers that stand in a range of texts, and for condition as far
// as its tests can be decided: of contains and its like it sees what the texts of
// the tests themselves hit. In the modes loose and company it sees rows that have a key in
// common: Zürich overlaps Zurich and Zuerich, but these two, which only a value with the mark
// hits together, do not overlap each other. For contains, words and fuzzy it yields rows of which one is
// always, or nearly, hit with the other, for else any two could stand in one
// value; for wildcard and regex only equal cells. In atLeast and atMost only rows with the
// same limit can be hit together. A cell that means anything overlaps all others. It ends
// with the first error, which may be ErrSpent.
func Overlaps(ctx context.Context, parts []Part, budget *Budget) iter.Seq2[Pair, error] {
	return earliest(ctx, parts, false, budget, "find overlaps", (*search).earliest)
}

// earliest yields each row with that which first gives for it, where that is an earlier one;
// task names the search in errors.
func earliest(ctx context.Context, parts []Part, covered bool, budget *Budget, task string, first func(s *search, row int) int) iter.Seq2[Pair, error] {
	return func(yield func(Pair, error) bool) {
		s, err := newSearch(ctx, parts, covered, budget)
		if err != nil {
			yield(Pair{}, fmt.Errorf("%s: %w", task, err))
			return
		}
		m := &s.work.meter
		defer func() { _ = m.Stop() }() // what stopped it has been yielded
		for row := range parts[0].Cells.Len() {
			earlier := first(s, row)
			if !m.Spend(tupleWork) {
				yield(Pair{}, fmt.Errorf("%s: %w", task, m.err))
				return
			}
			if earlier < row && !yield(Pair{earlier, row}, nil) {
				return
			}
		}
	}
}

// gatherAll starts the meter and reads all parts.
func gatherAll(ctx context.Context, parts []Part, budget *Budget, m *Meter) ([]*entries, error) {
	if err := checkParts(parts); err != nil {
		return nil, err
	}
	if err := m.Start(ctx, budget); err != nil {
		return nil, err
	}
	columns := make([]*entries, len(parts))
	for i, p := range parts {
		var err error
		if columns[i], err = gather(p, m); err != nil {
			return nil, err
		}
	}
	return columns, nil
}

// search finds rows by rows.
type search struct {
	work    work
	columns []*entries
	meeting []func(int32, []int32) []int32
	limited []bool              // the part has limits
	covered bool                // a row meets those that are hit wherever it is, and not those that may be
	blank   [][]int32           // of each part: entries that hold for an empty value
	known   []map[int32][]int32 // entries that an entry meets, ascending
	kept    int
	sets    [2][]uint64
}

// maxKept bounds the entries in known.
const maxKept = 1 << 24

func newSearch(ctx context.Context, parts []Part, covered bool, budget *Budget) (*search, error) {
	s := &search{covered: covered}
	m := &s.work.meter
	columns, err := gatherAll(ctx, parts, budget, m)
	if err != nil {
		return nil, err
	}
	s.columns = columns
	for i, p := range parts {
		spec, _ := specOf(p.Mode)
		k, err := columns[i].build(p, m)
		if m.Stopped() {
			return nil, m.err
		}
		if err != nil {
			return nil, err
		}
		columns[i].thicken()
		meeting, blank := coveredBy(k, &s.work), []int32(nil)
		if !covered {
			meeting, blank = k.overlaps(&s.work), blankOf(k, spec, &s.work)
		}
		s.meeting, s.blank = append(s.meeting, meeting), append(s.blank, blank)
		s.limited = append(s.limited, p.Mode.Limits())
		s.known = append(s.known, map[int32][]int32{})
	}
	words := (parts[0].Cells.Len() + 63) / 64
	s.sets = [2][]uint64{make([]uint64, words), make([]uint64, words)}
	return s, nil
}

// blankOf are the entries, ascending, that hold for an empty value beside those of empty
// cells: of a kernel that empty values are the business of.
func blankOf(k kernel, spec spec, w *work) []int32 {
	if !spec.total {
		return nil
	}
	v := new(value)
	v.set("", "")
	if !k.prepare(v, w) {
		return nil
	}
	var list []int32
	for _, f := range k.find(v, w, nil) {
		list = append(list, f.entry)
	}
	slices.Sort(list)
	return list
}

// entries are those of a part that meet the entry of a row, ascending.
func (s *search) entries(part int, entry int32) []int32 {
	e := s.columns[part]
	if list, ok := s.known[part][entry]; ok {
		return list
	}
	var list []int32
	switch {
	case entry == e.any && !s.limited[part] && !s.covered:
		for other := range int32(e.count()) {
			list = append(list, other)
		}
	case entry == e.any:
		list = append(list, entry)
	case entry == e.empty:
		list = append(list, entry)
		list = append(list, s.blank[part]...)
	default:
		list = s.meeting[part](entry, nil)
		if _, blank := slices.BinarySearch(s.blank[part], entry); blank && e.empty != none {
			list = append(list, e.empty)
		}
	}
	if e.any != none && !s.limited[part] {
		list = append(list, e.any)
	}
	sortBy(&s.work.meter, list, cmp.Compare[int32])
	list = slices.Compact(list)
	if s.kept += len(list); s.kept > maxKept {
		s.kept = len(list)
		for _, known := range s.known {
			clear(known)
		}
	}
	s.known[part][entry] = list
	return list
}

// earliest is the first row that meets a row in all parts; a row that matches
// nothing meets only itself.
func (s *search) earliest(row int) int {
	lists := make([][]int32, len(s.columns))
	best, least := 0, 0
	for p, e := range s.columns {
		if e.of[row] == none {
			return row
		}
		lists[p] = s.entries(p, e.of[row])
		count := 0
		for _, entry := range lists[p] {
			count += e.size(entry)
		}
		s.work.meter.Spend(2 * len(lists[p]))
		if p == 0 || count < least {
			best, least = p, count
		}
	}
	if len(s.columns) > 1 && least > 4*len(s.sets[0]) {
		return s.and(row, lists)
	}
	first := row
	for _, entry := range lists[best] {
		for _, r := range s.columns[best].rows.of(entry) {
			if int(r) >= first {
				break
			}
			if !s.work.meter.Spend(verifyWork * len(lists)) {
				return row
			}
			if s.meets(int(r), lists, best) {
				first = int(r)
				break
			}
		}
	}
	return first
}

// meets says that a row has one of the entries of each list.
func (s *search) meets(row int, lists [][]int32, but int) bool {
	for p, list := range lists {
		if p == but {
			continue
		}
		if _, ok := slices.BinarySearch(list, s.columns[p].of[row]); !ok {
			return false
		}
	}
	return true
}

// and is earliest for a row that meets many in every part.
func (s *search) and(row int, lists [][]int32) int {
	first, other := s.sets[0], s.sets[1]
	clear(first)
	for p, list := range lists {
		into := first
		if p > 0 {
			into = other
			clear(other)
		}
		for _, entry := range list {
			if !s.work.meter.Spend(2 + s.columns[p].markWork(entry)) {
				return row
			}
			s.columns[p].mark(entry, into)
		}
		s.work.meter.Spend(2 * len(first))
		if p > 0 {
			for w := range first {
				first[w] &= other[w]
			}
		}
	}
	eachBit(first, func(r int32) bool {
		row = min(row, int(r))
		return false
	})
	return row
}
