package index

import (
	"context"
	"iter"
	"slices"
)

// DuplicatesSome is Duplicates for a key of which require parts must hold. A cell that matches
// nothing then leaves a row out only where too few others are left; two rows whose cells match
// nothing in the same parts say the same.
func DuplicatesSome(ctx context.Context, parts []Part, require int, budget *Budget) iter.Seq2[Pair, error] {
	if require <= 0 || require >= len(parts) {
		return Duplicates(ctx, parts, budget)
	}
	return duplicates(ctx, parts, require, budget)
}

// OverlapsSome is Overlaps for a key of which require parts must hold. Nearly any two rows can
// be hit by one lead then, each by other parts. It yields those that meet in require parts: a
// lead that hits the one by these hits both.
func OverlapsSome(ctx context.Context, parts []Part, require int, budget *Budget) iter.Seq2[Pair, error] {
	if require <= 0 || require >= len(parts) {
		return Overlaps(ctx, parts, budget)
	}
	return earliest(ctx, parts, false, budget, "find overlaps", func(s *search, row int) int { return s.earliestOfSome(row, require) })
}

// meeting is a part of a row with the rows that its cell meets.
type meeting struct {
	part int
	list []int32 // entries, ascending
	rows int
}

// earliestOfSome is the first row that meets a row in some parts, itself where there is none
// before it. As in a lookup, such a row is one of those that the parts with the fewest leave.
func (s *search) earliestOfSome(row, require int) int {
	var meetings []meeting
	for p, e := range s.columns {
		if e.of[row] == none {
			continue
		}
		m := meeting{part: p, list: s.entries(p, e.of[row])}
		for _, entry := range m.list {
			m.rows += e.size(entry)
		}
		s.work.meter.Spend(2 * len(m.list))
		meetings = append(meetings, m)
	}
	slices.SortFunc(meetings, func(a, b meeting) int { return a.rows - b.rows })
	first := row
	for at := range max(0, len(meetings)-require+1) {
		e := s.columns[meetings[at].part]
		for _, entry := range meetings[at].list {
			for _, r := range e.rows.of(entry) {
				if int(r) >= first {
					break
				}
				if !s.work.meter.Spend(verifyWork * len(meetings)) {
					return row
				}
				if s.meetsInSome(int(r), meetings, require) {
					first = int(r)
					break
				}
			}
		}
	}
	return first
}

// meetsInSome says that a row has one of the entries of some lists.
func (s *search) meetsInSome(row int, meetings []meeting, require int) bool {
	count := 0
	for _, m := range meetings {
		if _, ok := slices.BinarySearch(m.list, s.columns[m.part].of[row]); ok {
			count++
		}
	}
	return count >= require
}
