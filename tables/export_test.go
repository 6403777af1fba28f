package tables

import (
	"slices"
	"time"

	"tablestep/tables/schema"
)

// SmallGroups makes row groups of so many rows.
func SmallGroups(o Options, rows int) Options {
	o.groupRows = rows
	return o
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

// ChangeUse changes the lookups of a table, after read.
func ChangeUse(s *Store, table string, read func(v *schema.Version) error, do func()) error {
	return s.changeUse(Thing{Name: Name{Kind: KindTable, Name: table}}, func(_ *family, v *schema.Version) error { return read(v) }, func(*change) error {
		do()
		return errUnchanged
	})
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

// DraftsOf are the drafts that the catalog has, by table and person.
func DraftsOf(s *Store) map[string]*Content {
	drafts := map[string]*Content{}
	for name, f := range s.catalog.Load().families {
		for person, r := range f.Things {
			if name.Kind == KindDraft && person != "" {
				drafts[name.Name+"/"+person] = r.Live
			}
		}
	}
	return drafts
}

// PutSchedule keeps what goes live later without holding it against the guards.
func PutSchedule(s *Store, table string, p Schedule) error {
	own := Thing{Name: Name{Kind: KindTable, Name: table}}
	return s.change(func(c *change) error {
		p.Asked, p.Tried = c.at, c.at
		c.setSchedule(own, &p)
		return nil
	})
}
