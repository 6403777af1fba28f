package tables_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
)

// upload makes one more version of table t, which is not live, and says its number.
func upload(t *testing.T, s *tables.Store, sheet *keepertest.Sheet) int {
	t.Helper()
	im, err := s.Import(context.Background(), "t", sheet, tables.ImportOptions{Confirm: true, Force: true})
	require.NoError(t, err)
	return im.Version
}

// scheduleIn has a version of t go live after some time.
func scheduleIn(t *testing.T, s *tables.Store, version int, after time.Duration) *tables.Schedule {
	t.Helper()
	made, err := s.Schedule(context.Background(), "t", tables.PublishRequest{Version: version}, tables.ScheduleOptions{At: time.Now().Add(after), By: "ann"})
	require.NoError(t, err)
	return made
}

// scheduled is what goes live later of table t.
func scheduled(t *testing.T, s *tables.Store) *tables.Schedule {
	t.Helper()
	table, ok := s.Catalog().Table("t")
	require.True(t, ok)
	return table.Scheduled
}

// wait lets so much time pass, and what is done in it end.
func wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// actions are those of the history of t, the latest first.
func actions(t *testing.T, s *tables.Store) (list []tables.Action) {
	t.Helper()
	events, err := s.History("t")
	require.NoError(t, err)
	for _, e := range events {
		list = append(list, e.Action)
	}
	return list
}

// scheduling runs a test in a bubble of time with a store that has table t, version 1, and its lookup.
func scheduling(t *testing.T, o tables.Options, test func(t *testing.T, s *tables.Store, m *keepertest.Memory)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m := keepertest.NewMemory()
		s, _ := over(t, m, o)
		defer func() { require.NoError(t, s.Close()) }()
		good(t, s)
		test(t, s, m)
	})
}

func TestWhatIsScheduledGoesLiveAtItsTimeRowsAndLookupsInOneStep(t *testing.T) {
	t.Parallel()
	scheduling(t, tables.Options{}, func(t *testing.T, s *tables.Store, _ *keepertest.Memory) {
		second := upload(t, s, harm{columns: true}.sheet())
		l := regexLookup()
		l.Outputs[0].Column = "other"
		_, _, err := s.PutLookup(context.Background(), "t", l, tables.LookupOptions{})
		require.NoError(t, err)
		require.Error(t, s.PublishLookup(context.Background(), "t", "", 2, ""), "the live version has no such column")

		at := time.Now().Add(36 * time.Hour)
		request := tables.PublishRequest{Version: second, Lookups: map[string]int{"t": 2}}
		made, err := s.Schedule(context.Background(), "t", request, tables.ScheduleOptions{At: at, By: "ann"})
		require.NoError(t, err)
		require.Equal(t, map[string]int{"t": 2}, made.Named("t"))
		require.Equal(t, made, scheduled(t, s))
		require.Equal(t, 1, made.Base)
		wait(36*time.Hour - time.Second)
		require.Equal(t, 1, liveOf(s)[0])
		require.Empty(t, scheduled(t, s).Refusals, "the nights have found nothing")
		require.True(t, scheduled(t, s).Tried.After(made.Tried))
		wait(16 * time.Second)
		table, _ := s.Catalog().Table("t")
		require.Equal(t, second, table.Live.Number)
		l, ok := table.Lookup("t")
		require.True(t, ok)
		require.Equal(t, "other", l.Outputs[0].Column)
		require.Nil(t, table.Scheduled)
		events, err := s.History("t")
		require.NoError(t, err)
		require.Equal(t, tables.Event{
			At: events[0].At, By: "ann", Action: tables.ActionPublish, Version: second, Lookups: map[string]int{"t": 2},
			Note: "as scheduled for " + at.UTC().Format(time.RFC3339),
		}, events[0])
		require.Equal(t, tables.ActionSchedule, events[1].Action)
		require.Equal(t, map[string]int{"t": 2}, events[1].Lookups)
	})
}

func TestWhatWouldBeRefusedNowIsNotScheduled(t *testing.T) {
	t.Parallel()
	scheduling(t, tables.Options{}, func(t *testing.T, s *tables.Store, _ *keepertest.Memory) {
		ctx, at := context.Background(), time.Now().Add(time.Hour)
		bad := upload(t, s, harm{columns: true, rows: true}.sheet())
		before := actions(t, s)
		for _, lift := range []tables.Lift{{}, {Confirm: true}, {Force: true}} {
			_, err := s.Schedule(ctx, "t", tables.PublishRequest{Version: bad, Lift: lift}, tables.ScheduleOptions{At: at})
			require.Equal(t, reasons(t, s.PublishTogether(ctx, "t", tables.PublishRequest{Version: bad, Lift: lift}, "")), reasons(t, err), "as publishing now")
			require.NotEmpty(t, reasons(t, err))
		}
		require.Nil(t, scheduled(t, s))
		require.Equal(t, before, actions(t, s))
		for name, request := range map[string]tables.PublishRequest{
			"no such version": {Version: 77}, "no such lookup": {Version: 1, Lookups: map[string]int{"none-such": 1}}, "nothing": {}, "no version of it": {Lookups: map[string]int{"t": 9}},
		} {
			_, err := s.Schedule(ctx, "t", request, tables.ScheduleOptions{At: at})
			require.Error(t, err, name)
		}
		for _, wrong := range []time.Time{time.Now(), time.Now().Add(-time.Second), time.Now().AddDate(11, 0, 0), {}} {
			_, err := s.Schedule(ctx, "t", tables.PublishRequest{Version: 1}, tables.ScheduleOptions{At: wrong})
			require.ErrorIs(t, err, schema.ErrInvalid, wrong)
		}
		_, err := s.Schedule(ctx, "none-such", tables.PublishRequest{Version: 1}, tables.ScheduleOptions{At: at})
		require.ErrorIs(t, err, schema.ErrTableNotFound)

		// What was lifted is lifted when it is due.
		_, err = s.Schedule(ctx, "t", tables.PublishRequest{Version: bad, Lift: tables.Lift{Confirm: true, Force: true}}, tables.ScheduleOptions{At: at})
		require.NoError(t, err)
		wait(time.Hour + time.Minute)
		require.Equal(t, bad, liveOf(s)[0])
	})
}

func TestATableHasOneScheduleAndAnotherTakesItsPlaceOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	scheduling(t, tables.Options{}, func(t *testing.T, s *tables.Store, _ *keepertest.Memory) {
		ctx := context.Background()
		second, bad := upload(t, s, harm{}.sheet()), upload(t, s, harm{rows: true}.sheet())
		first := scheduleIn(t, s, second, time.Hour)
		events := actions(t, s)
		again := scheduleIn(t, s, second, time.Hour)
		require.Equal(t, first, again, "the same, asked for twice, is one")
		require.Equal(t, events, actions(t, s))

		o := tables.ScheduleOptions{At: time.Now().Add(2 * time.Hour), By: "bob"}
		_, err := s.Schedule(ctx, "t", tables.PublishRequest{Version: bad}, o)
		require.Equal(t, map[string]string{schema.CodeScheduled: schema.LiftReplace, schema.CodeLargeLoss: schema.LiftConfirm}, reasons(t, err), "every reason at once")
		require.ErrorContains(t, err, "as it was scheduled by ann")
		require.ErrorIs(t, err, schema.ErrConflict)
		_, err = s.Schedule(ctx, "t", tables.PublishRequest{Version: second}, o)
		require.Equal(t, map[string]string{schema.CodeScheduled: schema.LiftReplace}, reasons(t, err))
		require.Equal(t, first, scheduled(t, s))
		o.Replace = true
		_, err = s.Schedule(ctx, "t", tables.PublishRequest{Version: second}, o)
		require.NoError(t, err)
		require.Equal(t, "bob", scheduled(t, s).By)
		wait(90 * time.Minute)
		require.Equal(t, 1, liveOf(s)[0], "the first one is no more")
		wait(time.Hour)
		require.Equal(t, second, liveOf(s)[0])
	})
}

func TestWhatIsScheduledCanBeCancelled(t *testing.T) {
	t.Parallel()
	scheduling(t, tables.Options{}, func(t *testing.T, s *tables.Store, _ *keepertest.Memory) {
		require.ErrorIs(t, s.Unschedule("t", "bob"), schema.ErrNotScheduled)
		require.ErrorIs(t, s.Unschedule("none-such", "bob"), schema.ErrTableNotFound)
		second := upload(t, s, harm{}.sheet())
		scheduleIn(t, s, second, time.Hour)
		require.NoError(t, s.Unschedule("t", "bob"))
		require.Nil(t, scheduled(t, s))
		wait(2 * time.Hour)
		require.Equal(t, 1, liveOf(s)[0])
		events, err := s.History("t")
		require.NoError(t, err)
		require.Equal(t, tables.Event{At: events[0].At, By: "bob", Action: tables.ActionUnschedule, Version: second}, events[0])
	})
}

func TestWhatIsMadeLiveByHandEndsTheScheduleAndAnotherVersionDoesNot(t *testing.T) {
	t.Parallel()
	scheduling(t, tables.Options{}, func(t *testing.T, s *tables.Store, _ *keepertest.Memory) {
		second, third := upload(t, s, harm{}.sheet()), upload(t, s, harm{}.sheet())
		scheduleIn(t, s, second, time.Hour)
		require.NoError(t, s.Publish("t", third, "bob"))
		_, err := s.Rollback(context.Background(), "t", tables.Lift{}, "bob")
		require.NoError(t, err)
		require.NoError(t, s.Publish("t", third, "bob"))
		require.Equal(t, 1, scheduled(t, s).Base, "which tells that another one is live now")
		wait(2 * time.Hour)
		require.Equal(t, second, liveOf(s)[0])

		scheduleIn(t, s, third, time.Hour)
		require.NoError(t, s.Publish("t", third, "bob"))
		require.Nil(t, scheduled(t, s))
		require.Equal(t, []tables.Action{tables.ActionPublish, tables.ActionUnschedule}, actions(t, s)[:2])
		_, err = s.Rollback(context.Background(), "t", tables.Lift{}, "bob")
		require.NoError(t, err)
		wait(2 * time.Hour)
		require.Equal(t, second, liveOf(s)[0], "what was found to be bad does not come back by itself")

		// Lookups alone, by the route that knows no rows.
		l := regexLookup()
		l.Label = "other"
		require.NoError(t, s.SetLookup("t", l, ""))
		_, err = s.Schedule(context.Background(), "t", tables.PublishRequest{Lookups: map[string]int{"t": 1}}, tables.ScheduleOptions{At: time.Now().Add(time.Hour)})
		require.NoError(t, err)
		require.NoError(t, s.PublishLookup(context.Background(), "t", "", 1, "bob"))
		require.Nil(t, scheduled(t, s))
		_, err = s.Schedule(context.Background(), "t", tables.PublishRequest{Lookups: map[string]int{"t": 2}}, tables.ScheduleOptions{At: time.Now().Add(time.Hour)})
		require.NoError(t, err)
		wait(2 * time.Hour)
		table, _ := s.Catalog().Table("t")
		now, _ := table.Lookup("t")
		require.Equal(t, "other", now.Label)
		require.Equal(t, second, table.Live.Number)
	})
}

func TestWhatIsLiveAlreadyWhenItIsDueIsTold(t *testing.T) {
	t.Parallel()
	scheduling(t, tables.Options{}, func(t *testing.T, s *tables.Store, _ *keepertest.Memory) {
		scheduleIn(t, s, 1, time.Hour)
		wait(2 * time.Hour)
		require.Nil(t, scheduled(t, s))
		events, err := s.History("t")
		require.NoError(t, err)
		require.Equal(t, tables.ActionPublish, events[0].Action)
		require.Contains(t, events[0].Note, "it was live already")
	})
}

func TestAVersionThatIsScheduledIsNotDroppedForBeingOld(t *testing.T) {
	t.Parallel()
	scheduling(t, tables.Options{KeepVersions: 1}, func(t *testing.T, s *tables.Store, _ *keepertest.Memory) {
		second := upload(t, s, harm{}.sheet())
		l := regexLookup()
		l.Label = "later"
		_, _, err := s.PutLookup(context.Background(), "t", l, tables.LookupOptions{})
		require.NoError(t, err)
		_, err = s.Schedule(context.Background(), "t", tables.PublishRequest{Version: second, Lookups: map[string]int{"t": 2}}, tables.ScheduleOptions{At: time.Now().Add(time.Hour)})
		require.NoError(t, err)
		for i := range 3 {
			keepertest.Publish(t, s, "t", harm{}.sheet())
			l.Label = string(rune('a' + i))
			require.NoError(t, s.SetLookup("t", l, ""))
		}
		wait(2 * time.Hour)
		require.Equal(t, second, liveOf(s)[0])
		table, _ := s.Catalog().Table("t")
		now, _ := table.Lookup("t")
		require.Equal(t, "later", now.Label)
		keepertest.Publish(t, s, "t", harm{}.sheet())
		keepertest.Publish(t, s, "t", harm{}.sheet())
		require.ErrorIs(t, s.Publish("t", second, ""), schema.ErrVersionNotFound, "now it is like any other")
	})
}

func TestAScheduleGoesWithItsTableAndAPersonDecidesWhereTheTimeHasPassed(t *testing.T) {
	t.Parallel()
	scheduling(t, tables.Options{}, func(t *testing.T, s *tables.Store, _ *keepertest.Memory) {
		ctx := context.Background()
		second := upload(t, s, harm{}.sheet())
		l := regexLookup()
		l.Label = "later"
		_, _, err := s.PutLookup(ctx, "t", l, tables.LookupOptions{})
		require.NoError(t, err)
		_, err = s.Schedule(ctx, "t", tables.PublishRequest{Version: second, Lookups: map[string]int{"t": 2}}, tables.ScheduleOptions{At: time.Now().Add(3 * time.Hour)})
		require.NoError(t, err)
		require.NoError(t, s.Delete("t", ""))
		wait(time.Hour)
		keepertest.Publish(t, s, "t", harm{}.sheet())
		require.Nil(t, scheduled(t, s), "a new table of the name has none")
		require.NoError(t, s.Restore(ctx, "t", "back", tables.Lift{}, ""))
		back, _ := s.Catalog().Table("back")
		require.Equal(t, map[string]int{"back": 2}, back.Scheduled.Named("back"), "its default lookup is called as it is")
		wait(3 * time.Hour)
		back, _ = s.Catalog().Table("back")
		require.Equal(t, second, back.Live.Number)
		now, _ := back.Lookup("back")
		require.Equal(t, "later", now.Label)

		scheduleIn(t, s, liveOf(s)[0], time.Hour)
		require.NoError(t, s.Delete("t", ""))
		wait(2 * time.Hour)
		require.NoError(t, s.Restore(ctx, "t", "", tables.Lift{}, ""))
		p := scheduled(t, s)
		require.False(t, p.Refused.IsZero())
		require.Equal(t, tables.ReasonPassed, p.Refusals[0].Code)
		require.Equal(t, []tables.Action{tables.ActionRefused, tables.ActionRestore}, actions(t, s)[:2])
		wait(48 * time.Hour)
		require.Equal(t, p, scheduled(t, s), "it waits for a person")
		require.NoError(t, s.Unschedule("t", ""))
	})
}

func TestWhatCannotBeReadNowGoesLiveOnceItCan(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := keepertest.NewMemory()
		s, owner := over(t, m, tables.Options{})
		defer func() { require.NoError(t, s.Close()) }()
		good(t, s)
		second := upload(t, s, harm{}.sheet())
		scheduleIn(t, s, second, time.Hour)
		trouble := errors.New("harm")
		owner.Inject(func(call string) *keepertest.Fault {
			if call == "Findings" || call == "Version" {
				return &keepertest.Fault{Err: trouble}
			}
			return nil
		})
		wait(2 * time.Hour)
		require.Equal(t, 1, liveOf(s)[0])
		require.True(t, scheduled(t, s).Refused.IsZero(), "nobody knows whether it may go live")
		require.ErrorIs(t, s.Background(), trouble)
		require.ErrorContains(t, s.Background(), "version 2 of table \"t\", scheduled for")
		owner.Inject(nil)
		wait(time.Minute)
		require.Equal(t, second, liveOf(s)[0])
		require.NoError(t, s.Background())

		// Without room on the disk nothing is lost either.
		scheduleIn(t, s, 1, time.Hour)
		owner.Inject(func(call string) *keepertest.Fault {
			if call == "Commit" {
				return &keepertest.Fault{Err: tables.ErrDiskFull}
			}
			return nil
		})
		wait(2 * time.Hour)
		require.ErrorIs(t, s.Background(), tables.ErrDiskFull)
		owner.Inject(nil)
		wait(time.Minute)
		require.Equal(t, 1, liveOf(s)[0])
	})
}

// Both processes see that it is due, and each commits what it has heard of.
func TestOfTwoStoresOneMakesItLiveOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := keepertest.NewMemory()
		one, _ := over(t, m, tables.Options{})
		two, _ := over(t, m, tables.Options{})
		good(t, one)
		second := upload(t, one, harm{}.sheet())
		scheduleIn(t, one, second, time.Hour)
		synctest.Wait()
		require.NotNil(t, scheduled(t, two))
		wait(2 * time.Hour)
		for _, s := range []*tables.Store{one, two} {
			require.Equal(t, second, liveOf(s)[0])
			require.Nil(t, scheduled(t, s))
			require.NoError(t, s.Background())
		}
		n := 0
		for _, action := range actions(t, one) {
			if action == tables.ActionPublish {
				n++
			}
		}
		require.Equal(t, 2, n, "the first version, and this one once")
		require.NoError(t, one.Close())
		require.NoError(t, two.Close())
	})
}
