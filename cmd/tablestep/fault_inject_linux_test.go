//go:build fault

package main_test

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The whole form is
//
//	go test -tags fault -run Inject -timeout 4h ./cmd/tablestep/ -inject.max=200 -inject.all
var (
	injectMax = flag.Int("inject.max", 22, "the highest number of a system call that fails")
	injectAll = flag.Bool("inject.all", false, "try every number, not a thinning row of them")
)

// numbers are those of the calls that fail.
func numbers() []int {
	var ns []int
	for n := 1; n <= *injectMax; {
		ns = append(ns, n)
		if *injectAll || n == 1 { // the first comes while the file is opened
			n++
		} else {
			n = 3*n + 1
		}
	}
	return ns
}

// traced gives the wrapper under which a system call on one file fails. The tracer
// is a grandchild, so that the process is ours and its exit code too.
func traced(t *testing.T, file, inject string) (wrapper []string, trace string) {
	t.Helper()
	call, _, _ := strings.Cut(inject, ":")
	trace = filepath.Join(t.TempDir(), "trace")
	return []string{"strace", "-D", "-f", "-I", "2", "--quiet=all", "-o", trace, "-e", "signal=none", "-e", "trace=" + call, "-e", "inject=" + inject, "-P", file}, trace
}

func needStrace(t *testing.T) {
	t.Helper()
	if out, err := exec.Command("strace", "-D", "-f", "-o", "/dev/null", "-e", "trace=none", "true").CombinedOutput(); err != nil {
		t.Skipf("needs strace and the right to trace: %v %s", err, out)
	}
}

// injected counts the calls that the tracer made fail.
func injected(t *testing.T, trace string) int {
	t.Helper()
	raw, err := os.ReadFile(trace)
	require.NoError(t, err)
	return strings.Count(string(raw), "(INJECTED)")
}

// release makes the tracer of a process let go of it.
func release(t *testing.T, v *victim) {
	t.Helper()
	by := tracer(t, v)
	require.Positive(t, by)
	require.NoError(t, syscall.Kill(by, syscall.SIGTERM))
	require.Eventually(t, func() bool { return tracer(t, v) == 0 }, 10*time.Second, time.Millisecond, "the tracer holds on")
}

// tracer gives the process that traces a thread of the victim, 0 if none does.
func tracer(t *testing.T, v *victim) int {
	t.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", v.cmd.Process.Pid))
	require.NoError(t, err)
	require.NotEmpty(t, threads)
	for _, name := range threads {
		raw, err := os.ReadFile(name)
		if err != nil {
			continue // the thread has ended
		}
		_, rest, found := strings.Cut(string(raw), "TracerPid:")
		require.True(t, found)
		pid, err := strconv.Atoi(strings.Fields(rest)[0])
		require.NoError(t, err)
		if pid != 0 {
			return pid
		}
	}
	return 0
}

// An ending is what a fault must come to.
type ending int

const (
	stops    ending = iota // the process ends by itself, with exit code 1 and the reason
	dies                   // the fault is a kill
	survives               // the process goes on
	mayStop                // either stops or survives
)

func TestInjectedFaultsBreakNoPromise(t *testing.T) {
	needStrace(t)
	template := sampled(t)
	for _, c := range []struct {
		name, file, inject string
		ending             ending
	}{
		{"a failed sync of the queue", "queue.db", "fdatasync:error=EIO:when=%d", stops},
		{"a sync of the queue without room", "queue.db", "fdatasync:error=ENOSPC:when=%d", stops},
		{"a failed write of the queue", "queue.db", "pwrite64:error=EIO:when=%d", stops},
		{"a write of the queue without room", "queue.db", "pwrite64:error=ENOSPC:when=%d", survives},
		{"killed at a write of the queue", "queue.db", "pwrite64:signal=SIGKILL:when=%d", dies},
		{"killed at a sync of the queue", "queue.db", "fdatasync:signal=SIGKILL:when=%d", dies},
		{"a failed sync of the tables", "tables.db", "fdatasync:error=EIO:when=%d", stops},
		{"a failed write of the tables", "tables.db", "pwrite64:error=EIO:when=%d", mayStop},
		{"a write of the tables without room", "tables.db", "pwrite64:error=ENOSPC:when=%d", survives},
		{"killed at a write of the tables", "tables.db", "pwrite64:signal=SIGKILL:when=%d", dies},
		{"killed at a sync of the tables", "tables.db", "fdatasync:signal=SIGKILL:when=%d", dies},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel() // it mostly waits
			reached, acknowledged, repeated := 0, 0, 0
			for _, n := range numbers() {
				w := newWitness(t, nil)
				data := cloned(t, template)
				inject := fmt.Sprintf(c.inject, n)
				if strike(t, w, data, c.file, inject, c.ending) {
					reached++
				}
				w.examine(t, data)
				w.finish(t, data)
				a, r := w.count()
				acknowledged, repeated = acknowledged+a, repeated+r
			}
			require.Positive(t, reached, "no fault was reached")
			t.Logf("%d of %d faults reached, %d requests acknowledged, %d callbacks repeated", reached, len(numbers()), acknowledged, repeated)
		})
	}
}

// strike runs a process under load until a fault is reached, and says whether it
// was. Calls are counted a thread, so that a high number may not come.
func strike(t *testing.T, w *witness, data, file, inject string, e ending) (reached bool) {
	t.Helper()
	const patience = 8 * time.Second
	wrapper, trace := traced(t, filepath.Join(data, file), inject)
	v := launch(t, data, wrapper)
	ready := v.ready()
	if ready {
		stop := w.load(v.url, "load", 3, file == "tables.db")
		if e == stops || e == dies {
			v.endsWithin(patience)
		} else {
			for deadline := time.Now().Add(patience); time.Now().Before(deadline) && !v.endsWithin(50*time.Millisecond) && injected(t, trace) == 0; {
			}
			v.endsWithin(300 * time.Millisecond)
		}
		switch {
		case v.hasEnded():
		case e == mayStop:
			v.terminate() // it may be about to end by itself, with another exit code
		case e == survives || injected(t, trace) == 0:
			v.stop() // also under load
		}
		ended := v.hasEnded()
		v.kill()
		stop()
		require.True(t, ended, "the process goes on after %s on %s\n%s", inject, file, v.tail())
	}
	state := v.cmd.ProcessState
	if e == dies && !state.Exited() {
		return true
	}
	if injected(t, trace) == 0 {
		require.Zero(t, state.ExitCode(), "%s", v.tail())
		return false
	}
	if state.ExitCode() == 0 {
		require.NotEqual(t, stops, e, "exit code 0 after %s\n%s", inject, v.tail())
		return true
	}
	if ready { // A start may also fail for want of room.
		require.NotEqual(t, survives, e, "ended after %s\n%s", inject, v.tail())
	}
	require.Equal(t, 1, state.ExitCode(), "%s: %s\n%s", inject, state, v.tail())
	require.Regexp(t, `tablestep: .*(input/output error|no space left on device)`, v.log.String(), "the reason is not told")
	return true
}

func TestInjectedWantOfRoomIsOverWhenThereIsRoom(t *testing.T) {
	t.Parallel() // it mostly waits
	needStrace(t)
	template := sampled(t)
	for _, n := range numbers() {
		t.Run(fmt.Sprint("from write ", n), func(t *testing.T) {
			w := newWitness(t, nil)
			data := cloned(t, template)
			wrapper, _ := traced(t, filepath.Join(data, "queue.db"), fmt.Sprintf("pwrite64:error=ENOSPC:when=%d+", n))
			v := launch(t, data, wrapper)
			if !v.ready() { // The opening needs room, too.
				require.Equal(t, 1, v.cmd.ProcessState.ExitCode())
				require.Contains(t, v.log.String(), "no space left on device")
				w.examine(t, data)
				w.finish(t, data)
				return
			}
			stop := w.load(v.url, "load", 3, false)
			require.Eventually(t, func() bool { return w.unavailable() > 5 }, 20*time.Second, 10*time.Millisecond)
			require.False(t, v.endsWithin(300*time.Millisecond), "%s", v.tail())
			stop()
			release(t, v)
			require.Eventually(t, func() bool { return w.send(v.url, fmt.Sprint("room-", time.Now().UnixNano())) == http.StatusCreated },
				10*time.Second, 50*time.Millisecond, "nothing is accepted though there is room")
			w.answered(t, 60*time.Second)
			v.stop()
			w.examine(t, data)
			w.finish(t, data)
			t.Logf("%d times 503: %s", w.unavailable(), w)
		})
	}
}
