package engine_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
	"tablestep/tables"
)

const routing = `
name: routing
hitPolicy: first
rules:
  - name: big-german
    when: row != nil && row.code == "DE" && number(lead.employees) >= 1000
    set:
      ownerEmail: '"emea@example.com"'
      leadScore: '"+10"'
    activity:
      value1: '"Enterprise"'
      number1: number(lead.employees)
  - name: anybody-else-known
    when: row != nil
    set: {countryCode: '"X-" + row.code'}
    activity:
      returnVal: flow.param1
      value2: my["Region Owner"]
`

func (h *house) ruleSet(t *testing.T, source string) {
	t.Helper()
	_, err := h.SaveRuleSet(t.Context(), nameOf(t, source), source, engine.SaveOptions{Publish: true, By: "test"})
	require.NoError(t, err)
}

// nameOf is what a source calls its rule set.
func nameOf(t *testing.T, source string) string {
	t.Helper()
	_, rest, ok := strings.Cut(source, "name: ")
	require.True(t, ok, source)
	name, _, _ := strings.Cut(rest, "\n")
	return name
}

func activityOf(t *testing.T, h *house, leads ...string) []map[string]any {
	t.Helper()
	body := `{"callbackUrl":"u","context":{"admin":{}},"objectData":[`
	for i, l := range leads {
		if i > 0 {
			body += ","
		}
		body += l
	}
	callback, _, err := h.Evaluate(t.Context(), []byte(body+"]}"))
	require.NoError(t, err)
	var out struct {
		ObjectData []struct{ LeadData, ActivityData map[string]any }
	}
	require.NoError(t, json.Unmarshal(callback, &out), "%s", callback)
	var all []map[string]any
	for _, o := range out.ObjectData {
		for k, v := range o.LeadData {
			o.ActivityData["lead."+k] = v
		}
		all = append(all, o.ActivityData)
	}
	return all
}

func TestARuleSetRunsAfterTheLookup(t *testing.T) {
	h := newHouse(t)
	h.ruleSet(t, routing)
	got := activityOf(t, h,
		lead(`"id":1,"country":"Germany","employees":"1,200"`, `"table":"countries","ruleSet":"routing"`),
		lead(`"id":2,"country":"Germany","employees":1200`, `"table":"countries","ruleSet":"routing"`),
		`{"objectContext":{"id":3,"country":"Narnia"},"flowStepContext":{"table":"countries","ruleSet":"routing","param1":"p"},"myTokenContext":{"Region Owner":"emea"}}`,
		lead(`"id":4,"country":"Cascadia"`, `"table":"countries","ruleSet":"routing"`),
		lead(`"id":5,"country":"Cascadia"`, `"table":"countries","ruleSet":"routing","onNoMatch":"clear"`))
	require.Equal(t, "big-german", got[1]["rulesFired"])
	require.Equal(t, "emea@example.com", got[1]["lead.ownerEmail"])
	require.Equal(t, "+10", got[1]["lead.leadScore"])
	require.Equal(t, "DE", got[1]["lead.countryCode"], "the lookup's own outputs stay")
	require.Equal(t, "Enterprise", got[1]["value1"])
	require.InDelta(t, 1200, got[1]["number1"], 0)
	require.Equal(t, "DE", got[1]["returnVal"])

	require.Equal(t, "anybody-else-known", got[2]["rulesFired"])
	require.Equal(t, "X-NA", got[2]["lead.countryCode"], "what a rule writes wins over the lookup")
	require.Equal(t, "p", got[2]["returnVal"])
	require.Equal(t, "emea", got[2]["value2"])
	require.JSONEq(t, `{"countryCode":"X-NA","countryNumber":0,"countryNote":"0"}`, got[2]["outputs"].(string))

	require.Equal(t, "LOOKUP_VALUE_NOT_FOUND", got[3]["errorCode"], "no rule took the miss")
	require.Equal(t, true, got[4]["success"])
	require.Equal(t, "null", got[4]["lead.countryCode"])
}

// What a rule makes of nothing is no activity value, and takes none away.
func TestAnActivityValueThatIsEmptyIsNotTold(t *testing.T) {
	h := newHouse(t)
	h.ruleSet(t, "name: blank\nrules:\n  - {name: any, when: 'true', set: {tier: '\"Gold\"'}, activity: {returnVal: '\"\"', value1: '\"\"', value2: nil, number1: nil, value3: '\"told\"'}}\n")
	got := activityOf(t, h, lead(`"id":1,"country":"Germany"`, `"table":"countries","ruleSet":"blank"`))
	require.Equal(t, "any", got[0]["rulesFired"])
	require.Equal(t, "DE", got[0]["returnVal"], "the lookup's own")
	require.Equal(t, "told", got[0]["value3"])
	for _, name := range []string{"value1", "value2", "number1"} {
		require.NotContains(t, got[0], name)
	}
}

func TestNoneRunsRulesAlone(t *testing.T) {
	h := newHouse(t)
	h.ruleSet(t, "name: alone\nrules:\n  - {name: vip, when: lead.vip == true, set: {tier: '\"Gold\"'}}\n")
	got := activityOf(t, h, lead(`"id":1,"vip":true`, `"table":"none","ruleSet":"alone"`), lead(`"id":2,"vip":false`, `"table":"none","ruleSet":"alone"`))
	require.Equal(t, "Gold", got[0]["lead.tier"])
	require.NotContains(t, got[0], "matched")
	require.Equal(t, "RULE_NO_MATCH", got[1]["errorCode"])
	require.Contains(t, got[1]["reason"], "alone (version 1)")
}

func TestARuleSetNamedInALookupRunsWithIt(t *testing.T) {
	h := newHouse(t)
	h.ruleSet(t, routing)
	table, ok := h.store.Catalog().Table("countries")
	require.True(t, ok)
	l, ok := table.Lookup("")
	require.True(t, ok)
	l.RuleSet = "routing"
	require.NoError(t, h.store.SetLookup("countries", l, "test"))
	got := activityOf(t, h, lead(`"id":1,"country":"Narnia"`, `"table":"countries"`), lead(`"id":2,"country":"Narnia"`, `"table":"countries","ruleSet":"none"`))
	require.Equal(t, "X-NA", got[0]["lead.countryCode"])
	require.Equal(t, "NA", got[1]["lead.countryCode"], "none switches it off")
}

func TestARuleThatFailsFailsItsLeadOnly(t *testing.T) {
	h := newHouse(t)
	h.ruleSet(t, "name: risky\nrules:\n  - {name: divide, when: 'lead.n != nil', set: {out: 'lead.a - lead.b'}, activity: {number1: number(lead.n)}}\n")
	got := activityOf(t, h,
		lead(`"id":1,"n":"1","a":"7","b":"x"`, `"table":"none","ruleSet":"risky"`),
		lead(`"id":2,"n":"1","a":"7","b":"2"`, `"table":"none","ruleSet":"risky"`))
	require.Equal(t, "RULE_FAILED", got[0]["errorCode"])
	require.Contains(t, got[0]["reason"], "divide")
	require.NotContains(t, got[0], "lead.out")
	require.NotContains(t, got[0], "number1")
	require.InDelta(t, 5, got[1]["lead.out"], 0)
}

func TestRulesLookThingsUp(t *testing.T) {
	h := newHouse(t)
	h.ruleSet(t, `
name: lookups
rules:
  - name: all
    when: "true"
    set:
      a: lookup("countries", lead.c).code ?? "none"
      b: exists("states", "us", "ny")
`)
	got := activityOf(t, h, lead(`"id":1,"c":"GERMANY"`, `"table":"none","ruleSet":"lookups"`), lead(`"id":2,"c":"?"`, `"table":"none","ruleSet":"lookups"`))
	require.Equal(t, "DE", got[0]["lead.a"])
	require.Equal(t, true, got[0]["lead.b"])
	require.Equal(t, "none", got[1]["lead.a"])
}

func TestABatchIsAnsweredByTheVersionThatIsLive(t *testing.T) {
	h := newHouse(t)
	for _, tier := range []string{"Silver", "Gold"} {
		h.ruleSet(t, "name: tiers\nrules:\n  - {name: any, when: 'true', set: {tier: '\""+tier+"\"'}}\n")
		got := activityOf(t, h, lead(`"id":1`, `"table":"none","ruleSet":"tiers"`))
		require.Equal(t, tier, got[0]["lead.tier"])
	}
	back, err := h.store.RollbackRuleSet("tiers", "test")
	require.NoError(t, err)
	require.Equal(t, 1, back)
	require.Equal(t, "Silver", activityOf(t, h, lead(`"id":1`, `"table":"none","ruleSet":"tiers"`))[0]["lead.tier"])
}

func TestWrongRuleSetsAreRefusedWithTheirPlace(t *testing.T) {
	h := newHouse(t)
	for source, want := range map[string]string{
		"name: x\nrules:\n  - {name: a, when: lead.x ==, set: {y: '1'}}\n":                                                    "line 3",
		"name: x\nrules:\n  - {name: a, when: 'true', activity: {bogus: '1'}}\n":                                              "bogus",
		"name: x\nrules:\n  - {name: a, when: 'true', set: {y: 'lookup(\"nope\", lead.x).z'}}\n":                              "nope",
		"name: x\nrules:\n  - {name: a, when: 'true', set: {y: '1'}}\ntests:\n  - {name: t, lead: {}, want: {set: {y: 2}}}\n": `test "t" fails`,
	} {
		_, err := h.CheckRuleSet(t.Context(), source, false)
		var wrong *engine.RuleSetError
		require.ErrorAs(t, err, &wrong, source)
		require.Contains(t, err.Error(), want, source)
	}
}

func TestTheTraceTellsWhichRuleHeld(t *testing.T) {
	h := newHouse(t)
	h.ruleSet(t, routing)
	results, err := h.Try(t.Context(), []json.RawMessage{[]byte(`{"country":"Narnia"}`), []byte(`{"country":"Germani"}`)}, []byte(`{"table":"countries","ruleSet":"routing"}`))
	require.NoError(t, err)
	require.Contains(t, results[0].Trace.Rules, "anybody-else-known")
	require.NotNil(t, results[1].Trace.Nearest)
	require.Equal(t, 1, results[1].Trace.Nearest.Row)
	require.Equal(t, []string{"Germany"}, results[1].Trace.Nearest.Cells)
}

func TestAWorkspaceWithRulesNeverShowsAnotherBatch(t *testing.T) {
	h := newHouse(t)
	h.ruleSet(t, routing)
	batch := func(leads ...string) []byte {
		return []byte(`{"callbackUrl":"u","objectData":[` + strings.Join(leads, ",") + `]}`)
	}
	var secrets []string
	for i := range 200 {
		secrets = append(secrets, lead(fmt.Sprintf(`"id":%d,"country":"Narnia","employees":"SECRET%d"`, i, i), fmt.Sprintf(`"table":"countries","ruleSet":"routing","param1":"SECRET%d"`, i)))
	}
	second := batch(lead(`"id":1,"country":"Narnia"`, `"table":"countries","ruleSet":"routing"`),
		lead(`"id":2,"country":"Germany"`, `"table":"countries"`), lead(`"id":3`, `"table":"none","ruleSet":"routing"`))
	alone, _, err := h.Evaluate(t.Context(), second)
	require.NoError(t, err)
	after, err := h.EvaluateTwice(t.Context(), batch(secrets...), second)
	require.NoError(t, err)
	require.Equal(t, string(alone), string(after))
	require.NotContains(t, string(after), "SECRET")
	require.Contains(t, string(after), "anybody-else-known")
}

// What is wrong with the question of a rule fails its lead, and says what.
func TestARuleThatAsksATableWronglySaysWhat(t *testing.T) {
	h := newHouse(t)
	for expression, reason := range map[string]string{
		`exists("states", "US")`:                                   `table "states" is matched by 2 values, not 1`,
		`lookup("states", "US", "CA", "x").owner == "x"`:           `table "states" is matched by 2 values, not 3`,
		`lookup("countries", "Germany").numeric - 276 > 0`:         "",
		`len(lookupAll("countries", "Germany")) == 2`:              "",
		`lookup("countries", "nobody").code == "x"`:                "",
		`lookup("countries", lead.c).code - 1 > 0`:                 "DE",
		`exists("states", lead.c, "CA") && lead.word - 1 > number`: "-",
	} {
		source := "name: asks\nrules:\n  - {name: r, when: '" + expression + "', set: {x: '1'}}\n"
		if reason == "-" {
			_, err := h.SaveRuleSet(t.Context(), "asks", source, engine.SaveOptions{Publish: true})
			require.Error(t, err, expression)
			continue
		}
		h.put(t, source)
		got := activityOf(t, h, lead(`"id":1,"c":"Germany"`, `"table":"none","ruleSet":"asks"`))[0]
		if reason == "" {
			require.Equal(t, "RULE_NO_MATCH", got["errorCode"], expression)
			continue
		}
		require.Equal(t, "RULE_FAILED", got["errorCode"], expression)
		require.Contains(t, got["reason"], reason, expression)
	}
}

// A column that goes away after a rule was saved fails the leads of the rule, and so
// does a lookup that the live version cannot be matched by.
func TestATableThatHasChangedSinceARuleWasSavedFailsItsLeads(t *testing.T) {
	h := newHouse(t)
	h.table(t, "moved", "k,v\na,v1\n", versionedLookup)
	h.ruleSet(t, "name: reads\nrules:\n  - {name: r, when: 'lookup(\"moved\", lead.k).v == \"v1\"', set: {x: '1'}}\n")
	tier := func() map[string]any {
		return activityOf(t, h, lead(`"id":1,"k":"a"`, `"table":"none","ruleSet":"reads"`))[0]
	}
	require.Equal(t, true, tier()["success"])
	_, err := h.store.Import(t.Context(), "moved", fromCSV(t, "k,w\na,v1\n"), tables.ImportOptions{Publish: true, Confirm: true, Force: true})
	require.NoError(t, err)
	got := tier()
	require.Equal(t, "RULE_FAILED", got["errorCode"])
	require.Contains(t, got["reason"], `"v"`)
	_, err = h.store.Import(t.Context(), "moved", fromCSV(t, "l,w\na,v1\n"), tables.ImportOptions{Publish: true, Confirm: true, Force: true})
	require.NoError(t, err)
	got = tier()
	require.Equal(t, "RULE_FAILED", got["errorCode"])
	require.Contains(t, got["reason"], `look up in table "moved"`)
}

func TestTheReportOfARuleSetTellsWhatMayBeAMistake(t *testing.T) {
	h := newHouse(t)
	report, err := h.CheckRuleSet(t.Context(), "name: x\nrules:\n  - {name: r, when: lead.n == 5, set: {x: '1'}}\ntests:\n  - {name: five, lead: {n: 5}, want: {rules: [r]}}\n", false)
	require.NoError(t, err)
	require.Len(t, report.Warnings, 1)
	require.Contains(t, report.Warnings[0].Message, "number(lead.n)")
	require.Equal(t, []engine.RuleTest{{Name: "five", Passed: true, Line: 5}}, report.Tests)
}

// A table that cannot be read while a rule set is checked is not the rule set's fault.
func TestACheckThatCannotReadATableIsNotTheRuleSetsFault(t *testing.T) {
	h := open(t, t.TempDir(), engine.Options{})
	h.table(t, "small", "k,v\na,v1\n", versionedLookup)
	ctx := during(t.Context(), func() { require.NoError(t, h.store.Close()) })
	_, err := h.CheckRuleSet(ctx, "name: x\nrules:\n  - {name: r, when: 'exists(\"small\", lead.k)', set: {x: '1'}}\ntests:\n  - {name: own, lead: {k: a}, want: {rules: [r]}}\n", false)
	require.ErrorIs(t, err, tables.ErrClosed)
	require.ErrorContains(t, err, "run the rule set's tests")
	require.NoError(t, h.Close())
}

// What rules write to a field of the lookup is of the type that the lookup gives it,
// be it the first output or a later one; other fields take what the rule makes.
func TestARuleWritesTheTypeOfTheLookupsOutput(t *testing.T) {
	h := newHouse(t)
	h.table(t, "sizes", "k,v,w\na,1,2\n", `{"match":[{"column":"k","field":"k"}],"outputs":[{"column":"v","field":"first","type":"integer"},{"column":"w","field":"second","type":"float"}]}`)
	h.ruleSet(t, "name: sizes\nrules:\n  - {name: r, when: 'true', set: {first: '\"12\"', second: '\"3.50\"', third: '\"12\"', fourth: '12', fifth: 'true'}}\n")
	got := h.answers(t, lead(`"id":1,"k":"a"`, `"table":"sizes","ruleSet":"sizes"`))[0]
	for field, want := range map[string]string{"first": "12", "second": "3.50", "third": `"12"`, "fourth": "12", "fifth": "true"} {
		require.Equal(t, want, got.field(field), field)
	}
	h.ruleSet(t, "name: sizes\nrules:\n  - {name: r, when: 'true', set: {first: '\"many\"'}}\n")
	got = h.answers(t, lead(`"id":1,"k":"a"`, `"table":"sizes","ruleSet":"sizes"`))[0]
	require.Equal(t, engine.CodeValueInvalid, got.ActivityData.ErrorCode)
	require.Contains(t, got.ActivityData.Reason, `field "first"`)
}
