package main_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCountersOfTurnsAreShownAndSet(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		return file
	}
	p.client("table", "import", write("team.csv", "owner,weight,cap,away\nana@example.com,5,,\nbo@example.com,3,2,\ncy@example.com,0,,\n"), "--name", "team")
	require.Equal(t, "No rows of team take turns: none of its lookups has the hit policy rotate.\n", p.client("table", "counters", "team"))
	p.client("table", "lookup", "team", "--file", write("l.json", `{"match":[],"hitPolicy":"rotate","rowKey":"owner","weightColumn":"weight","capColumn":"cap","capPeriod":"month","awayColumn":"away","outputs":[{"column":"owner","field":"leadOwner"}]}`))
	require.Regexp(t, `(?s)LOOKUP +ROW .*ana@example.com +0 +0.0 % +5 .*cy@example.com .* out`, p.client("table", "counters", "team"))
	require.Regexp(t, `(?s)ana@example.com +30 +60.0 % .*bo@example.com +20 +40.0 % `, p.client("table", "counters", "team", "--set", "ana@example.com=30", "--set", "bo@example.com=20"))
	require.Contains(t, p.client("table", "counters", "team", "--lookup", "team", "--json"), `"leads": 30`)
	require.Contains(t, p.fails("table", "counters", "team", "--set", "dan@example.com=1"), `no row is called "dan@example.com" in column "owner"`)
	for set, says := range map[string]string{"ana": "write ROW=N", "ana=many": `"many" is no number of leads`} {
		code, _, errs := command(t, "table", "counters", "team", "--set", set, "--server", p.url, "--admin-key", testAdminKey)
		require.Equal(t, 2, code)
		require.Contains(t, errs, says)
	}
	require.Contains(t, p.fails("table", "counters", "none-such"), "TABLE_NOT_FOUND")
	require.Regexp(t, `(?s)ana@example.com +0 `, p.client("table", "counters", "team", "--reset"))
}
