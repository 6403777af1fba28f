package tables

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"

	bolt "go.etcd.io/bbolt"

	"tablestep/tables/column"
)

// chunks reads some columns of one row group.
func (s *Store) chunks(v *Version, group int, columns []int, dst []*column.Chunk) ([]*column.Chunk, error) {
	dst = dst[:0]
	err := s.view(func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte(bucketData)).Bucket(segmentKey(v.storage, v.segmentOf(group)))
		if b == nil {
			return fmt.Errorf("%w: the rows of version %d have been removed", ErrVersionNotFound, v.Number)
		}
		for _, c := range columns {
			data := b.Get(chunkKey(group, c))
			if data == nil {
				return fmt.Errorf("%w: no chunk of column %q in row group %d", ErrDamaged, v.Columns[c].Name, group)
			}
			chunk, err := column.Decode(data)
			if err != nil {
				return fmt.Errorf("%w: column %q, row group %d: %w", ErrDamaged, v.Columns[c].Name, group, err)
			}
			if chunk.Len() != v.groups[group] {
				return fmt.Errorf("%w: column %q, row group %d has %d rows, not %d", ErrDamaged, v.Columns[c].Name, group, chunk.Len(), v.groups[group])
			}
			dst = append(dst, chunk)
		}
		return nil
	})
	if err != nil {
		s.noteDamage(v, err)
		return nil, fmt.Errorf("read version %d: %w", v.Number, err)
	}
	return dst, nil
}

// eachGroup reads some columns row group by row group; first is the group's first
// row, counted from 0. It ends early, without an error, when f returns errStop.
func (s *Store) eachGroup(ctx context.Context, v *Version, columns []int, f func(first int, chunks []*column.Chunk) error) error {
	if err := s.setAside(v); err != nil {
		return err // It would be read up to the same place, by every batch anew.
	}
	var chunks []*column.Chunk
	for g := range v.groups {
		if err := ctx.Err(); err != nil {
			return err
		}
		var err error
		if chunks, err = s.chunks(v, g, columns, chunks); err != nil {
			return err
		}
		runtime.Gosched() // As in an import, nobody should wait for a whole version.
		if err := f(v.starts[g], chunks); err != nil {
			if errors.Is(err, errStop) {
				return nil
			}
			return err
		}
	}
	return nil
}

var errStop = errors.New("enough")

// all is the numbers of all columns.
func (v *Version) all() []int {
	columns := make([]int, len(v.Columns))
	for i := range columns {
		columns[i] = i
	}
	return columns
}

// version finds a version of a table; 0 is the live one.
func (s *Store) version(table string, number int) (*Version, error) {
	t, ok := s.Catalog().Table(table)
	if !ok {
		return nil, fmt.Errorf("%w: %q", ErrTableNotFound, table)
	}
	switch {
	case number == 0 && t.Damage != nil:
		return nil, fmt.Errorf("%w: %s", ErrDamaged, t.Damage)
	case number == 0 && t.Live == nil:
		return nil, fmt.Errorf("%w: no version of table %q is published", ErrVersionNotFound, table)
	case number == 0, t.Live != nil && number == t.Live.Number:
		return t.Live, nil
	}
	var v *Version
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

// A Scan yields the rows of a version in order. It is a RowSource.
type Scan struct {
	store   *Store
	ctx     context.Context
	version *Version
	columns []int
	group   int
	row     int // within the group
	chunks  []*column.Chunk
	cells   []string
}

// Scan reads all rows of a version, 0 for the live one, a row group at a time. No
// transaction is open between two calls of Next.
func (s *Store) Scan(ctx context.Context, table string, version int) (*Scan, error) {
	v, err := s.version(table, version)
	if err != nil {
		return nil, fmt.Errorf("scan: %w", err)
	}
	return s.scan(ctx, v), nil
}

func (s *Store) scan(ctx context.Context, v *Version) *Scan {
	return &Scan{store: s, ctx: ctx, version: v, columns: v.all(), cells: make([]string, len(v.Columns))}
}

// Version is what is read.
func (s *Scan) Version() *Version { return s.version }

// Columns are the names of the columns.
func (s *Scan) Columns() []string { return s.version.names() }

// Next is the next row or io.EOF. The Row's slice is reused by the following
// call.
func (s *Scan) Next() (Row, error) {
	if s.version == nil {
		return Row{}, errors.New("scan is closed")
	}
	for s.chunks == nil || s.row == s.version.groups[s.group-1] {
		if s.group == len(s.version.groups) {
			return Row{}, io.EOF
		}
		if err := s.ctx.Err(); err != nil {
			return Row{}, err
		}
		chunks, err := s.store.chunks(s.version, s.group, s.columns, s.chunks)
		if err != nil {
			return Row{}, err
		}
		s.chunks, s.row = chunks, 0
		s.group++
	}
	for c, chunk := range s.chunks {
		s.cells[c] = chunk.At(s.row)
	}
	row := Row{Number: s.version.starts[s.group-1] + s.row + 1, Cells: s.cells}
	s.row++
	return row, nil
}

// Warnings are none: what was to be said was said at the import.
func (s *Scan) Warnings() []Warning { return nil }

// Close ends the scan.
func (s *Scan) Close() error {
	s.version, s.chunks = nil, nil
	return nil
}
