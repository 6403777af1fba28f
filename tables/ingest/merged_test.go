package ingest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/ingest"
)

// regions is a sheet below a merged title, with regions that are merged over rows, and what
// lies under the merged cells.
func regions() map[string]string {
	p := sheets("Report|left from before|\nregion|city|owner\nNorth|Kiel|Ann\nold|Bonn|Ben\n|Ulm|Cem\nSouth|Rome|same as above\nWest|Oslo|Dora")
	p["xl/worksheets/sheet1.xml"] = strings.Replace(p["xl/worksheets/sheet1.xml"], "</sheetData>", `</sheetData><mergeCells><mergeCell ref="A3:A5"/><mergeCell ref="A1:C1"/><mergeCell ref="B6:C6"/></mergeCells>`, 1)
	return p
}

func TestValuesUnderMergedCellsAreNotRead(t *testing.T) {
	t.Parallel()
	got, err := readBook(t, regions(), ingest.Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"region", "city", "owner"}, got.columns)
	require.Equal(t, [][]string{{"North", "Kiel", "Ann"}, {"", "Bonn", "Ben"}, {"", "Ulm", "Cem"}, {"South", "Rome", ""}, {"West", "Oslo", "Dora"}}, got.rows)
	require.Equal(t, []string{"HEADER_FOUND", "MERGED_CELLS", "MERGED_CELLS"}, codes(got.warnings))
	over, across := got.warnings[1], got.warnings[2]
	require.Equal(t, 1, over.Row)
	require.Equal(t, "region", over.Column)
	require.Contains(t, over.Message, "merged over 3 rows")
	require.Contains(t, over.Message, "fill=MERGED_CELLS")
	require.Equal(t, 4, across.Row)
	require.Equal(t, "city", across.Column)
	require.NotContains(t, across.Message, "fill=")
}

func TestMergedCellsAreFilledWhereThatIsAskedFor(t *testing.T) {
	t.Parallel()
	got, err := readBook(t, regions(), ingest.Options{FillMerged: true})
	require.NoError(t, err)
	require.Equal(t, [][]string{{"North", "Kiel", "Ann"}, {"North", "Bonn", "Ben"}, {"North", "Ulm", "Cem"}, {"South", "Rome", ""}, {"West", "Oslo", "Dora"}}, got.rows)
	require.Equal(t, []string{"HEADER_FOUND", "MERGED_FILLED", "MERGED_CELLS"}, codes(got.warnings))
	require.Contains(t, got.warnings[1].Message, "the text of the first one, A3, is read in each of the 3 rows")
}

func TestANameUnderAMergedHeaderIsNotRead(t *testing.T) {
	t.Parallel()
	p := sheets("region|hidden name|owner\nNorth|Kiel|Ann\nSouth|Rome|Ben")
	p["xl/worksheets/sheet1.xml"] = strings.Replace(p["xl/worksheets/sheet1.xml"], "</sheetData>", `</sheetData><mergeCells><mergeCell ref="A1:B1"/></mergeCells>`, 1)
	got, err := readBook(t, p, ingest.Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"region", "column 2", "owner"}, got.columns)
}
