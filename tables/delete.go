package tables

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tablestep/tables/schema"
)

// RestoreTime is for how long what was deleted can be restored.
const RestoreTime = 30 * 24 * time.Hour

// Delete takes a table away. Its history stays, and so do, for RestoreTime, its versions and
// lookups, for Restore; they count for nothing meanwhile. An upload under its name begins a new
// table, whose version numbers go on; the deleted one then waits beside it, and is restored
// under another name.
func (s *Store) Delete(table, by string) error {
	return s.remove(Name{Kind: KindTable, Name: table}, nil, by)
}

// DeleteRuleSet takes a rule set away, whether or not a lookup names it. What stays is as
// with a table.
func (s *Store) DeleteRuleSet(name, by string) error {
	return s.DeleteRuleSetIf(name, nil, by)
}

// DeleteRuleSetIf is DeleteRuleSet of a rule set that is in an expected state; else the error
// is a *MovedError.
func (s *Store) DeleteRuleSetIf(name string, expected Expected, by string) error {
	return s.remove(Name{Kind: KindRuleSet, Name: name}, expected, by)
}

func (s *Store) remove(name Name, expected Expected, by string) error {
	own := Thing{Name: name}
	var made []Making
	err := s.change(func(c *change) error {
		if err := c.expect(own, expected); err != nil {
			return err
		}
		// One that is damaged can be deleted as well, so that its name can be used again.
		if _, err := c.present(own); err != nil && !damaged(err) {
			return err
		}
		r, err := c.toAdd(own) // a head, where it was lost
		if err != nil {
			return err
		}
		made = r.Made
		bin := Name{Kind: name.Kind, Name: name.Name, Bin: c.before.nextBin(name)}
		c.commit.Move = append(c.commit.Move, Move{From: name, To: bin})
		moved := c.records(bin)
		moved.Things = c.records(name).Things
		c.records(name).Things = map[string]*Record{"": {Head: Head{Next: r.Head.Next}}}
		for _, n := range []Name{name, bin} {
			c.changed(Thing{Name: n})
			c.next[n].own().Head.Deleted = c.at
		}
		c.event(name, Event{Action: ActionDelete, By: by})
		return nil
	})
	if err != nil {
		return fmt.Errorf("delete %s: %w", own, err)
	}
	for _, m := range made {
		s.forgetRows(m.Storage) // rows that are damaged harm nobody; they are found again where it is restored
	}
	return nil
}

// nextBin is a number by which one more that is deleted can be told from others of its name.
func (c *Catalog) nextBin(name Name) int {
	last := 0
	for n := range c.families {
		if n.Kind == name.Kind && n.Name == name.Name {
			last = max(last, n.Bin)
		}
	}
	return last + 1
}

// DeleteLookup takes a lookup away. Its versions stay for RestoreTime, for RestoreLookup. The
// default one cannot be gone: it becomes the guessed one again.
func (s *Store) DeleteLookup(table, lookup, by string) error {
	return s.DeleteLookupIf(table, lookup, nil, by)
}

// DeleteLookupIf is DeleteLookup of a lookup that is in an expected state; else the error is
// a *MovedError.
func (s *Store) DeleteLookupIf(table, lookup string, expected Expected, by string) error {
	t := lookupOf(table, lookup)
	err := s.change(func(c *change) error {
		if err := c.expect(t, expected); err != nil {
			return err
		}
		if _, err := c.present(Thing{Name: t.Name}); err != nil {
			return err
		}
		r := c.records(t.Name).Things[t.Lookup]
		if r == nil || !r.Head.Deleted.IsZero() {
			if t.Lookup != DefaultLookup {
				return t.notFound()
			}
			return errUnchanged // it is guessed already
		}
		if r.Damage != nil { // there is nothing that could be restored
			var err error
			if r, err = c.toAdd(t); err != nil {
				return err
			}
			c.drop(t, r, numbersOf(r.Made))
			c.dropAliases(t, r)
		}
		r.Head.Deleted = c.at
		c.changed(t)
		c.boundDeleted(t.Name)
		c.event(t.Name, Event{Action: ActionDeleteLookup, By: by, Lookup: lookupName(table, t.Lookup)})
		return nil
	})
	if err != nil {
		return fmt.Errorf("delete %s: %w", t, err)
	}
	return nil
}

func numbersOf(made []Making) []int {
	numbers := make([]int, len(made))
	for i, m := range made {
		numbers[i] = m.Number
	}
	return numbers
}

// A Deleted is a table or rule set that was deleted and can be restored.
type Deleted struct {
	Kind     Kind      `json:"kind"`
	Name     string    `json:"name"`
	Versions int       `json:"versions"`
	Lookups  []string  `json:"lookups,omitempty"` // that a person had set
	Deleted  time.Time `json:"deleted"`
	Until    time.Time `json:"until"` // it can be restored until then
}

// Deleted lists what can be restored, the latest first.
func (s *Store) Deleted() []Deleted {
	list := []Deleted{}
	for name, f := range s.catalog.Load().families {
		if name.Bin == 0 {
			continue
		}
		at := f.own().Head.Deleted
		d := Deleted{Kind: name.Kind, Name: name.Name, Versions: len(f.own().Made), Deleted: at, Until: at.Add(RestoreTime)}
		for lookup, r := range f.Things {
			if lookup != "" && r.Head.Deleted.IsZero() {
				d.Lookups = append(d.Lookups, lookupName(name.Name, lookup))
			}
		}
		slices.Sort(d.Lookups)
		list = append(list, d)
	}
	slices.SortFunc(list, func(a, b Deleted) int {
		if c := b.Deleted.Compare(a.Deleted); c != 0 {
			return c
		}
		return strings.Compare(string(a.Kind)+a.Name, string(b.Kind)+b.Name)
	})
	return list
}

// noun is what a table or rule set is called.
func (t Thing) noun() string {
	if t.Kind == KindRuleSet {
		return "rule set"
	}
	return "table"
}

// missing is the error for a table or rule set that is not there.
func (t Thing) missing() error {
	if t.Kind == KindRuleSet {
		return schema.ErrRuleSetNotFound
	}
	return schema.ErrTableNotFound
}

// Purge removes for good whatever was deleted under the name of a table. Its history stays,
// and its version numbers are not used again.
func (s *Store) Purge(table, by string) error {
	return s.purge(Name{Kind: KindTable, Name: table}, by)
}

// PurgeRuleSet is Purge for a rule set.
func (s *Store) PurgeRuleSet(name, by string) error {
	return s.purge(Name{Kind: KindRuleSet, Name: name}, by)
}

func (s *Store) purge(name Name, by string) error {
	err := s.change(func(c *change) error {
		bins := c.before.bins(name)
		if len(bins) == 0 {
			return fmt.Errorf("%w: nothing of the name %q was deleted that could be restored", Thing{Name: name}.missing(), schema.Excerpt(name.Name))
		}
		for _, f := range bins {
			c.forget(f.Name)
		}
		c.forgetDrafts(name)
		c.event(name, Event{Action: ActionPurge, By: by})
		return nil
	})
	if err != nil {
		return fmt.Errorf("purge %s: %w", Thing{Name: name}, err)
	}
	s.wakeSweeper()
	return nil
}

// forget removes all records of a name and leaves its rows to the sweeper.
func (c *change) forget(name Name) {
	r := c.records(name)
	for _, lookup := range slices.Sorted(maps.Keys(r.Things)) {
		record := r.Things[lookup]
		for _, m := range record.Made {
			if m.Storage != 0 && m.Damage == nil {
				c.commit.Doom = append(c.commit.Doom, m.Storage)
			}
		}
	}
	r.Things = nil
	c.commit.Forget = append(c.commit.Forget, name)
}

// forgetDrafts removes the drafts of a table for good, unless there is one of its name.
func (c *change) forgetDrafts(name Name) {
	if name.Bin = 0; name.Kind != KindTable {
		return
	}
	drafts := Name{Kind: KindDraft, Name: name.Name}
	if f := c.before.families[name]; c.before.families[drafts] != nil && (f == nil || f.own() == nil || !f.own().Head.Deleted.IsZero()) {
		c.forget(drafts)
	}
}

// purgeOld removes what was deleted so long ago that it can no longer be restored.
func (s *Store) purgeOld() error {
	var old []Name
	for name, f := range s.catalog.Load().families {
		if name.Bin != 0 && s.clock.since(f.deleted) >= RestoreTime {
			old = append(old, name)
		}
	}
	slices.SortFunc(old, Name.compare)
	var errs []error
	for _, f := range s.catalog.Load().families {
		for _, t := range s.oldLookups(f) {
			if err := s.change(func(c *change) error { return c.forgetLookup(t) }); err != nil {
				errs = append(errs, fmt.Errorf("remove %s, which was deleted: %w", t, err))
			}
		}
	}
	for _, name := range old {
		err := s.change(func(c *change) error {
			if c.before.families[name] == nil {
				return errUnchanged // it was restored, or purged by a person
			}
			c.forget(name)
			c.forgetDrafts(name)
			c.event(name, Event{Action: ActionPurge, Note: fmt.Sprintf("%d days after it was deleted", int(RestoreTime/(24*time.Hour)))})
			return nil
		})
		if err != nil {
			errs = append(errs, fmt.Errorf("remove %s, which was deleted: %w", Thing{Name: name}, err))
		}
	}
	return errors.Join(errs...)
}
