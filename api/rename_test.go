package api_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/api/shape"
)

func TestCampaignsAndRulesFindARenamedTable(t *testing.T) {
	s := start(t, settings{})
	s.pair("a", "1")
	s.record(call{"PUT", "/api/v1/tables/a/lookups/second", `{"match":[{"column":"v","field":"k"}],"outputs":[{"column":"k","field":"v"}]}`, "", 200})
	const rules = "name: r\nrules:\n  - {name: x, when: 'true', set: {v: 'lookup(\"a\", lead.k)?.v'}}\ntests:\n  - {name: one, lead: {k: x}, want: {set: {v: \"1\"}}}\n"
	s.record(call{"PUT", "/api/v1/rulesets/r", rules, "application/yaml", 200})
	byRules := func() string {
		got := s.send("POST", "/api/v1/evaluate", strings.NewReader(`{"leads":[{"k":"x"}],"flow":{"table":"none","ruleSet":"r"}}`), "Content-Type", "application/json")
		require.Equal(t, 200, got.status, "%s", got.body)
		return string(got.body)
	}
	require.Contains(t, byRules(), `"leadData":{"id":1,"v":"1"}`)

	s.record(call{"POST", "/api/v1/tables/a/rename", `{"name":"b"}`, "", 200})
	require.Equal(t, []string{"none", "b", "b/second"}, s.choices("table"), "only the new name is offered")
	for _, chosen := range []string{"a", "b", "a/a", "b/b"} {
		require.Equal(t, "1", s.written(chosen, "x"), chosen)
	}
	for _, chosen := range []string{"a/second", "b/second"} {
		require.Equal(t, "x", s.written(chosen, "1"), chosen)
	}
	require.Equal(t, "TABLE_NOT_FOUND", s.written("a/third", "x"))
	got := s.send("POST", "/api/v1/evaluate", strings.NewReader(`{"leads":[{"k":"x"}],"flow":{"table":"a/second"}}`), "Content-Type", "application/json")
	require.Contains(t, string(got.body), `"lookup":"b/second"`, "the activity says what the picklist says")
	require.Contains(t, byRules(), `"leadData":{"id":1,"v":"1"}`)
	s.record(call{"PUT", "/api/v1/rulesets/r", rules + "# again\n", "application/yaml", 200})
	var usage shape.Usage
	s.send("GET", "/api/v1/tables/b/usage", nil).decoded(t, &usage)
	require.Equal(t, shape.List[string]{"r"}, usage.RuleSets, "by the name that it had")
	s.record(call{"DELETE", "/api/v1/tables/b", "", "", 409})
	require.Contains(t, string(s.send("GET", "/status", nil).body), `"errors":[]`, "no rule looks for a table that is not there")

	var b shape.Table
	s.send("GET", "/api/v1/tables/b", nil).decoded(t, &b)
	require.Equal(t, shape.List[string]{"a"}, b.Former)
	gone := s.send("GET", "/api/v1/tables/a", nil)
	require.Equal(t, 404, gone.status)
	require.Contains(t, string(gone.body), `there is no table \"a\": it is called \"b\" now`)

	// Nobody turns campaigns by accident.
	s.record(call{"POST", "/api/v1/tables/a/versions?publish=true", "k,v\nx,2\n", "text/csv", 409})
	s.pair("c", "3")
	s.record(call{"POST", "/api/v1/tables/c/rename", `{"name":"a"}`, "", 409})
	s.record(call{"POST", "/api/v1/tables/c/copy", `{"name":"a"}`, "", 409})
	require.Equal(t, "1", s.written("a", "x"))
	s.record(call{"POST", "/api/v1/tables/c/copy?force=true", `{"name":"a"}`, "", 201})
	require.Equal(t, "3", s.written("a", "x"))
	require.Equal(t, "1", s.written("b", "x"))

	for _, c := range []call{
		{"POST", "/api/v1/tables/b/rename", `{}`, "", 400},
		{"POST", "/api/v1/tables/b/rename", `{"nmae":"x"}`, "", 400},
		{"POST", "/api/v1/tables/b/rename", `{"name":"None"}`, "", 400},
		{"POST", "/api/v1/tables/b/rename", `{"name":"c"}`, "", 409},
		{"POST", "/api/v1/tables/none-such/rename", `{"name":"x"}`, "", 404},
		{"POST", "/api/v1/tables/b/copy", `{"name":"c"}`, "", 409},
		{"POST", "/api/v1/tables/none-such/copy", `{"name":"x"}`, "", 404},
		{"POST", "/api/v1/tables/b/copy", `{"name":""}`, "", 400},
	} {
		s.record(c)
	}
}
