package engine_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
	"tablestep/tables"
	"tablestep/tables/file"
	"tablestep/tables/schema"
)

// Fifty owners in turn against the first one of them, 1,000 leads of ten countries.
//
//	go test ./engine -run '^$' -bench Rotate -count=10
func BenchmarkRotate(b *testing.B) {
	store, err := file.OpenStore(filepath.Join(b.TempDir(), "tables.db"), tables.Options{})
	require.NoError(b, err)
	defer func() { require.NoError(b, store.Close()) }()
	_, err = store.Import(b.Context(), "companies", &manyRows{n: 50}, tables.ImportOptions{Publish: true})
	require.NoError(b, err)
	e, err := engine.NewEvaluator(store)
	require.NoError(b, err)
	body := []byte(strings.ReplaceAll(string(marketoBatch(50, 1000)), `"country":"United States"`, `"country":"Enterprise"`))
	for _, policy := range []schema.HitPolicy{schema.PolicyFirst, schema.PolicyRotate} {
		l := schema.Lookup{
			Name: "companies", HitPolicy: policy, Match: []schema.Match{{Column: "segment", Field: "country"}},
			Outputs: []schema.Output{{Column: "tier", Field: "tier"}, {Column: "owner", Field: "ownerEmail", Type: schema.TypeEmail}},
		}
		if policy == schema.PolicyRotate {
			l.RowKey = "company"
		}
		require.NoError(b, store.SetLookup("companies", l, "bench"))
		b.Run(fmt.Sprintf("rows=50/leads=1000/policy=%s", policy), func(b *testing.B) {
			var ws engine.Workspace
			var out []byte
			b.ReportAllocs()
			for b.Loop() {
				var sum engine.Summary
				out, sum, err = e.Evaluate(b.Context(), &ws, body, out[:0])
				if err != nil || sum.Succeeded != 1000 {
					b.Fatal(err, sum)
				}
			}
		})
	}
}
