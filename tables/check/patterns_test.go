package check_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/check"
	"tablestep/tables/column"
	"tablestep/tables/scan"
	"tablestep/tables/scan/scantest"
	"tablestep/tables/schema"
)

// The end of a range may stand in any column, the first one included.
func TestBothEndsOfARangeAreCheckedWhereverTheyStand(t *testing.T) {
	t.Parallel()
	for _, columns := range [][]string{{"to", "from"}, {"from", "to"}, {"x", "to", "from"}} {
		rows := make([][]string, 2)
		for r, cells := range []map[string]string{{"from": "1", "to": "5"}, {"from": "10", "to": "5"}} {
			for _, c := range columns {
				rows[r] = append(rows[r], cells[c])
			}
		}
		of := scantest.New(columns, rows, 0)
		patterns := check.PatternsOf(of.Version, []schema.Lookup{settled(t, of.Version, schema.Lookup{Match: []schema.Match{{Column: "from", ColumnTo: "to", Mode: schema.ModeRange}}})})
		require.Len(t, patterns, 1)
		var bad *check.BadCell
		require.NoError(t, scan.Each(context.Background(), of, of.Version.AllColumns(), func(first int, chunks []*column.Chunk) (err error) {
			bad, err = check.Worst(patterns, first, func(c int) *column.Chunk { return chunks[c] })
			return err
		}))
		require.NotNil(t, bad, "%v", columns)
	}
}
