package tables_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/answers"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

// aliased is a store with a table "t" of countries, its lookup confirmed, and two aliases.
func aliased(t *testing.T, s *tables.Store) {
	t.Helper()
	keepertest.Publish(t, s, "t", keepertest.Countries())
	require.NoError(t, s.SetLookup("t", schema.Lookup{
		Match: []schema.Match{{Column: "country", Field: "country"}}, Outputs: []schema.Output{{Column: "alpha-2", Field: "code"}},
	}, "ann"))
	added, err := s.AddAliases(t.Context(), "t", "", []schema.Alias{mapped("Deutschland", "Germany"), ignored("Test")}, tables.AliasOptions{By: "bob"})
	require.NoError(t, err)
	require.Equal(t, []int{1, 2}, []int{added[0].ID, added[1].ID})
}

func mapped(value, country string) schema.Alias {
	return schema.Alias{Action: schema.AliasMap, Values: map[string]string{"country": value}, Target: map[string]string{"country": country}}
}

func ignored(value string) schema.Alias {
	return schema.Alias{Action: schema.AliasIgnore, Values: map[string]string{"country": value}}
}

// answered is what the live lookup of a table says of some values: the output, and the alias that answered.
func answered(t *testing.T, s *tables.Store, table string, values ...string) (texts []string, aliases []int) {
	t.Helper()
	p := s.Pin()
	defer p.Release()
	described, ok := p.Catalog().Table(table)
	require.True(t, ok)
	l, ok := described.Lookup("")
	require.True(t, ok)
	sn, err := p.Snapshot(t.Context(), table)
	require.NoError(t, err)
	var b answers.Batch
	require.NoError(t, sn.Answer(t.Context(), &l, [][]string{values}, &b, nil))
	for i := range b.Found {
		aliases = append(aliases, b.Found[i].Alias)
	}
	return slices.Clone(b.Cells[0]), aliases
}

func lostCount(t *testing.T, s *tables.Store) int {
	t.Helper()
	found, _, err := s.Findings(t.Context(), "t", 0)
	require.NoError(t, err)
	return found.Counts[schema.WarnAliasLost]
}

func states(t *testing.T, s *tables.Store, table, lookup string) []tables.AliasState {
	t.Helper()
	list, err := s.Aliases(t.Context(), table, lookup)
	require.NoError(t, err)
	return list
}

// An alias outlives uploads, changes of rows, rolling back and a restart, leads to its row wherever that is, and is
// lost, and found again, with its row.
func TestAliasesOutliveTheVersionsOfTheirTable(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tables.db")
	s := openAt(t, path, tables.Options{Now: fixedClock()})
	aliased(t, s)
	texts, by := answered(t, s, "t", "germany", " DEUTSCHLAND ", "test", "Atlantis")
	require.Equal(t, []string{"DE", "DE", "", ""}, texts)
	require.Equal(t, []int{0, 1, 2, 0}, by)
	require.Zero(t, lostCount(t, s))

	// Other rows around it, and its cell another one.
	next := keepertest.Countries()
	slices.Reverse(next.Rows)
	next.Rows[2][1] = "XX"
	im := keepertest.Publish(t, s, "t", next)
	require.Empty(t, im.Findings.Counts[schema.WarnAliasLost])
	texts, _ = answered(t, s, "t", "Deutschland", "test")
	require.Equal(t, []string{"XX", ""}, texts)

	// No such row: it is lost in this version, and says so.
	gone := keepertest.Countries()
	gone.Rows[1][0] = "Germania"
	im = keepertest.Publish(t, s, "t", gone)
	require.Equal(t, 1, im.Findings.Counts[schema.WarnAliasLost])
	at := slices.IndexFunc(im.Findings.List, func(w schema.Warning) bool { return w.Code == schema.WarnAliasLost })
	require.Equal(t, schema.Warning{
		Code: schema.WarnAliasLost, Severity: schema.SeverityChange,
		Message: `alias 1 of lookup "t" hits nothing: country = "Deutschland" is country = "Germany": the version has no row with country = "Germany"`,
	}, im.Findings.List[at])
	_, by = answered(t, s, "t", "Deutschland", "Test")
	require.Equal(t, []int{0, 2}, by)
	list := states(t, s, "t", "t")
	require.Equal(t, `version 3 has no row with country = "Germany"`, list[0].Lost)
	require.Empty(t, list[1].Lost)
	require.Eventually(t, func() bool { return len(s.LostAliases()) == 1 }, 10*time.Second, time.Millisecond)
	require.Equal(t, tables.LostAliases{Table: "t", Lookup: "t", Version: 3, Count: 1, First: `country = "Deutschland" is country = "Germany": version 3 has no row with country = "Germany"`}, s.LostAliases()[0])

	// Twice the row: likewise.
	twice := keepertest.Countries()
	twice.Rows = append(twice.Rows, twice.Rows[1])
	keepertest.Publish(t, s, "t", twice)
	require.Equal(t, `rows 2 and 5 of version 4 both have country = "Germany"`, states(t, s, "t", "")[0].Lost)

	// The patched row is found, and going back finds what was there.
	_, err := s.Patch(t.Context(), "t", view.Patch{DeleteRows: []int{5}}, tables.PatchOptions{Publish: true, By: "ann"})
	require.NoError(t, err)
	texts, _ = answered(t, s, "t", "Deutschland")
	require.Equal(t, []string{"DE"}, texts)
	_, err = s.Rollback(t.Context(), "t", tables.Lift{}, "ann")
	require.NoError(t, err)
	require.Equal(t, 1, lostCount(t, s))
	require.NoError(t, s.Publish("t", 2, "ann"))
	require.Zero(t, lostCount(t, s))
	require.NoError(t, s.Close())

	s = openAt(t, path, tables.Options{Now: fixedClock()})
	defer func() { require.NoError(t, s.Close()) }()
	texts, by = answered(t, s, "t", "Deutschland", "test")
	require.Equal(t, []string{"XX", ""}, texts)
	require.Equal(t, []int{1, 2}, by)
	want := mapped("Deutschland", "Germany")
	want.ID, want.By, want.At = 1, "bob", fixedClock()()
	require.Equal(t, want, states(t, s, "t", "t")[0].Alias)
}

// A lookup that is matched otherwise has no use for the values of before: its aliases are lost, and come back with it.
func TestAliasesAreLostWhereTheirLookupIsMatchedOtherwise(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	aliased(t, s)
	require.NoError(t, s.SetLookup("t", schema.Lookup{Match: []schema.Match{{Column: "country", Field: "land"}}, Outputs: []schema.Output{{Column: "alpha-2", Field: "code"}}}, "ann"))
	require.Equal(t, 2, lostCount(t, s))
	require.Equal(t, "it names country, and the lookup is matched by land now", states(t, s, "t", "")[0].Lost)
	_, by := answered(t, s, "t", "Deutschland")
	require.Equal(t, []int{0}, by)
	// Another mode is no matter for the values, and compares them in its own form.
	require.NoError(t, s.SetLookup("t", schema.Lookup{Match: []schema.Match{{Column: "country", Field: "country", Mode: schema.ModeExact}}, Outputs: []schema.Output{{Column: "alpha-2", Field: "code"}}}, "ann"))
	require.Zero(t, lostCount(t, s))
	_, by = answered(t, s, "t", "Deutschland", "deutschland")
	require.Equal(t, []int{1, 0}, by)
}

// What is wrong with an alias is said before anything is kept, and what was taken in is told in the history.
func TestAliasesAreCheckedWhenTheyAreAdded(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{Now: fixedClock()})
	keepertest.Publish(t, s, "t", keepertest.Countries())
	add := func(o tables.AliasOptions, list ...schema.Alias) error {
		_, err := s.AddAliases(context.Background(), "t", "", list, o)
		return err
	}
	require.ErrorIs(t, add(tables.AliasOptions{}, mapped("x", "Germany")), schema.ErrConflict, "a guess takes none")
	aliased(t, s)
	long := make([]byte, schema.MaxAliasValue+1)
	for name, c := range map[string]struct {
		alias schema.Alias
		words string
		lost  bool
	}{
		"no action":     {schema.Alias{Values: map[string]string{"country": "x"}}, `the action is "map" or "ignore", and not ""`, false},
		"no values":     {schema.Alias{Action: schema.AliasIgnore}, "values has to name each field that the lookup is matched by: country", false},
		"blank":         {ignored(" \t"), "all of its values are empty", false},
		"another field": {schema.Alias{Action: schema.AliasIgnore, Values: map[string]string{"contry": "x"}}, `the lookup is matched by country, and not by "contry"`, false},
		"too long":      {ignored(string(long)), "has 1001 bytes, 1000 are the most", false},
		"no UTF-8":      {ignored("a\xff"), "is no UTF-8", false},
		"a field twice": {schema.Alias{Action: schema.AliasIgnore, Values: map[string]string{"country": "x", "COUNTRY": "y"}}, "is given twice", false},
		"no target":     {schema.Alias{Action: schema.AliasMap, Values: map[string]string{"country": "x"}}, "target has to name its row by the cells of country: it names nothing", false},
		"another one":   {schema.Alias{Action: schema.AliasMap, Values: map[string]string{"country": "x"}, Target: map[string]string{"alpha-2": "DE"}}, "by the cells of country: it names alpha-2", false},
		"no column":     {schema.Alias{Action: schema.AliasMap, Values: map[string]string{"country": "x"}, Target: map[string]string{"land": "DE"}}, `has no column "land"`, false},
		"not needed":    {schema.Alias{Action: schema.AliasIgnore, Values: map[string]string{"country": "x"}, Target: map[string]string{"country": "DE"}}, "has no target", false},
		"no such row":   {mapped("x", "germany"), `version 2 has no row with country = "germany"`, true},
	} {
		var wrong *tables.AliasError
		require.ErrorAs(t, add(tables.AliasOptions{}, mapped("fine", "Germany"), c.alias), &wrong, name)
		require.Equal(t, 1, wrong.At, name)
		require.Equal(t, c.lost, wrong.Lost, name)
		require.Contains(t, wrong.Error(), "alias 2: ", name)
		require.Contains(t, wrong.Message, c.words, name)
		require.ErrorIs(t, wrong, schema.ErrInvalid)
	}
	require.Len(t, states(t, s, "t", ""), 2, "nothing was kept")
	require.ErrorIs(t, add(tables.AliasOptions{}), schema.ErrInvalid)
	_, err := s.AddAliases(t.Context(), "t", "other", []schema.Alias{ignored("x")}, tables.AliasOptions{})
	require.ErrorIs(t, err, schema.ErrLookupNotFound)
	_, err = s.AddAliases(t.Context(), "other", "", []schema.Alias{ignored("x")}, tables.AliasOptions{})
	require.ErrorIs(t, err, schema.ErrTableNotFound)

	// The same again is no change; other words for the same values are a conflict, or replace what is there.
	events, err := s.History("t")
	require.NoError(t, err)
	require.NoError(t, add(tables.AliasOptions{}, mapped(" deutschland", "Germany")))
	again, err := s.History("t")
	require.NoError(t, err)
	require.Equal(t, events, again)
	require.Equal(t, tables.Event{At: fixedClock()(), By: "bob", Action: tables.ActionAlias, Lookup: "t", Note: "aliases 1 to 2"}, events[0])
	require.ErrorIs(t, add(tables.AliasOptions{}, ignored("DEUTSCHLAND")), schema.ErrConflict)
	require.NoError(t, add(tables.AliasOptions{Replace: true, By: "eve"}, ignored("DEUTSCHLAND")))
	list := states(t, s, "t", "")
	require.Equal(t, []int{2, 3}, []int{list[0].ID, list[1].ID})
	var wrong *tables.AliasError
	require.ErrorAs(t, add(tables.AliasOptions{Replace: true}, mapped("y", "Germany"), ignored("Y")), &wrong, "one list says two things")
	events, err = s.History("t")
	require.NoError(t, err)
	require.Equal(t, "alias 3, in place of 1", events[0].Note)

	// Ids are never given twice.
	require.NoError(t, s.RemoveAliases("t", []int{3}, "ann"))
	require.ErrorIs(t, s.RemoveAliases("t", []int{2, 3}, "ann"), schema.ErrAliasNotFound)
	require.Len(t, states(t, s, "t", ""), 1, "all or none")
	require.NoError(t, add(tables.AliasOptions{}, ignored("z")))
	require.Equal(t, 5, states(t, s, "t", "")[1].ID)
}

// Aliases go with their lookup and with their table, and come back with them; a lookup that is set anew in the place
// of a deleted one begins without.
func TestAliasesGoAndComeBackWithTheirLookup(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	aliased(t, s)
	_, by := answered(t, s, "t", "Deutschland")
	require.Equal(t, []int{1}, by)
	require.NoError(t, s.DeleteLookup("t", "", "ann"))
	require.Empty(t, states(t, s, "t", ""))
	_, by = answered(t, s, "t", "Deutschland")
	require.Equal(t, []int{0}, by, "the guess has none")
	require.NoError(t, s.RestoreLookup("t", "", "ann"))
	require.Len(t, states(t, s, "t", ""), 2)

	require.NoError(t, s.Delete("t", "ann"))
	keepertest.Publish(t, s, "t", keepertest.Countries())
	require.Empty(t, states(t, s, "t", ""))
	require.NoError(t, s.Restore(t.Context(), "t", "back", tables.Lift{}, "ann"))
	require.Empty(t, states(t, s, "t", ""))
	texts, by := answered(t, s, "back", "Deutschland")
	require.Equal(t, []string{"DE"}, texts)
	require.Equal(t, []int{1}, by)
	require.Equal(t, "back", states(t, s, "back", "")[0].Lookup)

	require.NoError(t, s.DeleteLookup("back", "", "ann"))
	require.NoError(t, s.SetLookup("back", schema.Lookup{Match: []schema.Match{{Column: "country", Field: "country"}}}, "ann"))
	require.Empty(t, states(t, s, "back", ""))
	added, err := s.AddAliases(t.Context(), "back", "", []schema.Alias{ignored("x")}, tables.AliasOptions{})
	require.NoError(t, err)
	require.Greater(t, added[0].ID, 2)
}

// A row can be named by the column of the lookup's row key in place of the columns that are matched.
func TestAnAliasMayNameItsRowByTheRowKey(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", keepertest.Countries())
	require.NoError(t, s.SetLookup("t", schema.Lookup{
		HitPolicy: schema.PolicyRotate, RowKey: "alpha-2", Match: []schema.Match{{Column: "country", Field: "country"}}, Outputs: []schema.Output{{Column: "alpha-2", Field: "code"}},
	}, "ann"))
	a := schema.Alias{Action: schema.AliasMap, Values: map[string]string{"country": "Allemagne"}, Target: map[string]string{"ALPHA-2": "DE"}}
	added, err := s.AddAliases(t.Context(), "t", "t", []schema.Alias{a}, tables.AliasOptions{})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"alpha-2": "DE"}, added[0].Target)
	renamed := keepertest.Countries()
	renamed.Rows[1][0] = "Federal Republic of Germany"
	keepertest.Publish(t, s, "t", renamed)
	_, aliases := answered(t, s, "t", "allemagne")
	require.Equal(t, []int{added[0].ID}, aliases)
}

// The number of a table's aliases is bounded.
func TestATableHasABoundOfAliases(t *testing.T) {
	if testing.Short() {
		t.Skip("100,000 aliases")
	}
	t.Parallel()
	s := open(t, tables.Options{})
	aliased(t, s)
	list := make([]schema.Alias, schema.MaxAliases-2)
	for i := range list {
		list[i] = ignored(fmt.Sprint("value ", i))
	}
	_, err := s.AddAliases(t.Context(), "t", "", list, tables.AliasOptions{})
	require.NoError(t, err)
	_, err = s.AddAliases(t.Context(), "t", "", []schema.Alias{ignored("one more")}, tables.AliasOptions{})
	require.ErrorIs(t, err, schema.ErrInvalid)
	require.ErrorContains(t, err, "100001 aliases, 100000 are the most")
	_, err = s.AddAliases(t.Context(), "t", "", []schema.Alias{mapped("Test", "Germany")}, tables.AliasOptions{Replace: true})
	require.NoError(t, err)
}
