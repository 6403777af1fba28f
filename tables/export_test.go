package tables

import (
	"slices"
	"time"

	"tablestep/tables/schema"
)

// CachedBytes is what the snapshots take that the cache holds.
func CachedBytes(s *Store) (bytes int64, snapshots int) {
	m := s.Memory()
	return m.Cached, m.Loaded
}

// LittleWork bounds the search for overlaps.
func LittleWork(o Options, units int64) Options {
	o.overlapWork = units
	return o
}

// SmallGroups makes row groups of so many rows.
func SmallGroups(o Options, rows int) Options {
	o.groupRows = rows
	return o
}

// Decimals reads two cells as numbers, and compares and adds them.
func Decimals(a, b string) (order int, sum string, isA, isB bool) {
	x, isA := schema.ParseDecimal(a)
	y, isB := schema.ParseDecimal(b)
	if !isA || !isB {
		return 0, "", isA, isB
	}
	return x.Compare(y), Total(schema.AggregateSum, []string{a, b}), true, true
}

// Total is what an aggregate makes of cells.
func Total(a schema.Aggregate, cells []string) string {
	var t total
	t.reset()
	for _, cell := range cells {
		if problem := t.add(a, schema.DefaultSeparator, cell); problem != "" {
			return problem
		}
	}
	return t.result(a, int32(len(cells)))
}

// Surplus are the numbers of the versions that are too many, in ascending order.
func Surplus(versions []Making, keep int) []int {
	var numbers []int
	for _, m := range surplus(versions, keep) {
		numbers = append(numbers, m.Number)
	}
	slices.Sort(numbers)
	return numbers
}

// WakeSweeper tells the sweeper that there is work.
func WakeSweeper(s *Store) { s.wakeSweeper() }

// Moment is a time of a record with the monotonic clock of a store that is opened now.
func Moment(now func() time.Time, at time.Time) time.Time { return newClock(now).moment(at) }

// MomentLater is the same, some time after the store was opened.
func MomentLater(now func() time.Time, pass func(), at time.Time) time.Time {
	c := newClock(now)
	pass()
	return c.moment(at)
}
