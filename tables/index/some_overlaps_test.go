package index_test

import (
	"iter"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/index"
	"tablestep/tables/schema"
)

func gathered(t testing.TB, pairs iter.Seq2[index.Pair, error]) []index.Pair {
	t.Helper()
	var list []index.Pair
	for pair, err := range pairs {
		require.NoError(t, err)
		list = append(list, pair)
	}
	return list
}

// Two rows are told of that meet in so many parts as must hold; two that say the same in all
// of them, what cannot match included, are duplicates.
func TestRowsThatMeetInSomePartsAreFoundAsARowByRowScanFindsThem(t *testing.T) {
	t.Parallel()
	for round := range rounds(t, 150) {
		r := rand.New(rand.NewPCG(21, uint64(round)))
		rows := pickOf(r, 0, 1, 2, 10, 60)
		var columns []judgedColumn
		var parts []index.Part
		var meets []func(a, b int) bool
		for range 2 + r.IntN(3) {
			c := pickOf(r, normalizedWriter, exactWriter, prefixWriter, suffixWriter, cidrWriter)().column(r, rows, r.IntN(2) == 0)
			columns, parts, meets = append(columns, c), append(parts, c.part()), append(meets, meeting(c))
		}
		number := 1 + r.IntN(len(columns)-1)
		var want []index.Pair
		for b := range rows {
			for a := range b {
				count := 0
				for _, meet := range meets {
					if meet(a, b) {
						count++
					}
				}
				if count >= number {
					want = append(want, index.Pair{First: a, Second: b})
					break
				}
			}
		}
		require.Equal(t, want, gathered(t, index.OverlapsSome(t.Context(), parts, number, nil)), "%d of %v", number, columns)
	}
}

func TestRowsThatSayTheSameWhereNotAllMustHold(t *testing.T) {
	t.Parallel()
	parts := textParts([]string{"a", "A", "a", "", "a", ""}, []string{"x", "x", "", "", " ", ""}, []string{"1", "1", "1", "1", "1", ""})
	require.Equal(t, []index.Pair{{First: 0, Second: 1}, {First: 2, Second: 4}}, gathered(t, index.DuplicatesSome(t.Context(), parts, 2, nil)))
	require.Equal(t, []index.Pair{{First: 0, Second: 1}}, gathered(t, index.DuplicatesSome(t.Context(), parts, 3, nil)))
	require.Equal(t, []index.Pair{{First: 0, Second: 1}}, gathered(t, index.DuplicatesSome(t.Context(), parts, 0, nil)), "0 is all")
	require.Equal(t, []index.Pair{{First: 0, Second: 1}}, gathered(t, index.OverlapsSome(t.Context(), parts, 3, nil)))
	parts[2].Mode = schema.ModeRange
	some := index.NewBudget(500, nil)
	count := 0
	for _, err := range index.OverlapsSome(t.Context(), parts, 2, some) {
		if err != nil {
			require.ErrorIs(t, err, index.ErrSpent)
			count++
		}
	}
	require.Equal(t, 1, count)
}
