package main_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnImportSaysThatThereIsNoHeaderAndThatMergedCellsAreFilled(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	out := p.client("table", "import", textFile(t, "zips.csv", "00501,NY\n94105,CA\n"), "--header-row", "0")
	require.Contains(t, out, "2 rows, columns A, B (live)")
	require.Equal(t, "A,B\n00501,NY\n94105,CA\n", p.client("table", "export", "zips"))

	out = p.client("table", "import", "../../testdata/uploads/openpyxl-merged-hidden.xlsx", "--name", "regions", "--fill", "MERGED_CELLS")
	require.Contains(t, out, "MERGED_FILLED")
	require.Contains(t, p.client("table", "export", "regions"), "North,Lübeck,Ben\n")
}
