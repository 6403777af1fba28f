package tables

import (
	"context"
	"errors"
	"fmt"

	"tablestep/tables/answers"
	"tablestep/tables/scan"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

// side is what is read, for who shows it.
func (s *Store) side(r *reading) view.Side {
	return view.Side{Version: r.version, Reader: s.reader(r.version)}
}

// Scan reads all rows of a version, 0 for the live one, a row group at a time. No
// transaction is open between two calls of Next; the rows stay, whatever becomes of
// the version, until the reading has come to its end or is closed. Close it.
func (s *Store) Scan(ctx context.Context, table string, version int) (*scan.Rows, error) {
	r, err := s.read(table, version)
	if err != nil {
		return nil, fmt.Errorf("scan: %w", err)
	}
	return scan.NewRows(ctx, s.reader(r.version), r.version, r.done), nil
}

// Diff compares two versions of a table; as to, 0 is the live one, as from the
// newest one before to. Rows are paired by the key of the default lookup.
func (s *Store) Diff(ctx context.Context, table string, from, to int) (*view.Diff, error) {
	return s.diff(ctx, table, from, to, func(_, _ *reading) error { return nil })
}

// diff calls also while both versions are held.
func (s *Store) diff(ctx context.Context, table string, from, to int, also func(newer, older *reading) error) (*view.Diff, error) {
	newer, older, err := s.readTwo(table, from, to)
	if err != nil {
		return nil, fmt.Errorf("diff: %w", err)
	}
	defer newer.done()
	defer older.done()
	key := view.KeyOf(table, newer.table.settled(), newer.version)
	d, err := view.Compare(ctx, s.side(older), s.side(newer), key, view.MaxListed)
	if err == nil {
		err = also(newer, older)
	}
	if err != nil {
		return nil, fmt.Errorf("diff versions %d and %d of table %q: %w", older.version.Number, newer.version.Number, table, err)
	}
	return d, nil
}

// readTwo begins to read what Diff compares. A version that was not named may have
// been dropped between being found and being read: then others are found.
func (s *Store) readTwo(table string, from, to int) (newer, older *reading, err error) {
	const tries = 10
	for range tries {
		a, b, err := s.compared(table, from, to)
		if err != nil {
			return nil, nil, err
		}
		if newer, err = s.read(table, b); err == nil {
			if older, err = s.read(table, a); err == nil {
				return newer, older, nil
			}
			newer.done()
		}
		if from != 0 && to != 0 || !errors.Is(err, schema.ErrVersionNotFound) {
			return nil, nil, err
		}
	}
	return nil, nil, fmt.Errorf("%w: versions of table %q come and go too fast: name two of them", schema.ErrConflict, table)
}

// SetNotation says how the numbers and dates of a column are written, in a new live version
// with the rows of the live one. Where a lookup uses the column its cells are held against
// its mode anew; the error is a *Refusal where one cannot be read any more.
func (s *Store) SetNotation(ctx context.Context, table, column string, n schema.Notation, by string) (*Imported, error) {
	r, err := s.read(table, 0)
	if err != nil {
		return nil, fmt.Errorf("set convention: %w", err)
	}
	defer r.done()
	v := r.version
	at, ok := v.Column(column)
	switch {
	case !ok:
		return nil, fmt.Errorf("set convention: %w: %q: version %d has %s%s", schema.ErrColumnNotFound, schema.Excerpt(column), v.Number, schema.Listed(v.ColumnNames()), schema.Meant(column, v.ColumnNames()))
	case n.Numbers == "" && n.Dates == "":
		return nil, fmt.Errorf("set convention of column %q: %w: give numbers, dates or both", schema.Excerpt(column), schema.ErrInvalid)
	}
	imported, err := s.Import(ctx, table, scan.NewRows(ctx, s.reader(v), v, func() {}), ImportOptions{
		Publish: true, Force: true, By: by, Source: v.Source, Key: v.Key, base: v.Number, way: WayConvention,
		Notations: map[string]schema.Notation{v.Columns[at].Name: n},
	})
	if err != nil {
		return nil, fmt.Errorf("set convention of column %q of table %q: %w", schema.Excerpt(column), table, err)
	}
	return imported, nil
}

// Snapshot is a version of a table, 0 for the live one, ready to be matched: in memory
// if there is room, else on the disk. It needs no closing. One on the disk answers
// ErrVersionNotFound after the version was swept; a Pin keeps it.
func (s *Store) Snapshot(ctx context.Context, table string, version int) (*answers.Snapshot, error) {
	v, err := s.versionOf(ctx, table, version)
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	sn, err := s.cache.Snapshot(ctx, table, v)
	if err != nil {
		return nil, fmt.Errorf("load version %d of table %q: %w", v.Number, table, err)
	}
	return sn, nil
}

// Memory tells what the tables take at the moment.
func (s *Store) Memory() answers.Memory { return s.cache.Memory() }

// liveOf is the live version of a table and its default lookup, for the cache.
func (s *Store) liveOf(table string) (*schema.Version, *schema.Lookup) {
	t, ok := s.catalog.Load().Table(table)
	if !ok {
		return nil, nil
	}
	for i := range t.Lookups {
		if t.Lookups[i].Name == t.Name {
			return t.Live, &t.Lookups[i]
		}
	}
	return t.Live, nil
}
