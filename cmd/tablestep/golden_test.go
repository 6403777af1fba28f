package main_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A said is one thing that a person types, and why.
type said struct {
	why  string
	args string // as typed behind "tablestep"; quotes hold a text together
	in   string // standard input
}

// A conversation is what persons type after one another, and what they are answered. It is
// kept in a golden file, one a theme, which is to be read: a mistake has to say what to do.
type conversation struct {
	t    *testing.T
	dir  string   // where the commands are called
	env  []string // beside that of the test
	hide []string // pairs for a strings.Replacer: what differs each time, and its name
	text bytes.Buffer
}

func newConversation(t *testing.T) *conversation {
	t.Helper()
	dir := t.TempDir()
	return &conversation{t: t, dir: dir, hide: []string{dir, "DIR"}}
}

// with starts a service whose address and key the commands know, as they do where both stand
// in variables.
func (c *conversation) with() *process {
	c.t.Helper()
	p := serve(c.t, filepath.Join(c.t.TempDir(), "data"))
	c.env = append(c.env, "TABLESTEP_SERVER="+p.url, "TABLESTEP_ADMIN_KEY="+testAdminKey, "TABLESTEP_API_KEY="+testAPIKey)
	c.hide = append(c.hide, p.data, "DATA", strings.TrimPrefix(p.url, "http://"), "SERVICE")
	return p
}

// file makes a file beside the commands.
func (c *conversation) file(name, content string) {
	c.t.Helper()
	require.NoError(c.t, os.MkdirAll(filepath.Dir(filepath.Join(c.dir, name)), 0o755))
	require.NoError(c.t, os.WriteFile(filepath.Join(c.dir, name), []byte(content), 0o600))
}

// say types all of them, one after the other.
func (c *conversation) say(all ...said) {
	c.t.Helper()
	for _, s := range all {
		ctx, cancel := context.WithTimeout(c.t.Context(), time.Minute)
		cmd := exec.CommandContext(ctx, binary, split(c.t, s.args)...)
		cmd.Dir, cmd.Env, cmd.Stdin = c.dir, append(os.Environ(), c.env...), strings.NewReader(s.in)
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		err := cmd.Run()
		require.NoError(c.t, ctx.Err(), s.args)
		cancel()
		if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) {
			require.NoError(c.t, err, s.args)
		}
		c.note(s.why, "tablestep "+s.args, out.String(), errs.String(), cmd.ProcessState.ExitCode())
	}
}

// note writes down what was typed and answered: of standard output lines begin with |, of
// standard error with !.
func (c *conversation) note(why, typed, out, errs string, code int) {
	fmt.Fprintf(&c.text, "# %s\n$ %s\n", why, strings.TrimSpace(typed))
	for _, part := range []struct{ sign, text string }{{"|", out}, {"!", errs}} {
		for line := range strings.SplitSeq(strings.TrimSuffix(part.text, "\n"), "\n") {
			if part.text != "" && !strings.HasPrefix(line, `{"time":`) { // the log has tests of its own
				c.text.WriteString(strings.TrimRight(part.sign+" "+line, " ") + "\n")
			}
		}
	}
	fmt.Fprintf(&c.text, "exit %d\n\n", code)
}

// What else differs each time.
var changing = []struct {
	pattern *regexp.Regexp
	name    string
}{
	{regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:Z| UTC)`), "TIME"},
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "SHA256"},
	{regexp.MustCompile(`\b[0-9a-f]{24}\b`), "ID"},
	{regexp.MustCompile(`([^A-Za-z0-9_-])[A-Za-z0-9_-]{43}([^A-Za-z0-9_-])`), "${1}KEY${2}"}, // which may begin or end with a dash
	{regexp.MustCompile(`tablestep dev(?:-[0-9a-f]+)?`), "tablestep VERSION"},
	{regexp.MustCompile(`\b\d+ bytes`), "N bytes"},
	{regexp.MustCompile(`answered in \S+ \([0-9,]+ leads a second\)`), "answered in TIME (N leads a second)"},
	{regexp.MustCompile(`(time to (?:accept|answer) a batch: ).*`), "${1}TIME"},
}

// end compares the whole with its golden file, or rewrites that.
func (c *conversation) end(theme string) {
	c.t.Helper()
	got := strings.NewReplacer(c.hide...).Replace(c.text.String())
	for _, ch := range changing {
		got = ch.pattern.ReplaceAllString(got, ch.name)
	}
	file := filepath.Join("testdata", "words", theme+".golden.txt")
	if *update {
		require.NoError(c.t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(c.t, os.WriteFile(file, []byte(got), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(c.t, err)
	// The whole would be too long to be read.
	wanted, gotten := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	for i := range max(len(wanted), len(gotten)) {
		line := func(of []string) string { return strings.Join(of[min(i, len(of)):min(i+5, len(of))], "\n") }
		if i >= len(wanted) || i >= len(gotten) || wanted[i] != gotten[i] {
			require.Equal(c.t, line(wanted), line(gotten), "%s, line %d: read the difference, and run the test with -update if it is meant", file, i+1)
		}
	}
}

// split takes a line apart as a shell does, of which only quotes are needed here.
func split(t *testing.T, line string) []string {
	t.Helper()
	args := []string{}
	for _, word := range regexp.MustCompile(`(?:'[^']*'|"[^"]*"|[^\s'"])+`).FindAllString(line, -1) {
		args = append(args, regexp.MustCompile(`'([^']*)'|"([^"]*)"`).ReplaceAllString(word, "$1$2"))
	}
	return args
}

// What a person reads is held word for word, so the words have to be there: each mistake of
// every theme says something, on standard error alone, with the exit code of a mistake.
func TestEveryMistakeSaysSomething(t *testing.T) {
	files, err := filepath.Glob("testdata/words/*.golden.txt")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 8)
	mistakes, successes := 0, 0
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		for talk := range strings.SplitSeq(strings.TrimSpace(string(raw)), "\n\n# ") {
			failed := !strings.HasSuffix(talk, "\nexit 0")
			if !failed {
				successes++
				continue
			}
			mistakes++
			require.Regexp(t, `(?m)^[!>] tablestep: \S.{10,}`, talk, file)
			// Nobody has to know Go to read it.
			require.NotRegexp(t, `EOL|%!|invalid argument|unexpected argument|no such file or directory|dial tcp|strconv| json: | yaml: |unmarshal|context canceled|wrong usage`, talk, file)
		}
	}
	require.GreaterOrEqual(t, mistakes, 60)
	require.GreaterOrEqual(t, successes, 20)
}
