package tables

import (
	"context"
	"errors"
	"fmt"

	"tablestep/tables/schema"
)

// ConfirmLookup makes the guessed default lookup of a table one that a person has agreed to:
// its first version, which is live and writes. The empty name, or the table's, is the default
// lookup. One that a person has set is confirmed already, and stays as it is.
//
// What is confirmed is the suggestion of this moment; where a new version of the table goes
// live meanwhile, it is the one that is suggested for that.
func (s *Store) ConfirmLookup(ctx context.Context, table, lookup, by string) (set schema.Lookup, found schema.Findings, err error) {
	for range changeTries {
		f := s.catalog.Load().families[Name{Kind: KindTable, Name: table}]
		if _, err := f.present(Thing{Name: Name{Kind: KindTable, Name: table}}); err != nil {
			return schema.Lookup{}, found, err
		}
		guess, ok := f.table.Lookup(lookup)
		switch {
		case !ok && f.table.Damage != nil:
			return schema.Lookup{}, found, fmt.Errorf("confirm lookup: %s: %w", f.table.Damage, ErrDamaged)
		case !ok:
			return schema.Lookup{}, found, fmt.Errorf("table %q, lookup %q: %w", schema.Excerpt(table), schema.Excerpt(lookup), schema.ErrLookupNotFound)
		case !guess.Guessed:
			return guess, found, nil
		}
		set, found, err = s.PutLookup(ctx, table, guess, LookupOptions{Publish: true, By: by, guess: &guess})
		if !errors.Is(err, errGuessMoved) {
			return set, found, err
		}
	}
	return schema.Lookup{}, found, fmt.Errorf("confirm lookup of table %q: %w: it keeps being changed: look at it and repeat", schema.Excerpt(table), schema.ErrConflict)
}

// errGuessMoved says that the default lookup is no longer the guess that was to be confirmed.
var errGuessMoved = errors.New("the suggestion is another one now")
