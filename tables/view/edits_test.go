package view_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/tables/scan/scantest"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

// A drafting is a draft in memory: its base, its rows, and its edits.
type drafting struct {
	base, now *scantest.Table
	rows      [][]string
	edits     *view.Edits
}

func begin(rows ...string) *drafting {
	d := &drafting{rows: cellsOf(rows...)}
	d.base = scantest.New([]string{"k", "v"}, d.rows, 2)
	d.now, d.edits = d.base, &view.Edits{Rows: len(rows)}
	return d
}

// cellsOf are rows of cells between spaces.
func cellsOf(rows ...string) [][]string {
	var cells [][]string
	for _, row := range rows {
		k, v, _ := strings.Cut(row, " ")
		cells = append(cells, []string{k, v})
	}
	return cells
}

// change applies one more patch.
func (d *drafting) change(t testing.TB, p view.Patch) {
	t.Helper()
	source, err := p.Apply(context.Background(), side(d.now), byKey("k"))
	require.NoError(t, err)
	edits, err := d.edits.Then(context.Background(), side(d.now), source)
	require.NoError(t, err)
	d.edits = edits
	d.rows, _ = patched(t, d.now, byKey("k"), p)
	d.now = scantest.New([]string{"k", "v"}, d.rows, 3)
}

// onto makes the edits in a version.
func (d *drafting) onto(t testing.TB, to *scantest.Table, moved bool) (rows [][]string, collided []int) {
	t.Helper()
	p, collided, err := d.edits.Onto(context.Background(), side(to), moved)
	require.NoError(t, err)
	if len(collided) > 0 {
		return nil, collided
	}
	if p.Size() > 0 {
		rows, _ = patched(t, to, nil, *p)
	}
	return rows, nil
}

func TestTheEditsOfADraftMakeItsRowsOfItsBase(t *testing.T) {
	t.Parallel()
	d := begin("a 1", "b 2", "c 3", "d 4")
	d.change(t, view.Patch{Set: []view.SetRow{{2, map[string]string{"V": "two"}}}, DeleteRows: []int{3}, Insert: []view.InsertRow{{1, map[string]string{"k": "new"}}, {5, map[string]string{"k": "last"}}}})
	require.Equal(t, cellsOf("new ", "a 1", "b two", "d 4", "last "), d.rows)
	require.Equal(t, []view.EditedRow{{view.EditInsert, 1, 0}, {view.EditSet, 3, 2}, {view.EditDelete, 0, 3}, {view.EditInsert, 5, 0}}, d.edits.Edited(10))
	require.Len(t, d.edits.Edited(2), 2)
	// What was changed is changed again, by row and by key; a new row can go again.
	d.change(t, view.Patch{Upsert: []map[string]string{{"k": "new", "v": "9"}, {"k": "b", "v": "three"}, {"k": "more"}}, Delete: []map[string]string{{"k": "last"}}})
	d.change(t, view.Patch{DeleteRows: []int{2}, Insert: []view.InsertRow{{4, map[string]string{"k": "before-d"}}}})
	require.Equal(t, [][]string{{"new", "9"}, {"b", "three"}, {"before-d", ""}, {"d", "4"}, {"more", ""}}, d.rows)
	require.Equal(t, []int{3, 1, 2}, []int{d.edits.Count(view.EditInsert), d.edits.Count(view.EditSet), d.edits.Count(view.EditDelete)})
	for _, moved := range []bool{false, true} {
		rows, collided := d.onto(t, d.base, moved)
		require.Empty(t, collided)
		require.Equal(t, d.rows, rows, moved)
	}
}

// Rows that somebody else has not touched are changed where they are now.
func TestEditsAreMadeInAnotherVersionWhereNoRowCollides(t *testing.T) {
	t.Parallel()
	d := begin("a 1", "b 2", "c 3", "d 4", "e 5")
	d.change(t, view.Patch{Set: []view.SetRow{{2, map[string]string{"v": "two"}}}, DeleteRows: []int{5}, Insert: []view.InsertRow{{3, map[string]string{"k": "before-c"}}, {6, map[string]string{"k": "last"}}}})
	for what, c := range map[string]struct {
		live     []string
		want     []string
		collided []int
	}{
		"rows in front and behind":             {[]string{"x 0", "a 1", "b 2", "c 3", "d 4", "e 5", "y 9"}, []string{"x 0", "a 1", "b two", "before-c ", "c 3", "d 4", "y 9", "last "}, nil},
		"other rows are changed":               {[]string{"b 2", "c 3", "d four", "e 5"}, []string{"b two", "before-c ", "c 3", "d four", "last "}, nil},
		"another order":                        {[]string{"e 5", "d 4", "c 3", "b 2", "a 1"}, []string{"d 4", "before-c ", "c 3", "b two", "a 1", "last "}, nil},
		"the row behind a new one is gone":     {[]string{"a 1", "b 2", "d 4", "e 5"}, []string{"a 1", "b two", "before-c ", "d 4", "last "}, nil},
		"nearly all is gone":                   {[]string{"b 2", "e 5"}, []string{"b two", "before-c ", "last "}, nil},
		"a row that was set is changed":        {[]string{"a 1", "b 22", "c 3", "d 4", "e 5"}, nil, []int{2}},
		"one that was set and one deleted":     {[]string{"a 1", "c 3", "d 4", "e 55"}, nil, []int{2, 5}},
		"the same change was made by somebody": {[]string{"a 1", "b two", "c 3", "d 4", "e 5"}, nil, []int{2}},
	} {
		rows, collided := d.onto(t, scantest.New([]string{"k", "v"}, cellsOf(c.live...), 2), true)
		require.Equal(t, c.collided, collided, what)
		require.Equal(t, cellsOf(c.want...), rows, what)
	}
	wide := scantest.New([]string{"k", "v", "w"}, [][]string{{"b", "2", ""}, {"e", "5", ""}}, 0)
	_, collided := d.onto(t, wide, true)
	require.Equal(t, []int{2, 5}, collided, "with another column no row is as it was")
}

func TestEditsThatNeedNoRowReadNone(t *testing.T) {
	t.Parallel()
	d := begin("a 1")
	d.change(t, view.Patch{Insert: []view.InsertRow{{Before: 2, Cells: map[string]string{"k": "last"}}}})
	of := numbered(10)
	p, collided, err := d.edits.Onto(context.Background(), side(of), true)
	require.NoError(t, err)
	require.Empty(t, collided)
	require.Equal(t, []view.InsertRow{{Before: 11, Cells: map[string]string{"k": "last"}}}, p.Insert)
	require.Zero(t, of.Reads(0))
}

func TestOfEqualRowsEachIsChangedOnce(t *testing.T) {
	t.Parallel()
	d := begin("a 1", "a 1", "a 1")
	d.change(t, view.Patch{DeleteRows: []int{1}, Set: []view.SetRow{{3, map[string]string{"v": "3"}}}})
	rows, collided := d.onto(t, scantest.New([]string{"k", "v"}, cellsOf("x 0", "a 1", "a 1"), 0), true)
	require.Empty(t, collided)
	require.Equal(t, cellsOf("x 0", "a 3"), rows)
	_, collided = d.onto(t, scantest.New([]string{"k", "v"}, cellsOf("a 1"), 0), true)
	require.Equal(t, []int{3}, collided)
}

// Any changes, one after the other, make of the base what the draft is, and of a version in
// which somebody has only added rows the same with these.
func TestAnyEditsMakeTheRowsOfTheDraft(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var base []string
		for row := range rapid.IntRange(1, 8).Draw(rt, "rows") {
			base = append(base, fmt.Sprintf("row%d x", row+1))
		}
		d := begin(base...)
		for step := range rapid.IntRange(1, 5).Draw(rt, "patches") {
			p := view.Patch{}
			for row := 1; row <= len(d.rows); row++ {
				for range rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(rt, "inserts") {
					p.Insert = append(p.Insert, view.InsertRow{Before: row, Cells: map[string]string{"k": fmt.Sprint("new", step, "-", len(p.Insert))}})
				}
				switch rapid.IntRange(0, 4).Draw(rt, "what") {
				case 0:
					p.Set = append(p.Set, view.SetRow{Row: row, Cells: map[string]string{"v": fmt.Sprint("set", step)}})
				case 1:
					p.DeleteRows = append(p.DeleteRows, row)
				}
			}
			if rapid.Bool().Draw(rt, "end") {
				p.Insert = append(p.Insert, view.InsertRow{Before: len(d.rows) + 1, Cells: map[string]string{"k": fmt.Sprint("end", step)}})
			}
			if len(p.DeleteRows) == len(d.rows) && len(p.Insert) == 0 || p.Size() == 0 {
				continue
			}
			d.change(t, p)
		}
		if len(d.edits.Changes) == 0 {
			return
		}
		rows, collided := d.onto(t, d.base, false)
		require.Empty(rt, collided)
		require.Equal(rt, d.rows, rows)
		rows, collided = d.onto(t, d.base, true)
		require.Empty(rt, collided)
		require.Equal(rt, d.rows, rows, "rows that are found by their cells")

		others := [][]string{{"other", "0"}}
		others = append(others, cellsOf(base...)...)
		rows, collided = d.onto(t, scantest.New([]string{"k", "v"}, others, 3), true)
		require.Empty(rt, collided)
		require.Equal(rt, d.rows, slices.DeleteFunc(rows, func(row []string) bool { return row[0] == "other" }))
	})
}

func TestADraftThatChangesTooMuchIsRefused(t *testing.T) {
	t.Parallel()
	of := numbered(11_000)
	for says, p := range map[string]view.Patch{
		"10001 changed rows":     {DeleteRows: seq(10_001)},
		"1 changed rows of 4194": {Insert: []view.InsertRow{{1, map[string]string{"state": strings.Repeat("x", 4<<20)}}}},
	} {
		source, err := p.Apply(context.Background(), side(of), nil)
		require.NoError(t, err)
		_, err = (&view.Edits{Rows: 11_000}).Then(context.Background(), side(of), source)
		require.ErrorIs(t, err, schema.ErrInvalid)
		require.ErrorContains(t, err, says)
		require.ErrorContains(t, err, "save it and begin another, or upload a file")
	}
	source, err := (&view.Patch{DeleteRows: seq(10_000)}).Apply(context.Background(), side(of), nil)
	require.NoError(t, err)
	edits, err := (&view.Edits{Rows: 11_000}).Then(context.Background(), side(of), source)
	require.NoError(t, err)
	require.Equal(t, 10_000, edits.Count(view.EditDelete))
	bad := numbered(10)
	bad.Damage(0, 1)
	_, _, err = edits.Onto(context.Background(), side(bad), true)
	require.ErrorIs(t, err, scantest.ErrDamaged)
}

// seq is 1 to n.
func seq(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i + 1
	}
	return list
}
