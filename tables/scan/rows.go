package scan

import (
	"context"
	"errors"
	"io"

	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// Rows yields the rows of a version in order, a row group at a time. It is a
// schema.RowSource, for one goroutine.
type Rows struct {
	ctx     context.Context // of who reads, who ends with it
	reader  Reader
	version *schema.Version // nil: closed
	columns []int
	decoder column.Decoder
	group   int // the next one
	first   int // row of the group that is read
	row     int // within that group
	chunks  []*column.Chunk
	cells   []string
	done    func()
}

// NewRows begins to read a version through r. done is called at the end of the rows and
// by Close, so maybe more than once.
func NewRows(ctx context.Context, r Reader, v *schema.Version, done func()) *Rows {
	return &Rows{ctx: ctx, reader: r, version: v, columns: v.AllColumns(), cells: make([]string, len(v.Columns)), done: done}
}

// Version is what is read.
func (s *Rows) Version() *schema.Version { return s.version }

// Columns are the names of the columns.
func (s *Rows) Columns() []string { return s.version.ColumnNames() }

// Next is the next row or io.EOF. The Row's slice is reused by the following call.
func (s *Rows) Next() (schema.Row, error) {
	if s.version == nil {
		return schema.Row{}, errors.New("the reading of rows is closed")
	}
	groups := s.reader.Groups()
	for s.chunks == nil || s.row == groups[s.group-1] {
		if s.group == len(groups) {
			s.done()
			return schema.Row{}, io.EOF
		}
		if err := s.ctx.Err(); err != nil {
			return schema.Row{}, err
		}
		chunks, err := Group(s.ctx, s.reader, &s.decoder, s.group, s.columns, s.chunks)
		if err != nil {
			return schema.Row{}, err
		}
		s.first += s.row
		s.chunks, s.row = chunks, 0
		s.group++
	}
	for c, chunk := range s.chunks {
		s.cells[c] = chunk.At(s.row)
	}
	row := schema.Row{Number: s.first + s.row + 1, Cells: s.cells}
	s.row++
	return row, nil
}

// Warnings are none: what was to be said was said when the version came in.
func (s *Rows) Warnings() []schema.Warning { return nil }

// Close ends the reading.
func (s *Rows) Close() error {
	s.done()
	s.version, s.chunks = nil, nil
	return nil
}
