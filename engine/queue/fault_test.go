//go:build !windows

package queue_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	bolterrors "go.etcd.io/bbolt/errors"

	"tablestep/engine/queue"
)

func TestUntrustworthyWriteBreaksTheQueueForGood(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue.db")
	var under *os.File
	q, _, err := queue.OpenWith(path, queue.Options{}, func(name string, flag int, mode os.FileMode) (*os.File, error) {
		f, err := os.OpenFile(name, flag, mode)
		under = f
		return f, err
	})
	require.NoError(t, err)
	id := put(t, q, 1)
	job := claim(t, q)
	require.NoError(t, under.Close()) // From now on every write fails.

	_, _, err = q.Put(t.Context(), invocation(2))
	require.ErrorIs(t, err, queue.ErrBroken)
	require.ErrorIs(t, err, os.ErrClosed, "the cause is named")
	select {
	case <-q.Failed():
	default:
		require.Fail(t, "the process is not told")
	}
	require.ErrorIs(t, q.Err(), queue.ErrBroken)
	_, _, err = q.Put(t.Context(), invocation(1))
	require.ErrorIs(t, err, queue.ErrBroken, "not even a known token is acknowledged")
	require.ErrorIs(t, q.Evaluated(job.Lease, nil, queue.Summary{}), queue.ErrBroken)
	require.ErrorIs(t, q.Release(job.Lease), queue.ErrBroken)
	require.ErrorIs(t, q.Replay(id), queue.ErrBroken)
	_, err = q.Claim(t.Context(), 1, time.Minute)
	require.ErrorIs(t, err, queue.ErrBroken)
	_, err = q.Purge(t.Context(), time.Now())
	require.ErrorIs(t, err, queue.ErrBroken)
	require.Error(t, q.Close(), "the file was closed under it")

	q, found := open(t, path, queue.Options{})
	require.Equal(t, 1, found.Available)
	require.Equal(t, id, claim(t, q).ID)
}

func TestOnlyAFullDiskIsSurvived(t *testing.T) {
	for _, c := range []struct {
		err  error
		full bool
	}{
		{&fs.PathError{Op: "write", Path: "queue.db", Err: syscall.ENOSPC}, true},
		{&fs.PathError{Op: "write", Path: "queue.db", Err: syscall.EIO}, false},
		{&fs.PathError{Op: "sync", Path: "queue.db", Err: syscall.ENOSPC}, false},
		{syscall.ENOSPC, false}, // What fdatasync reports.
		{syscall.EIO, false},
		{bolterrors.ErrMaxSizeReached, true},
		{fmt.Errorf("file resize error: %s", &fs.PathError{Op: "truncate", Path: "queue.db", Err: syscall.ENOSPC}), true},
		{fmt.Errorf("file resize error: %s", &fs.PathError{Op: "truncate", Path: "queue.db", Err: syscall.EIO}), false},
		{fmt.Errorf("file sync error: %s", &fs.PathError{Op: "sync", Path: "queue.db", Err: syscall.ENOSPC}), false},
		{errors.New("panic: page 7 already freed"), false},
	} {
		require.Equal(t, c.full, queue.DiskFull(fmt.Errorf("commit: %w", c.err)), c.err.Error())
	}
}

func TestSizeLimitRefusesPutsAndLetsTheRestBeWorkedOff(t *testing.T) {
	q := newQueue(t, queue.Options{MaxBytes: queue.MinMaxBytes})
	payload := noise(1 << 20)
	n := 0
	for ; ; n++ {
		require.Less(t, n, 200)
		in := invocation(n)
		in.Payload = payload
		if _, _, err := q.Put(t.Context(), in); err != nil {
			require.ErrorIs(t, err, queue.ErrFull)
			break
		}
	}
	require.Greater(t, n, 60)
	require.LessOrEqual(t, q.Stats().FileBytes, int64(queue.MinMaxBytes))
	for range n {
		job := claim(t, q)
		require.NoError(t, q.Evaluated(job.Lease, payload[:1<<19], queue.Summary{}))
		require.NoError(t, q.Delivered(claimDelivery(t, q).Lease, queue.Attempt{Status: 200}))
	}
	put(t, q, 1000)
}
