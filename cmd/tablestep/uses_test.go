package main_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// What a rule set looks up in is named by table usage, and is not deleted but by force.
func TestWhatIsInUseIsDeletedByForceOnly(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		return file
	}
	p.client("table", "import", write("t.csv", "k,v\na,1\n"), "--name", "t")
	require.Equal(t, "Nobody uses t: no live rule set looks up in it, no other lookup goes on to it, and no campaign has used it for 30 days.\n", p.client("table", "usage", "t"))
	lookup := write("lookup.json", `{"match":[{"column":"k","field":"k"}],"outputs":[],"ruleSet":"r"}`)
	p.client("table", "lookup", "t", "--file", lookup)
	p.client("rules", "apply", write("r.yaml", "name: r\nrules:\n  - {name: x, when: 'true', set: {a: 'lookup(\"t\", lead.k)?.v'}}\n"))
	require.Equal(t, "Rule sets: r\n", p.client("table", "usage", "t"))
	require.Contains(t, p.client("table", "usage", "t", "--json"), `"ruleSets": [`)
	require.Contains(t, p.fails("table", "usage", "none-such"), "TABLE_NOT_FOUND")

	for _, args := range [][]string{{"table", "delete", "t", "--yes"}, {"table", "delete", "t", "--purge", "--yes"}, {"table", "lookup", "t", "--delete", "--yes"}} {
		errs := p.fails(args...)
		require.Contains(t, errs, `rule set "r" looks up in it; change what uses it first, or force it (IN_USE)`, "%v", args)
	}
	require.Contains(t, p.fails("rules", "delete", "r", "--yes"), `rule set "r" is in use: lookup "t" runs it`)
	require.Contains(t, p.client("rules", "delete", "r", "--yes", "--force"), "is deleted")
	require.Contains(t, p.client("rules", "restore", "r"), "is restored")
	require.Contains(t, p.client("table", "lookup", "t", "--delete", "--yes", "--force"), "is deleted")
	require.Equal(t, "lookup t of t is restored: version 1\n", p.client("table", "lookup", "t", "--restore"))
	require.Contains(t, p.client("table", "lookup", "t"), `"ruleSet": "r"`)
	require.Contains(t, p.fails("table", "lookup", "t", "--restore"), "the lookup is there")
	require.Contains(t, p.client("table", "delete", "t", "--yes", "--force"), "is deleted")
	require.Contains(t, p.client("table", "restore", "t"), "is restored")
	require.Contains(t, p.client("table", "delete", "t", "--purge", "--force", "--yes"), "for good")
}

func TestAChainIsShownAndRefusedToPeople(t *testing.T) {
	p := serve(t, t.TempDir())
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		return file
	}
	for _, table := range []string{"a", "b"} {
		p.client("table", "import", write(table+".csv", "k,v\na,1\n"), "--name", table)
	}
	p.client("table", "lookup", "a", "--file", write("a.json", `{"match":[{"column":"k","field":"k"}],"outputs":[{"column":"v","field":"v"}],"else":"b"}`))
	require.Contains(t, p.client("table", "lookup", "a"), `"else": "b"`)
	require.Equal(t, "Chains: a\n", p.client("table", "usage", "b"))
	require.Contains(t, p.fails("table", "delete", "b", "--yes"), `lookup "a" goes on to it`)
	require.Contains(t, p.fails("table", "lookup", "b", "--file", write("b.json", `{"match":[{"column":"k","field":"v"}],"outputs":[],"then":"a"}`)), "it goes in a circle: a → b → a")
}
