package tables

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tablestep/tables/schema"
)

// RestoreLookup brings back a lookup that was deleted, as it was, with its versions; but for its tests it is
// not held against the table anew. The empty name, or the table's, is the default lookup. The
// error is ErrLookupNotFound where none of that name can be restored, and ErrConflict where
// the name is in use again.
func (s *Store) RestoreLookup(table, lookup, by string) error {
	t := lookupOf(table, lookup)
	if err := s.restoreLookup(t, by); err != nil {
		return fmt.Errorf("restore %s: %w", t, err)
	}
	return nil
}

// restoreLookup runs the tests of a lookup that comes back before the transaction, and again where the table was
// changed meanwhile.
func (s *Store) restoreLookup(t Thing, by string) error {
	for range changeTries {
		f := s.catalog.Load().families[t.Name]
		if err := s.comesBackTested(f, t); err != nil {
			return err
		}
		moved := false
		err := s.change(func(c *change) error {
			if moved = c.before.families[t.Name] != f; moved {
				return errUnchanged
			}
			c.passed(t)
			return c.restoreLookup(t, by)
		})
		if err != nil || !moved {
			return err
		}
	}
	return fmt.Errorf("%w: others keep changing the table: repeat it", schema.ErrConflict)
}

// comesBackTested runs the tests of a lookup that was live when it was deleted over the rows that are live now.
func (s *Store) comesBackTested(f *family, t Thing) error {
	if f == nil || f.table == nil || f.table.Live == nil {
		return nil // There is nobody whom it could answer.
	}
	r := f.Things[t.Lookup]
	if r == nil || r.Live == nil || r.Head.Deleted.IsZero() {
		return nil // There is nothing to come back, as it is told.
	}
	v := f.table.Live
	defer s.hold(v)()
	used := f.usage().with(t.Name.Name, t.Lookup, r.Live.Number, *r.Live.Lookup)
	return s.passTests(s.ctx, t.Name.Name, v, used, lookupName(t.Name.Name, t.Lookup))
}

func (c *change) restoreLookup(t Thing, by string) error {
	if _, err := c.present(Thing{Name: t.Name}); err != nil {
		return err
	}
	r := c.records(t.Name).Things[t.Lookup]
	switch {
	case r == nil || len(r.Made) == 0:
		return fmt.Errorf("%w: none of the name was deleted within the last %d days", t.notFound(), int(RestoreTime/(24*time.Hour)))
	case r.Head.Deleted.IsZero():
		return fmt.Errorf("%w: the lookup is there: what was deleted before it are versions of it", schema.ErrConflict)
	case t.Lookup != DefaultLookup && c.lookups(t.Name) >= schema.MaxLookups:
		return fmt.Errorf("%w: the table has %d lookups, the most there can be: delete one", schema.ErrInvalid, schema.MaxLookups)
	}
	r.Head.Deleted = time.Time{}
	c.changed(t)
	c.event(t.Name, Event{Action: ActionRestore, By: by, Lookup: lookupName(t.Name.Name, t.Lookup), Version: r.Head.Live})
	return nil
}

// again makes a deleted record one to which a version is added: nothing of it is live, and
// its versions go on.
func (r *Record) again() {
	if r.Head.Deleted.IsZero() {
		return
	}
	r.Head.Deleted, r.Head.Live, r.Head.Trail, r.Live, r.LiveDamage = time.Time{}, 0, nil, nil, nil
}

// oldLookups are the lookups of a name that were deleted so long ago that their versions go.
func (s *Store) oldLookups(f *family) (old []Thing) {
	if f.Name.Bin != 0 {
		return nil // They go with their table.
	}
	for lookup, r := range f.Things {
		if lookup == "" || r.Head.Deleted.IsZero() || len(r.Made) == 0 {
			continue
		}
		if at, ok := f.deletedLookups[lookup]; ok && s.clock.since(at) >= RestoreTime {
			old = append(old, Thing{f.Name, lookup})
		}
	}
	slices.SortFunc(old, func(a, b Thing) int { return strings.Compare(a.Lookup, b.Lookup) })
	return old
}

// forgetLookup drops the versions of a deleted lookup; its head stays, for the number of the
// next one.
func (c *change) forgetLookup(t Thing) error {
	r := c.records(t.Name).Things[t.Lookup]
	if r == nil || r.Head.Deleted.IsZero() || len(r.Made) == 0 {
		return errUnchanged // it was restored, or set again
	}
	c.drop(t, r, numbersOf(r.Made))
	c.dropAliases(t, r)
	*r = Record{Head: Head{Next: r.Head.Next, Updated: c.at, Deleted: r.Head.Deleted}}
	c.event(t.Name, Event{Action: ActionPurge, Lookup: lookupName(t.Name.Name, t.Lookup), Note: fmt.Sprintf("%d days after it was deleted", int(RestoreTime/(24*time.Hour)))})
	return nil
}

// boundDeleted forgets the lookups that were deleted first where a table has more of them
// than it could have lookups.
func (c *change) boundDeleted(name Name) {
	var deleted []*Record
	of := map[*Record]Thing{}
	for lookup, r := range c.records(name).Things {
		if lookup != "" && !r.Head.Deleted.IsZero() && len(r.Made) > 0 {
			deleted, of[r] = append(deleted, r), Thing{name, lookup}
		}
	}
	slices.SortFunc(deleted, func(a, b *Record) int {
		return cmp.Or(b.Head.Deleted.Compare(a.Head.Deleted), strings.Compare(of[a].Lookup, of[b].Lookup))
	})
	for _, r := range deleted[min(len(deleted), schema.MaxLookups):] {
		at := r.Head.Deleted
		c.drop(of[r], r, numbersOf(r.Made))
		c.dropAliases(of[r], r)
		*r = Record{Head: Head{Next: r.Head.Next, Updated: c.at, Deleted: at}}
	}
}
