package engine_test

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
	"tablestep/tables"
	"tablestep/tables/file"
	"tablestep/tables/schema"
)

// BenchmarkChain looks up a batch of 1,000 leads with distinct random keys in one table of a
// million rows, and in a chain of three such tables, of which each goes on with what the one
// before has written:
//
//	go test ./engine -run '^$' -bench Chain -count=10
//
// The chain may cost 3.3 times the one.
func BenchmarkChain(b *testing.B) {
	const rows, leads = 1_000_000, 1000
	store, err := file.OpenStore(filepath.Join(b.TempDir(), "tables.db"), tables.Options{MemoryBudget: 8 << 30})
	require.NoError(b, err)
	for n, next := range []string{"second", "third", ""} {
		name := []string{"companies", "second", "third"}[n]
		_, err := store.Import(b.Context(), name, &keyedRows{n: rows, table: n}, tables.ImportOptions{Publish: true})
		require.NoError(b, err)
		l := schema.Lookup{
			Name: name, Match: []schema.Match{{Column: "key", Field: []string{"company", "next0", "next1"}[n]}},
			Outputs: []schema.Output{{Column: "next", Field: fmt.Sprint("next", n)}, {Column: "owner", Field: fmt.Sprint("owner", n), Type: schema.TypeEmail}},
			Then:    next,
		}
		require.NoError(b, store.SetLookup(name, l, "bench"))
		if n == 0 {
			l.Name, l.Then = "alone", ""
			require.NoError(b, store.SetLookup(name, l, "bench"))
		}
	}
	e, err := engine.NewEvaluator(store)
	require.NoError(b, err)
	for name, table := range map[string]string{"lookups=1": "companies/alone", "lookups=3": "companies"} {
		body := bytes.ReplaceAll(marketoBatch(rows, leads), []byte(`"table":"companies"`), []byte(`"table":"`+table+`"`))
		b.Run(name, func(b *testing.B) {
			var ws engine.Workspace
			var out []byte
			b.ReportAllocs()
			for b.Loop() {
				var sum engine.Summary
				out, sum, err = e.Evaluate(b.Context(), &ws, body, out[:0])
				if err != nil || sum.Succeeded != leads {
					b.Fatal(err, sum)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/leads, "ns/lead")
		})
	}
	require.NoError(b, store.Close())
}

// keyedRows is a table of n rows whose keys are what the table before has in its column next.
type keyedRows struct{ n, table, i int }

func (k *keyedRows) Columns() []string          { return []string{"key", "next", "owner"} }
func (k *keyedRows) Warnings() []schema.Warning { return nil }
func (k *keyedRows) Next() (schema.Row, error) {
	if k.i == k.n {
		return schema.Row{}, io.EOF
	}
	k.i++
	key := company(k.i)
	if k.table > 0 {
		key = fmt.Sprintf("key %d of table %d", k.i, k.table)
	}
	next := 1 + (k.i*7919)%k.n
	return schema.Row{Number: k.i, Cells: []string{key, fmt.Sprintf("Key %d of table %d", next, k.table+1), fmt.Sprintf("owner%d@example.com", k.i%1000)}}, nil
}
