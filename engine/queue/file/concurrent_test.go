package file_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine/queue"
	"tablestep/engine/queue/file"
)

func TestOneLeaseUsedByManyAtOnceCountsOnce(t *testing.T) {
	q := newQueue(t, file.Options{})
	for n := range 20 {
		d := evaluated(t, q, n)
		var wg sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			wg.Go(func() {
				if i%2 == 0 {
					errs[i] = q.Finish(t.Context(), d.Lease, queue.Arrived(queue.Attempt{Status: 200}))
				} else {
					errs[i] = q.Finish(t.Context(), d.Lease, queue.TryAgain(queue.Attempt{Status: 500}, time.Now().Add(time.Hour)))
				}
			})
		}
		wg.Wait()
		good := 0
		for _, err := range errs {
			if err == nil {
				good++
			} else {
				require.ErrorIs(t, err, queue.ErrStale)
			}
		}
		require.Equal(t, 1, good)
		require.Equal(t, 1, get(t, q, d.ID).Attempts)
	}
	stats := stats(t, q)
	require.Equal(t, 20, stats.Delivered+stats.Retryable)
}

func TestLeaseThatRunsOutWhileItsResultIsStoredGoesToNobodyElse(t *testing.T) {
	c := newClock()
	q := newQueue(t, file.Options{Now: c.Now})
	tooLate, inTime := 0, 0
	for n := range 300 {
		put(t, q, n)
		job := claim(t, q)
		result := make(chan error, 1)
		go func() { result <- q.Finish(t.Context(), job.Lease, queue.Evaluated([]byte("first"), queue.Summary{})) }()
		time.Sleep(time.Duration(n%30) * 20 * time.Microsecond)
		c.Add(2 * time.Minute)
		jobs, err := q.Claim(t.Context(), 1, time.Minute)
		require.NoError(t, err)
		switch err := <-result; {
		case err == nil:
			require.Empty(t, jobs, "claimed although the first result counts")
			inTime++
		case errors.Is(err, queue.ErrStale):
			if len(jobs) == 0 { // The claim came before the lease was seen to have run out.
				jobs = append(jobs, claim(t, q))
			}
			require.NoError(t, q.Finish(t.Context(), jobs[0].Lease, queue.Evaluated([]byte("second"), queue.Summary{})))
			tooLate++
		default:
			require.NoError(t, err)
		}
		require.NoError(t, q.Finish(t.Context(), claimDelivery(t, q).Lease, queue.Arrived(queue.Attempt{Status: 200})))
	}
	t.Logf("%d in time, %d too late", inTime, tooLate)
	require.Equal(t, 300, stats(t, q).Delivered)
}

// TestManyWorkersAtOnceLoseAndDoubleNothing is mostly for the race detector.
func TestManyWorkersAtOnceLoseAndDoubleNothing(t *testing.T) {
	q := newQueue(t, file.Options{Bounds: queue.Bounds{Limit: 50}})
	const n = 400
	var workers, senders sync.WaitGroup
	var mu sync.Mutex // guards the maps
	running, delivering, ended := map[queue.ID]bool{}, map[queue.ID]bool{}, map[queue.ID]bool{}
	enter := func(m map[queue.ID]bool, id queue.ID) {
		mu.Lock()
		defer mu.Unlock()
		if m[id] || ended[id] {
			t.Errorf("%s claimed twice at once", id)
		}
		m[id] = true
	}
	leave := func(m map[queue.ID]bool, id queue.ID) {
		mu.Lock()
		defer mu.Unlock()
		delete(m, id)
	}
	stop := make(chan struct{})
	for range 3 {
		workers.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-q.WakeEvaluation():
				}
				jobs, err := q.Claim(t.Context(), 3, time.Minute)
				if err != nil {
					t.Error(err)
				}
				for i, j := range jobs {
					enter(running, j.ID)
					leave(running, j.ID) // Before the call, as another claim may follow at once.
					switch {
					case i%3 == 1 && j.Failures == 0:
						err = q.Finish(t.Context(), j.Lease, queue.EvaluationFailed("boom", time.Now().Add(time.Millisecond)))
					case i%3 == 2 && j.Failures == 0:
						err = q.Finish(t.Context(), j.Lease, queue.Released())
					default:
						err = q.Finish(t.Context(), j.Lease, queue.Evaluated(j.Payload, queue.Summary{}))
					}
					if err != nil {
						t.Error(err)
					}
				}
			}
		})
		workers.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-q.WakeDelivery():
				}
				ds, err := q.ClaimDelivery(t.Context(), 3, time.Minute)
				if err != nil {
					t.Error(err)
				}
				for i, d := range ds {
					enter(delivering, d.ID)
					if d.Attempts == 0 && i%2 == 1 {
						leave(delivering, d.ID)
						err = q.Finish(t.Context(), d.Lease, queue.TryAgain(queue.Attempt{Status: 503}, time.Now().Add(time.Millisecond)))
					} else {
						mu.Lock()
						ended[d.ID] = true
						mu.Unlock()
						err = q.Finish(t.Context(), d.Lease, queue.Arrived(queue.Attempt{Status: 200}))
					}
					if err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	for s := range 8 {
		senders.Go(func() {
			for i := s; i < n; {
				_, _, err := q.Put(t.Context(), invocation(i))
				if errors.Is(err, queue.ErrFull) {
					time.Sleep(time.Millisecond)
					continue
				}
				if err != nil {
					t.Error(err)
				}
				i += 8
			}
		})
	}
	senders.Wait()
	require.Eventually(t, func() bool {
		_, _ = q.List(t.Context(), queue.Filter{})
		_, _ = file.NextDue(q)
		return stats(t, q).Delivered == n
	}, 30*time.Second, 5*time.Millisecond)
	close(stop)
	workers.Wait()
	require.Zero(t, stats(t, q).Unfinished)
}
