package admin_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/api/apitest"
)

// warned is what an answer of several requests has.
type warned struct {
	Findings []struct{ Column, Code, Message string }
}

// Rules that read a column of the row which the table lacks read nil for every lead. Whoever
// binds them, uploads, publishes or goes back is told so.
func TestAColumnThatRulesReadAndATableLacksIsTold(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	s.Table(t, "codes", "country,tier,Region\nDE,gold,EU\n", "")
	rules := "name: tiers\nrules:\n  - name: r\n    when: row.tier == \"gold\" && row.region != nil && row.notes == nil\n"
	require.Equal(t, http.StatusOK, asked(t, s, "PUT", "/rulesets/tiers", rules, nil))
	lookup := `{"match":[{"column":"country","field":"c"}],"outputs":[],"ruleSet":"tiers"}`
	told := func(method, path, body string, want ...string) {
		t.Helper()
		var got warned
		require.Less(t, asked(t, s, method, path, body, &got), 300, "%s %s: %v", method, path, got)
		columns := []string{}
		for _, w := range got.Findings {
			if w.Code == "RULE_COLUMN" {
				columns = append(columns, w.Column)
				require.Contains(t, w.Message, fmt.Sprintf(`lookup "codes" runs rule set "tiers", which reads row.%s, and there is no such column`, w.Column))
			}
		}
		require.ElementsMatch(t, want, columns, "%s %s", method, path)
	}
	told("PUT", "/tables/codes/lookups/codes", lookup, "notes")
	told("POST", "/tables/codes/versions?publish=false", "country,notes,region\nDE,x,EU\n", "tier")
	told("POST", "/tables/codes/live", `{"version":2}`, "tier")
	told("POST", "/tables/codes/live", `{"rollback":true}`, "notes")
	told("POST", "/tables/codes/versions", "country,notes,region,tier\nDE,x,EU,gold\n")
	// A lookup that is not live tells, too, and so does one that goes live.
	told("PUT", "/tables/codes/lookups/codes?publish=false", `{"match":[{"column":"country","field":"c"}],"outputs":[],"ruleSet":""}`)
	told("POST", "/tables/codes/lookups/codes/live", `{"version":2}`)
	told("POST", "/tables/codes/versions", "country,region\nDE,EU\n")
	told("POST", "/tables/codes/lookups/codes/live", `{"version":1}`, "tier", "notes")
	// A rule set that is not there reads nothing.
	require.Equal(t, http.StatusNoContent, asked(t, s, "DELETE", "/rulesets/tiers?force=true", "", nil))
	told("PUT", "/tables/codes/lookups/codes", lookup)
}
