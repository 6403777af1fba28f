//go:build fault

package main_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A victim is a process that is expected to come to harm: unlike with serve, it
// may end at any time.
type victim struct {
	*process
	ended chan struct{} // closed when the process has ended
}

// launch starts the program on a data folder, under a wrapper if one is given. It
// does not wait for it to be ready.
func launch(t *testing.T, data string, wrapper []string, args ...string) *victim {
	t.Helper()
	return launchProgram(t, binary, data, wrapper, args...)
}

// launchProgram is launch with another build of the program.
func launchProgram(t *testing.T, program, data string, wrapper []string, args ...string) *victim {
	t.Helper()
	addr := freePort(t)
	line := append(append([]string{}, wrapper...), program, "serve", "--addr", addr, "--data", data,
		"--api-key", testAPIKey, "--admin-key", testAdminKey, "--callback-allow-private")
	cmd := exec.Command(line[0], append(line[1:], args...)...)
	log := new(bytes.Buffer)
	cmd.Stderr = log
	cmd.WaitDelay = 5 * time.Second // a tracer may hold the pipe for a moment longer
	require.NoError(t, cmd.Start())
	v := &victim{&process{t, cmd, "http://" + addr, data, log}, make(chan struct{})}
	go func() {
		_ = cmd.Wait() // how it ended is in ProcessState
		close(v.ended)
	}()
	t.Cleanup(v.kill)
	return v
}

// ready waits until the service answers, or gives false if it ends before.
func (v *victim) ready() bool {
	v.t.Helper()
	client := &http.Client{Timeout: 2 * time.Second}
	defer client.CloseIdleConnections()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		if v.endsWithin(5 * time.Millisecond) {
			return false
		}
		r, err := client.Get(v.url + "/readyz")
		if err != nil {
			continue
		}
		_ = r.Body.Close()
		if r.StatusCode == http.StatusOK {
			return true
		}
	}
	require.Fail(v.t, "the service is neither ready nor has it ended")
	return false
}

// kill ends the process as a power cut would, if it still runs.
func (v *victim) kill() {
	_ = v.cmd.Process.Kill() // it may have ended by itself
	<-v.ended
}

func (v *victim) endsWithin(d time.Duration) bool {
	select {
	case <-v.ended:
		return true
	case <-time.After(d):
		return v.hasEnded()
	}
}

func (v *victim) hasEnded() bool {
	select {
	case <-v.ended:
		return true
	default:
		return false
	}
}

// tail is the end of the log of a process that has ended.
func (v *victim) tail() string {
	const most = 2000
	if !v.hasEnded() {
		return "(it still runs)"
	}
	log := v.log.String()
	return log[max(0, len(log)-most):]
}

// terminate asks the process to end, and waits until it has.
func (v *victim) terminate() {
	v.t.Helper()
	if err := v.cmd.Process.Signal(syscall.SIGTERM); !errors.Is(err, os.ErrProcessDone) {
		require.NoError(v.t, err)
	}
	require.True(v.t, v.endsWithin(15*time.Second), "the service did not stop")
}

// stop ends the process in good order.
func (v *victim) stop() {
	v.t.Helper()
	v.terminate()
	require.Zero(v.t, v.cmd.ProcessState.ExitCode(), "%s", v.tail())
}

// sampled makes a data folder that holds the country codes.
func sampled(t *testing.T) string {
	t.Helper()
	data := t.TempDir()
	p := serve(t, data)
	sample(p)
	p.stop()
	return data
}

// cloned copies a data folder that no process has open.
func cloned(t *testing.T, data string) string {
	t.Helper()
	to := t.TempDir()
	for _, name := range []string{"queue.db", "tables.db"} {
		copyFile(t, filepath.Join(data, name), filepath.Join(to, name))
	}
	return to
}

// copyFile copies a file with its holes: bbolt makes files longer than what it has
// written.
func copyFile(t *testing.T, from, to string) {
	t.Helper()
	src, err := os.Open(from)
	require.NoError(t, err)
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	require.NoError(t, err)
	defer dst.Close()
	block, hole := make([]byte, 4096), make([]byte, 4096)
	var size int64
	for {
		n, err := io.ReadFull(src, block)
		if n > 0 && !bytes.Equal(block[:n], hole[:n]) {
			_, err := dst.WriteAt(block[:n], size)
			require.NoError(t, err)
		}
		size += int64(n)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		require.NoError(t, err)
	}
	require.NoError(t, dst.Truncate(size))
}
