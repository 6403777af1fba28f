package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/api/shape"
	"tablestep/tables"
)

// answersOf are the values that one lead gets for a field, and its error code.
func (s *service) answersOf(flow, field string) (value any, code string) {
	s.t.Helper()
	var tried struct {
		Results []struct {
			LeadData     map[string]any
			ActivityData struct{ ErrorCode string }
		}
	}
	s.json("POST", "/api/v1/evaluate", `{"leads":[{"country":"Germany","size":"big"}],"flow":`+flow+`}`, http.StatusOK, &tried)
	require.Len(s.t, tried.Results, 1)
	return tried.Results[0].LeadData[field], tried.Results[0].ActivityData.ErrorCode
}

// byCountry is a lookup that writes a column to the field out.
func byCountry(column string) string {
	return `{"match":[{"column":"country","field":"country"}],"outputs":[{"column":"` + column + `","field":"out"}]}`
}

func TestALookupIsStoredPublishedAndRolledBack(t *testing.T) {
	t.Parallel()
	s := start(t, settings{})
	s.table("codes", countries, "")
	const path = "/api/v1/tables/codes/lookups/codes"
	writes := func(want any) {
		t.Helper()
		got, code := s.answersOf(`{"table":"codes"}`, "out")
		require.Equal(t, want, got, code)
	}
	var versions shape.LookupVersions
	s.json("GET", path+"/versions", "", http.StatusOK, &versions)
	require.Empty(t, versions.Versions, "a guessed one has none")

	var set shape.SetLookup
	s.json("PUT", path, byCountry("alpha-2"), http.StatusOK, &set)
	require.Equal(t, []any{1, true}, []any{set.Version, set.Live}, "it goes live where nothing else is said")
	writes("DE")
	s.json("PUT", path+"?publish=false", byCountry("numeric"), http.StatusOK, &set)
	require.Equal(t, []any{2, false}, []any{set.Version, set.Live})
	writes("DE")
	var shown shape.Lookup
	s.json("GET", path, "", http.StatusOK, &shown)
	require.Equal(t, []any{1, "alpha-2"}, []any{shown.Version, shown.Outputs[0].Column}, "the live one is shown")

	var live shape.LiveLookup
	s.json("POST", path+"/live", `{"version":2}`, http.StatusOK, &live)
	require.Equal(t, shape.LiveLookup{Table: "codes", Lookup: "codes", Live: 2, Findings: shape.List[shape.Finding]{}}, live)
	writes("276")
	s.json("PUT", path+"?publish=false", byCountry("numeric"), http.StatusOK, &set)
	require.Equal(t, []any{2, true}, []any{set.Version, set.Live}, "equal to the newest one, which is live")
	s.json("GET", path+"/versions", "", http.StatusOK, &versions)
	require.Len(t, versions.Versions, 2)
	for i, want := range []struct {
		column string
		live   bool
	}{{"numeric", true}, {"alpha-2", false}} {
		v := versions.Versions[i]
		require.Equal(t, []any{2 - i, want.live, "admin", "codes", want.column}, []any{v.Version, v.Live, v.By, v.Lookup.Name, v.Lookup.Outputs[0].Column})
		require.WithinDuration(t, time.Now(), v.Created, time.Minute)
	}
	s.json("POST", path+"/live", `{"rollback":true}`, http.StatusOK, &live)
	require.Equal(t, 1, live.Live)
	writes("DE")
	s.refused(s.send("POST", path+"/live", strings.NewReader(`{"rollback":true}`)), http.StatusNotFound, "VERSION_NOT_FOUND")

	// One that was never live answers nobody, and is nevertheless there to be published.
	s.json("PUT", "/api/v1/tables/codes/lookups/second?publish=false", byCountry("numeric"), http.StatusOK, &set)
	require.False(t, set.Live)
	_, code := s.answersOf(`{"table":"codes/second"}`, "out")
	require.Equal(t, "TABLE_NOT_FOUND", code)
	s.json("POST", "/api/v1/tables/codes/lookups/second/live", `{"version":1}`, http.StatusOK, nil)
	got, _ := s.answersOf(`{"table":"codes/second"}`, "out")
	require.Equal(t, "276", got)
}

func TestRowsAndLookupsGoLiveInOneAnswer(t *testing.T) {
	t.Parallel()
	s := start(t, settings{})
	s.table("codes", countries, byCountry("alpha-2"))
	s.upload("codes/versions?publish=false&force=true", strings.NewReader(strings.Replace(countries, "country", "land", 1)))
	s.json("PUT", "/api/v1/tables/codes/lookups/codes?publish=false", strings.Replace(byCountry("numeric"), `"column":"country"`, `"column":"land"`, 1), http.StatusOK, nil)
	publish := func(body string, status int) (live shape.LiveTable) {
		t.Helper()
		s.json("POST", "/api/v1/tables/codes/live", body, status, &live)
		return live
	}
	force := func(body string) (live shape.LiveTable) {
		t.Helper()
		s.json("POST", "/api/v1/tables/codes/live?force=true", body, http.StatusOK, &live)
		return live
	}
	two := 2
	publish(`{"lookups":{"codes":2}}`, http.StatusUnprocessableEntity)
	got, _ := s.answersOf(`{"table":"codes"}`, "out")
	require.Equal(t, "DE", got)
	require.Equal(t, shape.LiveTable{Table: "codes", Live: &two, Lookups: shape.Counts{"codes": 2}, Findings: shape.List[shape.Finding]{}},
		publish(`{"version":2,"lookups":{"codes":2}}`, http.StatusOK))
	got, _ = s.answersOf(`{"table":"codes"}`, "out")
	require.Equal(t, "276", got)
	var history shape.History
	s.json("GET", "/api/v1/tables/codes/history", "", http.StatusOK, &history)
	require.Equal(t, []any{"publish", 2, map[string]int{"codes": 2}}, []any{history.History[0].Action, history.History[0].Version, history.History[0].Lookups}, "it is one step")
	require.Equal(t, &two, publish(`{"lookups":{"codes":2}}`, http.StatusOK).Live, "where only lookups are named the rows stay")
	publish(`{"version":1}`, http.StatusConflict)
	live := force(`{"version":1}`)
	require.Empty(t, live.Lookups, "rows alone, as ever")
	_, code := s.answersOf(`{"table":"codes"}`, "out")
	require.Equal(t, "COLUMN_NOT_FOUND", code)
	require.Equal(t, 2, *publish(`{"rollback":true}`, http.StatusOK).Live)

	// Where no rows are live there is no number of theirs.
	s.upload("new/versions?publish=false", strings.NewReader(countries))
	s.json("PUT", "/api/v1/tables/new/lookups/new?publish=false", byCountry("numeric"), http.StatusOK, nil)
	got2 := s.send("POST", "/api/v1/tables/new/live", strings.NewReader(`{"lookups":{"new":1}}`))
	require.JSONEq(t, `{"table":"new","live":null,"lookups":{"new":1},"findings":[]}`, string(got2.body))
}

func TestADeletedTableIsListedRestoredAndPurged(t *testing.T) {
	t.Parallel()
	s := start(t, settings{})
	s.table("codes", countries, byCountry("alpha-2"))
	s.upload("codes/versions?publish=false", strings.NewReader(countries))
	s.table("plain", countries, "")
	out := func(table string) (value any, code string) { return s.answersOf(`{"table":"`+table+`"}`, "out") }
	deleted := func() []string {
		t.Helper()
		var list shape.Tables
		got := s.json("GET", "/api/v1/tables?deleted=true", "", http.StatusOK, &list)
		require.Contains(t, string(got.body), `"deleted":[`)
		names := []string{}
		for _, d := range list.Deleted {
			names = append(names, d.Name)
			require.Equal(t, tables.RestoreTime, d.Until.Sub(d.Deleted))
		}
		return names
	}
	require.Empty(t, deleted())
	for _, name := range []string{"plain", "codes"} {
		s.json("DELETE", "/api/v1/tables/"+name, "", http.StatusNoContent, nil)
	}
	require.Equal(t, []string{"codes", "plain"}, deleted())
	var list shape.Tables
	got := s.json("GET", "/api/v1/tables?deleted=true", "", http.StatusOK, &list)
	require.Empty(t, list.Tables)
	require.Equal(t, 2, list.Deleted[0].Versions)
	require.Equal(t, shape.List[string]{"codes"}, list.Deleted[0].Lookups)
	require.Contains(t, string(got.body), `"name":"plain","versions":1,"lookups":[]`)
	require.NotContains(t, string(s.send("GET", "/api/v1/tables", nil).body), "deleted")
	_, code := out("codes")
	require.Equal(t, "TABLE_NOT_FOUND", code)

	var back shape.Table
	s.json("POST", "/api/v1/tables/codes/restore", "", http.StatusOK, &back)
	require.Equal(t, []any{"codes", 1, "alpha-2"}, []any{back.Name, *back.Live, back.Lookups[0].Outputs[0].Column})
	value, _ := out("codes")
	require.Equal(t, "DE", value)
	s.json("DELETE", "/api/v1/tables/codes", "", http.StatusNoContent, nil)
	s.table("codes", strings.ReplaceAll(countries, "DE", "XX"), byCountry("alpha-2"))
	p := s.refused(s.send("POST", "/api/v1/tables/codes/restore", nil), http.StatusConflict, "CONFLICT")
	require.Contains(t, p.Error.Message, "restore it under another")
	s.json("POST", "/api/v1/tables/codes/restore?as=codes-before", "", http.StatusOK, &back)
	require.Equal(t, "codes-before", back.Name)
	value, _ = out("codes-before")
	require.Equal(t, "DE", value)
	value, _ = out("codes")
	require.Equal(t, "XX", value)

	// A purge takes what is there, what was deleted before, or both.
	s.json("DELETE", "/api/v1/tables/codes-before", "", http.StatusNoContent, nil)
	s.json("DELETE", "/api/v1/tables/codes-before?purge=false", "", http.StatusNotFound, nil)
	require.Equal(t, []string{"codes-before", "plain"}, deleted())
	s.json("DELETE", "/api/v1/tables/codes-before?purge=true", "", http.StatusNoContent, nil)
	require.Equal(t, []string{"plain"}, deleted())
	s.table("plain", countries, "")
	s.json("DELETE", "/api/v1/tables/plain?purge=true", "", http.StatusNoContent, nil)
	require.Empty(t, deleted())
	s.refused(s.send("POST", "/api/v1/tables/plain/restore", nil), http.StatusNotFound, "TABLE_NOT_FOUND")
	s.refused(s.send("DELETE", "/api/v1/tables/plain?purge=true", nil), http.StatusNotFound, "TABLE_NOT_FOUND")
	value, _ = out("codes")
	require.Equal(t, "XX", value, "others are not touched")
}

func TestADeletedRuleSetIsListedRestoredAndPurged(t *testing.T) {
	t.Parallel()
	s := start(t, settings{})
	put := func(tier string) {
		t.Helper()
		s.json("PUT", "/api/v1/rulesets/tiers", "name: tiers\nrules:\n  - {name: big, when: 'lead.size == \"big\"', set: {tier: '\""+tier+"\"'}}\n", http.StatusOK, nil)
	}
	tier := func(ruleSet string) (value any, code string) {
		return s.answersOf(`{"table":"none","ruleSet":"`+ruleSet+`"}`, "tier")
	}
	put("A")
	put("B")
	var versions shape.RuleSetVersions
	s.json("GET", "/api/v1/rulesets/tiers/versions", "", http.StatusOK, &versions)
	require.Len(t, versions.Versions, 2)
	for i, v := range versions.Versions {
		require.Equal(t, []any{2 - i, i == 0}, []any{v.Version, v.Live})
		require.Contains(t, v.Source, []string{"B", "A"}[i])
	}
	s.json("DELETE", "/api/v1/rulesets/tiers", "", http.StatusNoContent, nil)
	_, code := tier("tiers")
	require.Equal(t, "RULESET_NOT_FOUND", code)
	got := s.send("GET", "/api/v1/rulesets?deleted=true", nil)
	require.Contains(t, string(got.body), `{"ruleSets":[],"deleted":[{"name":"tiers","versions":2,"deleted":"`, "a rule set has no lookups")
	require.NotContains(t, string(s.send("GET", "/api/v1/tables?deleted=true", nil).body), "tiers")
	require.NotContains(t, string(s.send("GET", "/api/v1/rulesets", nil).body), "deleted")

	var back shape.RuleSet
	s.json("POST", "/api/v1/rulesets/tiers/restore", "", http.StatusOK, &back)
	require.Equal(t, 2, *back.Live)
	value, _ := tier("tiers")
	require.Equal(t, "B", value)
	s.json("DELETE", "/api/v1/rulesets/tiers", "", http.StatusNoContent, nil)
	put("C")
	s.refused(s.send("POST", "/api/v1/rulesets/tiers/restore", nil), http.StatusConflict, "CONFLICT")
	s.json("POST", "/api/v1/rulesets/tiers/restore?as=tiers-before", "", http.StatusOK, &back)
	require.Equal(t, "tiers-before", back.Name)
	value, _ = tier("tiers-before")
	require.Equal(t, "B", value)
	value, _ = tier("tiers")
	require.Equal(t, "C", value)

	s.json("DELETE", "/api/v1/rulesets/tiers-before", "", http.StatusNoContent, nil)
	s.json("DELETE", "/api/v1/rulesets/tiers-before?purge=true", "", http.StatusNoContent, nil)
	s.refused(s.send("POST", "/api/v1/rulesets/tiers-before/restore", nil), http.StatusNotFound, "RULESET_NOT_FOUND")
	s.json("DELETE", "/api/v1/rulesets/tiers?purge=true", "", http.StatusNoContent, nil)
	s.refused(s.send("POST", "/api/v1/rulesets/tiers/restore", nil), http.StatusNotFound, "RULESET_NOT_FOUND")
	s.refused(s.send("DELETE", "/api/v1/rulesets/tiers?purge=true", nil), http.StatusNotFound, "RULESET_NOT_FOUND")
}
