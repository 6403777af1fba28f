package queue_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine/queue"
)

func turn(leads, most int64, period string) queue.Turn {
	return queue.Turn{
		Rotation: queue.Rotation{Instance: "default", Table: "owners", Lookup: "main"}, Row: "ann", Leads: leads, Advance: 5 * leads, Period: period, Cap: most,
	}
}

// after applies turns to a counter, all of which must be taken.
func after(t *testing.T, c queue.Counter, turns ...queue.Turn) queue.Counter {
	t.Helper()
	for i := range turns {
		require.NoError(t, turns[i].Check())
		var err error
		c, err = c.After(&turns[i], time.UnixMilli(7).Add(time.Microsecond))
		require.NoError(t, err)
		require.NoError(t, c.Check(), "what turns make of a counter may be stored")
	}
	return c
}

func TestTurnsAddUpAndTheLatestTwoPeriodsAreCounted(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(7).UTC()
	for name, c := range map[string]struct {
		turns []queue.Turn
		want  queue.Counter
	}{
		"leads without a period": {[]queue.Turn{turn(2, 0, ""), turn(3, 0, "")}, queue.Counter{Leads: 5, Pass: 25, Last: at}},
		"of one day":             {[]queue.Turn{turn(2, 0, "2026-11-30"), turn(3, 0, "2026-11-30")}, queue.Counter{Leads: 5, Pass: 25, Period: "2026-11-30", InPeriod: 5, Last: at}},
		"of the next day": {
			[]queue.Turn{turn(2, 0, "2026-11-30"), turn(3, 0, "2026-12-01")},
			queue.Counter{Leads: 5, Pass: 25, Period: "2026-12-01", InPeriod: 3, Earlier: "2026-11-30", InEarlier: 2, Last: at},
		},
		"late by a day": {
			[]queue.Turn{turn(2, 0, "2026-11-30"), turn(3, 0, "2026-12-01"), turn(4, 0, "2026-11-30")},
			queue.Counter{Leads: 9, Pass: 45, Period: "2026-12-01", InPeriod: 3, Earlier: "2026-11-30", InEarlier: 6, Last: at},
		},
		"late, and the first of its day": {
			[]queue.Turn{turn(1, 0, "2026-11-28"), turn(3, 0, "2026-12-01"), turn(4, 0, "2026-11-30")},
			queue.Counter{Leads: 8, Pass: 40, Period: "2026-12-01", InPeriod: 3, Earlier: "2026-11-30", InEarlier: 4, Last: at},
		},
		"late by more than is known": {
			[]queue.Turn{turn(1, 0, "2026-11-30"), turn(3, 0, "2026-12-01"), turn(4, 1, "2026-11-29")},
			queue.Counter{Leads: 8, Pass: 40, Period: "2026-12-01", InPeriod: 3, Earlier: "2026-11-30", InEarlier: 1, Last: at},
		},
		"weeks after days": {
			[]queue.Turn{turn(1, 0, "2026-11-29"), turn(1, 0, "2026-11-30"), turn(4, 4, "2026-W49")},
			queue.Counter{Leads: 6, Pass: 30, Period: "2026-W49", InPeriod: 4, Last: at},
		},
		"months after weeks, across a year": {
			[]queue.Turn{turn(1, 0, "2026-W53"), turn(1, 0, "2026-12"), turn(2, 0, "2027-01")},
			queue.Counter{Leads: 4, Pass: 20, Period: "2027-01", InPeriod: 2, Earlier: "2026-12", InEarlier: 1, Last: at},
		},
		"no lead is no count": {[]queue.Turn{{Rotation: turn(0, 0, "").Rotation, Row: "ann", Out: true, Period: "2026-11-30"}}, queue.Counter{Out: true}},
		"a row that starts at the smallest share": {
			[]queue.Turn{{Rotation: turn(0, 0, "").Rotation, Row: "ann", Floor: 100, Advance: 5}, {Rotation: turn(0, 0, "").Rotation, Row: "ann", Floor: 100, Advance: 7}},
			queue.Counter{Pass: 112},
		},
		"no number starts below zero": {
			[]queue.Turn{
				{Rotation: turn(0, 0, "").Rotation, Row: "ann", Leads: math.MaxInt64, Advance: math.MaxInt64, Period: "2026-11"},
				{Rotation: turn(0, 0, "").Rotation, Row: "ann", Leads: 1, Advance: 1, Period: "2026-11"},
			},
			queue.Counter{Leads: math.MaxInt64, Pass: math.MaxInt64, Period: "2026-11", InPeriod: math.MaxInt64, Last: at},
		},
	} {
		c.want.Row = "ann"
		require.Equal(t, c.want, after(t, queue.Counter{}, c.turns...), name)
	}
}

func TestACapHoldsToTheLastLead(t *testing.T) {
	t.Parallel()
	full := after(t, queue.Counter{}, turn(3, 0, "2026-11-29"), turn(5, 0, "2026-11-30"))
	for _, c := range []struct {
		turn    queue.Turn
		refused bool
	}{
		{turn(1, 6, "2026-11-30"), false},
		{turn(2, 6, "2026-11-30"), true},
		{turn(1, 5, "2026-11-30"), true},
		{turn(1, 0, "2026-11-30"), false}, // no bound
		{turn(0, 1, "2026-11-30"), false}, // a cap that was lowered refuses nobody who gives nothing
		{turn(1, 4, "2026-11-29"), false},
		{turn(2, 4, "2026-11-29"), true},  // yesterday's
		{turn(9, 4, "2026-11-01"), false}, // nobody knows any more
		{turn(5, 4, "2026-12-01"), true},
		{turn(4, 4, "2026-W49"), false},
		{turn(5, 4, "2026-W49"), true},
		{turn(math.MaxInt64, 6, "2026-11-30"), true},
	} {
		got, err := full.After(&c.turn, time.UnixMilli(9))
		if !c.refused {
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, queue.ErrTurns, "%+v", c.turn)
		require.ErrorContains(t, err, `lookup "main" of table "owners"`)
		require.Equal(t, full, got)
	}
}

func TestPeriodsAreDaysWeeksAndMonths(t *testing.T) {
	t.Parallel()
	for period, good := range map[string]bool{
		"": true, "2026-11-30": true, "2026-W49": true, "2026-11": true,
		"2026": false, "2026-1": false, "2026-11-3": false, "2026-11-30T00:00": false, "2026-w49": false, "2026/11": false, "2026-1١": false, "x": false,
	} {
		turn := turn(1, 0, period)
		if good {
			require.NoError(t, turn.Check(), period)
			continue
		}
		require.ErrorIs(t, turn.Check(), queue.ErrInvalid, period)
		c := queue.Counter{Row: "ann", Period: period}
		require.ErrorIs(t, c.Check(), queue.ErrInvalid, period)
	}
}

func TestWhatIsCountedInAPeriodIsKnownBackToTheOneBefore(t *testing.T) {
	t.Parallel()
	c := after(t, queue.Counter{}, turn(3, 0, "2026-11-28"), turn(5, 0, "2026-11-30"))
	for period, want := range map[string]int64{"2026-11-30": 5, "2026-12-01": 0, "2026-11-29": 0, "2026-11-28": 3, "2026-11": 0, "2026-W49": 0, "2026-11-27": -1} {
		n, known := c.In(period)
		require.Equal(t, want >= 0, known, period)
		require.Equal(t, max(want, 0), n, period)
	}
}

func TestOnlyAnAnswerHasTurns(t *testing.T) {
	t.Parallel()
	turns, stuck := []queue.Turn{turn(1, 0, "")}, []queue.Stuck{{Rotation: turn(1, 0, "").Rotation, Lead: "7", Row: "ann"}}
	o := queue.Evaluated(nil, queue.Summary{}).WithTurns(turns, stuck)
	require.NoError(t, o.Check())
	require.Equal(t, turns, o.Turns())
	require.Equal(t, stuck, o.Stuck())
	for _, o := range []queue.Outcome{queue.EvaluationFailed("boom", time.Time{}), queue.Abandoned("no"), queue.Released(), queue.Arrived(queue.Attempt{})} {
		require.NoError(t, o.Check())
		with := o.WithTurns(turns, nil)
		require.ErrorIs(t, with.Check(), queue.ErrInvalid)
		with = o.WithTurns(nil, stuck)
		require.ErrorIs(t, with.Check(), queue.ErrInvalid)
		require.Empty(t, o.Turns(), "the outcome itself stays as it was")
	}
}

func TestARotationLiesInItsTableAndInstance(t *testing.T) {
	t.Parallel()
	r := queue.Rotation{Instance: "default", Table: "owners", Lookup: "main"}
	for _, c := range []struct {
		within queue.Rotation
		holds  bool
	}{
		{r, true},
		{queue.Rotation{Instance: "default", Table: "owners"}, true},
		{queue.Rotation{Instance: "default"}, true},
		{queue.Rotation{Instance: "de"}, false},
		{queue.Rotation{Instance: "default", Table: "owner"}, false},
		{queue.Rotation{Instance: "default", Table: "owners", Lookup: "mai"}, false},
	} {
		require.Equal(t, c.holds, c.within.Holds(r), "%+v", c.within)
	}
}
