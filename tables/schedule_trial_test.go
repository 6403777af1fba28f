package tables_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
)

// A said is a log that several may write.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

// count is how many lines have a text.
func (s *said) count(text string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Count(s.text.String(), text)
}

const (
	wouldBe = `level=WARN msg="what is scheduled would be refused as things are now"`
	was     = `level=ERROR msg="what was scheduled was refused when it was due`
)

// needsOther is the lookup of t with one more output that version 1 has and a sheet without columns does not.
func needsOther(t *testing.T, s *tables.Store) {
	t.Helper()
	l := regexLookup()
	l.Name, l.Outputs[0].Field = "second", "w"
	require.NoError(t, s.SetLookup("t", l, "bob"))
}

func TestWhatWillBeRefusedIsToldAtNightAndSoonAfterAChange(t *testing.T) {
	t.Parallel()
	log := &said{}
	zone := time.FixedZone("east", 5*60*60)
	scheduling(t, tables.Options{Log: slog.New(slog.NewTextHandler(log, nil)), Zone: zone}, func(t *testing.T, s *tables.Store, _ *keepertest.Memory) {
		second := upload(t, s, harm{columns: true}.sheet())
		require.NoError(t, s.DeleteLookup("t", "t", ""))
		scheduleIn(t, s, second, 10*24*time.Hour) // nobody needs the column
		before := actions(t, s)
		needsOther(t, s)
		wait(2 * time.Minute)
		p := scheduled(t, s)
		require.Len(t, p.Refusals, 1)
		require.Equal(t, []string{schema.CodeColumnMissing, schema.LiftForce, "second", "v"}, []string{p.Refusals[0].Code, p.Refusals[0].Lift, p.Refusals[0].Lookup, p.Refusals[0].Column})
		require.True(t, p.Refused.IsZero(), "it is kept")
		require.Equal(t, 1, log.count(wouldBe))
		require.Len(t, actions(t, s), len(before)+1, "a trial is no event")
		table, _ := s.Catalog().Table("t")
		updated := table.Updated

		// At three at night of the zone, and no other time.
		wait(time.Until(time.Date(2000, 1, 2, 2, 59, 0, 0, zone)))
		require.Equal(t, 1, log.count(wouldBe))
		require.Equal(t, p.Tried, scheduled(t, s).Tried)
		wait(2 * time.Minute)
		require.Equal(t, 2, log.count(wouldBe))
		for range 3 {
			wait(24 * time.Hour)
		}
		require.Equal(t, 5, log.count(wouldBe), "once a night")
		table, _ = s.Catalog().Table("t")
		require.Equal(t, updated, table.Updated, "a trial does not change the table")

		require.NoError(t, s.DeleteLookup("t", "second", ""))
		wait(2 * time.Minute)
		require.Empty(t, scheduled(t, s).Refusals)
		require.Equal(t, 1, log.count(`level=INFO msg="what is scheduled would go live`))
	})
}

func TestATableThatKeepsBeingChangedIsTriedOnceAMinute(t *testing.T) {
	t.Parallel()
	scheduling(t, tables.Options{}, func(t *testing.T, s *tables.Store, _ *keepertest.Memory) {
		second := upload(t, s, harm{}.sheet())
		scheduleIn(t, s, second, time.Hour)
		tried := map[time.Time]bool{}
		for n := range 100 {
			require.NoError(t, s.SetLabel("t", strings.Repeat("x", n+1), ""))
			wait(3 * time.Second)
			tried[scheduled(t, s).Tried] = true
		}
		require.Greater(t, len(tried), 3, "five minutes")
		require.Less(t, len(tried), 8)
	})
}

func TestATrialThatWasMissedIsMadeAtTheStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := keepertest.NewMemory()
		s, _ := over(t, m, tables.Options{})
		good(t, s)
		scheduleIn(t, s, upload(t, s, harm{}.sheet()), 100*time.Hour)
		wait(4 * time.Hour)
		p := scheduled(t, s)
		require.Equal(t, 3, p.Tried.Hour())
		require.NoError(t, s.Close())
		s, _ = over(t, m, tables.Options{})
		synctest.Wait()
		require.Equal(t, p, scheduled(t, s), "none was missed")
		require.NoError(t, s.Close())
		wait(24 * time.Hour)
		s, _ = over(t, m, tables.Options{})
		synctest.Wait()
		require.Equal(t, time.Now().UTC(), scheduled(t, s).Tried)
		require.NoError(t, s.Close())
	})
}

func TestWhatIsRefusedWhenItIsDueStaysUntilSomebodyActs(t *testing.T) {
	t.Parallel()
	log := &said{}
	scheduling(t, tables.Options{Log: slog.New(slog.NewTextHandler(log, nil))}, func(t *testing.T, s *tables.Store, _ *keepertest.Memory) {
		refuse := func() (version int) {
			version = upload(t, s, harm{columns: true}.sheet())
			require.NoError(t, s.DeleteLookup("t", "t", ""))
			scheduleIn(t, s, version, time.Hour)
			require.NoError(t, s.SetLookup("t", regexLookup(), ""))
			wait(2 * time.Hour)
			return version
		}
		second := refuse()
		p := scheduled(t, s)
		require.Equal(t, second, p.Version)
		require.False(t, p.Refused.IsZero())
		require.Equal(t, schema.CodeColumnMissing, p.Refusals[0].Code)
		require.Equal(t, 1, liveOf(s)[0])
		require.Equal(t, 1, log.count(was))
		events, err := s.History("t")
		require.NoError(t, err)
		require.Equal(t, tables.ActionRefused, events[0].Action)
		require.Equal(t, second, events[0].Version)
		require.Contains(t, events[0].Note, `lookup "t" of table "t" uses column "v"`)

		require.NoError(t, s.DeleteLookup("t", "t", ""))
		wait(72 * time.Hour)
		require.Equal(t, p, scheduled(t, s), "that it would be let now changes nothing: a person acts")
		require.Equal(t, 1, log.count(was))
		require.NoError(t, s.Unschedule("t", "bob"))

		third := refuse()
		require.NoError(t, s.PublishTogether(context.Background(), "t", tables.PublishRequest{Version: third, Lift: tables.Lift{Force: true}}, "bob"))
		require.Nil(t, scheduled(t, s), "published by hand")
		require.NoError(t, s.Publish("t", 1, "bob"))
		refuse()
		scheduleIn(t, s, 1, time.Hour)
		require.True(t, scheduled(t, s).Refused.IsZero(), "scheduled anew, nobody has to say that it may be replaced")
	})
}

func TestAServiceThatDidNotRunPublishesAtItsStartAndSaysSo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := keepertest.NewMemory()
		s, _ := over(t, m, tables.Options{})
		good(t, s)
		second := upload(t, s, harm{}.sheet())
		scheduleIn(t, s, second, time.Hour)
		require.NoError(t, s.Close())
		wait(25 * time.Hour)
		s, _ = over(t, m, tables.Options{})
		synctest.Wait()
		require.Equal(t, second, liveOf(s)[0])
		events, err := s.History("t")
		require.NoError(t, err)
		require.Contains(t, events[0].Note, ", 24h0m0s late, because the service did not run or its clock was set")
		require.NoError(t, s.Close())
	})
}

// A store is open before the service runs that answers the leads of tests. What is due, or to be tried, waits for it.
func TestWhatIsScheduledWaitsForWhoRunsTheTests(t *testing.T) {
	t.Parallel()
	for _, hours := range []time.Duration{1, 1000} { // over when the store is opened again, and only to be tried then
		synctest.Test(t, func(t *testing.T) {
			m := keepertest.NewMemory()
			s, _ := over(t, m, tables.Options{})
			good(t, s)
			s.TestBy(&prober{t: t})
			require.NoError(t, s.SetLookup("t", tested("t", "^a"), ""))
			second := upload(t, s, harm{}.sheet())
			scheduleIn(t, s, second, hours*time.Hour)
			require.NoError(t, s.Close())
			wait(25 * time.Hour)

			s, _ = over(t, m, tables.Options{})
			wait(time.Minute)
			require.Equal(t, 1, liveOf(s)[0])
			require.True(t, scheduled(t, s).Refused.IsZero())
			require.Empty(t, scheduled(t, s).Refusals)
			require.Equal(t, tables.ActionSchedule, actions(t, s)[0], "nobody was told of a refusal")
			p := &prober{t: t}
			s.TestBy(p)
			synctest.Wait()
			if hours == 1 {
				require.Equal(t, second, liveOf(s)[0])
				require.Nil(t, scheduled(t, s))
			} else {
				require.Equal(t, time.Now(), scheduled(t, s).Tried.Local())
			}
			require.Positive(t, p.runs.Load())
			require.NoError(t, s.Close())
		})
	}
}

// The wall clock is another one than that of timers: it is set, and a machine that sleeps stops the timers only.
func TestTheWallClockDecidesWhereverItIsSet(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	set := time.Duration(0)
	wall := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return time.Now().Round(0).Add(set)
	}
	change := func(by time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		set += by
	}
	scheduling(t, tables.Options{Now: wall}, func(t *testing.T, s *tables.Store, _ *keepertest.Memory) {
		second, third := upload(t, s, harm{}.sheet()), upload(t, s, harm{}.sheet())
		scheduleIn(t, s, second, 10*time.Hour)
		change(-5 * time.Hour)
		wait(11 * time.Hour)
		require.Equal(t, 1, liveOf(s)[0], "set back: it is not the time yet")
		require.False(t, scheduled(t, s).Tried.After(wall()), "a trial of the future does not count")
		change(3 * time.Hour)
		wait(time.Minute)
		require.Equal(t, 1, liveOf(s)[0])
		change(time.Hour) // as a machine that wakes up
		wait(16 * time.Second)
		require.Equal(t, second, liveOf(s)[0])
		require.Nil(t, scheduled(t, s))
		events := len(actions(t, s))
		change(-48 * time.Hour)
		wait(72 * time.Hour)
		require.Len(t, actions(t, s), events, "set back behind it, it does not go live twice")

		_, err := s.Schedule(context.Background(), "t", tables.PublishRequest{Version: third}, tables.ScheduleOptions{At: wall().Add(time.Hour)})
		require.NoError(t, err)
		change(240 * time.Hour)
		wait(16 * time.Second)
		require.Equal(t, third, liveOf(s)[0])
	})
}

func TestATrialTellsWhatWouldComeOfPublishing(t *testing.T) {
	t.Parallel()
	scheduling(t, tables.Options{}, func(t *testing.T, s *tables.Store, _ *keepertest.Memory) {
		ctx := context.Background()
		sheet := harm{}.sheet()
		sheet.Rows[0][1] = "changed"
		sheet.Rows = append(sheet.Rows, []string{"^x", "1"}, []string{"^y", "1"})
		second := upload(t, s, sheet)
		bad := upload(t, s, harm{columns: true, rows: true, cell: true}.sheet())
		before, history := liveOf(s), actions(t, s)

		trial, err := s.Try(ctx, "t", tables.PublishRequest{Version: second})
		require.NoError(t, err)
		require.NoError(t, trial.Refused)
		require.Equal(t, []int{second, 1}, []int{trial.Version, trial.Live})
		require.Equal(t, []int{3, 1}, []int{trial.Diff.Added, trial.Diff.Removed}, "without an exact key a changed row is one that goes and one that comes")
		found, _, err := s.Findings(ctx, "t", second)
		require.NoError(t, err)
		require.Equal(t, found.Counts, trial.Findings.Counts)

		trial, err = s.Try(ctx, "t", tables.PublishRequest{Version: bad})
		require.NoError(t, err)
		require.Equal(t, reasons(t, s.Publish("t", bad, "")), reasons(t, trial.Refused))
		require.Len(t, trial.Reasons(), 3)
		require.Equal(t, 1, trial.Findings.Counts[schema.CodeBadPattern])
		require.Equal(t, 10, trial.Diff.Removed)

		trial, err = s.Try(ctx, "t", tables.PublishRequest{Version: 77})
		require.NoError(t, err)
		require.Equal(t, tables.ReasonVersionGone, trial.Reasons()[0].Code)
		trial, err = s.Try(ctx, "t", tables.PublishRequest{Version: 1})
		require.NoError(t, err)
		require.Empty(t, trial.Reasons())
		require.Nil(t, trial.Diff)
		trial, err = s.Try(ctx, "t", tables.PublishRequest{Lookups: map[string]int{"t": 4}})
		require.NoError(t, err)
		require.Equal(t, tables.ReasonVersionGone, trial.Reasons()[0].Code)
		trial, err = s.TryRollback(ctx, "t", tables.Lift{})
		require.NoError(t, err)
		require.Equal(t, tables.ReasonVersionGone, trial.Reasons()[0].Code, "nothing was live before")
		_, err = s.Try(ctx, "none-such", tables.PublishRequest{Version: 1})
		require.ErrorIs(t, err, schema.ErrTableNotFound)

		scheduleIn(t, s, second, time.Hour)
		trial, err = s.TrySchedule(ctx, "t", tables.PublishRequest{Version: 1}, tables.ScheduleOptions{At: time.Now().Add(time.Hour)})
		require.NoError(t, err)
		require.Equal(t, map[string]string{schema.CodeScheduled: schema.LiftReplace}, reasons(t, trial.Refused))
		require.NoError(t, s.Unschedule("t", ""))
		require.Equal(t, before, liveOf(s))
		require.Equal(t, history, actions(t, s)[2:])

		require.NoError(t, s.Publish("t", second, ""))
		trial, err = s.TryRollback(ctx, "t", tables.Lift{})
		require.NoError(t, err)
		require.NoError(t, trial.Refused)
		require.Equal(t, []int{1, second}, []int{trial.Version, trial.Live})
		require.Equal(t, second, liveOf(s)[0])
	})
}

func TestAScheduleKeepsTwentyReasonsAndHowManyMoreThereAre(t *testing.T) {
	t.Parallel()
	scheduling(t, tables.Options{}, func(t *testing.T, s *tables.Store, _ *keepertest.Memory) {
		l := regexLookup()
		l.Match[0].Mode = schema.ModeExact
		require.NoError(t, s.SetLookup("t", l, ""))
		sheet := &keepertest.Sheet{Header: []string{"k", "v"}}
		for range 50 {
			sheet.Rows = append(sheet.Rows, []string{"(", "1"})
		}
		second := upload(t, s, sheet)
		scheduleIn(t, s, second, time.Hour)
		require.NoError(t, s.SetLookup("t", regexLookup(), ""))
		wait(2 * time.Minute)
		list := scheduled(t, s).Refusals
		require.Len(t, list, 20)
		require.Equal(t, 50-19, list[19].More)
		require.Zero(t, list[18].More)
		require.Equal(t, 19, list[18].Row)
	})
}
