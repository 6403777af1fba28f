package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/api/shape"
)

// chained puts a lookup that writes v to the field of a name and goes on to others.
func (s *service) chained(table, from, to, links string, status int) {
	s.t.Helper()
	got := s.send("PUT", "/api/v1/tables/"+table+"/lookups/"+table, strings.NewReader(
		`{"match":[{"column":"k","field":"`+from+`"}],"outputs":[{"column":"v","field":"`+to+`"}]`+links+`}`), "Content-Type", "application/json")
	require.Equal(s.t, status, got.status, string(got.body))
}

func TestAChainIsRefusedShownAndUsed(t *testing.T) {
	s := start(t, settings{})
	s.table("a", "k,v\nDE,EMEA\nJP,APAC\n", "")
	s.table("b", "k,v\nEMEA,ada\n", "")
	s.chained("a", "country", "region", `,"then":"b","else":"c/d"`, http.StatusOK)
	s.chained("b", "region", "owner", "", http.StatusOK)

	t.Run("a circle is refused, and named", func(t *testing.T) {
		got := s.send("PUT", "/api/v1/tables/b/lookups/b", strings.NewReader(`{"match":[{"column":"k","field":"region"}],"else":"a"}`), "Content-Type", "application/json")
		p := s.refused(got, http.StatusUnprocessableEntity, "CHAIN_INVALID")
		require.Contains(t, p.Error.Message, "a → b → a")
		var l shape.Lookup
		s.json("GET", "/api/v1/tables/b/lookups/b", "", http.StatusOK, &l)
		require.Empty(t, l.Else)
		s.json("GET", "/api/v1/tables/a/lookups/a", "", http.StatusOK, &l)
		require.Equal(t, []string{"b", "c/d"}, []string{l.Then, l.Else})
	})
	t.Run("the trace shows each hop", func(t *testing.T) {
		var r shape.Results
		s.json("POST", "/api/v1/evaluate", `{"leads":[{"country":"DE"},{"country":"JP"},{"country":"XX"}],"flow":{"table":"a"}}`, http.StatusOK, &r)
		require.JSONEq(t, `{"id":1,"region":"EMEA","owner":"ada"}`, string(r.Results[0].LeadData))
		hops := r.Results[0].Trace.Hops
		require.Len(t, hops, 2)
		require.Equal(t, shape.TraceHop{
			Table: "a", Version: 1, Lookup: "a", HitPolicy: "first", Match: shape.List[shape.TraceMatch]{{Column: "k", Field: shape.Fields{"country"}, Mode: "normalized"}},
			Keys: shape.List[string]{"DE"}, Matched: true, Row: 1, Score: 1, Then: "b",
		}, hops[0])
		require.Equal(t, shape.List[string]{"EMEA"}, hops[1].Keys)
		require.False(t, r.Results[1].Trace.Hops[1].Matched)
		require.Contains(t, string(r.Results[1].ActivityData), `b (a → b): no row of b (version 1) has k = \"APAC\"`)
		require.Equal(t, "c/d", r.Results[2].Trace.Hops[0].Else)
		require.Contains(t, r.Results[2].Trace.Hops[1].Why, `no table "c"`)
	})
	t.Run("it stands in usage, and what it goes on to is not deleted", func(t *testing.T) {
		var u shape.Usage
		s.json("GET", "/api/v1/tables/b/usage", "", http.StatusOK, &u)
		require.Equal(t, shape.List[string]{"a"}, u.Chains)
		require.Equal(t, []string{`lookup "a" goes on to it`}, s.inUse("/tables/b"))
		require.Equal(t, []string{`lookup "a" goes on to it`}, s.inUse("/tables/b/lookups/b"))
	})
	t.Run("status names what it goes on to and is not there", func(t *testing.T) {
		var status struct{ Warnings []string }
		s.json("GET", "/status", "", http.StatusOK, &status)
		require.Contains(t, strings.Join(status.Warnings, "\n"), `Lookup "a" goes on to "c/d", which is not there`)
	})
	require.Equal(t, http.StatusNoContent, s.send("DELETE", "/api/v1/tables/b?force=true", nil).status)
}
