package tables

import (
	"context"
	"errors"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"

	"tablestep/tables/check"
	"tablestep/tables/schema"
)

// SetLookup sets or replaces a lookup of a table; its empty name, or the table's,
// is the default one. Columns are held against the live version, or the newest
// where none is live, and spelled as there; an empty mode, policy or type becomes
// its default. Every cell of that version has to be one that its mode understands.
// The error wraps ErrInvalid or ErrColumnNotFound and names the place.
//
// How much work it takes is not counted; see PutLookup.
func (s *Store) SetLookup(table string, l schema.Lookup, by string) error {
	_, err := s.setLookup(table, l, by, func(*schema.Version, *schema.Lookup) error { return nil })
	return err
}

// PutLookup is SetLookup with a count of what the lookup takes, which says what was
// set. One that is slow is a warning, and one that is far too slow is refused with
// ErrConflict, unless it is forced.
func (s *Store) PutLookup(ctx context.Context, table string, l schema.Lookup, force bool, by string) (set schema.Lookup, warned []schema.Warning, err error) {
	set, err = s.setLookup(table, l, by, func(v *schema.Version, settled *schema.Lookup) error {
		var w check.Warnings
		err := s.checkPace(ctx, table, v, []schema.Lookup{*settled}, force, &w)
		warned, _ = w.All(nil)
		return err
	})
	return set, warned, err
}

func (s *Store) setLookup(table string, l schema.Lookup, by string, check func(*schema.Version, *schema.Lookup) error) (schema.Lookup, error) {
	if l.Name == "" {
		l.Name = table
	}
	settled, err := s.setChecked(table, l, by, check)
	if err != nil {
		return schema.Lookup{}, fmt.Errorf("set lookup %q of table %q: %w", schema.Excerpt(l.Name), table, err)
	}
	return settled, nil
}

// setChecked reads the cells before the transaction that sets the lookup, and again
// if another version went live meanwhile.
func (s *Store) setChecked(table string, l schema.Lookup, by string, check func(*schema.Version, *schema.Lookup) error) (settled schema.Lookup, err error) {
	const tries = 5
	for range tries {
		settled = l
		var v *schema.Version
		err := s.view(func(tx *bolt.Tx) error {
			t, err := liveTable(tx, table)
			if err != nil {
				return err
			}
			if v, err = shape(tx, table, t); err != nil {
				return err
			}
			return settled.Settle(v)
		})
		if err != nil {
			return settled, err
		}
		done := s.hold(v)
		err = s.checkCells(v, &settled)
		if err == nil {
			err = check(v, &settled)
		}
		done()
		if errors.Is(err, schema.ErrVersionGone) {
			continue // It was swept before it was held.
		}
		if err != nil {
			return settled, err
		}
		moved := false
		err = s.changeTable(table, func(tx *bolt.Tx) error {
			t, err := liveTable(tx, table)
			if err != nil {
				return err
			}
			now, err := shape(tx, table, t)
			if err != nil {
				return err
			}
			if moved = now.Storage != v.Storage; moved {
				return nil
			}
			return s.putLookup(tx, table, t, settled, by)
		})
		if err != nil || !moved {
			return settled, err
		}
	}
	return settled, fmt.Errorf("%w: new versions keep going live: repeat the change", schema.ErrConflict)
}

// putLookup writes a settled lookup.
func (s *Store) putLookup(tx *bolt.Tx, table string, t *tableRecord, l schema.Lookup, by string) error {
	at := slices.IndexFunc(t.Lookups, func(o schema.Lookup) bool { return o.Name == l.Name })
	switch {
	case at >= 0:
		t.Lookups[at] = l
	case len(t.Lookups) >= schema.MaxLookups:
		return fmt.Errorf("%w: the table has %d lookups, the most there can be", schema.ErrInvalid, schema.MaxLookups)
	default:
		t.Lookups = append(t.Lookups, l)
		schema.SortLookups(table, t.Lookups)
	}
	if err := s.record(tx, table, Event{Action: ActionLookup, By: by, Lookup: l.Name}); err != nil {
		return err
	}
	t.Updated = s.options.Now().UTC()
	return writeTable(tx, table, t)
}

// DeleteLookup removes a lookup. The default one cannot be gone: it becomes the
// guessed one again.
func (s *Store) DeleteLookup(table, lookup, by string) error {
	if lookup == "" {
		lookup = table
	}
	err := s.changeTable(table, func(tx *bolt.Tx) error {
		t, err := liveTable(tx, table)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(t.Lookups, func(l schema.Lookup) bool { return l.Name == lookup })
		if at < 0 {
			return schema.ErrLookupNotFound
		}
		t.Lookups = slices.Delete(t.Lookups, at, at+1)
		if lookup == table {
			v, err := shape(tx, table, t)
			if err != nil {
				return err
			}
			t.guess(table, v)
		}
		if err := s.record(tx, table, Event{Action: ActionDeleteLookup, By: by, Lookup: lookup}); err != nil {
			return err
		}
		t.Updated = s.options.Now().UTC()
		return writeTable(tx, table, t)
	})
	if err != nil {
		return fmt.Errorf("delete lookup %q of table %q: %w", schema.Excerpt(lookup), table, err)
	}
	return nil
}

// shape is the version whose columns count: the live one, else the newest.
func shape(tx *bolt.Tx, table string, t *tableRecord) (*schema.Version, error) {
	if t.Live != 0 {
		return readVersion(tx, table, t.Live)
	}
	numbers := versionNumbers(tx, table)
	if len(numbers) == 0 {
		return nil, fmt.Errorf("%w: the table has none", schema.ErrVersionNotFound)
	}
	return readVersion(tx, table, numbers[len(numbers)-1])
}
