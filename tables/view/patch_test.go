package view_test

import (
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/scan"
	"tablestep/tables/scan/scantest"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

// patched is the cells of a table with a patch applied, and what was warned of.
func patched(t testing.TB, of *scantest.Table, key []schema.Match, p view.Patch) ([][]string, []schema.Warning) {
	t.Helper()
	source, err := p.Apply(scan.NewRows(context.Background(), of, of.Version, func() {}), key)
	require.NoError(t, err)
	require.Equal(t, of.Version.ColumnNames(), source.Columns())
	var rows [][]string
	for {
		row, err := source.Next()
		if err == io.EOF { //nolint:errorlint // a RowSource returns io.EOF itself
			return rows, source.Warnings()
		}
		require.NoError(t, err)
		require.Equal(t, len(rows)+1, row.Number)
		rows = append(rows, append([]string{}, row.Cells...))
	}
}

func TestAPatchChangesEveryRowWithItsKeyAndPutsNewOnesLast(t *testing.T) {
	t.Parallel()
	of := scantest.New([]string{"k", "n", "v"}, [][]string{{"a", "1", "x"}, {"b", "1", "y"}, {"A ", "1", "z"}, {"c", "2", ""}, {"", "3", "empty"}}, 2)
	rows, warnings := patched(t, of, byKey("k"), view.Patch{
		Upsert: []map[string]string{{"k": "new", "v": "1"}, {"K": "a", "v": "changed"}},
		Delete: []map[string]string{{"k": "C"}, {"k": "none"}},
	})
	require.Equal(t, [][]string{{"a", "1", "changed"}, {"b", "1", "y"}, {"a", "1", "changed"}, {"", "3", "empty"}, {"new", "", "1"}}, rows)
	require.Equal(t, []schema.Warning{{Code: schema.WarnKeyNotFound, Message: `no row has the key "none": nothing to delete`}}, warnings)

	exact := []schema.Match{{Column: "k", Mode: schema.ModeExact}, {Column: "n", MatchEmpty: true}}
	rows, _ = patched(t, of, exact, view.Patch{
		Upsert: []map[string]string{{"k": "a", "n": "", "v": "of no number"}, {"k": "A ", "n": "1", "v": "found"}},
		Delete: []map[string]string{{"k": "a", "n": " 1"}},
	})
	require.Equal(t, [][]string{{"b", "1", "y"}, {"A ", "1", "found"}, {"c", "2", ""}, {"", "3", "empty"}, {"a", "", "of no number"}}, rows)
}

func TestAPatchNamesWhatIsWrongWithIt(t *testing.T) {
	t.Parallel()
	of := scantest.New([]string{"k", "v"}, [][]string{{"a", "1"}}, 0)
	for says, c := range map[string]struct {
		key   []schema.Match
		patch view.Patch
	}{
		`upsert 2: invalid: no "k", which is of the key`:       {byKey("k"), view.Patch{Upsert: []map[string]string{{"k": "b"}, {"v": "2"}}}},
		`delete 1: invalid: the key "A" is in the patch twice`: {byKey("k"), view.Patch{Upsert: []map[string]string{{"k": "a"}}, Delete: []map[string]string{{"k": "A"}}}},
		`upsert 1: column not found: "city": the table has`:    {byKey("k"), view.Patch{Upsert: []map[string]string{{"k": "a", "city": "b"}}}},
		`column not found: "gone", which is the key of table`:  {byKey("gone"), view.Patch{Upsert: []map[string]string{{"k": "a"}}}},
		`table "t" has no key: set its default lookup`:         {nil, view.Patch{Upsert: []map[string]string{{"k": "a"}}}},
		`in mode prefix, which does not name single rows`:      {[]schema.Match{{Column: "k", Mode: schema.ModePrefix}}, view.Patch{Upsert: []map[string]string{{"k": "a"}}}},
		`0 rows: give 1 to 100000`:                             {byKey("k"), view.Patch{}},
	} {
		_, err := c.patch.Apply(scan.NewRows(context.Background(), of, of.Version, func() {}), c.key)
		require.ErrorContains(t, err, says)
	}
}
