package file_test

import (
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine/queue"
	"tablestep/engine/queue/file"
)

func TestPassingTimeWakesWorkers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue.db")
	synctest.Test(t, func(t *testing.T) {
		q, _, err := file.Open(path, file.Options{})
		require.NoError(t, err)
		defer func() { require.NoError(t, q.Close()) }()
		drain := func(ch <-chan struct{}) {
			select {
			case <-ch:
			default:
			}
		}
		d := evaluated(t, q, 1)
		start := time.Now()
		require.NoError(t, q.Finish(t.Context(), d.Lease, queue.TryAgain(queue.Attempt{Status: 503}, start.Add(time.Hour))))
		drain(q.WakeDelivery())
		<-q.WakeDelivery()
		require.Equal(t, time.Hour, time.Since(start))

		claimDelivery(t, q) // Its holder says nothing more.
		start = time.Now()
		drain(q.WakeDelivery())
		<-q.WakeDelivery()
		require.Equal(t, time.Minute, time.Since(start), "the end of a lease wakes too")
		require.True(t, claimDelivery(t, q).Ambiguous)

		put(t, q, 2)
		start = time.Now()
		require.NoError(t, q.Finish(t.Context(), claim(t, q).Lease, queue.EvaluationFailed("boom", start.Add(5*time.Second))))
		drain(q.WakeEvaluation())
		<-q.WakeEvaluation()
		require.Equal(t, 5*time.Second, time.Since(start))
		require.Equal(t, 1, claim(t, q).Failures)
	})
}
