package main_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/api/shape"
	"tablestep/engine/rules"
	"tablestep/tables/schema"
)

func TestHelpListsTheFunctionsOfRules(t *testing.T) {
	code, out, _ := command(t, "help", "functions")
	require.Zero(t, code)
	code, raw, _ := command(t, "help", "functions", "--json")
	require.Zero(t, code)
	var list shape.Functions
	require.NoError(t, json.Unmarshal([]byte(raw), &list))
	require.Len(t, list.Functions, len(rules.Functions()))
	for i, f := range rules.Functions() {
		require.Contains(t, out, "  "+f.Signature+"\n      "+f.Text)
		require.Equal(t, f.Name, list.Functions[i].Name)
		require.Len(t, list.Functions[i].Examples, len(f.Examples))
		for _, e := range f.Examples {
			require.Contains(t, out, e.Expression+" is "+e.Result)
		}
	}
	// The running service tells the same.
	p := serve(t, t.TempDir())
	r, err := http.NewRequest(http.MethodGet, p.url+"/api/v1/functions", nil)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+testAdminKey)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	var told shape.Functions
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&told))
	require.Equal(t, list, told)
}

func TestHelpHasASentenceForEachMode(t *testing.T) {
	_, out, _ := command(t, "help", "modes")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	require.Len(t, lines, len(schema.Modes()))
	for i, mode := range schema.Modes() {
		require.Regexp(t, `^`+string(mode)+` +[A-Z].{15,}\.$|^`+string(mode)+` +[A-Z].{15,}default\.$`, lines[i])
	}
}

func TestHelpHasTheMeaningAndTheWayOutOfEachCode(t *testing.T) {
	_, out, _ := command(t, "help", "codes")
	for _, code := range []string{
		"LOOKUP_VALUE_NOT_FOUND", "LOOKUP_KEY_EMPTY", "LOOKUP_AMBIGUOUS", "LOOKUP_TOO_SLOW", "TABLE_NOT_FOUND", "COLUMN_NOT_FOUND",
		"FIELD_NOT_FOUND", "RULESET_NOT_FOUND", "RULE_NO_MATCH", "RULE_FAILED", "VALUE_INVALID", "LEAD_ID_MISSING",
		"BATCH_INVALID", "BATCH_EXPIRED", "BATCH_FAILED",
	} {
		require.Regexp(t, `(?m)^`+code+`\n +[A-Z].{20,}\.\n +[A-Z].{20,}\.$`, out)
	}
	_, raw, _ := command(t, "help", "codes", "--json")
	var list struct {
		Codes []struct{ Name, Text, WayOut string }
	}
	require.NoError(t, json.Unmarshal([]byte(raw), &list))
	require.Len(t, list.Codes, strings.Count(out, "\n")/3)
	for _, c := range list.Codes {
		require.Contains(t, out, c.Name+"\n      "+c.Text+"\n      "+c.WayOut+"\n")
	}
}

func TestHelpAloneListsTheCommands(t *testing.T) {
	code, out, _ := command(t, "help")
	require.Zero(t, code)
	_, flag, _ := command(t, "--help")
	require.Equal(t, flag, out)
	code, _, errs := command(t, "help", "everything")
	require.Equal(t, 2, code)
	require.Contains(t, errs, "functions")
}
