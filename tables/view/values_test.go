package view_test

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/tables/scan"
	"tablestep/tables/scan/scantest"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

func TestTheMostFrequentValuesOfAColumnComeFirst(t *testing.T) {
	t.Parallel()
	of := scantest.New([]string{"k", "v"}, [][]string{{"1", "b"}, {"2", "a"}, {"3", ""}, {"4", "B"}, {"5", "a"}, {"6", " "}, {"7", "b"}, {"8", "c"}}, 3)
	v, err := view.ValuesOf(context.Background(), side(of), "V", 3)
	require.NoError(t, err)
	require.Equal(t, &view.Values{
		Version: 1, Column: "v", Rows: 8, Empty: 1, Rest: 2,
		Values: []view.Value{{Text: "b", Count: 2}, {Text: "a", Count: 2}, {Text: "B", Count: 1}},
	}, v)
	of = scantest.New([]string{"v"}, [][]string{{""}, {strings.Repeat("é", 600)}}, 0)
	v, err = view.ValuesOf(context.Background(), side(of), "v", 10)
	require.NoError(t, err)
	require.Equal(t, []view.Value{{Text: strings.Repeat("é", 500) + "…", Cut: true, Count: 1}}, v.Values)

	_, err = view.ValuesOf(context.Background(), side(of), "none", 3)
	require.ErrorIs(t, err, schema.ErrColumnNotFound)
	for _, top := range []int{0, -1, 1001} {
		_, err = view.ValuesOf(context.Background(), side(of), "v", top)
		require.ErrorIs(t, err, schema.ErrInvalid)
	}
	bad := numbered(10)
	bad.Damage(0, 1)
	_, err = view.ValuesOf(context.Background(), side(bad), "state", 3)
	require.ErrorIs(t, err, scantest.ErrDamaged)
}

// Any column is held against a map, with a counter that has room for all values and with
// one that forgets.
func TestAnyCountOfValuesIsWhatAMapSays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var cells [][]string
		counts, first := map[string]int{}, map[string]int{}
		for row := range rapid.IntRange(1, 200).Draw(rt, "rows") {
			n := rapid.IntRange(0, 30).Draw(rt, "value")
			text := ""
			if n > 0 {
				text = fmt.Sprint(n * n / 12)
			}
			cells = append(cells, []string{text})
			if counts[text]++; counts[text] == 1 {
				first[text] = row
			}
		}
		var order []string
		for text := range counts {
			if text != "" {
				order = append(order, text)
			}
		}
		slices.SortFunc(order, func(a, b string) int {
			return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(first[a], first[b]))
		})
		of := scantest.New([]string{"v"}, cells, rapid.IntRange(1, 40).Draw(rt, "group"))
		top := rapid.IntRange(1, 40).Draw(rt, "top")
		for _, most := range []int{1000, rapid.IntRange(1, 20).Draw(rt, "most")} {
			v, err := view.ValuesWithin(context.Background(), side(of), "v", top, most)
			require.NoError(rt, err)
			require.Equal(rt, counts[""], v.Empty)
			rest := len(cells) - v.Empty
			for _, value := range v.Values {
				require.Equal(rt, counts[value.Text], value.Count, "what is told is right")
				rest -= value.Count
			}
			require.Equal(rt, rest, v.Rest)
			if v.Unsure {
				require.Less(rt, most, 1000)
				continue
			}
			require.Len(rt, v.Values, min(top, len(order)))
			for i, value := range v.Values {
				require.Equal(rt, counts[order[i]], value.Count, "nothing more frequent is left out")
				if most == 1000 {
					require.Equal(rt, order[i], value.Text)
				}
			}
		}
	})
}

// A breaking reader can be read so many times.
type breaking struct {
	scan.Reader
	left int
}

func (b *breaking) Read(ctx context.Context, group int, columns []int, f func(i int, chunk []byte) error) error {
	if b.left--; b.left < 0 {
		return scantest.ErrDamaged
	}
	return b.Reader.Read(ctx, group, columns, f)
}

func TestACountThatCannotBeReadToItsEndTellsNothing(t *testing.T) {
	t.Parallel()
	of := scantest.New([]string{"v"}, [][]string{{"a"}, {"b"}, {"c"}, {"a"}}, 1)
	for reads := range 8 { // two walks of four groups
		_, err := view.ValuesWithin(context.Background(), view.Side{Version: of.Version, Reader: &breaking{of, reads}}, "v", 1, 1)
		require.ErrorIs(t, err, scantest.ErrDamaged, "%d reads", reads)
	}
}

// A column of a million different values takes little memory, and the frequent ones among
// them are found.
func TestTheValuesOfALargeColumnAreCountedInLittleMemory(t *testing.T) {
	const rows = 600_000
	of := scantest.Make([]string{"v"}, 0, func(row int, cells []string) bool {
		cells[0] = fmt.Sprint("value ", row)
		if row%100 == 99 {
			cells[0] = "often"
		}
		return row < rows
	})
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	v, err := view.ValuesOf(context.Background(), side(of), "v", 2)
	runtime.ReadMemStats(&after)
	require.NoError(t, err)
	require.Equal(t, view.Value{Text: "often", Count: rows / 100}, v.Values[0])
	require.Equal(t, 1, v.Values[1].Count)
	require.True(t, v.Unsure, "which of the others comes first nobody has counted")
	require.Less(t, after.HeapInuse, before.HeapInuse+64<<20)
}

func TestATextIsFoundWithTheCellsThatHaveIt(t *testing.T) {
	t.Parallel()
	of := scantest.New([]string{"k", "v", "w"}, [][]string{{"Acme", "x", "ACME Inc"}, {"b", "acme ", "y"}, {"c", "", ""}, {"acme", "", ""}}, 2)
	f, err := view.Find(context.Background(), side(of), " acme", 2)
	require.NoError(t, err)
	require.Equal(t, &view.Found{Table: "t", Version: 1, Total: 3, Rows: []view.FoundRow{
		{Row: 1, Cells: []view.FoundCell{{"k", "Acme"}, {"w", "ACME Inc"}}},
		{Row: 2, Cells: []view.FoundCell{{"v", "acme "}}},
	}}, f)
	for _, bad := range []struct {
		text  string
		limit int
	}{{"", 1}, {" \u200b", 1}, {"a", 0}, {"a", 101}} {
		_, err = view.Find(context.Background(), side(of), bad.text, bad.limit)
		require.ErrorIs(t, err, schema.ErrInvalid)
	}
	of = scantest.New([]string{"v"}, [][]string{{strings.Repeat("x", 2000)}}, 0)
	f, err = view.Find(context.Background(), side(of), "xxx", 1)
	require.NoError(t, err)
	require.Equal(t, strings.Repeat("x", 1000)+"…", f.Rows[0].Cells[0].Text)
}
