package index_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/schema"
)

// part is a Part written down for the oracle.
type part struct {
	mode       schema.Mode
	cells      []string
	matchEmpty bool
}

// matches is the oracle for one cell and one value.
func (p part) matches(row int, value string) bool {
	cell := p.cells[row]
	if p.mode == schema.ModeNormalized {
		cell, value = column.Normalize(cell), column.Normalize(value)
	}
	if cell == "" || value == "" {
		return cell == value && p.matchEmpty
	}
	return cell == value
}

// oracle is the rows that match a tuple, found row by row.
func oracle(parts []part, keys [][]string, tuple, need int) []int32 {
	rows := []int32{}
	for row := range parts[0].cells {
		hit := true
		for p := range parts {
			hit = hit && parts[p].matches(row, keys[p][tuple])
		}
		if hit && (need == index.All || len(rows) < need) {
			rows = append(rows, int32(row))
		}
	}
	return rows
}

// requireSame builds the index and holds it against the oracle for every need.
func requireSame(t testing.TB, parts []part, keys [][]string) {
	t.Helper()
	built := make([]index.Part, len(parts))
	for i, p := range parts {
		built[i] = index.Part{Mode: p.mode, Cells: column.FromStrings(p.cells), MatchEmpty: p.matchEmpty}
	}
	ix, err := index.Build(context.Background(), built)
	require.NoError(t, err)
	var hits index.Hits
	for _, need := range []int{index.All, index.First, index.Two} {
		require.NoError(t, ix.Probe(context.Background(), keys, need, &hits, nil))
		require.Len(t, hits.Starts, len(keys[0])+1)
		require.Len(t, hits.Scores, len(hits.Rows))
		for i := range keys[0] {
			rows, scores := hits.Of(i)
			want := oracle(parts, keys, i, need)
			if !slices.Equal(want, rows) {
				tuple := []string{}
				for p := range keys {
					tuple = append(tuple, keys[p][i])
				}
				require.Equal(t, want, rows, "need %d, tuple %q", need, tuple)
			}
			for _, score := range scores {
				require.InDelta(t, 1, score, 0)
			}
		}
	}
}

// words are texts that meet in one mode and differ in another.
var words = []string{
	"", " ", "\u00a0", "us", "US", " us", "u s", "U  S", "u\u00a0s", "u\u2009s", "\u200bus", "straße", "STRASSE", "Straße ",
	"é", "e\u0301", "E\u0301", "É", "ﬁne", "fine", "Ｆｉｎｅ", "K", "\u212a", "\xff", "\xff ", "\xfeX", "ΑΣ", "ας", "ασ",
	"new york", "New York", "NEW\tYORK", "New\nYork ", "東京", "東 京", "0", "00", "1", "01", "-", "null",
}

func pick(r *rand.Rand, n, of int) []string {
	texts := make([]string, n)
	for i := range texts {
		if r.IntN(3) == 0 {
			texts[i] = fmt.Sprintf("Key %d", r.IntN(of+1))
		} else {
			texts[i] = words[r.IntN(len(words))]
		}
	}
	return texts
}

func TestHitsAreThoseOfARowByRowSearch(t *testing.T) {
	for _, rows := range []int{0, 1, 3, 64, 1000} {
		for _, tuples := range []int{0, 1, 3, 64} {
			for _, modes := range [][]schema.Mode{
				{schema.ModeExact},
				{schema.ModeNormalized},
				{schema.ModeExact, schema.ModeNormalized},
				{schema.ModeNormalized, schema.ModeNormalized, schema.ModeExact},
			} {
				for _, matchEmpty := range []bool{false, true} {
					name := fmt.Sprintf("rows=%d/tuples=%d/modes=%v/empty=%v", rows, tuples, modes, matchEmpty)
					t.Run(name, func(t *testing.T) {
						r := rand.New(rand.NewPCG(1, uint64(rows*1000+tuples)))
						var parts []part
						var keys [][]string
						for i, mode := range modes {
							parts = append(parts, part{mode, pick(r, rows, rows), matchEmpty != (i == 1)})
							keys = append(keys, pick(r, tuples, rows))
						}
						requireSame(t, parts, keys)
					})
				}
			}
		}
	}
}

func TestHitsAreRightBeyondOneChunk(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	n := 2*column.MaxRows + 77
	unique, few, mixed := make([]string, n), make([]string, n), make([]string, n)
	for i := range n {
		unique[i] = fmt.Sprintf("Key %d", i)
		few[i] = words[r.IntN(len(words))]
		mixed[i] = strings.Repeat(" ", r.IntN(2)) + fmt.Sprintf("É %d", r.IntN(n))
	}
	for _, cells := range [][]string{unique, few, mixed} {
		keys := [][]string{{"key 5", cells[0], cells[n-1], cells[column.MaxRows], "nothing like it", "us", ""}}
		for _, mode := range []schema.Mode{schema.ModeExact, schema.ModeNormalized} {
			requireSame(t, []part{{mode: mode, cells: cells}}, keys)
		}
	}
}

func TestAKeyWithoutPartsOrWithAnUnknownModeIsRefused(t *testing.T) {
	_, err := index.Build(context.Background(), nil)
	require.Error(t, err)
	one, two := column.FromStrings([]string{"a"}), column.FromStrings([]string{"a", "b"})
	_, err = index.Build(context.Background(), []index.Part{{Mode: "nearly", Cells: one}})
	require.ErrorContains(t, err, "nearly")
	_, err = index.Build(context.Background(), []index.Part{{Mode: schema.ModeExact, Cells: one}, {Mode: schema.ModeExact, Cells: two}})
	require.ErrorContains(t, err, "2 rows")
}

func TestACancelledBuildOrProbeStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	parts := []index.Part{{Mode: schema.ModeExact, Cells: column.FromStrings([]string{"a"})}}
	ix, err := index.Build(ctx, parts)
	require.NoError(t, err)
	cancel()
	_, err = index.Build(ctx, parts)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, ix.Probe(ctx, [][]string{{"a"}}, index.All, new(index.Hits), nil), context.Canceled)
}

func TestOneIndexServesManyGoroutines(t *testing.T) {
	cells := make([]string, 5000)
	for i := range cells {
		cells[i] = fmt.Sprintf("Key %d", i)
	}
	ix, err := index.Build(context.Background(), []index.Part{{Mode: schema.ModeNormalized, Cells: column.FromStrings(cells)}})
	require.NoError(t, err)
	done := make(chan error)
	for g := range 4 {
		go func() {
			var hits index.Hits
			for i := range 200 {
				row := (g*1000 + i) % len(cells)
				if err := ix.Probe(context.Background(), [][]string{{"KEY " + cells[row][4:], "none"}}, index.All, &hits, nil); err != nil {
					done <- err
					return
				}
				if rows, _ := hits.Of(0); len(rows) != 1 || rows[0] != int32(row) {
					done <- fmt.Errorf("row %d: %v", row, rows)
					return
				}
			}
			done <- nil
		}()
	}
	for range 4 {
		require.NoError(t, <-done)
	}
}

// FuzzProbe holds one key of two parts against the oracle: cells and values are
// lines.
func FuzzProbe(f *testing.F) {
	f.Add("US\nus\n\nGermany", "CA\nca\n\n-", "us\n \nUS", "ca\n\nCA", true)
	f.Add("Straße\nSTRASSE\ne\u0301", "1\n1\n1", "strasse\né\nx", "1\n1\n1", false)
	f.Fuzz(func(t *testing.T, a, b, x, y string, matchEmpty bool) {
		cellsA, cellsB := strings.Split(a, "\n"), strings.Split(b, "\n")
		rows := min(len(cellsA), len(cellsB), 200)
		keysA, keysB := strings.Split(x, "\n"), strings.Split(y, "\n")
		tuples := min(len(keysA), len(keysB), 50)
		parts := []part{
			{schema.ModeNormalized, cellsA[:rows], matchEmpty}, {schema.ModeExact, cellsB[:rows], !matchEmpty},
		}
		requireSame(t, parts, [][]string{keysA[:tuples], keysB[:tuples]})
		requireSame(t, parts[:1], [][]string{keysA[:tuples]})
	})
}
