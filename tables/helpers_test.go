package tables_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/answers"
	"tablestep/tables/file"
	"tablestep/tables/schema"
)

// sheet is a RowSource of rows that are at hand, or made as they are asked for.
type sheet struct {
	columns  []string
	rows     [][]string
	make     func(row int, cells []string) bool // instead of rows; false ends
	warnings []schema.Warning
	fail     error // after the last row, instead of io.EOF
	at       int
	cells    []string
}

func (s *sheet) Columns() []string { return s.columns }

func (s *sheet) Warnings() []schema.Warning { return s.warnings }

func (s *sheet) Next() (schema.Row, error) {
	if s.cells == nil {
		s.cells = make([]string, len(s.columns))
	}
	more := s.at < len(s.rows)
	if s.make != nil {
		more = s.make(s.at, s.cells)
	} else if more {
		s.cells = append(s.cells[:0], s.rows[s.at]...)
	}
	if !more {
		if s.fail != nil {
			return schema.Row{}, s.fail
		}
		return schema.Row{}, io.EOF
	}
	s.at++
	return schema.Row{Number: s.at, Cells: s.cells}, nil
}

// countries is a small table with all that is awkward about small tables.
func countries() *sheet {
	return &sheet{columns: []string{"country", "alpha-2", "numeric"}, rows: [][]string{
		{"United States", "US", "840"}, {"Germany", "DE", "276"}, {"Afghanistan", "AF", "004"}, {"Côte d'Ivoire", "CI", "384"},
	}}
}

func open(t testing.TB, o tables.Options) *tables.Store {
	t.Helper()
	s := openAt(t, filepath.Join(t.TempDir(), "tables.db"), o)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// openAt is a store that the caller closes.
func openAt(t testing.TB, path string, o tables.Options) *tables.Store {
	t.Helper()
	keeper, err := file.Open(path, file.Options{})
	require.NoError(t, err)
	s, err := tables.Open(keeper, o)
	require.NoError(t, err)
	keepers.Store(s, keeper)
	t.Cleanup(func() { keepers.Delete(s) })
	return s
}

// backup is a copy of the file of a store that open has opened.
func backup(t testing.TB, s *tables.Store) []byte {
	t.Helper()
	keeper, ok := keepers.Load(s)
	require.True(t, ok)
	var b bytes.Buffer
	n, err := keeper.(*file.Keeper).WriteTo(&b)
	require.NoError(t, err)
	require.Equal(t, int64(b.Len()), n)
	return b.Bytes()
}

// keepers are the files of the stores that open has opened, for tests that look into them.
var keepers sync.Map //nolint:gochecknoglobals // of tests

func publish(t require.TestingT, s *tables.Store, table string, source schema.RowSource) *tables.Imported {
	im, err := s.Import(context.Background(), table, source, tables.ImportOptions{Publish: true, Confirm: true, By: "ann", Source: table + ".csv"})
	require.NoError(t, err)
	return im
}

// content is all cells of a version.
func content(t testing.TB, s *tables.Store, table string, version int) [][]string {
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

// find looks up single values with the default lookup.
func find(t testing.TB, sn *answers.Snapshot, l schema.Lookup, values ...string) []answers.Found {
	t.Helper()
	found := make([]answers.Found, len(values))
	require.NoError(t, sn.Find(context.Background(), &l, [][]string{values}, found))
	return found
}

func rowsOf(found []answers.Found) []int32 {
	rows := make([]int32, len(found))
	for i, f := range found {
		rows[i] = f.Row
	}
	return rows
}

func codes(list []schema.Warning) map[string]int {
	counts := map[string]int{}
	for _, w := range list {
		counts[w.Code]++
	}
	return counts
}

func fixedClock() func() time.Time {
	at := time.Date(2024, 3, 31, 10, 0, 0, 0, time.UTC)
	return func() time.Time { return at }
}

// numbered makes a table of so many rows: a unique key, a dictionary column, a
// column of numbers.
func numberedSheet(rows int) *sheet {
	return &sheet{columns: []string{"account", "state", "employees"}, make: func(row int, cells []string) bool {
		if row == rows {
			return false
		}
		cells[0] = fmt.Sprintf("Account %07d", row)
		cells[1] = [...]string{"CA", "NY", "TX", "", "WA"}[row%5]
		cells[2] = fmt.Sprint(row * 7919 % 100_000)
		return true
	}}
}
