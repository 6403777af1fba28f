package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/api/shape"
)

// campaign lets a campaign run one lead through a choice, and waits until it is answered.
func (s *service) campaign(id int, choice string) {
	s.t.Helper()
	marketo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	defer marketo.Close()
	s.json("POST", "/submitAsyncAction", fmt.Sprintf(`{"token":"%d %s","apiCallBackKey":"k","campaignId":%d,"callbackUrl":%q,"objectData":[{"objectType":"lead","objectContext":{"id":1,"k":"a"},"flowStepContext":%s}]}`,
		id, strings.ReplaceAll(choice, `"`, ""), id, marketo.URL, choice), http.StatusCreated, nil)
	require.Eventually(s.t, func() bool {
		var list shape.Invocations
		s.json("GET", "/api/v1/invocations?state=delivered", "", http.StatusOK, &list)
		for _, i := range list.Invocations {
			if i.CampaignID == int64(id) {
				return true
			}
		}
		return false
	}, 20*time.Second, 5*time.Millisecond)
}

// inUse requires that a deletion is refused, and gives the reasons.
func (s *service) inUse(path string) []string {
	s.t.Helper()
	got := s.send("DELETE", "/api/v1"+path, nil)
	p := s.refused(got, http.StatusConflict, "IN_USE")
	var reasons []string
	for _, d := range p.Error.Details {
		require.Equal(s.t, "force", d.Lift)
		reasons = append(reasons, d.Message)
		require.Contains(s.t, p.Error.Message, d.Message, "all reasons at once")
	}
	return reasons
}

// absent are the warnings of /status of tables that rules look up in.
func (s *service) absent() (told []string) {
	s.t.Helper()
	var status struct{ Warnings []string }
	s.json("GET", "/status", "", http.StatusOK, &status)
	for _, w := range status.Warnings {
		if strings.Contains(w, "looks up in table") {
			told = append(told, w)
		}
	}
	return told
}

const readsT = "name: r\nrules:\n  - {name: x, when: 'true', set: {a: 'lookup(\"t\", lead.k)?.v'}}\n"

func TestATableThatALiveRuleSetReadsIsNotDeleted(t *testing.T) {
	s := start(t, settings{})
	s.table("t", "k,v\na,1\n", "")
	s.json("PUT", "/api/v1/rulesets/r?publish=false", readsT, http.StatusOK, nil)
	require.Equal(t, http.StatusNoContent, s.send("DELETE", "/api/v1/tables/t", nil).status, "a version that is not live reads nothing")
	s.json("POST", "/api/v1/tables/t/restore", "", http.StatusOK, nil)
	s.json("POST", "/api/v1/rulesets/r/live", `{"version":1}`, http.StatusOK, nil)
	require.Equal(t, []string{`rule set "r" looks up in it`}, s.inUse("/tables/t"))
	require.Equal(t, []string{`rule set "r" looks up in it`}, s.inUse("/tables/t?purge=true"))
	var usage shape.Usage
	s.json("GET", "/api/v1/tables/t/usage", "", http.StatusOK, &usage)
	require.Equal(t, []string{"r"}, []string(usage.RuleSets))
	require.Empty(t, usage.Campaigns)
	require.Empty(t, s.absent())

	// Forced, it goes, and /status names the rule set until it is back.
	require.Equal(t, http.StatusNoContent, s.send("DELETE", "/api/v1/tables/t?force=true", nil).status)
	require.Equal(t, []string{`Rule set "r" (version 1) looks up in table "t", which is not there or has no published version: leads that get there fail with RULE_FAILED. Restore or upload the table, or change the rules.`}, s.absent())
	s.json("POST", "/api/v1/tables/t/restore", "", http.StatusOK, nil)
	require.Empty(t, s.absent())
	require.Equal(t, http.StatusNoContent, s.send("DELETE", "/api/v1/tables/t?force=true", nil).status)
	require.Equal(t, http.StatusNoContent, s.send("DELETE", "/api/v1/tables/t?purge=true", nil).status, "what is deleted already can be purged")
	s.refused(s.send("DELETE", "/api/v1/tables/t", nil), http.StatusNotFound, "TABLE_NOT_FOUND")
	s.table("t", "k,v\na,1\n", "")
	s.refused(s.send("DELETE", "/api/v1/tables/t?force=perhaps", nil), http.StatusBadRequest, "BAD_REQUEST")
}

func TestALookupThatRulesGoThroughIsNotDeleted(t *testing.T) {
	s := start(t, settings{})
	const lookup = `{"match":[{"column":"k","field":"k"}],"outputs":[{"column":"v","field":"out"}]}`
	s.table("t", "k,v\na,1\n", lookup)
	s.json("PUT", "/api/v1/tables/t/lookups/more", lookup, http.StatusOK, nil)
	s.json("PUT", "/api/v1/rulesets/r", readsT, http.StatusOK, nil)
	require.Equal(t, []string{`rule set "r" looks up in it`}, s.inUse("/tables/t/lookups/t"), "lookup() goes through the default one")
	require.Equal(t, http.StatusNoContent, s.send("DELETE", "/api/v1/tables/t/lookups/more", nil).status)
	require.Equal(t, http.StatusNoContent, s.send("DELETE", "/api/v1/tables/t/lookups/t?force=true", nil).status)
	require.Equal(t, http.StatusNoContent, s.send("DELETE", "/api/v1/tables/t/lookups/t", nil).status, "one that is guessed already is not missed")
	s.refused(s.send("DELETE", "/api/v1/tables/t/lookups/none-such", nil), http.StatusNotFound, "LOOKUP_NOT_FOUND")
}

func TestARuleSetThatALookupRunsIsNotDeleted(t *testing.T) {
	s := start(t, settings{})
	s.json("PUT", "/api/v1/rulesets/r", strings.Replace(readsT, `lookup("t", lead.k)?.v`, `row.v`, 1), http.StatusOK, nil)
	const bound = `{"match":[{"column":"k","field":"k"}],"outputs":[],"ruleSet":"r"}`
	s.table("t", "k,v\na,1\n", bound)
	s.json("PUT", "/api/v1/tables/t/lookups/more", bound, http.StatusOK, nil)
	require.ElementsMatch(t, []string{`lookup "t" runs it`, `lookup "t/more" runs it`}, s.inUse("/rulesets/r"))
	require.Equal(t, http.StatusNoContent, s.send("DELETE", "/api/v1/rulesets/r?force=true", nil).status)
	s.json("POST", "/api/v1/rulesets/r/restore", "", http.StatusOK, nil)
	require.Equal(t, http.StatusNoContent, s.send("DELETE", "/api/v1/tables/t", nil).status)
	require.Equal(t, http.StatusNoContent, s.send("DELETE", "/api/v1/rulesets/r", nil).status, "lookups of a deleted table do not count")
}

func TestWhatACampaignUsedLatelyIsNotDeleted(t *testing.T) {
	s := start(t, settings{})
	const lookup = `{"match":[{"column":"k","field":"k"}],"outputs":[{"column":"v","field":"out"}]}`
	s.table("t", "k,v\na,1\n", lookup)
	s.table("u", "k,v\na,1\n", "")
	s.json("PUT", "/api/v1/rulesets/alone", "name: alone\nrules:\n  - {name: x, when: 'true', set: {a: '\"1\"'}}\n", http.StatusOK, nil)
	s.campaign(7, `{"table":"t"}`)
	s.campaign(8, `{"table":"t","ruleSet":"alone"}`)
	s.campaign(9, `{"table":"none","ruleSet":"alone"}`)
	var usage shape.Usage
	s.json("GET", "/api/v1/tables/t/usage", "", http.StatusOK, &usage)
	require.Len(t, usage.Campaigns, 2)
	require.Equal(t, []int64{8, 7}, []int64{usage.Campaigns[0].ID, usage.Campaigns[1].ID}, "the latest first")
	require.Equal(t, 1, usage.Campaigns[0].Leads)
	require.WithinDuration(t, time.Now(), usage.Campaigns[0].Last, time.Minute)
	today := time.Now().UTC().Format(time.DateOnly)
	reasons := s.inUse("/tables/t")
	require.Len(t, reasons, 1)
	require.Contains(t, reasons[0], "campaigns used it within 30 days: 8 (last on "+today[:4])
	require.Contains(t, reasons[0], ", 7 (last on ")
	require.Contains(t, s.inUse("/rulesets/alone")[0], ": 9 (last on ")
	require.Contains(t, s.inUse("/tables/t/lookups/t")[0], "campaigns used it")
	require.Equal(t, http.StatusNoContent, s.send("DELETE", "/api/v1/tables/u", nil).status, "nobody used it")
	// A lookup that was made after the last campaign cannot have been chosen.
	s.json("PUT", "/api/v1/tables/t/lookups/later", lookup, http.StatusOK, nil)
	require.Equal(t, http.StatusNoContent, s.send("DELETE", "/api/v1/tables/t/lookups/later", nil).status)
	// More than a few are counted.
	for id := range 6 {
		s.campaign(100+id, `{"table":"t"}`)
	}
	require.Contains(t, s.inUse("/tables/t")[0], " and 3 more")
	require.Equal(t, http.StatusNoContent, s.send("DELETE", "/api/v1/tables/t?force=true", nil).status)
}

// A 412 is of the shape that the document gives it.
func TestAnAnswerToAStateThatIsGoneIsDescribed(t *testing.T) {
	s := start(t, settings{})
	const lookup = `{"match":[{"column":"k","field":"k"}],"outputs":[{"column":"v","field":"out"}]}`
	s.table("t", "k,v\na,1\n", lookup)
	s.json("PUT", "/api/v1/rulesets/r", readsT, http.StatusOK, nil)
	for _, c := range [][3]string{
		{"PUT", "/tables/t/lookups/t", lookup},
		{"DELETE", "/tables/t/lookups/t?force=true", ""},
		{"PUT", "/tables/t/lookups/gone", lookup},
		{"PUT", "/rulesets/r", readsT},
		{"DELETE", "/rulesets/r?force=true", ""},
	} {
		got := s.send(c[0], "/api/v1"+c[1], strings.NewReader(c[2]), "If-Match", `"99"`, "Content-Type", "application/json")
		require.Equal(t, http.StatusPreconditionFailed, got.status, "%s %s: %s", c[0], c[1], got.body)
		require.Contains(t, string(got.body), `"changed":[]`)
	}
	require.Equal(t, `"1"`, s.send("GET", "/api/v1/rulesets/r", nil).header.Get("ETag"))
}
