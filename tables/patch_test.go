package tables_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

func cells(pairs ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

func TestAPatchByRowOfATableWhoseKeyNamesNoRow(t *testing.T) {
	s := open(t, tables.Options{})
	_, err := s.Import(context.Background(), "t", &keepertest.Sheet{Header: []string{"k", "v"}, Rows: [][]string{{"a", "1"}, {"a", "2"}, {"b", "3"}}}, tables.ImportOptions{Publish: true, Key: []string{"k"}})
	require.NoError(t, err)
	_, err = s.Patch(context.Background(), "t", view.Patch{Upsert: []map[string]string{cells("k", "A", "v", "x")}}, tables.PatchOptions{Publish: true})
	var several *schema.SeveralRowsError
	require.ErrorAs(t, err, &several)
	require.Equal(t, []schema.SeveralRows{{Key: `"A"`, Rows: []int{1, 2}, Count: 2}}, several.Keys)
	im, err := s.Patch(context.Background(), "t", view.Patch{
		Set: []view.SetRow{{Row: 2, Cells: cells("v", "two")}}, Insert: []view.InsertRow{{Before: 4, Cells: cells("k", "c")}}, DeleteRows: []int{1},
	}, tables.PatchOptions{Version: 1, Publish: true, By: "ann", Message: " second\nthought "})
	require.NoError(t, err)
	require.Equal(t, 2, im.Version)
	require.True(t, im.Live)
	require.Equal(t, [][]string{{"a", "two"}, {"b", "3"}, {"c", ""}}, keepertest.Cells(t, s, "t", 0))
	versions, err := s.Versions("t")
	require.NoError(t, err)
	require.Equal(t, "second thought", versions[0].Message)
	require.Empty(t, versions[1].Message)
}

func TestAPatchThatIsNotPublishedLeavesTheLiveVersion(t *testing.T) {
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", keepertest.Countries())
	im, err := s.Patch(context.Background(), "t", view.Patch{DeleteRows: []int{1}}, tables.PatchOptions{Version: 1})
	require.NoError(t, err)
	require.Equal(t, 2, im.Version)
	require.False(t, im.Live)
	require.Equal(t, keepertest.Countries().Rows, keepertest.Cells(t, s, "t", 0))
	require.Equal(t, keepertest.Countries().Rows[1:], keepertest.Cells(t, s, "t", 2))
	require.NoError(t, s.Publish("t", 2, ""))
}

// Who has looked at rows that are not live any more is told what has changed, and by whom.
func TestAPatchOfAVersionThatIsNoLongerLiveIsToldWhatHasChanged(t *testing.T) {
	s := open(t, tables.Options{KeepVersions: 2})
	sheet := func(rows ...string) *keepertest.Sheet {
		made := &keepertest.Sheet{Header: []string{"k", "v"}}
		for _, row := range rows {
			made.Rows = append(made.Rows, strings.Fields(row))
		}
		return made
	}
	keepertest.Publish(t, s, "t", sheet("a 1", "b 2", "c 3"))
	_, err := s.Import(context.Background(), "t", sheet("a 1", "b x", "d 4"), tables.ImportOptions{Publish: true, By: "bob"})
	require.NoError(t, err)
	_, err = s.Patch(context.Background(), "t", view.Patch{DeleteRows: []int{1}}, tables.PatchOptions{Version: 1, Publish: true})
	var moved *tables.RowsMovedError
	require.ErrorAs(t, err, &moved)
	require.ErrorIs(t, err, schema.ErrConflict)
	require.False(t, moved.At.IsZero())
	moved.At = moved.At.Truncate(0)
	require.Equal(t, []any{"t", 1, 2, "bob"}, []any{moved.Table, moved.Asked, moved.Current, moved.By})
	require.Equal(t, []string{"row 2", "row 3 of version 1 is gone", "row 3 is new"}, moved.Changed)
	require.ErrorContains(t, err, `version 1 of table "t" is no longer live, version 2 has been made by bob`)

	var many []string
	for i := range 60 {
		many = append(many, fmt.Sprint("k", i, " 1"))
	}
	keepertest.Publish(t, s, "t", sheet(many...))
	_, err = s.Patch(context.Background(), "t", view.Patch{DeleteRows: []int{1}}, tables.PatchOptions{Version: 2, Publish: true})
	require.ErrorAs(t, err, &moved)
	require.Len(t, moved.Changed, 21)
	require.Equal(t, "and 43 more rows", moved.Changed[20])
	keepertest.Publish(t, s, "t", sheet(many...))
	keepertest.Publish(t, s, "t", sheet(many...))
	_, err = s.Patch(context.Background(), "t", view.Patch{DeleteRows: []int{1}}, tables.PatchOptions{Version: 1, Publish: true})
	require.ErrorAs(t, err, &moved)
	require.Nil(t, moved.Changed, "version 1 has been dropped: nobody can tell")
}

// Of two who have looked at the same version one is told, whichever comes to the end first.
func TestOfTwoPatchesOfOneVersionAtOnceOneIsToldThatItMoved(t *testing.T) {
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", numberedSheet(30_000))
	results := make(chan error)
	for i := range 2 {
		go func() {
			_, err := s.Patch(context.Background(), "t", view.Patch{Set: []view.SetRow{{Row: i + 1, Cells: cells("state", "XX")}}}, tables.PatchOptions{Version: 1, Publish: true})
			results <- err
		}()
	}
	first, second := <-results, <-results
	if first != nil {
		first, second = second, first
	}
	require.NoError(t, first)
	var moved *tables.RowsMovedError
	require.ErrorAs(t, second, &moved)
	require.Equal(t, 2, moved.Current)
	require.Len(t, moved.Changed, 1)
}

func TestAMessageIsKeptWithItsVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tables.db")
	s := openAt(t, path, tables.Options{})
	_, err := s.Import(context.Background(), "t", keepertest.Countries(), tables.ImportOptions{Publish: true, Message: "from the « sales » team"})
	require.NoError(t, err)
	for _, bad := range []string{strings.Repeat("x", 1001), "\xff"} {
		_, err = s.Import(context.Background(), "t", keepertest.Countries(), tables.ImportOptions{Message: bad})
		require.ErrorIs(t, err, schema.ErrInvalid)
		require.ErrorContains(t, err, "message")
	}
	_, err = s.Import(context.Background(), "t", keepertest.Countries(), tables.ImportOptions{Message: strings.Repeat("x", 1000)})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	s = openAt(t, path, tables.Options{})
	defer func() { require.NoError(t, s.Close()) }()
	versions, err := s.Versions("t")
	require.NoError(t, err)
	require.Equal(t, "from the « sales » team", versions[1].Message)
	require.Len(t, versions[0].Message, 1000)
}
