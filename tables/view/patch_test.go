package view_test

import (
	"context"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/tables/scan/scantest"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

// patched is the cells of a table with a patch applied, and what was warned of.
func patched(t testing.TB, of *scantest.Table, key []schema.Match, p view.Patch) ([][]string, []schema.Warning) {
	t.Helper()
	source, err := p.Apply(context.Background(), side(of), key)
	require.NoError(t, err)
	require.Equal(t, of.Version.ColumnNames(), source.Columns())
	var rows [][]string
	for {
		row, err := source.Next()
		if err == io.EOF { //nolint:errorlint // a RowSource returns io.EOF itself
			return rows, source.Warnings()
		}
		require.NoError(t, err)
		require.Equal(t, len(rows)+1, row.Number)
		rows = append(rows, append([]string{}, row.Cells...))
	}
}

func TestAPatchByKeyChangesTheRowWithItsKeyAndPutsNewOnesLast(t *testing.T) {
	t.Parallel()
	of := scantest.New([]string{"k", "n", "v"}, [][]string{{"a", "1", "x"}, {"b", "1", "y"}, {"A ", "2", "z"}, {"c", "2", ""}, {"", "3", "empty"}}, 2)
	rows, warnings := patched(t, of, byKey("k", "n"), view.Patch{
		Upsert: []map[string]string{{"k": "new", "n": "9", "v": "1"}, {"K": "a", "n": "1", "v": "changed"}},
		Delete: []map[string]string{{"k": "C", "n": "2"}, {"k": "none", "n": "1"}},
	})
	require.Equal(t, [][]string{{"a", "1", "changed"}, {"b", "1", "y"}, {"A ", "2", "z"}, {"", "3", "empty"}, {"new", "9", "1"}}, rows)
	require.Equal(t, []schema.Warning{{Code: schema.WarnKeyNotFound, Message: `no row has the key "none", "1": nothing to delete`}}, warnings)

	exact := []schema.Match{{Column: "k", Mode: schema.ModeExact}, {Column: "n", MatchEmpty: true}}
	rows, _ = patched(t, of, exact, view.Patch{
		Upsert: []map[string]string{{"k": "a", "n": "", "v": "of no number"}, {"k": "A ", "n": "2", "v": "found"}},
		Delete: []map[string]string{{"k": "a", "n": " 1"}},
	})
	require.Equal(t, [][]string{{"b", "1", "y"}, {"A ", "2", "found"}, {"c", "2", ""}, {"", "3", "empty"}, {"a", "", "of no number"}}, rows)
}

// What a key does not name alone is not changed, and all rows are told at once.
func TestAPatchByKeyNamesTheRowsOfAKeyThatHasSeveral(t *testing.T) {
	t.Parallel()
	of := scantest.New([]string{"k", "v"}, [][]string{{"a", "1"}, {"b", "2"}, {"A ", "3"}, {"b", "4"}, {"c", "5"}, {"B", "6"}}, 2)
	patch := view.Patch{Upsert: []map[string]string{{"k": "b", "v": "x"}, {"k": "c"}}, Delete: []map[string]string{{"k": "a"}}}
	_, err := patch.Apply(context.Background(), side(of), byKey("k"))
	var several *schema.SeveralRowsError
	require.ErrorAs(t, err, &several)
	require.ErrorIs(t, err, schema.ErrConflict)
	require.Equal(t, []schema.SeveralRows{{Key: `"b"`, Rows: []int{2, 4, 6}, Count: 3}, {Key: `"a"`, Rows: []int{1, 3}, Count: 2}}, several.Keys)
	require.EqualError(t, err, `the key "b" is in several rows of version 1 of table "t": 2, 4, 6, and 1 more keys of the patch are in several rows. Change them by the numbers of the rows`)

	many := scantest.Make([]string{"k"}, 0, func(row int, cells []string) bool {
		cells[0] = fmt.Sprint("key ", row%150)
		return row < 150*120
	})
	patch = view.Patch{}
	for k := range 150 {
		patch.Delete = append(patch.Delete, map[string]string{"k": fmt.Sprint("key ", k)})
	}
	_, err = patch.Apply(context.Background(), side(many), byKey("k"))
	require.ErrorAs(t, err, &several)
	require.Len(t, several.Keys, 100)
	require.Equal(t, 50, several.More)
	require.Len(t, several.Keys[99].Rows, 100)
	require.Equal(t, 120, several.Keys[99].Count)
	require.ErrorContains(t, err, "1, 151, 301, 451, 601, 751, 901, 1051, 1201, 1351 and 110 more, and 149 more keys")
}

// All numbers are those of the version that is changed, whatever comes before them.
func TestAPatchByRowChangesInsertsAndDeletesAtItsPlaces(t *testing.T) {
	t.Parallel()
	of := scantest.New([]string{"k", "v"}, [][]string{{"a", "1"}, {"a", "2"}, {"b", "3"}, {"c", "4"}}, 2)
	for what, c := range map[string]struct {
		patch view.Patch
		want  [][]string
	}{
		"a cell": {
			view.Patch{Set: []view.SetRow{{Row: 2, Cells: map[string]string{"V": "two"}}}},
			[][]string{{"a", "1"}, {"a", "two"}, {"b", "3"}, {"c", "4"}},
		},
		"rows in front, in the middle and behind": {
			view.Patch{Insert: []view.InsertRow{{5, map[string]string{"k": "z"}}, {1, map[string]string{"v": "0"}}, {3, nil}, {1, map[string]string{"k": "0"}}, {5, map[string]string{"k": "y"}}}},
			[][]string{{"", "0"}, {"0", ""}, {"a", "1"}, {"a", "2"}, {"", ""}, {"b", "3"}, {"c", "4"}, {"z", ""}, {"y", ""}},
		},
		"a row in the place of one that goes": {
			view.Patch{DeleteRows: []int{4, 1}, Insert: []view.InsertRow{{4, map[string]string{"k": "d"}}, {1, map[string]string{"k": "e"}}}, Set: []view.SetRow{{2, map[string]string{"k": "A"}}}},
			[][]string{{"e", ""}, {"A", "2"}, {"b", "3"}, {"d", ""}},
		},
		"all but one": {view.Patch{DeleteRows: []int{1, 2, 3}}, [][]string{{"c", "4"}}},
	} {
		rows, warnings := patched(t, of, nil, c.patch)
		require.Equal(t, c.want, rows, what)
		require.Empty(t, warnings)
	}
}

// Any patch by row is held against a list that is changed from its end to its beginning.
func TestAnyPatchByRowIsWhatAListSays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(rt, "rows")
		var cells [][]string
		for row := range n {
			cells = append(cells, []string{fmt.Sprint("row ", row+1), "old"})
		}
		of := scantest.New([]string{"k", "v"}, cells, rapid.IntRange(1, 5).Draw(rt, "group"))
		patch, inserted := view.Patch{}, 0
		var want [][]string
		for row := 1; row <= n+1; row++ {
			for range rapid.IntRange(0, 2).Draw(rt, "inserts") {
				inserted++
				patch.Insert = append(patch.Insert, view.InsertRow{Before: row, Cells: map[string]string{"k": fmt.Sprint("new ", inserted)}})
				want = append(want, []string{fmt.Sprint("new ", inserted), ""})
			}
			if row > n {
				break
			}
			switch rapid.IntRange(0, 2).Draw(rt, "what") {
			case 0:
				want = append(want, cells[row-1])
			case 1:
				patch.Set = append(patch.Set, view.SetRow{Row: row, Cells: map[string]string{"v": "set"}})
				want = append(want, []string{cells[row-1][0], "set"})
			case 2:
				patch.DeleteRows = append(patch.DeleteRows, row)
			}
		}
		if patch.Size() == 0 {
			return
		}
		rows, _ := patched(t, of, nil, patch)
		require.Equal(rt, want, rows)
	})
}

func TestAPatchNamesWhatIsWrongWithIt(t *testing.T) {
	t.Parallel()
	of := scantest.New([]string{"k", "v"}, [][]string{{"a", "1"}}, 0)
	b := map[string]string{"k": "b"}
	for says, c := range map[string]struct {
		key   []schema.Match
		patch view.Patch
	}{
		`upsert 2: invalid: no "k", which is of the key`:             {byKey("k"), view.Patch{Upsert: []map[string]string{{"k": "b"}, {"v": "2"}}}},
		`delete 1: invalid: the key "A" is in the patch twice`:       {byKey("k"), view.Patch{Upsert: []map[string]string{{"k": "a"}}, Delete: []map[string]string{{"k": "A"}}}},
		`upsert 1: column not found: "city": the table has`:          {byKey("k"), view.Patch{Upsert: []map[string]string{{"k": "a", "city": "b"}}}},
		`column not found: "gone", which is the key of table`:        {byKey("gone"), view.Patch{Upsert: []map[string]string{{"k": "a"}}}},
		`table "t" has no key: set its default lookup, or`:           {nil, view.Patch{Upsert: []map[string]string{{"k": "a"}}}},
		`in mode prefix, which does not name single rows: change`:    {[]schema.Match{{Column: "k", Mode: schema.ModePrefix}}, view.Patch{Upsert: []map[string]string{{"k": "a"}}}},
		`in mode loose, which does not name single rows: change`:     {[]schema.Match{{Column: "k", Mode: schema.ModeLoose}}, view.Patch{Upsert: []map[string]string{{"k": "a"}}}},
		`in mode company, which does not name single rows: change`:   {[]schema.Match{{Column: "k", Mode: schema.ModeCompany}}, view.Patch{Delete: []map[string]string{{"k": "a"}}}},
		`0 rows: give 1 to 100000`:                                   {byKey("k"), view.Patch{}},
		`100001 rows: give 1 to 100000`:                              {nil, view.Patch{DeleteRows: make([]int, 100_001)}},
		`send one kind at a time`:                                    {byKey("k"), view.Patch{DeleteRows: []int{1}, Upsert: []map[string]string{b}}},
		`set 1: invalid: row 2: version 1 has rows 1 to 1`:           {nil, view.Patch{Set: []view.SetRow{{2, b}}}},
		`set 1: invalid: row 0: version 1 has rows`:                  {nil, view.Patch{Set: []view.SetRow{{0, b}}}},
		`set 2: invalid: row 1 is in the patch twice`:                {nil, view.Patch{Set: []view.SetRow{{1, b}, {1, b}}}},
		`set 1: invalid: row 1: no cell is named`:                    {nil, view.Patch{Set: []view.SetRow{{1, nil}}}},
		`set 1: column not found: "city": the table has k, v`:        {nil, view.Patch{Set: []view.SetRow{{1, map[string]string{"city": "x"}}}}},
		`set 1: invalid: column "k" is given twice`:                  {nil, view.Patch{Set: []view.SetRow{{1, map[string]string{"k": "x", "K": "y"}}}}},
		`deleteRows 1: invalid: row 1 is in the patch twice`:         {nil, view.Patch{Set: []view.SetRow{{1, b}}, DeleteRows: []int{1}}},
		`deleteRows 2: invalid: row -1: version`:                     {nil, view.Patch{DeleteRows: []int{1, -1}}},
		`insert 1: invalid: before row 3: version 1 has rows 1 to 1`: {nil, view.Patch{Insert: []view.InsertRow{{3, b}}}},
		`insert 1: invalid: before row 0`:                            {nil, view.Patch{Insert: []view.InsertRow{{0, b}}}},
		`insert 1: column not found: "city"`:                         {nil, view.Patch{Insert: []view.InsertRow{{1, map[string]string{"city": "x"}}}}},
	} {
		_, err := c.patch.Apply(context.Background(), side(of), c.key)
		require.ErrorContains(t, err, says)
	}
}

func TestAPatchOfRowsThatCannotBeReadEndsWithTheReason(t *testing.T) {
	t.Parallel()
	of := numbered(10)
	of.Damage(0, 0)
	byKeyOf := view.Patch{Delete: []map[string]string{{"account": "x"}}}
	_, err := byKeyOf.Apply(context.Background(), side(of), byKey("account"))
	require.ErrorIs(t, err, scantest.ErrDamaged)
	of = numbered(10)
	of.Damage(0, 2)
	byRow := view.Patch{DeleteRows: []int{1}}
	source, err := byRow.Apply(context.Background(), side(of), nil)
	require.NoError(t, err)
	_, err = source.Next()
	require.ErrorIs(t, err, scantest.ErrDamaged)
}
