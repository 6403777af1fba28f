package match_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/match"
	"tablestep/tables/schema"
)

func version() *schema.Version {
	v := schema.NamedVersion([]string{"k", "from", "to"})
	v.Number, v.Rows = 3, 1000
	for c := range v.Columns {
		v.Columns[c].Distinct = 100
	}
	return v
}

func keyOf(t testing.TB, entries ...schema.Match) match.Key {
	t.Helper()
	key, err := match.KeyOf(version(), &schema.Lookup{Name: "l", Match: entries})
	require.NoError(t, err)
	return key
}

func TestAKeyIsTheMatchEntriesWithTheirColumns(t *testing.T) {
	t.Parallel()
	key := keyOf(t, schema.Match{Column: "FROM", ColumnTo: "TO", Mode: schema.ModeRange}, schema.Match{Column: "k", MatchEmpty: true}, schema.Match{Column: "k", Mode: schema.ModeFuzzy, Threshold: 0.7})
	require.Equal(t, match.Key{Lookup: "l", Parts: []match.Part{
		{Column: 1, To: 2, Mode: schema.ModeRange}, {Column: 0, To: -1, Mode: schema.ModeNormalized, MatchEmpty: true}, {Column: 0, To: -1, Mode: schema.ModeFuzzy, Threshold: 0.7},
	}}, key)
	require.Equal(t, []int{1, 2, 0, 0}, key.Columns(), "those of a range are side by side")
	cells := map[int]*column.Strings{}
	for c := range 3 {
		cells[c] = column.FromStrings([]string{"x"})
	}
	parts := key.IndexParts(func(c int) *column.Strings { return cells[c] })
	require.Same(t, cells[1], parts[0].Cells)
	require.Same(t, cells[2], parts[0].To)
	require.Same(t, cells[0], parts[1].Cells)
	require.Nil(t, parts[1].To)
	require.True(t, parts[1].MatchEmpty)
	require.InDelta(t, 0.7, parts[2].Threshold, 0)
}

func TestALookupThatDoesNotFitAVersionHasNoKey(t *testing.T) {
	t.Parallel()
	for says, m := range map[string]schema.Match{
		`"none" in version 3`: {Column: "none"},
		`"last" in version 3`: {Column: "from", ColumnTo: "last", Mode: schema.ModeRange},
	} {
		_, err := match.KeyOf(version(), &schema.Lookup{Match: []schema.Match{{Column: "k"}, m}})
		require.ErrorIs(t, err, schema.ErrColumnNotFound)
		require.ErrorContains(t, err, says)
	}
	_, err := match.KeyOf(version(), &schema.Lookup{Match: []schema.Match{{Column: "k", Mode: "nearly"}}})
	require.ErrorIs(t, err, schema.ErrInvalid)
}

func TestAKeyTellsWhatItsModesDo(t *testing.T) {
	t.Parallel()
	equal := keyOf(t, schema.Match{Column: "k"}, schema.Match{Column: "to", Mode: schema.ModeExact})
	require.True(t, equal.Hashed())
	require.False(t, equal.Ranked())
	require.True(t, equal.Has(schema.ModeExact))
	require.False(t, equal.Has(schema.ModeRange))
	mixed := keyOf(t, schema.Match{Column: "k"}, schema.Match{Column: "to", Mode: schema.ModePrefix})
	require.False(t, mixed.Hashed())
	require.True(t, mixed.Ranked())
	regex := keyOf(t, schema.Match{Column: "k", Mode: schema.ModeRegex})
	require.False(t, regex.Hashed())
	require.False(t, regex.Ranked())
}

// Indexes are kept by the name of their key: two that answer otherwise must not share it.
// The first column of a table may be the end of a range, too.
func TestARangeMayEndInTheFirstColumn(t *testing.T) {
	t.Parallel()
	key := keyOf(t, schema.Match{Column: "from", ColumnTo: "k", Mode: schema.ModeRange})
	require.Equal(t, []int{1, 0}, key.Columns())
	cells := []*column.Strings{column.FromStrings([]string{"x"}), column.FromStrings([]string{"y"})}
	parts := key.IndexParts(func(c int) *column.Strings { return cells[c] })
	require.Same(t, cells[1], parts[0].Cells)
	require.Same(t, cells[0], parts[0].To)
	require.NotEqual(t, keyOf(t, schema.Match{Column: "from", Mode: schema.ModeRange}).String(), key.String())
}

func TestKeysThatAnswerOtherwiseHaveOtherNames(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, m := range [][]schema.Match{
		{{Column: "k"}},
		{{Column: "k", MatchEmpty: true}},
		{{Column: "k", Mode: schema.ModeExact}},
		{{Column: "from"}},
		{{Column: "k"}, {Column: "from"}},
		{{Column: "from"}, {Column: "k"}},
		{{Column: "k", Mode: schema.ModeRange}},
		{{Column: "k", ColumnTo: "to", Mode: schema.ModeRange}},
		{{Column: "k", ColumnTo: "to", Mode: schema.ModeRange, Anything: []string{""}}},
		{{Column: "k", ColumnTo: "to", Mode: schema.ModeRange, Field: schema.Now}},
		{{Column: "k", ColumnTo: "to", Mode: schema.ModeRange, Field: schema.Now, Zone: "Europe/Berlin"}},
		{{Column: "k", Mode: schema.ModeContains}},
		{{Column: "k", Mode: schema.ModeFuzzy, Threshold: 0.7}},
		{{Column: "k", Mode: schema.ModeFuzzy, Threshold: 0.75}},
	} {
		name := keyOf(t, m...).String()
		require.False(t, names[name], name)
		names[name] = true
	}
	require.Equal(t, keyOf(t, schema.Match{Column: "K"}).String(), keyOf(t, schema.Match{Column: "k"}).String())
}

func TestTheCostOfAKeyGrowsWithRowsCellsAndModes(t *testing.T) {
	t.Parallel()
	v := version()
	hashed := keyOf(t, schema.Match{Column: "k"}, schema.Match{Column: "from"})
	require.Equal(t, match.HashedCost(v), hashed.Cost(v, 5000), "one hash table, however many columns")
	prefix := keyOf(t, schema.Match{Column: "k", Mode: schema.ModePrefix})
	regex := keyOf(t, schema.Match{Column: "k", Mode: schema.ModeRegex})
	require.Greater(t, prefix.Cost(v, 5001), prefix.Cost(v, 5000))
	require.Greater(t, regex.Cost(v, 5000), prefix.Cost(v, 5000))
	one := keyOf(t, schema.Match{Column: "from", Mode: schema.ModeRange})
	two := keyOf(t, schema.Match{Column: "from", ColumnTo: "to", Mode: schema.ModeRange})
	require.Greater(t, two.Cost(v, 5000), one.Cost(v, 5000), "pairs of ends are more than ends")
	both := keyOf(t, schema.Match{Column: "k"}, schema.Match{Column: "from", Mode: schema.ModeRange})
	require.Equal(t, match.HashedCost(v)+one.Cost(v, 5000), both.Cost(v, 5000))
	more := version()
	more.Rows *= 2
	require.Greater(t, regex.Cost(more, 5000), regex.Cost(v, 5000))
	hashed.Require = 1
	require.Greater(t, hashed.Cost(v, 5000), match.HashedCost(v), "where not all parts must hold, each has its list of rows")
	contains := keyOf(t, schema.Match{Column: "k", Mode: schema.ModeContains})
	require.Greater(t, contains.Cost(v, 50_000)-contains.Cost(v, 5000), 10*(prefix.Cost(v, 50_000)-prefix.Cost(v, 5000)), "each character is a node")
	// No more distinct pairs than rows.
	few := version()
	few.Rows = 1
	require.Equal(t, int64(16+400+3*10), two.Cost(few, 10))
}

func TestAKeyMakesAnIndexOfAsManyPartsAsMustHold(t *testing.T) {
	t.Parallel()
	cells := []*column.Strings{column.FromStrings([]string{"x", "x"}), column.FromStrings([]string{"1", "2"}), column.FromStrings([]string{"a", "b"})}
	key := keyOf(t, schema.Match{Column: "k"}, schema.Match{Column: "from"}, schema.Match{Column: "to"})
	names := map[string]bool{}
	for require_, want := range [][]int32{{1}, {0, 1}, {1}, {1}} {
		key.Require = require_
		require.Equal(t, require_ == 1 || require_ == 2, key.Some())
		require.Equal(t, !key.Some(), key.Hashed(), "a row cannot be told by its key where not all must hold")
		require.Equal(t, key.Some(), key.Ranked())
		names[key.String()] = true
		ix, err := key.Index(t.Context(), cells[0].Len(), func(c int) *column.Strings { return cells[c] })
		require.NoError(t, err)
		var hits index.Hits
		require.NoError(t, ix.Probe(t.Context(), [][]string{{"X"}, {"2"}, {"b"}}, index.All, &hits, nil))
		require.Equal(t, want, hits.Rows, require_)
	}
	require.Len(t, names, 3, "all of three is all, however it is said")
}
