package main_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFindingsAreCheckedAndGuardsLiftedOnTheCommandLine(t *testing.T) {
	p := serve(t, t.TempDir())
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		return file
	}
	failing := func(args ...string) (out, errs string) {
		t.Helper()
		code, out, errs := command(t, append(args, "--server", p.url, "--admin-key", testAdminKey)...)
		require.Equal(t, 1, code)
		return out, errs
	}
	good := write("reps.csv", "zip,state,rep\n^1,MA,Ada\n^2,NY,Bob\n^3,CA,Cy\n")
	p.client("table", "import", good, "--name", "reps")
	require.Equal(t, "reps version 1: nothing was found\n", p.client("table", "check", "reps"))
	lookup := write("lookup.json", `{"match":[{"column":"zip","field":"postalCode","mode":"regex"}],"outputs":[{"column":"rep","field":"rep"}]}`)
	p.client("table", "lookup", "reps", "--file", lookup)

	bad := write("bad.csv", "zip,other\n(1,x\n")
	_, errs := failing("table", "import", bad, "--name", "reps")
	for _, says := range []string{`uses column "rep", which the upload does not have`, "confirm that so many may go", "cannot read the cell in mode regex"} {
		require.Contains(t, errs, says, "every reason at once")
	}
	p.client("table", "import", bad, "--name", "reps", "--no-publish", "--confirm", "--force")
	out, errs := failing("table", "check", "reps", "2")
	require.Contains(t, out, `block: row 1: column "zip": lookup "reps" cannot read the cell`)
	require.Contains(t, out, "(BAD_PATTERN)")
	require.Contains(t, errs, "version 2 of table reps cannot go live as it is")
	require.Contains(t, p.client("table", "check", "reps", "2", "--severity", "note"), "nothing was found")
	_, errs = failing("table", "publish", "reps", "2", "--confirm", "--force")
	require.Contains(t, errs, "cannot go live")

	small := write("small.csv", "zip,other\n^1,x\n")
	p.client("table", "import", small, "--name", "reps", "--no-publish", "--confirm", "--force")
	_, errs = failing("table", "publish", "reps", "3")
	require.Contains(t, errs, "confirm that so many may go")
	require.Contains(t, p.client("table", "publish", "reps", "3", "--confirm", "--force"), "reps version 3 is live")
	require.Contains(t, p.client("table", "list"), "reps: its lookups use columns that the live version lacks: rep")
	require.Contains(t, p.client("table", "rollback", "reps"), "reps version 1 is live")
	require.Contains(t, p.client("table", "publish", "reps", "3", "--force"), "version 3 is live", "it was live within 30 days")

	p.client("table", "delete", "reps", "--yes")
	_, errs = failing("table", "restore", "reps")
	require.Contains(t, errs, `uses column "rep", which version 3 does not have`)
	require.Contains(t, p.client("table", "restore", "reps", "--force"), "reps is restored: live version 3")
	p.stop()
}
