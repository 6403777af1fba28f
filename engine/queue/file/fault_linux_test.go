package file_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine/queue"
	"tablestep/engine/queue/file"
)

// smallDisk mounts a file system of that many bytes.
func smallDisk(t *testing.T, options string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		t.Skipf("needs the right to mount a tmpfs (root): %v", err)
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, 0)) })
	return dir
}

func TestFullDiskRefusesPutsAndRecoversByItself(t *testing.T) {
	dir := smallDisk(t, "size=16m")
	path := filepath.Join(dir, "queue.db")
	q, _, err := file.Open(path, file.Options{})
	require.NoError(t, err)
	payload := noise(200_000)
	acked := map[int]queue.ID{}
	n := 0
	fill := func() {
		for ; ; n++ {
			require.Less(t, n, 200)
			in := invocation(n)
			in.Payload = payload
			id, _, err := q.Put(t.Context(), in)
			if err != nil {
				require.ErrorIs(t, err, queue.ErrDiskFull)
				require.ErrorIs(t, err, syscall.ENOSPC)
				return
			}
			acked[n] = id
		}
	}
	fill()
	require.NotEmpty(t, acked)
	require.True(t, file.DiskOf(q).Full)
	require.NoError(t, q.Err(), "a full disk does not break the queue")
	id, duplicate, err := q.Put(t.Context(), invocation(0))
	require.NoError(t, err)
	require.True(t, duplicate, "a known token is still acknowledged")
	require.Equal(t, acked[0], id)

	// What has been accepted can be worked off although the disk is full; the
	// pages that become free take new invocations.
	ctx, cancel := context.WithCancel(t.Context())
	var senders sync.WaitGroup
	for sender := range 4 { // They go on all the while, and never get in the way.
		senders.Go(func() {
			for i := sender; ctx.Err() == nil; i += 4 {
				in := invocation(100_000 + i)
				in.Payload = payload
				_, _, _ = q.Put(ctx, in)
			}
		})
	}
	for range acked {
		job := claim(t, q)
		require.NoError(t, q.Finish(t.Context(), job.Lease, queue.Evaluated(payload[:100_000], queue.Summary{})))
		require.NoError(t, q.Finish(t.Context(), claimDelivery(t, q).Lease, queue.Arrived(queue.Attempt{Status: 200})))
	}
	cancel()
	senders.Wait()
	require.Eventually(t, func() bool {
		_, _, err := q.Put(t.Context(), invocation(1000))
		return err == nil
	}, 5*time.Second, 50*time.Millisecond)

	// Somebody else fills the disk, and clears it again.
	fill()
	ballast := filepath.Join(dir, "ballast")
	fillDisk(t, ballast)
	time.Sleep(1100 * time.Millisecond) // The pause after a full disk.
	in := invocation(2000)
	in.Payload = payload
	_, _, err = q.Put(t.Context(), in)
	require.ErrorIs(t, err, queue.ErrDiskFull)
	require.NoError(t, syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, "size=32m"))
	require.Eventually(t, func() bool {
		_, _, err := q.Put(t.Context(), in)
		return err == nil
	}, 5*time.Second, 50*time.Millisecond)
	acked[2000] = queue.ID{}
	require.NoError(t, q.Close())

	rows(t, path)
	q, _, err = file.Open(path, file.Options{})
	require.NoError(t, err)
	for n := range acked {
		_, duplicate, err := q.Put(t.Context(), invocation(n))
		require.NoError(t, err)
		require.True(t, duplicate, "invocation %d was acknowledged", n)
	}
	require.NoError(t, q.Close())
}

// fillDisk writes a file until there is no room.
func fillDisk(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	require.NoError(t, err)
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.NoError(t, f.Close())
}

func TestReserveLetsAcceptedWorkEndOnAFullDisk(t *testing.T) {
	dir := smallDisk(t, "size=24m")
	path := filepath.Join(dir, "queue.db")
	q, _, err := file.Open(path, file.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, q.Close()) }()
	put(t, q, 1)
	job := claim(t, q)
	ballast := filepath.Join(dir, "ballast")
	fillDisk(t, ballast)

	require.NoError(t, q.Finish(t.Context(), job.Lease, queue.Evaluated(noise(1<<20), queue.Summary{})), "the callback is larger than all that is free")
	require.NoFileExists(t, path+".reserve")
	fillDisk(t, ballast+"2")
	_, _, err = q.Put(t.Context(), invocation(2))
	require.ErrorIs(t, err, queue.ErrDiskFull, "nothing is accepted without a reserve")
	require.NoError(t, q.Finish(t.Context(), claimDelivery(t, q).Lease, queue.Arrived(queue.Attempt{Status: 200})))

	require.NoError(t, os.Remove(ballast))
	require.Eventually(t, func() bool {
		_, _, err := q.Put(t.Context(), invocation(2))
		return err == nil
	}, 5*time.Second, 50*time.Millisecond)
	require.FileExists(t, path+".reserve")
}

func TestFreePagesOfTheFileServeAsReserve(t *testing.T) {
	dir := smallDisk(t, "size=32m")
	path := filepath.Join(dir, "queue.db")
	q, _, err := file.Open(path, file.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, q.Close()) }()
	const n = 8
	for i := range n {
		in := invocation(i)
		in.Payload = noise(1 << 20)
		_, _, err := q.Put(t.Context(), in)
		require.NoError(t, err)
	}
	fillDisk(t, filepath.Join(dir, "ballast"))
	job := claim(t, q)
	require.NoError(t, q.Finish(t.Context(), job.Lease, queue.Evaluated(noise(2<<20), queue.Summary{})))
	require.NoFileExists(t, path+".reserve")
	fillDisk(t, filepath.Join(dir, "ballast2"))
	for range n - 1 {
		require.NoError(t, q.Finish(t.Context(), claim(t, q).Lease, queue.Evaluated([]byte("small"), queue.Summary{})))
	}
	require.Eventually(t, func() bool {
		_, _, err := q.Put(t.Context(), invocation(n))
		return err == nil
	}, 5*time.Second, 50*time.Millisecond)
	require.NoFileExists(t, path+".reserve")
}

func TestTurnsThatFindNoRoomCountOnceWhenThereIsSome(t *testing.T) {
	dir := smallDisk(t, "size=32m")
	path := filepath.Join(dir, "queue.db")
	q, _, err := file.Open(path, file.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, q.Close()) }()
	answer(t, q, 1, []queue.Turn{turnOf("owners", "ann")})
	put(t, q, 2)
	job := claim(t, q)
	ballast := filepath.Join(dir, "ballast")
	fillDisk(t, ballast)
	out := queue.Evaluated(noise(10<<20), queue.Summary{}).WithTurns(
		[]queue.Turn{turnOf("owners", "ann"), turnOf("others", "zoe")}, []queue.Stuck{stuckTo("owners", "7", "ann", time.Time{})})
	require.ErrorIs(t, q.Finish(t.Context(), job.Lease, out), queue.ErrDiskFull, "it is larger than what is kept back")
	require.Equal(t, int64(1), counters(t, q, "owners")[0].Leads)
	require.Empty(t, counters(t, q, "others"))
	require.Empty(t, kept(t, q, "owners", "7"))
	require.NoError(t, os.Remove(ballast))
	require.NoError(t, q.Finish(t.Context(), job.Lease, out))
	require.Equal(t, int64(2), counters(t, q, "owners")[0].Leads)
	require.Equal(t, int64(1), counters(t, q, "others")[0].Leads)
	require.Equal(t, "ann", kept(t, q, "owners", "7"))
}
