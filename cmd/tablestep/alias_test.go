package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What a lookup has no row for is told from the command line, kept over an upload, exported, applied elsewhere and made
// rows of.
func TestAliasesFromTheCommandLine(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	codes := textFile(t, "codes.csv", "country,code\nGermany,DE\nFrance,FR\n")
	p.client("table", "import", codes, "--confirm-lookup")
	run := func(want int, args ...string) (out, errs string) {
		t.Helper()
		code, out, errs := command(t, append([]string{"table", "alias", args[0], "--server", p.url, "--admin-key", testAdminKey}, args[1:]...)...)
		require.Equal(t, want, code, errs)
		return out, errs
	}
	out, _ := run(0, "add", "codes", "country=Deutschland; West=1", "--to", "country=Germany")
	require.Equal(t, []string{
		"ID  LOOKUP  VALUES                           ROW                  BY     LOST",
		`1   codes   country = "Deutschland; West=1"  country = "Germany"  admin`,
	}, lines(out)[:2])
	run(0, "add", "codes", "country=Allemagne", "--to", "country=Germany")
	run(0, "ignore", "codes", "country=-")
	_, errs := run(1, "ignore", "codes", "country=ALLEMAGNE")
	require.Contains(t, errs, "alias 2 is there for values that the lookup takes for the same")
	run(0, "ignore", "codes", "country=ALLEMAGNE", "--replace")
	run(0, "add", "codes", "country=Allemagne", "--to", "country=Germany", "--replace")
	_, errs = run(1, "add", "codes", "country=x", "--to", "country=nowhere")
	require.Contains(t, errs, "ALIAS_LOST")
	_, errs = run(2, "add", "codes", "country=x")
	require.Contains(t, errs, "--to")

	// Another upload takes none of them away.
	p.client("table", "import", textFile(t, "codes.csv", "country,code\nGermany,D\nFrance,F\n"))
	out, _ = run(0, "list", "codes", "--lookup", "codes")
	require.Len(t, lines(out), 4)
	out, _ = run(0, "list", "codes", "--json")
	require.Contains(t, out, `"total": 3`)

	file := filepath.Join(t.TempDir(), "aliases.csv")
	_, errs = run(0, "export", "codes", "-o", file)
	require.Contains(t, errs, "aliases.csv: ")
	kept, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(kept), "id,lookup,action,value: country,target: country,by,at,lost\n")
	run(0, "remove", "codes", "1", "3")
	out, _ = run(0, "apply", "codes", file)
	require.Equal(t, "codes: 3 aliases of codes\n", out)
	out, _ = run(0, "list", "codes")
	require.Contains(t, out, `country = "-"`)
	require.Contains(t, out, `country = "Deutschland; West=1"`)
	out, _ = run(0, "apply", "codes", file, "--lookup", "codes")
	require.Equal(t, "codes: 3 aliases of codes\n", out, "again is no change")
	_, errs = run(1, "apply", "codes", textFile(t, "wrong.csv", "action,country\nignore,x\n"))
	require.Contains(t, errs, `column "country" is none of a file of aliases`)
	_, errs = run(1, "apply", "codes", textFile(t, "none.csv", "action,value: country\n"))
	require.Contains(t, errs, "it has no aliases")

	out, _ = run(0, "rows", "codes", "-m", "as people write it")
	require.Contains(t, out, "codes: version 3 has 4 rows and is live\n")
	out, _ = run(0, "list", "codes")
	require.Len(t, lines(out), 2)
	_, errs = run(1, "remove", "codes", "999")
	require.Contains(t, errs, "ALIAS_NOT_FOUND")
	run(2, "rows", "codes", "1", "--lookup", "codes")
}

func lines(text string) []string {
	list := strings.Split(strings.TrimSpace(text), "\n")
	for i := range list {
		list[i] = strings.TrimRight(list[i], " ")
	}
	return list
}
