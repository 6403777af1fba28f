package queue_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine/queue"
)

func TestEachOutcomeSaysWhatItsWayToEndNeedsAndNothingElse(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(5)
	a := queue.Attempt{Started: at, Status: 503, Err: "busy", Ambiguous: true}
	sum := queue.Summary{Succeeded: 1, Reason: "why"}
	for _, c := range []struct {
		outcome  queue.Outcome
		kind     queue.Kind
		from, to queue.State // another kind of lease is refused
		attempt  bool
		callback string
		reason   string
		at       time.Time
		word     string
	}{
		{queue.Evaluated([]byte("x"), sum), queue.KindEvaluated, queue.Running, queue.Retryable, false, "x", "", time.Time{}, "evaluated"},
		{queue.EvaluationFailed("boom", at), queue.KindEvaluationFailed, queue.Running, queue.Available, false, "", "boom", at, "evaluation failed"},
		{queue.Abandoned("boom"), queue.KindAbandoned, queue.Running, queue.Dead, false, "", "boom", time.Time{}, "abandoned"},
		{queue.Arrived(a), queue.KindArrived, queue.Delivering, queue.Delivered, true, "", "", time.Time{}, "arrived"},
		{queue.ProbablyArrived(a), queue.KindProbablyArrived, queue.Delivering, queue.ProbablyDelivered, true, "", "busy", time.Time{}, "probably arrived"},
		{queue.GivenUp(a, "no"), queue.KindGivenUp, queue.Delivering, queue.Dead, true, "", "no", time.Time{}, "given up"},
		{queue.TryAgain(a, at), queue.KindTryAgain, queue.Delivering, queue.Retryable, true, "", "", at, "try again"},
	} {
		o := c.outcome
		require.NoError(t, o.Check())
		require.Equal(t, c.kind, o.Kind())
		require.Equal(t, c.word, o.Kind().String())
		for _, s := range []queue.State{queue.Available, queue.Running, queue.Retryable, queue.Delivering, queue.Delivered} {
			require.Equal(t, s == c.from, o.Kind().Ends(s), "%s ends %s", c.word, s)
		}
		require.Equal(t, c.to, o.Kind().Becomes(c.from), c.word)
		got, ok := o.Attempt()
		require.Equal(t, c.attempt, ok, c.word)
		if ok {
			require.Equal(t, a, got)
		} else {
			require.Zero(t, got)
		}
		require.Equal(t, c.callback, string(o.Callback()))
		require.Equal(t, c.reason, o.Reason(), c.word)
		require.Equal(t, c.at, o.At(), c.word)
		if c.kind == queue.KindEvaluated {
			require.Equal(t, sum, o.Summary())
		} else {
			require.Zero(t, o.Summary())
		}
	}
}

func TestWhatIsGivenBackIsAsBeforeItsLease(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(5)
	for _, o := range []queue.Outcome{queue.Released(), queue.Postponed(at)} {
		k := o.Kind()
		require.Equal(t, queue.KindReleased, k)
		require.True(t, k.Ends(queue.Running))
		require.True(t, k.Ends(queue.Delivering))
		require.False(t, k.Ends(queue.Dead))
		require.Equal(t, queue.Available, k.Becomes(queue.Running))
		require.Equal(t, queue.Retryable, k.Becomes(queue.Delivering))
	}
	released, postponed := queue.Released(), queue.Postponed(at)
	require.Zero(t, released.At())
	require.Equal(t, at, postponed.At())
}

func TestAnOutcomeThatNobodyMadeIsRefused(t *testing.T) {
	t.Parallel()
	var o queue.Outcome
	require.ErrorIs(t, o.Check(), queue.ErrInvalid)
	require.False(t, o.Kind().Ends(queue.Running))
	require.False(t, o.Kind().Ends(queue.Delivering))
	large := queue.Evaluated(make([]byte, queue.MaxBody+1), queue.Summary{})
	require.ErrorIs(t, large.Check(), queue.ErrInvalid)
	require.ErrorContains(t, large.Check(), "67108865 bytes")
	largest := queue.Evaluated(make([]byte, queue.MaxBody), queue.Summary{})
	require.NoError(t, largest.Check())
	require.Equal(t, "kind(99)", queue.Kind(99).String())
}

func TestOverlongTextsOfAnOutcomeAreCut(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ä", queue.MaxText)
	want := long[:queue.MaxText]
	a := queue.Attempt{Err: long}
	outcomes := []queue.Outcome{
		queue.EvaluationFailed(long, time.Time{}), queue.Abandoned(long), queue.ProbablyArrived(a), queue.GivenUp(a, long),
	}
	for _, o := range outcomes {
		require.Equal(t, want, o.Reason(), o.Kind().String())
	}
	for _, o := range append(outcomes[2:], queue.Arrived(a), queue.TryAgain(a, time.Time{})) {
		got, _ := o.Attempt()
		require.Equal(t, want, got.Err, o.Kind().String())
	}
	o := queue.Evaluated(nil, queue.Summary{Reason: long})
	require.Equal(t, want, o.Summary().Reason)
}
