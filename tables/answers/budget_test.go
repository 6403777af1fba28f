package answers_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/answers"
	"tablestep/tables/scan/scantest"
	"tablestep/tables/schema"
)

// longText is letters that have little in common with those of another seed.
func longText(n, seed int) string {
	b := make([]byte, n)
	x := uint32(seed)*2654435761 + 12345
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = 'a' + byte(x>>24)%4
	}
	return string(b)
}

// hard has rows that a fuzzy lookup with a low threshold compares one by one.
func hard(rows, length, groupRows int) *scantest.Table {
	return scantest.Make([]string{"text", "owner"}, groupRows, func(row int, cells []string) bool {
		cells[0], cells[1] = longText(length, row), fmt.Sprint("owner ", row)
		return row < rows
	})
}

func fuzzyLookup() schema.Lookup {
	return schema.Lookup{Match: []schema.Match{{Column: "text", Field: "text", Mode: schema.ModeFuzzy, Threshold: 0.5}}, Outputs: []schema.Output{{Column: "owner", Field: "owner"}}}
}

func TestASpentBudgetLeavesTheRightAnswersInMemoryAndOnDisk(t *testing.T) {
	const rows = 30
	for _, policy := range []schema.HitPolicy{schema.PolicyFirst, schema.PolicyUnique, schema.PolicyAny, schema.PolicyBest, schema.PolicyPriority, schema.PolicyCollect} {
		for name, budget := range map[string]int64{"memory": roomy, "disk": onDisk} {
			t.Run(string(policy)+"/"+name, func(t *testing.T) {
				sn := snapshot(t, budget, hard(rows, 120, 10))
				l := fuzzyLookup()
				l.HitPolicy = policy
				switch policy {
				case schema.PolicyPriority:
					l.PriorityColumn = "owner"
				case schema.PolicyCollect:
					l.Aggregate = schema.AggregateCount
				}
				keys := make([]string, 8)
				for i := range keys {
					keys[i] = "z" + longText(120, i*rows/len(keys))[1:]
				}
				var all, some answers.Batch
				whole := answers.NewBudget(1000*answers.Second, nil)
				require.NoError(t, sn.Answer(context.Background(), &l, [][]string{keys}, &all, whole))
				var unlimited answers.Batch
				require.NoError(t, sn.Answer(context.Background(), &l, [][]string{keys}, &unlimited, nil))
				require.Equal(t, unlimited.Found, all.Found)
				reachedBefore := 0
				for part := range int64(5) {
					budget := answers.NewBudget(whole.Used()*part/4, nil)
					require.NoError(t, sn.Answer(context.Background(), &l, [][]string{keys}, &some, budget))
					reached := 0
					for i, f := range some.Found {
						if f.Unreached {
							require.Equal(t, answers.Found{Row: -1, Other: -1, Unreached: true}, f)
							require.Empty(t, some.Cells[0][i])
							continue
						}
						reached++
						require.Equal(t, all.Found[i], f)
						require.Equal(t, all.Cells[0][i], some.Cells[0][i])
					}
					require.GreaterOrEqual(t, reached, reachedBefore)
					reachedBefore = reached
				}
			})
		}
	}
}

func TestListsAndExplanationsEndWithTheirBudget(t *testing.T) {
	for name, budget := range map[string]int64{"memory": roomy, "disk": onDisk} {
		t.Run(name, func(t *testing.T) {
			sn := snapshot(t, budget, hard(60, 200, 20))
			l := fuzzyLookup()
			key := []string{longText(200, 7)}
			rows, err := sn.All(context.Background(), &l, key, 5, nil)
			require.NoError(t, err)
			require.Equal(t, int32(7), rows[0])
			_, err = sn.All(context.Background(), &l, key, 5, answers.NewBudget(20_000, nil))
			require.ErrorIs(t, err, answers.ErrSpent)
			_, _, _, _, err = sn.Nearest(context.Background(), &l, []string{longText(200, 1000)}, answers.NewBudget(20_000, nil))
			require.ErrorIs(t, err, answers.ErrSpent)
			ctx, cancel := context.WithCancel(context.Background())
			_, err = sn.All(ctx, &l, key, 5, answers.NewBudget(answers.Second, func(context.Context) error { cancel(); return nil }))
			require.ErrorIs(t, err, context.Canceled)
		})
	}
}

func TestALongListIsInTheOrderOfItsPolicy(t *testing.T) {
	const rows = 10_000 // more than wait to be put in order
	sn := snapshot(t, roomy, scantest.Make([]string{"key", "rank"}, 0, func(row int, c []string) bool {
		c[0], c[1] = "same", fmt.Sprint(row*7919%rows)
		return row < rows
	}))
	l := schema.Lookup{Match: []schema.Match{{Column: "key"}}, HitPolicy: schema.PolicyPriority, PriorityColumn: "rank"}
	got, err := sn.All(context.Background(), &l, []string{"same"}, 100, nil)
	require.NoError(t, err)
	require.Len(t, got, 100)
	rank := func(row int32) int { return int(row) * 7919 % rows }
	require.True(t, slices.IsSortedFunc(got, func(a, b int32) int { return rank(a) - rank(b) }))
	require.Equal(t, 0, rank(got[0]))
	require.Equal(t, 99, rank(got[99]))
}
