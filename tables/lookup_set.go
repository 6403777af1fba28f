package tables

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"tablestep/tables/check"
	"tablestep/tables/schema"
)

// LookupOptions say what becomes of a lookup that is put.
type LookupOptions struct {
	Publish bool   // make it the live one
	Force   bool   // though it is far too slow
	By      string // who did it

	Expected Expected // the state that the lookup has to be in; nil is any. The error is a *MovedError

	guess *schema.Lookup // not nil: it is put to confirm this guess, and only while that is the default lookup
}

// SetLookup sets or replaces a lookup of a table and makes it live; its empty name, or the
// table's, is the default one. Columns are held against the live version, or the newest
// where none is live, and spelled as there; an empty mode, policy or type becomes
// its default. Every cell of that version has to be one that its mode understands.
// The error wraps ErrInvalid or ErrColumnNotFound and names the place.
//
// How much work it takes is not counted; see PutLookup.
func (s *Store) SetLookup(table string, l schema.Lookup, by string) error {
	_, _, err := s.setLookup(table, l, LookupOptions{Publish: true, By: by}, func(*schema.Version, *schema.Lookup) error { return nil })
	return err
}

// PutLookup is SetLookup with a count of what the lookup takes, which says what was
// set. One that is far too slow is refused, unless it is forced. What it finds is what an upload of the
// version's rows would find under the new settings; they become the findings of the live version
// where the lookup goes live.
//
// Each is a new version of the lookup; one equal to the newest makes none and is only
// published, if that is asked for. The version of a lookup that is handed in does not count. One
// that is not published may be made for rows that are not live yet: columns that the live
// version lacks are looked for in the newest one.
func (s *Store) PutLookup(ctx context.Context, table string, l schema.Lookup, o LookupOptions) (set schema.Lookup, found schema.Findings, err error) {
	set, v, err := s.setLookup(table, l, o, func(v *schema.Version, settled *schema.Lookup) error {
		var w check.Warnings
		guards, err := s.checkPace(ctx, table, v, []schema.Lookup{*settled}, &w)
		if err == nil && !o.Force {
			err = schema.Refuse(table, 0, guards, schema.Findings{})
		}
		return err
	})
	if err != nil {
		return set, found, err
	}
	if found, err = s.foundFor(ctx, table, v, set, o.Publish); err != nil {
		err = fmt.Errorf("lookup %q of table %q is set, but its findings: %w", schema.Excerpt(set.Name), table, err)
	}
	return set, found, err
}

// foundFor are the findings of a version under a lookup that was set for it, kept where that is live.
func (s *Store) foundFor(ctx context.Context, table string, v *schema.Version, set schema.Lookup, live bool) (schema.Findings, error) {
	t := lookupOf(table, set.Name)
	if f := s.catalog.Load().families[t.Name]; live && f != nil && f.table != nil && f.table.Live != nil {
		found, _, err := s.Findings(ctx, table, 0)
		return found, err
	}
	r, err := s.read(table, v.Number)
	if err != nil {
		return schema.Findings{}, err
	}
	defer r.done()
	used := usage{under: map[string]int{}}
	if f := s.catalog.Load().families[t.Name]; f != nil {
		used = f.usage()
	}
	found, _, err := s.foundUnder(ctx, Thing{Name: t.Name}, r.version, used.with(table, t.Lookup, set.Version, set))
	return found, err
}

func (s *Store) setLookup(table string, l schema.Lookup, o LookupOptions, check func(*schema.Version, *schema.Lookup) error) (schema.Lookup, *schema.Version, error) {
	if l.Name == "" {
		l.Name = table
	}
	settled, v, err := s.setChecked(table, l, o, check)
	if err != nil {
		return schema.Lookup{}, nil, fmt.Errorf("set lookup %q of table %q: %w", schema.Excerpt(l.Name), table, err)
	}
	return settled, v, nil
}

// setChecked reads the cells before the transaction that sets the lookup, and again
// if another version went live meanwhile. It says for which version the lookup was made.
func (s *Store) setChecked(table string, l schema.Lookup, o LookupOptions, check func(*schema.Version, *schema.Lookup) error) (settled schema.Lookup, v *schema.Version, err error) {
	t := lookupOf(table, l.Name)
	own := Thing{Name: t.Name}
	err = s.changeUse(own, func(f *family, _ *schema.Version) error {
		settled = l
		if v, err = s.settle(f, own, &settled, o.Publish); err != nil {
			return err
		}
		defer s.hold(v)()
		if err := s.checkCells(v, &settled); err != nil {
			return err
		}
		if err := check(v, &settled); err != nil || !o.Publish {
			return err
		}
		return s.passTests(s.ctx, table, v, f.usage().with(table, t.Lookup, 0, settled), settled.Name)
	}, func(c *change) error {
		settled.Version, err = c.putLookup(t, settled, o)
		return err
	})
	return settled, v, err
}

// settle settles a lookup against the version of its table for which it is made, and says
// which that is.
func (s *Store) settle(f *family, own Thing, l *schema.Lookup, publish bool) (*schema.Version, error) {
	r, err := f.present(own)
	if err != nil {
		return nil, err
	}
	v, err := f.shaped()
	if err != nil {
		return nil, err
	}
	given := *l
	err = l.Settle(v)
	newest := r.Made[len(r.Made)-1]
	if publish || !errors.Is(err, schema.ErrColumnNotFound) || newest.Number == v.Number || newest.Damage != nil {
		return v, err
	}
	c, readErr := s.content(s.ctx, own, newest.Number)
	if readErr != nil {
		return v, errors.Join(err, readErr)
	}
	if *l = given; l.Settle(c.Rows) != nil {
		return v, err
	}
	return c.Rows, nil
}

// putLookup keeps a settled lookup and says which version it is.
func (c *change) putLookup(t Thing, l schema.Lookup, o LookupOptions) (int, error) {
	if err := c.expect(t, o.Expected); err != nil {
		return 0, err
	}
	table := c.before.families[t.Name].table
	if _, there := c.records(t.Name).Things[t.Lookup]; !there || !c.records(t.Name).Things[t.Lookup].Head.Deleted.IsZero() {
		if _, guessed := table.Lookup(lookupName(t.Name.Name, t.Lookup)); !guessed && c.lookups(t.Name) >= schema.MaxLookups {
			return 0, fmt.Errorf("%w: the table has %d lookups, the most there can be", schema.ErrInvalid, schema.MaxLookups)
		}
	}
	if o.guess != nil {
		if now, ok := table.Lookup(""); !ok || !reflect.DeepEqual(now, *o.guess) {
			return 0, errGuessMoved
		}
	}
	r, err := c.toAdd(t)
	if err != nil {
		return 0, err
	}
	l.Version, l.Aliases = 0, nil
	if t.Lookup == DefaultLookup {
		l.Name = "" // it is called as its table
	}
	content, added, err := c.newest(t, r, &Content{Lookup: &l, Making: Making{By: o.By}}, func(old *Content) bool { return reflect.DeepEqual(*old.Lookup, l) })
	if err != nil {
		return 0, err
	}
	goes := o.Publish && r.Head.Live != content.Number
	if !added && !goes {
		return content.Number, errUnchanged
	}
	e := Event{Action: ActionPut, By: o.By, Lookup: lookupName(t.Name.Name, t.Lookup), Version: content.Number}
	if o.guess != nil {
		e.Note = "confirmed as it was suggested"
	}
	if goes {
		c.goLive(t, r, content)
		c.passed(t)
		e.Action = ActionLookup
	}
	if added {
		c.trim(t, r)
	}
	c.event(t.Name, e)
	return content.Number, nil
}

// lookups is how many a table has, the default one, which it always has, among them.
func (c *change) lookups(name Name) int {
	n := 1
	for lookup, r := range c.records(name).Things {
		if lookup != "" && lookup != DefaultLookup && r.Head.Deleted.IsZero() {
			n++
		}
	}
	return n
}
