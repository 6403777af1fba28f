package tables

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"tablestep/tables/schema"
)

// Publish makes a version the live one, if the guards let it: one small transaction and the swap
// of a pointer, whatever the table's size. Its rows are read only where its findings were made under other
// lookups than are live.
func (s *Store) Publish(table string, version int, by string) error {
	return s.PublishTogether(s.ctx, table, PublishRequest{Version: version}, by)
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
func (s *Store) Rollback(ctx context.Context, table string, lift Lift, by string) (int, error) {
	own := Thing{Name: Name{Kind: KindTable, Name: table}}
	back, err := s.publishRows(ctx, own, PublishRequest{Lift: lift, back: true}, by)
	if err != nil {
		return 0, fmt.Errorf("roll back %s: %w", own, err)
	}
	return back, nil
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
	Lift

	back bool // instead of Version: the one that was live before
	way  Way  // WaySchedule where its time has come; empty: a person asks

	// last is called in the change that makes it live, with the event, before that is told. An event without a
	// version and lookups says that all of it is live already. An error keeps it from going live.
	last func(c *change, e *Event) error
}

// wayLive is the way that it goes.
func (p *PublishRequest) wayLive() Way {
	switch {
	case p.back:
		return WayRollback
	case p.way != "":
		return p.way
	}
	return WayPublish
}

// PublishTogether makes a version of a table and versions of its lookups live in one step: one
// transaction, one event, one catalog. So a column can be renamed without a moment in
// which leads fail. The lookups that are named are held against the version that is then live, their
// columns and the cells that they read as patterns; the version is held against all lookups that
// are then live, by the guards.
func (s *Store) PublishTogether(ctx context.Context, table string, p PublishRequest, by string) error {
	own := Thing{Name: Name{Kind: KindTable, Name: table}}
	if err := s.publishAny(ctx, own, p, by); err != nil {
		return fmt.Errorf("publish table %q: %w", schema.Excerpt(table), err)
	}
	return nil
}

// publishAny publishes rows, lookups or both.
func (s *Store) publishAny(ctx context.Context, own Thing, p PublishRequest, by string) error {
	if p.Version == 0 && !p.back && len(p.Lookups) > 0 {
		return s.publishLookups(ctx, own, p, by)
	}
	_, err := s.publishRows(ctx, own, p, by)
	return err
}

// PublishLookup makes a version of a lookup the live one, if it suits the live version of the
// table. The empty name, or the table's, is the default lookup.
func (s *Store) PublishLookup(ctx context.Context, table, lookup string, version int, by string) error {
	if lookup == "" {
		lookup = table
	}
	t := lookupOf(table, lookup)
	if err := s.publishLookups(ctx, Thing{Name: t.Name}, PublishRequest{Lookups: map[string]int{lookup: version}}, by); err != nil {
		return fmt.Errorf("publish %s: %w", t, err)
	}
	return nil
}

// publishLookups makes versions of lookups live and leaves the rows as they are.
func (s *Store) publishLookups(ctx context.Context, own Thing, p PublishRequest, by string) error {
	return s.changeUse(own, func(f *family, v *schema.Version) error {
		return s.suitAndPass(ctx, own, f, p.Lookups, v)
	}, func(c *change) error {
		live, err := c.lookupsLive(own, p.Lookups)
		if err != nil {
			return err
		}
		return c.published(own, &p, Event{Action: ActionPublish, By: by, Lookups: live})
	})
}

// changeUse changes the lookups of a table. read holds them against the version whose columns count; do
// makes the change, once that is still so. Otherwise both are called anew, at last with the changes of
// others held up. The findings of the live version are made anew when somebody asks for them.
func (s *Store) changeUse(own Thing, read func(f *family, v *schema.Version) error, do func(c *change) error) error {
	for range changeTries {
		v, err := s.readUse(own, s.catalog.Load().families[own.Name], read)
		if errors.Is(err, schema.ErrVersionGone) {
			continue // It was swept before it was held.
		}
		if err != nil {
			return err
		}
		moved := false
		err = s.change(func(c *change) error {
			if _, err := c.present(own); err != nil {
				return err
			}
			now, err := c.before.families[own.Name].shaped()
			if err != nil {
				return err
			}
			if moved = now.Storage != v.Storage; moved {
				return errUnchanged
			}
			err = do(c)
			moved = errors.Is(err, errOther)
			return err
		})
		if !moved {
			return err
		}
	}
	// New versions keep going live: they wait for this once.
	return s.change(func(c *change) error {
		if _, err := s.readUse(own, c.before.families[own.Name], read); err != nil {
			return err
		}
		return do(c)
	})
}

// readUse calls read with the version of a table whose columns count, which it says, and holds it meanwhile.
func (s *Store) readUse(own Thing, f *family, read func(f *family, v *schema.Version) error) (*schema.Version, error) {
	if _, err := f.present(own); err != nil {
		return nil, err
	}
	v, err := f.shaped()
	if err != nil {
		return nil, err
	}
	defer s.hold(v)()
	return v, read(f, v)
}

// errOther ends a change for which something else would have had to be read.
var errOther = errors.New("something else is to be read")

// shaped is the version whose columns count.
func (f *family) shaped() (*schema.Version, error) {
	own := f.own()
	if own.LiveDamage != nil {
		return nil, fmt.Errorf("version %d of %s: %w", own.Head.Live, Thing{Name: f.Name}, own.LiveDamage)
	}
	if f.shape == nil {
		return nil, fmt.Errorf("%w: no version of the table can be read: upload the table again", schema.ErrVersionNotFound)
	}
	return f.shape, nil
}

// suitAndPass is suitsAll, and that they pass their tests.
func (s *Store) suitAndPass(ctx context.Context, own Thing, f *family, versions map[string]int, v *schema.Version) error {
	if err := s.suitsAll(ctx, own, versions, v); err != nil {
		return err
	}
	return s.passKept(ctx, f, versions, v)
}

// suitsAll holds versions of lookups, by their names, against a version of their table.
func (s *Store) suitsAll(ctx context.Context, own Thing, versions map[string]int, v *schema.Version) error {
	for _, name := range slices.Sorted(maps.Keys(versions)) {
		if err := s.suits(ctx, lookupOf(own.Name.Name, name), versions[name], v); err != nil {
			return err
		}
	}
	return nil
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
