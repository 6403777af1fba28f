package tables

import (
	"context"
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

// rollbackLookup reads cells before the transaction, and again where other rows or another version of the
// lookup went live meanwhile.
func (s *Store) rollbackLookup(ctx context.Context, t Thing, by string) (back int, err error) {
	err = s.changeUse(Thing{Name: t.Name}, func(f *family, v *schema.Version) error {
		r, err := f.present(t)
		if err != nil {
			return err
		}
		if back, _ = r.before(); back == 0 {
			return errNoWayBack()
		}
		if err := s.suits(ctx, t, back, v); err != nil {
			return err
		}
		return s.passKept(ctx, f, map[string]int{lookupName(t.Name.Name, t.Lookup): back}, v)
	}, func(c *change) error {
		r, err := c.present(t)
		if err != nil {
			return err
		}
		if before, _ := r.before(); before != back {
			return errOther
		}
		if _, err := c.goBack(t, r); err != nil {
			return err
		}
		c.passed(t)
		c.event(t.Name, Event{Action: ActionRollback, By: by, Lookups: map[string]int{lookupName(t.Name.Name, t.Lookup): back}})
		return nil
	})
	return back, err
}
