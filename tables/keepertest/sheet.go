package keepertest

import (
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/answers"
	"tablestep/tables/schema"
)

// A Sheet is a schema.RowSource of rows that are at hand, or made as they are asked for.
type Sheet struct {
	Header   []string
	Rows     [][]string
	Make     func(row int, cells []string) bool // instead of Rows; false ends
	Findings []schema.Warning
	Fail     error // after the last row, instead of io.EOF

	Lent []string // the cells that Make fills and Next lends; nil: one a column

	at int
}

// Columns are the names of the header.
func (s *Sheet) Columns() []string { return s.Header }

// Warnings are the findings that were put in.
func (s *Sheet) Warnings() []schema.Warning { return s.Findings }

// Next lends the next row.
func (s *Sheet) Next() (schema.Row, error) {
	if s.Lent == nil {
		s.Lent = make([]string, len(s.Header))
	}
	more := s.at < len(s.Rows)
	if s.Make != nil {
		more = s.Make(s.at, s.Lent)
	} else if more {
		s.Lent = append(s.Lent[:0], s.Rows[s.at]...)
	}
	if !more {
		if s.Fail != nil {
			return schema.Row{}, s.Fail
		}
		return schema.Row{}, io.EOF
	}
	s.at++
	return schema.Row{Number: s.at, Cells: s.Lent}, nil
}

// Countries is a small table with all that is awkward about small tables.
func Countries() *Sheet {
	return &Sheet{Header: []string{"country", "alpha-2", "numeric"}, Rows: [][]string{
		{"United States", "US", "840"}, {"Germany", "DE", "276"}, {"Afghanistan", "AF", "004"}, {"Côte d'Ivoire", "CI", "384"},
	}}
}

// Publish imports a table and makes it live, with all guards lifted.
func Publish(t require.TestingT, s *tables.Store, table string, source schema.RowSource) *tables.Imported {
	im, err := s.Import(context.Background(), table, source, tables.ImportOptions{Publish: true, Confirm: true, Force: true, By: "ann", Source: table + ".csv"})
	require.NoError(t, err)
	return im
}

// Cells is all cells of a version, 0 for the live one.
func Cells(t testing.TB, s *tables.Store, table string, version int) [][]string {
	t.Helper()
	scan, err := s.Scan(context.Background(), table, version)
	require.NoError(t, err)
	defer func() { require.NoError(t, scan.Close()) }()
	rows := [][]string{}
	for {
		row, err := scan.Next()
		if err == io.EOF { //nolint:errorlint // a RowSource returns io.EOF itself
			return rows
		}
		require.NoError(t, err)
		rows = append(rows, append([]string{}, row.Cells...))
		require.Equal(t, len(rows), row.Number)
	}
}

// Find looks up single values with a lookup.
func Find(t testing.TB, sn *answers.Snapshot, l schema.Lookup, values ...string) []answers.Found {
	t.Helper()
	found := make([]answers.Found, len(values))
	require.NoError(t, sn.Find(context.Background(), &l, [][]string{values}, found))
	return found
}

// RowsOf are the rows that were found, -1 for a miss.
func RowsOf(found []answers.Found) []int32 {
	rows := make([]int32, len(found))
	for i, f := range found {
		rows[i] = f.Row
	}
	return rows
}
