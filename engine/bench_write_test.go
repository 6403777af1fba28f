package engine_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
	"tablestep/tables"
	"tablestep/tables/file"
	"tablestep/tables/schema"
)

// go test ./engine -run '^$' -bench EvaluateWrites -count=10.
//
// Beside plain, a batch of 1,000 leads with distinct keys: constant is a third output without a
// column, fields looks at two empty ones first, careful compares both outputs with what the
// leads have, and split takes apart values of one part each.
func BenchmarkEvaluateWrites(b *testing.B) {
	const rows, leads = 100_000, 1000
	store, err := file.OpenStore(filepath.Join(b.TempDir(), "tables.db"), tables.Options{})
	require.NoError(b, err)
	defer func() { require.NoError(b, store.Close()) }()
	_, err = store.Import(b.Context(), "companies", &manyRows{n: rows}, tables.ImportOptions{Publish: true})
	require.NoError(b, err)
	e, err := engine.NewEvaluator(store)
	require.NoError(b, err)
	body := bytes.ReplaceAll(marketoBatch(rows, leads), []byte(`"title":`), []byte(`"tier":"Tier 1","ownerEmail":null,"title":`))
	for _, c := range []struct {
		name   string
		change func(l *schema.Lookup)
	}{
		{"plain", func(*schema.Lookup) {}},
		{"constant", func(l *schema.Lookup) {
			l.Outputs = append(l.Outputs, schema.Output{Value: "EMEA", Field: "region"})
		}},
		{"fields", func(l *schema.Lookup) { l.Match[0].NameFields([]string{"ownerEmail", "account", "company"}) }},
		{"careful", func(l *schema.Lookup) {
			l.Outputs[0].Write, l.Outputs[1].Write = schema.WriteIfDifferent, schema.WriteIfEmpty
		}},
		{"split", func(l *schema.Lookup) { l.Match[0].Split, l.Outputs[1].Type = ";", schema.TypeString }},
	} {
		l := schema.Lookup{
			Name: "companies", Match: []schema.Match{{Column: "company", Field: "company", Mode: schema.ModeNormalized}},
			Outputs: []schema.Output{{Column: "tier", Field: "tier", Type: schema.TypeString}, {Column: "owner", Field: "ownerEmail", Type: schema.TypeEmail}},
		}
		c.change(&l)
		require.NoError(b, store.SetLookup("companies", l, "bench"))
		b.Run("what="+c.name, func(b *testing.B) {
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
}
