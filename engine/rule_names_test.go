package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
)

// everyScope writes what it reads of each scope, under names in other cases.
const everyScope = `
name: names
rules:
  - name: us
    when: lead.Country == "US" and lead["LEAD score"] != nil
    set:
      region: '"NA"'
      score: lead["lead score"]
      both: lead.city
    activity:
      value3: flow.PARAM1
      value4: row.CODE
      value5: lookup("countries", "Germany").Code
`

// TestRulesFindNamesInAnyCase: as lookups find them, where only one is so called.
func TestRulesFindNamesInAnyCase(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.ruleSet(t, everyScope)
	callback, _, err := h.Evaluate(t.Context(), []byte(`{"callbackUrl":"u","objectData":[
		{"objectContext":{"id":1,"country":"US","Lead Score":"5","City":"a","CITY":"b"},"flowStepContext":{"table":"countries","ruleSet":"names","keyValue":"Narnia","param1":"!"}},
		{"objectContext":{"id":2,"country":"US"},"flowStepContext":{"table":"countries","ruleSet":"names","keyValue":"Narnia"}}]}`))
	require.NoError(t, err)
	var out struct {
		ObjectData []struct{ LeadData, ActivityData map[string]any }
	}
	decodeJSON(t, string(callback), &out)
	first := out.ObjectData[0]
	require.Equal(t, "NA", first.LeadData["region"], "%s", callback)
	require.Equal(t, "5", first.LeadData["score"])
	require.NotContains(t, first.LeadData, "both", "two fields are so called")
	for attribute, want := range map[string]string{"value3": "!", "value4": "NA", "value5": "DE"} {
		require.Equal(t, want, first.ActivityData[attribute], attribute)
	}
	require.NotContains(t, out.ObjectData[1].LeadData, "region", "this lead has no score")
}

// TestSavingARuleSetTellsWhatEveryLeadWouldMeet: refused is what fails whatever a lead
// has; what depends on the lead, or on what a flow step chooses, is a warning.
func TestSavingARuleSetTellsWhatEveryLeadWouldMeet(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	table, ok := h.store.Catalog().Table("countries")
	require.True(t, ok)
	l := table.Lookups[0]
	l.RuleSet = "bound"
	require.NoError(t, h.store.SetLookup("countries", l, "test"))
	for when, want := range map[string]string{
		`lookup("gone", lead.a).b == "x"`:                     `refused: line 4, column 18: there is no table "gone"; without it every lead fails that gets here: upload it and publish a version first`,
		`lookup("countries", lead.country).cod == "DE"`:       `refused: line 4, column 45: table "countries" has no column "cod"; it has country, code, numeric, note (did you mean code?)`,
		`lookup("countries", lead.country).CODE == "DE"`:      "",
		`lookup("states", lead.state).owner != nil`:           `refused: line 4, column 11: table "states" is looked up by 2 values, and here are 1; its default lookup has a match entry for each`,
		`lookup("states", lead.country, lead.state) != nil`:   "",
		`date(lead.a) - date(lead.b) > 7`:                     `refused: line 4, column 24: there is no - for dates; the days between them are daysBetween(date(lead.b), date(lead.a)), and addDays(date, -7) is a week before`,
		`lower(lead.d) > date("2024-01-01")`:                  `refused: line 4, column 11: a text is not compared with a date by >; write date(lower(lead.d))`,
		`lead.d > date("2024-01-01")`:                         "line 4, column 11: lead.d is no date but the text of one, and every lead that has it fails here; write date(lead.d)",
		`row.start <= now()`:                                  `line 4, column 11: this is always nil after lookup "countries", which runs this rule set: table "countries" has no column "start"; it has country, code, numeric, note`,
		`row.CODE == "DE"`:                                    "",
		`flow.parm1 == "x"`:                                   `line 4, column 11: the flow step has no setting "parm1", so this is always nil; it has table, ruleSet, keyName, keyValField, keyValue, lookupField, returnField, onNoMatch, defaultValue, param1, param2, param3`,
		`flow.Param1 == "x"`:                                  "",
		`let r = lookup("countries", lead.a); r.nocol == "x"`: `refused: line 4, column 50: table "countries" has no column "nocol"`,
	} {
		saved, err := h.SaveRuleSet(t.Context(), "bound", "name: bound\nrules:\n  - name: r\n    when: "+when+"\n", engine.SaveOptions{Publish: true})
		if message, refused := strings.CutPrefix(want, "refused: "); refused {
			require.ErrorContains(t, err, message, when)
			require.ErrorContains(t, err, "^", "the place is shown")
			continue
		}
		require.NoError(t, err, when)
		if want == "" {
			require.Empty(t, saved.Report.Warnings, when)
			continue
		}
		w := saved.Report.Warnings[0]
		require.Equal(t, want, fmt.Sprintf("line %d, column %d: %s", w.Line, w.Column, w.Message))
		require.Contains(t, w.Snippet, "^", when)
	}
}

// TestAVersionThatWasSavedBeforeGoesOn: a live version is not checked anew for what would
// be refused today. Only leads that get there fail.
func TestAVersionThatWasSavedBeforeGoesOn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.put(t, "name: old\nrules:\n  - {name: late, when: 'lead.d != nil and now() > \"2024-01-01\"'}\n  - {name: rest, when: 'true', set: {tier: '\"Gold\"'}}\n")
	tier, code, err := h.tier(t.Context(), "old")
	require.NoError(t, err)
	require.Equal(t, "Gold", tier, code)
}
