package engine_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
)

func someOf(require, policy, match string) string {
	return `{"require": ` + require + `, "hitPolicy": "` + policy + `", "match": [` + match + `], "outputs": [{"column": "out", "field": "out"}]}`
}

const person = `{"column": "name", "field": "n"}, {"column": "city", "field": "c"}, {"column": "zip", "field": "z"}`

func TestSomeOfTheMatchEntriesSuffice(t *testing.T) {
	t.Parallel()
	rows := "name,city,zip,out\nAnn,Bern,3000,first\nAnn,Basel,4000,second\nBo,,4000,third\n"
	for name, c := range map[string]lookedUp{
		"two of three, the row with most first": {
			rows, someOf("2", "best", person),
			[][2]string{
				{`{"n": "ann", "c": "x", "z": "4000"}`, "second"},
				{`{"n": "Ann", "c": "Basel", "z": "3000"}`, "first"},
				{`{"n": "Ann", "c": "Basel", "z": "4000"}`, "second"},
				{`{"n": "Bo", "c": "x", "z": "4000"}`, "third"},
				{`{"n": "Bo", "c": "Bern", "z": "1"}`, "LOOKUP_VALUE_NOT_FOUND"},
			},
		},
		"an empty value is no reason to fail as long as the others suffice": {
			rows, someOf("2", "best", person),
			[][2]string{
				{`{"n": "Bo", "c": "", "z": "4000"}`, "third"},
				{`{"n": "Bo", "c": null, "z": "1"}`, "LOOKUP_VALUE_NOT_FOUND"},
				{`{"n": "Bo", "c": "", "z": " "}`, "LOOKUP_KEY_EMPTY"},
				{`{"n": "", "c": "", "z": ""}`, "LOOKUP_KEY_EMPTY"},
			},
		},
		"nor is a field that is not sent": {
			rows, someOf("2", "best", person),
			[][2]string{{`{"n": "Bo", "z": "4000"}`, "third"}, {`{"n": "Bo", "z": "1"}`, "LOOKUP_VALUE_NOT_FOUND"}, {`{"n": "Bo"}`, "LOOKUP_KEY_EMPTY"}},
		},
		"a cell that means anything holds for an empty value and adds nothing": {
			"name,city,zip,out\n*,Bern,*,anybody of Bern\nAnn,Bern,*,Ann of Bern\n",
			someOf("2", "best", `{"column": "name", "field": "n", "anything": ["*"]}, {"column": "city", "field": "c"}, {"column": "zip", "field": "z", "anything": ["*"]}`),
			[][2]string{
				{`{"n": "ann", "c": "bern", "z": "1"}`, "Ann of Bern"},
				{`{"n": "bo", "c": "bern", "z": ""}`, "anybody of Bern"},
				{`{"n": "", "c": "", "z": ""}`, "anybody of Bern"},
			},
		},
		"matchEmpty takes an empty value": {
			rows, someOf("2", "best", `{"column": "name", "field": "n"}, {"column": "city", "field": "c", "matchEmpty": true}, {"column": "zip", "field": "z"}`),
			[][2]string{{`{"n": "Bo", "c": "", "z": ""}`, "third"}, {`{"n": "Cy", "c": "", "z": ""}`, "LOOKUP_VALUE_NOT_FOUND"}},
		},
		"more than one under unique": {
			rows, someOf("2", "unique", person),
			[][2]string{{`{"n": "Ann", "c": "Bern", "z": "4000"}`, "LOOKUP_AMBIGUOUS"}, {`{"n": "Ann", "c": "Bern", "z": "1"}`, "first"}},
		},
		"a number that misses in its entry is looked up by its shortest spelling": {
			"name,city,zip,out\nAnn,Bern,,both\nAnn,Bern,5,all three\nCy,Bern,7.0,as it came\n", someOf("2", "best", person),
			[][2]string{
				{`{"n": "Ann", "c": "Bern", "z": 5.0}`, "all three"},
				{`{"n": "Ann", "c": "Bern", "z": 6.0}`, "both"},
				{`{"n": "Ann", "c": "x", "z": 5.0}`, "all three"},
				{`{"n": "Cy", "c": "Bern", "z": 7.0}`, "as it came"},
			},
		},
		"a number as it came is one that the form of its entry takes for it": {
			"name,city,zip,out\nCy,Bern,(7.0),as it came\nCy,Bern,7,shortest\n", someOf("2", "best", `{"column": "name", "field": "n"}, {"column": "city", "field": "c"}, {"column": "zip", "field": "z", "mode": "loose"}`),
			[][2]string{{`{"n": "Cy", "c": "Bern", "z": 7.0}`, "as it came"}, {`{"n": "Cy", "c": "Bern", "z": 7.00}`, "shortest"}},
		},
		"contains among them": {
			"title,city,zip,out\nvice president,Bern,,VP\npresident,Bern,,P\n",
			someOf("1", "best", `{"column": "title", "field": "t", "mode": "contains"}, {"column": "city", "field": "c"}`),
			[][2]string{{`{"t": "Senior Vice President", "c": "Bern"}`, "VP"}, {`{"t": "President", "c": "x"}`, "P"}, {`{"t": "clerk", "c": "x"}`, "LOOKUP_VALUE_NOT_FOUND"}},
		},
	} {
		t.Run(name, c.run)
	}
}

func TestAFieldThatIsNotSentIsToldWhereTheOthersDoNotSuffice(t *testing.T) {
	t.Parallel()
	h := open(t, t.TempDir(), engine.Options{})
	defer h.close(t)
	h.table(t, "t", "name,city,zip,out\nBo,,4000,third\n", "")
	h.withLookup(t, "t", []byte(someOf("2", "best", person)))
	require.NoError(t, h.SetMapping(engine.Mapping{Invocation: []string{"n"}, Callback: []string{"out"}}))
	code := func(lead string) string {
		results, err := h.Try(t.Context(), []json.RawMessage{json.RawMessage(lead)}, json.RawMessage(`{"table":"t"}`))
		require.NoError(t, err)
		var activity struct{ ErrorCode, Reason string }
		require.NoError(t, json.Unmarshal(results[0].ActivityData, &activity))
		return activity.ErrorCode + " " + activity.Reason
	}
	require.Equal(t, " ", code(`{"n": "Bo", "z": "4000"}`))
	require.Contains(t, code(`{"n": "Bo", "z": "1"}`), "LOOKUP_VALUE_NOT_FOUND")
	require.Contains(t, code(`{"n": "Bo"}`), `FIELD_NOT_FOUND the lead has no field "c"`)
}

// A flow step that names the column to search leaves one entry, whatever the lookup requires.
func TestAFlowStepThatNamesTheKeySearchesItAlone(t *testing.T) {
	t.Parallel()
	h := open(t, t.TempDir(), engine.Options{})
	defer h.close(t)
	h.table(t, "t", "name,city,zip,out\nAnn,Bern,3000,first\nBo,Basel,4000,second\n", "")
	for _, number := range []string{"2", "3"} {
		h.withLookup(t, "t", []byte(someOf(number, "best", `{"column": "name", "field": "n"}, {"column": "city", "field": "c", "mode": "loose"}, {"column": "zip", "field": "z", "mode": "prefix"}`)))
		for flow, code := range map[string]string{
			`{"table":"t","keyName":"zip"}`:                     "",
			`{"table":"t","keyName":"zip","keyValField":"n"}`:   "LOOKUP_VALUE_NOT_FOUND",
			`{"table":"t","keyName":"out","keyValue":"second"}`: "",
			`{"table":"t","keyName":"city"}`:                    "LOOKUP_KEY_EMPTY",
		} {
			results, err := h.Try(t.Context(), []json.RawMessage{json.RawMessage(`{"n": "Cy", "c": "", "z": "4000"}`)}, json.RawMessage(flow))
			require.NoError(t, err)
			var activity struct {
				ErrorCode  string
				MatchedRow int
			}
			require.NoError(t, json.Unmarshal(results[0].ActivityData, &activity))
			require.Equal(t, code, activity.ErrorCode, "%s of 3, %s", number, flow)
			if code == "" {
				require.Equal(t, 2, activity.MatchedRow, flow)
			}
		}
	}
}

func TestAMissOfSomeIsExplainedByTheRowInWhichMostHold(t *testing.T) {
	t.Parallel()
	h := open(t, t.TempDir(), engine.Options{})
	defer h.close(t)
	h.table(t, "t", "name,city,zip,out\nAnn,Bern,3000,first\nAnn,Basel,4000,second\nBo,,4000,third\n", "")
	h.withLookup(t, "t", []byte(someOf("3", "best", person+`, {"column": "out", "field": "o", "mode": "prefix"}`)))
	explained := func(lead string) (*engine.TraceNear, string) {
		results, err := h.Try(t.Context(), []json.RawMessage{json.RawMessage(lead)}, json.RawMessage(`{"table":"t"}`))
		require.NoError(t, err)
		var activity struct{ Reason string }
		require.NoError(t, json.Unmarshal(results[0].ActivityData, &activity))
		require.Equal(t, 3, results[0].Trace.Require)
		return results[0].Trace.Nearest, activity.Reason
	}
	near, reason := explained(`{"n": "Ann", "c": "x", "z": "4000", "o": "y"}`)
	require.Equal(t, &engine.TraceNear{Row: 2, Score: 0.5, Cells: []string{"Ann", "Basel", "4000", "second"}, Why: "row 2 would hit if 3 of 4 match entries held: city and out did not"}, near)
	require.Equal(t, `no row of t (version 1) has 3 of name = "Ann", city = "x", zip = "4000", out = "y"`, reason)
	near, _ = explained(`{"n": "a", "c": "b", "z": "c", "o": "third time"}`)
	require.Equal(t, "row 3 would hit if 3 of 4 match entries held: name, city and zip did not", near.Why)
	near, _ = explained(`{"n": "Anne", "c": "Berne", "z": "30001", "o": "firs"}`)
	require.Equal(t, 1, near.Row, "where nothing holds, the row that is most alike")
	require.Empty(t, near.Why)
	near, _ = explained(`{"n": "Ann", "c": "Bern", "z": "3000", "o": ""}`)
	require.Nil(t, near, "there is a hit")
}
