package file_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tablestep/engine/queue"
	"tablestep/engine/queue/file"
)

func TestMain(m *testing.M) {
	if childMain() {
		return
	}
	goleak.VerifyTestMain(m)
}

// clock is a settable clock for Options.Now.
type clock struct {
	mu  sync.Mutex // guards now
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func open(t testing.TB, path string, o file.Options) (*file.Queue, file.Recovered) {
	t.Helper()
	q, found, err := file.Open(path, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, q.Close()) })
	return q, found
}

func newQueue(t testing.TB, o file.Options) *file.Queue {
	t.Helper()
	q, _ := open(t, filepath.Join(t.TempDir(), "queue.db"), o)
	return q
}

// invocation makes one whose parts can be told from those of any other n.
func invocation(n int) queue.Invocation {
	token := fmt.Sprintf("token-%d", n)
	return queue.Invocation{
		TokenHash: sha256.Sum256([]byte(token)), HasToken: true,
		CallbackURL: fmt.Sprintf("https://host%d.example.com/callback", n%3), APIKey: fmt.Sprintf("key-%d", n),
		Token: token, MunchkinID: "123-ABC-456", BatchID: fmt.Sprintf("batch-%d", n), CampaignID: int64(n), Leads: 1,
		Payload: fmt.Appendf(nil, `{"objectData":[{"objectContext":{"id":%d,"email":"lead%d@example.com"}}]}`, n, n),
	}
}

func put(t testing.TB, q *file.Queue, n int) queue.ID {
	t.Helper()
	id, duplicate, err := q.Put(t.Context(), invocation(n))
	require.NoError(t, err)
	require.False(t, duplicate)
	return id
}

func claim(t testing.TB, q *file.Queue) queue.Job {
	t.Helper()
	jobs, err := q.Claim(t.Context(), 1, time.Minute)
	require.NoError(t, err)
	require.Len(t, jobs, 1)
	return jobs[0]
}

func claimDelivery(t testing.TB, q *file.Queue) queue.Delivery {
	t.Helper()
	ds, err := q.ClaimDelivery(t.Context(), 1, time.Minute)
	require.NoError(t, err)
	require.Len(t, ds, 1)
	return ds[0]
}

// evaluated puts an invocation and brings it to its first attempt.
func evaluated(t testing.TB, q *file.Queue, n int) queue.Delivery {
	t.Helper()
	put(t, q, n)
	job := claim(t, q)
	require.NoError(t, q.Finish(t.Context(), job.Lease, queue.Evaluated(fmt.Appendf(nil, `{"callback":%d}`, n), queue.Summary{Succeeded: 1})))
	return claimDelivery(t, q)
}

func stats(t testing.TB, q *file.Queue) queue.Stats {
	t.Helper()
	s, err := q.Stats(t.Context())
	require.NoError(t, err)
	return s
}

func get(t testing.TB, q *file.Queue, id queue.ID) queue.Info {
	t.Helper()
	info, err := q.Get(t.Context(), id)
	require.NoError(t, err)
	return info
}

func TestWayOfAnInvocation(t *testing.T) {
	q := newQueue(t, file.Options{})
	in := invocation(7)
	id, duplicate, err := q.Put(t.Context(), in)
	require.NoError(t, err)
	require.False(t, duplicate)
	info := get(t, q, id)
	require.Equal(t, queue.Available, info.State)
	require.True(t, info.HasPayload)
	require.Equal(t, "host1.example.com", info.CallbackHost)

	job := claim(t, q)
	require.Equal(t, id, job.ID)
	require.Equal(t, in.Payload, job.Payload)
	require.Equal(t, []string{in.CallbackURL, in.APIKey, in.Token, in.MunchkinID}, []string{job.CallbackURL, job.APIKey, job.Token, job.MunchkinID})
	require.Equal(t, in.BatchID, job.BatchID)
	require.Equal(t, in.CampaignID, job.CampaignID)
	require.Equal(t, queue.Running, get(t, q, id).State)

	summary := queue.Summary{
		Succeeded: 3, Failed: 2, Codes: map[string]int{"LOOKUP_VALUE_NOT_FOUND": 2},
		TableVersions: map[string]int{"country-codes": 4}, RuleSetVersions: map[string]int{"routing": 1},
	}
	require.NoError(t, q.Finish(t.Context(), job.Lease, queue.Evaluated([]byte("answer"), summary)))
	info = get(t, q, id)
	require.Equal(t, queue.Retryable, info.State)
	require.Equal(t, summary, info.Summary)
	require.False(t, info.HasPayload)
	require.True(t, info.HasCallback)
	_, err = file.Body(q, queue.PayloadBody, id)
	require.ErrorIs(t, err, queue.ErrGone)

	d := claimDelivery(t, q)
	require.Equal(t, []byte("answer"), d.Callback)
	require.Equal(t, []string{in.CallbackURL, in.APIKey, in.Token, in.MunchkinID}, []string{d.CallbackURL, d.APIKey, d.Token, d.MunchkinID})
	require.Zero(t, d.Attempts)
	require.False(t, d.Ambiguous)
	at := time.Now().Truncate(time.Millisecond)
	require.NoError(t, q.Finish(t.Context(), d.Lease, queue.Arrived(queue.Attempt{Started: at, Duration: time.Second, Status: 200})))
	info = get(t, q, id)
	require.Equal(t, queue.Delivered, info.State)
	require.False(t, info.HasCallback)
	require.Equal(t, []queue.Attempt{{Started: at, Duration: time.Second, Status: 200}}, info.Recent)
	require.ErrorIs(t, q.Replay(t.Context(), id), queue.ErrGone)

	stats := stats(t, q)
	require.Equal(t, 1, stats.Delivered)
	require.Zero(t, stats.Unfinished)
}

func TestDuplicateTokenIsOneJobEvenAfterDelivery(t *testing.T) {
	q := newQueue(t, file.Options{})
	first := put(t, q, 1)
	id, duplicate, err := q.Put(t.Context(), invocation(1))
	require.NoError(t, err)
	require.True(t, duplicate)
	require.Equal(t, first, id)

	job := claim(t, q)
	require.NoError(t, q.Finish(t.Context(), job.Lease, queue.Evaluated(nil, queue.Summary{})))
	require.NoError(t, q.Finish(t.Context(), claimDelivery(t, q).Lease, queue.Arrived(queue.Attempt{})))
	id, duplicate, err = q.Put(t.Context(), invocation(1))
	require.NoError(t, err)
	require.True(t, duplicate)
	require.Equal(t, first, id)
	jobs, err := q.Claim(t.Context(), 10, time.Minute)
	require.NoError(t, err)
	require.Empty(t, jobs)
}

func TestConcurrentPutsOfOneTokenGiveOneJob(t *testing.T) {
	q := newQueue(t, file.Options{})
	var wg sync.WaitGroup
	var mu sync.Mutex
	ids, fresh := map[queue.ID]bool{}, 0
	for range 32 {
		wg.Go(func() {
			id, duplicate, err := q.Put(context.Background(), invocation(1))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				ids[id] = true
			}
			if !duplicate {
				fresh++
			}
		})
	}
	wg.Wait()
	require.Len(t, ids, 1)
	require.Equal(t, 1, fresh)
	require.Equal(t, 1, stats(t, q).Available)
}

func TestOneTokenTwiceInOneCommitGivesOneJob(t *testing.T) {
	q := newQueue(t, file.Options{})
	const rounds = 100
	var wg sync.WaitGroup
	for round := range rounds {
		for range 4 { // While others are being synced these gather.
			wg.Go(func() { _, _, _ = q.Put(context.Background(), invocation(round)) })
		}
	}
	wg.Wait()
	stats := stats(t, q)
	require.Less(t, file.DiskOf(q).Commits, uint64(rounds), "some share a commit")
	require.Equal(t, rounds, stats.Available)
}

func TestWithoutTokenThereIsNoDeduplication(t *testing.T) {
	q := newQueue(t, file.Options{})
	in := invocation(1)
	in.HasToken = false
	for range 2 {
		_, duplicate, err := q.Put(t.Context(), in)
		require.NoError(t, err)
		require.False(t, duplicate)
	}
	require.Equal(t, 2, stats(t, q).Available)
}

func TestFullQueueRefusesNewButKnowsOldTokens(t *testing.T) {
	q := newQueue(t, file.Options{Bounds: queue.Bounds{Limit: 2}})
	first := put(t, q, 1)
	put(t, q, 2)
	_, _, err := q.Put(t.Context(), invocation(3))
	require.ErrorIs(t, err, queue.ErrFull)
	id, duplicate, err := q.Put(t.Context(), invocation(1))
	require.NoError(t, err)
	require.True(t, duplicate)
	require.Equal(t, first, id)

	d := func() queue.Delivery {
		job := claim(t, q)
		require.NoError(t, q.Finish(t.Context(), job.Lease, queue.Evaluated([]byte("x"), queue.Summary{})))
		return claimDelivery(t, q)
	}()
	_, _, err = q.Put(t.Context(), invocation(3))
	require.ErrorIs(t, err, queue.ErrFull, "what waits for its delivery counts too")
	require.NoError(t, q.Finish(t.Context(), d.Lease, queue.Arrived(queue.Attempt{Status: 200})))
	put(t, q, 3)
}

func TestConcurrentPutsNeverPassTheLimit(t *testing.T) {
	q := newQueue(t, file.Options{Bounds: queue.Bounds{Limit: 10}})
	var wg sync.WaitGroup
	for n := range 64 {
		wg.Go(func() { _, _, _ = q.Put(context.Background(), invocation(n)) })
	}
	wg.Wait()
	require.Equal(t, 10, stats(t, q).Available)
}

func TestPutsOfOneCommitDoNotPassTheLimitTogether(t *testing.T) {
	q := newQueue(t, file.Options{Bounds: queue.Bounds{Limit: 10}})
	put(t, q, 1000)
	release, waiting := file.Stall(q)
	results := make(chan error, 30)
	for n := range cap(results) {
		go func() {
			_, _, err := q.Put(context.Background(), invocation(n))
			results <- err
		}()
	}
	require.Eventually(t, func() bool { return waiting() == cap(results) }, 10*time.Second, time.Millisecond)
	release()
	refused := 0
	for range cap(results) {
		if err := <-results; err != nil {
			require.ErrorIs(t, err, queue.ErrFull)
			refused++
		}
	}
	require.Equal(t, 21, refused)
	require.Equal(t, 10, stats(t, q).Available)
}

// A change that waits is withdrawn when its context ends; one that has been taken up is
// waited for.
func TestAChangeWhoseContextEndsWhileItWaitsIsWithdrawn(t *testing.T) {
	q := newQueue(t, file.Options{})
	put(t, q, 1)
	job := claim(t, q)
	release, waiting := file.Stall(q)
	ctx, cancel := context.WithCancel(t.Context())
	results := make(chan error, 2)
	go func() { results <- q.Finish(ctx, job.Lease, queue.Evaluated([]byte("x"), queue.Summary{})) }()
	go func() {
		_, _, err := q.Put(ctx, invocation(2))
		results <- err
	}()
	require.Eventually(t, func() bool { return waiting() == 2 }, 10*time.Second, time.Millisecond)
	cancel()
	for range 2 {
		require.ErrorIs(t, <-results, context.Canceled)
	}
	require.Zero(t, waiting())
	release()
	require.Equal(t, queue.Running, get(t, q, job.ID).State)
	require.Equal(t, 1, stats(t, q).Unfinished)
	require.NoError(t, q.Finish(t.Context(), job.Lease, queue.Evaluated([]byte("x"), queue.Summary{})), "the lease was not used up")
}

func TestCancelledPutStoresNothing(t *testing.T) {
	q := newQueue(t, file.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := q.Put(ctx, invocation(1))
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, stats(t, q).Available)
}

func TestOversizedInvocationIsRefused(t *testing.T) {
	q := newQueue(t, file.Options{})
	in := invocation(1)
	in.BatchID = string(make([]byte, 256))
	_, _, err := q.Put(t.Context(), in)
	require.ErrorIs(t, err, queue.ErrInvalid)
}

func TestClaimIsOldestFirst(t *testing.T) {
	q := newQueue(t, file.Options{})
	var want []queue.ID
	for n := range 20 {
		want = append(want, put(t, q, n))
	}
	jobs, err := q.Claim(t.Context(), 5, time.Minute)
	require.NoError(t, err)
	require.NoError(t, q.Finish(t.Context(), jobs[0].Lease, queue.Released()))
	rest, err := q.Claim(t.Context(), 100, time.Minute)
	require.NoError(t, err)
	got := []queue.ID{rest[0].ID}
	for _, j := range append(jobs[1:], rest[1:]...) {
		got = append(got, j.ID)
	}
	require.Equal(t, want, got)
}

func TestStaleLeaseChangesNothing(t *testing.T) {
	c := newClock()
	q := newQueue(t, file.Options{Now: c.Now})
	put(t, q, 1)
	slow := claim(t, q)
	c.Add(time.Minute)
	require.ErrorIs(t, q.Finish(t.Context(), slow.Lease, queue.Evaluated([]byte("slow"), queue.Summary{})), queue.ErrStale)
	fast := claim(t, q)
	require.Greater(t, fast.Fence, slow.Fence)
	for name, err := range map[string]error{
		"evaluated": q.Finish(t.Context(), slow.Lease, queue.Evaluated([]byte("slow"), queue.Summary{})),
		"failed":    q.Finish(t.Context(), slow.Lease, queue.EvaluationFailed("slow", c.Now())),
		"release":   q.Finish(t.Context(), slow.Lease, queue.Released()),
		"extend":    q.Extend(t.Context(), slow.Lease, time.Hour),
		"abandon":   q.Finish(t.Context(), slow.Lease, queue.Abandoned("slow")),
		"delivered": q.Finish(t.Context(), fast.Lease, queue.Arrived(queue.Attempt{})),
	} {
		require.ErrorIs(t, err, queue.ErrStale, name)
	}
	require.NoError(t, q.Finish(t.Context(), fast.Lease, queue.Evaluated([]byte("fast"), queue.Summary{})))
	require.ErrorIs(t, q.Finish(t.Context(), fast.Lease, queue.Evaluated([]byte("again"), queue.Summary{})), queue.ErrStale)

	d1 := claimDelivery(t, q)
	require.Equal(t, []byte("fast"), d1.Callback)
	c.Add(time.Minute)
	d2 := claimDelivery(t, q)
	require.True(t, d2.Ambiguous, "nobody knows how an attempt ended whose lease ran out")
	require.ErrorIs(t, q.Finish(t.Context(), d1.Lease, queue.Arrived(queue.Attempt{})), queue.ErrStale)
	require.ErrorIs(t, q.Finish(t.Context(), d1.Lease, queue.GivenUp(queue.Attempt{}, "")), queue.ErrStale)
	require.NoError(t, q.Finish(t.Context(), d2.Lease, queue.ProbablyArrived(queue.Attempt{Status: 404})))
	require.Equal(t, queue.ProbablyDelivered, get(t, q, d2.ID).State)
}

func TestExtendKeepsALease(t *testing.T) {
	c := newClock()
	q := newQueue(t, file.Options{Now: c.Now})
	put(t, q, 1)
	job := claim(t, q)
	c.Add(50 * time.Second)
	require.NoError(t, q.Extend(t.Context(), job.Lease, time.Minute))
	c.Add(50 * time.Second)
	require.NoError(t, q.Finish(t.Context(), job.Lease, queue.Evaluated(nil, queue.Summary{})))
}

func TestRetryWaitsForItsTime(t *testing.T) {
	c := newClock()
	q := newQueue(t, file.Options{Now: c.Now})
	d := evaluated(t, q, 1)
	require.NoError(t, q.Finish(t.Context(), d.Lease, queue.TryAgain(queue.Attempt{Started: c.Now(), Status: 503, Err: "busy", Ambiguous: true}, c.Now().Add(time.Minute))))
	ds, err := q.ClaimDelivery(t.Context(), 1, time.Minute)
	require.NoError(t, err)
	require.Empty(t, ds)
	due, ok := file.NextDue(q)
	require.True(t, ok)
	require.Equal(t, c.Now().Add(time.Minute), due)
	c.Add(time.Minute)
	_, ok = file.NextDue(q)
	require.False(t, ok, "what is claimable already waits for no time")
	d = claimDelivery(t, q)
	require.Equal(t, 1, d.Attempts)
	require.True(t, d.Ambiguous)
	require.Equal(t, 503, d.Last.Status)
}

func TestReleasedAndPostponedDeliveryCountsNoAttempt(t *testing.T) {
	c := newClock()
	q := newQueue(t, file.Options{Now: c.Now})
	d := evaluated(t, q, 1)
	require.NoError(t, q.Finish(t.Context(), d.Lease, queue.Released()))
	d = claimDelivery(t, q)
	require.NoError(t, q.Finish(t.Context(), d.Lease, queue.Postponed(c.Now().Add(time.Minute))))
	ds, err := q.ClaimDelivery(t.Context(), 1, time.Minute)
	require.NoError(t, err)
	require.Empty(t, ds)
	c.Add(time.Minute)
	d = claimDelivery(t, q)
	require.Zero(t, d.Attempts)
	require.False(t, d.Ambiguous)
}

func TestFailedEvaluationComesBackWithACount(t *testing.T) {
	c := newClock()
	q := newQueue(t, file.Options{Now: c.Now})
	put(t, q, 1)
	for n := range 3 {
		job := claim(t, q)
		require.Equal(t, n, job.Failures)
		require.NoError(t, q.Finish(t.Context(), job.Lease, queue.EvaluationFailed("boom", c.Now().Add(time.Second))))
		jobs, err := q.Claim(t.Context(), 1, time.Minute)
		require.NoError(t, err)
		require.Empty(t, jobs)
		c.Add(time.Second)
	}
	require.Equal(t, "boom", get(t, q, claim(t, q).ID).Reason)
}

func TestDeadOnesAreReplayedWithTheStoredCallback(t *testing.T) {
	c := newClock()
	q := newQueue(t, file.Options{Now: c.Now})
	d := evaluated(t, q, 1)
	require.NoError(t, q.Finish(t.Context(), d.Lease, queue.GivenUp(queue.Attempt{Status: 400}, "refused")))
	info := get(t, q, d.ID)
	require.Equal(t, queue.Dead, info.State)
	require.Equal(t, "refused", info.Reason)
	body, err := file.Body(q, queue.CallbackBody, d.ID)
	require.NoError(t, err)
	require.Equal(t, d.Callback, body)

	c.Add(48 * time.Hour)
	require.NoError(t, q.Replay(t.Context(), d.ID))
	require.ErrorIs(t, func() error {
		again := claimDelivery(t, q)
		defer func() { d = again }()
		return q.Replay(t.Context(), again.ID)
	}(), queue.ErrActive)
	require.Zero(t, d.Attempts)
	require.Equal(t, c.Now(), d.Since.In(time.UTC), "the age at which to give up counts from the replay")
	require.Equal(t, []byte(`{"callback":1}`), d.Callback)
	require.NoError(t, q.Finish(t.Context(), d.Lease, queue.Arrived(queue.Attempt{Status: 200})))
	stats := stats(t, q)
	require.Zero(t, stats.Dead)
	require.Equal(t, 1, stats.Delivered)
	require.ErrorIs(t, q.Replay(t.Context(), queue.ID{1}), queue.ErrNotFound)
}

func TestReplayBringsARetryForward(t *testing.T) {
	c := newClock()
	q := newQueue(t, file.Options{Now: c.Now})
	d := evaluated(t, q, 1)
	require.NoError(t, q.Finish(t.Context(), d.Lease, queue.TryAgain(queue.Attempt{Status: 500}, c.Now().Add(time.Hour))))
	require.NoError(t, q.Replay(t.Context(), d.ID))
	require.Equal(t, 1, claimDelivery(t, q).Attempts)
}

func TestAbandonedOneIsReplayedFromItsPayload(t *testing.T) {
	q := newQueue(t, file.Options{})
	id := put(t, q, 1)
	require.NoError(t, q.Finish(t.Context(), claim(t, q).Lease, queue.Abandoned("nothing to answer to")))
	require.Equal(t, queue.Dead, get(t, q, id).State)
	require.NoError(t, q.Replay(t.Context(), id))
	require.Equal(t, invocation(1).Payload, claim(t, q).Payload)
}

func TestReplayBetweenTakesATimeSpan(t *testing.T) {
	c := newClock()
	q := newQueue(t, file.Options{Now: c.Now})
	start := c.Now()
	const n = 600 // More than one transaction replays.
	for i := range n {
		put(t, q, i)
		c.Add(time.Second)
	}
	for i := range n {
		job := claim(t, q)
		require.NoError(t, q.Finish(t.Context(), job.Lease, queue.Evaluated([]byte("x"), queue.Summary{})))
		d := claimDelivery(t, q)
		if i%2 == 0 {
			require.NoError(t, q.Finish(t.Context(), d.Lease, queue.GivenUp(queue.Attempt{}, "no")))
		} else {
			require.NoError(t, q.Finish(t.Context(), d.Lease, queue.Arrived(queue.Attempt{})))
		}
	}
	got, err := q.ReplayBetween(t.Context(), start.Add(10*time.Second), start.Add(n*time.Second), queue.Dead)
	require.NoError(t, err)
	require.Equal(t, n/2-5, got)
	require.Equal(t, 5, stats(t, q).Dead)
	require.Equal(t, n/2-5, stats(t, q).Retryable)
	_, err = q.ReplayBetween(t.Context(), start, c.Now(), queue.Delivered)
	require.ErrorIs(t, err, queue.ErrInvalid)
}

func TestReplayNeverPassesTheLimit(t *testing.T) {
	q := newQueue(t, file.Options{Bounds: queue.Bounds{Limit: 3}})
	for n := range 5 {
		require.NoError(t, q.Finish(t.Context(), evaluated(t, q, n).Lease, queue.GivenUp(queue.Attempt{}, "no")))
	}
	n, err := q.ReplayBetween(t.Context(), time.Time{}, time.Time{}, queue.Dead)
	require.ErrorIs(t, err, queue.ErrFull)
	require.Equal(t, 3, n)
	require.Equal(t, 3, stats(t, q).Retryable)
	require.Equal(t, 2, stats(t, q).Dead)
}

func TestListPagesThroughStates(t *testing.T) {
	c := newClock()
	q := newQueue(t, file.Options{Now: c.Now})
	var all []queue.ID
	for n := range 30 {
		all = append(all, put(t, q, n))
		c.Add(time.Second)
	}
	for n := range 10 {
		job := claim(t, q)
		require.NoError(t, q.Finish(t.Context(), job.Lease, queue.Evaluated([]byte("x"), queue.Summary{})))
		d := claimDelivery(t, q)
		switch n % 3 {
		case 0:
			require.NoError(t, q.Finish(t.Context(), d.Lease, queue.GivenUp(queue.Attempt{}, "no")))
		case 1:
			require.NoError(t, q.Finish(t.Context(), d.Lease, queue.ProbablyArrived(queue.Attempt{})))
		default:
			require.NoError(t, q.Finish(t.Context(), d.Lease, queue.Arrived(queue.Attempt{})))
		}
	}
	claim(t, q)
	listed := func(f queue.Filter) []queue.ID {
		list, err := q.List(t.Context(), f)
		require.NoError(t, err)
		var ids []queue.ID
		for _, info := range list {
			if f.State != 0 {
				require.Equal(t, f.State, info.State)
			}
			ids = append(ids, info.ID)
		}
		return ids
	}
	require.Equal(t, []queue.ID{all[9], all[6], all[3], all[0]}, listed(queue.Filter{State: queue.Dead}))
	require.Equal(t, []queue.ID{all[7], all[4], all[1]}, listed(queue.Filter{State: queue.ProbablyDelivered}))
	require.Equal(t, []queue.ID{all[8], all[5], all[2]}, listed(queue.Filter{State: queue.Delivered}))
	require.Equal(t, []queue.ID{all[10]}, listed(queue.Filter{State: queue.Running}))
	require.Len(t, listed(queue.Filter{State: queue.Available}), 19)
	require.Len(t, listed(queue.Filter{}), 30)
	require.Equal(t, []queue.ID{all[4], all[3]}, listed(queue.Filter{Before: all[5], Limit: 2}))
	require.Equal(t, []queue.ID{all[29], all[28]}, listed(queue.Filter{After: all[27]}))
	require.Equal(t, []queue.ID{all[6], all[5]}, listed(queue.Filter{From: all[5].Time(), To: all[7].Time()}))
	_, err := q.List(t.Context(), queue.Filter{Limit: queue.MaxList + 1})
	require.ErrorIs(t, err, queue.ErrInvalid)
}

func TestPurgeLeavesNothingBehind(t *testing.T) {
	c := newClock()
	path := filepath.Join(t.TempDir(), "queue.db")
	q, _, err := file.Open(path, file.Options{Now: c.Now})
	require.NoError(t, err)
	const n = 500 // More than one transaction purges.
	for i := range n {
		put(t, q, i)
	}
	for i := range n {
		job := claim(t, q)
		require.NoError(t, q.Finish(t.Context(), job.Lease, queue.Evaluated(make([]byte, 100_000), queue.Summary{})))
		d := claimDelivery(t, q)
		switch i % 3 {
		case 0:
			require.NoError(t, q.Finish(t.Context(), d.Lease, queue.GivenUp(queue.Attempt{}, "no")))
		case 1:
			require.NoError(t, q.Finish(t.Context(), d.Lease, queue.ProbablyArrived(queue.Attempt{})))
		default:
			require.NoError(t, q.Finish(t.Context(), d.Lease, queue.Arrived(queue.Attempt{})))
		}
	}
	got, err := q.Purge(t.Context(), c.Now())
	require.NoError(t, err)
	require.Zero(t, got, "nothing finished before now")
	c.Add(time.Hour)
	unfinished := put(t, q, n)
	c.Add(time.Hour)
	got, err = q.Purge(t.Context(), c.Now())
	require.NoError(t, err)
	require.Equal(t, n, got)
	require.Equal(t, 1, stats(t, q).Available)
	require.Equal(t, queue.Available, get(t, q, unfinished).State)
	put(t, q, 0) // Its token is forgotten.
	require.NoError(t, q.Close())
	require.Equal(t, map[string]int{"info": 2, "open": 2, "payload": 2, "key": 2}, rows(t, path))
}

func TestWakeTokensReachEveryWorker(t *testing.T) {
	q := newQueue(t, file.Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	const n = 200
	var wg sync.WaitGroup
	var mu sync.Mutex
	left := n
	for range 4 {
		wg.Go(func() {
			for ctx.Err() == nil {
				select {
				case <-ctx.Done():
				case <-q.WakeEvaluation():
					jobs, err := q.Claim(ctx, 3, time.Minute)
					for _, j := range jobs {
						err = q.Finish(t.Context(), j.Lease, queue.Evaluated(nil, queue.Summary{}))
					}
					_ = err
				case <-q.WakeDelivery():
					ds, err := q.ClaimDelivery(ctx, 3, time.Minute)
					for _, d := range ds {
						if d.Attempts == 0 { // The second attempt is woken by time alone.
							err = q.Finish(t.Context(), d.Lease, queue.TryAgain(queue.Attempt{}, time.Now().Add(5*time.Millisecond)))
							continue
						}
						if err = q.Finish(t.Context(), d.Lease, queue.Arrived(queue.Attempt{})); err == nil {
							mu.Lock()
							if left--; left == 0 {
								cancel()
							}
							mu.Unlock()
						}
					}
					_ = err
				}
			}
		})
	}
	for i := range n {
		put(t, q, i)
	}
	wg.Wait()
	require.Zero(t, left)
}

func TestClosedQueueRefuses(t *testing.T) {
	q, _, err := file.Open(filepath.Join(t.TempDir(), "queue.db"), file.Options{})
	require.NoError(t, err)
	put(t, q, 1)
	job := claim(t, q)
	require.NoError(t, q.Close())
	require.NoError(t, q.Close())
	_, _, err = q.Put(t.Context(), invocation(2))
	require.ErrorIs(t, err, queue.ErrClosed)
	require.ErrorIs(t, q.Finish(t.Context(), job.Lease, queue.Evaluated(nil, queue.Summary{})), queue.ErrClosed)
	_, err = q.Get(t.Context(), job.ID)
	require.ErrorIs(t, err, queue.ErrClosed)
	_, err = q.Claim(t.Context(), 1, time.Minute)
	require.NoError(t, err)
}
