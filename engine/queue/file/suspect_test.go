package file_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine/queue"
	"tablestep/engine/queue/file"
)

// claimAll claims as often as there is something, without ending anything.
func claimAll(t *testing.T, q *file.Queue) (jobs []queue.Job) {
	t.Helper()
	for {
		more, err := q.Claim(t.Context(), 100, time.Minute)
		require.NoError(t, err)
		if len(more) == 0 {
			return jobs
		}
		jobs = append(jobs, more...)
	}
}

// One of 21 ends the process as soon as it is evaluated, however soon that is and
// whatever runs beside it the first time.
func TestOneThatEndsTheProcessIsFoundOutAndTheOthersAreNotBlamed(t *testing.T) {
	for _, poison := range []int{0, 7, 20} {
		t.Run(fmt.Sprint("poison=", poison), func(t *testing.T) {
			c := newClock()
			o := file.Options{Bounds: queue.Bounds{Running: 8}, Now: c.Now}
			q := newQueue(t, o)
			for n := range 21 {
				put(t, q, n)
			}
			name := invocation(poison).Token
			require.Len(t, claimAll(t, q), 8) // none of them gets to its end before the first crash
			crashes, opened := 0, 0
			live := func() (died bool) {
				for {
					jobs := claimAll(t, q)
					if len(jobs) == 0 {
						return false
					}
					for _, j := range jobs {
						require.Zero(t, j.Failures)
						if j.Token == name {
							crashes = j.Crashes
							died = died || j.Crashes < 10
							continue
						}
						require.Zero(t, j.Crashes, "blamed for the crash of another")
						if !died {
							require.NoError(t, q.Finish(t.Context(), j.Lease, queue.Evaluated([]byte("x"), queue.Summary{})))
						}
					}
					if died {
						return true
					}
					if crashes == 10 {
						require.Len(t, jobs, 1, "it runs alone")
						require.Contains(t, jobs[0].Reason, "the process ended")
						require.NoError(t, q.Finish(t.Context(), jobs[0].Lease, queue.Evaluated([]byte("failed"), queue.Summary{})))
						return false
					}
				}
			}
			for crashes < 10 {
				q, _ = open(t, crash(t, q), o)
				opened++
				require.LessOrEqual(t, opened, 12, "a crash that nobody is blamed for")
				for !live() && crashes < 10 {
					require.Equal(t, 20, stats(t, q).Retryable, "the others are through before it runs again")
					c.Add(queue.CrashPause)
				}
			}
			require.Equal(t, 21, stats(t, q).Retryable)
		})
	}
}

func TestAfterACrashWhatMayHaveRunRunsAloneAndFirst(t *testing.T) {
	q := newQueue(t, file.Options{Bounds: queue.Bounds{Running: 3}})
	for n := range 10 {
		put(t, q, n)
	}
	require.Len(t, claimAll(t, q), 3)
	q, found := open(t, crash(t, q), file.Options{Bounds: queue.Bounds{Running: 5}})
	require.Equal(t, 3, found.Suspects, "as many as could run before, however many may now")
	newest := put(t, q, 10)
	for n := range 3 {
		jobs := claimAll(t, q)
		require.Len(t, jobs, 1, "one at a time, and nothing beside it")
		require.Equal(t, invocation(n).Token, jobs[0].Token)
		require.NoError(t, q.Finish(t.Context(), jobs[0].Lease, queue.Evaluated([]byte("x"), queue.Summary{})))
	}
	jobs := claimAll(t, q)
	require.Len(t, jobs, 5, "then the others, as many as may run")
	require.Equal(t, invocation(3).Token, jobs[0].Token)
	require.Equal(t, queue.Available, get(t, q, newest).State)
}

// A suspect that is put off stands in the order again, before those that are claimed
// meanwhile: their place would not tell after the next crash that they were running.
func TestNothingThatRanIsMissedWhereASuspectWasPutOff(t *testing.T) {
	c := newClock()
	o := file.Options{Bounds: queue.Bounds{Running: 2}, Now: c.Now}
	q := newQueue(t, o)
	for n := range 4 {
		put(t, q, n)
	}
	claim(t, q)
	require.Len(t, claimAll(t, q), 1)
	q, found := open(t, crash(t, q), o)
	require.Equal(t, 2, found.Suspects)
	for range 2 {
		jobs := claimAll(t, q)
		require.Len(t, jobs, 1)
		require.NoError(t, q.Finish(t.Context(), jobs[0].Lease, queue.Postponed(c.Now().Add(time.Hour))))
	}
	require.Len(t, claimAll(t, q), 2)
	q, found = open(t, crash(t, q), o)
	require.GreaterOrEqual(t, found.Suspects, 2)
	for range 4 {
		jobs := claimAll(t, q)
		require.Len(t, jobs, 1, "each of them may be the one on which the process died")
		require.NoError(t, q.Finish(t.Context(), jobs[0].Lease, queue.Evaluated([]byte("x"), queue.Summary{})))
	}
}

func TestDeliveriesGoOnWhileSuspectsRunAlone(t *testing.T) {
	q := newQueue(t, file.Options{})
	require.NoError(t, q.Finish(t.Context(), evaluated(t, q, 0).Lease, queue.Released()))
	put(t, q, 1)
	claim(t, q)
	q, _ = open(t, crash(t, q), file.Options{})
	claim(t, q)
	require.NoError(t, q.Finish(t.Context(), claimDelivery(t, q).Lease, queue.Arrived(queue.Attempt{Status: 200})))
}

func TestACrashBeforeAnythingRanBlamesNobodyAndSuspectsNoMore(t *testing.T) {
	q := newQueue(t, file.Options{Bounds: queue.Bounds{Running: 2}})
	for n := range 10 {
		put(t, q, n)
	}
	q, found := open(t, crash(t, q), file.Options{Bounds: queue.Bounds{Running: 2}})
	require.Zero(t, found.Suspects, "nothing was ever claimed")
	require.Len(t, claimAll(t, q), 2)
	for range 5 { // it dies again before the suspects have run
		q, found = open(t, crash(t, q), file.Options{Bounds: queue.Bounds{Running: 2}})
		require.Equal(t, 2, found.Suspects)
	}
	require.Zero(t, claim(t, q).Crashes)
}

func TestRecoveryDoesNotTakeLongerForALongQueue(t *testing.T) {
	q := newQueue(t, file.Options{Bounds: queue.Bounds{Running: 4}})
	for n := range 300 {
		put(t, q, n)
	}
	require.Len(t, claimAll(t, q), 4)
	_, found := open(t, crash(t, q), file.Options{Bounds: queue.Bounds{Running: 4}})
	require.Equal(t, 4, found.Suspects)
	require.Equal(t, 300, found.Available)
}

func TestWhatIsClaimedAgainIsFoundAfterACrashToo(t *testing.T) {
	c := newClock()
	q := newQueue(t, file.Options{Bounds: queue.Bounds{Running: 2}, Now: c.Now})
	for n := range 10 {
		put(t, q, n)
	}
	fail := func() queue.Job {
		j := claim(t, q)
		require.NoError(t, q.Finish(t.Context(), j.Lease, queue.EvaluationFailed("no", c.Now().Add(time.Hour))))
		return j
	}
	failed := fail()
	fail()
	c.Add(time.Hour)
	again := claim(t, q)
	require.Equal(t, failed.ID, again.ID, "oldest first")
	q, found := open(t, crash(t, q), file.Options{Bounds: queue.Bounds{Running: 2}, Now: c.Now})
	require.Equal(t, 3, found.Suspects, "it, and the first two of those that were never claimed")
	for range 3 {
		jobs := claimAll(t, q)
		require.Len(t, jobs, 1)
		require.NoError(t, q.Finish(t.Context(), jobs[0].Lease, queue.Evaluated([]byte("x"), queue.Summary{})))
	}
	require.Equal(t, queue.Retryable, get(t, q, again.ID).State)
}

func TestAnEvaluationCutOffByAStopIsNotBlamed(t *testing.T) {
	for _, c := range []struct {
		name string
		stop func(q *file.Queue) (path string)
	}{
		{"closed", func(q *file.Queue) string { return "" }},
		{"killed while it was stopping", func(q *file.Queue) string {
			require.NoError(t, q.Stopping(t.Context()))
			return crash(t, q)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "queue.db")
			q, _, err := file.Open(path, file.Options{})
			require.NoError(t, err)
			put(t, q, 1)
			for range 12 {
				claim(t, q)
				next := c.stop(q)
				require.NoError(t, q.Close())
				if next != "" {
					path = next
				}
				q, _, err = file.Open(path, file.Options{})
				require.NoError(t, err)
			}
			job := claim(t, q)
			require.Zero(t, job.Crashes+job.Failures)
			require.NoError(t, q.Close())
		})
	}
}

func TestACrashOfAnotherKindAfterAStopCounts(t *testing.T) {
	c := newClock()
	q := newQueue(t, file.Options{Now: c.Now})
	put(t, q, 1)
	claim(t, q)
	q, _ = open(t, crash(t, q), file.Options{Now: c.Now})
	require.NoError(t, q.Stopping(t.Context()))
	claim(t, q)
	q, found := open(t, crash(t, q), file.Options{Now: c.Now})
	require.True(t, found.Stopping)
	require.Zero(t, claim(t, q).Crashes)
	q, found = open(t, crash(t, q), file.Options{Now: c.Now})
	require.False(t, found.Stopping, "the note holds for one stop")
	c.Add(queue.CrashPause)
	require.Equal(t, 1, claim(t, q).Crashes)
}

func TestALeaseThatRunsOutCountsAsAFailure(t *testing.T) {
	c := newClock()
	path := filepath.Join(t.TempDir(), "queue.db")
	q, _, err := file.Open(path, file.Options{Now: c.Now})
	require.NoError(t, err)
	id := put(t, q, 1)
	for n := range 3 {
		job := claim(t, q)
		require.Equal(t, n, job.Failures)
		c.Add(2 * time.Minute)
		require.Equal(t, n+1, get(t, q, id).Failures, "at once")
	}
	require.NoError(t, q.Close())
	q, _ = open(t, path, file.Options{Now: c.Now})
	job := claim(t, q)
	require.Equal(t, 3, job.Failures, "also over a restart")
	require.Contains(t, job.Reason, "did not end in time")
}

func TestLargeBodiesAreBoundedTogetherAndHoldUpNobody(t *testing.T) {
	q := newQueue(t, file.Options{Bounds: queue.Bounds{RunningBytes: 5 << 20, DeliveringBytes: 5 << 20, Running: 20}})
	for n := range 12 {
		in := invocation(n)
		if n < 6 {
			in.Payload = noise(2 << 20)
		}
		_, _, err := q.Put(t.Context(), in)
		require.NoError(t, err)
	}
	sizes := func(jobs []queue.Job) (large, small int) {
		for _, j := range jobs {
			if len(j.Payload) > queue.LargeBody {
				large++
			} else {
				small++
			}
		}
		return large, small
	}
	jobs := claimAll(t, q)
	large, small := sizes(jobs)
	require.Equal(t, 2, large, "two fit")
	require.Equal(t, 6, small, "the small ones behind them are not held up")
	require.Equal(t, invocation(0).Token, jobs[0].Token)

	// After a crash both lines are searched for what may have run.
	again, found := open(t, crash(t, q), file.Options{Bounds: queue.Bounds{Running: 20}})
	require.Equal(t, 12, found.Suspects)
	for range 12 {
		jobs := claimAll(t, again)
		require.Len(t, jobs, 1)
		require.NoError(t, again.Finish(t.Context(), jobs[0].Lease, queue.Evaluated(jobs[0].Payload, queue.Summary{})))
	}

	for _, j := range jobs {
		require.NoError(t, q.Finish(t.Context(), j.Lease, queue.Evaluated(j.Payload, queue.Summary{})))
	}
	large, small = sizes(claimAll(t, q))
	require.Equal(t, 2, large, "the next ones")
	require.Zero(t, small)
	ds, err := q.ClaimDelivery(t.Context(), 100, time.Minute)
	require.NoError(t, err)
	require.Len(t, ds, 8)
	for _, d := range ds {
		require.NoError(t, q.Finish(t.Context(), d.Lease, queue.Arrived(queue.Attempt{Status: 200})))
	}
}

func TestLargeCallbacksAreBoundedTogetherAndHoldUpNobody(t *testing.T) {
	q := newQueue(t, file.Options{Bounds: queue.Bounds{DeliveringBytes: 5 << 20}})
	body := noise(2 << 20)
	for n := range 8 {
		put(t, q, n)
		callback := []byte("small")
		if n < 5 {
			callback = body
		}
		require.NoError(t, q.Finish(t.Context(), claim(t, q).Lease, queue.Evaluated(callback, queue.Summary{})))
	}
	delivered := 0
	for _, want := range []int{5, 2, 1} { // two large ones and all small ones, two, one
		ds, err := q.ClaimDelivery(t.Context(), 100, time.Minute)
		require.NoError(t, err)
		require.Len(t, ds, want)
		more, err := q.ClaimDelivery(t.Context(), 100, time.Minute)
		require.NoError(t, err)
		require.Empty(t, more)
		for _, d := range ds {
			require.NoError(t, q.Finish(t.Context(), d.Lease, queue.Arrived(queue.Attempt{Status: 200})))
			delivered++
		}
	}
	require.Equal(t, 8, delivered)
}

func TestOneLargerThanTheBoundRunsByItself(t *testing.T) {
	q := newQueue(t, file.Options{Bounds: queue.Bounds{RunningBytes: 1}})
	for n := range 2 {
		in := invocation(n)
		in.Payload = noise(2 << 20)
		_, _, err := q.Put(t.Context(), in)
		require.NoError(t, err)
	}
	jobs := claimAll(t, q)
	require.Len(t, jobs, 1)
	require.NoError(t, q.Finish(t.Context(), jobs[0].Lease, queue.Evaluated(nil, queue.Summary{})))
	require.Len(t, claimAll(t, q), 1)
}

func TestTheReasonOfAFailedBatchStaysWhenItHasBeenTold(t *testing.T) {
	q := newQueue(t, file.Options{})
	id := put(t, q, 1)
	require.NoError(t, q.Finish(t.Context(), claim(t, q).Lease, queue.Evaluated([]byte("x"), queue.Summary{Failed: 1, Reason: "too large"})))
	require.NoError(t, q.Finish(t.Context(), claimDelivery(t, q).Lease, queue.Arrived(queue.Attempt{Status: 200})))
	require.Equal(t, "too large", get(t, q, id).Reason)
}

// Waiting requests may fill three quarters, answers all but a sixteenth; what gives
// room back finds some in any case.
func TestAnswersLeaveRoomForTheirDelivery(t *testing.T) {
	q := newQueue(t, file.Options{MaxBytes: file.MinMaxBytes})
	body := noise(4 << 20)
	for n := range 60 {
		put(t, q, n)
	}
	n := 0
	for ; ; n++ {
		if err := q.Finish(t.Context(), claim(t, q).Lease, queue.Evaluated(body, queue.Summary{})); err != nil {
			require.ErrorIs(t, err, queue.ErrDiskFull)
			break
		}
	}
	require.Greater(t, n, 20)
	require.LessOrEqual(t, file.DiskOf(q).Used, int64(file.MinMaxBytes-file.MinMaxBytes/16))
	for range n {
		require.NoError(t, q.Finish(t.Context(), claimDelivery(t, q).Lease, queue.Arrived(queue.Attempt{Status: 200})))
	}
	require.LessOrEqual(t, file.DiskOf(q).Bytes, int64(file.MinMaxBytes))
}
