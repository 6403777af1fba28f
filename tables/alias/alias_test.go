package alias_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/alias"
	"tablestep/tables/scan/scantest"
	"tablestep/tables/schema"
)

func mapped(id int, value string, target map[string]string) schema.Alias {
	return schema.Alias{ID: id, Action: schema.AliasMap, Values: map[string]string{"f": value}, Target: target}
}

// A search finds each target in whatever row group it is, by one column or by several, and says what keeps it from it.
func TestASearchFindsTheRowsThatAliasesName(t *testing.T) {
	t.Parallel()
	table := scantest.Make([]string{"a", "b"}, 7, func(row int, cells []string) bool {
		cells[0], cells[1] = fmt.Sprint("a", row), fmt.Sprint("b", row%5)
		return row < 40
	})
	as := &schema.Aliases{Lookup: "l", Match: []schema.Match{{Column: "a", Field: "f"}}, List: []schema.Alias{
		mapped(1, "one", map[string]string{"a": "a33"}),
		mapped(2, "two", map[string]string{"a": "a33"}),
		mapped(3, "three", map[string]string{"A": "a0", "b": "b0"}),
		mapped(4, "four", map[string]string{"a": "a1", "b": "b0"}),
		mapped(5, "five", map[string]string{"b": "b4"}),
		mapped(6, "six", map[string]string{"c": "x"}),
		{ID: 7, Action: schema.AliasIgnore, Values: map[string]string{"f": "seven"}},
		{ID: 8, Action: schema.AliasIgnore, Values: map[string]string{"g": "eight"}},
		mapped(9, "nine", nil),
	}}
	rows, err := alias.Find(t.Context(), table, table.Version, as)
	require.NoError(t, err)
	require.Equal(t, []alias.Row{
		{Row: 33},
		{Row: 33},
		{Row: 0},
		{Row: -1, Why: `version 1 has no row with a = "a1" and b = "b0"`},
		{Row: -1, Why: `rows 5 and 10 of version 1 both have b = "b4"`},
		{Row: -1, Why: `version 1 has no column "c"`},
		{Row: -1},
		{Row: -1, Why: "it names g, and the lookup is matched by f now"},
		{Row: -1, Why: "it names no row"},
	}, rows)
	b := alias.NewBook(as, rows)
	for value, want := range map[string]int{"ONE": 1, "TWO": 2, "three": 3, "four": 0, "five": 0, "six": 0, "seven": 7, "eight": 0, "nine": 0} {
		e, ok, _ := b.Find([]string{value}, nil)
		require.Equal(t, want != 0, ok, value)
		require.Equal(t, want, e.ID, value)
	}
	table.Damage(2, 0)
	_, err = alias.Find(t.Context(), table, table.Version, as)
	require.ErrorIs(t, err, scantest.ErrDamaged)
}

// Cells that are joined are never taken for others.
func TestJoinedCellsAreTold(t *testing.T) {
	t.Parallel()
	table := scantest.New([]string{"a", "b"}, [][]string{{"x", "yz"}, {"xy", "z"}, {"", "xyz"}}, 0)
	as := &schema.Aliases{Lookup: "l", Match: []schema.Match{{Column: "a", Field: "f"}, {Column: "b", Field: "g"}}}
	for i := range 3 {
		cells := [][]string{{"x", "yz"}, {"xy", "z"}, {"", "xyz"}}[i]
		as.List = append(as.List, schema.Alias{ID: i + 1, Action: schema.AliasMap, Values: map[string]string{"f": cells[0], "g": cells[1]}, Target: map[string]string{"a": cells[0], "b": cells[1]}})
	}
	rows, err := alias.Find(t.Context(), table, table.Version, as)
	require.NoError(t, err)
	require.Equal(t, []alias.Row{{Row: 0}, {Row: 1}, {Row: 2}}, rows)
	b := alias.NewBook(as, rows)
	for i, values := range [][]string{{"x", "yz"}, {"xy", "z"}, {"", "xyz"}} {
		e, ok, _ := b.Find(values, nil)
		require.True(t, ok)
		require.Equal(t, i+1, e.ID)
	}
	_, ok, _ := b.Find([]string{"xyz", ""}, nil)
	require.False(t, ok)
}

// FuzzTheSieveHoldsNothingBack: what an alias has always comes through, however it is spelt. About 100,000 a second.
func FuzzTheSieveHoldsNothingBack(f *testing.F) {
	f.Add("Acme Inc", " ACME  inc ")
	f.Add("Zürich", "ZÜRICH")
	f.Add("O’Neil", "o'neil")
	f.Add("ＡＢＣ", "abc")
	f.Add("", " \t")
	f.Add("a\x00b", "A\x00B")
	f.Add("@[`{", "@[`{")
	f.Fuzz(func(t *testing.T, has, asked string) {
		for _, mode := range []schema.Mode{schema.ModeExact, schema.ModeNormalized, schema.ModeLoose, schema.ModeFuzzy, schema.ModeRange} {
			as := &schema.Aliases{Match: []schema.Match{{Column: "a", Field: "f", Mode: mode}}, List: []schema.Alias{{ID: 1, Action: schema.AliasIgnore, Values: map[string]string{"f": has}}}}
			b := alias.NewBook(as, []alias.Row{{Row: -1}})
			for _, value := range []string{has, asked} {
				_, ok, _ := b.Find([]string{value}, nil)
				if ok && !b.May([][]string{{value}}, 0) {
					t.Fatalf("mode %s: an alias of %q has %q, and the sieve holds it back", mode, has, value)
				}
			}
			if _, ok, _ := b.Find([]string{has}, nil); !ok {
				t.Fatalf("mode %s: an alias of %q has not its own value", mode, has)
			}
		}
	})
}

// Most values that no alias has are held back, or the sieve is of no use.
func TestTheSieveHoldsMostBack(t *testing.T) {
	t.Parallel()
	as := &schema.Aliases{Match: []schema.Match{{Column: "a", Field: "f"}}}
	rows := make([]alias.Row, 10_000)
	for i := range rows {
		rows[i].Row = -1
		as.List = append(as.List, schema.Alias{ID: i + 1, Action: schema.AliasIgnore, Values: map[string]string{"f": fmt.Sprintf("Other %07d", i)}})
	}
	b := alias.NewBook(as, rows)
	keys, through := [][]string{make([]string, 10_000)}, 0
	for i := range keys[0] {
		keys[0][i] = fmt.Sprintf("Account %07d", i)
		if b.May(keys, i) {
			through++
		}
	}
	require.Less(t, through, 1500)
	require.True(t, b.May([][]string{{"OTHER 0000042"}}, 0))
	require.False(t, alias.NewBook(&schema.Aliases{Match: []schema.Match{{Field: "f", Mode: schema.ModeLoose}}}, nil).May(keys, 0), "an empty one has nothing")
}

// Those with the same values are told, also where they are lost.
func TestTheSameValuesAreTold(t *testing.T) {
	t.Parallel()
	as := &schema.Aliases{Match: []schema.Match{{Column: "a", Field: "f", Mode: schema.ModeLoose}}, List: []schema.Alias{
		mapped(1, "Zürich", map[string]string{"a": "x"}), {ID: 2, Values: map[string]string{"g": "y"}},
	}}
	s := alias.NewSame(as)
	one, none, unfit := mapped(0, "zuerich", nil), mapped(0, "Basel", nil), schema.Alias{Values: map[string]string{"g": "y"}}
	require.Equal(t, []int{1, 0, 0}, []int{s.Of(&one), s.Of(&none), s.Of(&unfit)})
	none.ID = 5
	s.Add(&none)
	s.Add(&unfit)
	require.Equal(t, []int{5, 0}, []int{s.Of(&none), s.Of(&unfit)})
}
