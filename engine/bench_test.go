package engine_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
	"tablestep/tables"
	"tablestep/tables/file"
	"tablestep/tables/schema"
)

// manyRows is a table of n rows that is made as it is read.
type manyRows struct{ n, i int }

func (m *manyRows) Columns() []string {
	return []string{"company", "tier", "owner", "region", "segment"}
}
func (m *manyRows) Warnings() []schema.Warning { return nil }
func (m *manyRows) Next() (schema.Row, error) {
	if m.i == m.n {
		return schema.Row{}, io.EOF
	}
	m.i++
	return schema.Row{Number: m.i, Cells: []string{
		company(m.i), fmt.Sprint("Tier ", m.i%7), fmt.Sprintf("owner%d@example.com", m.i%1000), fmt.Sprint("Region ", m.i%50), "Enterprise",
	}}, nil
}

func company(i int) string { return fmt.Sprintf("Company Number %d", i) }

// marketoBatch is a request of n leads with 12 fields each, about 370 bytes a
// lead, with distinct random keys.
func marketoBatch(rows, n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	b.WriteString(`{"token":"t","apiCallBackKey":"k","campaignId":1,"callbackUrl":"https://mkto-cfa.adobe.io/x","context":{"admin":{}},"objectData":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"objectType":"lead","objectContext":{"id":%d,"email":"person%d@example.com","firstName":"Grace","lastName":"Hopper","company":"COMPANY number %d","title":"VP, Marketing","country":"United States","state":"CA","phone":"+1 555 0100","industry":"Software","numberOfEmployees":1200,"leadScore":50},"flowStepContext":{"table":"companies","onNoMatch":"keep"}}`,
			1000000+i, i, 1+r.IntN(rows))
	}
	b.WriteString(`]}`)
	return []byte(b.String())
}

// go test ./engine -run '^$' -bench Evaluate -count=10.
func BenchmarkEvaluate(b *testing.B) {
	for _, rows := range []int{1000, 100_000} {
		store, err := file.OpenStore(filepath.Join(b.TempDir(), "tables.db"), tables.Options{})
		require.NoError(b, err)
		_, err = store.Import(b.Context(), "companies", &manyRows{n: rows}, tables.ImportOptions{Publish: true})
		require.NoError(b, err)
		require.NoError(b, store.SetLookup("companies", schema.Lookup{
			Name: "companies", Match: []schema.Match{{Column: "company", Field: "company", Mode: schema.ModeNormalized}},
			Outputs: []schema.Output{{Column: "tier", Field: "tier", Type: schema.TypeString}, {Column: "owner", Field: "ownerEmail", Type: schema.TypeEmail}},
		}, "bench"))
		e, err := engine.NewEvaluator(store)
		require.NoError(b, err)
		for _, leads := range []int{1, 1000} {
			body := marketoBatch(rows, leads)
			b.Run(fmt.Sprintf("rows=%d/leads=%d", rows, leads), func(b *testing.B) {
				var ws engine.Workspace
				var out []byte
				b.SetBytes(int64(len(body)))
				b.ReportAllocs()
				for b.Loop() {
					var sum engine.Summary
					out, sum, err = e.Evaluate(b.Context(), &ws, body, out[:0])
					if err != nil || sum.Succeeded != leads {
						b.Fatal(err, sum)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(leads), "ns/lead")
			})
		}
		require.NoError(b, store.Close())
	}
}
