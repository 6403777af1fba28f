package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// bash says what it offers for the last word of a line.
func completedByBash(t *testing.T, script string, words ...string) []string {
	t.Helper()
	cmd := exec.Command("bash", "-c", `. "$1"; shift; COMP_CWORD=$1; shift; COMP_WORDS=("$@"); _tablestep; echo "${COMPREPLY[@]}"`,
		"bash", script, strconv.Itoa(len(words)), "tablestep")
	cmd.Args = append(cmd.Args, words...)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return strings.Fields(string(out))
}

func TestBashCompletesCommandsFlagsAndTopics(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("there is no bash here")
	}
	code, out, errs := command(t, "completion", "bash")
	require.Zero(t, code, errs)
	script := filepath.Join(t.TempDir(), "tablestep")
	require.NoError(t, os.WriteFile(script, []byte(out), 0o600))
	for _, c := range []struct {
		typed string
		want  []string
	}{
		{"ser", []string{"serve"}},
		{"com", []string{"compact", "completion"}},
		{"table imp", []string{"import"}},
		{"table --json imp", []string{"import"}}, // a flag between the words
		{"table import x.csv --no-p", []string{"--no-publish"}},
		{"rules apply --admin", []string{"--admin-key"}},
		{"tables imp", nil},
		{"invocations re", []string{"replay"}},
		{"help mo", []string{"modes"}},
		{"help tab", []string{"table"}},
		{"completion z", []string{"zsh"}},
		{"serve --log-f", []string{"--log-format"}},
		{"serve --no-e", []string{"--no-enforce-picklist"}},
	} {
		got := completedByBash(t, script, strings.Split(c.typed, " ")...)
		if c.want == nil {
			require.Empty(t, got, c.typed)
			continue
		}
		require.Equal(t, c.want, got, c.typed)
	}
}

// Every shell's script has all commands with all their flags.
func TestEachShellIsToldOfEveryCommandAndFlag(t *testing.T) {
	t.Parallel()
	_, bash, _ := command(t, "completion", "bash")
	for _, shell := range []string{"zsh", "fish", "powershell"} {
		code, out, errs := command(t, "completion", shell)
		require.Zero(t, code, errs)
		lines := 0
		for line := range strings.SplitSeq(bash, "\n") {
			_, words, ok := strings.Cut(line, `words="`)
			words, _, ok2 := strings.Cut(words, `" ;;`)
			if ok && ok2 && words != "" {
				lines++
				require.Contains(t, out, words, shell)
			}
		}
		require.Greater(t, lines, 25)
		require.Contains(t, out, "tablestep")
	}
}
