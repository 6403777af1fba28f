package tables

import (
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"tablestep/tables/scan"
	"tablestep/tables/schema"
)

// A reader reads the rows of one version from the file. It is a scan.Reader; a read is
// one transaction, open while the bytes are lent. A version that has been swept ends it
// with ErrVersionGone.
type reader struct {
	store   *Store
	version *schema.Version
}

// reader reads a version. Its rows may be swept at any time: who needs them begins a
// reading.
func (s *Store) reader(v *schema.Version) scan.Reader { return &reader{s, v} }

// Groups are the rows of each row group.
func (r *reader) Groups() []int { return r.version.Groups }

// Read hands out chunks, and keeps what it finds damaged: such a version is refused from
// then on, or else it would be read up to the same place by every batch anew.
func (r *reader) Read(_ context.Context, group int, columns []int, f func(i int, chunk []byte) error) error {
	v := r.version
	if err := r.store.setAside(v); err != nil {
		return err
	}
	if len(columns) == 0 {
		return nil
	}
	err := r.store.view(func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte(bucketData)).Bucket(segmentKey(v.Storage, v.SegmentOf(group)))
		if b == nil {
			return schema.ErrVersionGone
		}
		for i, c := range columns {
			data := b.Get(chunkKey(group, c))
			if data == nil {
				return fmt.Errorf("%w: no chunk of column %q in row group %d", ErrDamaged, v.Columns[c].Name, group)
			}
			if err := f(i, data); err != nil {
				return fmt.Errorf("%w: column %q, row group %d: %w", ErrDamaged, v.Columns[c].Name, group, err)
			}
		}
		return nil
	})
	if err != nil {
		r.store.noteDamage(v, err)
		return fmt.Errorf("read version %d: %w", v.Number, err)
	}
	return nil
}

// version finds a version of a table; 0 is the live one. Its rows may be swept at any
// time: who needs them begins a reading.
func (s *Store) version(table string, number int) (*schema.Version, error) {
	t, ok := s.Catalog().Table(table)
	if !ok {
		return nil, fmt.Errorf("%w: %q", schema.ErrTableNotFound, table)
	}
	switch {
	case number == 0 && t.Damage != nil:
		return nil, fmt.Errorf("%w: %s", ErrDamaged, t.Damage)
	case number == 0 && t.Live == nil:
		return nil, fmt.Errorf("%w: no version of table %q is published", schema.ErrVersionNotFound, table)
	case number == 0, t.Live != nil && number == t.Live.Number:
		return t.Live, nil
	}
	var v *schema.Version
	err := s.view(func(tx *bolt.Tx) error {
		if _, err := liveTable(tx, table); err != nil {
			return err
		}
		var err error
		v, err = readVersion(tx, table, number)
		return err
	})
	return v, err
}

// compared names the versions that Diff compares and that are not named, as they are at
// one moment.
func (s *Store) compared(table string, from, to int) (older, newer int, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		t, err := liveTable(tx, table)
		if err != nil {
			return err
		}
		older, newer = from, to
		if newer == 0 {
			newer = t.Live
		}
		if newer == 0 {
			return fmt.Errorf("%w: no version of table %q is published", schema.ErrVersionNotFound, table)
		}
		for _, n := range versionNumbers(tx, table) {
			if from == 0 && n < newer {
				older = n
			}
		}
		if older == 0 {
			return fmt.Errorf("%w: table %q has none before %d", schema.ErrVersionNotFound, table, newer)
		}
		for _, n := range []int{older, newer} {
			if !kept(tx, table, n) {
				return fmt.Errorf("%w: version %d of table %q", schema.ErrVersionNotFound, n, table)
			}
		}
		return nil
	})
	return older, newer, err
}
