package shape_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/api/shape"
)

// FuzzFields reads what stands in the place of a lead field and reads again what it is told as.
// About 10,000 executions a second on two shared cores:
//
//	go test ./api/shape -run '^$' -fuzz FuzzFields -fuzztime 30s -fuzzminimizetime 1x
func FuzzFields(f *testing.F) {
	for _, text := range []string{`"phone"`, `["mobilePhone","phone"]`, `[]`, `null`, `[null]`, `{"a":1}`, `["\ud800"]`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var fields, again shape.Fields
		if json.Unmarshal([]byte(text), &fields) != nil {
			return
		}
		told, err := json.Marshal(fields)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(told, &again))
		if len(fields) == 0 {
			fields = shape.Fields{""} // No field is told as an empty one.
		}
		require.Equal(t, fields, again)
	})
}
