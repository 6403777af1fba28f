package engine_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
	"tablestep/tables"
	"tablestep/tables/schema"
)

// given answers n leads of the team and waits until that is stored.
func (h *house) given(t *testing.T, r *receiver, sent *int, n int) map[string]int {
	t.Helper()
	before := h.Stats().Delivered
	_, count := gave(t, r)
	_, err := h.Accept(t.Context(), asked(fmt.Sprint("g", *sent), r.URL, 1+*sent, n))
	require.NoError(t, err)
	*sent += n
	require.Eventually(t, func() bool { return h.Stats().Delivered == before+1 }, soon, 2*time.Millisecond)
	_, after := gave(t, r)
	for owner, n := range count {
		if after[owner] -= n; after[owner] == 0 {
			delete(after, owner)
		}
	}
	return after
}

func TestCountersThatAPersonSetsDecideWhoIsNext(t *testing.T) {
	h := newHouse(t)
	h.table(t, "team", "owner,weight,cap,away\nana,,100,\nbo,,,\ncy,0,,\n", inTurn)
	r := newReceiver(t, nil)
	defer h.run(t)()
	sent := 0
	require.Equal(t, map[string]int{"ana": 10, "bo": 10}, h.given(t, r, &sent, 20))
	told := func() string {
		list, err := h.TurnCounters(t.Context(), "team", "", "")
		require.NoError(t, err)
		text := ""
		for _, c := range list {
			text += fmt.Sprint(c.Row, " ", c.Leads, " ", c.InPeriod, " ", c.Out, "; ")
		}
		return text
	}
	require.Equal(t, "ana 10 10 false; bo 10 10 false; cy 0 0 true; ", told())

	tried, err := h.Try(t.Context(), []json.RawMessage{[]byte(`{"id":1}`), []byte(`{"id":2}`)}, json.RawMessage(`{"table":"team"}`))
	require.NoError(t, err)
	for i, next := range []string{"ana", "bo"} {
		require.Len(t, tried[i].Trace.Turns, 3)
		require.Nil(t, tried[i].Trace.Nearest)
		for _, turn := range tried[i].Trace.Turns {
			require.Equal(t, turn.Row == next, turn.Next)
			require.Equal(t, turn.Row != "cy", turn.Leads == 10)
		}
	}
	leads := func(n int64) *int64 { return &n }
	set := func(reset bool, rows ...engine.SetTurnCounter) error {
		return h.SetTurnCounters(t.Context(), "team", "", "", rows, reset, "eva")
	}
	require.NoError(t, set(false, engine.SetTurnCounter{Row: "bo", Leads: leads(4)}))
	require.Equal(t, map[string]int{"ana": 2, "bo": 8}, h.given(t, r, &sent, 10), "bo gets the six that are missing first")
	require.NoError(t, set(false, engine.SetTurnCounter{Row: "ana", InPeriod: leads(99)}))
	require.Equal(t, map[string]int{"ana": 1, "bo": 9}, h.given(t, r, &sent, 10), "one more and the cap is reached")
	require.NoError(t, set(true))
	require.Equal(t, "ana 0 0 false; bo 0 0 false; cy 0 0 true; ", told())

	for says, err := range map[string]error{
		`no row is called "dan"`:       set(false, engine.SetTurnCounter{Row: "dan", Leads: leads(1)}),
		"give 0 to 1000000000":         set(false, engine.SetTurnCounter{Row: "bo", Leads: leads(-1)}),
		"take no turns":                h.SetTurnCounters(t.Context(), "states", "", "", nil, true, "eva"),
		"in the period of row \"bo\":": set(false, engine.SetTurnCounter{Row: "bo", InPeriod: leads(-1)}),
	} {
		require.ErrorIs(t, err, schema.ErrInvalid)
		require.ErrorContains(t, err, says)
	}
	events, err := h.store.History("team")
	require.NoError(t, err)
	require.Equal(t, tables.ActionCounters, events[0].Action)
	require.Equal(t, []string{"eva", "team", "all set to 0"}, []string{events[0].By, events[0].Lookup, events[0].Note})
	require.Equal(t, "bo = 4", events[2].Note)
}

func TestTurnsGoWithTheirTableOnceItCannotBeRestored(t *testing.T) {
	h := newHouse(t)
	h.table(t, "team", "owner,weight,cap,away\nana,,,\nbo,,,\n", inTurn)
	r := newReceiver(t, nil)
	defer h.run(t)()
	sent := 0
	require.Equal(t, map[string]int{"ana": 2, "bo": 1}, h.given(t, r, &sent, 3))
	require.NoError(t, h.store.Delete("team", "eva"))
	require.NoError(t, h.store.Restore(t.Context(), "team", "", tables.Lift{}, "eva"))
	require.Equal(t, map[string]int{"bo": 1}, h.given(t, r, &sent, 1), "they are there again")
	require.NoError(t, h.store.Delete("team", "eva"))
	require.NoError(t, h.PurgeTable(t.Context(), "team", "eva"))
	h.table(t, "team", "owner,weight,cap,away\nana,,,\nbo,,,\n", inTurn)
	list, err := h.TurnCounters(t.Context(), "team", "team", "")
	require.NoError(t, err)
	for _, c := range list {
		require.Zero(t, c.Leads)
	}
}

func TestTurnsGoAlongWithARenamedTable(t *testing.T) {
	h := newHouse(t)
	h.table(t, "team", "owner,weight,cap,away\nana,,,\nbo,,,\n", inTurn)
	r := newReceiver(t, nil)
	stop := h.run(t)
	sent := 0
	require.Equal(t, map[string]int{"ana": 2, "bo": 1}, h.given(t, r, &sent, 3))
	counted := func(table string) (leads int64) {
		list, err := h.TurnCounters(t.Context(), table, "", "")
		require.NoError(t, err)
		for _, c := range list {
			leads += c.Leads
		}
		return leads
	}
	require.NoError(t, h.RenameTable(t.Context(), "team", "crew", tables.Lift{}, "eva"))
	require.EqualValues(t, 3, counted("crew"))
	require.Equal(t, map[string]int{"bo": 1}, h.given(t, r, &sent, 1), "by the name that the campaign has")

	// The process ends after the rename and before the turns were moved.
	stop()
	require.NoError(t, h.store.Rename("crew", "squad", tables.Lift{}, "eva"))
	defer h.run(t)()
	require.Eventually(t, func() bool { return counted("squad") == 4 }, soon, 2*time.Millisecond)
	require.Equal(t, map[string]int{"ana": 1, "bo": 1}, h.given(t, r, &sent, 2))
}
