package index_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/schema"
)

// A backslash makes the * or ? after it a character like others, and two of them before such
// a sign are one; anywhere else it is a character itself.
func TestABackslashInAPatternStandsForTheSignAfterIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cell      string
		hits, not []string
		rank      string // the characters that count, in any order
	}{
		{`5\* hotel`, []string{"5* hotel", "5* HOTEL"}, []string{"5 hotel", "5\\* hotel", "5 star hotel"}, "5* hotel"},
		{`why\?`, []string{"why?", "WHY?"}, []string{"whyx", "why", "why\\?"}, "why?"},
		{`\*`, []string{"*"}, []string{"x", "", "**", "\\*"}, "*"},
		{`\?`, []string{"?"}, []string{"x", "\\?"}, "?"},
		{`\\*`, []string{"\\", "\\x"}, []string{"x", "*", "x\\"}, "\\"},
		{`\\?`, []string{"\\x", "\\\\"}, []string{"\\", "x", "?"}, "\\"},
		{`\\\*x`, []string{"\\*x"}, []string{"\\yx", "*x"}, "\\*x"},
		{`a\b`, []string{"a\\b"}, []string{"ab", "a\\\\b"}, "a\\b"},
		{`a\\b`, []string{"a\\\\b"}, []string{"a\\b"}, "a\\\\b"},
		{`end\`, []string{"end\\"}, []string{"end", "end\\x"}, "end\\"},
		{`c:\temp\*`, []string{"C:\\temp*"}, []string{"c:\\temp\\x"}, "c:\\temp*"},
		{`**\**`, []string{"*", "a*b"}, []string{"ab", ""}, "*"},
	} {
		require.NoError(t, index.CheckCell(schema.ModeWildcard, c.cell, schema.Notation{}))
		ix, err := index.Build(t.Context(), []index.Part{{Mode: schema.ModeWildcard, Cells: column.FromStrings([]string{c.cell})}})
		require.NoError(t, err)
		var hits index.Hits
		for _, values := range [][]string{c.hits, c.not} {
			require.NoError(t, ix.Probe(t.Context(), [][]string{values}, index.All, &hits, nil))
			for i, value := range values {
				rows, _ := hits.Of(i)
				require.Equal(t, i < len(c.hits) && &values[0] == &c.hits[0], len(rows) == 1, "%s %q", c.cell, value)
				if len(rows) == 1 {
					require.Equal(t, uint64(len(c.rank)+1), hits.RanksOf(i)[0]>>48, "%s: its characters and 1, as it asks for something", c.cell)
				}
			}
		}
	}
}
