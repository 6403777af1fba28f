package tables

import (
	"context"
	"fmt"

	"tablestep/tables/scan"
	"tablestep/tables/schema"
)

// Copy makes a new table of the live version of one, with the lookups that are live and its settings, all live at once. What
// it is called before, its versions, drafts and history are not copied. What the lookups chain to stays what it is.
// The error is a *Refusal where the name is taken.
func (s *Store) Copy(ctx context.Context, table, to string, lift Lift, by string) (*Imported, error) {
	copied, err := s.copyTable(ctx, table, to, lift, by)
	if err != nil {
		return nil, fmt.Errorf("copy table %q: %w", schema.Excerpt(table), err)
	}
	return copied, nil
}

func (s *Store) copyTable(ctx context.Context, table, to string, lift Lift, by string) (*Imported, error) {
	if err := schema.CheckName("table", to); err != nil {
		return nil, err
	}
	pin := s.Pin() // so that rows and lookups are of one moment
	defer pin.Release()
	r, err := pin.read(table, 0)
	if err != nil {
		return nil, err
	}
	defer r.done()
	f, v := pin.catalog.families[Name{Kind: KindTable, Name: table}], r.version
	if err := s.change(func(c *change) error {
		if err := c.mayCopy(f, to, lift); err != nil {
			return err
		}
		return errUnchanged // it is looked at again when the rows are there
	}); err != nil {
		return nil, err
	}
	used := f.usage()
	var names []string
	for _, l := range used.lookups {
		names = append(names, l.Name)
	}
	if err := s.passTests(ctx, table, v, used, names...); err != nil {
		return nil, err
	}
	own := Name{Kind: KindTable, Name: to}
	return s.Import(ctx, to, scan.NewRows(ctx, s.reader(v), v, func() {}), ImportOptions{
		Publish: true, Confirm: true, Force: lift.Force, By: by, Source: v.Source, Message: v.Message, Key: keyGiven(v), Notations: notationsOf(v),
		also: func(c *change) error {
			if err := c.mayCopy(f, to, lift); err != nil {
				return err
			}
			c.records(own).own().Head.Settings = f.own().Head.Settings
			if err := c.copyLookups(f, own, by); err != nil {
				return err
			}
			c.event(own, Event{Action: ActionCopy, By: by, Note: fmt.Sprintf("of %s, version %d", table, v.Number)})
			return nil
		},
	})
}

// mayCopy says whether a copy of a table may have a name.
func (c *change) mayCopy(f *family, to string, lift Lift) error {
	var guards []schema.Guard
	if c.before.has(Name{Kind: KindTable, Name: to}) {
		guards = append(guards, taken("", "the name %q is taken: take another one", to))
	}
	if !lift.Force {
		guards = append(guards, c.before.formerGuard("", to)...)
	}
	if r := f.Things[to]; r != nil && r.Head.Deleted.IsZero() {
		guards = append(guards, taken("", "a lookup of the table is called %q, as the default lookup of the copy would be: take another name", to))
	}
	return schema.Refuse(to, 0, guards, schema.Findings{})
}

// copyLookups gives a table the lookups that are live of another one, whose tests were run over the same rows.
func (c *change) copyLookups(f *family, own Name, by string) error {
	for lookup, r := range f.Things {
		if lookup == "" || r.Live == nil || !r.Head.Deleted.IsZero() {
			continue
		}
		t := Thing{own, lookup}
		added, err := c.toAdd(t)
		if err != nil {
			return err
		}
		l := *r.Live.Lookup
		content := &Content{Lookup: &l, Making: Making{By: by}}
		c.add(t, added, content)
		c.goLive(t, added, content)
		c.passed(t)
	}
	return nil
}
