package main_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	terminals "tablestep/cmd/tablestep/terminal"
)

// A screen is a terminal of some width, and what was printed on it so far.
type screen struct {
	program *os.File
	mu      sync.Mutex // guards shown and all
	shown   bytes.Buffer
	all     string // what was shown before
}

func newScreen(t *testing.T, width uint16) *screen {
	t.Helper()
	person, program := terminal(t)
	require.NoError(t, unix.IoctlSetWinsize(int(program.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: width, Row: 40}))
	s := &screen{program: program}
	go func() {
		b := make([]byte, 4096)
		for {
			n, err := person.Read(b)
			s.mu.Lock()
			s.shown.Write(b[:n])
			s.mu.Unlock()
			if err != nil {
				return // the test has closed it
			}
		}
	}()
	return s
}

// text is what was printed, without the bars that were drawn over, and without the log.
func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var lines []string
	for line := range strings.SplitSeq(strings.ReplaceAll(s.shown.String(), "\r\n", "\n"), "\n") {
		if i := strings.LastIndex(line, "\r"); i >= 0 {
			line = strings.TrimPrefix(line[i+1:], "\x1b[2K")
		}
		if !strings.HasPrefix(line, "time=") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// take is text without an end, which is then forgotten.
func (s *screen) take(end string) string {
	text := strings.TrimSuffix(strings.TrimSuffix(s.text(), end), "\n")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all += s.shown.String()
	s.shown.Reset()
	return text
}

// raw is all that was printed.
func (s *screen) raw() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all + s.shown.String()
}

// until waits for something to be printed.
func (s *screen) until(t *testing.T, what string) {
	t.Helper()
	shown := func() string {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.shown.String()
	}
	require.Eventually(t, func() bool { return strings.Contains(shown(), what) }, 20*time.Second, 5*time.Millisecond, "%q did not come; there is %q", what, s.raw())
}

// a typed command on a screen; out and err say which streams it has there. While it runs,
// meanwhile may do something.
func (c *conversation) onScreen(s *screen, why, args string, in io.Reader, out, err bool, meanwhile func(*exec.Cmd)) string {
	c.t.Helper()
	cmd := exec.Command(binary, split(c.t, args)...)
	cmd.WaitDelay = 20 * time.Second
	cmd.Dir, cmd.Env, cmd.Stdin = c.dir, append(os.Environ(), c.env...), in
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if out {
		cmd.Stdout = s.program
	}
	if err {
		cmd.Stderr = s.program
	}
	require.NoError(c.t, cmd.Start())
	if meanwhile != nil {
		meanwhile(cmd)
	}
	_ = cmd.Wait() // its exit code is noted
	require.NotNil(c.t, cmd.ProcessState)
	// What is written here comes after all that the program has written.
	const end = "\x1b[end]"
	_, writeErr := io.WriteString(s.program, end)
	require.NoError(c.t, writeErr)
	s.until(c.t, end)
	shown := s.take(end)
	c.note(why+" (> is on the terminal)", "tablestep "+args, stdout.String(), stderr.String(), cmd.ProcessState.ExitCode())
	if shown != "" {
		text := strings.TrimSuffix(c.text.String(), "\n")
		i := strings.LastIndex(text, "\nexit ")
		c.text.Reset()
		c.text.WriteString(text[:i] + "\n")
		for line := range strings.SplitSeq(shown, "\n") {
			c.text.WriteString(strings.TrimRight("> "+line, " ") + "\n")
		}
		c.text.WriteString(text[i+1:] + "\n")
	}
	return shown
}

func TestWordsOnATerminal(t *testing.T) {
	t.Parallel()
	c := newConversation(t)
	stop := func(what string, s *screen) func(*exec.Cmd) {
		return func(cmd *exec.Cmd) {
			s.until(t, what)
			require.NoError(t, cmd.Process.Signal(os.Interrupt))
		}
	}
	addr, data := freePort(t), filepath.Join(t.TempDir(), "data")
	c.hide = append(c.hide, addr, "SERVICE", data, "DATA")
	c.file("cities.csv", "city,code\n東京都,13\nKöln,5\n")

	// The start ends with the address and the next step, on whichever stream is a terminal.
	s := newScreen(t, 100)
	c.onScreen(s, "the first start", "serve --addr "+addr+" --data "+data, nil, true, true, stop("Stop with Ctrl-C.", s))
	require.Contains(t, s.raw(), "time=", "the log of a terminal is text")
	require.NotContains(t, s.raw(), `{"time":`)
	s = newScreen(t, 100)
	c.onScreen(s, "a start whose results go into a file", "serve --addr "+addr+" --data "+data, nil, false, true, stop("Stop with Ctrl-C.", s))
	s = newScreen(t, 100)
	shown := c.onScreen(s, "a start whose log goes into a file, with a key and a public address", "serve --addr "+addr+" --data "+data+" --admin-key "+testAdminKey+" --public-url https://lookup.example.com", nil, true, false, stop("Stop with Ctrl-C.", s))
	require.NotContains(t, shown, "time=")

	p := c.with()
	s = newScreen(t, 100)
	c.onScreen(s, "no table yet", "table list", nil, true, true, nil)
	c.onScreen(s, "no rule set yet", "rules list", nil, true, true, nil)
	p.client("table", "import", filepath.Join(c.dir, "cities.csv"), "--no-publish")
	for range 2 {
		p.client("table", "import", "../../testdata/tables/country-codes.csv", "--name", "countries-of-the-world-and-their-codes")
	}

	// Tables fit the width, and nothing of them is lost.
	for _, width := range []uint16{100, 60, 30} {
		s = newScreen(t, width)
		for _, args := range []string{"table list", "table show cities", "help modes"} {
			if args == "help modes" && width != 60 {
				continue // it is long
			}
			shown = c.onScreen(s, fmt.Sprintf("a table on %d places", width), args, nil, true, false, nil)
			if width == 100 && args == "table list" {
				require.Contains(t, shown, "cities")
			}
			for line := range strings.SplitSeq(shown, "\n") {
				require.LessOrEqual(t, terminals.Places(line), int(width), "%s: %q", args, line)
			}
		}
	}

	// What is no text is not written to a terminal.
	s = newScreen(t, 100)
	c.onScreen(s, "a workbook", "table export countries-of-the-world-and-their-codes --format xlsx", nil, true, true, nil)
	c.onScreen(s, "a backup", "backup -", nil, true, true, nil)
	code, out, errs := command(t, "table", "export", "countries-of-the-world-and-their-codes", "--format", "xlsx", "--server", p.url, "--admin-key", testAdminKey)
	require.Zero(t, code, errs)
	require.True(t, strings.HasPrefix(out, "PK"), "into a pipe it is")

	// A bar is drawn on a terminal and nowhere else.
	var long strings.Builder
	for n := range 200_000 {
		fmt.Fprintf(&long, "town-%d,5\n", n)
	}
	c.file("long.csv", "city,code\n"+long.String())
	s = newScreen(t, 100)
	c.onScreen(s, "an import with its bar on the terminal", "table import long.csv --no-publish", nil, false, true, nil)
	require.Contains(t, s.raw(), "uploading")
	code, _, errs = command(t, "table", "import", filepath.Join(c.dir, "long.csv"), "--no-publish", "--server", p.url, "--admin-key", testAdminKey)
	require.Zero(t, code)
	require.Empty(t, errs)

	// Ctrl-C ends a command that waits, and the words say what has become of it.
	s = newScreen(t, 100)
	never, nobody, err := os.Pipe()
	require.NoError(t, err)
	defer never.Close()
	defer nobody.Close()
	c.onScreen(s, "Ctrl-C in an import", "table import - --name unfinished", never, true, true, func(cmd *exec.Cmd) {
		_, err := io.WriteString(nobody, "a,b\n1,2\n")
		require.NoError(t, err)
		s.until(t, "uploading")
		require.NoError(t, cmd.Process.Signal(os.Interrupt))
	})
	require.NotContains(t, p.client("table", "list"), "unfinished")
	s = newScreen(t, 100)
	c.onScreen(s, "Ctrl-C at a question", "table delete cities", s.program, true, true, stop("Type yes to go on: ", s))
	s = newScreen(t, 100)
	c.onScreen(s, "Ctrl-C in a file that is typed", "rules apply -", s.program, true, true, stop("end with Ctrl-D", s))
	require.Contains(t, p.client("table", "list"), "cities")
	s = newScreen(t, 100)
	c.file("leads.csv", "id,country\n1,Germany\n")
	c.onScreen(s, "Ctrl-C while answers are waited for", "simulate --leads leads.csv -f table=countries-of-the-world-and-their-codes --callback-url http://127.0.0.1:1/", nil, true, true, func(cmd *exec.Cmd) {
		require.Eventually(t, func() bool { return strings.Contains(p.client("invocations", "list"), "retryable") }, 20*time.Second, 20*time.Millisecond)
		require.NoError(t, cmd.Process.Signal(os.Interrupt))
	})
	c.end("terminal")
}

func TestCtrlCInADemoSaysThatNothingIsLeft(t *testing.T) {
	t.Parallel()
	s := newScreen(t, 100)
	cmd := exec.Command(binary, "demo", "--addr", "127.0.0.1:0")
	cmd.Stdout, cmd.Stderr = s.program, s.program
	require.NoError(t, cmd.Start())
	s.until(t, "Uploading the sample tables")
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	require.Error(t, cmd.Wait())
	require.Equal(t, 1, cmd.ProcessState.ExitCode())
	s.until(t, "tablestep: demo: stopped; all of it is deleted")
}
