package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/api/apitest"
)

const dated = "who,from,to\nearly,,2026-06-30\nlate,2026-07-01,\n"

const datedLookup = `{"match":[{"column":"from","columnTo":"to","field":"@now","mode":"range"}],"outputs":[{"column":"who","field":"who"}]}`

// Leads are tried as of a moment, or a day.
func TestLeadsAreTriedAsOfAMoment(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	s.Table(t, "shifts", dated, datedLookup)
	for asOf, want := range map[string]string{
		`"2026-06-30"`:                "early",
		`"2026-06-30T23:59:59.999Z"`:  "early",
		`"2026-07-01"`:                "late",
		`"2026-07-01T01:30:00+02:00"`: "early",
		`"2026-07-01T00:00:00Z"`:      "late",
		`""`:                          map[bool]string{true: "early", false: "late"}[time.Now().Before(time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC))],
	} {
		a := s.Send(t, "POST", "/api/v1/evaluate", strings.NewReader(`{"leads":[{"id":1}],"flow":{"table":"shifts"},"asOf":`+asOf+`}`))
		require.Equal(t, http.StatusOK, a.Status, "%s", a.Body)
		var body struct {
			Results []struct{ LeadData struct{ Who string } }
		}
		require.NoError(t, json.Unmarshal(a.Body, &body))
		require.Equal(t, want, body.Results[0].LeadData.Who, asOf)
	}
	for _, asOf := range []string{`"tomorrow"`, `"2026-07-01T00:00:00"`, `"2026-02-30"`, `"0001-01-01"`} {
		for path, rest := range map[string]string{"evaluate": `"leads":[{"id":1}]`, "rulesets/r/test": `"source":""`} {
			a := s.Send(t, "POST", "/api/v1/"+path, strings.NewReader(`{`+rest+`,"asOf":`+asOf+`}`))
			require.Equal(t, http.StatusBadRequest, a.Status, "%s", a.Body)
			require.Contains(t, string(a.Body), "write a time with its zone, such as 2026-01-31T09:00:00Z, or a day, such as 2026-01-31")
		}
	}
	// Rules go by the same moment, and so do the tests of a rule set.
	source := `name: r
rules:
  - name: a
    when: "true"
    set: {at: string(now())}
tests:
  - name: it is January
    lead: {}
    want: {set: {at: "2026-01-31"}}
`
	send := func(asOf string) apitest.Answer {
		body, err := json.Marshal(map[string]any{"source": source, "leads": []any{map[string]any{"id": 1}}, "flow": map[string]string{"table": "shifts"}, "asOf": asOf})
		require.NoError(t, err)
		return s.Send(t, "POST", "/api/v1/rulesets/r/test", strings.NewReader(string(body)))
	}
	a := send("2026-01-31")
	require.Equal(t, http.StatusOK, a.Status, "%s", a.Body)
	require.Contains(t, string(a.Body), `"at":"2026-01-31"`)
	require.Contains(t, string(a.Body), `"who":"early"`)
	require.Equal(t, http.StatusUnprocessableEntity, send("2026-02-01").Status)
}

// The status, the list of tables and a table name one whose last row ends soon or has ended.
func TestATableWhoseLastRowEndsIsNamedWherePeopleLook(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	today := time.Now().UTC()
	for name, last := range map[string]time.Time{"past": today.AddDate(0, 0, -3), "soon": today.AddDate(0, 0, 5), "later": today.AddDate(0, 0, 40)} {
		s.Table(t, name, fmt.Sprintf("who,from,to\nx,,%s\n", last.Format(time.DateOnly)), datedLookup)
	}
	day := func(days int) string { return today.AddDate(0, 0, days).Format(time.DateOnly) }
	var answer apitest.Answer
	require.Eventually(t, func() bool {
		answer = s.Send(t, "GET", "/status", nil)
		return strings.Count(string(answer.Body), "upload rows that are valid")+strings.Count(string(answer.Body), "Upload rows that are valid") == 2
	}, 10*time.Second, 10*time.Millisecond)
	require.Contains(t, string(answer.Body), `Table \"past\" (version 1), lookup \"past\": no row is valid any more; the last one ended with `+day(-3)+` (from..to)`)
	require.Contains(t, string(answer.Body), `Table \"soon\" (version 1), lookup \"soon\": the last row ends with `+day(5)+` (from..to)`)
	require.NotContains(t, string(answer.Body), `\"later\"`)
	var list struct {
		Tables []struct {
			Name    string
			Endings []struct {
				Lookup, Columns, Last string
				Over                  bool
			}
		}
	}
	require.NoError(t, json.Unmarshal(s.Send(t, "GET", "/api/v1/tables", nil).Body, &list))
	require.Len(t, list.Tables, 3)
	for _, table := range list.Tables {
		if table.Name == "later" {
			require.Empty(t, table.Endings)
			continue
		}
		require.Len(t, table.Endings, 1)
		e := table.Endings[0]
		require.Equal(t, table.Name, e.Lookup)
		require.Equal(t, "from..to", e.Columns)
		require.Equal(t, table.Name == "past", e.Over)
	}
	require.Contains(t, string(s.Send(t, "GET", "/api/v1/tables/soon", nil).Body), `"endings":[{"lookup":"soon","columns":"from..to","last":"`+day(5)+`","over":false}]`)
}
