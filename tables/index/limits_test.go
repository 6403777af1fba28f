package index_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/notation"
	"tablestep/tables/schema"
)

// countedRow is a row of numbers and small texts, or of * for anything.
type countedRow struct{ text, low, high string }

// A plain way to the rows that are hit: all that hold, then those with the closest limit,
// part by part.
func plainHits(rows []countedRow, text string, low, high int) []int32 {
	var hits []int32
	for i, r := range rows {
		l, errL := strconv.Atoi(r.low)
		h, errH := strconv.Atoi(r.high)
		if (r.text == text || r.text == "*") && (errL != nil || l <= low) && (errH != nil || h >= high) {
			hits = append(hits, int32(i))
		}
	}
	closest := func(of func(r countedRow) string, upper bool) {
		best := 0
		for n, hit := range hits {
			if n > 0 && closer(of(rows[hit]), of(rows[hits[best]]), upper) {
				best = n
			}
		}
		if len(hits) > 0 {
			cell := of(rows[hits[best]])
			hits = slices.DeleteFunc(hits, func(hit int32) bool { return of(rows[hit]) != cell })
		}
	}
	closest(func(r countedRow) string { return r.low }, false)
	closest(func(r countedRow) string { return r.high }, true)
	return hits
}

func closer(a, b string, upper bool) bool {
	x, errA := strconv.Atoi(a)
	y, errB := strconv.Atoi(b)
	if errA != nil || errB != nil {
		return errA == nil && errB != nil
	}
	return x > y && !upper || x < y && upper
}

func partsOf(rows []countedRow) []index.Part {
	var texts, lows, highs []string
	for _, r := range rows {
		texts, lows, highs = append(texts, r.text), append(lows, r.low), append(highs, r.high)
	}
	anything := []string{"*"}
	return []index.Part{
		{Mode: schema.ModeNormalized, Cells: column.FromStrings(texts), Anything: anything},
		{Mode: schema.ModeAtLeast, Cells: column.FromStrings(lows), Anything: anything},
		{Mode: schema.ModeAtMost, Cells: column.FromStrings(highs), Anything: anything},
	}
}

func drawRows(t *rapid.T) []countedRow {
	small := rapid.SampledFrom([]string{"0", "1", "2", "3", "5", "8", "*"})
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) countedRow {
		return countedRow{rapid.SampledFrom([]string{"a", "b", "*"}).Draw(t, "text"), small.Draw(t, "low"), small.Draw(t, "high")}
	}), 0, 40).Draw(t, "rows")
}

// However the rows are divided among indexes, the closest limits of all of them are hit.
func TestTheClosestLimitOfAllIndexesIsHit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rows := drawRows(t)
		cuts := []int{0, len(rows)}
		for range rapid.IntRange(0, 3).Draw(t, "cuts") {
			cuts = append(cuts, rapid.IntRange(0, len(rows)).Draw(t, "cut"))
		}
		slices.Sort(cuts)
		keys := make([][]string, 3)
		var want [][]int32
		for _, text := range []string{"a", "b", "c", ""} {
			for n := -1; n < 10; n += 2 {
				for p, value := range []string{text, fmt.Sprint(n), fmt.Sprint(9 - n)} {
					keys[p] = append(keys[p], value)
				}
				want = append(want, plainHits(rows, text, n, 9-n))
			}
		}
		got, limits := make([][]int32, len(want)), make([][]index.Limit, len(want))
		for i := range cuts[1:] {
			from, to := cuts[i], cuts[i+1]
			ix, err := index.Build(context.Background(), partsOf(rows[from:to]))
			require.NoError(t, err)
			var hits index.Hits
			require.NoError(t, ix.Probe(context.Background(), keys, index.All, &hits, nil))
			for tuple := range want {
				found, _ := hits.Of(tuple)
				if len(found) == 0 {
					continue
				}
				switch c := index.CompareLimits(hits.LimitsOf(tuple), limits[tuple]); {
				case len(got[tuple]) > 0 && c < 0:
					continue
				case len(got[tuple]) == 0 || c > 0:
					got[tuple], limits[tuple] = nil, nil
					for _, l := range hits.LimitsOf(tuple) {
						limits[tuple] = append(limits[tuple], index.CloneLimit(l))
					}
				}
				for _, row := range found {
					got[tuple] = append(got[tuple], row+int32(from))
				}
			}
		}
		for tuple := range want {
			require.Equal(t, want[tuple], got[tuple], "tuple %q %q %q", keys[0][tuple], keys[1][tuple], keys[2][tuple])
		}
	})
}

// Rows overlap if some value hits both. With whole numbers all values can be tried.
func TestRowsWithEqualLimitsOverlap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rows := drawRows(t)
		first := map[int]int{}
		for _, text := range []string{"a", "b", "c"} {
			for low := -1; low < 10; low++ {
				for high := -1; high < 10; high++ {
					hits := plainHits(rows, text, low, high)
					for i, hit := range hits {
						for _, before := range hits[:i] {
							if f, ok := first[int(hit)]; !ok || int(before) < f {
								first[int(hit)] = int(before)
							}
						}
					}
				}
			}
		}
		got := map[int]int{}
		for pair, err := range index.Overlaps(context.Background(), partsOf(rows), nil) {
			require.NoError(t, err)
			got[pair.Second] = pair.First
		}
		require.Equal(t, first, got, "%v", rows)
	})
}

func TestLimitsThatSayTheSameAreDuplicates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cells []string
		same  bool
	}{
		{[]string{"5000", "5,000"}, true},
		{[]string{"5000", "$5,000.00"}, true},
		{[]string{"5K", "5000"}, true},
		{[]string{"9007199254740993", "9007199254740993.0"}, true},
		{[]string{"9007199254740993", "9007199254740992"}, false},
		{[]string{"2024-01-31", "01/31/2024"}, true},
		{[]string{"2024-01-31", "2024-01-31T00:00:00Z"}, false}, // at most, the day goes on
		{[]string{"M", ` "m" `}, true},
		{[]string{"5000", `"5000"`}, false},
	} {
		for _, mode := range []schema.Mode{schema.ModeAtLeast, schema.ModeAtMost} {
			some := false
			for pair, err := range index.Duplicates(context.Background(), []index.Part{{Mode: mode, Cells: column.FromStrings(c.cells)}}, nil) {
				require.NoError(t, err)
				require.Equal(t, index.Pair{First: 0, Second: 1}, pair)
				some = true
			}
			require.Equal(t, c.same, some, "%s %q", mode, c.cells)
		}
	}
}

func TestALimitIsANumberADateOrAText(t *testing.T) {
	t.Parallel()
	for _, mode := range []schema.Mode{schema.ModeAtLeast, schema.ModeAtMost} {
		for _, cell := range []string{"5", "-5", "+5", "1,500", "$1,500", "EUR 20", "15%", "5K", "2024-03-31", "03/31/2024", "2024-03-31T10:00:00Z", "A", "Müller", "東京", "Enterprise 2", "REV5", `"02100"`, `"10-20"`, "m-p", ""} {
			require.NoError(t, index.CheckCell(mode, cell, schema.Notation{}), cell)
		}
		for cell, says := range map[string]string{
			"1.500,50":                "it is no number and no date as the column has them (numbers like 1,234.5, dates mdy); if it is a text, write \"1.500,50\" in quotes",
			"12,34":                   "no number",
			"0x10":                    "no number",
			"(5)":                     "no number",
			"94105-1234":              "no number",
			"13/13/2024":              "no number and no date",
			"7-Eleven":                "no number",
			"24/7":                    "no number",
			"EUR 5x":                  "no number",
			"USD12,34":                "no number",
			"# 5":                     "no number",
			">=5000":                  "it is a comparison, and mode " + string(mode) + " does the comparing: write 5000 alone",
			"<":                       "write the number alone",
			"10-20":                   "it is a span",
			"10..":                    "it is a span",
			"500+":                    "it is a span",
			`"open`:                   "the quote is not closed",
			`"a","b"`:                 "the quote is not closed",
			`""`:                      "there is nothing between the quotes",
			strings.Repeat("5", 9000): "longer than",
		} {
			err := index.CheckCell(mode, cell, schema.Notation{})
			require.ErrorContains(t, err, says, cell)
			var bad *index.CellError
			require.ErrorAs(t, err, &bad)
			require.Equal(t, mode, bad.Mode)
			require.Equal(t, cell, bad.Cell)
		}
		require.NoError(t, index.CheckCell(mode, "1.500,50", schema.Notation{Numbers: notation.PointComma}))
		require.ErrorContains(t, index.CheckCell(mode, "1,500.50", schema.Notation{Numbers: notation.PointComma}), "numbers like 1.234,5")
		require.NoError(t, index.CheckCell(mode, "31/03/2024", schema.Notation{Dates: notation.DayFirst}))
		require.ErrorContains(t, index.CheckCell(mode, "03/31/2024", schema.Notation{Dates: notation.DayFirst}), "dates dmy")
	}
}

// No cell is ordered as a text unless it is in quotes or begins with a letter: whatever
// else there is in it, a value that is a text of letters is not held against it.
func FuzzLimit(f *testing.F) {
	for _, cell := range []string{"5", "1,001-5,000", ">= 01/01/2024", `"5"`, "A", "US$ 5", "‑5", "５", "ⅷ", "5e400", "2024-02-30", `"`, "\xff", "- 5", "½", "²", "USD 1,2"} {
		f.Add(cell, "10", "mid")
	}
	f.Fuzz(func(t *testing.T, cell, number, text string) {
		for _, mode := range []schema.Mode{schema.ModeAtLeast, schema.ModeAtMost} {
			if index.CheckCell(mode, cell, schema.Notation{}) != nil {
				continue
			}
			part := index.Part{Mode: mode, Cells: column.FromStrings([]string{cell, "10", `"mid"`}), MatchEmpty: true}
			ix, err := index.Build(context.Background(), []index.Part{part})
			require.NoError(t, err)
			var hits index.Hits
			require.NoError(t, ix.Probe(context.Background(), [][]string{{number, text, cell, "", "zebra"}}, index.All, &hits, nil))
			for tuple := range 5 {
				rows, _ := hits.Of(tuple)
				require.LessOrEqual(t, len(rows), 2)
			}
			normal := column.Normalize(cell)
			if rows, _ := hits.Of(4); mode == schema.ModeAtLeast && slices.Contains(rows, 0) {
				first := []rune(normal)[0]
				require.True(t, first == '"' || unicode.IsLetter(first), "%q is ordered as a text", cell)
			}
		}
	})
}

func TestANearRowHoldsByItsLimitAndTheClosestOneIsTold(t *testing.T) {
	t.Parallel()
	countries := column.FromStrings([]string{"Germany", "Germany", "Germany", "France", "*"})
	amounts := column.FromStrings([]string{"0", "5000", "15000", "0", "100000"})
	parts := []index.Part{{Mode: schema.ModeNormalized, Cells: countries, Anything: []string{"*"}}, {Mode: schema.ModeAtLeast, Cells: amounts}}
	for amount, want := range map[string]int{"6000": 1, "100": 0, "20000": 2} {
		near, ok, err := index.Nearest(context.Background(), parts, []string{"Germny", amount}, nil)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, want, near.Row, amount)
	}
	_, ok, err := index.Nearest(context.Background(), parts, []string{"Germny", "-1"}, nil)
	require.NoError(t, err)
	require.False(t, ok, "no limit holds")
}

func TestAnIndexSaysWhichPartsTakeAnEmptyValue(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	for _, w := range writers() {
		if w.two {
			continue
		}
		cell := w.cell(r).cell
		for _, c := range []struct {
			cells      []string
			anything   []string
			matchEmpty bool
			want       bool
		}{
			{[]string{cell, cell}, []string{"#any"}, false, w.mode == schema.ModeCondition},
			{[]string{cell, " #any"}, []string{"#any"}, false, true},
			{[]string{cell, ""}, []string{""}, false, true},
			{[]string{cell, ""}, []string{"#any"}, true, true},
		} {
			ix, err := index.Build(context.Background(), []index.Part{
				{Mode: w.mode, Cells: column.FromStrings(c.cells), Anything: c.anything, MatchEmpty: c.matchEmpty},
				{Mode: schema.ModeExact, Cells: column.FromStrings(c.cells)},
			})
			require.NoError(t, err, w.mode)
			require.Equal(t, c.want, ix.TakesEmpty(0), "%s %q", w.mode, c.cells)
			require.False(t, ix.TakesEmpty(1), "%s", w.mode)
		}
	}
}
