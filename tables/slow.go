package tables

import (
	"context"
	"errors"
	"fmt"

	"tablestep/tables/answers"
	"tablestep/tables/check"
	"tablestep/tables/match"
	"tablestep/tables/schema"
)

// PaceOf counts what a lookup of a table's live version takes; the empty name is
// the default lookup. The table is found by a name that it has had, too, as rules find it.
func (s *Store) PaceOf(ctx context.Context, table, lookup string) (answers.Pace, error) {
	pin := s.Pin()
	defer pin.Release()
	t, ok := pin.Catalog().Called(table)
	if !ok || t.Live == nil {
		return answers.Pace{}, fmt.Errorf("count lookups in table %q: %w", table, schema.ErrTableNotFound)
	}
	l, ok := t.Lookup(lookup)
	if !ok {
		return answers.Pace{}, fmt.Errorf("count lookups in table %q: %w: %q", table, schema.ErrLookupNotFound, lookup)
	}
	return s.pace(ctx, t.Name, t.Live, &l)
}

// pace counts, and is cut short when the store is closed.
func (s *Store) pace(ctx context.Context, table string, v *schema.Version, l *schema.Lookup) (answers.Pace, error) {
	if err := s.enter(); err != nil {
		return answers.Pace{}, err
	}
	defer s.leave()
	ctx, stop := s.bind(ctx)
	defer stop()
	return s.cache.Pace(ctx, table, v, s.reader(v), l)
}

// SlowLookups are warnings of the lookups that a person has set which are slow in
// the live version.
func (s *Store) SlowLookups(ctx context.Context, table string) ([]schema.Warning, error) {
	live, used, done := s.current(Name{Kind: KindTable, Name: table})
	defer done()
	if live == nil {
		return nil, nil
	}
	var w check.Warnings
	if _, err := s.checkPace(ctx, table, live, used.lookups, &w); err != nil {
		return nil, err
	}
	return w.All(nil).List, nil
}

// checkPace warns of lookups that are slow. Those that are far too slow are guards.
func (s *Store) checkPace(ctx context.Context, table string, v *schema.Version, lookups []schema.Lookup, w *check.Warnings) (guards []schema.Guard, _ error) {
	for i := range lookups {
		l := &lookups[i]
		pace, err := s.pace(ctx, table, v, l)
		switch {
		case errors.Is(err, schema.ErrInvalid) || errors.Is(err, schema.ErrColumnNotFound):
			continue // The lookup does not fit, which is told elsewhere.
		case err != nil:
			return nil, err
		}
		if pace.TooSlow() {
			guards = append(guards, schema.Guard{
				Code: schema.CodeLookupTooSlow, Lift: schema.LiftForce, Lookup: l.Name,
				Message: fmt.Sprintf("lookup %q of table %q would look up %s, and a batch of 1,000 leads has %d s: %s; or force it",
					l.Name, table, pace, answers.BatchWork/answers.Second, answers.WaysOut),
			})
		}
		if pace.Slow() {
			w.Add(0, v.NamesOf(keyColumns(v, l)), schema.WarnLookupSlow, "lookup %q looks up %s: of a larger batch, the leads that are not reached in %d s of work fail with LOOKUP_TOO_SLOW; %s",
				l.Name, pace, answers.BatchWork/answers.Second, answers.WaysOut)
		}
	}
	return guards, nil
}

// keyColumns are those of a lookup's key.
func keyColumns(v *schema.Version, l *schema.Lookup) []int {
	key, err := match.KeyOf(v, l)
	if err != nil {
		return nil
	}
	return key.Columns()
}

// checkCells says whether a lookup can read all cells of a version that it uses as
// patterns.
func (s *Store) checkCells(v *schema.Version, l *schema.Lookup) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	err := check.Patterns(s.ctx, s.reader(v), v, l)
	if err == nil {
		err = check.Turns(s.ctx, s.reader(v), v, l)
	}
	if err == nil {
		s.fits(v, check.PatternsOf(v, []schema.Lookup{*l}))
	}
	if errors.Is(err, context.Canceled) {
		return ErrClosed
	}
	return err
}
