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
		require.Equal(t, all.All(file), joined.All(file))
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
	all := w.All([]schema.Warning{{Row: 900, Code: "FILE"}})
	list := all.List
	require.Equal(t, map[string]int{"MANY": check.MaxPerCode + 5, "ONE": 1, "FILE": 1}, all.Counts)
	require.Equal(t, "FILE", list[0].Code, "those of the file come first")
	require.Equal(t, "ONE", list[1].Code, "then those of the whole table, then by row")
	require.Equal(t, 6, list[2].Row)
	require.Equal(t, schema.Warning{Code: "MANY", Severity: schema.SeverityNote, More: 5, Message: "… and 5 more of this kind"}, list[len(list)-1])
	require.Len(t, list, check.MaxPerCode+3)
}

func TestAllWarningsTogetherHaveAnEnd(t *testing.T) {
	t.Parallel()
	file := make([]schema.Warning, 3*check.MaxAll)
	var w check.Warnings
	w.Add(1, "k", "ONE", "one")
	all := w.All(file)
	require.Equal(t, 3*check.MaxAll+1, all.Total())
	require.Len(t, all.List, check.MaxAll, "those of the file take all the room")

	w.Add(1, "k", schema.CodeBadPattern, "one")
	all = w.All(file)
	require.Len(t, all.List, check.MaxAll+1, "but not that of what keeps the version from going live")
	require.Equal(t, schema.SeverityBlock, all.List[check.MaxAll].Severity)
}
