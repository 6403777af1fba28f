package api_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/api/shape"
)

// choices are the values that Marketo may submit for an attribute, in their order.
func (s *service) choices(attribute string) (submitted []string) {
	s.t.Helper()
	got := s.send("POST", "/getPicklist", strings.NewReader(`{"name":"`+attribute+`","type":"flow"}`), "Content-Type", "application/json")
	require.Equal(s.t, 200, got.status, "%s", got.body)
	var list struct {
		Choices []struct {
			Submitted string `json:"submittedValue"`
		} `json:"choices"`
	}
	got.decoded(s.t, &list)
	for _, c := range list.Choices {
		submitted = append(submitted, c.Submitted)
	}
	return submitted
}

// written is what evaluating a lead by a choice of tables writes to field v.
func (s *service) written(table, key string) string {
	s.t.Helper()
	got := s.send("POST", "/api/v1/evaluate", strings.NewReader(`{"leads":[{"k":"`+key+`"}],"flow":{"table":"`+table+`"}}`), "Content-Type", "application/json")
	require.Equal(s.t, 200, got.status, "%s", got.body)
	var answer struct {
		Results []struct {
			LeadData     map[string]any `json:"leadData"`
			ActivityData map[string]any `json:"activityData"`
		} `json:"results"`
	}
	got.decoded(s.t, &answer)
	if v, ok := answer.Results[0].LeadData["v"].(string); ok {
		return v
	}
	reason, ok := answer.Results[0].ActivityData["errorCode"].(string)
	require.True(s.t, ok, "%s", got.body)
	return reason
}

// pair makes a table of one row, x and v, with a lookup that writes v.
func (s *service) pair(table, v string) {
	s.t.Helper()
	s.record(call{"POST", "/api/v1/tables/" + table + "/versions?publish=true", "k,v\nx," + v + "\n", "text/csv", 201})
	s.record(call{"PUT", "/api/v1/tables/" + table + "/lookups/" + table, `{"match":[{"column":"k","field":"k"}],"outputs":[{"column":"v","field":"v"}]}`, "", 200})
}

func TestAHiddenTableIsNotChosenAndGoesOn(t *testing.T) {
	s := start(t, settings{})
	s.pair("a", "1")
	s.pair("b", "2")
	s.pair("c", "3")
	s.record(call{"PATCH", "/api/v1/tables/c", `{"order":1,"description":"one\ntwo","owner":"Ada"}`, "", 200})
	s.record(call{"PATCH", "/api/v1/tables/a", `{"hidden":true}`, "", 200})
	require.Equal(t, []string{"none", "c", "b"}, s.choices("table"))
	require.Equal(t, "1", s.written("a", "x"), "campaigns that chose it go on")
	var list shape.Tables
	s.send("GET", "/api/v1/tables", nil).decoded(t, &list)
	require.Len(t, list.Tables, 3)
	require.Equal(t, "c", list.Tables[0].Name)
	require.Equal(t, "one\ntwo Ada", list.Tables[0].Description+" "+list.Tables[0].Owner)
	require.True(t, list.Tables[1].Hidden)
	var history shape.History
	s.send("GET", "/api/v1/tables/a/history", nil).decoded(t, &history)
	require.Equal(t, map[string]string{"hidden": "false"}, history.History[0].Before)
	require.Equal(t, map[string]string{"hidden": "true"}, history.History[0].After)
	s.record(call{"PATCH", "/api/v1/tables/a", `{"hidden":false}`, "", 200})
	require.Equal(t, []string{"none", "c", "a", "b"}, s.choices("table"))

	for _, body := range []string{`{}`, `{"order":-1}`, `{"order":1.5}`, `{"hiden":true}`, `{"hidden":"yes"}`, `{"instances":["default"]}`} {
		s.record(call{"PATCH", "/api/v1/tables/a", body, "", 400})
	}
	s.record(call{"PATCH", "/api/v1/tables/none-such", `{"order":1}`, "", 404})
}
