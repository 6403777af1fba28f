package ssfs_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/api/apitest"
	"tablestep/api/ssfs"
	"tablestep/engine"
)

// offered are the choices of an attribute: what is shown, and what is sent.
func offered(t *testing.T, s *apitest.Service, attribute string, m engine.Mapping) (shown, sent []string) {
	t.Helper()
	list, total, ok := ssfs.PicklistOf(attribute, s.Store.Catalog(), m)
	require.True(t, ok)
	require.Len(t, list.Choices, total)
	for _, c := range list.Choices {
		shown, sent = append(shown, c.Display["en_US"]), append(sent, c.Submitted)
	}
	return shown, sent
}

func TestOnlyWhatIsPublishedIsOffered(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	require.Equal(t, 201, s.Send(t, "POST", "/api/v1/tables/draft/versions?publish=false", strings.NewReader("k,secret\n1,2\n")).Status)
	require.Equal(t, 200, s.Send(t, "PUT", "/api/v1/rulesets/draft-rules?publish=false", strings.NewReader(strings.Replace(tiers, "tiers", "draft-rules", 1))).Status)
	require.Equal(t, 200, s.Send(t, "PUT", "/api/v1/rulesets/tiers", strings.NewReader(tiers)).Status)
	s.Table(t, "codes", codes, lookup("code"))

	shown, sent := offered(t, s, "table", told)
	require.Equal(t, []string{"(none: rules only)", "codes"}, shown)
	require.Equal(t, []string{"none", "codes"}, sent)
	shown, sent = offered(t, s, "ruleSet", told)
	require.Equal(t, []string{"(none)", "tiers"}, shown)
	require.Equal(t, []string{"none", "tiers"}, sent)
	for _, attribute := range []string{"keyName", "lookupField"} {
		shown, sent = offered(t, s, attribute, told)
		require.Equal(t, []string{"code (codes)", "country (codes)"}, shown)
		require.Equal(t, []string{"code", "country"}, sent)
	}
}

func TestALookupIsOfferedByItsLabelAndByItsTable(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	labelled := func(label string) string { return strings.Replace(lookup("code"), "{", `{"label":"`+label+`",`, 1) }
	s.Table(t, "codes", codes, labelled("Ländercodes"))
	require.Equal(t, 200, s.Send(t, "PUT", "/api/v1/tables/codes/lookups/back", strings.NewReader(lookup("code"))).Status)
	require.Equal(t, 200, s.Send(t, "PUT", "/api/v1/tables/codes/lookups/zone", strings.NewReader(labelled("by zone"))).Status)
	shown, sent := offered(t, s, "table", told)
	require.Equal(t, []string{"(none: rules only)", "by zone (codes/zone)", "codes/back", "Ländercodes (codes)"}, shown, "in the order of what is shown, in any case")
	require.Equal(t, []string{"none", "codes/zone", "codes/back", "codes"}, sent)
}

func TestALookupWithoutALabelIsOfferedByThatOfItsTable(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	s.Table(t, "mntq", codes, lookup("code"))
	require.Equal(t, 200, s.Send(t, "PATCH", "/api/v1/tables/mntq", strings.NewReader(`{"label":"مناطق"}`)).Status)
	require.Equal(t, 200, s.Send(t, "PUT", "/api/v1/tables/mntq/lookups/back", strings.NewReader(lookup("code"))).Status)
	require.Equal(t, 200, s.Send(t, "PUT", "/api/v1/tables/mntq/lookups/zone", strings.NewReader(strings.Replace(lookup("code"), "{", `{"label":"by zone",`, 1))).Status)
	shown, sent := offered(t, s, "table", told)
	require.Equal(t, []string{"(none: rules only)", "by zone (mntq/zone)", "مناطق (mntq)", "مناطق, back (mntq/back)"}, shown)
	require.Equal(t, []string{"none", "mntq/zone", "mntq", "mntq/back"}, sent, "what is sent is the name")
	shown, _ = offered(t, s, "keyName", told)
	require.Equal(t, []string{"code (مناطق)", "country (مناطق)"}, shown)
}

func TestAColumnNamesThreeOfItsTables(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	for _, table := range []string{"a", "b", "c"} {
		s.Table(t, table, "k,v"+table+"\n1,2\n", "")
	}
	shown, _ := offered(t, s, "keyName", told)
	require.Equal(t, "k (a, b, c)", shown[0])
	s.Table(t, "d", "k,vd\n1,2\n", "")
	shown, _ = offered(t, s, "keyName", told)
	require.Equal(t, "k (a, b, c and 1 more)", shown[0])
}

func TestAnAttributeWithoutChoicesHasNoPicklist(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	_, _, ok := ssfs.PicklistOf("param1", s.Store.Catalog(), told)
	require.False(t, ok)
	list, total, ok := ssfs.PicklistOf("keyValField", s.Store.Catalog(), engine.Mapping{})
	require.True(t, ok)
	require.Zero(t, total)
	data, err := json.Marshal(list)
	require.NoError(t, err)
	require.JSONEq(t, `{"choices":[]}`, string(data), "an empty list, and not null")
	_, sent := offered(t, s, "onNoMatch", engine.Mapping{})
	require.ElementsMatch(t, []string{"keep", "default", "clear"}, sent)
}

func TestThePicklistRequestTellsTheMapping(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	ask := func(body string) apitest.Answer {
		return s.Send(t, http.MethodPost, ssfs.PicklistPath, strings.NewReader(body))
	}
	const mapping = `"fieldMappingContext":{"invocation":[{"marketoAttribute":"state"},{"marketoAttribute":""},{"marketoAttribute":"country"},{"marketoAttribute":"state"}],"callback":[{"marketoAttribute":"score"}]}`
	got := ask(`{"name":"keyValField","type":"flow",` + mapping + `}`)
	require.Equal(t, http.StatusOK, got.Status)
	require.Equal(t, engine.Mapping{Invocation: []string{"country", "state"}, Callback: []string{"score"}}, s.Engine.Mapping(), "sorted, each once, and none without a name")
	require.Contains(t, string(got.Body), `"submittedValue":"country"`)

	// A request that is refused tells nothing.
	for body, status := range map[string]int{
		`{"name":"keyValField","type":"global"}`: http.StatusNotFound, // the callback has no picklists
		`{"name":"keyValue","type":"flow"}`:      http.StatusNotFound,
		`{"name":`:                               http.StatusBadRequest,
	} {
		got := ask(body)
		require.Equal(t, status, got.Status, body)
		require.Equal(t, []string{"country", "state"}, s.Engine.Mapping().Invocation, body)
	}
}
