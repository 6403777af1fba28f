package engine_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
	"tablestep/tables/schema"
)

// withLookup puts a lookup in place of the table's default one.
func (h *house) withLookup(t *testing.T, table string, lookup []byte) schema.Lookup {
	t.Helper()
	l := lookupAsWritten(t, lookup)
	l.Name = table
	require.NoError(t, h.store.SetLookup(table, l, "test"))
	mapping := h.Mapping()
	for _, m := range l.Match {
		mapping.Invocation = append(mapping.Invocation, m.Fields()...)
	}
	for _, o := range l.Outputs {
		if o.Careful() {
			mapping.Invocation = append(mapping.Invocation, o.Field)
		}
	}
	require.NoError(t, h.SetMapping(mapping))
	return l
}

// lookupAsWritten reads a lookup as people write it, where field may be a list.
func lookupAsWritten(t *testing.T, raw []byte) schema.Lookup {
	t.Helper()
	var whole map[string]any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	require.NoError(t, d.Decode(&whole), "%s", raw)
	match, _ := whole["match"].([]any)
	for _, m := range match {
		entry := m.(map[string]any)
		if list, ok := entry["field"].([]any); ok {
			entry["field"], entry["more"] = list[0], list[1:]
		}
	}
	plain, err := json.Marshal(whole)
	require.NoError(t, err)
	var l schema.Lookup
	strict(t, plain, &l)
	return l
}

func strict(t *testing.T, raw []byte, to any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(to), "%s", raw)
}

// answer looks one lead up, whose fields are JSON, and tells the lead fields that
// are written and the activity.
func (h *house) answer(t *testing.T, table string, fields json.RawMessage) (writes, activity map[string]any) {
	t.Helper()
	inner := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(string(fields)), "{"), "}")
	if inner != "" {
		inner = "," + inner
	}
	writes, activity = map[string]any{}, map[string]any{}
	for name, value := range activityOf(t, h, lead(`"id":1`+inner, `"table":"`+table+`"`))[0] {
		if field, ok := strings.CutPrefix(name, "lead."); !ok {
			activity[name] = value
		} else if field != "id" {
			writes[field] = value
		}
	}
	return writes, activity
}

func TestTheLookupOfTheReadmeIsTakenAsItStands(t *testing.T) {
	h := open(t, t.TempDir(), engine.Options{})
	defer h.close(t)
	h.starter(t, "country-codes")
	for _, file := range []string{readmeFile, matchingFile} {
		found := blocks(section(t, file, "A lookup"), "json")
		require.Len(t, found, 1, file)
		h.withLookup(t, "country-codes", []byte(found[0]))
		writes, _ := h.answer(t, "country-codes", json.RawMessage(`{"country":" germany "}`))
		require.Equal(t, map[string]any{"countryCode2": "DE"}, writes, file)
	}
}

func TestTheTableOfTheReadmeIsTheSampleFile(t *testing.T) {
	found := blocks(section(t, readmeFile, "A table"), "csv")
	require.Len(t, found, 1)
	require.True(t, strings.HasPrefix(read(t, "tables/country-codes.csv"), found[0]), found[0])
}

func TestTheReadmeNamesAllModesPoliciesAndAggregates(t *testing.T) {
	text := section(t, readmeFile, "A lookup")
	for _, m := range schema.Modes() {
		require.Contains(t, text, "`"+string(m)+"`")
	}
	for _, p := range schema.HitPolicies() {
		require.Contains(t, text, "`"+string(p)+"`")
	}
	for _, a := range schema.Aggregates() {
		require.Contains(t, text, "`"+string(a)+"`")
	}
}
