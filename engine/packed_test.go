package engine_test

import "testing"

// A column of eight digits is found at the upload, and the lead's value says what they are.
func TestEightDigitsOfAColumnAreWhatTheLeadsValueIs(t *testing.T) {
	t.Parallel()
	spans := "from,to,out\n20240101,20240331,Q1\n20240401,,later\n"
	(&lookedUp{
		spans, lookupOf("first", `{"column": "from", "columnTo": "to", "field": "d", "mode": "range"}`),
		[][2]string{
			{`{"d": "2024-03-31T20:00:00Z"}`, "Q1"},
			{`{"d": "2024-04-01"}`, "later"},
			{`{"d": "20240215"}`, "Q1"},
			{`{"d": 20240215}`, "Q1"},
			{`{"d": "2023-12-31"}`, "LOOKUP_VALUE_NOT_FOUND"},
			{`{"d": "soon"}`, "LOOKUP_VALUE_NOT_FOUND"},
		},
	}).run(t)
	(&lookedUp{
		"from,out\n20240101,first\n20240401,second\n", lookupOf("first", `{"column": "from", "field": "d", "mode": "atLeast"}`),
		[][2]string{{`{"d": "2024-03-31"}`, "first"}, {`{"d": "3/31/2024"}`, "first"}, {`{"d": 20240332}`, "first"}, {`{"d": "2024-04-01T00:00:00Z"}`, "second"}},
	}).run(t)
	// One cell that is no day makes numbers of all: nothing else is known of them.
	(&lookedUp{
		"from,out\n20240101,first\n20249999,second\n", lookupOf("first", `{"column": "from", "field": "d", "mode": "atLeast"}`),
		[][2]string{{`{"d": "2024-03-31"}`, "LOOKUP_VALUE_NOT_FOUND"}, {`{"d": 20240332}`, "first"}},
	}).run(t)
}
