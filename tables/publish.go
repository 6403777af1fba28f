package tables

import (
	"fmt"
	"slices"
	"tablestep/tables/schema"

	bolt "go.etcd.io/bbolt"
)

// maxTrail is how many steps back a table or rule set can be rolled.
const maxTrail = 100

// Publish makes a version the live one: one small transaction and the swap of a
// pointer, whatever the table's size. A lookup that wants a column the version
// lacks does not hold it up; its leads are told so.
func (s *Store) Publish(table string, version int, by string) error {
	err := s.changeTable(table, func(tx *bolt.Tx) error {
		t, err := liveTable(tx, table)
		if err != nil {
			return err
		}
		v, err := readVersion(tx, table, version)
		if err != nil {
			return err
		}
		if t.Live == version {
			return nil
		}
		if err := s.goLive(tx, table, t, v, Event{Action: ActionPublish, By: by}); err != nil {
			return err
		}
		t.Updated = s.options.Now().UTC()
		return writeTable(tx, table, t)
	})
	if err != nil {
		return fmt.Errorf("publish table %q: %w", table, err)
	}
	return nil
}

// Rollback makes the version live again that was so before, and says which. Done
// again, it goes further back.
func (s *Store) Rollback(table, by string) (int, error) {
	back := 0
	err := s.changeTable(table, func(tx *bolt.Tx) error {
		t, err := liveTable(tx, table)
		if err != nil {
			return err
		}
		for back = 0; len(t.Trail) > 0 && back == 0; {
			back = t.Trail[len(t.Trail)-1]
			t.Trail = t.Trail[:len(t.Trail)-1]
			if !kept(tx, table, back) || back == t.Live {
				back = 0 // Swept since.
			}
		}
		if back == 0 {
			return fmt.Errorf("%w: no earlier version was live", schema.ErrVersionNotFound)
		}
		v, err := readVersion(tx, table, back)
		if err != nil {
			return err
		}
		trail := t.Trail
		if err := s.goLive(tx, table, t, v, Event{Action: ActionRollback, By: by}); err != nil {
			return err
		}
		t.Trail = trail
		t.Updated = s.options.Now().UTC()
		return writeTable(tx, table, t)
	})
	if err != nil {
		return 0, fmt.Errorf("roll back table %q: %w", table, err)
	}
	return back, nil
}

// goLive moves the live pointer of a record that the caller then writes.
func (s *Store) goLive(tx *bolt.Tx, table string, t *tableRecord, v *schema.Version, e Event) error {
	if t.Live != 0 && t.Live != v.Number {
		t.Trail = append(t.Trail, t.Live)
		if err := t.shortenTrail(tx, table); err != nil {
			return err
		}
	}
	t.Live = v.Number
	t.guess(table, v)
	e.Version = v.Number
	return s.record(tx, table, e)
}

// shortenTrail keeps the trail at its length. Of what is kept, the oldest patch goes
// first, so that a hundred of them do not bar the way back to an upload.
func (t *tableRecord) shortenTrail(tx *bolt.Tx, table string) error {
	for len(t.Trail) > maxTrail {
		at := 0
		for i, n := range t.Trail {
			made, err := readMaking(tx, table, n)
			if err != nil {
				return err
			}
			if made == nil || made.Patch {
				at = i
				break
			}
		}
		t.Trail = slices.Delete(t.Trail, at, at+1)
	}
	return nil
}

// guess sets the default lookup unless a person has.
func (t *tableRecord) guess(table string, v *schema.Version) {
	at := slices.IndexFunc(t.Lookups, func(l schema.Lookup) bool { return l.Name == table })
	switch {
	case at < 0:
		t.Lookups = append(t.Lookups, schema.Guess(table, v))
	case t.Lookups[at].Guessed:
		t.Lookups[at] = schema.Guess(table, v)
	}
	schema.SortLookups(table, t.Lookups)
}

// Delete removes a table with all versions and lookups. Its history stays, and
// its version numbers are not used again should it come back.
func (s *Store) Delete(table, by string) error {
	err := s.changeTable(table, func(tx *bolt.Tx) error {
		t, err := tableToDelete(tx, table)
		if err != nil {
			return err
		}
		if err := s.drop(tx, table, versionNumbers(tx, table)); err != nil {
			return err
		}
		delete(s.makings, table)
		if err := s.record(tx, table, Event{Action: ActionDelete, By: by}); err != nil {
			return err
		}
		return writeTable(tx, table, &tableRecord{Next: t.Next, Deleted: true, Updated: s.options.Now().UTC()})
	})
	if err != nil {
		return fmt.Errorf("delete table %q: %w", table, err)
	}
	s.wakeSweeper()
	return nil
}

// kept says whether there is such a version.
func kept(tx *bolt.Tx, table string, number int) bool {
	return tx.Bucket([]byte(bucketVersions)).Get(numbered(table, uint64(number))) != nil
}

// drop removes versions and leaves their chunks to the sweeper.
func (s *Store) drop(tx *bolt.Tx, table string, numbers []int) error {
	lost := false // the chunks of a version whose record is damaged
	for _, n := range numbers {
		v, err := readVersion(tx, table, n)
		if lost = lost || damaged(err); err != nil && !damaged(err) {
			return err
		}
		if err == nil {
			if err := s.doom(tx, table, v.Storage); err != nil {
				return err
			}
		}
		for _, bucket := range []string{bucketVersions, bucketWarnings} {
			if err := tx.Bucket([]byte(bucket)).Delete(numbered(table, uint64(n))); err != nil {
				return err
			}
		}
	}
	if lost {
		return s.doomOrphans(tx)
	}
	return nil
}

// Versions are the versions of a table that are kept, with their warnings, the
// newest first.
func (s *Store) Versions(table string) ([]schema.Version, error) {
	_, versions, err := s.Whole(table)
	return versions, err
}

// Whole is a table with its versions, all of one moment.
func (s *Store) Whole(table string) (t *Table, versions []schema.Version, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		if t, err = describe(tx, table); err != nil {
			return err
		}
		if t == nil {
			return fmt.Errorf("%w: %q", schema.ErrTableNotFound, table)
		}
		for _, n := range versionNumbers(tx, table) {
			v, err := readVersion(tx, table, n)
			if damaged(err) {
				continue // Damaged names it.
			}
			if err != nil {
				return err
			}
			if v.Warnings, err = readWarnings(tx, table, n); damaged(err) {
				v.Warnings, err = []schema.Warning{{Code: schema.WarnDamaged, Message: "the findings of this version cannot be read: " + restore + " if they are needed"}}, nil
			}
			if err != nil {
				return err
			}
			versions = append(versions, *v)
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("versions of table %q: %w", table, err)
	}
	slices.Reverse(versions)
	return t, versions, nil
}
