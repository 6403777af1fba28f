package index_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/schema"
)

// The page's table of spellings says for each value in which modes it finds its row, and
// what finds it finds no other row.
func TestSpellingsOfNamesAreFoundInTheModesThatThePageSays(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("MATCHING.md")
	require.NoError(t, err)
	_, text, ok := strings.Cut(string(page), "| lead value | row | `normalized` | `loose` | `company` | `fuzzy` |\n|---|---|---|---|---|---|\n")
	require.True(t, ok, "the page has no table of spellings")
	text, _, _ = strings.Cut(text, "\n\n")
	modes := []schema.Mode{schema.ModeNormalized, schema.ModeLoose, schema.ModeCompany, schema.ModeFuzzy}

	var rows []string
	var table [][]string
	for line := range strings.SplitSeq(text, "\n") {
		fields := strings.Split(strings.Trim(line, "| "), " | ")
		require.Len(t, fields, 2+len(modes), line)
		table = append(table, fields)
		if !slices.Contains(rows, fields[1]) {
			rows = append(rows, fields[1])
		}
	}
	require.Len(t, table, 12, "spellings")
	require.Len(t, rows, 8, "rows")

	found := map[schema.Mode]int{}
	for _, fields := range table {
		hits := lookUp(t, index.Part{Mode: schema.ModeFuzzy, Form: schema.ModeCompany, Cells: column.FromStrings(rows), Threshold: 0.8}, fields[0])
		got, _ := hits.Of(0)
		require.Equal(t, []int32{int32(slices.Index(rows, fields[1]))}, got, "fuzzy in the form company %q", fields[0])
		for i, mode := range modes {
			hits := lookUp(t, index.Part{Mode: mode, Cells: column.FromStrings(rows), Threshold: 0.8}, fields[0])
			got, _ := hits.Of(0)
			switch fields[2+i] {
			case "yes":
				require.Equal(t, []int32{int32(slices.Index(rows, fields[1]))}, got, "%s %q", mode, fields[0])
				found[mode]++
			case "no":
				require.Empty(t, got, "%s %q", mode, fields[0])
			default:
				t.Fatalf("%q is neither yes nor no", fields[2+i])
			}
		}
	}
	require.Equal(t, map[schema.Mode]int{schema.ModeNormalized: 1, schema.ModeLoose: 7, schema.ModeCompany: 12, schema.ModeFuzzy: 5}, found, "as the sentence above the table says")
}
