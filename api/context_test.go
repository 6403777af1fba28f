package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// said is what a callback says of one lead.
type said struct{ LeadData, ActivityData map[string]any }

// answered submits a request as Marketo does, and waits for its callback.
func (s *service) answered(context, leads string) []said {
	s.t.Helper()
	got := make(chan []byte, 1)
	marketo := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err == nil {
			got <- body
		}
	}))
	defer marketo.Close()
	s.json("POST", "/submitAsyncAction", `{"token":"`+s.t.Name()+`","apiCallBackKey":"k","campaignId":1,"callbackUrl":"`+marketo.URL+`","context":`+context+`,"objectData":[`+leads+`]}`, http.StatusCreated, nil)
	select {
	case callback := <-got:
		var body struct{ ObjectData []said }
		require.NoError(s.t, json.NewDecoder(bytes.NewReader(callback)).Decode(&body))
		return body.ObjectData
	case <-time.After(20 * time.Second):
		require.Fail(s.t, "no callback came")
		return nil
	}
}

// saved stores a rule set and returns the messages of its warnings.
func (s *service) saved(source string) []string {
	s.t.Helper()
	name, _, _ := strings.Cut(strings.TrimPrefix(source, "name: "), "\n")
	var report struct {
		Warnings []struct {
			Rule, Message, Snippet string
			Line, Column           int
		}
	}
	s.json("PUT", "/api/v1/rulesets/"+name, source, http.StatusOK, &report)
	var messages []string
	for _, w := range report.Warnings {
		require.NotEmpty(s.t, w.Snippet, "a warning shows its place")
		messages = append(messages, w.Message)
	}
	return messages
}

func TestTheDefinitionAsksForTheTokensOfTheSetting(t *testing.T) {
	for _, want := range [][]string{{}, {"Event Date", "Default Owner"}} {
		s := start(t, settings{myTokens: want})
		var d struct {
			InvocationPayloadDef struct{ MyTokenContext []string }
		}
		got := s.json("GET", "/getServiceDefinition", "", http.StatusOK, &d)
		require.Equal(t, want, d.InvocationPayloadDef.MyTokenContext, "%s", got.body)
		require.NotContains(t, string(got.body), `"myTokenContext":null`)
		page := string(s.send("GET", "/providerInstructions", nil, "x-api-key", "").body)
		require.Equal(t, len(want) > 0, strings.Contains(page, "<code>{{my.Event Date}}</code>, <code>{{my.Default Owner}}</code>"))
	}
}

func TestARuleSetThatReadsATokenNotAskedForSaysSo(t *testing.T) {
	s := start(t, settings{myTokens: []string{"Event Date"}})
	require.Empty(t, s.saved("name: asked\nrules:\n  - {name: r, when: 'my[\"Event Date\"] != nil', set: {f: 'my[\"event date\"]'}}\n"))
	messages := s.saved("name: other\nrules:\n  - {name: r, when: 'my[\"Event Date\"] != nil', set: {f: 'my[\"Default Owner\"]', g: 'my[\"Default Owner\"]'}}\n")
	require.Len(t, messages, 1)
	require.Contains(t, messages[0], "{{my.Default Owner}}")
	require.Contains(t, messages[0], `--my-tokens "Event Date,Default Owner"`)

	// Without the setting nothing is asked for.
	s = start(t, settings{})
	require.Len(t, s.saved("name: asked\nrules:\n  - {name: r, when: 'true', set: {f: 'my[\"Event Date\"]'}}\n"), 1)
}

func TestTokensMembersAndGlobalsReachTheRules(t *testing.T) {
	s := start(t, settings{myTokens: []string{"Event Date"}})
	require.Empty(t, s.saved(`name: r
rules:
  - name: x
    when: "true"
    set:
      long: member.pmcf["Registration Code"]
      short: member["Registration Code"]
      own: member.status
      custom: member.pmcf.status
      token: my["Event Date"]
      region: global.region
      tenant: global["X-Tenant"]
`))
	got := s.answered(`{"admin":{"region":"emea","x-tenant":"t1"}}`, `{"objectType":"lead","objectContext":{"id":1},"flowStepContext":{"table":"none","ruleSet":"r"},
		"programMemberContext":{"status":"Registered","pmcf":{"Registration Code":"R1","status":"custom"}},"myTokenContext":{"Event Date":"2024-05-31"}},
		{"objectType":"lead","objectContext":{"id":2},"flowStepContext":{"table":"none","ruleSet":"r"},"programMemberContext":{},"myTokenContext":{}}`)
	require.Equal(t, map[string]any{
		"id": 1.0, "long": "R1", "short": "R1", "own": "Registered", "custom": "custom", "token": "2024-05-31", "region": "emea", "tenant": "t1",
	}, got[0].LeadData)
	require.Equal(t, map[string]any{"id": 2.0, "region": "emea", "tenant": "t1"}, got[1].LeadData)
}

func TestAnActivityTellsLookupModeAndVersionOfTheRules(t *testing.T) {
	s := start(t, settings{})
	s.table("country-codes", countries, countriesLookup)
	s.saved("name: r\nrules:\n  - {name: x, when: 'row == nil', set: {f: '\"a\"'}}\n")
	s.saved("name: r\nrules:\n  - {name: x, when: 'row == nil', set: {f: '\"b\"'}}\n")
	got := s.answered(`{"admin":{}}`, `{"objectContext":{"id":1,"country":"Germany"},"flowStepContext":{"table":"country-codes","ruleSet":"r"}},
		{"objectContext":{"id":2,"country":"Cascadia"},"flowStepContext":{"table":"country-codes"}},
		{"objectContext":{"id":3},"flowStepContext":{"table":"none","ruleSet":"r"}},
		{"objectContext":{"id":4},"flowStepContext":{"table":"none"}}`)
	tell := func(i int) []any {
		var list []any
		for _, name := range []string{"matched", "lookup", "matchMode", "ruleSetVersion"} {
			list = append(list, got[i].ActivityData[name])
		}
		return list
	}
	require.Equal(t, []any{true, "country-codes", "normalized", 2.0}, tell(0))
	require.Equal(t, []any{false, "country-codes", nil, nil}, tell(1))
	require.Equal(t, []any{nil, nil, nil, 2.0}, tell(2), "where nothing was looked up, nothing is told of it")
	require.Equal(t, []any{nil, nil, nil, nil}, tell(3))
}

// TestTheStatusNamesRuleSetsWithTokensThatNobodyAsksFor: only live versions count, and what
// is asked for in another case.
func TestTheStatusNamesRuleSetsWithTokensThatNobodyAsksFor(t *testing.T) {
	s := start(t, settings{myTokens: []string{"Event Date"}})
	warned := func() (told []string) {
		t.Helper()
		var status struct{ Warnings []string }
		s.json("GET", "/status", "", http.StatusOK, &status)
		for _, w := range status.Warnings {
			if strings.Contains(w, "{{my.") || strings.Contains(w, "more rule sets") {
				told = append(told, w)
			}
		}
		return told
	}
	rule := func(name, expression string) string {
		return fmt.Sprintf("name: %s\nrules:\n  - {name: r, when: 'true', set: {f: '%s'}}\n", name, expression)
	}
	s.saved(rule("a-asked", `my["event date"]`))
	s.saved(rule("b-none", `"my thing"`))
	require.Empty(t, warned())
	s.saved(rule("c-other", `(my["Default Owner"] ?? my.Other) + my["Event Date"] + my["Other"]`))
	require.Equal(t, []string{`Rule set "c-other" (version 1) reads {{my.Default Owner}}, {{my.Other}}, which Marketo is not asked for, so it is empty for every lead. Start the service with --my-tokens "Event Date,Default Owner,Other" and install the flow step again.`}, warned())
	require.Len(t, warned(), 1, "asking twice tells the same")
	// Another version, saved and then live, and back again.
	s.json("PUT", "/api/v1/rulesets/c-other?publish=false", rule("c-other", `my["Event Date"]`), http.StatusOK, nil)
	require.Len(t, warned(), 1)
	s.json("POST", "/api/v1/rulesets/c-other/live", `{"version":2}`, http.StatusOK, nil)
	require.Empty(t, warned())
	s.json("POST", "/api/v1/rulesets/c-other/live", `{"rollback":true}`, http.StatusOK, nil)
	require.Len(t, warned(), 1)
	for i := range 11 {
		s.saved(rule(fmt.Sprintf("d-%02d", i), "my.Unasked"))
	}
	told := warned()
	require.Len(t, told, 11)
	require.Equal(t, "2 more rule sets read tokens that Marketo is not asked for.", told[10])
}
