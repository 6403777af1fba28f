package index_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/schema"
)

func containsWriter() writer {
	return writer{
		mode: schema.ModeContains, value: func(r *rand.Rand) string { return text(r, 14) },
		cell: func(r *rand.Rand) judged {
			cell := text(r, 4)
			return unless(cell, plain(float64(utf8.RuneCountInString(normal(cell))), func(v string) bool { return strings.Contains(normal(v), normal(cell)) }))
		},
	}
}

func containsIndex(t testing.TB, cells []string) index.Index {
	t.Helper()
	ix, err := index.Build(context.Background(), []index.Part{{Mode: schema.ModeContains, Cells: column.FromStrings(cells)}})
	require.NoError(t, err)
	return ix
}

// containing are the rows that a value hits, by the index, with the work that it took.
func containing(t testing.TB, ix index.Index, value string) ([]int32, int64) {
	t.Helper()
	var hits index.Hits
	budget := index.NewBudget(1<<40, nil)
	require.NoError(t, ix.Probe(context.Background(), [][]string{{value}}, index.All, &hits, budget))
	rows, _ := hits.Of(0)
	return slices.Clone(rows), budget.Used()
}

func TestContainsFindsCellsWhateverTheyShare(t *testing.T) {
	t.Parallel()
	shapes := map[string]func(row int) string{
		"of one length, all but the last character the same":  func(row int) string { return "elevenchars" + string(rune(0x4e00+row)) },
		"of one length, all but the first character the same": func(row int) string { return string(rune(0x4e00+row)) + "elevenchars" },
		"of one length, sharing words":                        func(row int) string { return fmt.Sprintf("acme group %05d", row) },
		"each the start of the next one":                      func(row int) string { return strings.Repeat("ab", row%200) + "a" },
		"each the end of the next one":                        func(row int) string { return "a" + strings.Repeat("ba", row%200) },
		"each within the next one":                            func(row int) string { return strings.Repeat("x", row%100) + "y" + strings.Repeat("z", row%100) },
		"runs of one letter":                                  func(row int) string { return strings.Repeat("a", row%300+1) },
		"single letters":                                      func(row int) string { return string(rune('0' + row%60)) },
	}
	for name, cell := range shapes {
		cells := make([]string, 10_000)
		for row := range cells {
			cells[row] = cell(row)
		}
		ix := containsIndex(t, cells)
		r := rand.New(rand.NewPCG(5, 5))
		for range 12 {
			value := pickOf(r, "", "a", "x ") + pickOf(r, cells...) + pickOf(r, "", " of ", "b") + pickOf(r, cells...) + pickOf(r, "", "z")
			var want []int32
			for row, c := range cells {
				if strings.Contains(normal(value), normal(c)) {
					want = append(want, int32(row))
				}
			}
			got, _ := containing(t, ix, value)
			require.Equal(t, want, got, "%s: %q", name, value)
		}
	}
}

// Of 500 runs of one letter, 1,000,000 stand in a value of 2,000: what a value takes must be
// its length and the cells that it hits, not the places where they stand.
func TestContainsCountsACellOnceHoweverOftenItStandsThere(t *testing.T) {
	t.Parallel()
	var cells []string
	for n := range 500 {
		cells = append(cells, strings.Repeat("a", n+1))
	}
	value := strings.Repeat("a", 2000)
	for _, c := range []struct {
		mode schema.Mode
		cell func(text string) string
	}{
		{schema.ModeContains, func(text string) string { return text }},
		{schema.ModeCondition, func(text string) string { return `contains("` + text + `")` }},
		{schema.ModeWildcard, func(text string) string { return "*" + text + "*" }},
	} {
		var written []string
		for _, cell := range cells {
			written = append(written, c.cell(cell))
		}
		ix, err := index.Build(context.Background(), []index.Part{{Mode: c.mode, Cells: column.FromStrings(written)}})
		require.NoError(t, err)
		rows, work := containing(t, ix, value)
		require.Len(t, rows, len(cells), c.mode)
		if c.mode == schema.ModeContains {
			require.Less(t, work, int64(60_000))
		} else {
			require.Less(t, work, int64(5_000_000), "each is held against the value once more: %s", c.mode)
		}
	}
}

func TestContainsPrefersTheLongestCell(t *testing.T) {
	t.Parallel()
	ix := containsIndex(t, []string{"vice", "VICE president", "president", "東京", "vp", "Vice President"})
	best := func(value string) int {
		var hits index.Hits
		require.NoError(t, ix.Probe(context.Background(), [][]string{{value}}, index.All, &hits, nil))
		at := hits.Best(0)
		if at < 0 {
			return -1
		}
		rows, _ := hits.Of(0)
		return int(rows[at])
	}
	require.Equal(t, 1, best("Senior Vice  President, Sales"), "the first of two equals")
	require.Equal(t, 2, best("vice-president"), "characters, and not how many cells")
	require.Equal(t, 4, best("SVP"))
	require.Equal(t, 3, best("（東京都）"))
	require.Equal(t, -1, best("v.p."))
	require.Equal(t, -1, best("  "))
}

// A search for overlaps has to know what stands in what, also through others, without a
// list of all such pairs: 2,000 cells that stand in each other are two million.
func TestContainsOverlapsWhereOneCellStandsInTheOther(t *testing.T) {
	t.Parallel()
	pairs := func(cells []string) []index.Pair {
		var list []index.Pair
		for p, err := range index.Overlaps(context.Background(), []index.Part{{Mode: schema.ModeContains, Cells: column.FromStrings(cells)}}, nil) {
			require.NoError(t, err)
			list = append(list, p)
		}
		return list
	}
	for round := range rounds(t, 60) {
		r := rand.New(rand.NewPCG(14, uint64(round)))
		var cells []string
		for range r.IntN(40) {
			cells = append(cells, text(r, 8))
		}
		var want []index.Pair
		for second, cell := range cells {
			for first, other := range cells[:second] {
				a, b := normal(cell), normal(other)
				if a != "" && b != "" && (strings.Contains(a, b) || strings.Contains(b, a)) {
					want = append(want, index.Pair{First: first, Second: second})
					break
				}
			}
		}
		require.Equal(t, want, pairs(cells), "%q", cells)
	}
	var nested []string
	for n := range 2000 {
		nested = append(nested, strings.Repeat("a", 2000-n))
	}
	budget := index.NewBudget(1<<40, nil)
	count := 0
	for _, err := range index.Overlaps(context.Background(), []index.Part{{Mode: schema.ModeContains, Cells: column.FromStrings(nested)}}, budget) {
		require.NoError(t, err)
		count++
	}
	require.Equal(t, 1999, count)
	require.Less(t, budget.Used(), int64(1_000_000_000), "each has one cell next around it")
}
