package index_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/schema"
)

const benchRows = 1_000_000

func benchCells(form string) []string {
	cells := make([]string, benchRows)
	for i := range cells {
		cells[i] = fmt.Sprintf(form, i*7919%benchRows)
	}
	return cells
}

// go test ./tables/index -run '^$' -bench Probe -count=10
func BenchmarkProbe(b *testing.B) {
	for _, c := range []struct {
		name       string
		mode       schema.Mode
		cell, lead string
	}{
		{"exact", schema.ModeExact, "account %07d", "account %07d"},
		{"normalized/lower", schema.ModeNormalized, "account %07d", "account %07d"},
		{"normalized/mixed", schema.ModeNormalized, "Account %07d", " Account  %07d"},
		{"normalized/accents", schema.ModeNormalized, "Société %07d", "SOCIÉTÉ %07d"},
	} {
		ix, err := index.Build(context.Background(), []index.Part{{Mode: c.mode, Cells: column.FromStrings(benchCells(c.cell))}})
		require.NoError(b, err)
		for _, batch := range []int{1, 1000} {
			b.Run(fmt.Sprintf("%s/rows=%d/batch=%d", c.name, benchRows, batch), func(b *testing.B) {
				r := rand.New(rand.NewPCG(1, 2))
				batches := make([][][]string, 256*1024/batch)
				for i := range batches {
					keys := make([]string, batch)
					for k := range keys {
						keys[k] = fmt.Sprintf(c.lead, r.IntN(benchRows*10/9))
					}
					batches[i] = [][]string{keys}
				}
				var hits index.Hits
				b.ReportAllocs()
				i := 0
				for b.Loop() {
					if err := ix.Probe(context.Background(), batches[i%len(batches)], index.First, &hits, nil); err != nil {
						b.Fatal(err)
					}
					i++
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(i*batch), "ns/lead")
			})
		}
	}
}

// go test ./tables/index -run '^$' -bench Build -count=10
func BenchmarkBuild(b *testing.B) {
	cells := column.FromStrings(benchCells("Account %07d"))
	b.ReportAllocs()
	for b.Loop() {
		ix, err := index.Build(context.Background(), []index.Part{{Mode: schema.ModeNormalized, Cells: cells}})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(ix.Bytes())/benchRows, "B/row")
	}
}
