package queuetest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine/queue"
)

// isError is errors.Is for comparisons.
func isError(err, target error) bool { return errors.Is(err, target) }

// runBounds holds each of the bounds to the last invocation or byte.
func runBounds(t *testing.T, factory Factory) {
	open := func(t *testing.T, b queue.Bounds) queue.Store {
		s, err := factory(t).Open(time.Now, b)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		return s
	}
	t.Run("limit", func(t *testing.T) {
		s := open(t, queue.Bounds{Limit: 3})
		first := putOne(t, s, 1)
		putOne(t, s, 2)
		putOne(t, s, 3)
		_, _, err := s.Put(t.Context(), invocation(4))
		require.ErrorIs(t, err, queue.ErrFull)
		id, duplicate, err := s.Put(t.Context(), invocation(1))
		require.NoError(t, err)
		require.True(t, duplicate, "a known token is answered")
		require.Equal(t, first, id)
		require.NoError(t, s.Finish(t.Context(), claimOne(t, s).Lease, queue.Abandoned("no")))
		putOne(t, s, 4)
		require.ErrorIs(t, s.Replay(t.Context(), first), queue.ErrFull, "a replay counts too")
	})
	t.Run("running", func(t *testing.T) {
		s := open(t, queue.Bounds{Running: 2})
		for n := range 4 {
			putOne(t, s, n)
		}
		jobs, err := s.Claim(t.Context(), 10, time.Minute)
		require.NoError(t, err)
		require.Len(t, jobs, 2)
		more, err := s.Claim(t.Context(), 10, time.Minute)
		require.NoError(t, err)
		require.Empty(t, more)
		require.NoError(t, s.Finish(t.Context(), jobs[0].Lease, queue.Abandoned("no")))
		more, err = s.Claim(t.Context(), 10, time.Minute)
		require.NoError(t, err)
		require.Len(t, more, 1)
	})
	t.Run("bytes that run", func(t *testing.T) {
		size := func(n int) int { return []int{2 << 20, 2<<20 + 1, 3, 2 << 20, queue.LargeBody, 2<<20 - 1}[n] }
		s := open(t, queue.Bounds{RunningBytes: 4 << 20})
		putSizes(t, s, 6, size)
		// The second large one does not fit by a byte; small ones pass it, the other
		// large ones do not.
		got := claimSizes(t, s)
		require.Equal(t, []int{0, 2, 4}, numbers(got))
		require.Empty(t, claimSizes(t, s))
		finishNumber(t, s, got, 0)
		got = claimSizes(t, s)
		require.Equal(t, []int{1}, numbers(got), "with it the next one would be a byte too much")
		finishNumber(t, s, got, 1)
		require.Equal(t, []int{3, 5}, numbers(claimSizes(t, s)))
	})
	t.Run("bytes that fit to the last one", func(t *testing.T) {
		s := open(t, queue.Bounds{RunningBytes: 4 << 20})
		putSizes(t, s, 3, func(int) int { return 2 << 20 })
		require.Equal(t, []int{0, 1}, numbers(claimSizes(t, s)))
	})
	t.Run("one larger than all", func(t *testing.T) {
		s := open(t, queue.Bounds{RunningBytes: 1, DeliveringBytes: 1})
		putSizes(t, s, 2, func(int) int { return 2 << 20 })
		first := claimSizes(t, s)
		require.Equal(t, []int{0}, numbers(first))
		body := make([]byte, 2<<20)
		require.NoError(t, s.Finish(t.Context(), first[0].Lease, queue.Evaluated(body, queue.Summary{})))
		second := claimSizes(t, s)
		require.Equal(t, []int{1}, numbers(second))
		require.NoError(t, s.Finish(t.Context(), second[0].Lease, queue.Evaluated(body, queue.Summary{})))
		d := deliverOne(t, s)
		ds, err := s.ClaimDelivery(t.Context(), 5, time.Minute)
		require.NoError(t, err)
		require.Empty(t, ds)
		require.NoError(t, s.Finish(t.Context(), d.Lease, queue.Arrived(queue.Attempt{})))
		deliverOne(t, s)
	})
	t.Run("bytes that are delivered", func(t *testing.T) {
		s := open(t, queue.Bounds{DeliveringBytes: 4 << 20})
		for n, size := range []int{2 << 20, 2<<20 + 1, 3, queue.LargeBody, 2<<20 - 1} {
			putOne(t, s, n)
			require.NoError(t, s.Finish(t.Context(), claimOne(t, s).Lease, queue.Evaluated(make([]byte, size), queue.Summary{})))
		}
		lengths := func() (out []int) {
			ds, err := s.ClaimDelivery(t.Context(), 10, time.Minute)
			require.NoError(t, err)
			for _, d := range ds {
				out = append(out, len(d.Callback))
				defer func() { require.NoError(t, s.Finish(t.Context(), d.Lease, queue.Arrived(queue.Attempt{}))) }()
			}
			slices.Sort(out)
			return out
		}
		require.Equal(t, []int{3, queue.LargeBody, 2 << 20}, lengths())
		require.Equal(t, []int{2<<20 - 1, 2<<20 + 1}, lengths(), "together they fit to the last byte")
	})
	t.Run("a claim", func(t *testing.T) {
		s := open(t, queue.Bounds{Running: 2 * queue.MaxClaim})
		const n = queue.MaxClaim + 1
		for i := range n {
			putOne(t, s, i)
		}
		jobs, err := s.Claim(t.Context(), 2*n, time.Minute)
		require.NoError(t, err)
		require.Len(t, jobs, queue.MaxClaim)
		list, err := s.List(t.Context(), queue.Filter{Limit: queue.MaxList})
		require.NoError(t, err)
		require.Len(t, list, queue.MaxList)
		_, err = s.List(t.Context(), queue.Filter{Limit: queue.MaxList + 1})
		require.ErrorIs(t, err, queue.ErrInvalid)
		list, err = s.List(t.Context(), queue.Filter{})
		require.NoError(t, err)
		require.Len(t, list, 100)
	})
	t.Run("what is kept of attempts", func(t *testing.T) {
		s := open(t, queue.Bounds{})
		id := putOne(t, s, 1)
		require.NoError(t, s.Finish(t.Context(), claimOne(t, s).Lease, queue.Evaluated([]byte("x"), queue.Summary{})))
		for n := range queue.MaxRecent + 3 {
			d := deliverOne(t, s)
			require.Equal(t, n, d.Attempts)
			require.NoError(t, s.Finish(t.Context(), d.Lease, queue.TryAgain(queue.Attempt{Status: n}, time.Now())))
		}
		i, err := s.Get(t.Context(), id)
		require.NoError(t, err)
		require.Len(t, i.Recent, queue.MaxRecent)
		require.Equal(t, 3, i.Recent[0].Status, "the last ones")
		require.Equal(t, queue.MaxRecent+3, i.Attempts)
	})
}

func putSizes(t *testing.T, s queue.Store, n int, size func(n int) int) {
	for i := range n {
		in := invocation(i)
		in.Payload = make([]byte, size(i))
		_, _, err := s.Put(t.Context(), in)
		require.NoError(t, err)
	}
}

// claimSizes claims all that may be.
func claimSizes(t *testing.T, s queue.Store) (out []queue.Job) {
	for {
		jobs, err := s.Claim(t.Context(), 10, time.Minute)
		require.NoError(t, err)
		if len(jobs) == 0 {
			return out
		}
		out = append(out, jobs...)
	}
}

func numbers(jobs []queue.Job) (out []int) {
	for _, j := range jobs {
		out = append(out, int(j.CampaignID))
	}
	return out
}

func finishNumber(t *testing.T, s queue.Store, jobs []queue.Job, n int) {
	for _, j := range jobs {
		if int(j.CampaignID) == n {
			require.NoError(t, s.Finish(t.Context(), j.Lease, queue.Evaluated([]byte("x"), queue.Summary{})))
		}
	}
}

// runRefusals makes calls that are refused, and looks whether they have changed something.
func runRefusals(t *testing.T, factory Factory) {
	s, err := factory(t).Open(time.Now, queue.Bounds{})
	require.NoError(t, err)
	id := putOne(t, s, 1)
	job := claimOne(t, s)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	kept := new(memo)
	in := invocation(2)
	in.Decoded = kept
	unchanged := func(t *testing.T) {
		t.Helper()
		stats, err := s.Stats(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, stats.Running)
		require.Equal(t, 1, stats.Unfinished)
	}
	evaluated := queue.Evaluated([]byte("x"), queue.Summary{})
	now := time.Now()
	for what, call := range map[string]func(ctx context.Context) error{
		"Put":           func(ctx context.Context) error { _, _, err := s.Put(ctx, in); return err },
		"Claim":         func(ctx context.Context) error { _, err := s.Claim(ctx, 1, time.Minute); return err },
		"ClaimDelivery": func(ctx context.Context) error { _, err := s.ClaimDelivery(ctx, 1, time.Minute); return err },
		"Extend":        func(ctx context.Context) error { return s.Extend(ctx, job.Lease, time.Minute) },
		"Finish":        func(ctx context.Context) error { return s.Finish(ctx, job.Lease, evaluated) },
		"released":      func(ctx context.Context) error { return s.Finish(ctx, job.Lease, queue.Released()) },
		"Get":           func(ctx context.Context) error { _, err := s.Get(ctx, id); return err },
		"List":          func(ctx context.Context) error { _, err := s.List(ctx, queue.Filter{}); return err },
		"ReplayBetween": func(ctx context.Context) error { _, err := s.ReplayBetween(ctx, now, now, queue.Dead); return err },
		"Purge":         func(ctx context.Context) error { _, err := s.Purge(ctx, now); return err },
		"Stats":         func(ctx context.Context) error { _, err := s.Stats(ctx); return err },
	} {
		t.Run(what+" after the end of its context", func(t *testing.T) {
			require.ErrorIs(t, call(ended), context.Canceled)
			unchanged(t)
		})
	}
	require.Equal(t, int64(1), kept.released.Load(), "of what was not put nothing is kept")
	for what, call := range map[string]func() error{
		"an outcome that nobody made": func() error { return s.Finish(t.Context(), job.Lease, queue.Outcome{}) },
		"a callback out of bounds": func() error {
			return s.Finish(t.Context(), job.Lease, queue.Evaluated(make([]byte, queue.MaxBody+1), queue.Summary{}))
		},
		"a claim of nothing":          func() error { _, err := s.Claim(t.Context(), 0, time.Minute); return err },
		"a claim for no time":         func() error { _, err := s.Claim(t.Context(), 1, 0); return err },
		"a delivery of nothing":       func() error { _, err := s.ClaimDelivery(t.Context(), 0, time.Minute); return err },
		"an extension by nothing":     func() error { return s.Extend(t.Context(), job.Lease, 0) },
		"a list of no state":          func() error { _, err := s.List(t.Context(), queue.Filter{State: 99}); return err },
		"a replay of delivered ones":  func() error { _, err := s.ReplayBetween(t.Context(), now, now, queue.Delivered); return err },
		"an invocation out of bounds": func() error { _, _, err := s.Put(t.Context(), queue.Invocation{Leads: -1}); return err },
	} {
		t.Run(what, func(t *testing.T) {
			require.ErrorIs(t, call(), queue.ErrInvalid)
			unchanged(t)
		})
	}
	require.NoError(t, s.Finish(t.Context(), job.Lease, evaluated), "the lease is as good as before")
	putOne(t, s, 4)
	job = claimOne(t, s)
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	_, _, err = s.Put(t.Context(), invocation(3))
	require.ErrorIs(t, err, queue.ErrClosed)
	_, err = s.Get(t.Context(), id)
	require.ErrorIs(t, err, queue.ErrClosed)
	require.ErrorIs(t, s.Finish(t.Context(), job.Lease, evaluated), queue.ErrClosed)
	require.NoError(t, s.Err())
}
