package tables

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"tablestep/tables/schema"
)

// Publish makes a version the live one: one small transaction and the swap of a
// pointer, whatever the table's size. A lookup that wants a column the version
// lacks does not hold it up; its leads are told so.
func (s *Store) Publish(table string, version int, by string) error {
	return s.publish(Thing{Name: Name{Kind: KindTable, Name: table}}, version, by)
}

// PublishRuleSet makes a version the live one.
func (s *Store) PublishRuleSet(name string, version int, by string) error {
	return s.publish(Thing{Name: Name{Kind: KindRuleSet, Name: name}}, version, by)
}

func (s *Store) publish(t Thing, version int, by string) error {
	err := s.change(func(c *change) error {
		r, err := c.present(t)
		if err != nil {
			return err
		}
		content, err := c.content(t, r, version)
		if err != nil {
			return err
		}
		if r.Head.Live == version {
			return errUnchanged
		}
		c.goLive(t, r, content)
		c.event(t.Name, Event{Action: ActionPublish, By: by, Version: version})
		return nil
	})
	if err != nil {
		return fmt.Errorf("publish %s: %w", t, err)
	}
	return nil
}

// Rollback makes the version live again that was so before, and says which. Done
// again, it goes further back. Lookups stay as they are.
func (s *Store) Rollback(table, by string) (int, error) {
	return s.rollback(Thing{Name: Name{Kind: KindTable, Name: table}}, by)
}

// RollbackRuleSet makes the version live again that was so before, and says
// which. Done again, it goes further back.
func (s *Store) RollbackRuleSet(name, by string) (int, error) {
	return s.rollback(Thing{Name: Name{Kind: KindRuleSet, Name: name}}, by)
}

func (s *Store) rollback(t Thing, by string) (int, error) {
	back := 0
	err := s.change(func(c *change) error {
		r, err := c.present(t)
		if err != nil {
			return err
		}
		if back, err = c.goBack(t, r); err != nil {
			return err
		}
		c.event(t.Name, Event{Action: ActionRollback, By: by, Version: back})
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("roll back %s: %w", t, err)
	}
	return back, nil
}

// A PublishRequest says what of a table goes live in one step.
type PublishRequest struct {
	Version int            // of the rows; 0 leaves them as they are
	Lookups map[string]int // versions of lookups by their names
}

// PublishTogether makes a version of a table and versions of its lookups live in one step: one
// transaction, one event, one catalog. So a column can be renamed without a moment in
// which leads fail. The lookups are held against the version that is then live, their
// columns and the cells that they read as patterns; other lookups are not looked at, as in
// Publish.
func (s *Store) PublishTogether(ctx context.Context, table string, p PublishRequest, by string) error {
	if len(p.Lookups) == 0 {
		return s.Publish(table, p.Version, by)
	}
	if err := s.publishTogether(ctx, table, p, by); err != nil {
		return fmt.Errorf("publish table %q: %w", schema.Excerpt(table), err)
	}
	return nil
}

// PublishLookup makes a version of a lookup the live one, if it suits the live version of the
// table. The empty name, or the table's, is the default lookup.
func (s *Store) PublishLookup(ctx context.Context, table, lookup string, version int, by string) error {
	if lookup == "" {
		lookup = table
	}
	if err := s.publishTogether(ctx, table, PublishRequest{Lookups: map[string]int{lookup: version}}, by); err != nil {
		return fmt.Errorf("publish %s: %w", lookupOf(table, lookup), err)
	}
	return nil
}

// publishTogether reads cells before the transaction, and again if other rows would be live
// than those that it has read.
func (s *Store) publishTogether(ctx context.Context, table string, p PublishRequest, by string) error {
	own := Thing{Name: Name{Kind: KindTable, Name: table}}
	for range changeTries {
		v, err := s.willLive(ctx, own, p.Version)
		if err != nil {
			return err
		}
		done := s.hold(v)
		for name, number := range p.Lookups {
			if err = s.suits(ctx, lookupOf(table, name), number, v); err != nil {
				break
			}
		}
		done()
		if errors.Is(err, schema.ErrVersionGone) {
			continue // It was swept before it was held.
		}
		if err != nil {
			return err
		}
		moved := false
		err = s.change(func(c *change) error {
			r, err := c.present(own)
			if err != nil {
				return err
			}
			if now, err := c.shape(own, r, p.Version); err != nil || now.Storage != v.Storage {
				moved = err == nil
				return errors.Join(err, errUnchanged)
			}
			return c.publishTogether(own, r, p, by)
		})
		if err != nil || !moved {
			return err
		}
	}
	return fmt.Errorf("%w: new versions keep going live: repeat the change", schema.ErrConflict)
}

// willLive is the version of a table that is to be live: the one that is named, else the
// live one, else the newest.
func (s *Store) willLive(ctx context.Context, own Thing, version int) (*schema.Version, error) {
	f := s.catalog.Load().families[own.Name]
	if _, err := f.present(own); err != nil {
		return nil, err
	}
	if version != 0 {
		c, err := s.content(ctx, own, version)
		if err != nil {
			return nil, err
		}
		return c.Rows, nil
	}
	return f.shaped()
}

// shaped is the version whose columns count.
func (f *family) shaped() (*schema.Version, error) {
	own := f.own()
	if own.LiveDamage != nil {
		return nil, fmt.Errorf("version %d of %s: %w", own.Head.Live, Thing{Name: f.Name}, own.LiveDamage)
	}
	if f.shape == nil {
		return nil, fmt.Errorf("%w: the table has none", schema.ErrVersionNotFound)
	}
	return f.shape, nil
}

// shape is the same within a change.
func (c *change) shape(own Thing, r *Record, version int) (*schema.Version, error) {
	if version == 0 {
		return c.before.families[own.Name].shaped()
	}
	content, err := c.content(own, r, version)
	if err != nil {
		return nil, err
	}
	return content.Rows, nil
}

// suits holds a version of a lookup against a version of its table.
func (s *Store) suits(ctx context.Context, t Thing, number int, v *schema.Version) error {
	content, err := s.content(ctx, t, number)
	if err == nil {
		l := *content.Lookup
		l.Name = lookupName(t.Name.Name, t.Lookup)
		if err = l.Settle(v); err == nil {
			err = s.checkCells(v, &l)
		}
	}
	if err != nil {
		return fmt.Errorf("version %d of lookup %q: %w", number, schema.Excerpt(lookupName(t.Name.Name, t.Lookup)), err)
	}
	return nil
}

// publishTogether moves all live pointers, with one event.
func (c *change) publishTogether(own Thing, r *Record, p PublishRequest, by string) error {
	e := Event{Action: ActionPublish, By: by}
	if p.Version != 0 && p.Version != r.Head.Live {
		content, err := c.content(own, r, p.Version)
		if err != nil {
			return err
		}
		c.goLive(own, r, content)
		e.Version = p.Version
	}
	for _, name := range slices.Sorted(maps.Keys(p.Lookups)) {
		t := lookupOf(own.Name.Name, name)
		l, err := c.present(t)
		if err != nil {
			return err
		}
		number := p.Lookups[name]
		content, err := c.content(t, l, number)
		if err != nil {
			return err
		}
		if l.Head.Live == number {
			continue
		}
		c.goLive(t, l, content)
		if e.Lookups == nil {
			e.Lookups = map[string]int{}
		}
		e.Lookups[lookupName(own.Name.Name, t.Lookup)] = number
	}
	if e.Version == 0 && e.Lookups == nil {
		return errUnchanged
	}
	c.event(own.Name, e)
	return nil
}
