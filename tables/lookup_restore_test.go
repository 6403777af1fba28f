package tables_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
)

func TestADeletedLookupComesBackAsItWas(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", keepertest.Countries())
	require.ErrorIs(t, s.RestoreLookup("t", "", "ann"), schema.ErrLookupNotFound, "it was never set")
	require.ErrorIs(t, s.RestoreLookup("t", "a", "ann"), schema.ErrLookupNotFound)
	require.ErrorIs(t, s.RestoreLookup("none", "a", "ann"), schema.ErrTableNotFound)
	for _, name := range []string{"", "a"} {
		putLookup(t, s, by(name, "country", "one"), true)
		putLookup(t, s, by(name, "country", "two"), true)
		putLookup(t, s, by(name, "country", "three"), false)
		before, versions := liveLookup(t, s, name), versionsOf(t, s, name)
		require.ErrorIs(t, s.RestoreLookup("t", name, "ann"), schema.ErrConflict, "it is there")
		state, _ := s.LookupState("t", name)
		require.NoError(t, s.DeleteLookup("t", name, "ann"))
		gone, there := s.LookupState("t", name)
		require.Equal(t, name == "", there)
		require.Zero(t, gone)
		require.NoError(t, s.RestoreLookup("t", name, "bob"))
		require.Equal(t, before, liveLookup(t, s, name))
		require.Equal(t, versions, versionsOf(t, s, name))
		again, _ := s.LookupState("t", name)
		require.Equal(t, state, again)
		version, err := s.RollbackLookup(context.Background(), "t", name, "ann")
		require.NoError(t, err)
		require.Equal(t, 1, version, "its trail came back, too")
		events, err := s.History("t")
		require.NoError(t, err)
		require.Equal(t, tables.ActionRestore, events[1].Action)
		require.Equal(t, "bob", events[1].By)
	}
}

func versionsOf(t *testing.T, s *tables.Store, name string) []tables.LookupVersion {
	t.Helper()
	versions, err := s.LookupVersions("t", name)
	require.NoError(t, err)
	return versions
}

// Who sets a lookup again under the name begins with nothing live, and finds the versions of
// before among its own.
func TestALookupThatIsSetAgainKeepsTheVersionsOfBefore(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", keepertest.Countries())
	putLookup(t, s, by("a", "country", "one"), true)
	require.NoError(t, s.DeleteLookup("t", "a", "ann"))
	require.Equal(t, 2, putLookup(t, s, by("a", "country", "two"), false))
	table, _ := s.Catalog().Table("t")
	_, ok := table.Lookup("a")
	require.False(t, ok, "nothing of it is live")
	require.Len(t, versionsOf(t, s, "a"), 2)
	require.ErrorIs(t, s.RestoreLookup("t", "a", "ann"), schema.ErrConflict)
	require.NoError(t, s.PublishLookup(context.Background(), "t", "a", 1, "ann"))
	require.Equal(t, "one", liveLookup(t, s, "a").Match[0].Field)
	// The very text of before goes live again, although it makes no version.
	require.NoError(t, s.DeleteLookup("t", "a", "ann"))
	require.Equal(t, 2, putLookup(t, s, by("a", "country", "two"), true))
	require.Equal(t, "two", liveLookup(t, s, "a").Match[0].Field)
}

func TestADeletedLookupGoesWithItsTableAndComesBackWithIt(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", keepertest.Countries())
	putLookup(t, s, by("a", "country", "one"), true)
	require.NoError(t, s.DeleteLookup("t", "a", "ann"))
	require.NoError(t, s.Delete("t", "ann"))
	require.Empty(t, s.Deleted()[0].Lookups)
	require.ErrorIs(t, s.RestoreLookup("t", "a", "ann"), schema.ErrTableNotFound)
	require.NoError(t, s.Restore(t.Context(), "t", "", tables.Lift{}, "ann"))
	require.NoError(t, s.RestoreLookup("t", "a", "ann"))
	require.Equal(t, "one", liveLookup(t, s, "a").Match[0].Field)
}

// No more deleted lookups are kept than a table may have lookups, and those that there are
// count for the bound when one comes back.
func TestDeletedLookupsAreBounded(t *testing.T) {
	t.Parallel()
	var ticks atomic.Int64
	s := open(t, tables.Options{Now: func() time.Time { return time.Unix(ticks.Add(1), 0) }})
	keepertest.Publish(t, s, "t", keepertest.Countries())
	for i := range schema.MaxLookups + 1 {
		name := fmt.Sprintf("l%03d", i)
		putLookup(t, s, by(name, "country", "one"), true)
		require.NoError(t, s.DeleteLookup("t", name, "ann"))
	}
	require.ErrorIs(t, s.RestoreLookup("t", "l000", "ann"), schema.ErrLookupNotFound, "the first one made room")
	for i := range schema.MaxLookups - 1 {
		require.NoError(t, s.RestoreLookup("t", fmt.Sprintf("l%03d", i+1), "ann"))
	}
	require.ErrorIs(t, s.RestoreLookup("t", fmt.Sprintf("l%03d", schema.MaxLookups), "ann"), schema.ErrInvalid)
	require.NoError(t, s.DeleteLookup("t", "l001", "ann"))
	require.NoError(t, s.RestoreLookup("t", fmt.Sprintf("l%03d", schema.MaxLookups), "ann"))
}

func TestADeletedLookupIsRemovedAfterThirtyDays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := keepertest.NewMemory()
		s, _ := over(t, m, tables.Options{})
		keepertest.Publish(t, s, "t", keepertest.Countries())
		putLookup(t, s, by("a", "country", "one"), true)
		putLookup(t, s, by("b", "country", "one"), true)
		require.NoError(t, s.DeleteLookup("t", "a", "ann"))
		time.Sleep(10 * 24 * time.Hour)
		require.NoError(t, s.DeleteLookup("t", "b", "ann"))
		require.NoError(t, s.Close())
		s, _ = over(t, m, tables.Options{}) // the wait goes on in the next process
		time.Sleep(20*24*time.Hour + time.Hour)
		synctest.Wait()
		require.ErrorIs(t, s.RestoreLookup("t", "a", "ann"), schema.ErrLookupNotFound)
		events, err := s.History("t")
		require.NoError(t, err)
		require.Equal(t, []any{tables.ActionPurge, "", "a"}, []any{events[0].Action, events[0].By, events[0].Lookup})
		require.NoError(t, s.RestoreLookup("t", "b", "ann"))
		time.Sleep(40 * 24 * time.Hour)
		synctest.Wait()
		require.Equal(t, "one", liveLookup(t, s, "b").Match[0].Field, "what was restored stays")
		require.Equal(t, 2, putLookup(t, s, by("a", "country", "one"), true), "no number is used twice")
		require.NoError(t, s.Close())
	})
}
