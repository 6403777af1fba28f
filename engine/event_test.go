package engine_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
)

// A log of events, as an observer keeps it.
type seenEvents struct {
	mu   sync.Mutex // guards list
	list []engine.Event
}

func (s *seenEvents) observe(e engine.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, e)
}

func (s *seenEvents) all() []engine.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]engine.Event(nil), s.list...)
}

// of are the events of one type, in order.
func of[T engine.Event](list []engine.Event) (of []T) {
	for _, e := range list {
		if e, ok := e.(T); ok {
			of = append(of, e)
		}
	}
	return of
}

func TestWhatIsDoneToRuleSetsIsTold(t *testing.T) {
	var seen seenEvents
	h := open(t, t.TempDir(), engine.Options{Observe: seen.observe})
	defer h.close(t)
	source := func(tier string) string {
		return "name: tiers\nrules:\n  - {name: any, when: 'true', set: {tier: '\"" + tier + "\"'}}\n"
	}
	before := time.Now()
	h.ruleSet(t, source("Silver"))
	_, err := h.SaveRuleSet(t.Context(), "tiers", source("Gold"), engine.SaveOptions{By: "b"})
	require.NoError(t, err)
	require.NoError(t, h.PublishRuleSet("tiers", 2, "c"))
	back, err := h.RollbackRuleSet("tiers", "d")
	require.NoError(t, err)
	require.Equal(t, 1, back)
	_, wrong := h.SaveRuleSet(t.Context(), "tiers", "name: tiers\nrules: 5\n", engine.SaveOptions{By: "e"})
	require.Error(t, wrong)
	require.NoError(t, h.DeleteRuleSet("tiers", "f"))
	require.NoError(t, h.RestoreRuleSet("tiers", "", "h"))
	require.NoError(t, h.DeleteRuleSet("tiers", "i"))
	require.NoError(t, h.RestoreRuleSet("tiers", "levels", "j"))
	_, err = h.SaveRuleSet(t.Context(), "tiers", source("Iron"), engine.SaveOptions{By: "k"})
	require.NoError(t, err)
	require.NoError(t, h.DeleteRuleSet("tiers", "l"))
	require.NoError(t, h.RestoreRuleSet("tiers", "tiers", "m"))
	require.NoError(t, h.DeleteRuleSet("tiers", "n"))
	require.NoError(t, h.PurgeRuleSet("tiers", "o"))
	require.Error(t, h.PurgeRuleSet("tiers", "g"))
	require.Error(t, h.RestoreRuleSet("tiers", "", "g"))
	require.Error(t, h.DeleteRuleSet("tiers", "g"), "what has not happened is not told")
	require.Error(t, h.PublishRuleSet("tiers", 2, "g"))
	_, err = h.RollbackRuleSet("tiers", "g")
	require.Error(t, err)
	h.run(t)() // tells what waits
	got := of[engine.EventRuleSet](seen.all())
	for i := range got {
		require.WithinRange(t, got[i].At, before, time.Now())
		got[i].At = time.Time{}
	}
	require.Equal(t, []engine.EventRuleSet{
		{Action: engine.RuleSetSaved, RuleSet: "tiers", Version: 1, Live: true, By: "test"},
		{Action: engine.RuleSetSaved, RuleSet: "tiers", Version: 2, By: "b"},
		{Action: engine.RuleSetPublished, RuleSet: "tiers", Version: 2, Live: true, By: "c"},
		{Action: engine.RuleSetRolledBack, RuleSet: "tiers", Version: 1, Live: true, By: "d"},
		{Action: engine.RuleSetRefused, RuleSet: "tiers", By: "e", Err: wrong},
		{Action: engine.RuleSetDeleted, RuleSet: "tiers", By: "f"},
		{Action: engine.RuleSetRestored, RuleSet: "tiers", Version: 1, Live: true, By: "h"},
		{Action: engine.RuleSetDeleted, RuleSet: "tiers", By: "i"},
		{Action: engine.RuleSetRestored, RuleSet: "levels", From: "tiers", Version: 1, Live: true, By: "j"},
		{Action: engine.RuleSetSaved, RuleSet: "tiers", Version: 3, By: "k"},
		{Action: engine.RuleSetDeleted, RuleSet: "tiers", By: "l"},
		{Action: engine.RuleSetRestored, RuleSet: "tiers", By: "m"},
		{Action: engine.RuleSetDeleted, RuleSet: "tiers", By: "n"},
		{Action: engine.RuleSetPurged, RuleSet: "tiers", By: "o"},
	}, got)
}

func TestTryingAndCompilingAreTold(t *testing.T) {
	var seen seenEvents
	h := open(t, t.TempDir(), engine.Options{Observe: seen.observe})
	defer h.close(t)
	const source = "name: any\nrules:\n  - {name: any, when: 'true', set: {x: '1'}}\n"
	_, err := h.store.PutRuleSet("any", source, true, "test") // it has come without being checked
	require.NoError(t, err)
	_, err = h.store.PutRuleSet("bad", "name: bad\nrules: 5\n", true, "test")
	require.NoError(t, err)
	leads := []json.RawMessage{[]byte(`{"k":"a"}`), []byte(`{"k":"b"}`)}
	for _, flow := range []string{`{"table":"none","ruleSet":"any"}`, `{"table":"none","ruleSet":"bad"}`} {
		_, err = h.Try(t.Context(), leads, []byte(flow))
		require.NoError(t, err)
	}
	_, wrong := h.Try(t.Context(), []json.RawMessage{[]byte(`7`)}, nil)
	require.Error(t, wrong)
	h.run(t)()
	tried := of[engine.EventTried](seen.all())
	require.Len(t, tried, 3)
	require.Equal(t, 2, tried[0].Leads)
	require.NoError(t, tried[0].Err)
	require.Positive(t, tried[0].Took)
	require.Equal(t, wrong, tried[2].Err)
	compiled := of[engine.EventCompiled](seen.all())
	require.Len(t, compiled, 2)
	require.Equal(t, "any", compiled[0].RuleSet)
	require.Equal(t, 1, compiled[0].Version)
	require.Equal(t, len(source), compiled[0].Bytes)
	require.NoError(t, compiled[0].Err)
	require.Positive(t, compiled[0].Took)
	var failed *engine.CompileError
	require.ErrorAs(t, compiled[1].Err, &failed)
	require.Equal(t, "bad", failed.RuleSet)
	require.Equal(t, 1, failed.Version)
}

// An observer that never comes back holds up neither acceptance nor answers; what it
// does not take is counted.
func TestASlowObserverHoldsUpNoBatch(t *testing.T) {
	release := make(chan struct{})
	var seen seenEvents
	h := open(t, t.TempDir(), engine.Options{Observe: func(e engine.Event) {
		<-release
		seen.observe(e)
	}})
	defer h.close(t)
	h.table(t, "countries", "country,code\nGermany,DE\n", "")
	r := newReceiver(t, nil)
	stop := h.run(t)
	const emitted = 5000
	for i := range emitted {
		h.Emit(engine.EventTried{Leads: i})
	}
	for i := range 20 {
		_, err := h.Accept(t.Context(), batch(fmt.Sprint(i), r.URL, 1))
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool { return h.Stats().Delivered == 20 }, soon, time.Millisecond)
	require.Empty(t, seen.all())
	close(release)
	stop()
	lost := 0
	for _, e := range of[engine.EventLost](seen.all()) {
		lost += e.Count
	}
	require.Positive(t, lost)
	told := of[engine.EventTried](seen.all())
	require.GreaterOrEqual(t, len(told)+lost, emitted)
	for i := range told[:4096] {
		require.Equal(t, i, told[i].Leads, "those that came first are told, in order")
	}
	// The observer may take its first event when the others wait already, which leaves
	// room for one that comes later.
	for i := 4096; i < len(told); i++ {
		require.Greater(t, told[i].Leads, told[i-1].Leads)
	}
}

func TestSoManyEventsWaitForTheObserver(t *testing.T) {
	const room = 4096
	var seen seenEvents
	var logged bytes.Buffer
	es, start := engine.NewEvents(seen.observe, slog.New(slog.NewTextHandler(&logged, nil)))
	for i := range room + 7 {
		es.Emit(engine.EventTried{Leads: i})
	}
	start()()
	list := seen.all()
	require.Len(t, list, room+1)
	require.Equal(t, 7, of[engine.EventLost](list[:1])[0].Count, "at once")
	require.Equal(t, room-1, of[engine.EventTried](list)[room-1].Leads)
	require.Contains(t, logged.String(), "lost=7")
}

func TestTheEndWaitsForTheObserverOnlySoLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen seenEvents
		es, start := engine.NewEvents(func(e engine.Event) {
			if _, ok := e.(engine.EventTried); ok {
				time.Sleep(time.Second)
			}
			seen.observe(e)
		}, slog.New(slog.DiscardHandler))
		stop := start()
		for i := range 10 {
			es.Emit(engine.EventTried{Leads: i})
		}
		synctest.Wait()
		began := time.Now()
		stop()
		require.Equal(t, 3*time.Second, time.Since(began), "the call under way, and two seconds for others")
		require.Len(t, of[engine.EventTried](seen.all()), 3)
		require.Equal(t, 7, of[engine.EventLost](seen.all())[0].Count)
	})
}

func TestAnObserverThatPanicsIsToldWhatComesNext(t *testing.T) {
	var seen seenEvents
	var logged bytes.Buffer
	es, start := engine.NewEvents(func(e engine.Event) {
		if tried, ok := e.(engine.EventTried); ok && tried.Err != nil {
			panic("cannot count that")
		}
		seen.observe(e)
	}, slog.New(slog.NewTextHandler(&logged, nil)))
	stop := start()
	es.Emit(engine.EventTried{Err: errors.New("no luck")})
	es.Emit(engine.EventTried{Leads: 2})
	stop()
	require.Len(t, seen.all(), 1)
	require.Contains(t, logged.String(), "cannot count that")
	require.Contains(t, logged.String(), "EventTried")
}

func TestWithoutAnObserverNothingWaits(t *testing.T) {
	es, start := engine.NewEvents(nil, slog.New(slog.DiscardHandler))
	for range 10_000 {
		es.Emit(engine.EventTried{})
	}
	start()()
	var none engine.Events
	none.Emit(engine.EventTried{})
}
