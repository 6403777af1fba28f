package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
	"tablestep/engine/queue"
)

// failedBatch lets the engine answer a request that fails as a whole, and gives the
// callback's message, after it has been told wherever it has to be told.
func failedBatch(t *testing.T, h *house, r *receiver, body []byte, code string, leads int) (message string) {
	t.Helper()
	accepted, err := h.Accept(t.Context(), body)
	require.NoError(t, err, "it is accepted, so that no lead waits")
	require.Eventually(t, func() bool { return h.Stats().Delivered == 1 }, soon, 5*time.Millisecond)
	require.Len(t, r.all(), 1)
	require.Equal(t, code, chunkError(t, r.all()[0].body))
	require.Less(t, len(r.all()[0].body), 2000)
	var out struct{ ErrorMessage string }
	decodeJSON(t, string(r.all()[0].body), &out)
	info, err := h.Invocation(accepted.ID)
	require.NoError(t, err)
	require.Equal(t, leads, info.Leads)
	require.Equal(t, leads, info.Summary.Failed)
	require.Equal(t, map[string]int{code: leads}, info.Summary.Codes)
	require.Equal(t, code+": "+out.ErrorMessage, info.Reason, "in the list too")
	require.Eventually(t, func() bool { return h.Stats().FailedBatches == 1 }, soon, 5*time.Millisecond, "its answer may arrive before it is counted")
	stats := h.Stats()
	require.Contains(t, stats.FailedBatch, out.ErrorMessage)
	require.Contains(t, stats.FailedBatch, accepted.ID)
	return out.ErrorMessage
}

func TestMoreLeadsThanAllowedAreAnsweredAtOnce(t *testing.T) {
	h := open(t, t.TempDir(), engine.Options{MaxLeads: 10})
	defer h.close(t)
	r := newReceiver(t, nil)
	defer h.run(t)()
	message := failedBatch(t, h, r, batch("x", r.URL, 11), "BATCH_INVALID", 11)
	require.Contains(t, message, "11 leads and may have 10")
	require.Contains(t, message, "smaller batches")
}

func TestHalfAMillionEmptyLeadsAreAnsweredAtOnce(t *testing.T) {
	h := newHouse(t)
	r := newReceiver(t, nil)
	defer h.run(t)()
	body := fmt.Appendf(nil, `{"token":"x","objectData":[%s{}],"callbackUrl":%q}`, strings.Repeat("{},", 499_999), r.URL)
	failedBatch(t, h, r, body, "BATCH_INVALID", 500_000)
}

func TestTheSameTokenIsOneJobEvenIfItIsRefused(t *testing.T) {
	h := open(t, t.TempDir(), engine.Options{MaxLeads: 1})
	defer h.close(t)
	first, err := h.Accept(t.Context(), batch("x", "http://127.0.0.1:1/", 2))
	require.NoError(t, err)
	second, err := h.Accept(t.Context(), batch("x", "http://127.0.0.1:1/", 2))
	require.NoError(t, err)
	require.True(t, second.Duplicate)
	require.Equal(t, first.ID, second.ID)
}

func TestWhatWasAcceptedUnderALargerLimitIsEvaluated(t *testing.T) {
	dir := t.TempDir()
	r := newReceiver(t, nil)
	h := open(t, dir, engine.Options{MaxLeads: 10})
	h.table(t, "countries", "country,code\nGermany,DE\n", "")
	_, err := h.Accept(t.Context(), batch("x", r.URL, 10))
	require.NoError(t, err)
	h.close(t)
	h = open(t, dir, engine.Options{MaxLeads: 5})
	defer h.close(t)
	defer h.run(t)()
	require.Eventually(t, func() bool { return h.Stats().Delivered == 1 }, soon, 5*time.Millisecond)
	require.Contains(t, string(r.all()[0].body), `"objectData"`)
	require.Zero(t, h.Stats().FailedBatches)
}

func TestAnAnswerThatIsTooLargeFailsTheBatchAtOnce(t *testing.T) {
	for _, c := range []struct {
		name    string
		limit   int
		message string
	}{
		{"found when the records are there", 20_000, "would have"},        // leads with the same key share a record
		{"found while the records are made", 100, "would have more than"}, // one record is too much
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			h.SetAnswerLimit(c.limit)
			r := newReceiver(t, nil)
			defer h.run(t)()
			message := failedBatch(t, h, r, batch("x", r.URL, 200), "BATCH_FAILED", 200)
			require.Contains(t, message, c.message)
			require.Contains(t, message, "200 leads")
			require.Contains(t, message, "fewer or shorter outputs, or send smaller batches")
			list, err := h.Invocations("", 1)
			require.NoError(t, err)
			require.Zero(t, list[0].Failures, "it is not tried again")
		})
	}
}

func TestTryingTooMuchIsTheRequestsFault(t *testing.T) {
	h := newHouse(t)
	h.SetAnswerLimit(100)
	_, _, err := h.Evaluate(t.Context(), batch("x", "http://127.0.0.1:1/", 200))
	var refused *engine.RequestError
	require.ErrorAs(t, err, &refused)
}

func TestABatchThatFailsAgainAndAgainTellsWhy(t *testing.T) {
	h := open(t, t.TempDir(), engine.Options{EvaluationPause: time.Millisecond})
	h.table(t, "countries", "country,code\nGermany,DE\n", "")
	r := newReceiver(t, nil)
	require.NoError(t, h.store.Close()) // nothing can be looked up any more
	stop := h.run(t)
	message := failedBatch(t, h, r, batch("x", r.URL, 3), "BATCH_FAILED", 3)
	require.Contains(t, message, "evaluation failed 3 times; the last time: ")
	require.Contains(t, message, `plan lookup in table "countries"`)
	require.Equal(t, 3, h.Stats().FailedEvaluations)
	require.Contains(t, h.Stats().FailedEvaluation, "countries")
	stop()
	require.NoError(t, h.Close())
}

// Every way in which an evaluation comes to nothing ends in words to the queue.
func TestAnEvaluationThatComesToNothingIsToldAtOnce(t *testing.T) {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	for _, c := range []struct {
		name     string
		ctx      context.Context
		cause    error
		failures int
		reason   string
	}{
		{"cut off by the end of the engine", ended, fmt.Errorf("load: %w", context.Canceled), 0, ""},
		{"failed while the engine ends", ended, errors.New("no luck"), 1, "no luck"},
		{"cut off by something else", t.Context(), context.Canceled, 1, "context canceled"},
		{"no room for the answer", t.Context(), engine.ErrNoRoom, 0, ""},
		{"failed", t.Context(), errors.New("no luck"), 1, "no luck"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			accepted, err := h.Accept(t.Context(), batch("x", "http://127.0.0.1:1/", 1))
			require.NoError(t, err)
			require.NoError(t, h.FailNext(c.ctx, c.cause))
			info, err := h.Invocation(accepted.ID)
			require.NoError(t, err)
			require.Equal(t, "available", info.State)
			require.Equal(t, c.failures, info.Failures)
			require.Equal(t, c.reason, info.Reason)
		})
	}
}

func TestALargeAnswerWaitsForRoomAndHoldsUpNobody(t *testing.T) {
	h := open(t, t.TempDir(), engine.Options{EvaluationPause: 10 * time.Millisecond, Evaluators: 1})
	defer h.close(t)
	h.table(t, "countries", "country,code\nGermany,"+strings.Repeat("x", 1900)+"\n",
		`{"match":[{"column":"country","field":"country"}],"outputs":[{"column":"code","field":"a","type":"text"}]}`)
	leave, err := h.EvaluationRoom(t.Context())
	require.NoError(t, err)
	r := newReceiver(t, nil)
	defer h.run(t)()
	large, err := h.Accept(t.Context(), batch("large", r.URL, 1000))
	require.NoError(t, err)
	_, err = h.Accept(t.Context(), batch("small", r.URL, 1))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return h.Stats().Delivered == 1 }, soon, 5*time.Millisecond)
	require.Equal(t, "small", r.all()[0].token)
	leave()
	require.Eventually(t, func() bool { return h.Stats().Delivered == 2 }, soon, 5*time.Millisecond)
	info, err := h.Invocation(large.ID)
	require.NoError(t, err)
	require.Zero(t, info.Failures, "want of room is no failure")
	require.Greater(t, len(r.all()[1].body), 1<<20)
}

func TestLongAndNumericNamesOfABatchRefuseNothing(t *testing.T) {
	h := newHouse(t)
	r := newReceiver(t, nil)
	defer h.run(t)()
	for i, label := range []string{`"` + strings.Repeat("ü", 200) + `"`, `12345678901234567890`, `true`, `{"a":1}`, `null`} {
		body := fmt.Sprintf(`{"token":%d,"batchid":%s,"callbackUrl":%q,"objectData":[%s]}`, 1000+i, label, r.URL, lead(`"id":1,"country":"Germany"`, `"table":"countries"`))
		accepted, err := h.Accept(t.Context(), []byte(body))
		require.NoError(t, err, label)
		require.Eventually(t, func() bool { return h.Stats().Delivered == i+1 }, soon, 5*time.Millisecond)
		require.Equal(t, fmt.Sprint(1000+i), r.all()[i].token, "the token as it was written")
		require.Contains(t, string(r.all()[i].body), `"DE"`)
		info, err := h.Invocation(accepted.ID)
		require.NoError(t, err)
		want := []string{strings.Repeat("ü", 126) + "…", "12345678901234567890", "", "", ""}[i]
		require.Equal(t, want, info.BatchID)
	}
}

func TestWhatALargeBatchTookIsGivenBack(t *testing.T) {
	h := open(t, t.TempDir(), engine.Options{Evaluators: 1})
	defer h.close(t)
	h.table(t, "countries", "country,code\nGermany,"+strings.Repeat("x", 1900)+"\n",
		`{"match":[{"column":"country","field":"country"}],"outputs":[{"column":"code","field":"a","type":"text"},{"column":"code","field":"b","type":"text"}]}`)
	distinct := func(n int) []byte {
		leads := make([]string, n)
		for i := range leads {
			leads[i] = lead(fmt.Sprintf(`"id":%d,"country":"germany%s"`, i+1, strings.Repeat(" ", i%1000)), `"table":"countries"`)
		}
		return []byte(`{"callbackUrl":"u","objectData":[` + strings.Join(leads, ",") + `]}`)
	}
	kept, err := h.KeptAfter(t.Context(), distinct(200))
	require.NoError(t, err)
	require.Greater(t, kept, 500_000, "of what is usual the memory is used again")
	kept, err = h.KeptAfter(t.Context(), distinct(1000))
	require.NoError(t, err)
	require.Zero(t, kept)
	require.Zero(t, h.KeptBuffer(2<<20))
}

// Requests of 16 MiB take 96 MiB each while they are accepted, of 256 that there are.
func TestLargeRequestsAreAcceptedAFewAtATime(t *testing.T) {
	h := newHouse(t)
	const large = 16 << 20
	brief := func() context.Context {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		t.Cleanup(cancel)
		return ctx
	}
	first, err := h.IntakeRoom(t.Context(), large)
	require.NoError(t, err)
	second, err := h.IntakeRoom(t.Context(), large)
	require.NoError(t, err)
	_, err = h.IntakeRoom(brief(), large)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	small, err := h.IntakeRoom(brief(), 1<<20)
	require.NoError(t, err, "what is small waits for nobody")
	small()
	body := append(batch("x", "http://127.0.0.1:1/", 1), bytes.Repeat([]byte(" "), large)...)
	_, err = h.Accept(brief(), body)
	require.ErrorIs(t, err, engine.ErrBusy)
	first()
	third, err := h.IntakeRoom(brief(), large)
	require.NoError(t, err)
	second()
	third()
	whole, err := h.IntakeRoom(brief(), 1<<30)
	require.NoError(t, err, "what is larger than the room takes all of it")
	_, err = h.IntakeRoom(brief(), 1<<20+1)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	whole()
	_, err = h.Accept(t.Context(), body)
	require.NoError(t, err)
}

func TestLargeRequestsAreReadAFewAtATimeAndSmallOnesAtOnce(t *testing.T) {
	h := newHouse(t)
	leave, err := h.ReadingRoom(t.Context())
	require.NoError(t, err)
	_, err = h.Accept(t.Context(), batch("small", "http://127.0.0.1:1/", 1))
	require.NoError(t, err)
	body := batch("just small", "http://127.0.0.1:1/", 1)
	_, err = h.Accept(t.Context(), append(body, bytes.Repeat([]byte(" "), 1<<20-len(body))...))
	require.NoError(t, err)
	large := func(token string) []byte {
		return append(batch(token, "http://127.0.0.1:1/", 1), bytes.Repeat([]byte(" "), 2<<20)...)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	_, err = h.Accept(ctx, large("waits"))
	require.ErrorIs(t, err, engine.ErrBusy)
	require.ErrorContains(t, err, "wait for other large requests to be read")
	leave()
	_, err = h.Accept(t.Context(), large("comes"))
	require.NoError(t, err)
	require.Equal(t, 3, h.Stats().Waiting)
}

func TestAnAnswerWaitsForRoomAsLongAsItsBatchMayWait(t *testing.T) {
	h := open(t, t.TempDir(), engine.Options{GiveUpAfter: time.Hour})
	t.Cleanup(func() { h.close(t) })
	require.InDelta(t, 50*time.Minute, h.Patience(10*time.Minute, false), float64(time.Minute))
	require.Zero(t, h.Patience(2*time.Hour, false), "its time is over")
	require.Greater(t, h.Patience(2*time.Hour, true), 365*24*time.Hour, "the small answer of a batch that failed waits as long as it takes")
}

func TestOnlyTheMemoryOfUsualAnswersIsKept(t *testing.T) {
	h := newHouse(t)
	require.True(t, h.KeepsBuffer(queue.LargeBody))
	require.False(t, h.KeepsBuffer(queue.LargeBody+1), "a large one would stay for ever")
}

// The memory of a request that cannot be read goes to another one at once.
func TestNothingIsHeldOfARequestThatCannotBeRead(t *testing.T) {
	h := newHouse(t)
	held, err := h.HoldsOn([]byte("no JSON"))
	require.Error(t, err)
	require.False(t, held)
}
