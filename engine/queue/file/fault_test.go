//go:build !windows

package file_test

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
	"tablestep/engine/queue/file"
)

func TestUntrustworthyWriteBreaksTheQueueForGood(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue.db")
	var under *os.File
	q, _, err := file.OpenWith(path, file.Options{}, func(name string, flag int, mode os.FileMode) (*os.File, error) {
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
	require.ErrorIs(t, q.Finish(t.Context(), job.Lease, queue.Evaluated(nil, queue.Summary{})), queue.ErrBroken)
	require.ErrorIs(t, q.Finish(t.Context(), job.Lease, queue.Released()), queue.ErrBroken)
	require.ErrorIs(t, q.Replay(t.Context(), id), queue.ErrBroken)
	_, err = q.Claim(t.Context(), 1, time.Minute)
	require.ErrorIs(t, err, queue.ErrBroken)
	_, err = q.Purge(t.Context(), time.Now())
	require.ErrorIs(t, err, queue.ErrBroken)
	require.Error(t, q.Close(), "the file was closed under it")

	q, found := open(t, path, file.Options{})
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
		{errors.New("file resize error: " + (&fs.PathError{Op: "truncate", Path: "queue.db", Err: syscall.ENOSPC}).Error()), true},
		{errors.New("file resize error: " + (&fs.PathError{Op: "truncate", Path: "queue.db", Err: syscall.EIO}).Error()), false},
		{errors.New("file sync error: " + (&fs.PathError{Op: "sync", Path: "queue.db", Err: syscall.ENOSPC}).Error()), false},
		{errors.New("panic: page 7 already freed"), false},
	} {
		require.Equal(t, c.full, file.DiskFull(fmt.Errorf("commit: %w", c.err)), c.err.Error())
	}
}

func TestSizeLimitRefusesPutsAndLetsTheRestBeWorkedOff(t *testing.T) {
	q := newQueue(t, file.Options{MaxBytes: file.MinMaxBytes})
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
	require.LessOrEqual(t, file.DiskOf(q).Bytes, int64(file.MinMaxBytes))
	for range n {
		job := claim(t, q)
		require.NoError(t, q.Finish(t.Context(), job.Lease, queue.Evaluated(payload[:1<<19], queue.Summary{})))
		require.NoError(t, q.Finish(t.Context(), claimDelivery(t, q).Lease, queue.Arrived(queue.Attempt{Status: 200})))
	}
	put(t, q, 1000)
}
