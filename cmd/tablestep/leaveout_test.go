package main_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRowsThatCannotBeReadAreJoinedOrLeftOutByAFlag(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	raw, err := os.ReadFile("../../testdata/uploads/country-codes.csv")
	require.NoError(t, err)
	file := textFile(t, "country-codes.csv", string(raw))

	require.Contains(t, p.fails("table", "import", file), "line 28 has 5 cells and the header 4")

	out := p.client("table", "import", file, "--join", "LONG_ROW")
	require.Contains(t, out, "249 rows")
	require.Contains(t, out, `"Bonaire, Sint Eustatius and Saba" (JOINED)`)

	out = p.client("table", "import", file, "--leave-out", "LONG_ROW,FOOTER", "--leave-out", "ERROR_VALUE")
	require.Contains(t, out, "245 rows")
	require.Contains(t, out, `line 220 is left out (LONG_ROW): "Tanzania, United Republic of,TZ,TZA,834" (LEFT_OUT)`)

	out = p.client("table", "import", textFile(t, "domains.csv", "gmail.com,free\nyahoo.com,free\n"), "--header-row", "0")
	require.Contains(t, out, "2 rows, columns A, B")
}
