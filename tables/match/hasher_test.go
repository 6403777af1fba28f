package match_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
	"tablestep/tables/match"
	"tablestep/tables/schema"
)

func chunk(cells ...string) *column.Chunk {
	var list column.Cells
	for _, cell := range cells {
		list.Append(cell)
	}
	return new(column.Encoder).Compact(list.Chunk())
}

func TestRowsWithEqualCellsHaveEqualHashesAndNoOthersDo(t *testing.T) {
	t.Parallel()
	h := match.NewHasher()
	hashes := func(mode schema.Mode, columns ...*column.Chunk) []uint64 {
		h.Start(columns[0].Len())
		for _, c := range columns {
			h.Add(mode, false, c)
		}
		return append([]uint64{}, h.Sums()...)
	}
	a, b := chunk("Ann", " ann", "ANN\u00a0", "Bo", "", "Ann"), chunk("1", "1", "1", "1", "1", "2")
	normal := hashes(schema.ModeNormalized, a, b)
	require.Equal(t, normal[0], normal[1])
	require.Equal(t, normal[0], normal[2])
	require.Len(t, distinct(normal), 4)
	exact := hashes(schema.ModeExact, a, b)
	require.Len(t, distinct(exact), 6)
	require.Equal(t, exact, hashes(schema.ModeExact, a, b), "of one hasher they stay the same")
	require.NotEqual(t, hashes(schema.ModeExact, chunk("a"), chunk("b")), hashes(schema.ModeExact, chunk("b"), chunk("a")))
	require.NotEqual(t, hashes(schema.ModeExact, chunk("ab"), chunk("c")), hashes(schema.ModeExact, chunk("a"), chunk("bc")))

	// With a dictionary and without.
	cells := make([]string, 1000)
	for i := range cells {
		cells[i] = fmt.Sprint(i % 3)
	}
	packed := chunk(cells...)
	require.True(t, packed.HasDictionary())
	require.Len(t, distinct(hashes(schema.ModeNormalized, packed)), 3)
	other := match.NewHasher()
	other.Start(1)
	other.Add(schema.ModeExact, false, chunk("a"))
	require.NotEqual(t, hashes(schema.ModeExact, chunk("a")), other.Sums(), "another hasher has another seed")
}

func distinct(hashes []uint64) map[uint64]bool {
	set := map[uint64]bool{}
	for _, h := range hashes {
		set[h] = true
	}
	return set
}

func TestARowIsBlankWhereACellIsEmptyThatMustNotBe(t *testing.T) {
	t.Parallel()
	h := match.NewHasher()
	a, b := chunk("x", "", " \u00a0", "x"), chunk("1", "1", "1", "")
	for _, c := range []struct {
		mode       schema.Mode
		matchEmpty bool
		want       []bool
	}{
		{schema.ModeNormalized, false, []bool{false, true, true, true}},
		{schema.ModeNormalized, true, []bool{false, false, false, true}},
		{schema.ModeExact, false, []bool{false, true, false, true}},
	} {
		h.Start(4)
		h.Add(c.mode, c.matchEmpty, a)
		h.Add(schema.ModeNormalized, false, b)
		require.Equal(t, c.want, h.Blank(), c)
	}
	h.Start(2)
	require.Equal(t, []bool{false, false}, h.Blank(), "nothing stays of the rows before")
	require.Equal(t, []uint64{0, 0}, h.Sums())
}

func TestAnEmptyCellThatIsNotThereIsAsOneThatIs(t *testing.T) {
	t.Parallel()
	for _, matchEmpty := range []bool{false, true} {
		h := match.NewHasher()
		h.Start(2)
		h.Add(schema.ModeExact, true, chunk("a", "b"))
		h.Add(schema.ModeExact, matchEmpty, chunk("", ""))
		sums, blank := append([]uint64{}, h.Sums()...), append([]bool{}, h.Blank()...)
		h.Start(2)
		h.Add(schema.ModeExact, true, chunk("a", "b"))
		h.AddEmpty(matchEmpty)
		require.Equal(t, sums, h.Sums())
		require.Equal(t, blank, h.Blank())
		require.Equal(t, []bool{!matchEmpty, !matchEmpty}, blank)
	}
}

func TestNumbersRememberWhichRowHadAHashFirst(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 3))
	for _, room := range []int{0, 1, 100, 5000} { // with more they grow
		numbers, model := match.NewNumbers(room), map[uint64]int{}
		for row := range 3000 {
			hash := r.Uint64N(2000)
			if r.IntN(2) == 0 {
				hash <<= 53 // crowded at a few places
			}
			if hash == 1 {
				hash = 0 // 0 and 1 are taken for the same, as any two of 2^64 may be
			}
			known, ok := model[hash]
			got, found := numbers.Of(hash)
			require.Equal(t, ok, found)
			if ok {
				require.Equal(t, known, got)
			}
			first, again := numbers.First(hash, row)
			require.Equal(t, ok, again)
			if !ok {
				known, model[hash] = row, row
			}
			require.Equal(t, known, first)
		}
	}
	require.InEpsilon(t, 16*1_000_000, match.NumbersBytes(1_000_000), 0.01)
}
