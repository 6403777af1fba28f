package check_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/check"
	"tablestep/tables/notation"
	"tablestep/tables/scan/scantest"
	"tablestep/tables/schema"
)

// useful is a table with a finding of each kind that depends on a lookup.
func useful() (*scantest.Table, []schema.Lookup) {
	of := scantest.New([]string{"k", "p", "v", "n"}, [][]string{
		{"a", "^a", "1", "x"}, {"A", "(b", "no number", "null"}, {"", "^c", "3", ""}, {"d", "^d", "1.234,5", "-"}, {"e", "[", "5", ">=1"},
	}, 2)
	of.Version.Columns[2].Notation = schema.Notation{Numbers: notation.CommaPoint}
	return of, []schema.Lookup{
		{Name: "t", Match: []schema.Match{{Column: "k"}}, HitPolicy: schema.PolicyUnique, Outputs: []schema.Output{{Column: "v", Field: "f", Type: schema.TypeFloat}}},
		{Name: "patterns", Match: []schema.Match{{Column: "p", Mode: schema.ModeRegex}}, Outputs: []schema.Output{{Column: "k", Field: "f", Type: schema.TypeString}}},
		{Name: "table", Match: []schema.Match{{Column: "n", Mode: schema.ModeCondition}}, Outputs: []schema.Output{{Column: "k", Field: "f", Type: schema.TypeString}}},
	}
}

func TestWhatDependsOnLookupsIsFoundInAVersionThatIsKept(t *testing.T) {
	t.Parallel()
	of, lookups := useful()
	for i := range lookups {
		lookups[i] = settled(t, of.Version, lookups[i])
	}
	var w check.Warnings
	require.NoError(t, check.Use(context.Background(), of, of.Version, check.Upload{Table: "t", Lookups: lookups}, &w))
	found := w.All(nil)
	require.Equal(t, map[string]int{
		schema.WarnOverlap: 1, schema.WarnDuplicateKey: 2, schema.WarnEmptyKey: 1, schema.WarnNotOfType: 1, schema.WarnConvention: 1, schema.CodeBadPattern: 2,
	}, found.Counts, "%v", found.List)
	for code := range found.Counts {
		require.True(t, schema.ByUse(code), code)
	}
	require.Equal(t, 3, found.Of(schema.SeverityBlock))
	for _, w := range found.List {
		switch w.Code {
		case schema.WarnConvention:
			require.Equal(t, []any{4, "v"}, []any{w.Row, w.Column})
			require.Contains(t, w.Message, `"1.234,5" is written otherwise than the column, 1,234.5, by which lookup "t" reads it`)
		case schema.WarnNotOfType:
			require.Equal(t, 2, w.Row, "what no convention reads is no matter of conventions")
		case schema.CodeBadPattern:
			require.Contains(t, []int{2, 5}, w.Row, "each cell is told")
		}
	}
}

func TestACellThatIsOnlyMatchedIsNotToldWhatMarketoMakesOfIt(t *testing.T) {
	t.Parallel()
	rows := [][]string{{"null", "x"}, {"b", "y"}}
	for _, mode := range []schema.Mode{schema.ModeCondition, schema.ModeExact, schema.ModeNormalized} {
		of := scantest.New([]string{"n", "r"}, rows, 0)
		list, _ := upload(t, of, check.Upload{Lookups: []schema.Lookup{
			settled(t, of.Version, schema.Lookup{Match: []schema.Match{{Column: "n", Mode: mode}}, Outputs: []schema.Output{{Column: "r", Field: "f"}}}),
		}})
		require.NotContains(t, codes(list), schema.WarnTextNull, mode)
	}
	of := scantest.New([]string{"n", "r"}, rows, 0)
	list, _ := upload(t, of, check.Upload{})
	require.Contains(t, codes(list), schema.WarnTextNull, "what nobody matches may be sent")
	require.Contains(t, list[0].Message, "leave the cell empty")
}
