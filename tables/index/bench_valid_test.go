package index_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/schema"
)

// A history is a million rows of keys, each with so many spans of days one after the other.
// distinct spans begin and end at moments of their own, else all keys have the same days.
func history(spans int, distinct bool) (keys, from, to []string) {
	start := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for row := range benchRows {
		key := row / spans * 7919 % (benchRows / spans)
		day := start.AddDate(0, 0, 365*(row%spans))
		keys = append(keys, fmt.Sprintf("account %07d", key))
		if distinct {
			day = day.Add(time.Duration(key) * time.Second)
			from, to = append(from, day.Format(time.DateTime)), append(to, day.AddDate(0, 0, 365).Add(-time.Second).Format(time.DateTime))
			continue
		}
		from, to = append(from, day.Format(time.DateOnly)), append(to, day.AddDate(0, 0, 364).Format(time.DateOnly))
	}
	return keys, from, to
}

// BenchmarkValid holds a lookup by key at a moment against that by the key alone, in the same
// table of a million rows.
//
// go test ./tables/index -run '^$' -bench Valid -count=10
func BenchmarkValid(b *testing.B) {
	for _, c := range []struct {
		spans    int
		distinct bool
	}{{4, false}, {4, true}, {20, true}, {1000, true}} {
		keys, from, to := history(c.spans, c.distinct)
		key := index.Part{Mode: schema.ModeNormalized, Cells: column.FromStrings(keys)}
		valid := index.Part{
			Mode: schema.ModeRange, Cells: column.FromStrings(from), To: column.FromStrings(to), Now: true, Anything: []string{""},
			Zone: zone(b, "Europe/Berlin"),
		}
		middle := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, 365*c.spans/2+40)
		for _, p := range []struct {
			name  string
			parts []index.Part
		}{{"key", []index.Part{key}}, {"key+now", []index.Part{key, valid}}} {
			ix, err := index.Build(context.Background(), p.parts)
			require.NoError(b, err)
			b.Run(fmt.Sprintf("%s/rows=%d/spans=%d/distinct=%t", p.name, benchRows, c.spans, c.distinct), func(b *testing.B) {
				r := rand.New(rand.NewPCG(1, 2))
				const batch = 1000
				batches := make([][][]string, 64)
				for i := range batches {
					batches[i] = [][]string{make([]string, batch), make([]string, batch)}
					for k := range batch {
						batches[i][0][k] = fmt.Sprintf("Account %07d", r.IntN(benchRows/c.spans*10/9))
						batches[i][1][k] = index.Moment(middle)
					}
					batches[i] = batches[i][:len(p.parts)]
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
