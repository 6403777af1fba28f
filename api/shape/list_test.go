package shape_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/api/shape"
)

func TestAListIsNeverNull(t *testing.T) {
	for want, list := range map[string]any{
		`[]`:            shape.List[string](nil),
		`[ ]`:           shape.List[string]{},
		`["a","b"]`:     shape.List[string]{"a", "b"},
		`{}`:            shape.Counts(nil),
		`{"a":1,"b":2}`: shape.Counts{"b": 2, "a": 1},
	} {
		got, err := json.Marshal(list)
		require.NoError(t, err)
		require.JSONEq(t, want, string(got))
	}
	// Nor within others, in a field, by value.
	got, err := json.Marshal(shape.Tables{Tables: shape.List[shape.Table]{{Name: "t"}}})
	require.NoError(t, err)
	require.JSONEq(t, `{"tables":[{"name":"t","live":null,"rows":0,"updated":null,"columns":[],"lookups":[]}]}`, string(got))
	got, err = json.Marshal(shape.Invocation{})
	require.NoError(t, err)
	require.NotContains(t, string(got), `"codes":null`)
	require.Contains(t, string(got), `"recentAttempts":[]`)
}

func TestAListIsReadAsAnyOther(t *testing.T) {
	var list shape.Tables
	require.NoError(t, json.Unmarshal([]byte(`{"tables":[{"name":"t","live":3}]}`), &list))
	require.Equal(t, 3, *list.Tables[0].Live)
	var counts shape.Summary
	require.NoError(t, json.Unmarshal([]byte(`{"codes":{"RULE_FAILED":2}}`), &counts))
	require.Equal(t, 2, counts.Codes["RULE_FAILED"])
}
