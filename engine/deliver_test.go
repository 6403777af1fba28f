package engine_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
	"tablestep/engine/queue"
	"tablestep/engine/queue/file"
)

// batch is a request of n leads.
func batch(token, url string, n int) []byte {
	leads := make([]string, n)
	for i := range leads {
		leads[i] = lead(fmt.Sprintf(`"id":%d,"country":"Germany"`, i+1), `"table":"countries"`)
	}
	return fmt.Appendf(nil, `{"token":%q,"apiCallBackKey":"key-%s","campaignId":1,"callbackUrl":%q,"context":{"admin":{}},"objectData":[%s]}`,
		token, token, url, strings.Join(leads, ","))
}

const soon = 20 * time.Second

func TestAnAcceptedRequestIsAnsweredWithBothHeaders(t *testing.T) {
	h := newHouse(t)
	r := newReceiver(t, nil)
	defer h.run(t)()
	accepted, err := h.Accept(t.Context(), batch("one", r.URL, 3))
	require.NoError(t, err)
	require.False(t, accepted.Duplicate)
	require.Eventually(t, func() bool { return h.Stats().Delivered == 1 }, soon, 5*time.Millisecond)
	require.Len(t, r.all(), 1)
	got := r.all()[0]
	require.Equal(t, "key-one", got.key)
	require.Equal(t, "one", got.token)
	var body struct{ ObjectData []record }
	decodeJSON(t, string(got.body), &body)
	require.Len(t, body.ObjectData, 3)
	info, err := h.Invocation(accepted.ID)
	require.NoError(t, err)
	require.Equal(t, "delivered", info.State)
	require.Equal(t, 3, info.Summary.Succeeded)
	require.Equal(t, map[string]int{"countries": 1}, info.Summary.Versions)
}

func TestTheSameTokenTwiceIsOneJob(t *testing.T) {
	h := newHouse(t)
	r := newReceiver(t, nil)
	first, err := h.Accept(t.Context(), batch("same", r.URL, 1))
	require.NoError(t, err)
	second, err := h.Accept(t.Context(), batch("same", r.URL, 2))
	require.NoError(t, err)
	require.Equal(t, first.ID, second.ID)
	require.True(t, second.Duplicate)
	defer h.run(t)()
	require.Eventually(t, func() bool { return h.Stats().Delivered == 1 }, soon, 5*time.Millisecond)
	third, err := h.Accept(t.Context(), batch("same", r.URL, 1))
	require.NoError(t, err)
	require.Equal(t, first.ID, third.ID, "also after it was delivered")
	require.Len(t, r.all(), 1)
}

func TestAFailedPostIsTriedAgainWithTheSameBytes(t *testing.T) {
	h := newHouse(t)
	r := newReceiver(t, func(n int, w http.ResponseWriter) {
		if n < 2 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	defer h.run(t)()
	_, err := h.Accept(t.Context(), batch("again", r.URL, 1))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return len(r.all()) == 1 }, soon, 5*time.Millisecond)
	h.table(t, "countries", "country,code,numeric,note\nGermany,XX,1,\n", "") // an edit in between
	require.Eventually(t, func() bool { return h.Stats().Delivered == 1 }, soon, 5*time.Millisecond)
	got := r.all()
	require.Len(t, got, 2)
	require.Equal(t, string(got[0].body), string(got[1].body))
	require.Contains(t, string(got[1].body), `"DE"`)
}

func TestWhatWasAcceptedSurvivesARestart(t *testing.T) {
	down := newReceiver(t, func(_ int, w http.ResponseWriter) { w.WriteHeader(http.StatusServiceUnavailable) })
	up := newReceiver(t, nil)
	dir := t.TempDir()
	first := open(t, dir, engine.Options{})
	first.table(t, "countries", "country,code\nGermany,DE\n", "")
	stop := first.run(t)
	_, err := first.Accept(t.Context(), batch("tried", down.URL, 1)) // evaluated and tried, not delivered
	require.NoError(t, err)
	require.Eventually(t, func() bool { return len(down.all()) > 0 }, soon, 5*time.Millisecond)
	stop()
	_, err = first.Accept(t.Context(), batch("untouched", up.URL, 1))
	require.NoError(t, err)
	first.close(t)

	second := open(t, dir, engine.Options{})
	defer second.close(t)
	defer second.run(t)()
	require.Eventually(t, func() bool { return second.Stats().Delivered == 1 && len(down.all()) > 1 }, soon, 5*time.Millisecond)
	require.Equal(t, "untouched", up.all()[0].token)
	require.Equal(t, string(down.all()[0].body), string(down.all()[1].body))
}

func TestADeadHostSlowsNobodyElse(t *testing.T) {
	h := open(t, t.TempDir(), engine.Options{Senders: 4})
	defer h.close(t)
	h.table(t, "countries", "country,code\nGermany,DE\n", "")
	defer h.run(t)()
	up := newReceiver(t, nil)
	for i := range 30 {
		_, err := h.Accept(t.Context(), batch(fmt.Sprint("dead", i), "http://127.0.0.1:1/", 1))
		require.NoError(t, err)
	}
	for i := range 30 {
		_, err := h.Accept(t.Context(), batch(fmt.Sprint("live", i), up.URL, 1))
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool { return h.Stats().Delivered == 30 }, soon, 5*time.Millisecond)
	require.Equal(t, 30, h.Stats().Retrying)
}

func TestAMuteHostLeavesPlacesToOthers(t *testing.T) {
	h := open(t, t.TempDir(), engine.Options{Senders: 4, CallbackTimeout: 8 * time.Second})
	defer h.close(t)
	h.table(t, "countries", "country,code\nGermany,DE\n", "")
	mute := newReceiver(t, func(int, http.ResponseWriter) { time.Sleep(9 * time.Second) })
	up := newReceiver(t, nil)
	defer h.run(t)()
	for i := range 30 {
		_, err := h.Accept(t.Context(), batch(fmt.Sprint("mute", i), mute.URL, 1))
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool { return len(mute.all()) >= 4 }, soon, 5*time.Millisecond)
	for i := range 10 {
		_, err := h.Accept(t.Context(), batch(fmt.Sprint("live", i), up.URL, 1))
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool { return h.Stats().Delivered == 10 }, 6*time.Second, 5*time.Millisecond)
}

func TestUnusableRequestsAreRefusedAndNothingIsStored(t *testing.T) {
	h := open(t, t.TempDir(), engine.Options{OwnAddr: func() []netip.AddrPort { return []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:7777")} }})
	defer h.close(t)
	for body, field := range map[string]string{
		`x`:                 "",
		`{"objectData":[]}`: "callbackUrl",
		`{"callbackUrl":"https://mkto-cfa.adobe.io/"}`:                "objectData",
		`{"callbackUrl":"https://mkto-cfa.adobe.io/","objectData":5}`: "objectData",
		`{"callbackUrl":"https://evil.example.com/","objectData":[]}`: "callbackUrl",
		`{"callbackUrl":"http://127.0.0.1:7777/","objectData":[]}`:    "callbackUrl",
		`{"callbackUrl":"ftp://mkto-cfa.adobe.io/","objectData":[]}`:  "callbackUrl",
	} {
		_, err := h.Accept(t.Context(), []byte(body))
		var refused *engine.RequestError
		require.ErrorAs(t, err, &refused, body)
		require.Equal(t, field, refused.Field, body)
	}
	require.Equal(t, engine.Stats{}, h.Stats())
}

func TestAFullQueueSaysSo(t *testing.T) {
	dir := t.TempDir()
	h := openOn(t, dir, openQueue(t, dir, file.Options{Bounds: queue.Bounds{Limit: 2}}), engine.Options{})
	defer h.close(t)
	for i := range 2 {
		_, err := h.Accept(t.Context(), batch(fmt.Sprint(i), "http://127.0.0.1:1/", 1))
		require.NoError(t, err)
	}
	_, err := h.Accept(t.Context(), batch("more", "http://127.0.0.1:1/", 1))
	require.ErrorIs(t, err, engine.ErrBusy)
}

func TestARefusedAnswerIsTriedAFewTimesOnly(t *testing.T) {
	h := newHouse(t)
	r := newReceiver(t, func(_ int, w http.ResponseWriter) { w.WriteHeader(http.StatusForbidden) })
	defer h.run(t)()
	_, err := h.Accept(t.Context(), batch("x", r.URL, 1))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return h.Stats().Dead == 1 }, soon, 5*time.Millisecond)
	require.Len(t, r.all(), 3)
}

func TestAReplaySendsAFinishedAnswerAgain(t *testing.T) {
	h := newHouse(t)
	r := newReceiver(t, func(n int, w http.ResponseWriter) {
		if n == 1 {
			w.WriteHeader(http.StatusNotFound)
		}
	})
	defer h.run(t)()
	accepted, err := h.Accept(t.Context(), batch("x", r.URL, 1))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return h.Stats().Dead == 1 }, soon, 5*time.Millisecond)
	list, err := h.Invocations("dead", 10)
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, accepted.ID, list[0].ID)
	require.NoError(t, h.Replay(accepted.ID))
	require.Eventually(t, func() bool { return h.Stats().Delivered == 1 }, soon, 5*time.Millisecond)
	require.ErrorIs(t, h.Replay(accepted.ID), engine.ErrGone)
	require.ErrorIs(t, h.Replay("000000000000000000000000"), engine.ErrInvocationNotFound)
}

func TestTwoHundredBatchesAtOnceComeBackComplete(t *testing.T) {
	h := newHouse(t)
	r := newReceiver(t, nil)
	defer h.run(t)()
	const batches, leads = 200, 1000 / slowdown
	var senders sync.WaitGroup
	errs := make(chan error, batches)
	for i := range batches {
		senders.Go(func() {
			_, err := h.Accept(t.Context(), batch(fmt.Sprint(i), r.URL, leads))
			errs <- err
		})
	}
	senders.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool { return h.Stats().Delivered == batches }, time.Minute, 10*time.Millisecond)
	tokens := make(map[string]bool)
	for _, got := range r.all() {
		require.False(t, tokens[got.token], "token %s came twice", got.token)
		tokens[got.token] = true
		var body struct {
			ObjectData []struct {
				LeadData struct{ ID json.Number }
			}
		}
		decodeJSON(t, string(got.body), &body)
		require.Len(t, body.ObjectData, leads)
		for k := range body.ObjectData {
			require.Equal(t, json.Number(fmt.Sprint(k+1)), body.ObjectData[k].LeadData.ID)
		}
	}
	require.Len(t, tokens, batches)
}

func TestTryAnswersWithoutStoring(t *testing.T) {
	h := newHouse(t)
	results, err := h.Try(t.Context(), []json.RawMessage{[]byte(`{"country":"Germany"}`), []byte(`{"id":7,"country":"?"}`)}, []byte(`{"table":"countries"}`))
	require.NoError(t, err)
	require.Len(t, results, 2)
	require.JSONEq(t, `{"id":1,"countryCode":"DE","countryNumber":276}`, string(results[0].LeadData))
	require.Contains(t, string(results[1].ActivityData), "LOOKUP_VALUE_NOT_FOUND")
	require.Equal(t, engine.Trace{
		Table: "countries", Version: 1, Lookup: "countries", Policy: results[0].Trace.Policy,
		Match: []engine.TraceMatch{{Column: "country", Fields: []string{"country"}, Mode: "normalized"}},
	}, results[0].Trace)
	require.Equal(t, engine.Stats{}, h.Stats())
	_, err = h.Try(t.Context(), []json.RawMessage{[]byte(`5`)}, nil)
	var refused *engine.RequestError
	require.ErrorAs(t, err, &refused)
}

// chunkError is the error of a whole callback.
func chunkError(t *testing.T, body []byte) string {
	t.Helper()
	var out struct {
		MunchkinID, ErrorCode, ErrorMessage string
		ObjectData                          []record
	}
	decodeJSON(t, string(body), &out)
	require.NotEmpty(t, out.MunchkinID)
	require.NotEmpty(t, out.ErrorMessage)
	require.Empty(t, out.ObjectData)
	return out.ErrorCode
}

func TestABatchThatCannotBeEvaluatedIsAnsweredAllTheSame(t *testing.T) {
	h := open(t, t.TempDir(), engine.Options{EvaluationPause: time.Millisecond})
	h.table(t, "countries", "country,code\nGermany,DE\n", "")
	r := newReceiver(t, nil)
	require.NoError(t, h.store.Close()) // nothing can be looked up any more
	stop := h.run(t)
	_, err := h.Accept(t.Context(), batch("x", r.URL, 3))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return h.Stats().Delivered == 1 }, soon, 5*time.Millisecond)
	require.Equal(t, "BATCH_FAILED", chunkError(t, r.all()[0].body))
	list, err := h.Invocations("delivered", 1)
	require.NoError(t, err)
	require.Equal(t, 3, list[0].Summary.Failed)
	stop()
	require.NoError(t, h.Close())
}

func TestABatchThatWaitedTooLongIsAnsweredAsExpired(t *testing.T) {
	h := open(t, t.TempDir(), engine.Options{GiveUpAfter: 50 * time.Millisecond})
	defer h.close(t)
	r := newReceiver(t, nil)
	_, err := h.Accept(t.Context(), batch("x", r.URL, 3))
	require.NoError(t, err)
	time.Sleep(100 * time.Millisecond) // the service was down
	defer h.run(t)()
	require.Eventually(t, func() bool { return h.Stats().Delivered == 1 }, soon, 5*time.Millisecond)
	require.Equal(t, "BATCH_EXPIRED", chunkError(t, r.all()[0].body))
}

func TestAllDeadOnesOfATimeSpanAreReplayed(t *testing.T) {
	h := newHouse(t)
	var healthy atomic.Bool
	r := newReceiver(t, func(_ int, w http.ResponseWriter) {
		if !healthy.Load() {
			w.WriteHeader(http.StatusNotFound)
		}
	})
	defer h.run(t)()
	before := time.Now().Add(-time.Minute)
	for i := range 3 {
		_, err := h.Accept(t.Context(), batch(fmt.Sprint(i), r.URL, 1))
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool { return h.Stats().Dead == 3 }, soon, 5*time.Millisecond)
	healthy.Store(true)
	n, err := h.ReplayBetween(before, before.Add(time.Second), "dead")
	require.NoError(t, err)
	require.Zero(t, n, "none of that time")
	n, err = h.ReplayBetween(before, time.Now().Add(time.Minute), "dead")
	require.NoError(t, err)
	require.Equal(t, 3, n)
	require.Eventually(t, func() bool { return h.Stats().Delivered == 3 }, soon, 5*time.Millisecond)
	_, err = h.ReplayBetween(before, time.Now(), "delivered")
	var refused *engine.RequestError
	require.ErrorAs(t, err, &refused)
}
