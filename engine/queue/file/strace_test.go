//go:build fault && linux

package file_test

import (
	"fmt"
	"os"
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
//	go test -tags fault -run Injected ./engine/queue/file
func TestInjectedFaultsLoseNothingAcknowledged(t *testing.T) {
	if err := exec.Command("strace", "-o", "/dev/null", "-e", "trace=none", "true").Run(); err != nil {
		t.Skipf("needs strace and the right to trace: %v", err)
	}
	for _, c := range []struct {
		name, inject string
		ends         bool // the child must end by itself once the fault has come
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
			t.Parallel() // it mostly waits
			reached := 0
			// The first calls make the file and its buckets.
			for _, n := range []int{8, 9, 10, 11, 12, 13, 15, 20, 31, 53, 97, 170} {
				path, trace := filepath.Join(t.TempDir(), "queue.db"), filepath.Join(t.TempDir(), "trace")
				inject := fmt.Sprintf(c.inject, n)
				syscallName, _, _ := strings.Cut(inject, ":")
				cmd := childCommand(t, path, 1, "strace", "-f", "--quiet=all", "-o", trace, "-e", "signal=none", "-e", "trace="+syscallName, "-e", "inject="+inject)
				cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
				cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
				after := 5 * time.Second
				if !c.ends {
					after = 400 * time.Millisecond
				}
				start := time.Now()
				w := newWitness()
				runChild(t, cmd, after, w)
				calls, err := os.ReadFile(trace)
				require.NoError(t, err)
				killed := time.Since(start) > 4*time.Second // by us, who had waited for long
				switch {
				case strings.Contains(string(calls), "(INJECTED)"):
					reached++
					require.False(t, c.ends && killed, "the child must not go on after %s", inject)
				case c.ends && !killed: // it was ended by the signal
					reached++
				}
				t.Logf("%s: %s", inject, w)
				if len(w.acked) > 0 {
					w.verify(t, path)
				}
			}
			// Calls are counted a thread, so that a high number may not come in time.
			require.Greater(t, reached, 6, "too few faults were reached")
		})
	}
}
