package queuetest

import (
	"fmt"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/engine/queue"
)

// drawnTables, drawnRows and drawnLeads are so few that they meet again and again. Some
// names begin like others.
func drawnTables() []string { return []string{"t", "tt", "owners"} }

func drawnRows() []string { return []string{"a", "ab", "ann@example.com", "ß"} }

func drawnLeads() []string { return []string{"1", "11", "2"} }

func drawRotation(t *rapid.T) queue.Rotation {
	return queue.Rotation{
		Instance: rapid.SampledFrom([]string{"default", "d"}).Draw(t, "instance"),
		Table:    rapid.SampledFrom(drawnTables()).Draw(t, "table"),
		Lookup:   rapid.SampledFrom([]string{"main", "ain"}).Draw(t, "lookup"),
	}
}

// drawPeriod draws of days mostly; another kind begins the count anew.
func drawPeriod(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", "2024-05-01", "2024-05-01", "2024-05-02", "2024-05-02", "2024-05-03", "2024-05-04", "2024-W18", "2024-W19", "2024-05"}).Draw(t, "period")
}

func drawTurns(t *rapid.T) []queue.Turn {
	var out []queue.Turn
	for range rapid.IntRange(0, 4).Draw(t, "turns") {
		turn := queue.Turn{
			Rotation: drawRotation(t), Row: rapid.SampledFrom(drawnRows()).Draw(t, "row"), Leads: int64(rapid.IntRange(0, 3).Draw(t, "leads")),
			Floor: int64(rapid.IntRange(0, 20).Draw(t, "floor")), Advance: int64(rapid.IntRange(0, 9).Draw(t, "advance")),
			Out: rapid.Bool().Draw(t, "out"), Period: drawPeriod(t),
		}
		if turn.Period != "" {
			turn.Cap = int64(rapid.IntRange(0, 6).Draw(t, "cap"))
		}
		out = append(out, turn)
	}
	return out
}

func (m *machine) drawStuck(t *rapid.T) []queue.Stuck {
	var out []queue.Stuck
	for range rapid.IntRange(0, 3).Draw(t, "stuck") {
		s := queue.Stuck{
			Rotation: drawRotation(t), Lead: rapid.SampledFrom(drawnLeads()).Draw(t, "lead"), Row: rapid.SampledFrom(drawnRows()).Draw(t, "row"),
		}
		if rapid.Bool().Draw(t, "for a time") {
			s.Until = m.clock.now().Add(2 * step(t, "until"))
		}
		out = append(out, s)
	}
	return out
}

// drawCounters draws what a person sets.
func (m *machine) drawCounters(t *rapid.T) []queue.Counter {
	var out []queue.Counter
	for _, row := range drawnRows() {
		if rapid.Bool().Draw(t, "set") {
			continue
		}
		c := queue.Counter{
			Row: row, Leads: int64(rapid.IntRange(0, 9).Draw(t, "leads")), Pass: int64(rapid.IntRange(0, 20).Draw(t, "pass")),
			Out: rapid.Bool().Draw(t, "out"),
		}
		if rapid.Bool().Draw(t, "counted") {
			c.Period, c.InPeriod = "2024-05-02", int64(rapid.IntRange(1, 5).Draw(t, "in it"))
			c.Earlier, c.InEarlier = "2024-05-01", int64(rapid.IntRange(1, 5).Draw(t, "in the one before"))
			c.Last = m.clock.now().Add(-step(t, "last"))
		}
		out = append(out, c)
	}
	return out
}

// evaluatedWithTurns is refused as a whole where a cap does not allow it; then the lease is as
// good as before.
func (m *machine) evaluatedWithTurns(t *rapid.T) {
	j := pick(t, m.jobs(queue.Running))
	o := queue.Evaluated(fmt.Appendf(nil, "callback %d", len(m.spent)), queue.Summary{Succeeded: 1}).WithTurns(drawTurns(t), m.drawStuck(t))
	want := m.model.Finish(t.Context(), j.lease(), o)
	got := m.store.Finish(t.Context(), m.leases[j.id], o)
	if !same(t, want, got) {
		require.ErrorIs(t, got, queue.ErrTurns)
		return
	}
	m.spent = append(m.spent, m.leases[j.id])
}

func (m *machine) setCounters(t *rapid.T) {
	r, rows := drawRotation(t), m.drawCounters(t)
	require.NoError(t, m.model.SetCounters(t.Context(), r, rows))
	require.NoError(t, m.store.SetCounters(t.Context(), r, rows))
}

func (m *machine) moveRotations(t *rapid.T) {
	from, to := rapid.SampledFrom(drawnTables()).Draw(t, "from"), rapid.SampledFrom(drawnTables()).Draw(t, "to")
	require.NoError(t, m.model.MoveRotations(t.Context(), from, to))
	require.NoError(t, m.store.MoveRotations(t.Context(), from, to))
}

func (m *machine) dropRotations(t *rapid.T) {
	table, lookups := rapid.SampledFrom(drawnTables()).Draw(t, "table"), rapid.SampledFrom([][]string{nil, {"main"}, {"ain", "x"}}).Draw(t, "lookups")
	require.NoError(t, m.model.DropRotations(t.Context(), table, lookups...))
	require.NoError(t, m.store.DropRotations(t.Context(), table, lookups...))
}

func (m *machine) unstick(t *rapid.T) {
	r, lead := drawRotation(t), rapid.SampledFrom(drawnLeads()).Draw(t, "lead")
	switch rapid.IntRange(0, 2).Draw(t, "within") {
	case 0:
		r.Lookup = ""
	case 1:
		r.Table, r.Lookup = "", ""
	}
	want, err := m.model.Unstick(t.Context(), r, lead)
	require.NoError(t, err)
	got, err := m.store.Unstick(t.Context(), r, lead)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

// compareTurns holds after every call.
func (m *machine) compareTurns(t *rapid.T) {
	want, err := m.model.Rotations(t.Context())
	require.NoError(t, err)
	got, err := m.store.Rotations(t.Context())
	require.NoError(t, err)
	require.Equal(t, want, got)
	for _, r := range append(want, queue.Rotation{Instance: "default", Table: "nobody", Lookup: "main"}) {
		want, err := m.model.Counters(t.Context(), r)
		require.NoError(t, err)
		got, err := m.store.Counters(t.Context(), r)
		require.NoError(t, err)
		require.Equal(t, plainCounters(want), plainCounters(got))
		leads := append(drawnLeads(), "nobody", drawnLeads()[0])
		wantStuck, err := m.model.StuckTo(t.Context(), r, leads)
		require.NoError(t, err)
		gotStuck, err := m.store.StuckTo(t.Context(), r, leads)
		require.NoError(t, err)
		require.Equal(t, plainStuck(wantStuck), plainStuck(gotStuck))
	}
}

// plainCounters takes away what stores may tell otherwise.
func plainCounters(rows []queue.Counter) []queue.Counter {
	out := append([]queue.Counter{}, rows...)
	for i := range out {
		out[i].Last = inUTC(out[i].Last)
	}
	return out
}

func plainStuck(list []queue.Stuck) []queue.Stuck {
	out := append([]queue.Stuck{}, list...)
	for i := range out {
		out[i].Until = inUTC(out[i].Until)
	}
	return out
}

// clearTurns removes everything of turns: what leads keep for a time goes with the purge.
func (m *machine) clearTurns(t *rapid.T) {
	rotations, err := m.store.Rotations(t.Context())
	require.NoError(t, err)
	for i, r := range rotations {
		if i%2 == 0 {
			require.NoError(t, m.store.DropRotations(t.Context(), r.Table, r.Lookup))
			continue
		}
		require.NoError(t, m.store.SetCounters(t.Context(), r, nil))
		for _, lead := range drawnLeads() {
			stuck, err := m.store.StuckTo(t.Context(), r, []string{lead})
			require.NoError(t, err)
			if len(stuck) > 0 && stuck[0].Until.IsZero() {
				n, err := m.store.Unstick(t.Context(), r, lead)
				require.NoError(t, err)
				require.Equal(t, 1, n)
			}
		}
	}
	m.clock.pass(time.Hour)
	_, err = m.store.Purge(t.Context(), time.Time{}.Add(time.Hour))
	require.NoError(t, err)
	left, err := m.store.Rotations(t.Context())
	require.NoError(t, err)
	require.Empty(t, left, "what leads kept for a time has gone with the purge")
}
