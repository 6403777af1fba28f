package index_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/schema"
)

func TestARowIsCoveredByOneThatIsHitWhereverItIs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mode     schema.Mode
		anything []string
		cells    []string
		want     []index.Pair
	}{
		{schema.ModeContains, nil, []string{"president", "vice president", "vp", "SVP", "pres"}, []index.Pair{{First: 0, Second: 1}, {First: 2, Second: 3}}},
		{schema.ModePrefix, nil, []string{"+1", "+1416", "+4", "1"}, []index.Pair{{First: 0, Second: 1}}},
		{schema.ModeSuffix, nil, []string{".ac.uk", ".uk", "ox.AC.uk"}, []index.Pair{{First: 0, Second: 2}}},
		{schema.ModeDomain, nil, []string{"acme.com", "mail.acme.com", "me.com", "10.0.0.1", "0.1"}, []index.Pair{{First: 0, Second: 1}}},
		{schema.ModeWords, nil, []string{"president", "vice president", "sales"}, []index.Pair{{First: 0, Second: 1}}},
		{schema.ModeNormalized, []string{"*"}, []string{"a", "*", "b", "A"}, []index.Pair{{First: 1, Second: 2}, {First: 0, Second: 3}}},
		{schema.ModeNormalized, nil, []string{"a", "b", "", "A"}, []index.Pair{{First: 0, Second: 3}}},
		{schema.ModeCondition, nil, []string{"> 5", "-", "> 5", "[1..2]", ""}, []index.Pair{{First: 0, Second: 2}, {First: 1, Second: 3}, {First: 1, Second: 4}}},
		{schema.ModeRange, nil, []string{"1-10", "5-6", "1-10"}, []index.Pair{{First: 0, Second: 2}}},
		{schema.ModeAtLeast, []string{"*"}, []string{"*", "5", "5.0"}, []index.Pair{{First: 1, Second: 2}}},
	} {
		part := index.Part{Mode: c.mode, Cells: column.FromStrings(c.cells), Anything: c.anything}
		require.Equal(t, c.want, gathered(t, index.Covered(t.Context(), []index.Part{part}, nil)), "%s %q", c.mode, c.cells)
	}
	some := 0
	for _, err := range index.Covered(t.Context(), textParts([]string{"a", "a"}), index.NewBudget(1, nil)) {
		require.ErrorIs(t, err, index.ErrSpent)
		some++
	}
	require.Equal(t, 1, some)
}

// Whatever is looked up, a row that is covered is no first hit.
func TestACoveredRowIsNeverTheFirstHit(t *testing.T) {
	t.Parallel()
	told := 0
	for round := range rounds(t, 60) {
		r := rand.New(rand.NewPCG(31, uint64(round)))
		var columns []judgedColumn
		var parts []index.Part
		for range 1 + r.IntN(2) {
			c := pickOf(r, containsWriter, prefixWriter, suffixWriter, domainWriter, wordsWriter, normalizedWriter, exactWriter, wildcardWriter, conditionWriter)().column(r, 60, r.IntN(2) == 0)
			columns, parts = append(columns, c), append(parts, c.part())
		}
		ix, err := index.Build(t.Context(), parts)
		require.NoError(t, err)
		var hits index.Hits
		keys := distinct(r, columns, 200)
		require.NoError(t, ix.Probe(t.Context(), keys, index.First, &hits, nil))
		for _, pair := range gathered(t, index.Covered(t.Context(), parts, nil)) {
			told++
			require.NotContains(t, hits.Rows, int32(pair.Second), "%v", pair)
		}
	}
	require.Greater(t, told, 100)
}
