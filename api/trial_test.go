package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/api/shape"
	"tablestep/tables/schema"
)

// testedLookup is a lookup of countries with two tests: one of a row, and one of a miss.
const testedLookup = `{"match":[{"column":"country","field":"country"}],
 "outputs":[{"column":"alpha-2","field":"countryCode2"}],
 "tests":[{"name":"in any case","lead":{"country":"deutschland"},"asOf":"2026-03-31T12:00:00+02:00","want":{"countryCode2":"DE"}},
  {"lead":{"country":"Cascadia"},"want":null}]}`

// decoded reads the body of an answer.
func (a answer) decoded(t *testing.T, into any) {
	t.Helper()
	require.NoError(t, json.Unmarshal(a.body, into), "%s", a.body)
}

// failing are the messages of the tests that an answer tells of.
func failing(t *testing.T, got answer) (messages []string) {
	t.Helper()
	var problem shape.Problem
	got.decoded(t, &problem)
	for _, d := range problem.Error.Details {
		require.Equal(t, schema.CodeTestFailed, d.Code, "%s", got.body)
		require.Equal(t, "block", d.Severity)
		require.Empty(t, d.Lift, "nothing lifts it")
		messages = append(messages, d.Message)
	}
	require.NotEmpty(t, messages)
	return messages
}

func TestTestsOfALookupBarEveryWayByWhichItOrItsRowsGoLive(t *testing.T) {
	s := start(t, settings{})
	const good, bad = "country,alpha-2\nDeutschland,DE\nFrance,FR\n", "country,alpha-2\nDeutschland,XX\nFrance,FR\n"
	const wrong = `lookup "t", test 1 "in any case": of the lead {"country":"deutschland"} wanted is countryCode2 "DE", and written is "XX"`
	send := func(method, path, body string, status int) answer {
		t.Helper()
		got := s.send(method, "/api/v1/tables/t"+path, strings.NewReader(body), "Content-Type", "application/json")
		require.Equal(t, status, got.status, "%s", got.body)
		return got
	}
	live := func() shape.WholeTable {
		var whole shape.WholeTable
		send("GET", "", "", 200).decoded(t, &whole)
		return whole
	}
	upload := func(query, text string, status int) answer {
		t.Helper()
		got := s.send("POST", "/api/v1/tables/t/versions?"+query, strings.NewReader(text), "Content-Type", "text/csv")
		require.Equal(t, status, got.status, "%s", got.body)
		return got
	}
	upload("publish=true", bad, 201)

	// The lookup itself.
	require.Equal(t, []string{wrong}, failing(t, send("PUT", "/lookups/t", testedLookup, 422)))
	send("GET", "/lookups/t/versions", "", 200)
	require.True(t, live().Lookups[0].Guessed, "nothing was stored")
	var set shape.SetLookup
	send("PUT", "/lookups/t?publish=false", testedLookup, 200).decoded(t, &set)
	require.False(t, set.Live)
	require.Equal(t, 1, set.Counts[schema.CodeTestFailed])
	require.Equal(t, []string{wrong}, failing(t, send("POST", "/lookups/t/live", `{"version":1}`, 409)))
	require.Equal(t, []string{wrong}, failing(t, send("POST", "/live", `{"lookups":{"t":1}}`, 409)))
	upload("publish=true", good, 201)
	send("POST", "/lookups/t/live", `{"version":1}`, 200)
	var kept shape.Lookup
	send("GET", "/lookups/t", "", 200).decoded(t, &kept)
	require.Len(t, kept.Tests, 2)
	require.Equal(t, "2026-03-31T10:00:00Z", kept.Tests[0].AsOf.Format("2006-01-02T15:04:05Z07:00"))
	require.False(t, *kept.Tests[1].Matched)
	require.Nil(t, kept.Tests[1].Want)

	// Its rows.
	before := live()
	require.Equal(t, 2, *before.Live)
	require.Equal(t, []string{wrong}, failing(t, upload("publish=true", bad, 422)))
	require.Equal(t, []string{`lookup "t", test 2: of the lead {"country":"Cascadia"} wanted is that no row is hit, and row 3 is`},
		failing(t, upload("publish=true", good+"cascadia,CA\n", 422)))
	require.Equal(t, []string{wrong}, failing(t, send("PATCH", "/rows", `{"set":[{"row":1,"cells":{"alpha-2":"XX"}}]}`, 422)))
	require.Equal(t, []string{wrong}, failing(t, send("POST", "/live", `{"rollback":true}`, 409)))
	require.Equal(t, []string{wrong}, failing(t, send("POST", "/live", `{"version":1}`, 409)))
	require.Equal(t, before, live(), "nothing is stored, and nothing moved")
	var stored shape.Imported
	upload("publish=false", bad, 201).decoded(t, &stored)
	require.Equal(t, 1, stored.Counts[schema.CodeTestFailed])
	require.Equal(t, []string{wrong}, failing(t, send("POST", "/live?force=true&confirm=true", `{"version":3}`, 409)))
	send("PATCH", "/draft/rows", `{"set":[{"row":1,"cells":{"alpha-2":"XX"}}]}`, 200)
	require.Equal(t, []string{wrong}, failing(t, send("POST", "/draft/save", `{"publish":true}`, 422)))
	send("DELETE", "/draft", "", 204)

	// Both at once: the way out where both have to change.
	send("PUT", "/lookups/t?publish=false", strings.Replace(testedLookup, `"DE"`, `"XX"`, 1), 200)
	send("POST", "/live", `{"version":3,"lookups":{"t":2}}`, 200)
	require.Equal(t, 3, *live().Live)
	require.Equal(t, []string{strings.NewReplacer(`"XX"`, `"DE"`, `"DE"`, `"XX"`).Replace(wrong)}, failing(t, send("POST", "/live", `{"version":2}`, 409)))
	send("POST", "/lookups/t/live", `{"rollback":true}`, 409)

	require.Equal(t, http.StatusBadRequest, s.send("PUT", "/api/v1/tables/t/lookups/t", strings.NewReader(strings.Replace(testedLookup, `"DE"`, `["DE"]`, 1)), "Content-Type", "application/json").status)
}

func TestARequestWithTestsIsAsTheDocumentSays(t *testing.T) {
	s := start(t, settings{})
	s.record(call{"POST", "/api/v1/tables/t/versions?publish=true", "country,alpha-2\nDeutschland,DE\n", "text/csv", 201})
	s.record(call{"PUT", "/api/v1/tables/t/lookups/t", testedLookup, "", 200})
	s.record(call{"GET", "/api/v1/tables/t/lookups/t", "", "", 200})
}
