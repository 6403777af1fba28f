package check_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/tables/check"
	"tablestep/tables/schema"
)

// What several collected one by one is what one would have collected.
func TestWarningsThatAreJoinedAreAsIfOneHadCollectedThem(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var all, joined check.Warnings
		for range rapid.IntRange(1, 4).Draw(t, "looks") {
			var own check.Warnings
			for range rapid.IntRange(0, 5).Draw(t, "bursts") {
				code := rapid.SampledFrom([]string{"A", "B", "C"}).Draw(t, "code")
				for row := range rapid.IntRange(0, 2*check.MaxPerCode).Draw(t, "rows") {
					for _, w := range []*check.Warnings{&all, &own} {
						if row%7 == 0 && !w.Wants(code) {
							w.Skip(code, 1)
						} else {
							w.Add(row+1, "k", code, "burst of %d", row)
						}
					}
				}
			}
			joined.Join(&own)
		}
		file := []schema.Warning{{Row: 3, Code: "FILE"}}
		want, wanted := all.All(file)
		got, total := joined.All(file)
		require.Equal(t, wanted, total)
		require.Equal(t, want, got)
	})
}

func TestOfEachCodeSomeWarningsAreWrittenOutAndAllAreCounted(t *testing.T) {
	t.Parallel()
	var w check.Warnings
	for row := range check.MaxPerCode + 5 {
		require.Equal(t, row < check.MaxPerCode, w.Wants("MANY"))
		w.Add(check.MaxPerCode+5-row, "k", "MANY", "row %d", row)
	}
	w.Add(0, "", "ONE", "of the whole table")
	list, total := w.All([]schema.Warning{{Row: 900, Code: "FILE"}})
	require.Equal(t, check.MaxPerCode+5+1+1, total)
	require.Equal(t, "FILE", list[0].Code, "those of the file come first")
	require.Equal(t, "ONE", list[1].Code, "then those of the whole table, then by row")
	require.Equal(t, 6, list[2].Row)
	require.Equal(t, schema.Warning{Code: "MANY", Message: "… and 5 more of this kind"}, list[len(list)-1])
	require.Len(t, list, check.MaxPerCode+3)
}

func TestAllWarningsTogetherHaveAnEnd(t *testing.T) {
	t.Parallel()
	file := make([]schema.Warning, 3*check.MaxAll)
	var w check.Warnings
	w.Add(1, "k", "ONE", "one")
	list, total := w.All(file)
	require.Equal(t, 3*check.MaxAll+1, total)
	require.Len(t, list, check.MaxAll, "those of the file take all the room")
}
