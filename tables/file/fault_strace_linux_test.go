//go:build fault

package file_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/file"
)

const (
	changeVariable = "TABLESTEP_TEST_CHANGE"
	fileVariable   = "TABLESTEP_TEST_CHANGE_STORE"
)

// TestChildThatChanges is no test of its own: it is the process whose system calls fail
// below. It opens a store, waits for a line, makes one kind of change, and says what
// came of it, and whether the process was told to stop.
func TestChildThatChanges(t *testing.T) {
	name, path := os.Getenv(changeVariable), os.Getenv(fileVariable)
	if name == "" {
		return // it runs as a child of TestInjectedFaultsBreakTheStoreInEveryKindOfChange
	}
	k, err := file.Open(path, file.Options{})
	if err != nil {
		fmt.Println("said:", err)
		return
	}
	goOn := func() {
		fmt.Println("said: ready")
		_, err := bufio.NewReader(os.Stdin).ReadString('\n')
		require.NoError(t, err)
	}
	if name == "sweep" {
		require.NoError(t, file.Doom(k, 77)) // A storage that is nobody's.
		goOn()
	}
	s, err := tables.Open(k, tables.Options{})
	require.NoError(t, err)
	switch name {
	case "sweep":
		<-s.Failed()
		err = s.Err()
	default:
		goOn()
		err = changes()[name](s)
		select {
		case <-s.Failed():
		default:
			fmt.Println("said: nobody was told to stop")
			return
		}
	}
	fmt.Println("said:", err)
}

// changing is a child that has opened its store, or has said why it has not.
type changing struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
	stdin io.Writer
}

func startChanging(t *testing.T, name, path string, wrapper ...string) *changing {
	t.Helper()
	wrapper = append(wrapper, os.Args[0], "-test.run", "^TestChildThatChanges$", "-test.v")
	cmd := exec.Command(wrapper[0], wrapper[1:]...)
	cmd.Env = append(os.Environ(), changeVariable+"="+name, fileVariable+"="+path)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
	})
	return &changing{cmd, bufio.NewScanner(out), in}
}

// said is the next thing that the child says.
func (c *changing) said(t *testing.T) string {
	t.Helper()
	for c.lines.Scan() {
		if text, ok := strings.CutPrefix(c.lines.Text(), "said: "); ok {
			return text
		}
	}
	require.Fail(t, "the child ended without a word")
	return ""
}

// attach lets a system call of the child fail from now on, and waits until it does.
func (c *changing) attach(t *testing.T, inject string) {
	t.Helper()
	call, _, _ := strings.Cut(inject, ":")
	tracer := exec.Command("strace", "-f", "-p", fmt.Sprint(c.cmd.Process.Pid), "-o", "/dev/null", "-e", "signal=none", "-e", "trace="+call, "-e", "inject="+inject)
	require.NoError(t, tracer.Start())
	t.Cleanup(func() {
		_ = tracer.Process.Kill() // it may have ended with the child
		_ = tracer.Wait()
	})
	require.Eventually(t, func() bool {
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", c.cmd.Process.Pid))
		require.NoError(t, err)
		for _, name := range threads {
			raw, err := os.ReadFile(name)
			if err != nil || strings.Contains(string(raw), "TracerPid:\t0\n") {
				return false
			}
		}
		return true
	}, 10*time.Second, time.Millisecond)
}

func TestInjectedFaultsBreakTheStoreInEveryKindOfChange(t *testing.T) {
	if err := exec.Command("strace", "-o", "/dev/null", "-e", "trace=none", "true").Run(); err != nil {
		t.Skipf("needs strace and the right to trace: %v", err)
	}
	template := filepath.Join(t.TempDir(), "tables.db")
	s, _ := at(t, template, tables.Options{})
	prepared(t, s)
	require.NoError(t, s.Close())
	raw, err := os.ReadFile(template)
	require.NoError(t, err)
	copied := func(t *testing.T) string {
		path := filepath.Join(t.TempDir(), "tables.db")
		require.NoError(t, os.WriteFile(path, raw, 0o600))
		return path
	}
	for name := range changes() {
		for _, inject := range []string{"fdatasync:error=EIO", "fdatasync:error=ENOSPC", "pwrite64:error=EIO"} {
			t.Run(name+" "+inject, func(t *testing.T) {
				path := copied(t)
				c := startChanging(t, name, path)
				require.Equal(t, "ready", c.said(t))
				c.attach(t, inject)
				_, err := fmt.Fprintln(c.stdin, "go")
				require.NoError(t, err)
				said := c.said(t)
				require.Contains(t, said, tables.ErrBroken.Error())
				require.Regexp(t, "input/output error|no space left on device", said)
				require.NoError(t, c.cmd.Process.Kill())
				_ = c.cmd.Wait() // it was killed
				report, err := file.Check(path)
				require.NoError(t, err)
				for _, f := range report.Findings { // Rows of an import that was cut short are doomed.
					require.Fail(t, "the file is damaged", f.String())
				}
			})
		}
	}
	t.Run("sweep", func(t *testing.T) {
		c := startChanging(t, "sweep", copied(t))
		require.Equal(t, "ready", c.said(t))
		c.attach(t, "fdatasync:error=EIO")
		_, err := fmt.Fprintln(c.stdin, "go")
		require.NoError(t, err)
		require.Contains(t, c.said(t), tables.ErrBroken.Error())
	})
	t.Run("open", func(t *testing.T) {
		path := copied(t)
		c := startChanging(t, "open", path, "strace", "-f", "-o", "/dev/null", "-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO", "-P", path)
		require.Contains(t, c.said(t), "input/output error")
	})
}
