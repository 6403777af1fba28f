package admin_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/api/apitest"
)

// A list of cells that mean anything, an empty one and none are three things, and stay so
// from the request over the store to the answers.
func TestAnythingIsKeptAsItWasSet(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	s.Table(t, "t", "k,out\nUS,us\n-,rest\n", "")
	for i, anything := range []string{`"anything":["*","-",""]`, `"anything":[]`, ``} {
		body := fmt.Sprintf(`{"match":[{"column":"k","field":"c","mode":"condition",%s "matchEmpty":true}],"outputs":[{"column":"out","field":"o"}]}`, suffixed(anything))
		var set, got map[string]any
		require.Equal(t, http.StatusOK, asked(t, s, "PUT", "/tables/t/lookups/t", body, &set), "%v", set)
		require.Equal(t, http.StatusOK, asked(t, s, "GET", "/tables/t/lookups/t", "", &got))
		want := []any{[]any{"*", "-", ""}, []any{}, nil}[i]
		for _, answer := range []map[string]any{set, got} {
			match := answer["match"].([]any)[0].(map[string]any)
			require.Equal(t, want, match["anything"], anything)
			_, there := match["anything"]
			require.Equal(t, want != nil, there)
		}
		require.EqualValues(t, i+1, set["version"], "each is another lookup")
	}
}

func suffixed(text string) string {
	if text == "" {
		return ""
	}
	return text + ","
}

// Setting a lookup tells what an upload under it would tell of the cells' meaning.
func TestSettingALookupTellsWhatItsCellsProbablyMean(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	s.Table(t, "steps", "amount,pct\n0,0%\n5000,1%\n15000,3%\n", "")
	s.Table(t, "zips", "zip,owner\n941,Ann\n-,Bob\n", "")
	s.Table(t, "domains", "domain,owner\njane@gmail.com,Jane\n", "")
	for _, c := range []struct{ table, column, mode, code string }{
		{"steps", "amount", "range", "THRESHOLDS"},
		{"steps", "amount", "normalized", "THRESHOLDS"},
		{"steps", "amount", "atLeast", ""},
		{"zips", "zip", "prefix", "ANYTHING"},
		{"domains", "domain", "domain", "LOOKS_LIKE_ADDRESS"},
	} {
		var set struct {
			Findings []struct{ Code string }
		}
		body := fmt.Sprintf(`{"match":[{"column":%q,"field":"f","mode":%q}],"outputs":[]}`, c.column, c.mode)
		require.Equal(t, http.StatusOK, asked(t, s, "PUT", "/tables/"+c.table+"/lookups/"+c.table, body, &set))
		var codes []string
		for _, w := range set.Findings {
			codes = append(codes, w.Code)
		}
		if c.code == "" {
			require.Empty(t, codes, c)
			continue
		}
		require.Equal(t, []string{c.code}, codes, c)
	}
}

// A list of domains in one cell, or a sign in a column of limits, is refused with its place
// and the way out.
func TestACellThatIsNoLimitOrSeveralDomainsIsRefusedWithItsPlace(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	s.Table(t, "domains", "c,v\n\"example.com, example.org\",1\n", "")
	s.Table(t, "limits", "c,v\n5000,1\n-,2\n", "")
	for _, c := range []struct{ table, mode, says, caret string }{
		{"domains", "domain", "there is more than one domain in it; give each a row of its own", "example.com, example.org\n             ^"},
		{"limits", "atLeast", `if it means anything, name it in the match entry: "anything": ["-"]`, "-\n^"},
	} {
		var refused struct {
			Error struct{ Message string }
		}
		body := fmt.Sprintf(`{"match":[{"column":"c","field":"f","mode":%q}],"outputs":[]}`, c.mode)
		status := asked(t, s, "PUT", "/tables/"+c.table+"/lookups/"+c.table, body, &refused)
		require.GreaterOrEqual(t, status, 400)
		require.Contains(t, refused.Error.Message, c.says)
		require.Contains(t, refused.Error.Message, c.caret)
	}
	require.Equal(t, http.StatusOK, asked(t, s, "PUT", "/tables/limits/lookups/limits", `{"match":[{"column":"c","field":"f","mode":"atLeast","anything":["-"]}],"outputs":[]}`, nil))
}
