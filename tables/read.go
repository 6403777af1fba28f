package tables

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"

	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// chunks reads some columns of one row group.
func (s *Store) chunks(v *schema.Version, group int, columns []int, dst []*column.Chunk) ([]*column.Chunk, error) {
	return s.decoded(new(column.Decoder), v, group, columns, dst)
}

// eachGroup reads some columns row group by row group; first is the group's first
// row, counted from 0. It ends early, without an error, when f returns errStop.
func (s *Store) eachGroup(ctx context.Context, v *schema.Version, columns []int, f func(first int, chunks []*column.Chunk) error) error {
	if err := s.unreadable(v); err != nil {
		return err // It would be read up to the same place, by every batch anew.
	}
	var chunks []*column.Chunk
	var decoder column.Decoder
	for g := range v.Groups {
		if err := ctx.Err(); err != nil {
			return err
		}
		var err error
		if chunks, err = s.decoded(&decoder, v, g, columns, chunks); err != nil {
			return err
		}
		runtime.Gosched() // As in an import, nobody should wait for a whole version.
		if err := f(v.Starts[g], chunks); err != nil {
			if errors.Is(err, errStop) {
				return nil
			}
			return err
		}
	}
	return nil
}

var errStop = errors.New("enough")

// A Scan yields the rows of a version in order. It is a RowSource.
type Scan struct {
	store   *Store
	ctx     context.Context
	version *schema.Version
	columns []int
	group   int
	row     int // within the group
	chunks  []*column.Chunk
	cells   []string
	done    func() // ends the reading
}

// Scan reads all rows of a version, 0 for the live one, a row group at a time. No
// transaction is open between two calls of Next; the rows stay, whatever becomes of
// the version, until the scan has come to its end or is closed. Close it.
func (s *Store) Scan(ctx context.Context, table string, version int) (*Scan, error) {
	r, err := s.read(table, version)
	if err != nil {
		return nil, fmt.Errorf("scan: %w", err)
	}
	return s.scan(ctx, r), nil
}

func (s *Store) scan(ctx context.Context, r *reading) *Scan {
	v := r.version
	return &Scan{store: s, ctx: ctx, version: v, columns: v.AllColumns(), cells: make([]string, len(v.Columns)), done: r.done}
}

// Version is what is read.
func (s *Scan) Version() *schema.Version { return s.version }

// Columns are the names of the columns.
func (s *Scan) Columns() []string { return s.version.ColumnNames() }

// Next is the next row or io.EOF. The Row's slice is reused by the following
// call.
func (s *Scan) Next() (schema.Row, error) {
	if s.version == nil {
		return schema.Row{}, errors.New("scan is closed")
	}
	for s.chunks == nil || s.row == s.version.Groups[s.group-1] {
		if s.group == len(s.version.Groups) {
			s.done()
			return schema.Row{}, io.EOF
		}
		if err := s.ctx.Err(); err != nil {
			return schema.Row{}, err
		}
		chunks, err := s.store.chunks(s.version, s.group, s.columns, s.chunks)
		if err != nil {
			return schema.Row{}, err
		}
		s.chunks, s.row = chunks, 0
		s.group++
	}
	for c, chunk := range s.chunks {
		s.cells[c] = chunk.At(s.row)
	}
	row := schema.Row{Number: s.version.Starts[s.group-1] + s.row + 1, Cells: s.cells}
	s.row++
	return row, nil
}

// Warnings are none: what was to be said was said at the import.
func (s *Scan) Warnings() []schema.Warning { return nil }

// Close ends the scan.
func (s *Scan) Close() error {
	s.done()
	s.version, s.chunks = nil, nil
	return nil
}
