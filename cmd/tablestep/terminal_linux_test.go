package main_test

import (
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// terminal opens a pseudo-terminal: what is written to person is typed, what program reads.
func terminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, person.Close()) })
	require.NoError(t, unix.IoctlSetPointerInt(int(person.Fd()), unix.TIOCSPTLCK, 0))
	n, err := unix.IoctlGetInt(int(person.Fd()), unix.TIOCGPTN)
	require.NoError(t, err)
	program, err = os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, program.Close()) })
	return person, program
}

// On a terminal a person is asked, and only yes is a yes.
func TestDeletingAsksOnATerminal(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	sample(p)
	ask := func(typed string, args ...string) (code int, out, asked string) {
		t.Helper()
		person, program := terminal(t)
		cmd := exec.Command(binary, append(args, "--server", p.url, "--admin-key", testAdminKey)...)
		cmd.WaitDelay = 20 * time.Second
		var stdout, stderr strings.Builder
		cmd.Stdin, cmd.Stdout, cmd.Stderr = program, &stdout, &stderr
		_, err := io.WriteString(person, typed)
		require.NoError(t, err)
		err = cmd.Run()
		require.NotNil(t, cmd.ProcessState, "%v", err)
		return cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()
	}
	for _, typed := range []string{"no\n", "\n", "y\n", "yes please\n"} {
		code, out, asked := ask(typed, "table", "delete", "country-codes")
		require.Equal(t, 1, code, typed)
		require.Empty(t, out)
		require.Contains(t, asked, "Within 30 days it can be restored. Type yes to go on: ")
		require.Contains(t, asked, "delete country-codes: nothing was done")
	}
	require.Contains(t, p.client("table", "list"), "country-codes")
	code, out, asked := ask("no\n", "table", "lookup", "country-codes", "--delete")
	require.Equal(t, 1, code, out)
	require.Contains(t, asked, "The lookup country-codes of country-codes is deleted with all its versions. Within 30 days it can be restored. Type yes")
	require.NotContains(t, p.client("table", "show", "country-codes"), "(not confirmed)")

	code, out, asked = ask("yes\n", "table", "lookup", "country-codes", "--delete")
	require.Zero(t, code, asked)
	require.Equal(t, "lookup country-codes of country-codes is deleted; for 30 days it can be restored with --restore\n", out)
	code, out, asked = ask("Yes\n", "table", "delete", "country-codes", "--purge")
	require.Zero(t, code, asked)
	require.Equal(t, "country-codes is deleted for good\n", out)
	require.Contains(t, asked, "is deleted for good with all its versions, and so is what was deleted under this name before. Type yes")
	code, _, asked = ask("no\n", "rules", "delete", "any")
	require.Equal(t, 1, code)
	require.Contains(t, asked, "The rule set any is deleted with all its versions.")
	p.stop()
}
