package queuetest

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine/queue"
)

// rotation is one that the tests below use.
func rotation() queue.Rotation {
	return queue.Rotation{Instance: "default", Table: "owners", Lookup: "main"}
}

// turnOf gives a row leads of a day, whose cap is most.
func turnOf(row string, leads, most int64) queue.Turn {
	return queue.Turn{Rotation: rotation(), Row: row, Leads: leads, Advance: 10 * leads, Period: "2024-05-01", Cap: most}
}

func withTurns(turns ...queue.Turn) queue.Outcome {
	return queue.Evaluated([]byte("x"), queue.Summary{}).WithTurns(turns, nil)
}

func countersOf(t *testing.T, s queue.Store) []queue.Counter {
	t.Helper()
	rows, err := s.Counters(t.Context(), rotation())
	require.NoError(t, err)
	return rows
}

// runTurns shows what the model alone does not: callers at once, bounds, and what is refused.
func runTurns(t *testing.T, factory Factory) {
	open := func(t *testing.T) (queue.Store, *clock) {
		c := newClock()
		s, err := factory(t).Open(c.now, queue.Bounds{})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		return s, c
	}
	t.Run("answers at once never pass a cap together", func(t *testing.T) {
		s, _ := open(t)
		capIsHeld(t, []queue.Store{s})
	})
	t.Run("a refused answer changes nothing", func(t *testing.T) {
		s, c := open(t)
		putOne(t, s, 1)
		job := claimOne(t, s)
		require.NoError(t, s.SetCounters(t.Context(), rotation(), []queue.Counter{{Row: "b", Period: "2024-05-01", InPeriod: 4, Leads: 4}}))
		before := countersOf(t, s)
		out := queue.Evaluated([]byte("x"), queue.Summary{}).WithTurns(
			[]queue.Turn{turnOf("a", 1, 0), turnOf("b", 2, 5)},
			[]queue.Stuck{{Rotation: rotation(), Lead: "7", Row: "a"}},
		)
		require.ErrorIs(t, s.Finish(t.Context(), job.Lease, out), queue.ErrTurns)
		require.Equal(t, before, countersOf(t, s), "not even the row that had room")
		stuck, err := s.StuckTo(t.Context(), rotation(), []string{"7"})
		require.NoError(t, err)
		require.Empty(t, stuck)
		i, err := s.Get(t.Context(), job.ID)
		require.NoError(t, err)
		require.Equal(t, queue.Running, i.State)
		require.False(t, i.HasCallback)
		require.NoError(t, s.Finish(t.Context(), job.Lease, withTurns(turnOf("b", 1, 5))), "evaluated again, the lease is as good as before")
		require.Equal(t, []queue.Counter{{Row: "b", Leads: 5, Pass: 10, Period: "2024-05-01", InPeriod: 5, Last: c.now()}}, plainCounters(countersOf(t, s)))
	})
	t.Run("an answer that is told twice counts once", func(t *testing.T) {
		s, _ := open(t)
		putOne(t, s, 1)
		job := claimOne(t, s)
		require.NoError(t, s.Finish(t.Context(), job.Lease, withTurns(turnOf("a", 1, 0))))
		require.ErrorIs(t, s.Finish(t.Context(), job.Lease, withTurns(turnOf("a", 1, 0))), queue.ErrStale)
		require.Equal(t, int64(1), countersOf(t, s)[0].Leads)
	})
	t.Run("what is late counts in the period in which it was evaluated", func(t *testing.T) {
		s, _ := open(t)
		for n, turn := range []queue.Turn{
			{Row: "a", Leads: 3, Period: "2024-05-01", Cap: 4},
			{Row: "a", Leads: 1, Period: "2024-05-02", Cap: 4},
			{Row: "a", Leads: 1, Period: "2024-05-01", Cap: 4},
		} {
			turn.Rotation = rotation()
			putOne(t, s, n)
			require.NoError(t, s.Finish(t.Context(), claimOne(t, s).Lease, withTurns(turn)))
		}
		c := countersOf(t, s)[0]
		require.Equal(t, []any{"2024-05-02", int64(1), "2024-05-01", int64(4)}, []any{c.Period, c.InPeriod, c.Earlier, c.InEarlier})
		putOne(t, s, 9)
		job := claimOne(t, s)
		require.ErrorIs(t, s.Finish(t.Context(), job.Lease, withTurns(turnOf("a", 1, 4))), queue.ErrTurns, "yesterday's cap holds today")
	})
	t.Run("a person's counters are not those of an answer", func(t *testing.T) {
		s, _ := open(t)
		rows := []queue.Counter{{Row: "b"}, {Row: "a", Leads: 1}}
		require.NoError(t, s.SetCounters(t.Context(), rotation(), rows))
		rows[0].Leads = 99
		require.Equal(t, []queue.Counter{{Row: "a", Leads: 1}, {Row: "b"}}, countersOf(t, s), "sorted, and not the caller's slice")
	})
	t.Run("refusals", func(t *testing.T) { turnRefusals(t, factory) })
}

// capIsHeld gives a row leads by many answers at once, at all stores. Whoever is refused
// evaluates again, from the counters as they are then.
func capIsHeld(t *testing.T, stores []queue.Store) {
	const most, workers, each = 25, 8, 6
	for n := range workers * each {
		putOne(t, stores[n%len(stores)], n)
	}
	var jobs []queue.Job
	at := map[queue.ID]queue.Store{}
	for _, s := range stores {
		got, err := s.Claim(t.Context(), workers*each, time.Minute)
		require.NoError(t, err)
		for _, j := range got {
			jobs, at[j.ID] = append(jobs, j), s
		}
	}
	require.Len(t, jobs, workers*each)
	var work sync.WaitGroup
	var mu sync.Mutex // guards misses
	misses := 0
	for w := range workers {
		work.Go(func() {
			for _, j := range jobs[w*each : (w+1)*each] {
				s := at[j.ID]
				for {
					rows, err := s.Counters(t.Context(), rotation())
					if err != nil {
						t.Error(err)
						return
					}
					var out queue.Outcome
					given := int64(0)
					for _, c := range rows {
						given = c.InPeriod
					}
					if full := given >= most; full {
						out = queue.Evaluated([]byte("nobody"), queue.Summary{})
						mu.Lock()
						misses++
						mu.Unlock()
					} else {
						out = withTurns(turnOf("a", 1, most))
					}
					err = s.Finish(t.Context(), j.Lease, out)
					if isError(err, queue.ErrTurns) {
						continue
					}
					if err != nil {
						t.Error(err)
					}
					break
				}
			}
		})
	}
	work.Wait()
	require.Equal(t, workers*each-most, misses, "all that were not given")
	for _, s := range stores {
		require.Eventually(t, func() bool {
			rows, err := s.Counters(t.Context(), rotation())
			return err == nil && len(rows) == 1 && rows[0].InPeriod == most && rows[0].Leads == most && rows[0].Pass == 10*most
		}, 10*time.Second, 10*time.Millisecond, "neither more nor less than the cap")
	}
}

// turnRefusals makes calls out of bounds, and the largest that are within them.
func turnRefusals(t *testing.T, factory Factory) {
	s, err := factory(t).Open(time.Now, queue.Bounds{})
	require.NoError(t, err)
	putOne(t, s, 1)
	job := claimOne(t, s)
	name := strings.Repeat("n", queue.MaxName)
	largest := queue.Rotation{Instance: name, Table: name, Lookup: name}
	row := strings.Repeat("r", queue.MaxRow)
	finish := func(o queue.Outcome) func() error {
		return func() error { return s.Finish(t.Context(), job.Lease, o) }
	}
	turn := func(change func(*queue.Turn)) func() error {
		good := turnOf("a", 1, 5)
		change(&good)
		return finish(withTurns(good))
	}
	stuck := func(k queue.Stuck) func() error {
		return finish(queue.Evaluated(nil, queue.Summary{}).WithTurns(nil, []queue.Stuck{k}))
	}
	set := func(rows ...queue.Counter) func() error {
		return func() error { return s.SetCounters(t.Context(), rotation(), rows) }
	}
	for what, call := range map[string]func() error{
		"turns of a failure":        finish(queue.EvaluationFailed("boom", time.Now()).WithTurns([]queue.Turn{turnOf("a", 1, 0)}, nil)),
		"turns of a release":        finish(queue.Released().WithTurns(nil, []queue.Stuck{{Rotation: rotation(), Lead: "1", Row: "a"}})),
		"too many turns":            finish(withTurns(make([]queue.Turn, queue.MaxTurns+1)...)),
		"too many that keep a row":  finish(queue.Evaluated(nil, queue.Summary{}).WithTurns(nil, make([]queue.Stuck, queue.MaxStuck+1))),
		"no instance":               turn(func(t *queue.Turn) { t.Rotation.Instance = "" }),
		"no table":                  turn(func(t *queue.Turn) { t.Rotation.Table = "" }),
		"a long lookup":             turn(func(t *queue.Turn) { t.Rotation.Lookup = name + "n" }),
		"no row":                    turn(func(t *queue.Turn) { t.Row = "" }),
		"a long row":                turn(func(t *queue.Turn) { t.Row = row + "r" }),
		"fewer than no leads":       turn(func(t *queue.Turn) { t.Leads = -1 }),
		"a way back":                turn(func(t *queue.Turn) { t.Advance = -1 }),
		"a floor below all":         turn(func(t *queue.Turn) { t.Floor = -1 }),
		"a cap below all":           turn(func(t *queue.Turn) { t.Cap = -1 }),
		"a cap of no period":        turn(func(t *queue.Turn) { t.Period = "" }),
		"a period of another form":  turn(func(t *queue.Turn) { t.Period = "2024-5-1" }),
		"no lead":                   stuck(queue.Stuck{Rotation: rotation(), Row: "a"}),
		"a long lead":               stuck(queue.Stuck{Rotation: rotation(), Row: "a", Lead: name + "n"}),
		"a lead that keeps nothing": stuck(queue.Stuck{Rotation: rotation(), Lead: "1"}),
		"two counters of a row":     set(queue.Counter{Row: "a"}, queue.Counter{Row: "a"}),
		"a counter below all":       set(queue.Counter{Row: "a", Leads: -1}),
		"a pass below all":          set(queue.Counter{Row: "a", Pass: -1}),
		"leads of no period":        set(queue.Counter{Row: "a", InPeriod: 1}),
		"periods of two kinds":      set(queue.Counter{Row: "a", Period: "2024-05-01", Earlier: "2024-04"}),
		"periods in disorder":       set(queue.Counter{Row: "a", Period: "2024-05-01", Earlier: "2024-05-01"}),
		"too many counters":         set(make([]queue.Counter, queue.MaxCounters+1)...),
		"counters of nothing":       func() error { return s.SetCounters(t.Context(), queue.Rotation{}, nil) },
		"a question for nothing":    func() error { _, err := s.Counters(t.Context(), queue.Rotation{}); return err },
		"a question for no lead":    func() error { _, err := s.StuckTo(t.Context(), rotation(), []string{"1", ""}); return err },
		"a question for too many": func() error {
			_, err := s.StuckTo(t.Context(), rotation(), make([]string, queue.MaxStuck+1))
			return err
		},
		"a move to nowhere":         func() error { return s.MoveRotations(t.Context(), "owners", "") },
		"a drop of nothing":         func() error { return s.DropRotations(t.Context(), "") },
		"a drop of no lookup":       func() error { return s.DropRotations(t.Context(), "owners", "") },
		"unsticking nobody":         func() error { _, err := s.Unstick(t.Context(), rotation(), ""); return err },
		"unsticking in no instance": func() error { _, err := s.Unstick(t.Context(), queue.Rotation{Table: "owners"}, "1"); return err },
		"unsticking in no table": func() error {
			_, err := s.Unstick(t.Context(), queue.Rotation{Instance: "default", Lookup: "main"}, "1")
			return err
		},
	} {
		require.ErrorIs(t, call(), queue.ErrInvalid, what)
		list, err := s.Rotations(t.Context())
		require.NoError(t, err)
		require.Empty(t, list, what)
	}
	good := turnOf(row, 1, 1)
	good.Rotation = largest
	require.NoError(t, finish(queue.Evaluated(nil, queue.Summary{}).WithTurns([]queue.Turn{good}, []queue.Stuck{{Rotation: largest, Lead: name, Row: row}}))())
	rows, err := s.Counters(t.Context(), largest)
	require.NoError(t, err)
	require.Equal(t, row, rows[0].Row)
	kept, err := s.StuckTo(t.Context(), largest, []string{name})
	require.NoError(t, err)
	require.Equal(t, []queue.Stuck{{Rotation: largest, Lead: name, Row: row}}, kept)
	require.NoError(t, s.Close())
	for what, call := range map[string]func() error{
		"Counters":      func() error { _, err := s.Counters(t.Context(), largest); return err },
		"StuckTo":       func() error { _, err := s.StuckTo(t.Context(), largest, []string{"1"}); return err },
		"Rotations":     func() error { _, err := s.Rotations(t.Context()); return err },
		"SetCounters":   func() error { return s.SetCounters(t.Context(), largest, nil) },
		"MoveRotations": func() error { return s.MoveRotations(t.Context(), "a", "b") },
		"DropRotations": func() error { return s.DropRotations(t.Context(), "a") },
		"Unstick":       func() error { _, err := s.Unstick(t.Context(), largest, "1"); return err },
	} {
		require.ErrorIs(t, call(), queue.ErrClosed, what)
	}
}

// ownersTakeTurns has two owners give turns of one rotation.
func ownersTakeTurns(t *testing.T, b Backend) {
	one, two := openTwice(t, b, newClock())
	capIsHeld(t, []queue.Store{one, two})
	putOne(t, one, 1000)
	job := claimOne(t, one)
	stuck := []queue.Stuck{{Rotation: rotation(), Lead: "7", Row: "a"}}
	require.NoError(t, one.Finish(t.Context(), job.Lease, queue.Evaluated(nil, queue.Summary{}).WithTurns(nil, stuck)))
	require.Eventually(t, func() bool {
		got, err := two.StuckTo(t.Context(), rotation(), []string{"7"})
		return err == nil && len(got) == 1
	}, 10*time.Second, 10*time.Millisecond, "a lead keeps its row at every owner")
	putOne(t, one, 1001)
	job = claimOne(t, one)
	require.NoError(t, b.Crash(one))
	require.ErrorIs(t, two.Finish(t.Context(), job.Lease, withTurns(turnOf("a", 1, 0))), queue.ErrStale)
	require.NoError(t, two.MoveRotations(t.Context(), "owners", "others"))
	as := rotation()
	as.Table = "others"
	rows, err := two.Counters(t.Context(), as)
	require.NoError(t, err)
	require.Equal(t, int64(25), rows[0].Leads, fmt.Sprint("what a dead owner did not store does not count: ", rows))
}
