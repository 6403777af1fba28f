package tables

import (
	"context"
	"fmt"

	"tablestep/tables/scan"
	"tablestep/tables/schema"
)

// A reader reads the rows of one version from the keeper. It is a scan.Reader. A version
// that has been swept ends it with ErrVersionGone.
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
func (r *reader) Read(ctx context.Context, group int, columns []int, f func(i int, chunk []byte) error) error {
	s, v := r.store, r.version
	if err := s.unreadable(v); err != nil {
		return err
	}
	if len(columns) == 0 {
		return nil
	}
	err := s.enter()
	if err == nil {
		err = s.keeper.Read(ctx, v.Storage, group, columns, func(i int, data []byte) error {
			if err := f(i, data); err != nil {
				return fmt.Errorf("%w: column %q, row group %d: %w", ErrDamaged, v.Columns[columns[i]].Name, group, err)
			}
			return nil
		})
		s.leave()
	}
	if err != nil {
		s.noteDamage(v, err)
		return fmt.Errorf("read version %d: %w", v.Number, err)
	}
	return nil
}

// compared names the versions that Diff compares and that are not named, as they are at
// one moment.
func (s *Store) compared(table string, from, to int) (older, newer int, err error) {
	own := Thing{Name: Name{Kind: KindTable, Name: table}}
	r, err := s.settledCatalog().families[own.Name].present(own)
	if err != nil {
		return 0, 0, err
	}
	older, newer = from, to
	if newer == 0 {
		newer = r.Head.Live
	}
	if newer == 0 {
		return 0, 0, fmt.Errorf("%w: no version of table %q is published", schema.ErrVersionNotFound, table)
	}
	for _, m := range r.Made {
		if from == 0 && m.Number < newer {
			older = m.Number
		}
	}
	if older == 0 {
		return 0, 0, fmt.Errorf("%w: table %q has none before %d to compare it with", schema.ErrVersionNotFound, table, newer)
	}
	for _, n := range []int{older, newer} {
		if _, ok := r.making(n); !ok {
			return 0, 0, fmt.Errorf("%w: version %d of table %q", schema.ErrVersionNotFound, n, table)
		}
	}
	return older, newer, nil
}
