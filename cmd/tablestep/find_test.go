package main_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestATextIsFoundFromTheCommandLine(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	p.client("table", "import", textFile(t, "codes.csv", "country,code\nGermany,DE\nEast Germany,DD\nFrance,FR\n"), "--message", "as of\tMay")
	p.client("table", "import", textFile(t, "cities.csv", "city,country\nBerlin,germany\n"))
	find := func(args ...string) (out, errs string) {
		t.Helper()
		code, out, errs := command(t, append([]string{"table", "find", "--server", p.url, "--admin-key", testAdminKey}, args...)...)
		require.Zero(t, code, errs)
		return out, errs
	}
	out, errs := find("GERMANY", "--limit", "1")
	require.Equal(t, []string{
		"TABLE   VERSION  ROW  COLUMN   CELL",
		"cities  1        1    country  germany",
		"codes   1        1    country  Germany",
	}, strings.Split(strings.TrimSpace(out), "\n"))
	require.Equal(t, "codes: 1 more rows; --limit lists up to 100\n", errs)
	out, errs = find("nowhere")
	require.Empty(t, out)
	require.Equal(t, "no cell of 2 tables contains \"nowhere\"\n", errs)
	code, _, errs := command(t, "table", "find", " ", "--server", p.url, "--admin-key", testAdminKey)
	require.Equal(t, 1, code)
	require.Contains(t, errs, "give the text to find")

	shown := p.client("table", "show", "codes")
	require.Regexp(t, `VERSION +LIVE +ROWS +CREATED +BY +FILE +MESSAGE\n1 +live +3 +\S+ +admin +codes\.csv +as of May\n`, shown)
}
