package engine_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
)

// One request that is sent twice, one that is refused and one that is answered as a
// whole: all that happens to them is told, in order.
func TestTheWayOfARequestIsTold(t *testing.T) {
	var seen seenEvents
	h := open(t, t.TempDir(), engine.Options{Observe: seen.observe, MaxLeads: 3})
	defer h.close(t)
	h.table(t, "countries", "country,code\nGermany,DE\n", "")
	r := newReceiver(t, func(n int, w http.ResponseWriter) {
		if n == 1 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	before := time.Now()
	body := batch("x", r.URL, 2)
	first, err := h.Accept(t.Context(), body)
	require.NoError(t, err)
	_, err = h.Accept(t.Context(), body)
	require.NoError(t, err)
	_, refused := h.Accept(t.Context(), []byte(`{}`))
	require.Error(t, refused)
	stop := h.run(t)
	require.Eventually(t, func() bool { return h.Stats().Delivered == 1 }, soon, time.Millisecond)
	large, err := h.Accept(t.Context(), batch("y", r.URL, 4))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return h.Stats().Delivered == 2 }, soon, time.Millisecond)
	stop()
	list := seen.all()

	accepted := of[engine.EventAccepted](list)
	require.Len(t, accepted, 3)
	require.WithinRange(t, accepted[0].At, before, time.Now())
	require.Positive(t, accepted[0].Took)
	accepted[0].At, accepted[0].Took = time.Time{}, 0
	require.Equal(t, engine.EventAccepted{Invocation: first.ID, CampaignID: 1, Leads: 2, Bytes: len(body)}, accepted[0])
	require.True(t, accepted[1].Duplicate)
	require.Equal(t, first.ID, accepted[1].Invocation)
	require.Equal(t, refused, of[engine.EventRefused](list)[0].Err)
	require.Equal(t, 2, of[engine.EventRefused](list)[0].Bytes)

	evaluated := of[engine.EventEvaluated](list)
	require.Len(t, evaluated, 2)
	e := evaluated[0]
	require.Equal(t, first.ID, e.Invocation)
	require.EqualValues(t, 1, e.CampaignID)
	require.Equal(t, []int{2, 2, 0, len(r.all()[0].body)}, []int{e.Leads, e.Succeeded, e.Failed, e.Bytes})
	require.Equal(t, map[string]int{"countries": 1}, e.Tables)
	require.Positive(t, e.Took)
	require.Positive(t, e.Waited)
	require.Empty(t, e.Whole)
	require.Equal(t, large.ID, evaluated[1].Invocation)
	require.Equal(t, engine.CodeBatchInvalid, evaluated[1].Whole)
	require.Contains(t, evaluated[1].Reason, "4 leads and may have 3")
	require.Equal(t, map[engine.Code]int{engine.CodeBatchInvalid: 4}, evaluated[1].Codes)

	attempts := of[engine.EventAttempted](list)
	require.Len(t, attempts, 3)
	require.Equal(t, []engine.Fate{engine.FateRetry, engine.FateDelivered, engine.FateDelivered}, []engine.Fate{attempts[0].Fate, attempts[1].Fate, attempts[2].Fate})
	require.Equal(t, []int{1, 2, 1}, []int{attempts[0].Attempt, attempts[1].Attempt, attempts[2].Attempt})
	require.Equal(t, 500, attempts[0].Status)
	require.Positive(t, attempts[0].After)
	require.Equal(t, first.ID, attempts[1].Invocation)
	require.Contains(t, r.URL, attempts[0].Host)
	require.Positive(t, attempts[0].Took)
}

func TestAnEvaluationThatFailsIsTold(t *testing.T) {
	var seen seenEvents
	h := open(t, t.TempDir(), engine.Options{Observe: seen.observe, EvaluationPause: time.Millisecond})
	h.table(t, "countries", "country,code\nGermany,DE\n", "")
	r := newReceiver(t, nil)
	require.NoError(t, h.store.Close()) // nothing can be looked up any more
	stop := h.run(t)
	accepted, err := h.Accept(t.Context(), batch("x", r.URL, 3))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return len(r.all()) == 1 }, soon, time.Millisecond)
	stop()
	require.NoError(t, h.Close())
	failed := of[engine.EventFailed](seen.all())
	require.Len(t, failed, 3)
	for i, f := range failed {
		require.Equal(t, i+1, f.Failures)
		require.Equal(t, accepted.ID, f.Invocation)
		require.Equal(t, 3, f.Leads)
		require.ErrorContains(t, f.Err, "countries")
	}
	require.Equal(t, engine.CodeBatchFailed, of[engine.EventEvaluated](seen.all())[0].Whole)
}
