package marketo_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// go test -run '^$' -bench Validator ./api/marketo
func BenchmarkValidator(b *testing.B) {
	v := validator(b)
	var ids []int64
	var records []any
	for i := range 1000 {
		ids = append(ids, int64(1_000_000+i))
		records = append(records, object{
			"leadData":     object{"id": 1_000_000 + i, "countryCode2": "DE"},
			"activityData": object{"success": true, "matched": true, "returnVal": fmt.Sprint("value ", i), "rank": i, "score": 0.5},
		})
	}
	body, err := json.Marshal(object{"munchkinId": "123-ABC-456", "objectData": records})
	require.NoError(b, err)
	want := expected(ids...)
	b.Run("leads=1000", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(body)))
		for b.Loop() {
			if answer, err := v.Check(body, want); err != nil || len(answer.Problems) > 0 {
				b.Fatal(err, answer.Problems)
			}
		}
	})
}
