package tables_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
)

func TestColumnsThatAreComparedAsTheyAreWrittenAreVerbatim(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	require.Empty(t, s.Verbatim("codes"), "there is no such table yet")
	keepertest.Publish(t, s, "codes", &keepertest.Sheet{Header: []string{"a", "b", "c", "d"}, Rows: [][]string{{"1", "2", "3", "4"}}})
	require.Empty(t, s.Verbatim("codes"), "a guessed lookup has no such mode")
	put := func(name string, match ...schema.Match) {
		require.NoError(t, s.SetLookup("codes", schema.Lookup{Name: name, Match: match, Outputs: []schema.Output{{Column: "d", Field: "city"}}}, "me"))
	}
	put("codes", schema.Match{Column: "a", Field: "x", Mode: schema.ModeExact}, schema.Match{Column: "b", Field: "y"})
	put("other", schema.Match{Column: "c", Field: "x", Mode: schema.ModeRegex}, schema.Match{Column: "a", Field: "z", Mode: schema.ModeWildcard})
	require.ElementsMatch(t, []string{"a", "c"}, s.Verbatim("codes"))
	put("other", schema.Match{Column: "c", Field: "x", Mode: schema.ModePrefix})
	require.Equal(t, []string{"a"}, s.Verbatim("codes"))
}
