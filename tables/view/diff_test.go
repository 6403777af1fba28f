package view_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
	"tablestep/tables/scan/scantest"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

func byKey(columns ...string) []schema.Match {
	var key []schema.Match
	for _, name := range columns {
		key = append(key, schema.Match{Column: name})
	}
	return key
}

func TestADiffComparesWholeRowsWhereAKeyComesTwice(t *testing.T) {
	t.Parallel()
	columns := []string{"k", "v"}
	twice := scantest.New(columns, [][]string{{"a", "1"}, {"a", "1"}, {"a", "2"}, {"b", "3"}}, 3)
	other := scantest.New(columns, [][]string{{"a", "2"}, {"a", "1"}, {"b", "4"}, {"b", "4"}}, 2)
	once := scantest.New(columns, [][]string{{"a", "1"}, {"b", "3"}}, 0)
	d, err := view.Compare(context.Background(), side(twice), side(other), byKey("k"), view.MaxListed)
	require.NoError(t, err)
	require.Empty(t, d.Key)
	require.Equal(t, view.Count{Added: 2, Removed: 2, Unchanged: 2}, d.Count)
	require.Equal(t, []view.Row{{Row: 1, Cells: []string{"a", "1"}}, {Row: 4, Cells: []string{"b", "3"}}}, d.Removed)
	require.Equal(t, []view.Row{{Row: 3, Cells: []string{"b", "4"}}, {Row: 4, Cells: []string{"b", "4"}}}, d.Added)
	for _, c := range []struct {
		from, to *scantest.Table
		key      []schema.Match
	}{
		{once, other, byKey("k")},
		{twice, once, byKey("k")},
		{once, once, nil},
		{once, once, byKey("none")},
		{once, once, []schema.Match{{Column: "k", Mode: schema.ModePrefix}}},
	} {
		d, err := view.Compare(context.Background(), side(c.from), side(c.to), c.key, 10)
		require.NoError(t, err)
		require.Empty(t, d.Key)
		require.NotNil(t, d.Key, "a list in JSON")
		require.Zero(t, d.Count.Changed)
	}
}

func TestADiffPairsRowsWhoseSpellingWasChanged(t *testing.T) {
	t.Parallel()
	columns, loose := []string{"k", "v"}, []schema.Match{{Column: "k", Mode: schema.ModeLoose}}
	before := scantest.New(columns, [][]string{{"Zürich", "1"}, {"U.S.A.", "2"}, {"Bern", "3"}, {"Genf", "4"}}, 3)
	after := scantest.New(columns, [][]string{{"Zurich", "1"}, {"USA", "2"}, {"bern", "3"}, {"Basel", "4"}}, 2)
	d, err := view.Compare(context.Background(), side(before), side(after), loose, view.MaxListed)
	require.NoError(t, err)
	require.Equal(t, view.Count{Added: 1, Removed: 1, Changed: 3}, d.Count)
	require.Equal(t, view.RowChange{Row: 1, FromRow: 1, Cells: []view.CellChange{{Column: "k", From: "Zürich", To: "Zurich"}}}, d.Changed[0])

	// Where the form names a row twice, the normal form does not: the rows are still paired.
	twice := scantest.New(columns, [][]string{{"Zürich", "1"}, {"Zurich", "2"}, {"Bern", "3"}}, 2)
	other := scantest.New(columns, [][]string{{"zürich", "1"}, {"Zurich", "5"}, {"Bern", "3"}}, 2)
	d, err = view.Compare(context.Background(), side(twice), side(other), loose, view.MaxListed)
	require.NoError(t, err)
	require.Equal(t, []string{"k"}, d.Key)
	require.Equal(t, view.Count{Changed: 2, Unchanged: 1}, d.Count)

	// And where that does, too, whole rows are compared.
	d, err = view.Compare(context.Background(), side(twice), side(scantest.New(columns, [][]string{{"Bern", "3"}, {"bern", "4"}}, 2)), loose, view.MaxListed)
	require.NoError(t, err)
	require.Empty(t, d.Key)
	require.Equal(t, view.Count{Added: 1, Removed: 2, Unchanged: 1}, d.Count)
}

// Any two versions are held against what a map says.
func TestADiffIsWhatAMapOfTheRowsSays(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 5))
	for range 200 {
		made := func() (map[string]string, *scantest.Table) {
			rows, cells := map[string]string{}, [][]string{}
			for _, k := range r.Perm(12)[:1+r.IntN(11)] {
				rows[fmt.Sprint("key ", k)] = fmt.Sprint(r.IntN(3))
				cells = append(cells, []string{fmt.Sprint([]string{"KEY ", "key  "}[r.IntN(2)], k), rows[fmt.Sprint("key ", k)]})
			}
			return rows, scantest.New([]string{"k", "v"}, cells, 1+r.IntN(5))
		}
		was, from := made()
		is, to := made()
		d, err := view.Compare(context.Background(), side(from), side(to), byKey("K"), view.MaxListed)
		require.NoError(t, err)
		require.Equal(t, []string{"k"}, d.Key)
		require.False(t, d.Truncated)
		got := map[string]string{} // what was, changed as the diff says
		maps.Copy(got, was)
		for _, row := range d.Removed {
			delete(got, column.Normalize(row.Cells[0]))
		}
		for _, row := range d.Added {
			got[column.Normalize(row.Cells[0])] = row.Cells[1]
		}
		for _, change := range d.Changed {
			row, err := view.Rows(context.Background(), side(to), nil, view.Query{Offset: change.Row - 1, Limit: 1})
			require.NoError(t, err)
			require.NotEmpty(t, change.Cells)
			got[column.Normalize(row.Rows[0].Cells[0])] = row.Rows[0].Cells[1]
		}
		require.Equal(t, is, got)
		require.Equal(t, view.Count{Added: len(d.Added), Removed: len(d.Removed), Changed: len(d.Changed), Unchanged: len(is) - len(d.Added) - len(d.Changed)}, d.Count)
	}
}

func TestADiffReadsEachVersionOnceAndListsNoMoreThanItIsAskedFor(t *testing.T) {
	t.Parallel()
	from, to := numbered(500), numbered(700)
	d, err := view.Compare(context.Background(), side(from), side(to), byKey("account"), 0)
	require.NoError(t, err)
	require.Equal(t, view.Count{Added: 200, Unchanged: 500}, d.Count)
	require.True(t, d.Truncated)
	require.Empty(t, d.Added)
	for c := range 3 {
		require.Equal(t, 1, from.Reads(c))
		require.Equal(t, 1, to.Reads(c))
	}
	d, err = view.Compare(context.Background(), side(to), side(from), nil, 20)
	require.NoError(t, err)
	require.Equal(t, view.Count{Removed: 200, Unchanged: 500}, d.Count)
	require.Len(t, d.Removed, 20)
	require.Equal(t, 501, d.Removed[0].Row)
	require.True(t, d.Truncated)
}

func TestTheKeyOfADiffIsTheDefaultLookupsElseTheVersions(t *testing.T) {
	t.Parallel()
	v := schema.NamedVersion([]string{"a", "b"})
	v.Key = []string{"a", "b"}
	other := schema.Lookup{Name: "other", Match: []schema.Match{{Column: "a", Mode: schema.ModeExact}}}
	own := schema.Lookup{Name: "t", Match: []schema.Match{{Column: "b", Mode: schema.ModeExact}}}
	require.Equal(t, []schema.Match{{Column: "a", Mode: schema.ModeNormalized}, {Column: "b", Mode: schema.ModeNormalized}}, view.KeyOf("t", []schema.Lookup{other}, v))
	require.Equal(t, own.Match, view.KeyOf("t", []schema.Lookup{other, own}, v))
}

func TestVersionsThatCannotBeReadAreNotCompared(t *testing.T) {
	t.Parallel()
	for _, damaged := range []int{0, 1} {
		sides := []*scantest.Table{numbered(10), numbered(10)}
		sides[damaged].Damage(0, 1)
		for _, key := range [][]schema.Match{byKey("account"), nil} {
			_, err := view.Compare(context.Background(), side(sides[0]), side(sides[1]), key, 5)
			require.ErrorIs(t, err, scantest.ErrDamaged)
		}
		_, err := view.Rows(context.Background(), side(sides[damaged]), nil, view.Query{Text: "NY"})
		require.ErrorIs(t, err, scantest.ErrDamaged)
		_, err = view.Rows(context.Background(), side(sides[damaged]), nil, view.Query{})
		require.ErrorIs(t, err, scantest.ErrDamaged)
	}
}
