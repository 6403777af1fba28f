package engine_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
	"tablestep/tables"
)

const colors = "color,shade,tone\nred,dark,warm\nblue,light,\n"

// guessed is a house with a table whose lookup nobody has set.
func guessed(t *testing.T) *house {
	t.Helper()
	h := newHouse(t)
	_, err := h.store.Import(context.Background(), "colors", fromCSV(t, colors), tables.ImportOptions{Publish: true})
	require.NoError(t, err)
	return h
}

// said is one lead's part of a callback.
func (h *house) said(t *testing.T, fields, flow string) (lead, activity string) {
	t.Helper()
	callback, _, err := h.EvaluateFlat(t.Context(), []byte(`{"callbackUrl":"u","objectData":[`+lead1(fields, flow)+`]}`))
	require.NoError(t, err)
	var body struct {
		ObjectData []struct{ LeadData, ActivityData json.RawMessage }
	}
	decodeJSON(t, string(callback), &body)
	require.Len(t, body.ObjectData, 1)
	return string(body.ObjectData[0].LeadData), string(body.ObjectData[0].ActivityData)
}

func lead1(fields, flow string) string { return lead(`"id":1,`+fields, flow) }

func TestAGuessedLookupTellsAndWritesNothing(t *testing.T) {
	h := guessed(t)
	written, told := h.said(t, `"color":"RED "`, `"table":"colors"`)
	require.JSONEq(t, `{"id":1}`, written)
	require.JSONEq(t, `{"success":true,"reason":"lookup colors is not confirmed: nothing was written","returnVal":"dark",
		"searchParams":"table=colors version=1 color=RED ","matched":true,"matchedRow":1,"matchScore":1,"matchMode":"normalized",
		"lookup":"colors","tableVersion":1,"outputs":"{\"shade\":\"dark\",\"tone\":\"warm\"}"}`, told)

	_, told = h.said(t, `"color":"green"`, `"table":"colors"`)
	require.Contains(t, told, `"success":false`, "a lead without a row is told as one")
	require.Contains(t, told, `LOOKUP_VALUE_NOT_FOUND`)

	_, _, err := h.store.ConfirmLookup(context.Background(), "colors", "", "ada")
	require.NoError(t, err)
	written, told = h.said(t, `"color":"red"`, `"table":"colors"`)
	require.JSONEq(t, `{"id":1,"shade":"dark","tone":"warm"}`, written)
	require.NotContains(t, told, "reason")
	require.Contains(t, told, `"outputs":"{\"shade\":\"dark\",\"tone\":\"warm\"}"`)
}

func TestWhatTheFlowStepWantsOfAMissIsOnlyToldToo(t *testing.T) {
	h := guessed(t)
	for flow, outputs := range map[string]string{
		`"table":"colors","onNoMatch":"clear"`:   `{"shade":"null","tone":"null"}`,
		`"table":"colors","defaultValue":"none"`: `{"shade":"none"}`,
	} {
		written, told := h.said(t, `"color":"green"`, flow)
		require.JSONEq(t, `{"id":1}`, written, flow)
		var activity map[string]any
		decodeJSON(t, told, &activity)
		require.Equal(t, true, activity["success"], flow)
		require.Equal(t, "lookup colors is not confirmed: nothing was written", activity["reason"], flow)
		require.Equal(t, false, activity["matched"], flow)
		require.JSONEq(t, outputs, activity["outputs"].(string), flow)
	}
}

func TestAFlowStepThatNamesWhatIsWrittenWritesIt(t *testing.T) {
	h := guessed(t)
	for flow, want := range map[string]string{
		`"table":"colors","lookupField":"tone"`:                      `{"id":1,"tone":"warm"}`,
		`"table":"colors","returnField":"leadScore"`:                 `{"id":1,"leadScore":"dark"}`,
		`"table":"colors","lookupField":"tone","returnField":"mood"`: `{"id":1,"mood":"warm"}`,
		`"table":"colors","keyName":"color","keyValField":"color"`:   `{"id":1}`, // says how to match, not what to write
		`"table":"colors","keyValue":"red"`:                          `{"id":1}`,
	} {
		written, told := h.said(t, `"color":"red"`, flow)
		require.JSONEq(t, want, written, flow)
		require.Equal(t, want == `{"id":1}`, strings.Contains(told, "is not confirmed"), "%s: %s", flow, told)
	}
}

func TestARuleSetOfTheSameChoiceRunsAndWrites(t *testing.T) {
	h := guessed(t)
	h.ruleSet(t, "name: paint\nrules:\n  - {name: red, when: 'row != nil && row.shade == \"dark\"', set: {tone: '\"hot\"', mood: '\"angry\"'}, activity: {value1: '\"x\"'}}\n")
	written, told := h.said(t, `"color":"red"`, `"table":"colors","ruleSet":"paint"`)
	require.JSONEq(t, `{"id":1,"tone":"hot","mood":"angry"}`, written)
	var activity map[string]any
	decodeJSON(t, told, &activity)
	require.Equal(t, "lookup colors is not confirmed: nothing was written but what rule set paint writes", activity["reason"])
	require.JSONEq(t, `{"shade":"dark","tone":"hot","mood":"angry"}`, activity["outputs"].(string))
	require.Equal(t, "x", activity["value1"])
	require.Equal(t, "red", activity["rulesFired"])

	written, told = h.said(t, `"color":"blue"`, `"table":"colors","ruleSet":"paint"`)
	require.JSONEq(t, `{"id":1}`, written, "no rule holds")
	require.Contains(t, told, `"reason":"lookup colors is not confirmed: nothing was written"`)
}

func TestAnUnconfirmedRecordIsTheSameInBothForms(t *testing.T) {
	h := guessed(t)
	h.ruleSet(t, "name: paint\nrules:\n  - {name: red, when: 'true', set: {mood: '\"angry\"'}}\n")
	_, records, err := h.EvaluateFlat(t.Context(), []byte(`{"callbackUrl":"u","objectData":[`+lead1(`"color":"red"`, `"table":"colors","ruleSet":"paint"`)+`]}`))
	require.NoError(t, err)
	r := records[0]
	require.Equal(t, []engine.Value{{Name: "shade", JSON: `"dark"`}, {Name: "tone", JSON: `"warm"`}}, r.Told)
	require.Equal(t, []engine.Value{{Name: "mood", JSON: `"angry"`}}, r.Fields)
	written, told := h.said(t, `"color":"red"`, `"table":"colors","ruleSet":"paint"`)
	object := func(list []engine.Value) map[string]any { return objectOf(t, list) }
	require.Equal(t, values[map[string]any](t, written), object(r.LeadData()))
	require.Equal(t, values[map[string]any](t, told), object(r.ActivityData()))
}

func TestRulesFindRowsOfATableThatNobodyHasConfirmed(t *testing.T) {
	h := guessed(t)
	h.ruleSet(t, "name: paint\nrules:\n  - {name: all, when: 'true', set: {mood: 'lookup(\"colors\", lead.color).shade'}}\n")
	written, told := h.said(t, `"color":"red"`, `"table":"none","ruleSet":"paint"`)
	require.JSONEq(t, `{"id":1,"mood":"dark"}`, written, "a rule says itself what it writes")
	require.NotContains(t, told, "reason")
}
