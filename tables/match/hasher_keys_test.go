package match_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/match"
	"tablestep/tables/schema"
)

// sumsOf are all hashes of each row since the start.
func sumsOf(h *match.Hasher) [][]uint64 {
	rows := make([][]uint64, len(h.Sums()))
	for row, sum := range h.Sums() {
		rows[row] = append(rows[row], sum)
	}
	last := 0
	for _, f := range h.Further() {
		if f.Row < last {
			panic("further hashes do not come by row")
		}
		last = f.Row
		rows[f.Row] = append(rows[f.Row], f.Sum)
	}
	return rows
}

func meet(a, b []uint64) bool {
	return slices.ContainsFunc(a, func(sum uint64) bool { return slices.Contains(b, sum) })
}

func TestRowsWithAKeyInCommonHaveAHashInCommonAndNoOthersDo(t *testing.T) {
	t.Parallel()
	h := match.NewHasher()
	cities := []string{"Zürich", "Zurich", "ZUERICH", "Bern", "Zürich"}
	states := []string{"a", "Ä", "ae", "a", "AE"}
	h.Start(5)
	h.Add(schema.ModeLoose, false, chunk(cities...))
	h.Add(schema.ModeExact, false, chunk("1", "1", "1", "1", "1"))
	h.Add(schema.ModeCompany, false, chunk(states...))
	h.AddEmpty(true)
	sums := sumsOf(h)
	require.Len(t, sums[0], 2)
	require.Len(t, sums[3], 1)
	for i, want := range [][]bool{
		{true, true, false, false, false}, // Zürich a: Zurich Ä
		{true, true, false, false, true},  // Zurich Ä: Zürich a, Zürich AE
		{false, false, true, false, true},
		{false, false, false, true, false},
		{false, true, true, false, true},
	} {
		for j := range want {
			require.Equal(t, want[j], meet(sums[i], sums[j]), "%d %d", i, j)
		}
	}
	h.Start(1)
	require.Empty(t, h.Further(), "nothing stays of the rows before")
}

func TestARowHasEightHashesAtMost(t *testing.T) {
	t.Parallel()
	h := match.NewHasher()
	h.Start(2)
	for part := range 16 {
		h.Add(schema.ModeLoose, false, chunk(fmt.Sprintf("Ü %d", part), fmt.Sprintf("ue %d", part)))
	}
	sums := sumsOf(h)
	require.Len(t, sums[0], 8)
	require.Len(t, sums[1], 1)
	require.False(t, meet(sums[0], sums[1]), "beyond three parts only the first keys count")
}

func TestACellIsBlankInAFormWhereItIsInNormalForm(t *testing.T) {
	t.Parallel()
	h := match.NewHasher()
	h.Start(4)
	h.Add(schema.ModeLoose, false, chunk("", " ", "!", "ü"))
	require.Equal(t, []bool{true, true, false, false}, h.Blank())
	h.Start(2)
	h.Add(schema.ModeCompany, true, chunk("", "Inc."))
	require.Equal(t, []bool{false, false}, h.Blank())
}
