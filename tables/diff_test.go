package tables_test

import (
	"context"
	"fmt"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/tables"
	"tablestep/tables/column"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

func TestADiffPairsRowsByTheirKey(t *testing.T) {
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", &keepertest.Sheet{Header: []string{"k", "a", "old"}, Rows: [][]string{
		{"one", "1", "x"}, {"two", "2", ""}, {"three", "3", ""}, {"four", "4", ""},
	}})
	im := keepertest.Publish(t, s, "t", &keepertest.Sheet{Header: []string{"a", "k", "new"}, Rows: [][]string{
		{"3", "three", ""}, {"two!", "TWO ", ""}, {"1", "one", ""}, {"5", "five", "y"},
	}})
	want := view.Count{Added: 1, Removed: 1, Changed: 2, Unchanged: 1}
	require.Equal(t, &want, im.Diff)
	d, err := s.Diff(context.Background(), "t", 1, 0)
	require.NoError(t, err)
	require.Equal(t, &view.Diff{
		From: 1, To: 2, Count: want, Key: []string{"k"}, Columns: []string{"a", "k", "new", "old"},
		Added:   []view.Row{{Row: 4, Cells: []string{"5", "five", "y", ""}}},
		Removed: []view.Row{{Row: 4, Cells: []string{"4", "four", "", ""}}},
		Changed: []view.RowChange{
			{Row: 2, FromRow: 2, Cells: []view.CellChange{{Column: "a", From: "2", To: "two!"}, {Column: "k", From: "two", To: "TWO "}}},
			{Row: 3, FromRow: 1, Cells: []view.CellChange{{Column: "old", From: "x"}}},
		},
	}, d)
	_, err = s.Diff(context.Background(), "t", 1, 5)
	require.ErrorIs(t, err, schema.ErrVersionNotFound)
	_, err = s.Diff(context.Background(), "none", 1, 2)
	require.ErrorIs(t, err, schema.ErrTableNotFound)
}

func TestALargeDiffCountsAllAndListsSome(t *testing.T) {
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", numberedSheet(50_000))
	source := numberedSheet(50_000)
	inner := source.Make
	source.Make = func(row int, cells []string) bool {
		more := inner(row, cells)
		if row%2 == 0 {
			cells[1] = "ZZ"
		}
		return more
	}
	im := keepertest.Publish(t, s, "t", source)
	require.Equal(t, &view.Count{Changed: 25_000, Unchanged: 25_000}, im.Diff)
	d, err := s.Diff(context.Background(), "t", 1, 2)
	require.NoError(t, err)
	require.True(t, d.Truncated)
	require.Len(t, d.Changed, 1000)
	require.Equal(t, []view.CellChange{{Column: "state", From: "TX", To: "ZZ"}}, d.Changed[1].Cells)
	d, err = s.Diff(context.Background(), "t", 1, 1)
	require.NoError(t, err)
	require.False(t, d.Truncated)
	require.Equal(t, 50_000, d.Count.Unchanged)
}

func TestAPatchChangesAddsAndRemovesRows(t *testing.T) {
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", keepertest.Countries())
	im, err := s.Patch(context.Background(), "t", view.Patch{
		Upsert: []map[string]string{
			{"country": "GERMANY", "alpha-2": "D"}, {"Country": "France", "numeric": "250"}, {"country": "Côte d'Ivoire", "numeric": ""},
		},
		Delete: []map[string]string{{"country": "united states"}, {"country": "Atlantis"}},
	}, tables.PatchOptions{Publish: true, By: "bob"})
	require.NoError(t, err)
	require.Equal(t, 2, im.Version)
	require.True(t, im.Live)
	require.Equal(t, &view.Count{Added: 1, Removed: 1, Changed: 2, Unchanged: 1}, im.Diff)
	require.Equal(t, [][]string{
		{"GERMANY", "D", "276"}, {"Afghanistan", "AF", "004"}, {"Côte d'Ivoire", "CI", ""}, {"France", "", "250"},
	}, keepertest.Cells(t, s, "t", 0))
	require.Equal(t, map[string]int{schema.WarnKeyNotFound: 1}, codes(im.Findings.List))
	require.Contains(t, im.Findings.List[0].Message, "Atlantis")
	versions, err := s.Versions("t")
	require.NoError(t, err)
	require.Equal(t, "bob", versions[0].By)
	require.Equal(t, "t.csv", versions[0].Source)
	require.Equal(t, []string{"country"}, versions[0].Key)
}

func TestAPatchThatMakesNoSenseIsRefused(t *testing.T) {
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", keepertest.Countries())
	row := func(pairs ...string) map[string]string {
		m := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		return m
	}
	for _, c := range []struct {
		patch view.Patch
		is    error
	}{
		{view.Patch{}, schema.ErrInvalid},
		{view.Patch{Upsert: []map[string]string{row("numeric", "1")}}, schema.ErrInvalid},
		{view.Patch{Upsert: []map[string]string{row("country", " ")}}, schema.ErrInvalid},
		{view.Patch{Upsert: []map[string]string{row("country", "a", "COUNTRY", "b")}}, schema.ErrInvalid},
		{view.Patch{Upsert: []map[string]string{row("country", "a"), row("country", "A")}}, schema.ErrInvalid},
		{view.Patch{Upsert: []map[string]string{row("country", "a")}, Delete: []map[string]string{row("country", "A ")}}, schema.ErrInvalid},
		{view.Patch{Upsert: []map[string]string{row("country", "a", "city", "b")}}, schema.ErrColumnNotFound},
		{view.Patch{Delete: make([]map[string]string, 100_001)}, schema.ErrInvalid},
	} {
		_, err := s.Patch(context.Background(), "t", c.patch, tables.PatchOptions{Publish: true})
		require.ErrorIs(t, err, c.is, "%v", c.patch.Upsert)
	}
	_, err := s.Patch(context.Background(), "none", view.Patch{}, tables.PatchOptions{Publish: true})
	require.ErrorIs(t, err, schema.ErrTableNotFound)
	all := view.Patch{}
	for _, r := range keepertest.Countries().Rows {
		all.Delete = append(all.Delete, row("country", r[0]))
	}
	_, err = s.Patch(context.Background(), "t", all, tables.PatchOptions{Publish: true})
	var upload *schema.UploadError
	require.ErrorAs(t, err, &upload, "a table without rows is not published")
	require.Equal(t, keepertest.Countries().Rows, keepertest.Cells(t, s, "t", 0))
}

func TestOfTwoPatchesAtOnceOneIsToldToRepeat(t *testing.T) {
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", numberedSheet(30_000))
	results := make(chan error)
	for i := range 2 {
		go func() {
			_, err := s.Patch(context.Background(), "t", view.Patch{Upsert: []map[string]string{{"account": fmt.Sprint("new ", i)}}}, tables.PatchOptions{Publish: true})
			results <- err
		}()
	}
	won := 0
	for range 2 {
		if err := <-results; err == nil {
			won++
		} else {
			require.ErrorIs(t, err, schema.ErrConflict)
		}
	}
	require.Positive(t, won)
	require.Len(t, keepertest.Cells(t, s, "t", 0), 30_000+won, "no change is lost")
}

func TestAnyPatchIsWhatItsDiffTells(t *testing.T) {
	s := open(t, tables.Options{KeepVersions: 2})
	rapid.Check(t, func(rt *rapid.T) {
		key := rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f", "g"})
		value := rapid.SampledFrom([]string{"", "1", "2"})
		base := rapid.MapOfN(key, value, 1, 7).Draw(rt, "base")
		upsert := rapid.MapOfN(key, value, 1, 7).Draw(rt, "upsert")
		remove := rapid.SliceOfDistinct(key, rapid.ID[string]).Draw(rt, "remove")
		source := &keepertest.Sheet{Header: []string{"k", "v"}}
		for k, v := range base {
			source.Rows = append(source.Rows, []string{k, v})
		}
		_, err := s.Import(context.Background(), "t", source, tables.ImportOptions{Publish: true, Confirm: true, Key: []string{"k"}})
		require.NoError(rt, err)
		p, want, counts := view.Patch{}, map[string]string{}, view.Count{}
		maps.Copy(want, base)
		for k, v := range upsert {
			p.Upsert = append(p.Upsert, map[string]string{"k": k, "v": v})
			want[k] = v
		}
		for _, k := range remove {
			if _, both := upsert[k]; both {
				continue
			}
			p.Delete = append(p.Delete, map[string]string{"k": k})
			delete(want, k)
		}
		for k, v := range want {
			switch old, ok := base[k]; {
			case !ok:
				counts.Added++
			case old == v:
				counts.Unchanged++
			default:
				counts.Changed++
			}
		}
		counts.Removed = len(base) - counts.Changed - counts.Unchanged
		im, err := s.Patch(context.Background(), "t", p, tables.PatchOptions{Publish: true, Lift: tables.Lift{Confirm: true}})
		require.NoError(rt, err)
		require.Equal(rt, counts, *im.Diff)
		got := map[string]string{}
		for _, row := range keepertest.Cells(t, s, "t", 0) {
			got[column.Normalize(row[0])] = row[1]
		}
		require.Equal(rt, want, got)
	})
}

func TestPagesOfWhatIsNotThereAreErrors(t *testing.T) {
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", keepertest.Countries())
	page, err := s.Rows(context.Background(), "t", view.Query{Sort: "-numeric", Limit: 1})
	require.NoError(t, err)
	require.Equal(t, &view.Page{Version: 1, Total: 4, Columns: []string{"country", "alpha-2", "numeric"}, Rows: []view.Row{{Row: 1, Cells: []string{"United States", "US", "840"}}}}, page)
	_, err = s.Rows(context.Background(), "t", view.Query{Version: 7})
	require.ErrorIs(t, err, schema.ErrVersionNotFound)
	_, err = s.Rows(context.Background(), "none", view.Query{})
	require.ErrorIs(t, err, schema.ErrTableNotFound)
	_, err = s.Rows(context.Background(), "t", view.Query{Limit: -1})
	require.ErrorContains(t, err, `read rows of table "t"`)
}
