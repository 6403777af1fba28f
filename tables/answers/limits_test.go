package answers_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/answers"
	"tablestep/tables/scan/scantest"
	"tablestep/tables/schema"
)

// stepped is a table of steps whose closest row for most values is far from the first one
// that holds: row groups of seven rows.
func stepped(rows int) *scantest.Table {
	return scantest.Make([]string{"group", "step", "out", "rank"}, 7, func(row int, cells []string) bool {
		cells[0] = [...]string{"a", "b", "*"}[row%3]
		cells[1] = fmt.Sprint(row * 37 % rows * 10) // each once, in no order
		cells[2] = fmt.Sprint("out ", row)
		cells[3] = fmt.Sprint(row)
		return row < rows
	})
}

// All rows that one tuple hits are those with the closest limit, in memory and on the disk.
func TestAllListsOnlyRowsWithTheClosestLimit(t *testing.T) {
	t.Parallel()
	const rows = 100
	table := stepped(rows)
	var sns [2]*answers.Snapshot
	for i, budget := range []int64{roomy, onDisk} {
		sns[i] = snapshot(t, budget, table)
	}
	match := []schema.Match{{Column: "group", Field: "g", Anything: []string{"*"}}, {Column: "step", Field: "n", Mode: schema.ModeAtLeast}}
	for _, policy := range []schema.HitPolicy{schema.PolicyFirst, schema.PolicyBest, schema.PolicyPriority} {
		l := schema.Lookup{Match: match, HitPolicy: policy}
		if policy == schema.PolicyPriority {
			l.PriorityColumn = "rank"
		}
		for value := -5; value < 10*rows; value += 15 {
			want, best := []int32{}, -1
			for row := range rows {
				if step := row * 37 % rows * 10; row%3 != 1 && step <= value && step > best {
					want, best = []int32{int32(row)}, step
				}
			}
			for _, sn := range sns {
				got, err := sn.All(context.Background(), &l, []string{"a", fmt.Sprint(value)}, 5, nil)
				require.NoError(t, err)
				require.Equal(t, want, got, "%s %d", policy, value)
			}
		}
	}
}

// Under a policy that takes the first hit, a tuple has no answer before all rows were
// looked at: with a budget that ends before, it is told as not reached.
func TestATupleWithLimitsIsNotAnsweredBeforeTheLastRow(t *testing.T) {
	t.Parallel()
	table := stepped(500)
	sn := snapshot(t, onDisk, table)
	l := schema.Lookup{Match: []schema.Match{{Column: "step", Field: "n", Mode: schema.ModeAtLeast}}, HitPolicy: schema.PolicyFirst, Outputs: []schema.Output{{Column: "out", Field: "o"}}}
	keys := [][]string{{"10", "2500", "4990"}}
	var whole answers.Batch
	unlimited := answers.NewBudget(1e9, nil)
	require.NoError(t, sn.Answer(context.Background(), &l, keys, &whole, unlimited))
	some := false
	for units := int64(1); units < unlimited.Used(); units += unlimited.Used() / 50 {
		var out answers.Batch
		require.NoError(t, sn.Answer(context.Background(), &l, keys, &out, answers.NewBudget(units, nil)))
		for i, f := range out.Found {
			if f.Unreached {
				require.Empty(t, out.Cells[0][i])
				some = true
				continue
			}
			require.Equal(t, whole.Found[i], f)
			require.Equal(t, whole.Cells[0][i], out.Cells[0][i])
		}
	}
	require.True(t, some)
}

func TestABatchSaysWhichEntriesTakeAnEmptyValue(t *testing.T) {
	t.Parallel()
	// The only cell that means anything is in the last row group.
	rows := [][]string{}
	for i := range 20 {
		rows = append(rows, []string{fmt.Sprint("k", i), "x", "x"})
	}
	rows = append(rows, []string{" – ", "x", "x"})
	table := scantest.New([]string{"a", "b", "c"}, rows, 7)
	for _, budget := range []int64{roomy, onDisk} {
		sn := snapshot(t, budget, table)
		l := schema.Lookup{Match: []schema.Match{
			{Column: "a", Field: "a", Anything: []string{"-"}}, {Column: "b", Field: "b", Anything: []string{"-"}}, {Column: "c", Field: "c", Mode: schema.ModeCondition},
		}}
		var out answers.Batch
		require.NoError(t, sn.Answer(context.Background(), &l, [][]string{{"", "k3"}, {"x", "x"}, {"x", "x"}}, &out, nil))
		require.Equal(t, []int32{20, 3}, rowsOf(out.Found))
		require.True(t, out.TakesEmpty(0))
		require.False(t, out.TakesEmpty(1), "no cell is one")
		require.True(t, out.TakesEmpty(2))
		free := make([]bool, 2)
		require.NoError(t, sn.MeansAnything(context.Background(), &l, 0, []int32{20, 3}, free))
		require.Equal(t, []bool{true, false}, free)
		require.NoError(t, sn.Answer(context.Background(), &schema.Lookup{Match: []schema.Match{{Column: "b", Field: "b"}}}, [][]string{{"x"}}, &out, nil))
		require.False(t, out.TakesEmpty(0), "nothing is left of the batch before")
		l.Match[0].Column = "none"
		require.ErrorIs(t, sn.MeansAnything(context.Background(), &l, 0, []int32{20}, free), schema.ErrColumnNotFound)
	}
}

// A version that went live again may have a cell that is no limit.
func TestACellThatIsNoLimitHitsNothingAndTheOthersGoOn(t *testing.T) {
	t.Parallel()
	sn := snapshot(t, roomy, scantest.New([]string{"k"}, [][]string{{"5"}, {"1,001-5,000 x"}}, 0))
	l := schema.Lookup{Name: "l", Match: []schema.Match{{Column: "k", Field: "n", Mode: schema.ModeAtMost}}}
	found := make([]answers.Found, 2)
	require.NoError(t, sn.Find(context.Background(), &l, [][]string{{"5", "1,001"}}, found))
	require.Equal(t, []int32{0, -1}, rowsOf(found))
}

// A row group without a cell that means anything is a plain hash table, another one is
// not: their ranks stand to each other all the same.
func TestACellThatIsEqualIsBetterThanOneThatMeansAnythingInAnotherRowGroup(t *testing.T) {
	t.Parallel()
	rows := [][]string{}
	for i := range 21 {
		rows = append(rows, []string{fmt.Sprint("k", i), fmt.Sprint("s", i)})
	}
	rows[2] = []string{"*", "*"}
	rows[3] = []string{"*", "s15"}
	table := scantest.New([]string{"a", "b"}, rows, 7)
	for _, budget := range []int64{roomy, onDisk} {
		sn := snapshot(t, budget, table)
		l := schema.Lookup{HitPolicy: schema.PolicyBest, Match: []schema.Match{{Column: "a", Field: "a", Anything: []string{"*"}}, {Column: "b", Field: "b", Mode: schema.ModeExact, Anything: []string{"*"}}}}
		found := make([]answers.Found, 4)
		require.NoError(t, sn.Find(context.Background(), &l, [][]string{{"k15", "k15", "k20", ""}, {"s15", "s16", "s20", "s15"}}, found))
		require.Equal(t, []int32{15, 2, 20, 3}, rowsOf(found))
	}
}
