package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
	"tablestep/engine/queue"
	"tablestep/engine/queue/file"
	"tablestep/engine/queue/queuetest"
)

// shifted is a clock that a test sets ahead.
type shifted struct{ ahead atomic.Int64 }

func (s *shifted) now() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) }

// stores are those that the engine is tried with.
func stores() map[string]func(t *testing.T, now func() time.Time) queue.Store {
	return map[string]func(t *testing.T, now func() time.Time) queue.Store{
		"file": func(t *testing.T, now func() time.Time) queue.Store {
			return openQueue(t, t.TempDir(), file.Options{Now: now})
		},
		"memory": func(t *testing.T, now func() time.Time) queue.Store {
			s, err := queuetest.NewMemory(now).Open(queue.Bounds{Running: engine.Workers})
			require.NoError(t, err)
			return s
		},
	}
}

// Whichever call of the store fails once, before or after its effect: what was accepted
// is answered, and once. A claim that was lost comes back when its lease has run out.
func TestWhicheverCallOfTheStoreFailsEveryRequestIsAnsweredOnce(t *testing.T) {
	for name, store := range stores() {
		for _, call := range []queuetest.Call{queuetest.CallPut, queuetest.CallClaim, queuetest.CallClaimDelivery, queuetest.CallFinish} {
			for _, n := range []int{1, 4} {
				for _, after := range []bool{false, true} {
					f := queuetest.Fault{Call: call, N: n, After: after}
					t.Run(name+": "+f.String(), func(t *testing.T) {
						t.Parallel()
						clock := new(shifted)
						q := queuetest.NewFaulty(store(t, clock.now), f)
						// Only a claim that took place is lost; whatever else fails is told again, within its lease.
						loses := after && (call == queuetest.CallClaim || call == queuetest.CallClaimDelivery)
						answeredOnce(t, q, clock, loses)
						require.True(t, q.Struck())
					})
				}
			}
		}
	}
}

// answeredOnce has some requests accepted, some of which fail at first, and waits until
// all are answered. Where a claim is lost the clock is set ahead to the end of its lease,
// once nothing else is under way.
func answeredOnce(t *testing.T, q *queuetest.Faulty, clock *shifted, loses bool) {
	logged := new(log)
	h := openOn(t, t.TempDir(), q, engine.Options{EvaluationPause: time.Millisecond, Log: slog.New(slog.NewTextHandler(logged, nil))})
	defer h.close(t)
	h.table(t, "countries", "country,code\nGermany,DE\n", "")
	r := newReceiver(t, nil)
	defer h.run(t)()
	// Several are handed out by one call: more are accepted until the fault has come.
	const most = 100
	batches := 0
	for ; batches < 5 || batches < most && !q.Struck(); batches++ {
		if batches >= 5 {
			require.Eventually(t, func() bool { return delivered(h) == batches || q.Struck() }, 30*time.Second, time.Millisecond)
		}
		body := batch(fmt.Sprint("token ", batches), r.URL, 2)
		_, err := h.Accept(t.Context(), body)
		if err != nil { // whoever sends it asks again, as Marketo does
			require.ErrorIs(t, err, engine.ErrUnavailable)
			_, err = h.Accept(t.Context(), body)
		}
		require.NoError(t, err)
	}
	quiet := time.Second // in which nothing comes that is not lost
	if slowdown > 1 {
		quiet *= 3
	}
	done, since := 0, time.Now()
	require.Eventually(t, func() bool {
		if n := delivered(h); n > done {
			done, since = n, time.Now()
		}
		if loses && time.Since(since) > quiet && clock.ahead.Load() == 0 {
			clock.ahead.Store(int64(10 * time.Minute)) // the lost claim's lease
		}
		return done == batches
	}, 30*time.Second, 10*time.Millisecond)
	times := map[string]int{}
	for _, got := range r.all() {
		times[got.token]++
		require.Contains(t, string(got.body), `"DE"`)
	}
	require.Len(t, times, batches)
	for token, n := range times {
		require.Equal(t, 1, n, token)
	}
	logged.requireNothingLost(t)
}

// log is what an engine says, from many goroutines.
type log struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// requireNothingLost requires that the engine does not think that something is lost, or
// was not recorded.
func (l *log) requireNothingLost(t *testing.T) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	require.NotContains(t, l.text.String(), "recording")
	require.NotContains(t, l.text.String(), "lost")
}

func delivered(h *house) int {
	s, err := h.Engine.Stats(context.Background())
	if err != nil {
		return -1
	}
	return s.Delivered
}

// A store that does not answer for a while is told again how work ended.
func TestAnAnswerThatArrivedIsRecordedHoweverLongTheStoreIsAway(t *testing.T) {
	t.Parallel()
	for _, after := range []bool{false, true} {
		t.Run(fmt.Sprint("after its effect: ", after), func(t *testing.T) {
			t.Parallel()
			q := queuetest.NewFaulty(stores()["memory"](t, time.Now), queuetest.Fault{Call: queuetest.CallFinish, N: 2, Times: 3, After: after})
			logged := new(log)
			h := openOn(t, t.TempDir(), q, engine.Options{Log: slog.New(slog.NewTextHandler(logged, nil))})
			defer h.close(t)
			h.table(t, "countries", "country,code\nGermany,DE\n", "")
			r := newReceiver(t, nil)
			defer h.run(t)()
			accepted, err := h.Accept(t.Context(), batch("x", r.URL, 1)) // its first Finish is the evaluation's
			require.NoError(t, err)
			require.Eventually(t, func() bool { return h.Stats().Delivered == 1 }, soon, 5*time.Millisecond)
			require.Len(t, r.all(), 1)
			info, err := h.Invocation(accepted.ID)
			require.NoError(t, err)
			require.Equal(t, 1, info.Attempts)
			require.False(t, info.Ambiguous)
			logged.requireNothingLost(t)
		})
	}
}

// What people ask for is told when the store does not answer.
func TestAStoreThatDoesNotAnswerIsNamedToPeople(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		call queuetest.Call
		ask  func(h *house) error
	}{
		{queuetest.CallStats, func(h *house) error { _, err := h.Engine.Stats(t.Context()); return err }},
		{queuetest.CallList, func(h *house) error { _, err := h.Invocations("", 1); return err }},
		{queuetest.CallGet, func(h *house) error { _, err := h.Invocation(strings.Repeat("0", 24)); return err }},
		{queuetest.CallReplay, func(h *house) error { return h.Replay(strings.Repeat("0", 24)) }},
		{queuetest.CallReplayBetween, func(h *house) error { _, err := h.ReplayBetween(time.Time{}, time.Time{}, "dead"); return err }},
		{queuetest.CallPut, func(h *house) error {
			_, err := h.Accept(t.Context(), batch("x", "http://127.0.0.1:1/", 1))
			if !errors.Is(err, engine.ErrUnavailable) {
				return fmt.Errorf("not unavailable: %q", fmt.Sprint(err))
			}
			return err
		}},
	} {
		t.Run(string(c.call), func(t *testing.T) {
			q := queuetest.NewFaulty(stores()["memory"](t, time.Now), queuetest.Fault{Call: c.call, N: 1})
			h := openOn(t, t.TempDir(), q, engine.Options{})
			defer h.close(t)
			require.ErrorIs(t, c.ask(h), queue.ErrUnavailable)
			require.NotErrorIs(t, c.ask(h), queue.ErrUnavailable, "the next time it does")
		})
	}
}

// A batch whose answer is refused, again and again, while the store fails too.
func TestARefusedAnswerIsCountedOnceAnAttempt(t *testing.T) {
	t.Parallel()
	for _, after := range []bool{false, true} {
		q := queuetest.NewFaulty(stores()["memory"](t, time.Now), queuetest.Fault{Call: queuetest.CallFinish, N: 2, After: after})
		h := openOn(t, t.TempDir(), q, engine.Options{})
		r := newReceiver(t, func(_ int, w http.ResponseWriter) { w.WriteHeader(http.StatusForbidden) })
		stop := h.run(t)
		_, err := h.Accept(t.Context(), batch("x", r.URL, 1))
		require.NoError(t, err)
		require.Eventually(t, func() bool { return h.Stats().Dead == 1 }, soon, 5*time.Millisecond)
		require.Len(t, r.all(), 3)
		list, err := h.Invocations("dead", 1)
		require.NoError(t, err)
		require.Equal(t, 3, list[0].Attempts)
		stop()
		h.close(t)
	}
}
