package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRowsThatAreValidForATimeOnTheCommandLine(t *testing.T) {
	p := serve(t, t.TempDir(), "--time-zone", "Asia/Tokyo")
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		return file
	}
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	require.NoError(t, err)
	last := time.Now().In(tokyo).AddDate(0, 0, 7).Format(time.DateOnly)
	p.client("table", "import", write("shifts.csv", "who,from,to\nearly,,2026-06-30\nlate,2026-07-01,"+last+"\n"), "--name", "shifts")
	p.client("table", "lookup", "shifts", "--file", write("lookup.json", `{"match":[{"column":"from","columnTo":"to","field":"@now","mode":"range"}],"outputs":[{"column":"who","field":"who"}]}`))
	require.Eventually(t, func() bool {
		_, out, _ := command(t, "table", "list", "--server", p.url, "--admin-key", testAdminKey)
		return strings.Contains(out, "shifts, lookup shifts: the last row ends with "+last+" (from..to)")
	}, 10*time.Second, 50*time.Millisecond)
	shown := p.client("table", "show", "shifts")
	require.Contains(t, shown, "\nshifts, lookup shifts: the last row ends with "+last+" (from..to)\n")
	require.Contains(t, shown, "valid now by from..to")

	rules := write("rules.yaml", "name: r\nrules:\n  - name: a\n    when: row != nil\n    set: {shift: row.who}\n")
	for asOf, want := range map[string]string{
		"2026-07-01":               `"shift":"late"`, // its start in Tokyo
		"2026-06-30T14:59:59Z":     `"shift":"early"`,
		"2026-06-30T15:00:00.001Z": `"shift":"late"`,
	} {
		require.Contains(t, p.client("rules", "test", rules, "--lead", "{}", "--flow", `{"table":"shifts"}`, "--as-of", asOf), want, asOf)
	}
	code, _, errs := command(t, "rules", "test", rules, "--lead", "{}", "--as-of", "tomorrow", "--server", p.url, "--admin-key", testAdminKey)
	require.Equal(t, 1, code)
	require.Contains(t, errs, `asOf "tomorrow" is no moment`)
	require.Contains(t, errs, "Asia/Tokyo")
	p.stop()
}
