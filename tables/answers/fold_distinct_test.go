package answers_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/answers"
	"tablestep/tables/scan/scantest"
	"tablestep/tables/schema"
)

func distinctOf(column string) schema.Lookup {
	return schema.Lookup{
		Match: []schema.Match{{Column: "k"}}, HitPolicy: schema.PolicyCollect, Aggregate: schema.AggregateDistinct, Separator: ";",
		Outputs: []schema.Output{{Column: column}},
	}
}

// Few texts are compared one by one and many are looked up in a set: both know each other's
// starts and ends, over the blocks of a table, and nothing of the batch before.
func TestADistinctListHasEachTextOnceWhereItComesFirst(t *testing.T) {
	t.Parallel()
	var rows [][]string
	for row := range 400 {
		rows = append(rows, []string{"many", fmt.Sprint("v", row%97)})
		rows = append(rows, []string{"few", []string{"a", "ab", "b", "A", "", "a;b", " ", "a"}[row%8]})
	}
	rows = append(rows, []string{"one", "b"}, []string{"none", ""})
	var want []string
	for i := range 97 {
		want = append(want, fmt.Sprint("v", i))
	}
	for _, budget := range []int64{roomy, onDisk} {
		sn := snapshot(t, budget, scantest.New([]string{"k", "v"}, rows, 30))
		l := distinctOf("v")
		var a answers.Batch
		for range 2 {
			require.NoError(t, sn.Answer(context.Background(), &l, [][]string{{"many", "few", "one", "none", "other"}}, &a, nil))
			require.Equal(t, [][]string{{strings.Join(want, ";"), "a;ab;b;A;a;b", "b", "", ""}}, a.Cells)
			require.Equal(t, int32(400), a.Found[0].Hits, "all rows are hits")
			require.NoError(t, sn.Answer(context.Background(), &l, [][]string{{"few", "one", "many"}}, &a, nil))
			require.Equal(t, [][]string{{"a;ab;b;A;a;b", "b", strings.Join(want, ";")}}, a.Cells)
		}
	}
}

func TestADistinctListGrowsTooLongByWhatIsNew(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 5000)
	sn := snapshot(t, roomy, scantest.New([]string{"k", "v"}, [][]string{{"a", long}, {"a", long}, {"a", "y"}, {"b", long}, {"b", long + "y"}}, 0))
	l := distinctOf("v")
	var a answers.Batch
	require.NoError(t, sn.Answer(context.Background(), &l, [][]string{{"a", "b"}}, &a, nil))
	require.Equal(t, []string{long + ";y", ""}, a.Cells[0], "what stands there already takes no room")
	require.Contains(t, a.Found[1].Problem, "the list becomes longer than 8192 bytes")
}
