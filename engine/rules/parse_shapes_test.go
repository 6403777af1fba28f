package rules_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine/rules"
)

// good is a rule set that is right, with something put in place of a part of it.
func good(old, replacement string) string {
	const source = `name: x
description: what it is for
hitPolicy: all
rules:
  - name: r
    description: a rule
    when: true
    set:
      a: 1
    activity:
      value1: 2
otherwise:
  set:
    a: 3
tests:
  - name: t
    lead:
      a: 1
    want:
      rules:
        - r
      set:
        a: 1
      activity:
        value1: 2
`
	if !strings.Contains(source, old) {
		panic(old)
	}
	return strings.Replace(source, old, replacement, 1)
}

func TestWhatIsNoRuleSetIsToldWithItsPlace(t *testing.T) {
	t.Parallel()
	_, err := rules.Parse([]byte(good("name: x", "name: x")))
	require.NoError(t, err)
	for _, c := range []struct{ old, replacement, want string }{
		{"name: x", "name: [x]", "line 1, column 7: name must be a text, not a list"},
		{"name: x", "name: {a: b}", "line 1, column 7: name must be a text, not a mapping"},
		{"name: x", "name: null", "line 1, column 1: the rule set has no name"},
		{"name: x", "name: ''", "line 1, column 1: the rule set has no name"},
		{"description: what", "descripton: what", `line 2, column 1: a rule set has no key "descripton"; it may have name, description, hitPolicy, rules, otherwise and tests`},
		{"hitPolicy: all", "hitPolicy: any", `line 3, column 12: hitPolicy is "any"; it must be first or all`},
		{"hitPolicy: all", "hitPolicy: [all]", "line 3, column 12: hitPolicy must be a text, not a list"},
		{"hitPolicy: all", "? [a, b]\n: c", "a key of a rule set must be a plain name, not a list"},
		{"hitPolicy: all", "hitPolicy: &p all", "line 3, column 12: hitPolicy must be a text, not an anchor or alias"},
		{"hitPolicy: all", "<<: {a: b}", "a key of a rule set must be a plain name"},
		{"  - name: r\n    description", "  - &r\n    name: r\n    description", "a rule must be a mapping of keys to values, not an anchor or alias"},
		{"    when: true\n", "", `line 5, column 5: the rule has no condition; write when: true if it always holds`},
		{"    when: true\n", "    when:\n", "the expression is empty"},
		{"    when: true\n", "    when: ' '\n", "the expression is empty"},
		{"    when: true\n", "    when: {a: b}\n", "an expression is wanted here, not a mapping"},
		{"    when: true\n", "    when: true\n    when: false\n", `a rule has the key "when" twice`},
		{"    when: true\n", "    then: true\n", `a rule has no key "then"; it may have name, description, when, set and activity`},
		{"  - name: r\n    description", "  - description", "the rule has no name"},
		{"  - name: r\n    description", "  - name: otherwise\n    description", `"otherwise" is the name of the branch for leads that no rule took`},
		{"  - name: r\n    description", "  - name: \"a\\tb\"\n    description", "a rule's name may have no comma and no control characters"},
		{"  - name: r\n    description", "  - name: a,b\n    description", "a rule's name may have no comma and no control characters"},
		{"    set:\n      a: 1\n    activity", "    set: [a]\n    activity", "set must be a mapping of keys to values, not a list"},
		{"    set:\n      a: 1\n    activity", "    set:\n      '': 1\n    activity", "set needs the name of a field here"},
		{"    set:\n      a: 1\n    activity", "    set:\n      a: 1\n      a: 2\n    activity", `set has the key "a" twice`},
		{"    activity:\n      value1: 2\notherwise", "    activity: 5\notherwise", `activity must be a mapping of keys to values, not "5"`},
		{"otherwise:\n  set", "otherwise:\n  when: true\n  set", `otherwise has no key "when"; it may have set and activity`},
		{"otherwise:\n  set", "otherwise:\n  name: o\n  set", `otherwise has no key "name"`},
		{"otherwise:\n  set:\n    a: 3", "otherwise: []", "a rule must be a mapping of keys to values, not a list"},
		{"  - name: t\n", "  - nome: t\n", `a test has no key "nome"; it may have name, want and the scopes lead, flow, row, campaign, program, member, trigger, my, subscription`},
		{"  - name: t\n    lead", "  - lead", "the test has no name"},
		{"    lead:\n      a: 1", "    lead: [a]", "lead must be a mapping of keys to values, not a list"},
		{"    lead:\n      a: 1", "    lead:\n      a: [1]", "lead.a must be a text, a number, true, false or null, not a list"},
		{"    lead:\n      a: 1", "    lead:\n      a: 0x10", "lead.a: 0x10 is not a plain number; write it in quotes if it is a text"},
		{"    lead:\n      a: 1", "    lead:\n      a: 1_000", "lead.a: 1_000 is not a plain number"},
		{"    lead:\n      a: 1", "    lead:\n      a: .inf", "lead.a: .inf is not a plain number"},
		{"    lead:\n      a: 1", "    lead:\n      a: 007", "lead.a: 007 has leading zeros; write it in quotes if it is a text"},
		{"    lead:\n      a: 1", "    lead:\n      a: -01.5", "lead.a: -01.5 has leading zeros"},
		{"      rules:\n        - r", "      rules: r", `want.rules must be a list, not "r"`},
		{"      rules:\n        - r", "      rules: [[r]]", "a rule's name must be a text, not a list"},
		{"      rules:\n        - r", "      rule: [r]", `want has no key "rule"; it may have rules, set, activity and error`},
		{"      rules:\n        - r", "      error: [r]", "want.error must be a text, not a list"},
		{"      activity:\n        value1: 2", "      activity: x", `want.activity must be a mapping of keys to values, not "x"`},
		{"hitPolicy: all", "  hitPolicy: all", "this is not YAML"},
	} {
		t.Run(c.replacement, func(t *testing.T) {
			_, err := rules.Parse([]byte(good(c.old, c.replacement)))
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestValuesOfTestsAreReadAsLeadsHaveThem(t *testing.T) {
	t.Parallel()
	set, err := rules.Parse([]byte(good("    lead:\n      a: 1", `    lead:
      whole: 5
      zero: 0
      minus: -7
      fraction: 0.5
      large: 9007199254740993
      yes: true
      no: False
      nothing: null
      tilde: ~
      text: US
      quoted: "5"
      date: 2024-02-03
    row: null
    my: {Event Date: soon}`)))
	require.NoError(t, err)
	require.Equal(t, map[string]any{
		"whole": 5, "zero": 0, "minus": -7, "fraction": 0.5, "large": 9007199254740993, "yes": true, "no": false,
		"nothing": nil, "tilde": nil, "text": "US", "quoted": "5", "date": "2024-02-03",
	}, set.Tests[0].Given["lead"])
	require.Equal(t, map[string]any{"Event Date": "soon"}, set.Tests[0].Given["my"])
	require.Nil(t, set.Tests[0].Given["row"])
	require.Equal(t, rules.Want{Rules: []string{"r"}, Set: map[string]any{"a": 1}, Activity: map[string]any{"value1": 2}}, set.Tests[0].Want)
	require.Equal(t, "what it is for", set.Description)
	require.Equal(t, "a rule", set.Rules[0].Description)
	require.Equal(t, rules.All, set.HitPolicy)
	require.Equal(t, "value1", set.Rules[0].Activity[0].Target)
	require.Equal(t, "3", set.Otherwise.Set[0].Value.Text)
}

func TestReferencesAreWrittenAsExpressionsDo(t *testing.T) {
	t.Parallel()
	for want, ref := range map[string]rules.Ref{
		"lead.country": {Scope: rules.ScopeLead, Name: "country"}, "row": {Scope: rules.ScopeRow}, `my["Event Date"]`: {Scope: rules.ScopeMy, Name: "Event Date"},
		"flow._p1": {Scope: rules.ScopeFlow, Name: "_p1"}, "lead.$a": {Scope: rules.ScopeLead, Name: "$a"}, `lead["1a"]`: {Scope: rules.ScopeLead, Name: "1a"}, "lead.a1": {Scope: rules.ScopeLead, Name: "a1"},
		`lead["é"]`: {Scope: rules.ScopeLead, Name: "é"}, "lead.Zz": {Scope: rules.ScopeLead, Name: "Zz"}, `lead["a-b"]`: {Scope: rules.ScopeLead, Name: "a-b"}, `lead["a:"]`: {Scope: rules.ScopeLead, Name: "a:"}, "lead.a9z0": {Scope: rules.ScopeLead, Name: "a9z0"},
	} {
		require.Equal(t, want, ref.String())
		// What it is written as, is read as the same again.
		p, err := rules.Compile(condition(want+" != nil"), rules.Options{})
		require.NoError(t, err)
		require.Equal(t, rules.Refs{ref}, p.Fields())
	}
	refs := rules.Refs{{Scope: rules.ScopeRow}, {Scope: rules.ScopeRow, Name: "a"}, {Scope: rules.ScopeMy, Name: "b"}}
	require.Equal(t, []string{"a"}, refs.Of(rules.ScopeRow), "the row itself has no name")
	require.True(t, refs.Has(rules.ScopeMy))
	require.False(t, refs.Has(rules.ScopeLead))
}

func TestResultsTellWhoActed(t *testing.T) {
	t.Parallel()
	p := compile(t, `
name: who
hitPolicy: all
rules:
  - {name: a, when: lead.x > 0, set: {s: '"a"'}}
  - {name: b, when: lead.x > 1, set: {s: lead.y / lead.z}}
  - {name: c, when: lead.x > 1}
otherwise: {set: {s: '"none"'}}
`)
	leads := []lead{{"lead.x": 0}, {"lead.x": 1}, {"lead.x": 2, "lead.y": 1, "lead.z": 1}, {"lead.x": 2, "lead.y": 1, "lead.z": 0}, {"lead.x": "n/a"}}
	out := run(t, p, batchOf(leads...))
	require.Equal(t, []string{"otherwise", "a", "a/b/c", "", ""}, out.JoinRules("/"))
	for row, joined := range out.JoinRules(",") {
		require.Equal(t, joined, strings.Join(out.RulesFired(row), ","))
	}
	require.Equal(t, 2, out.Failed())
	for row, want := range []string{"", "", "", `rule "b", set.s: the result is no number`, `rule "a", when: cannot compare "n/a" > 0`} {
		if want == "" {
			require.Nil(t, out.Failure(row))
			continue
		}
		f := out.Failure(row)
		require.Contains(t, f.Error(), want)
		require.NotEmpty(t, f.Source)
		require.Equal(t, map[int]int{3: 6, 4: 5}[row], f.Line)
		_, written := out.Outputs[0].At(row)
		require.False(t, written, "nothing is kept of what was written before")
	}
	require.Len(t, out.Fired, 4)
	fired := map[string]int{}
	for _, f := range out.Fired {
		fired[f.Rule] = len(f.Rows)
	}
	require.Equal(t, map[string]int{"a": 2, "b": 1, "c": 1, "otherwise": 1}, fired)
	require.Equal(t, "nothing text number boolean date datetime clear", fmt.Sprint(rules.Nothing, " ", rules.Text, " ", rules.Number, " ", rules.Bool, " ", rules.Date, " ", rules.DateTime, " ", rules.Clear))
}
