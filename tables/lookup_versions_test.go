package tables_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/answers"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
)

// by is a lookup by one column.
func by(name, column, field string) schema.Lookup {
	return schema.Lookup{Name: name, Match: []schema.Match{{Column: column, Field: field}}, Outputs: []schema.Output{{Column: "alpha-2", Field: "code"}}}
}

// putLookup puts a lookup of table t and says which version it is.
func putLookup(t testing.TB, s *tables.Store, l schema.Lookup, publish bool) int {
	t.Helper()
	set, warned, err := s.PutLookup(context.Background(), "t", l, tables.LookupOptions{Publish: publish, By: "ann"})
	require.NoError(t, err)
	require.Empty(t, warned.List)
	return set.Version
}

// liveLookup is a lookup as the catalog has it.
func liveLookup(t testing.TB, s *tables.Store, name string) schema.Lookup {
	t.Helper()
	table, ok := s.Catalog().Table("t")
	require.True(t, ok)
	l, ok := table.Lookup(name)
	require.True(t, ok)
	return l
}

func TestEveryChangeOfALookupIsAVersionAndAnEqualOneIsNone(t *testing.T) {
	s := open(t, tables.Options{Now: fixedClock()})
	keepertest.Publish(t, s, "t", keepertest.Countries())
	versions, err := s.LookupVersions("t", "")
	require.NoError(t, err)
	require.Empty(t, versions, "the guessed one has none")
	require.Zero(t, liveLookup(t, s, "").Version)

	require.Equal(t, 1, putLookup(t, s, by("", "country", "one"), true))
	require.Equal(t, 1, putLookup(t, s, by("", "COUNTRY", "one"), true), "settled, it is equal")
	before := s.Catalog()
	given := by("t", "country", "one")
	given.Version = 77
	require.Equal(t, 1, putLookup(t, s, given, true), "the version that is handed in does not count")
	require.Same(t, before, s.Catalog())
	require.Equal(t, 2, putLookup(t, s, by("", "country", "two"), false))
	require.Equal(t, "one", liveLookup(t, s, "").Match[0].Field, "it is not live")
	require.Equal(t, 2, putLookup(t, s, by("", "country", "two"), true), "equal to the newest, it is only published")
	require.Equal(t, []any{"two", 2}, []any{liveLookup(t, s, "").Match[0].Field, liveLookup(t, s, "").Version})
	require.Equal(t, 1, putLookup(t, s, by("other", "numeric", "n"), true), "each lookup has its own numbers")
	require.Equal(t, 3, putLookup(t, s, by("", "country", "one"), true), "equal to an older one is new")

	versions, err = s.LookupVersions("t", "t")
	require.NoError(t, err)
	require.Len(t, versions, 3)
	for i, want := range []string{"one", "two", "one"} {
		v := versions[i]
		require.Equal(t, []any{3 - i, i == 0, "ann", fixedClock()(), want}, []any{v.Number, v.Live, v.By, v.Created, v.Lookup.Match[0].Field})
		require.Equal(t, []any{"t", 3 - i}, []any{v.Lookup.Name, v.Lookup.Version})
	}
	_, err = s.LookupVersions("t", "none")
	require.ErrorIs(t, err, schema.ErrLookupNotFound)
	_, err = s.LookupVersions("none", "")
	require.ErrorIs(t, err, schema.ErrTableNotFound)

	require.NoError(t, s.DeleteLookup("t", "", "ann"))
	require.True(t, liveLookup(t, s, "").Guessed)
	_, err = s.LookupVersions("t", "")
	require.ErrorIs(t, err, schema.ErrLookupNotFound, "its versions went with it")
	require.Equal(t, 4, putLookup(t, s, by("", "country", "four"), false), "no number is used twice")
	require.True(t, liveLookup(t, s, "").Guessed, "until one is live")
	require.NoError(t, s.PublishLookup(context.Background(), "t", "", 4, "ann"))
	require.False(t, liveLookup(t, s, "").Guessed)
}

func TestAVersionOfALookupIsPublishedIfItSuitsTheRows(t *testing.T) {
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", &keepertest.Sheet{Header: []string{"k", "span"}, Rows: [][]string{{"a", "1-5"}}})
	spans := schema.Lookup{Match: []schema.Match{{Column: "span", Field: "n", Mode: schema.ModeRange}}}
	require.Equal(t, 1, putLookup(t, s, spans, true))
	require.Equal(t, 2, putLookup(t, s, schema.Lookup{Match: []schema.Match{{Column: "k", Field: "k"}}}, true))
	require.Equal(t, 3, putLookup(t, s, schema.Lookup{Match: []schema.Match{{Column: "k", Field: "other"}}}, false))
	ctx := context.Background()
	require.NoError(t, s.PublishLookup(ctx, "t", "t", 1, "bob"))
	require.Equal(t, 1, liveLookup(t, s, "").Version)
	require.NoError(t, s.PublishLookup(ctx, "t", "", 2, "bob"))
	events, err := s.History("t")
	require.NoError(t, err)
	require.Equal(t, []any{tables.ActionPublish, "bob", map[string]int{"t": 2}, 0}, []any{events[0].Action, events[0].By, events[0].Lookups, events[0].Version})
	before := s.Catalog()
	require.NoError(t, s.PublishLookup(ctx, "t", "", 2, "bob"), "again is no change")
	require.Same(t, before, s.Catalog())
	require.ErrorIs(t, s.PublishLookup(ctx, "t", "", 9, "bob"), schema.ErrVersionNotFound)
	require.ErrorIs(t, s.PublishLookup(ctx, "t", "none", 1, "bob"), schema.ErrLookupNotFound)
	require.ErrorIs(t, s.PublishLookup(ctx, "none", "", 1, "bob"), schema.ErrTableNotFound)

	// Rows that it cannot read, and rows without its column.
	keepertest.Publish(t, s, "t", &keepertest.Sheet{Header: []string{"k", "span"}, Rows: [][]string{{"a", "1-5"}, {"b", "5-10"}, {"c", "x..3-"}}})
	err = s.PublishLookup(ctx, "t", "", 1, "bob")
	require.ErrorIs(t, err, schema.ErrInvalid)
	require.ErrorContains(t, err, "row 3")
	keepertest.Publish(t, s, "t", &keepertest.Sheet{Header: []string{"k", "v"}, Rows: [][]string{{"a", "1-5"}}})
	err = s.PublishLookup(ctx, "t", "", 1, "bob")
	require.ErrorIs(t, err, schema.ErrColumnNotFound)
	require.ErrorContains(t, err, `version 1 of lookup "t"`)
	require.Equal(t, 2, liveLookup(t, s, "").Version)
}

func TestALookupIsRolledBackIfItSuitsTheRows(t *testing.T) {
	s := open(t, tables.Options{})
	ctx := context.Background()
	keepertest.Publish(t, s, "t", &keepertest.Sheet{Header: []string{"k", "v"}, Rows: [][]string{{"a", "1-5"}}})
	back := func() int {
		t.Helper()
		n, err := s.RollbackLookup(ctx, "t", "t", "bob")
		require.NoError(t, err)
		require.Equal(t, n, liveLookup(t, s, "").Version)
		return n
	}
	_, err := s.RollbackLookup(ctx, "t", "", "bob")
	require.ErrorIs(t, err, schema.ErrLookupNotFound, "the guessed one was never another")
	for _, field := range []string{"one", "two", "three"} {
		putLookup(t, s, schema.Lookup{Match: []schema.Match{{Column: "k", Field: field}}}, true)
	}
	require.Equal(t, 2, back())
	require.Equal(t, 1, back(), "again it goes further back")
	before := s.Catalog()
	_, err = s.RollbackLookup(ctx, "t", "", "bob")
	require.ErrorIs(t, err, schema.ErrVersionNotFound)
	require.ErrorContains(t, err, "no earlier version was live")
	require.Same(t, before, s.Catalog())
	events, err := s.History("t")
	require.NoError(t, err)
	require.Equal(t, []any{tables.ActionRollback, "bob", map[string]int{"t": 1}}, []any{events[0].Action, events[0].By, events[0].Lookups})

	// A version whose cells the live rows do not have, or whose column.
	require.Equal(t, 4, putLookup(t, s, schema.Lookup{Match: []schema.Match{{Column: "v", Field: "n", Mode: schema.ModeRange}}}, true))
	require.Equal(t, 5, putLookup(t, s, schema.Lookup{Match: []schema.Match{{Column: "k", Field: "five"}}}, true))
	keepertest.Publish(t, s, "t", &keepertest.Sheet{Header: []string{"k", "v"}, Rows: [][]string{{"a", "1-5"}, {"b", "5-1"}}})
	_, err = s.RollbackLookup(ctx, "t", "", "bob")
	require.ErrorIs(t, err, schema.ErrInvalid)
	require.ErrorContains(t, err, `version 4 of lookup "t"`)
	require.ErrorContains(t, err, "row 2")
	require.Equal(t, 5, liveLookup(t, s, "").Version)
	keepertest.Publish(t, s, "t", &keepertest.Sheet{Header: []string{"k", "w"}, Rows: [][]string{{"a", "1"}}})
	_, err = s.RollbackLookup(ctx, "t", "", "bob")
	require.ErrorIs(t, err, schema.ErrColumnNotFound)
	require.NoError(t, s.PublishLookup(ctx, "t", "", 1, "bob"))

	_, err = s.RollbackLookup(ctx, "none", "", "bob")
	require.ErrorIs(t, err, schema.ErrTableNotFound)
	_, err = s.RollbackLookup(ctx, "t", "none", "bob")
	require.ErrorIs(t, err, schema.ErrLookupNotFound)
}

func TestTwoThatRollALookupBackAtOnceGoBackTwice(t *testing.T) {
	const each = 20
	s := open(t, tables.Options{KeepVersions: 100})
	keepertest.Publish(t, s, "t", keepertest.Countries())
	for n := range 3 * each {
		putLookup(t, s, by("", "country", fmt.Sprint("f", n)), true)
	}
	var wg sync.WaitGroup
	var told [2][]int
	for who := range told {
		wg.Go(func() {
			for len(told[who]) < each {
				n, err := s.RollbackLookup(context.Background(), "t", "", "ann")
				if errors.Is(err, schema.ErrConflict) {
					continue // the other one was faster each time
				}
				if err != nil {
					t.Errorf("roll back: %v", err)
					return
				}
				told[who] = append(told[who], n)
			}
		})
	}
	wg.Wait()
	all := slices.Sorted(slices.Values(slices.Concat(told[0], told[1])))
	require.Len(t, slices.Compact(all), 2*each, "each went live once")
	require.Equal(t, each, liveLookup(t, s, "").Version)
}

// A column is renamed while leads come: each of them is answered, by the old rows with the old
// lookup or by the new ones with the new one.
func TestRowsAndLookupsGoLiveInOneStep(t *testing.T) {
	s := open(t, tables.Options{})
	sheets := map[string]func() *keepertest.Sheet{
		"country": keepertest.Countries,
		"land": func() *keepertest.Sheet {
			renamed := keepertest.Countries()
			renamed.Header = []string{"land", "alpha-2", "numeric"}
			return renamed
		},
	}
	keepertest.Publish(t, s, "t", keepertest.Countries())
	require.Equal(t, 1, putLookup(t, s, by("", "country", "c"), true))
	require.Equal(t, 1, putLookup(t, s, by("second", "country", "c"), true))
	im, err := s.Import(context.Background(), "t", sheets["land"](), tables.ImportOptions{Force: true})
	require.NoError(t, err)
	_, _, err = s.PutLookup(context.Background(), "t", by("", "land", "c"), tables.LookupOptions{Publish: true})
	require.ErrorIs(t, err, schema.ErrColumnNotFound, "the live rows have no such column")
	require.Equal(t, 2, putLookup(t, s, by("", "land", "c"), false), "those that wait have")
	require.Equal(t, 2, putLookup(t, s, by("second", "land", "c"), false))
	_, _, err = s.PutLookup(context.Background(), "t", by("", "nowhere", "c"), tables.LookupOptions{})
	require.ErrorIs(t, err, schema.ErrColumnNotFound)
	require.ErrorIs(t, s.PublishLookup(context.Background(), "t", "", 2, "ann"), schema.ErrColumnNotFound)

	ctx, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for ctx.Err() == nil {
				pin := s.Pin()
				table, _ := pin.Catalog().Table("t")
				sn, err := pin.Snapshot(context.Background(), "t")
				if err != nil {
					t.Errorf("load: %v", err)
				}
				for _, l := range table.Lookups {
					found := make([]answers.Found, 1)
					if err := sn.Find(context.Background(), &l, [][]string{{"germany"}}, found); err != nil || found[0].Row != 1 {
						t.Errorf("version %d with lookup %d: %v, %v", table.Live.Number, l.Version, found, err)
						stop()
					}
				}
				pin.Release()
			}
		})
	}
	for n := range 40 {
		rows, lookups := im.Version, 2
		if n%2 == 1 {
			rows, lookups = 1, 1
		}
		events, err := s.History("t")
		require.NoError(t, err)
		require.NoError(t, s.PublishTogether(ctx, "t", tables.PublishRequest{Version: rows, Lookups: map[string]int{"t": lookups, "second": lookups}}, "ann"))
		after, err := s.History("t")
		require.NoError(t, err)
		require.Len(t, after, len(events)+1, "one event")
		require.Equal(t, []any{tables.ActionPublish, rows, map[string]int{"t": lookups, "second": lookups}}, []any{after[0].Action, after[0].Version, after[0].Lookups})
	}
	stop()
	wg.Wait()
	require.NoError(t, s.PublishTogether(context.Background(), "t", tables.PublishRequest{Version: im.Version, Lookups: map[string]int{"t": 2, "second": 2}}, "ann"))

	before := s.Catalog()
	for _, p := range []tables.PublishRequest{
		{Version: 1, Lookups: map[string]int{"t": 1, "second": 2}},
		{Version: 9, Lookups: map[string]int{"t": 1}},
		{Version: 1, Lookups: map[string]int{"t": 9}},
		{Version: 1, Lookups: map[string]int{"t": 1, "none": 1}},
	} {
		require.Error(t, s.PublishTogether(context.Background(), "t", p, "ann"))
		require.Same(t, before, s.Catalog(), "all or nothing")
	}
	require.NoError(t, s.PublishTogether(context.Background(), "t", tables.PublishRequest{Version: im.Version}, "ann"), "rows alone are published as ever")
}

func TestOldVersionsOfALookupGoAndTheLiveOneStays(t *testing.T) {
	s := open(t, tables.Options{KeepVersions: 3})
	keepertest.Publish(t, s, "t", keepertest.Countries())
	kept := func() (numbers []int) {
		versions, err := s.LookupVersions("t", "l")
		require.NoError(t, err)
		for _, v := range versions {
			numbers = append(numbers, v.Number)
		}
		return numbers
	}
	for n := range 2 {
		putLookup(t, s, by("l", "country", fmt.Sprint("f", n)), true)
	}
	for n := range 5 {
		putLookup(t, s, by("l", "country", fmt.Sprint("g", n)), false)
	}
	require.Equal(t, []int{7, 6, 5, 2}, kept())
	require.Equal(t, 2, liveLookup(t, s, "l").Version)
	require.ErrorIs(t, s.PublishLookup(context.Background(), "t", "l", 4, "ann"), schema.ErrVersionNotFound)
	require.NoError(t, s.PublishLookup(context.Background(), "t", "l", 5, "ann"))
	putLookup(t, s, by("l", "country", "h"), true)
	require.Equal(t, []int{8, 7, 6}, kept())
}

// Whoever changes a lookup reads the live version first. Where another one goes live each time,
// those wait in the end.
func TestALookupIsChangedThoughNewVersionsKeepGoingLive(t *testing.T) {
	s := open(t, tables.Options{})
	for _, cell := range []string{"a", "b"} {
		keepertest.Publish(t, s, "t", &keepertest.Sheet{Header: []string{"k"}, Rows: [][]string{{cell}}})
	}
	live := func() int {
		table, ok := s.Catalog().Table("t")
		require.True(t, ok)
		return table.Live.Number
	}
	var waits []chan error
	readings, changes := 0, 0
	err := tables.ChangeUse(s, "t", func(v *schema.Version) error {
		require.Equal(t, live(), v.Number)
		readings++
		done := make(chan error, 1)
		go func(next int) { done <- s.Publish("t", next, "bob") }(3 - v.Number)
		select {
		case err := <-done:
			require.NoError(t, err)
		case <-time.After(2 * time.Second): // It waits for this change.
			require.Equal(t, live(), v.Number)
			waits = append(waits, done)
		}
		return nil
	}, func() { changes++ })
	require.NoError(t, err)
	require.Equal(t, []int{6, 1, 1}, []int{readings, changes, len(waits)})
	require.NoError(t, <-waits[0], "and goes on after it")
}
