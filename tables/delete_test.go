package tables_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
)

func TestADeletedTableIsRestoredAsItWas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tables.db")
	s := openAt(t, path, tables.Options{})
	keepertest.Publish(t, s, "t", keepertest.Countries())
	keepertest.Publish(t, s, "t", keepertest.Countries())
	require.Equal(t, 1, putLookup(t, s, by("", "country", "one"), true))
	require.Equal(t, 2, putLookup(t, s, by("", "country", "two"), true))
	require.Equal(t, 1, putLookup(t, s, by("second", "numeric", "n"), true))
	_, err := s.Rollback(context.Background(), "t", tables.Lift{}, "ann")
	require.NoError(t, err)
	before, _ := s.Catalog().Table("t")

	require.NoError(t, s.Delete("t", "ann"))
	_, ok := s.Catalog().Table("t")
	require.False(t, ok)
	require.Len(t, storages(t, s), 2, "the rows wait")
	deleted := s.Deleted()
	require.Len(t, deleted, 1)
	require.Equal(t, []any{tables.KindTable, "t", 2, []string{"second", "t"}}, []any{deleted[0].Kind, deleted[0].Name, deleted[0].Versions, deleted[0].Lookups})
	require.Equal(t, tables.RestoreTime, deleted[0].Until.Sub(deleted[0].Deleted))
	for _, err := range []error{s.Publish("t", 1, ""), s.PublishLookup(context.Background(), "t", "", 1, ""), s.Delete("t", "")} {
		require.ErrorIs(t, err, schema.ErrTableNotFound)
	}
	require.NoError(t, s.Close())
	s = openAt(t, path, tables.Options{})
	defer func() { require.NoError(t, s.Close()) }()
	require.Equal(t, deleted, s.Deleted(), "it outlives the process")

	require.NoError(t, s.Restore(context.Background(), "t", "", tables.Lift{}, "bob"))
	after, _ := s.Catalog().Table("t")
	require.Equal(t, before.Live, after.Live)
	require.Equal(t, before.Lookups, after.Lookups)
	require.Equal(t, 2, after.Versions)
	require.Empty(t, s.Deleted())
	require.Equal(t, keepertest.Countries().Rows, keepertest.Cells(t, s, "t", 0))
	require.NoError(t, s.PublishLookup(context.Background(), "t", "", 1, "ann"), "versions of lookups are back as well")
	events, err := s.History("t")
	require.NoError(t, err)
	require.Equal(t, []any{tables.ActionRestore, "bob", 1}, []any{events[1].Action, events[1].By, events[1].Version})
	require.Equal(t, 3, keepertest.Publish(t, s, "t", keepertest.Countries()).Version, "numbers go on")
	require.ErrorIs(t, s.Restore(context.Background(), "t", "", tables.Lift{}, "bob"), schema.ErrTableNotFound, "there is none")
	require.ErrorIs(t, s.Restore(context.Background(), "nowhere", "", tables.Lift{}, "bob"), schema.ErrTableNotFound)
	require.ErrorIs(t, s.Restore(context.Background(), "t", "A b", tables.Lift{}, "bob"), schema.ErrInvalid)
}

func TestUnderADeletedNameANewTableBeginsAndTheOldOneComesBackUnderAnother(t *testing.T) {
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", keepertest.Countries())
	require.Equal(t, 1, putLookup(t, s, by("", "country", "old"), true))
	require.NoError(t, s.Delete("t", "ann"))
	require.Equal(t, 2, keepertest.Publish(t, s, "t", numberedSheet(5)).Version, "numbers go on")
	require.True(t, liveLookup(t, s, "").Guessed, "nothing of the old one is in it")
	_, err := s.Rollback(context.Background(), "t", tables.Lift{}, "ann")
	require.ErrorIs(t, err, schema.ErrVersionNotFound)
	require.Len(t, s.Deleted(), 1)

	err = s.Restore(context.Background(), "t", "", tables.Lift{}, "ann")
	require.ErrorIs(t, err, schema.ErrConflict)
	require.ErrorContains(t, err, `the name "t" is taken`)
	require.NoError(t, s.Restore(context.Background(), "t", "old", tables.Lift{}, "ann"))
	require.Equal(t, keepertest.Countries().Rows, keepertest.Cells(t, s, "old", 0))
	require.Len(t, keepertest.Cells(t, s, "t", 0), 5)
	table, _ := s.Catalog().Table("old")
	l, ok := table.Lookup("old")
	require.True(t, ok, "its default lookup is called as it is")
	require.Equal(t, "old", l.Match[0].Field)
	require.Equal(t, "old", table.Live.Table)
	sn, err := s.Snapshot(t.Context(), "old", 0)
	require.NoError(t, err)
	require.Equal(t, []int32{1}, keepertest.RowsOf(keepertest.Find(t, sn, l, "germany")))
	events, err := s.History("old")
	require.NoError(t, err)
	require.Equal(t, "it was called t", events[0].Note)
	require.Equal(t, 2, keepertest.Publish(t, s, "old", keepertest.Countries()).Version)

	// Several of one name: the last one comes back first.
	for n := range 3 {
		keepertest.Publish(t, s, "u", &keepertest.Sheet{Header: []string{"k"}, Rows: [][]string{{fmt.Sprint(n)}}})
		require.NoError(t, s.Delete("u", "ann"))
	}
	require.NoError(t, s.Restore(context.Background(), "u", "", tables.Lift{}, "ann"))
	require.Equal(t, [][]string{{"2"}}, keepertest.Cells(t, s, "u", 0))
	require.NoError(t, s.Restore(context.Background(), "u", "u-1", tables.Lift{}, "ann"))
	require.Equal(t, [][]string{{"1"}}, keepertest.Cells(t, s, "u-1", 0))

	// A lookup in the way.
	keepertest.Publish(t, s, "v", keepertest.Countries())
	_, _, err = s.PutLookup(t.Context(), "v", by("w", "country", "c"), tables.LookupOptions{Publish: true})
	require.NoError(t, err)
	require.NoError(t, s.Delete("v", "ann"))
	require.ErrorContains(t, s.Restore(context.Background(), "v", "w", tables.Lift{}, "ann"), `a lookup of the table is called "w"`)
	require.NoError(t, s.Restore(context.Background(), "v", "", tables.Lift{}, "ann"))
}

func TestNumbersGoOnAcrossAllThatHadAName(t *testing.T) {
	s := open(t, tables.Options{})
	for want := range 2 {
		require.Equal(t, want+1, keepertest.Publish(t, s, "t", keepertest.Countries()).Version)
		require.NoError(t, s.Delete("t", "ann"))
	}
	require.NoError(t, s.Restore(context.Background(), "t", "second", tables.Lift{}, "ann"))
	require.NoError(t, s.Restore(context.Background(), "t", "", tables.Lift{}, "ann"))
	table, _ := s.Catalog().Table("t")
	require.Equal(t, 1, table.Live.Number, "the first one is back")
	require.Equal(t, 3, keepertest.Publish(t, s, "t", keepertest.Countries()).Version, "2 was another one's")
}

func TestATableThatWasNeverPublishedIsRestoredWithItsGuess(t *testing.T) {
	s := open(t, tables.Options{})
	_, err := s.Import(t.Context(), "t", keepertest.Countries(), tables.ImportOptions{})
	require.NoError(t, err)
	before, _ := s.Catalog().Table("t")
	require.NoError(t, s.Delete("t", "ann"))
	require.NoError(t, s.Restore(context.Background(), "t", "u", tables.Lift{}, "ann"))
	after, _ := s.Catalog().Table("u")
	require.Len(t, after.Lookups, 1)
	require.Equal(t, before.Lookups[0].Match, after.Lookups[0].Match)
	_, _, err = s.PutLookup(t.Context(), "u", by("", "country", "c"), tables.LookupOptions{Publish: true})
	require.NoError(t, err)
}

func TestDeletedRulesAreRestored(t *testing.T) {
	s := open(t, tables.Options{})
	putRules(t, s, "r", "one")
	putRules(t, s, "r", "two")
	require.NoError(t, s.DeleteRuleSet("r", "ann"))
	require.Equal(t, tables.KindRuleSet, s.Deleted()[0].Kind)
	require.ErrorIs(t, s.Restore(context.Background(), "r", "", tables.Lift{}, "ann"), schema.ErrTableNotFound, "it is no table")
	require.Equal(t, 3, putRules(t, s, "r", "three").Number)
	require.ErrorIs(t, s.RestoreRuleSet("r", "", "ann"), schema.ErrConflict)
	require.NoError(t, s.RestoreRuleSet("r", "r-old", "ann"))
	require.Equal(t, "two", liveRules(t, s.Catalog(), "r-old").Source)
	back, err := s.RollbackRuleSet("r-old", "ann")
	require.NoError(t, err)
	require.Equal(t, 1, back)
	require.NoError(t, s.DeleteRuleSet("r-old", "ann"))
	require.NoError(t, s.PurgeRuleSet("r-old", "ann"))
	require.ErrorIs(t, s.RestoreRuleSet("r-old", "", "ann"), schema.ErrRuleSetNotFound)
	require.ErrorIs(t, s.PurgeRuleSet("r-old", "ann"), schema.ErrRuleSetNotFound)
	require.Equal(t, 3, putRules(t, s, "r-old", "x").Number)
}

func TestWhatIsDeletedDoesNotCountAgainstTheBoundOfRuleSets(t *testing.T) {
	s, _ := over(t, keepertest.NewMemory(), tables.Options{})
	defer func() { require.NoError(t, s.Close()) }()
	for n := range 1000 {
		putRules(t, s, fmt.Sprint("r", n), "x")
	}
	_, err := s.PutRuleSet("more", "x", true, "")
	require.ErrorIs(t, err, schema.ErrInvalid)
	require.NoError(t, s.DeleteRuleSet("r7", ""))
	putRules(t, s, "more", "x")
	require.ErrorIs(t, s.RestoreRuleSet("r7", "", ""), schema.ErrInvalid, "there is no room for it")
	require.NoError(t, s.DeleteRuleSet("r8", ""))
	require.NoError(t, s.RestoreRuleSet("r7", "", ""))
}

func TestPurgingRemovesRowsAtOnceAndForGood(t *testing.T) {
	s := open(t, tables.Options{})
	for range 2 {
		keepertest.Publish(t, s, "t", keepertest.Countries())
		require.NoError(t, s.Delete("t", "ann"))
	}
	require.ErrorIs(t, s.Purge("nowhere", "ann"), schema.ErrTableNotFound)
	keepertest.Publish(t, s, "t", keepertest.Countries())
	require.NoError(t, s.Purge("t", "ann"))
	require.Empty(t, s.Deleted())
	require.ErrorIs(t, s.Restore(context.Background(), "t", "u", tables.Lift{}, "ann"), schema.ErrTableNotFound)
	swept(t, s, 1)
	require.Equal(t, keepertest.Countries().Rows, keepertest.Cells(t, s, "t", 3), "the table of the name is not touched")
	events, err := s.History("t")
	require.NoError(t, err)
	require.Equal(t, tables.ActionPurge, events[0].Action)
}

func TestWhatWasDeletedIsRemovedAfterThirtyDays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := keepertest.NewMemory()
		s, _ := over(t, m, tables.Options{})
		keepertest.Publish(t, s, "t", keepertest.Countries())
		putRules(t, s, "r", "x")
		require.NoError(t, s.Delete("t", "ann"))
		time.Sleep(10 * 24 * time.Hour)
		require.NoError(t, s.DeleteRuleSet("r", "ann"))
		require.NoError(t, s.Close())
		s, _ = over(t, m, tables.Options{}) // the wait goes on in the next process
		time.Sleep(20*24*time.Hour - time.Hour)
		synctest.Wait()
		require.Len(t, s.Deleted(), 2)
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		require.Len(t, s.Deleted(), 1, "30 days are over for the table")
		require.Empty(t, m.Storages())
		events, err := s.History("t")
		require.NoError(t, err)
		require.Equal(t, []any{tables.ActionPurge, ""}, []any{events[0].Action, events[0].By})
		require.NoError(t, s.RestoreRuleSet("r", "", "ann"))
		time.Sleep(40 * 24 * time.Hour)
		synctest.Wait()
		require.Equal(t, "x", liveRules(t, s.Catalog(), "r").Source, "what was restored stays")
		require.Equal(t, 2, keepertest.Publish(t, s, "t", keepertest.Countries()).Version)
		require.NoError(t, s.Close())
	})
}

func TestHowLongAgoSomethingWasDeletedIsForTheMonotonicClockToSay(t *testing.T) {
	for _, ago := range []time.Duration{24 * time.Hour, 0, -40 * 24 * time.Hour} {
		at := time.Now().Add(-ago).UTC().Round(0) // as a record has it
		moment := tables.Moment(time.Now, at)
		require.Contains(t, moment.String(), " m=", "no clock that is set moves it")
		require.InDelta(t, max(ago, 0), time.Since(moment), float64(time.Minute), "what lies in the future is just now")
	}
	// After the store was opened, no more can have passed than the monotonic clock has counted.
	opened, now := time.Now(), time.Now()
	clock := func() time.Time { return now }
	moment := tables.MomentLater(clock, func() { now = opened.Add(time.Hour) }, opened.Add(time.Minute).Round(0))
	require.Equal(t, 59*time.Minute, now.Sub(moment).Round(time.Second))
}
