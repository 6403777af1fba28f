package admin_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/api/apitest"
	"tablestep/api/shape"
)

const tiers = "name: tiers\nrules:\n  - name: large\n    when: number(lead.employees) >= 1000\n    set: {tier: '\"A\"'}\n"

// Whatever is asked of a name that nothing has, the answer says which name was meant, or
// which there are; code and status stay those of the error.
func TestANameThatNothingHasIsToldWithTheOneThatWasMeant(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	var p shape.Problem
	require.Equal(t, http.StatusNotFound, asked(t, s, "GET", "/tables/codes", "", &p))
	require.Equal(t, `there is no table "codes": there are no tables yet`, p.Error.Message)

	s.Table(t, "country-codes", "country,code\nGermany,DE\n", "")
	s.Table(t, "gone", "a,b\n1,2\n", "")
	const settings = `{"match":[{"column":"country","field":"country"}],"outputs":[{"column":"code","field":"cc"}]}`
	require.Equal(t, http.StatusOK, asked(t, s, "PUT", "/tables/country-codes/lookups/back", settings, nil))
	require.Equal(t, http.StatusOK, asked(t, s, "PUT", "/rulesets/tiers", tiers, nil))
	require.Equal(t, http.StatusNoContent, asked(t, s, "DELETE", "/tables/gone", "", nil))
	const slip, none = `there is no table "country-code"; did you mean "country-codes"?`, `there is no table "planets": the tables are country-codes`
	for _, c := range []struct{ method, path, body, code, says string }{
		{"GET", "/tables/country-code", "", "TABLE_NOT_FOUND", slip},
		{"GET", "/tables/Country-Codes", "", "TABLE_NOT_FOUND", `there is no table "Country-Codes"; did you mean "country-codes"?`},
		{"GET", "/tables/no%20such%20table", "", "TABLE_NOT_FOUND", `there is no table "no such table": the tables are country-codes`},
		{"GET", "/tables/planets", "", "TABLE_NOT_FOUND", none},
		{"DELETE", "/tables/planets", "", "TABLE_NOT_FOUND", none},
		{"GET", "/tables/planets/versions", "", "TABLE_NOT_FOUND", none},
		{"GET", "/tables/planets/rows", "", "TABLE_NOT_FOUND", none},
		{"GET", "/tables/planets/diff", "", "TABLE_NOT_FOUND", none},
		{"GET", "/tables/planets/export", "", "TABLE_NOT_FOUND", none},
		{"GET", "/tables/planets/history", "", "TABLE_NOT_FOUND", none},
		{"POST", "/tables/planets/live", `{"version":1}`, "TABLE_NOT_FOUND", none},
		{"GET", "/tables/planets/lookups/planets", "", "TABLE_NOT_FOUND", none},
		{"PUT", "/tables/planets/lookups/planets", settings, "TABLE_NOT_FOUND", none},
		{"GET", "/tables/country-codes/lookups/bakc", "", "LOOKUP_NOT_FOUND", `table "country-codes" has no lookup "bakc"; did you mean "back"?`},
		{"GET", "/tables/country-codes/lookups/planets/versions", "", "LOOKUP_NOT_FOUND", `table "country-codes" has no lookup "planets": the lookups are back, country-codes`},
		{"POST", "/tables/country-codes/live", `{"version":7}`, "VERSION_NOT_FOUND", `version 7 of table "country-codes": its versions are 1`},
		{"GET", "/tables/country-codes/rows?version=7", "", "VERSION_NOT_FOUND", `version 7 of table "country-codes": its versions are 1`},
		{"POST", "/tables/country-codes/live", `{"lookups":{"back":7}}`, "VERSION_NOT_FOUND", `version 7 of lookup "back" of table "country-codes": its versions are 1`},
		{"POST", "/tables/country-codes/live", `{"lookups":{"country-codes":7}}`, "LOOKUP_NOT_FOUND", "one that nobody has set, which is guessed, has no versions"},
		{"GET", "/rulesets/teirs", "", "RULESET_NOT_FOUND", `there is no rule set "teirs"; did you mean "tiers"?`},
		{"DELETE", "/rulesets/planets", "", "RULESET_NOT_FOUND", `there is no rule set "planets": the rule sets are tiers`},
		{"GET", "/invocations/7", "", "INVOCATION_NOT_FOUND", `there is no invocation "7"`},
		{"POST", "/invocations/0123456789abcdef01234567/replay", "", "INVOCATION_NOT_FOUND", `there is no invocation "0123456789abcdef01234567"`},
		{"POST", "/tables/gnoe/restore", "", "TABLE_NOT_FOUND", `no table "gnoe" was deleted within the last 30 days; did you mean "gone"?`},
		{"POST", "/tables/planets/restore", "", "TABLE_NOT_FOUND", `no table "planets" was deleted within the last 30 days: the tables that can be restored are gone`},
		{"POST", "/rulesets/gone/restore", "", "RULESET_NOT_FOUND", `no rule set "gone" was deleted within the last 30 days: there is nothing to restore`},
	} {
		var p shape.Problem
		require.Equal(t, http.StatusNotFound, asked(t, s, c.method, c.path, c.body, &p), "%s %s", c.method, c.path)
		require.Equal(t, c.code, p.Error.Code, "%s %s", c.method, c.path)
		require.Contains(t, p.Error.Message, c.says, "%s %s", c.method, c.path)
	}
}

func TestSettingsThatAreRefusedHaveTheirPlaceInTheBody(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	s.Table(t, "codes", "country,code\nGermany,DE\n", "")
	for body, want := range map[string]shape.Detail{
		"{\"match\":[{\"column\":\"country\",\"field\":\"country\"},\n {\"column\":\"cod\",\"field\":\"cod\"}]}":              {Line: 2, Character: 12, Message: `did you mean "code"?`},
		"{\"match\":[{\"column\":\"country\",\"field\":\"country\",\n \"mode\":\"exakt\"}]}":                                  {Line: 2, Character: 9, Message: `did you mean "exact"?`},
		"{\"match\":[{\"column\":\"country\",\"field\":\"country\"}],\n\"hitPolicy\":\"frist\"}":                              {Line: 2, Character: 13, Message: `did you mean "first"?`},
		"{\"match\":[{\"column\":\"country\",\"field\":\"country\"}],\n\"outputs\":[{\"column\":\"code\",\"field\":\"id\"}]}": {Line: 2, Character: 12, Message: "field id is the lead's own"},
		"{\"match\":[{\"column\":\"country\",\"field\":\"country\"}],\n\"output\":[]}":                                        {Line: 2, Character: 1, Message: `did you mean "outputs"?`},
	} {
		var p shape.Problem
		status := asked(t, s, "PUT", "/tables/codes/lookups/codes", body, &p)
		require.GreaterOrEqual(t, status, 400, body)
		require.Len(t, p.Error.Details, 1, body)
		got := p.Error.Details[0]
		require.Equal(t, []int{want.Line, want.Character}, []int{got.Line, got.Character}, body)
		require.Contains(t, got.Message, want.Message)
		require.Contains(t, p.Error.Message, want.Message)
		require.Regexp(t, `^\| .*\n\|  *\^$`, got.Snippet)
	}
	var p shape.Problem
	require.Equal(t, http.StatusBadRequest, asked(t, s, "PUT", "/tables/codes/lookups/codes", `{"match":[]}`, &p))
	require.Empty(t, p.Error.Details, "what is not there has no place")
}

// A column may have any name, which stands in a path with its signs written as %.
func TestAColumnIsFoundByItsNameWhateverSignsAreInIt(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	s.Table(t, "prices", "code,Total Amount,50% off,größe,a/b\nA,\"1.234\",1,2,3\nB,\"5.678\",1,2,3\n", "")
	for _, column := range []string{"Total%20Amount", "50%25%20off", "gr%C3%B6%C3%9Fe", "a%2Fb"} {
		require.Equal(t, http.StatusOK, asked(t, s, "POST", "/tables/prices/columns/"+column, `{"numbers":"1.234,5"}`, nil), column)
	}
	var p shape.Problem
	require.Equal(t, http.StatusUnprocessableEntity, asked(t, s, "POST", "/tables/prices/columns/Total%20Amuont", `{"numbers":"1.234,5"}`, &p))
	require.Contains(t, p.Error.Message, `(did you mean "Total Amount"?)`)
}
