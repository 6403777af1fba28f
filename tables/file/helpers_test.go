package file_test

import (
	"context"
	"io"
	"path/filepath"
	"testing"

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

// at opens the store of a file, and the keeper under it.
func at(t testing.TB, path string, o tables.Options) (*tables.Store, *file.Keeper) {
	t.Helper()
	k, err := file.Open(path, file.Options{})
	require.NoError(t, err)
	s, err := tables.Open(k, o)
	require.NoError(t, err)
	return s, k
}

func open(t testing.TB, o tables.Options) (*tables.Store, *file.Keeper) {
	t.Helper()
	s, k := at(t, filepath.Join(t.TempDir(), "tables.db"), o)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s, k
}

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

const routing = "rules:\n  - when: lead.country == \"US\" && lead.size >= 10 # é \u2028 <&>\x00\r\n"

func putRules(t require.TestingT, s *tables.Store, name, source string) *tables.RuleSetVersion {
	v, err := s.PutRuleSet(name, source, true, "ann")
	require.NoError(t, err)
	return v
}

// liveRules is what the catalog has for a name that is there and published.
func liveRules(t require.TestingT, c *tables.Catalog, name string) tables.RuleSetVersion {
	set, ok := c.RuleSet(name)
	require.True(t, ok, name)
	require.NotNil(t, set.Live, name)
	return *set.Live
}

// table is a table by its name.
func table(name string) tables.Thing {
	return tables.Thing{Name: tables.Name{Kind: tables.KindTable, Name: name}}
}

// rulesR is the rule set r.
func rulesR() tables.Thing {
	return tables.Thing{Name: tables.Name{Kind: tables.KindRuleSet, Name: "r"}}
}

// lookup is a lookup of the table t.
func lookup(name string) tables.Thing {
	t := table("t")
	t.Lookup = name
	return t
}
