//go:build fault && linux

package file_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestInjectedFaultsLoseNothingAcknowledged lets the kernel fail the Nth sync or
// write of a child, or kills it there, and then opens the file again.
//
//	go test -tags fault -run Injected ./engine/queue/
func TestInjectedFaultsLoseNothingAcknowledged(t *testing.T) {
	if err := exec.Command("strace", "-o", "/dev/null", "-e", "trace=none", "true").Run(); err != nil {
		t.Skipf("needs strace and the right to trace: %v", err)
	}
	for _, c := range []struct {
		name, inject string
		ends         bool // the child must end by itself
	}{
		{"a failed sync", "fdatasync:error=EIO:when=%d", true},
		{"a sync without room", "fdatasync:error=ENOSPC:when=%d", true},
		{"a failed write", "pwrite64:error=EIO:when=%d", true},
		{"a write without room", "pwrite64:error=ENOSPC:when=%d", false},
		{"no room for good", "pwrite64:error=ENOSPC:when=%d+", false},
		{"killed at a write", "pwrite64:signal=SIGKILL:when=%d", true},
		{"killed at a sync", "fdatasync:signal=SIGKILL:when=%d", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			// The first calls make the file and its buckets.
			for _, n := range []int{8, 9, 10, 11, 12, 13, 14, 15, 17, 20, 24, 31, 40, 53, 71, 97, 130, 170, 200} {
				path := filepath.Join(t.TempDir(), "queue.db")
				inject := fmt.Sprintf(c.inject, n)
				syscallName, _, _ := strings.Cut(inject, ":")
				cmd := childCommand(t, path, 1, "strace", "-f", "--quiet=all", "-o", "/dev/null", "-e", "trace="+syscallName, "-e", "inject="+inject)
				cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
				cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
				after := 5 * time.Second
				if !c.ends {
					after = 400 * time.Millisecond
				}
				start := time.Now()
				w := newWitness()
				runChild(t, cmd, after, w)
				if c.ends {
					require.Less(t, time.Since(start), 4*time.Second, "the child must not go on after %s", inject)
				}
				t.Logf("%s: %s", inject, w)
				if len(w.acked) > 0 {
					w.verify(t, path)
				}
			}
		})
	}
}
