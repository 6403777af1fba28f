package file_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine/queue"
	"tablestep/engine/queue/file"
)

// memo is what was made of a payload.
type memo struct {
	size     int
	released atomic.Int32
}

func (m *memo) Size() int { return m.size }

func (m *memo) Release() { m.released.Add(1) }

// putMemo puts a payload of n bytes with what was made of it.
func putMemo(t *testing.T, q *file.Queue, n, size, decoded int) *memo {
	t.Helper()
	m := &memo{size: decoded}
	in := invocation(n)
	in.Payload, in.Decoded = noise(size), m
	_, _, err := q.Put(t.Context(), in)
	require.NoError(t, err)
	return m
}

func TestBodiesInMemoryAreBounded(t *testing.T) {
	q := newQueue(t, file.Options{Bounds: queue.Bounds{Keep: 1000}})
	var memos []*memo
	for n := range 5 {
		memos = append(memos, putMemo(t, q, n, 200, 100))
		bytes, _ := file.Kept(q)
		require.LessOrEqual(t, bytes, 1000)
	}
	last := putMemo(t, q, 5, 50, 50) // fits to the last byte
	bytes, entries := file.Kept(q)
	require.Equal(t, 1000, bytes, "a decoded form counts too")
	require.Equal(t, 4, entries)
	for n, m := range memos {
		require.Equal(t, n >= 3, m.released.Load() == 1, "%d: what has no place is let go of", n)
	}

	jobs, err := q.Claim(t.Context(), 10, time.Minute)
	require.NoError(t, err)
	require.Len(t, jobs, 6)
	for n, j := range jobs[:5] {
		require.Equal(t, noise(200), j.Payload, "what was not kept is read")
		require.Equal(t, n < 3, j.Decoded != nil)
		require.NoError(t, q.Finish(t.Context(), j.Lease, queue.Evaluated(noise(300), queue.Summary{})))
	}
	require.Same(t, last, jobs[5].Decoded)
	bytes, entries = file.Kept(q)
	require.Equal(t, []int{900, 3}, []int{bytes, entries}, "answers are kept in place of requests")
	ds, err := q.ClaimDelivery(t.Context(), 10, time.Minute)
	require.NoError(t, err)
	require.Len(t, ds, 5)
	for _, d := range ds {
		require.Equal(t, noise(300), d.Callback)
		require.NoError(t, q.Finish(t.Context(), d.Lease, queue.Released()))
	}
	bytes, entries = file.Kept(q)
	require.Zero(t, bytes+entries, "each is kept until its first claim")
	ds, err = q.ClaimDelivery(t.Context(), 10, time.Minute)
	require.NoError(t, err)
	for _, d := range ds {
		require.Equal(t, noise(300), d.Callback)
	}
	putMemo(t, q, 100, 900, 100)
	_, entries = file.Kept(q)
	require.Equal(t, 1, entries, "all of the room is there again")
	for _, m := range memos[:3] {
		require.Zero(t, m.released.Load(), "what goes to its job is the job's")
	}
}

func TestNothingIsKeptWhereNothingMayBe(t *testing.T) {
	q := newQueue(t, file.Options{Bounds: queue.Bounds{Keep: -1}})
	m := putMemo(t, q, 1, 0, 0)
	require.Equal(t, int32(1), m.released.Load())
	require.NoError(t, q.Finish(t.Context(), claim(t, q).Lease, queue.Evaluated(nil, queue.Summary{})))
	_, entries := file.Kept(q)
	require.Zero(t, entries)
	require.Empty(t, claimDelivery(t, q).Callback)
}

// A caller may use the memory of a callback again once Finish has returned.
func TestAKeptCallbackIsACopy(t *testing.T) {
	q := newQueue(t, file.Options{})
	put(t, q, 1)
	buffer := []byte("answer")
	require.NoError(t, q.Finish(t.Context(), claim(t, q).Lease, queue.Evaluated(buffer, queue.Summary{})))
	copy(buffer, "XXXXXX")
	_, entries := file.Kept(q)
	require.Equal(t, 1, entries)
	require.Equal(t, "answer", string(claimDelivery(t, q).Callback))
}

func TestADuplicateAndARefusedOneAreLetGoOf(t *testing.T) {
	q := newQueue(t, file.Options{Bounds: queue.Bounds{Limit: 1}})
	first := putMemo(t, q, 1, 10, 10)
	for _, n := range []int{1, 2} {
		m := new(memo)
		in := invocation(n)
		in.Decoded = m
		_, _, err := q.Put(t.Context(), in)
		require.Equal(t, n == 2, err != nil)
		require.Equal(t, int32(1), m.released.Load())
	}
	require.Zero(t, first.released.Load())
}
