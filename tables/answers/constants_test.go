package answers_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/answers"
	"tablestep/tables/scan/scantest"
	"tablestep/tables/schema"
)

// TestConstantsStandBesideTheCellsOfTheirColumns puts constants in places at random, in a batch
// whose memory goes from one lookup to the next, and compares with the columns alone.
func TestConstantsStandBesideTheCellsOfTheirColumns(t *testing.T) {
	t.Parallel()
	columns := []string{"k", "score", "priority", "out"}
	var rows [][]string
	for i := range 60 {
		rows = append(rows, []string{fmt.Sprint("k", i%20), fmt.Sprint(i), fmt.Sprint(i % 3), fmt.Sprint("o", i%4)})
	}
	rows = append(rows, []string{"x", "no number", "", ""})
	keys := [][]string{{"k1", "k7", "absent", "", "x", "k19"}}
	for _, budget := range []int64{roomy, onDisk} {
		sn := snapshot(t, budget, scantest.New(columns, rows, 16))
		var mixed answers.Batch
		r := rand.New(rand.NewPCG(1, uint64(budget)))
		hits, failures := 0, 0
		for range 200 {
			for _, l := range ways() {
				l.Match = []schema.Match{{Column: "k", Field: "k"}}
				var plain []schema.Output
				for range r.IntN(7) {
					o := schema.Output{Column: columns[1+r.IntN(3)]}
					if r.IntN(2) == 0 {
						o = schema.Output{Value: fmt.Sprint("constant", r.IntN(9))}
					} else {
						plain = append(plain, o)
					}
					l.Outputs = append(l.Outputs, o)
				}
				alone := l
				alone.Outputs = plain
				require.NoError(t, sn.Check(&l))
				var want answers.Batch
				require.NoError(t, sn.Answer(t.Context(), &alone, keys, &want, nil))
				require.NoError(t, sn.Answer(t.Context(), &l, keys, &mixed, nil))
				require.Equal(t, want.Found, mixed.Found)
				require.Len(t, mixed.Cells, len(l.Outputs))
				column := 0
				for o := range l.Outputs {
					if !l.Outputs[o].Constant() {
						require.Equal(t, want.Cells[column], mixed.Cells[o], "%+v", l)
						column++
						continue
					}
					for n, f := range mixed.Found {
						text := ""
						if f.Row >= 0 && !f.Ambiguous && f.Problem == "" {
							text = l.Outputs[o].Value
							hits++
						} else if f.Row >= 0 {
							failures++
						}
						require.Equal(t, text, mixed.Cells[o][n])
					}
				}
			}
		}
		require.Greater(t, min(hits, failures), 100)
	}
}

func TestAnOutputWithoutColumnAndConstantIsRefused(t *testing.T) {
	t.Parallel()
	sn := snapshot(t, roomy, countries())
	l := schema.Lookup{Match: []schema.Match{{Column: "country", Field: "k"}}, Outputs: slices.Repeat([]schema.Output{{Field: "a"}}, 1)}
	require.ErrorIs(t, sn.Check(&l), schema.ErrColumnNotFound)
}
