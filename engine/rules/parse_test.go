package rules_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine/rules"
)

// check parses and compiles.
func check(source string) error {
	set, err := rules.Parse([]byte(source))
	if err != nil {
		return err
	}
	_, err = rules.Compile(set, rules.Options{
		Activity: []string{"value1", "number1"},
		Tables: func(table string) (rules.Table, bool) {
			return rules.Table{Columns: []string{"state", "owner"}}, table == "territories"
		},
	})
	return err
}

// rule is a rule set whose line 4 is a rule's condition.
func ruleOf(when string) string {
	return "name: x\nrules:\n  - name: r\n    when: " + when + "\n"
}

func TestProblemsNameThePlace(t *testing.T) {
	for _, c := range []struct {
		name, source string
		want         []string // line:column message (part)
	}{
		{"no rules", "name: x\n", []string{"1:1 the rule set has no rules"}},
		{"no name", "rules: []\n", []string{"1:1 the rule set has no name"}},
		{"empty", " \n", []string{"1:1 the rule set is empty"}},
		{"only a comment", "# nothing\n", []string{"1:1 the rule set is empty"}},
		{"a list", "- a\n", []string{"1:1 a rule set must be a mapping of keys to values, not a list"}},
		{"tab", "name: x\nrules:\n\t- name: r\n", []string{"3:2 this is not YAML: found character that cannot start any token; a line begins with spaces, never with a tab"}},
		{"moved in", "name: x\nrules:\n  - name: r\n   when: lead.a\n", []string{"2:1 this is not YAML: did not find expected '-' indicator; a line here or below is not moved in like its neighbours"}},
		{"bracket", "name: x\nrules: [\n  {name: r\n", []string{"this is not YAML: did not find expected ',' or '}'; an object in { } that begins here lacks a comma"}},
		{"unknown key", "name: x\nrule: []\n", []string{`2:1 a rule set has no key "rule"`, "1:1 the rule set has no rules"}},
		{"key twice", "name: x\nname: y\nrules: []\n", []string{`2:1 a rule set has the key "name" twice`}},
		{"key of a rule", "name: x\nrules:\n  - name: r\n    if: true\n", []string{`4:5 a rule has no key "if"`, "3:5 the rule has no condition"}},
		{"alias", "name: &n x\nrules: *n\n", []string{"1:7 name must be a text, not an anchor", "2:8 rules must be a list, not an anchor or alias", "1:1 the rule set has no name"}},
		{"hit policy", "name: x\nhitPolicy: best\nrules: []\n", []string{`2:12 hitPolicy is "best"; it must be first or all`}},
		{"same name", ruleOf("true") + "  - name: r\n    when: true\n", []string{"5:5 there is another rule of this name"}},
		{"comma in a name", "name: x\nrules:\n  - name: a,b\n    when: true\n", []string{"3:11 a rule's name may have no comma"}},
		{"empty expression", ruleOf(`""`), []string{"4:11 the expression is empty"}},
		{"list as an expression", ruleOf(`[1]`), []string{"4:11 an expression is wanted here, not a list"}},
		{"otherwise with a condition", ruleOf("true") + "otherwise:\n  when: true\n", []string{`6:3 otherwise has no key "when"`}},
		{"leading zeros in a test", ruleOf("true") + "tests:\n  - name: t\n    lead: {zip: 00501}\n", []string{"7:17 lead.zip: 00501 has leading zeros; write it in quotes"}},
		{"scope in a test", ruleOf("true") + "tests:\n  - name: t\n    leed: {}\n", []string{`7:5 a test has no key "leed"`}},
		{"id", ruleOf("true") + "    set: {id: 5}\n", []string{"5:15 the id of a lead cannot be written"}},
		{"activity", ruleOf("true") + "    activity: {value9: 5}\n", []string{`5:24 there is no callback attribute "value9"; there are value1, number1`}},

		{"plain", ruleOf(`lead.country = "US"`), []string{"4:24 "}},
		{"plain, in the middle", ruleOf(`lead.country == "US" && leed.x > 1`), []string{"4:35 there is no leed; a lead's field is lead.leed, and a text stands in quotes (did you mean lead?)"}},
		{"umlauts before it", ruleOf(`lead.country == "Österreich" && leed.x`), []string{"4:43 there is no leed"}},
		{"single quotes", ruleOf(`'"it''s" == leed.x'`), []string{"4:23 there is no leed"}},
		{"double quotes", ruleOf(`"\"\u00e9\x41\" == leed.x"`), []string{"4:30 there is no leed"}},
		{"literal block", ruleOf("|\n      lead.a == 1 &&\n\n        leed.x"), []string{"7:9 there is no leed"}},
		{"folded block", ruleOf(">-\n      lead.a == 1 &&\n      lead.b == 2 &&\n      leed.x"), []string{"7:7 there is no leed"}},
		{"plain over lines", ruleOf("lead.a == 1 &&\n      lead.b == 2\n      && leed.x"), []string{"6:10 there is no leed"}},
		{"double quotes over lines", ruleOf("\"lead.a == 1 &&\n      lead.b == 2\n      && leed.x\""), []string{"6:10 there is no leed"}},
		{"the end", ruleOf(`lead.country ==`), []string{"4:2"}},
		{"two expressions", ruleOf("leed.x") + "    set: {a: leed.y, b: '5 - \"x\"'}\n", []string{"4:11 there is no leed", "5:14 there is no leed", "5:30 - cannot be used with a text that is no number"}},
		{"CR LF", strings.ReplaceAll(ruleOf("|\n      lead.a == 1 &&\n      leed.x"), "\n", "\r\n"), []string{"6:7 there is no leed"}},
		{"mark of byte order", "\ufeff" + ruleOf("leed.x"), []string{"4:11 there is no leed"}},

		{"JSON key", "{\"name\": \"x\",\n\t\"rule\": []}", []string{`2:2 a rule set has no key "rule"`, "1:1 the rule set has no rules"}},
		{"JSON expression", "{\"name\": \"x\", \"rules\": [\n\t{\"name\": \"r\", \"when\": " + `"\"a\/\ud83d\ude00\" == leed.x"` + "}]}", []string{"2:48 there is no leed"}},
		{"JSON syntax", "{\"name\": \"x\",\n  \"rules\": [}", []string{"2:13 this is not JSON"}},
		{"JSON too short", "{\"name\": \"x\"", []string{"1:13 this is not JSON: the text ends too early"}},
		{"JSON and more", "{\"name\": \"x\", \"rules\": []} {}", []string{"1:28 this is not JSON: there is more text"}},
		{"two documents", "name: x\nrules: []\n---\nname: y\n", []string{"3:1 there is a second document here"}},
		{"colon in an expression", "name: x\nrules:\n  - name: r\n    when: lead.a ? true : false\n", []string{"4:5 this is not YAML: mapping values are not allowed in this context; an expression with a colon"}},

		{"condition that is a text", ruleOf(`'"US"'`), []string{"4:12 a condition must be true or false, and this is a text"}},
		{"text equal to a number", ruleOf(`lower(lead.a) == 5`), []string{"4:25 a text is never equal to a number"}},
		{"comparison with true", ruleOf(`lead.a > true`), []string{"4:20 true or false cannot be used with >"}},
		{"unknown function", ruleOf(`lowr(lead.a) == "x"`), []string{"4:11 there is no function lowr (did you mean lower?)"}},
		{"too few arguments", ruleOf(`left(lead.a) == "x"`), []string{"4:11 left does not take 1 arguments; it is left(x, n)"}},
		{"function as a value", ruleOf(`lower == "x"`), []string{"4:11 lower is a function; write lower(x)"}},
		{"scope as a value", ruleOf(`lead == nil`), []string{"4:11 lead is no value by itself"}},
		{"row as a value", ruleOf(`row ?? true`), []string{"4:11 the row can only be compared with nil"}},
		{"dynamic field", ruleOf(`lead[lead.x] == 1`), []string{"the field of lead must be written out"}},
		{"unknown table", ruleOf(`exists("nope", lead.x)`), []string{`4:18 there is no table "nope"`}},
		{"table from a field", ruleOf(`exists(lead.x, lead.x)`), []string{"4:23 the table's name must be written out"}},
		{"unknown column", ruleOf(`lookup("territories", lead.x).ovner == "x"`), []string{`4:41 table "territories" has no column "ovner"; it has state, owner`}},
		{"regular expression", ruleOf(`lead.x matches "a("`), []string{"4:26 the regular expression is wrong: missing closing )"}},
		{"in a text", ruleOf(`lead.x in "US,CA"`), []string{"4:21 in needs a list"}},
		{"slices", ruleOf(`lead.x[1:2] == "a"`), []string{"parts from:to are not available"}},
		{"list written", ruleOf("true") + `    set: {a: 'words(lead.x)'}` + "\n", []string{"5:15 a list cannot be written to a field"}},
		{"mixed ??", ruleOf(`lead.x ?? lead.y == 1`), []string{"?? cannot stand beside another operator without brackets"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := check(c.source)
			var problems rules.Problems
			require.ErrorAs(t, err, &problems)
			for i, p := range problems {
				got := fmt.Sprintf("%d:%d %s", p.Line, p.Column, p.Message)
				require.Less(t, i, len(c.want), got)
				if strings.Contains(c.want[i], ":") && c.want[i][0] <= '9' {
					require.True(t, strings.HasPrefix(got, c.want[i]), "got %s\nwant %s", got, c.want[i])
				} else {
					require.Contains(t, got, c.want[i])
				}
			}
			require.Len(t, problems, len(c.want))
		})
	}
}

func TestAProblemShowsACaretUnderThePlace(t *testing.T) {
	err := check(ruleOf(`lead.country == "US" && leed.x`))
	var p *rules.Problem
	require.ErrorAs(t, err, &p)
	require.Equal(t, "r", p.Rule)
	require.Equal(t, "when", p.Expression)
	require.Equal(t, `rule "r", when, line 4, column 35: there is no leed; a lead's field is lead.leed, and a text stands in quotes (did you mean lead?)
  |     when: lead.country == "US" && leed.x
  |                                   ^`, p.Error())
}

func TestRuleSetsAreReadFromYAMLAndJSONAlike(t *testing.T) {
	yaml, err := rules.Parse([]byte("name: x\nrules:\n  - {name: r, when: lead.a == 'b', set: {c: \"'d'\", b: 5}}\ntests:\n  - {name: t, lead: {a: b, n: 5, f: 1.5, y: true, z: null}}\n"))
	require.NoError(t, err)
	json, err := rules.Parse([]byte(`{"name": "x", "rules": [{"name": "r", "when": "lead.a == 'b'", "set": {"c": "'d'", "b": 5}}], "tests": [{"name": "t", "lead": {"a": "b", "n": 5, "f": 1.5, "y": true, "z": null}}]}`))
	require.NoError(t, err)
	for _, set := range []*rules.RuleSet{yaml, json} {
		require.Equal(t, rules.First, set.HitPolicy)
		require.Equal(t, "lead.a == 'b'", set.Rules[0].When.Text)
		require.Equal(t, "c", set.Rules[0].Set[0].Target, "the order is the author's")
		require.Equal(t, "5", set.Rules[0].Set[1].Value.Text)
		require.Equal(t, map[string]any{"a": "b", "n": 5, "f": 1.5, "y": true, "z": nil}, set.Tests[0].Given["lead"])
	}
}

func TestAFieldComparedWithANumberIsAWarning(t *testing.T) {
	p := compile(t, ruleOf(`lead.a == 5 || lead.b in [1, 2] || number(lead.c) == 7`))
	var got []string
	for _, w := range p.Warnings() {
		got = append(got, fmt.Sprintf("%d:%d %s", w.Line, w.Column, w.Message))
	}
	require.Equal(t, []string{
		"4:18 lead.a may arrive as a text, and a text is never equal to a number; write number(lead.a)",
		"4:33 lead.b may arrive as a text, and a text is never equal to a number; write number(lead.b)",
	}, got)
}

// FuzzParse reads what strangers send; whatever compiles also runs.
func FuzzParse(f *testing.F) {
	for _, file := range []string{"routing.yaml", "scoring.json"} {
		data, err := os.ReadFile(filepath.Join("testdata", "cases", file))
		require.NoError(f, err)
		f.Add(string(data))
	}
	for name, expression := range hostile() {
		if len(expression) < 10000 && name != "" {
			f.Add(ruleOf("|\n      " + expression))
		}
	}
	f.Fuzz(func(t *testing.T, source string) {
		set, err := rules.Parse([]byte(source))
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		p, err := rules.Compile(set, rules.Options{})
		if err != nil {
			var problem *rules.Problem
			require.ErrorAs(t, err, &problem)
			return
		}
		run(t, p, batchOf(lead{"lead.a": "x"}, lead{"lead.a": 5}, lead{}))
	})
}
