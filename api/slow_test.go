package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/schema"
)

// hardCells is a table of which each long text is compared with all of its cells.
func hardCells(rows int) string {
	var csv strings.Builder
	csv.WriteString("text,owner\n")
	for row := range rows {
		x := uint32(row)*2654435761 + 12345
		for range 512 {
			x = x*1664525 + 1013904223
			csv.WriteByte('a' + byte(x>>24)%4)
		}
		fmt.Fprintf(&csv, ",owner %d\n", row)
	}
	return csv.String()
}

func TestALookupThatIsTooSlowIsRefusedForcedAndNamed(t *testing.T) {
	const (
		path   = "/api/v1/tables/hard/lookups/hard"
		lookup = `{"match":[{"column":"text","field":"text","mode":"fuzzy","threshold":0.5}],"hitPolicy":"first","outputs":[{"column":"owner","field":"owner"}]}`
	)
	s := start(t, settings{})
	cells := hardCells(2000)
	s.table("hard", cells, "")
	p := s.refused(s.send("PUT", path, strings.NewReader(lookup), "Content-Type", "application/json"), http.StatusConflict, "CONFLICT")
	require.Contains(t, p.Error.Message, `lookup "hard" of table "hard" would look up`)
	require.Contains(t, p.Error.Message, "force")
	var set struct {
		schema.Lookup
		Findings []schema.Warning
	}
	s.json("PUT", path+"?force=true", lookup, http.StatusOK, &set)
	require.Equal(t, "hard", set.Name)
	require.Len(t, set.Findings, 1)
	require.Equal(t, "LOOKUP_SLOW", set.Findings[0].Code)
	if slowdown > 1 {
		return // what follows is seconds of the same work
	}

	s.refused(s.send("POST", "/api/v1/tables/hard/versions?name=hard.csv", strings.NewReader(cells)), http.StatusConflict, "CONFLICT")
	uploaded := s.upload("hard/versions?name=hard.csv&force=true", strings.NewReader(cells))
	require.Contains(t, fmt.Sprint(uploaded.Findings), "LOOKUP_SLOW")
	var live struct{ Findings []schema.Warning }
	s.json("POST", "/api/v1/tables/hard/live?force=true", `{"version":1}`, http.StatusOK, &live)
	require.Len(t, live.Findings, 1)
	live.Findings = nil
	s.json("POST", path+"/live", `{"version":1}`, http.StatusOK, &live)
	require.Len(t, live.Findings, 1, "a lookup that goes live by its number, too")
	require.Equal(t, "LOOKUP_SLOW", live.Findings[0].Code)

	rules := "name: hard\nrules:\n  - name: known\n    when: exists(\"hard\", lead.text)\n    set: {leadRole: '\"known\"'}\n"
	refused := s.send("PUT", "/api/v1/rulesets/hard", strings.NewReader(rules))
	require.Equal(t, http.StatusUnprocessableEntity, refused.status)
	require.Contains(t, string(refused.body), "default lookup of table")
	require.Equal(t, http.StatusOK, s.send("PUT", "/api/v1/rulesets/hard?force=true", strings.NewReader(rules)).status)

	leads := make([]string, 150)
	for i := range leads {
		leads[i] = fmt.Sprintf(`{"text":"z%s"}`, strings.Split(cells, "\n")[1+i][1:512])
	}
	got := s.json("POST", "/api/v1/evaluate", `{"leads":[`+strings.Join(leads, ",")+`],"flow":{"table":"hard"}}`, http.StatusOK, nil)
	require.Contains(t, string(got.body), "LOOKUP_TOO_SLOW")
	var st struct{ Warnings []string }
	s.json("GET", "/status", "", http.StatusOK, &st)
	require.Contains(t, strings.Join(st.Warnings, "\n"), `Table "hard", lookup "hard" (version 1) is too slow`)
}
