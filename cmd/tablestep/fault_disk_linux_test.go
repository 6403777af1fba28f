//go:build fault

package main_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A smallDisk is a file system of a few megabytes that holds a data folder.
type smallDisk struct {
	t         *testing.T
	dir, data string
	ballast   *os.File // nil while there is room
}

// mountSmallDisk mounts one, with a copy of a data folder on it.
func mountSmallDisk(t *testing.T, template string) *smallDisk {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=24m"); err != nil {
		t.Skipf("needs the right to mount a tmpfs (root): %v", err)
	}
	d := &smallDisk{t: t, dir: dir, data: filepath.Join(dir, "data")}
	t.Cleanup(func() {
		if d.ballast != nil {
			_ = d.ballast.Close() // the test has failed
		}
		require.NoError(t, syscall.Unmount(dir, 0))
	})
	require.NoError(t, os.Mkdir(d.data, 0o700))
	for _, name := range []string{"queue.db", "tables.db"} {
		copyFile(t, filepath.Join(template, name), filepath.Join(d.data, name))
	}
	return d
}

// fill takes whatever room is left.
func (d *smallDisk) fill() {
	d.t.Helper()
	var err error
	if d.ballast == nil {
		d.ballast, err = os.Create(filepath.Join(d.dir, "ballast"))
		require.NoError(d.t, err)
	}
	for err == nil {
		_, err = d.ballast.Write(make([]byte, 4096))
	}
	require.ErrorIs(d.t, err, syscall.ENOSPC, "%v", err)
}

// gated is the answer of callbacks that wait until they are let in: the queue grows
// meanwhile.
func gated(t *testing.T) (status func(string) int, open func()) {
	gate := make(chan struct{})
	return func(string) int {
		select {
		case <-gate:
		case <-t.Context().Done():
		}
		return http.StatusOK
	}, func() { close(gate) }
}

// empty gives the room back.
func (d *smallDisk) empty() {
	d.t.Helper()
	name := d.ballast.Name()
	require.NoError(d.t, d.ballast.Close())
	d.ballast = nil
	require.NoError(d.t, os.Remove(name))
}

// fillUnderLoad fills the disk while requests come in, until they are refused.
func (d *smallDisk) fillUnderLoad(w *witness, v *victim) {
	d.t.Helper()
	stop := w.load(v.url, fmt.Sprint("full-", w.life), 3, true)
	defer stop()
	time.Sleep(300 * time.Millisecond)
	for deadline := time.Now().Add(20 * time.Second); w.unavailable() < 20; time.Sleep(5 * time.Millisecond) {
		d.fill()
		require.True(d.t, time.Now().Before(deadline), "no request was refused")
		require.False(d.t, v.hasEnded(), "%s", v.tail())
	}
}

// recovers requires that all is well once there is room again, without a restart.
func (d *smallDisk) recovers(w *witness, v *victim) {
	d.t.Helper()
	n := 0
	require.Eventually(d.t, func() bool {
		n++
		return w.send(v.url, fmt.Sprintf("room-%d-%d", w.life, n)) == http.StatusCreated
	}, 10*time.Second, 50*time.Millisecond, "nothing is accepted though there is room")
	require.Eventually(d.t, func() bool { return w.publish(v.url) == http.StatusCreated }, 10*time.Second, 50*time.Millisecond)
	w.answered(d.t, 60*time.Second)
	v.stop()
	w.examine(d.t, d.data)
	w.finish(d.t, d.data)
	d.t.Logf("%d times 503: %s", w.unavailable(), w)
}

func TestOnAFullDiskWhatWasAcceptedIsAnsweredAndNothingElseIsAccepted(t *testing.T) {
	t.Parallel()
	d := mountSmallDisk(t, sampled(t))
	status, open := gated(t)
	w := newWitness(t, status)
	v := launch(t, d.data, nil)
	require.True(t, v.ready(), "%s", v.tail())
	d.fillUnderLoad(w, v)
	open()
	w.answered(t, 20*time.Second) // on the full disk
	refused := 0
	require.Eventually(t, func() bool {
		d.fill() // the reserve has given room back
		refused = w.publish(v.url)
		return refused != http.StatusCreated
	}, 20*time.Second, 10*time.Millisecond, "no table was refused")
	require.Equal(t, http.StatusInsufficientStorage, refused)
	require.False(t, v.hasEnded(), "%s", v.tail())
	d.empty()
	d.recovers(w, v)
}

func TestOnAFullDiskRefusedAnswersAreTriedAgain(t *testing.T) {
	t.Parallel()
	d := mountSmallDisk(t, sampled(t))
	var taking atomic.Bool
	w := newWitness(t, func(string) int {
		if taking.Load() {
			return http.StatusOK
		}
		return http.StatusServiceUnavailable
	})
	v := launch(t, d.data, nil)
	require.True(t, v.ready(), "%s", v.tail())
	d.fillUnderLoad(w, v)
	require.False(t, v.endsWithin(time.Second), "%s", v.tail())
	taking.Store(true)
	d.empty()
	d.recovers(w, v)
}

func TestKilledOnAFullDiskItLosesNothing(t *testing.T) {
	t.Parallel()
	d := mountSmallDisk(t, sampled(t))
	status, open := gated(t)
	w := newWitness(t, status)
	v := launch(t, d.data, nil)
	require.True(t, v.ready(), "%s", v.tail())
	d.fillUnderLoad(w, v)
	v.kill()
	open()
	w.examine(t, d.data)
	d.fill()
	// A start on the full disk works or says why it does not.
	v = launch(t, d.data, nil)
	if !v.ready() {
		require.Equal(t, 1, v.cmd.ProcessState.ExitCode(), "%s", v.tail())
		require.Contains(t, v.tail(), "no space left on device")
	} else {
		w.answered(t, 20*time.Second)
	}
	v.kill()
	w.examine(t, d.data)
	d.empty()
	w.finish(t, d.data)
	t.Log(w)
}
