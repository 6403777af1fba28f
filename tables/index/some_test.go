package index_test

import (
	"context"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/schema"
)

// scanSome is the oracle for a tuple of which a number of parts must hold: row by row. How
// many hold by a cell that asks for something comes before what the parts say.
func scanSome(columns []judgedColumn, tuple []string, need int) []wanted {
	var hits []wanted
	for row := range columns[0].cells {
		hit := wanted{row: int32(row), score: 1, specific: make([]float64, 1+len(columns))}
		holding, condition := 0, -1
		for p, c := range columns {
			score, specific, ok := c.judge(row, tuple[p])
			at := p + 1
			if c.mode == schema.ModeCondition && condition >= 0 {
				at = condition
			} else if c.mode == schema.ModeCondition {
				condition = at
			}
			free := c.free(c.cells[row])
			if ok {
				holding++
			}
			switch {
			case ok && !free:
				hit.specific[0]++
				hit.specific[at] += specific
				hit.score = min(hit.score, score)
			case c.mode == schema.ModeCondition:
			case len(c.anything) > 0 || c.mode == schema.ModeWildcard && c.anything == nil:
				hit.specific[at] = -1 // as a cell that means anything
			}
		}
		if holding >= need {
			hits = append(hits, hit)
		}
	}
	return hits
}

// requireSome holds an index against the oracle for every number of parts and every need.
func requireSome(t testing.TB, columns []judgedColumn, keys [][]string, number int) {
	t.Helper()
	parts := make([]index.Part, len(columns))
	for i, c := range columns {
		parts[i] = c.part()
	}
	ix, err := index.BuildSome(context.Background(), parts, number)
	require.NoError(t, err)
	require.Positive(t, ix.Bytes())
	var all index.Hits
	require.NoError(t, ix.Probe(context.Background(), keys, index.All, &all, nil))
	require.Equal(t, len(keys[0]), all.Len())
	for i := range keys[0] {
		tuple := make([]string, len(keys))
		for p := range keys {
			tuple[p] = keys[p][i]
		}
		want := scanSome(columns, tuple, number)
		rows, scores := all.Of(i)
		same := len(rows) == len(want)
		for h := 0; same && h < len(want); h++ {
			same = rows[h] == want[h].row && scores[h] == want[h].score
		}
		if !same {
			t.Fatalf("%d of %d, tuple %q: %d hits wanted, %d found\n%.2000s", number, len(columns), tuple, len(want), len(rows), told(columns, want, rows, scores))
		}
		if rankBits(columns)+bits.Len(uint(len(columns))) <= 64 {
			requireRanked(t, tuple, want, all.RanksOf(i), all.Best(i))
		}
	}
	requireBudgeted(t, ix, keys, &all)
	requireOnlyBest(t, ix, keys, &all)
	requireOnlyBest(t, ix, keys, &all)
	requireFirst(t, ix, keys, &all)
}

// unlimited are the writers of the modes that may stand where not all parts must hold.
func unlimited() []writer {
	return slices.DeleteFunc(writers(), func(w writer) bool { return w.mode.Limits() })
}

func TestSomeOfAnyModesHitWhatARowByRowScanHits(t *testing.T) {
	t.Parallel()
	all := unlimited()
	for round := range rounds(t, 40) {
		r := rand.New(rand.NewPCG(100, uint64(round)))
		rows := pickOf(r, 0, 1, 3, 64, 300, 1000)
		var columns []judgedColumn
		for range 2 + r.IntN(4) {
			w := all[r.IntN(len(all))]
			if r.IntN(3) == 0 {
				w = pickOf(r, exactWriter(), normalizedWriter())
			}
			if w.mode == schema.ModeFuzzy {
				rows = min(rows, 64)
			}
			columns = append(columns, w.column(r, rows, r.IntN(3) == 0))
		}
		for i := range columns {
			columns[i].cells = columns[i].cells[:rows:rows]
		}
		requireSome(t, columns, distinct(r, columns, 40), 1+r.IntN(len(columns)-1))
	}
}

// The ranks of many parts do not fit beside each other. The last one still counts where it
// is the only one that holds, and where all others are the same.
func TestTheLastOfManyPartsStillRanks(t *testing.T) {
	t.Parallel()
	for _, mode := range []schema.Mode{schema.ModeContains, schema.ModePrefix, schema.ModeSuffix, schema.ModeWords, schema.ModeFuzzy, schema.ModeRange} {
		for _, number := range []int{4, 5, 6, 7} {
			short, long, value := "a b", "a b c d", "a b c d"
			switch mode {
			case schema.ModeSuffix:
				short = "c d"
			case schema.ModeFuzzy:
				short = "a b c x"
			case schema.ModeRange:
				short, long, value = "0..100", "10..20", "15"
			}
			parts, keys, same := make([]index.Part, number), make([][]string, number), make([][]string, number)
			for i := range parts {
				cells := []string{long, long}
				if i == number-1 {
					cells = []string{short, long}
				}
				parts[i] = index.Part{Mode: mode, Threshold: 0.6, Cells: column.FromStrings(cells)}
				keys[i], same[i] = []string{"q"}, []string{value}
			}
			keys[number-1] = []string{value}
			for need, key := range map[int][][]string{1: keys, number: same} {
				ix, err := index.BuildSome(context.Background(), parts, need)
				require.NoError(t, err)
				var all, best index.Hits
				require.NoError(t, ix.Probe(context.Background(), key, index.All, &all, nil))
				rows, _ := all.Of(0)
				require.Equal(t, []int32{0, 1}, rows)
				require.Equal(t, 1, all.Best(0), "%d parts of mode %s, of which %d must hold: ranks %x", number, mode, need, all.RanksOf(0))
				require.NoError(t, ix.Probe(context.Background(), key, index.Best, &best, nil))
				rows, _ = best.Of(0)
				require.Equal(t, []int32{1}, rows)
			}
		}
	}
}

// Few distinct cells leave many rows in every part, so that rows are counted 64 at once.
func TestSomeOfColumnsWithFewCellsHitWhatARowByRowScanHits(t *testing.T) {
	t.Parallel()
	for round := range rounds(t, 4) {
		r := rand.New(rand.NewPCG(4, uint64(round)))
		var columns []judgedColumn
		for range 2 + r.IntN(4) {
			w := pickOf(r, normalizedWriter(), exactWriter(), conditionWriter(), prefixWriter(), wordsWriter())
			few := w.column(r, pickOf(r, 1, 2, 6), r.IntN(2) == 0)
			c := judgedColumn{writer: w, matchEmpty: few.matchEmpty, anything: few.anything}
			for range 1500 {
				c.cells = append(c.cells, few.cells[r.IntN(len(few.cells))])
			}
			columns = append(columns, c)
		}
		for number := 1; number < len(columns); number++ {
			requireSome(t, columns, distinct(r, columns, 30), number)
		}
	}
}

func textParts(cells ...[]string) []index.Part {
	var parts []index.Part
	for _, c := range cells {
		parts = append(parts, index.Part{Mode: schema.ModeNormalized, Cells: column.FromStrings(c)})
	}
	return parts
}

// A column in which all rows have the same cell must not lead where two others have few rows
// each, however long its own list is.
func TestOneColumnWithFewCellsDoesNotMakeSomeSlow(t *testing.T) {
	t.Parallel()
	const rows = 100_000
	country, name, mail := make([]string, rows), make([]string, rows), make([]string, rows)
	for row := range rows {
		country[row], name[row], mail[row] = "US", fmt.Sprint("name ", row), fmt.Sprint("mail ", row)
	}
	work := func(require_ int, tuple ...string) int64 {
		ix, err := index.BuildSome(context.Background(), textParts(country, name, mail), require_)
		require.NoError(t, err)
		budget := index.NewBudget(1<<40, nil)
		var hits index.Hits
		var keys [][]string
		for _, value := range tuple {
			keys = append(keys, []string{value})
		}
		require.NoError(t, ix.Probe(context.Background(), keys, index.All, &hits, budget))
		return budget.Used()
	}
	require.Less(t, work(2, "us", "name 7", "mail 9"), int64(2_000))
	require.Less(t, work(3, "us", "name 7", "mail 9"), int64(2_000))
	require.Less(t, work(1, "de", "name 7", "mail 9"), int64(2_000))
	require.Greater(t, work(1, "us", "name 7", "mail 9"), int64(rows), "all rows are hit")
}

// Where all parts leave many rows a lead costs some words for each 64 rows, and not a look at
// each row.
func TestSomeOfLongListsCountsRowsTogether(t *testing.T) {
	t.Parallel()
	const rows = 200_000
	cells := make([][]string, 3)
	for p := range cells {
		for row := range rows {
			cells[p] = append(cells[p], fmt.Sprint((row>>p)%2))
		}
	}
	ix, err := index.BuildSome(context.Background(), textParts(cells...), 2)
	require.NoError(t, err)
	budget := index.NewBudget(1<<40, nil)
	var hits index.Hits
	require.NoError(t, ix.Probe(context.Background(), [][]string{{"1"}, {"1"}, {"x"}}, index.First, &hits, budget))
	rowsHit, _ := hits.Of(0)
	require.Equal(t, []int32{3}, rowsHit)
	require.Less(t, budget.Used(), int64(rows))
}

func TestSomeTakesANumberOfParts(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	parts := textParts([]string{"a"}, []string{"b"})
	for _, number := range []int{0, 2} {
		ix, err := index.BuildSome(ctx, parts, number)
		require.NoError(t, err)
		var hits index.Hits
		require.NoError(t, ix.Probe(ctx, [][]string{{"a", "a"}, {"x", "b"}}, index.All, &hits, nil))
		require.Equal(t, []int32{0}, hits.Rows, "%d is all", number)
	}
	for _, number := range []int{-1, 3} {
		_, err := index.BuildSome(ctx, parts, number)
		require.ErrorContains(t, err, fmt.Sprintf("%d of 2 parts cannot hold", number))
	}
	parts[1].Mode = schema.ModeAtLeast
	_, err := index.BuildSome(ctx, parts, 1)
	require.ErrorContains(t, err, "limits")
	_, err = index.BuildSome(ctx, parts[:0], 0)
	require.Error(t, err)
	parts[1].Mode, parts[0].Mode = schema.ModeRange, "nearly"
	_, err = index.BuildSome(ctx, parts, 1)
	require.ErrorContains(t, err, "unknown mode")

	// What cannot be read does not hold; the rest of the row may.
	parts[0].Mode, parts[1].Cells = schema.ModeNormalized, column.FromStrings([]string{"99-60"})
	ix, err := index.BuildSome(ctx, parts, 1)
	require.NoError(t, err)
	require.Len(t, ix.Unread(), 1)
	require.Equal(t, 1, ix.Unread()[0].Part)
	var hits index.Hits
	require.NoError(t, ix.Probe(ctx, [][]string{{"a", "x"}, {"70", "70"}}, index.All, &hits, nil))
	require.Equal(t, []int32{0, 1, 1}, hits.Starts)
	gone, cancel := context.WithCancel(ctx)
	cancel()
	_, err = index.BuildSome(gone, parts, 1)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, ix.Probe(gone, [][]string{{"a"}, {"70"}}, index.All, &hits, nil), context.Canceled)
	require.Zero(t, hits.Len())
}

func TestTheNearestOfSomeIsTheRowInWhichMostHold(t *testing.T) {
	t.Parallel()
	parts := append(textParts([]string{"Ann", "Ann", "Bo", "*"}, []string{"Bern", "Basel", "Basel", "*"}),
		index.Part{Mode: schema.ModeContains, Cells: column.FromStrings([]string{"sales", "vp", "chief", "a"})})
	parts[0].Anything = []string{"*"}
	ix, err := index.BuildSome(t.Context(), parts, 2)
	require.NoError(t, err)
	for _, c := range []struct {
		key   []string
		row   int
		holds []bool
		ok    bool
	}{
		{[]string{"ann", "basel", "clerk"}, 1, []bool{true, true, false}, true},
		{[]string{"bo", "x", "y"}, 2, []bool{true, false, false}, true},
		{[]string{"x", "y", "a chief"}, 2, []bool{false, false, true}, true}, // of two, the longer one
		{[]string{"", "", "SVP"}, 1, []bool{false, false, true}, true},
		{[]string{"x", "y", "z"}, 0, nil, false}, // a cell that means anything is no sign of nearness
		{[]string{"", "", ""}, 0, nil, false},
	} {
		near, ok, err := index.Nearly(t.Context(), ix, c.key, nil)
		require.NoError(t, err)
		require.Equal(t, c.ok, ok, "%q", c.key)
		require.Equal(t, c.row, near.Row, "%q", c.key)
		require.Equal(t, c.holds, near.Holds, "%q", c.key)
	}
	_, _, err = index.Nearly(t.Context(), ix, []string{"ann", "basel", "clerk"}, index.NewBudget(0, nil))
	require.ErrorIs(t, err, index.ErrSpent)
	all, err := index.Build(t.Context(), parts)
	require.NoError(t, err)
	_, ok, err := index.Nearly(t.Context(), all, []string{"ann", "basel", "clerk"}, nil)
	require.NoError(t, err)
	require.False(t, ok)
}
