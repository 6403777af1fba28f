package tables

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tablestep/tables/schema"
)

// Restore brings back the table of a name that was deleted last, with its versions and
// lookups as they were, under its own name or under another one, if the guards let its live
// version. The error is ErrTableNotFound where none of that name can be restored, and a *Refusal
// where the name is taken.
func (s *Store) Restore(ctx context.Context, table, as string, lift Lift, by string) error {
	return s.restore(ctx, Name{Kind: KindTable, Name: table}, as, lift, by)
}

// RestoreRuleSet is Restore for a rule set, which has no guards but its name.
func (s *Store) RestoreRuleSet(name, as, by string) error {
	return s.restore(s.ctx, Name{Kind: KindRuleSet, Name: name}, as, Lift{}, by)
}

func (s *Store) restore(ctx context.Context, name Name, as string, lift Lift, by string) error {
	to := name
	if as != "" {
		to.Name = as
	}
	err := schema.CheckName(Thing{Name: to}.noun(), to.Name)
	if err == nil {
		err = s.restoreTo(ctx, name, to, lift, by)
	}
	if err != nil {
		return fmt.Errorf("restore %s: %w", Thing{Name: name}, err)
	}
	return nil
}

// restoreTo holds the live version against the guards before the transaction, and again where another
// one was deleted or restored meanwhile.
func (s *Store) restoreTo(ctx context.Context, name, to Name, lift Lift, by string) error {
	for range changeTries {
		catalog := s.catalog.Load()
		from, err := catalog.latestBin(name)
		if err != nil {
			return err
		}
		comes, err := s.comesBack(ctx, from)
		if err != nil {
			return err
		}
		moved := false
		err = s.change(func(c *change) error {
			now, err := c.before.latestBin(name)
			if err != nil {
				return err
			}
			if moved = now.Name != from.Name || now.Revision != from.Revision; moved {
				return errUnchanged
			}
			if err := c.mayRestore(from, to, comes, lift); err != nil {
				return err
			}
			return c.restore(from.Name, to, by)
		})
		if err != nil || !moved {
			return err
		}
	}
	return fmt.Errorf("%w: others keep deleting and restoring it: repeat it", schema.ErrConflict)
}

// latestBin is what was deleted last of a name.
func (c *Catalog) latestBin(name Name) (*family, error) {
	bins := c.bins(name)
	if len(bins) == 0 {
		return nil, fmt.Errorf("%w: none of the name %q was deleted within the last %d days", Thing{Name: name}.missing(), schema.Excerpt(name.Name), int(RestoreTime/(24*time.Hour)))
	}
	return slices.MaxFunc(bins, func(a, b *family) int {
		if c := a.own().Head.Deleted.Compare(b.own().Head.Deleted); c != 0 {
			return c
		}
		return a.Name.Bin - b.Name.Bin
	}), nil
}

// comesBack is the live version of a table that was deleted, with its findings; nil: it has none.
func (s *Store) comesBack(ctx context.Context, from *family) (*candidate, error) {
	live := from.own().Live
	if from.Name.Kind != KindTable || live == nil {
		return nil, nil
	}
	defer s.hold(live.Rows)()
	used := from.usage()
	found, _, err := s.foundUnder(ctx, Thing{Name: from.Name}, live.Rows, used)
	if err != nil {
		return nil, err
	}
	return &candidate{way: WayRestore, version: live.Rows, lookups: used.lookups, findings: found}, nil
}

// mayRestore says whether the name is free, and the live version may go live again. Nothing is live under the
// name, so no rows get lost.
func (c *change) mayRestore(from *family, to Name, comes *candidate, lift Lift) error {
	guards := c.before.formerGuard("", to.Name)
	if to.Kind != KindTable {
		guards = nil
	}
	if own := c.records(to).own(); own != nil && own.Head.Deleted.IsZero() {
		guards = append(guards, taken(schema.LiftAs, "the name %q is taken: restore it under another one", to.Name))
	}
	if r := from.Things[to.Name]; r != nil && r.Head.Deleted.IsZero() {
		guards = append(guards, taken(schema.LiftAs, "a lookup of the table is called %q, as its default lookup would be: restore it under another name", to.Name))
	}
	if comes == nil {
		return schema.Refuse(to.Name, 0, slices.DeleteFunc(guards, lift.lifts), schema.Findings{})
	}
	next := *comes
	next.table, next.guards, next.lift = to.Name, guards, lift
	p, err := c.store.guard(next)
	if err == nil {
		c.passes = append(c.passes, p)
	}
	return err
}

// restore moves all records to a name that is free.
func (c *change) restore(from, to Name, by string) error {
	target := c.records(to)
	next := 1
	if own := target.own(); own != nil {
		next = own.Head.Next
	}
	if to.Kind == KindRuleSet {
		if err := c.before.roomForRuleSet(); err != nil {
			return err
		}
	}
	if to.Kind == KindTable {
		c.release("", to.Name)
	}
	things := c.records(from).Things
	c.commit.Move = append(c.commit.Move, Move{From: from, To: to})
	target.Things, c.next[from].Things = things, nil
	own := target.own()
	own.Head.Next, own.Head.Deleted = max(own.Head.Next, next), time.Time{}
	// Names that it has had, and that have become those of others, are theirs.
	own.Head.Former = slices.DeleteFunc(own.Head.Former, func(name string) bool {
		return name == to.Name || c.before.byName[name] != nil || c.before.former[name] != nil
	})
	if own.Live != nil && own.Live.Rows != nil {
		live, v := *own.Live, *own.Live.Rows
		v.Table, live.Rows = to.Name, &v
		own.Live = &live
	}
	c.changed(Thing{Name: to})
	e := Event{Action: ActionRestore, By: by, Version: own.Head.Live}
	if from.Name != to.Name {
		e.Note = "it was called " + from.Name
	}
	c.event(to, e)
	c.missed(to)
	return nil
}

// bins are what was deleted of a name.
func (c *Catalog) bins(name Name) (list []*family) {
	for n, f := range c.families {
		if n.Kind == name.Kind && n.Name == name.Name && n.Bin != 0 {
			list = append(list, f)
		}
	}
	return list
}
