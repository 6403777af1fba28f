package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestALookupThatIsFarTooSlowCanBeForcedFromTheCommandLine(t *testing.T) {
	var csv strings.Builder
	csv.WriteString("text,owner\n")
	for row := range 2000 {
		x := uint32(row)*2654435761 + 12345
		for range 512 {
			x = x*1664525 + 1013904223
			csv.WriteByte('a' + byte(x>>24)%4)
		}
		fmt.Fprintf(&csv, ",owner %d\n", row)
	}
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	table := write("hard.csv", csv.String())
	lookup := write("lookup.json", `{"match":[{"column":"text","field":"text","mode":"fuzzy","threshold":0.5}],"hitPolicy":"first","outputs":[{"column":"owner","field":"owner"}]}`)
	rules := write("known.yaml", "name: known\nrules:\n  - name: known\n    when: exists(\"hard\", lead.text)\n    set: {leadRole: '\"known\"'}\n")
	p := serve(t, t.TempDir())
	defer p.stop()
	p.client("table", "import", table)
	said := func(args ...string) (int, string, string) {
		return command(t, append(args, "--server", p.url, "--admin-key", testAdminKey)...)
	}

	code, _, errs := said("table", "lookup", "hard", "--file", lookup)
	require.Equal(t, 1, code)
	require.Contains(t, errs, "force")
	require.Contains(t, p.client("table", "lookup", "hard", "--file", lookup, "--force"), "LOOKUP_SLOW")
	code, _, _ = said("table", "lookup", "hard", "--force")
	require.Equal(t, 2, code)

	code, _, errs = said("rules", "apply", rules)
	require.Equal(t, 1, code)
	require.Contains(t, errs, "default lookup of table")
	out := p.client("rules", "apply", rules, "--force")
	require.Contains(t, out, "known version 1")
	require.Contains(t, out, `warning: line 4: the default lookup of table "hard"`)
}
