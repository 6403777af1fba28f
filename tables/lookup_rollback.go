package tables

import (
	"context"
	"errors"
	"fmt"

	"tablestep/tables/schema"
)

// RollbackLookup makes the version of a lookup live again that was so before, if it suits the
// live version of the table, and says which that is. Done again, it goes further back. The
// empty name, or the table's, is the default lookup; one that is guessed has no way back.
func (s *Store) RollbackLookup(ctx context.Context, table, lookup, by string) (int, error) {
	t := lookupOf(table, lookup)
	back, err := s.rollbackLookup(ctx, t, by)
	if err != nil {
		return 0, fmt.Errorf("roll back %s: %w", t, err)
	}
	return back, nil
}

// rollbackLookup reads cells before the transaction, as publishTogether does, and again where
// other rows or another version of the lookup went live meanwhile.
func (s *Store) rollbackLookup(ctx context.Context, t Thing, by string) (back int, err error) {
	for range changeTries {
		var v *schema.Version
		if v, back, err = s.liveBefore(t); err != nil {
			return 0, err
		}
		done := s.hold(v)
		err = s.suits(ctx, t, back, v)
		done()
		if errors.Is(err, schema.ErrVersionGone) {
			continue // It was swept before it was held.
		}
		if err != nil {
			return 0, err
		}
		moved := false
		err = s.change(func(c *change) error {
			r, err := c.present(t)
			if err != nil {
				return err
			}
			now, err := c.before.families[t.Name].shaped()
			if err != nil {
				return err
			}
			if before, _ := r.before(); before != back || now.Storage != v.Storage {
				moved = true
				return errUnchanged
			}
			if _, err := c.goBack(t, r); err != nil {
				return err
			}
			c.event(t.Name, Event{Action: ActionRollback, By: by, Lookups: map[string]int{lookupName(t.Name.Name, t.Lookup): back}})
			return nil
		})
		if err != nil || !moved {
			return back, err
		}
	}
	return 0, fmt.Errorf("%w: new versions keep going live: repeat the change", schema.ErrConflict)
}

// liveBefore is the version of a lookup that was live before, and the version of its table
// that it has to suit.
func (s *Store) liveBefore(t Thing) (v *schema.Version, back int, err error) {
	f := s.catalog.Load().families[t.Name]
	r, err := f.present(t)
	if err != nil {
		return nil, 0, err
	}
	if back, _ = r.before(); back == 0 {
		return nil, 0, errNoWayBack()
	}
	v, err = f.shaped()
	return v, back, err
}
