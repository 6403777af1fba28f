package engine_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
	"tablestep/engine/rules"
	"tablestep/testdata"
)

// starters loads all starter tables.
func (h *house) starters(t *testing.T) {
	t.Helper()
	entries, err := testdata.Files.ReadDir("tables")
	require.NoError(t, err)
	for _, e := range entries {
		if name, ok := strings.CutSuffix(path.Base(e.Name()), ".csv"); ok {
			h.starter(t, name)
		}
	}
}

// checked is what CheckRuleSet says of a rule set that must be good. It measures
// by the clock what expressions take: on a busy machine it is asked again, and the
// race detector, which makes everything slower, is forgiven.
func (h *house) checked(t *testing.T, source string) *engine.RuleSetReport {
	t.Helper()
	for range 50 {
		report, err := h.CheckRuleSet(t.Context(), source, false)
		if err == nil {
			return report
		}
		var wrong *engine.RuleSetError
		require.ErrorAs(t, err, &wrong, source)
		for _, p := range wrong.Problems {
			require.Contains(t, p.Message, "the expression takes", "%v\n%s", err, source)
		}
		if raced() {
			return report
		}
	}
	require.Fail(t, "the rule set is too slow", source)
	return nil
}

// raced says that the race detector is on.
func raced() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

func TestTheRuleSetsOfTheDocumentsPassTheirTests(t *testing.T) {
	h := open(t, t.TempDir(), engine.Options{MyTokens: []string{"Default Owner", "Event Date", "Event Zone", "Report Date"}})
	defer h.close(t)
	h.starters(t)
	require.GreaterOrEqual(t, len(blocks(section(t, rulesFile, "Cookbook"), "yaml")), 15)
	sources := blocks(section(t, readmeFile, "A rule set"), "yaml")
	require.Len(t, sources, 1)
	names := map[string]bool{}
	for _, source := range append(sources, blocks(document(t, rulesFile), "yaml")...) {
		report := h.checked(t, source)
		t.Run(report.Name, func(t *testing.T) {
			require.NotEmpty(t, report.Tests)
			require.Empty(t, report.Warnings)
			require.False(t, names[report.Name], "names differ")
			names[report.Name] = true
			for _, r := range report.Tests {
				require.True(t, r.Passed, r.Name)
			}
			// A test that wants nothing would pass whatever the rules do.
			set, err := rules.Parse([]byte(source))
			require.NoError(t, err)
			for _, test := range set.Tests {
				require.True(t, test.Want.Rules != nil || test.Want.Error != "" || len(test.Want.Set)+len(test.Want.Activity) > 0, test.Name)
			}
		})
	}
}

func TestTheFirstRuleSetOfTheirPageIsTheSampleFile(t *testing.T) {
	file, err := os.ReadFile("../testdata/rules/lead-routing.yaml")
	require.NoError(t, err)
	require.Equal(t, string(file), blocks(document(t, rulesFile), "yaml")[0])
}

// TestThePageOfRulesSaysWhatComparisonsGive runs each row of its table through the
// rules as a test of a rule set.
func TestThePageOfRulesSaysWhatComparisonsGive(t *testing.T) {
	h := open(t, t.TempDir(), engine.Options{})
	defer h.close(t)
	all := tableRows(t, document(t, rulesFile), "| `lead.x` is | expression | gives |")
	require.Greater(t, len(all), 15)
	for _, row := range all {
		t.Run(strings.Join(row, " "), func(t *testing.T) {
			given, want := map[string]any{}, map[string]any{}
			if row[0] != "absent" {
				given["x"] = json.RawMessage(row[0])
			}
			switch row[2] {
			case "failure":
				want["error"] = "no number"
			case "nil":
				want["set"] = map[string]any{"out": nil}
			default:
				want["set"] = map[string]any{"out": json.RawMessage(row[2])}
			}
			source, err := json.Marshal(map[string]any{
				"name":  "row",
				"rules": []any{map[string]any{"name": "it", "when": "true", "set": map[string]string{"out": row[1]}}},
				"tests": []any{map[string]any{"name": "as written", "lead": given, "want": want}},
			})
			require.NoError(t, err)
			require.True(t, h.checked(t, string(source)).Tests[0].Passed)
		})
	}
}

// functionsBetween are the marks around the list of functions.
const (
	functionsBegin = "<!-- functions: written by go test ./engine -run Functions -update -->\n"
	functionsEnd   = "<!-- end of functions -->"
)

// functionList writes the list of functions as the page of rules has it.
func functionList() string {
	var b strings.Builder
	group := ""
	for _, f := range rules.Functions() {
		if f.Group != group {
			group = f.Group
			fmt.Fprintf(&b, "\n| %s | |\n|---|---|\n", group)
		}
		x := f.Examples[0]
		fmt.Fprintf(&b, "| `%s` | %s `%s` is `%s`. |\n", f.Signature, f.Text, x.Expression, x.Result)
	}
	b.WriteString("\n")
	return b.String()
}

func TestThePageOfRulesListsAllFunctions(t *testing.T) {
	text := document(t, rulesFile)
	before, rest, ok := strings.Cut(text, functionsBegin)
	require.True(t, ok)
	_, after, ok := strings.Cut(rest, functionsEnd)
	require.True(t, ok)
	if *update {
		text = before + functionsBegin + functionList() + functionsEnd + after
		require.NoError(t, os.WriteFile(rulesFile, []byte(text), 0o600))
	}
	list := text[len(before):]
	for _, f := range rules.Functions() {
		require.Contains(t, list, "\n| `"+f.Signature+"` | "+f.Text, "-update writes the list again")
	}
	require.Contains(t, list, functionList(), "-update writes the list again")
}

// What the section "When rules run" says of lookups and rules together.
func TestRulesAndLookupsGoTogetherAsTheirPageSays(t *testing.T) {
	h := newHouse(t)
	h.ruleSet(t, `
name: beside
rules:
  - {name: known, when: row != nil, set: {countryNumber: "7", countryNote: '""'}}
  - {name: large, when: 'number(lead.employees) > 1', set: {countryCode: '"??"', region: '"EMEA"'}}
`)
	const chosen = `"table":"countries","ruleSet":"beside"`
	got := activityOf(t, h,
		lead(`"id":1,"country":"Narnia"`, chosen),
		lead(`"id":2,"country":"?","employees":"5"`, chosen),
		lead(`"id":3,"employees":"5"`, chosen),
		lead(`"id":4,"country":"?"`, chosen),
		lead(`"id":5,"country":"?","employees":"5"`, chosen+`,"onNoMatch":"clear"`),
		lead(`"id":6,"country":"?"`, chosen+`,"onNoMatch":"default"`))
	require.InDelta(t, 7, got[0]["lead.countryNumber"], 0, "the rule wins, with the type of the lookup's output")
	require.Equal(t, "NA", got[0]["lead.countryCode"], "the lookup's other fields stay")
	require.NotContains(t, got[0], "lead.countryNote", "an empty text is not written")
	for _, miss := range got[1:3] {
		require.Equal(t, true, miss["success"], "a miss on which a rule acts is no failure")
		require.Equal(t, false, miss["matched"])
		require.Equal(t, "EMEA", miss["lead.region"])
	}
	require.Equal(t, "LOOKUP_VALUE_NOT_FOUND", got[3]["errorCode"], "no rule acts")
	require.Equal(t, "??", got[4]["lead.countryCode"], "clear leaves what a rule writes")
	require.Equal(t, "null", got[4]["lead.countryNote"])
	require.Equal(t, "ZZ", got[5]["lead.countryCode"], "the default is used as without rules")

	h.ruleSet(t, "name: always\nrules:\n  - {name: all, when: 'true', set: {leadScore: '\"+1\"'}}\n")
	ambiguous := activityOf(t, h, lead(`"id":1,"title":"vp"`, `"table":"points","ruleSet":"always"`))[0]
	require.Equal(t, "LOOKUP_AMBIGUOUS", ambiguous["errorCode"])
	require.NotContains(t, ambiguous, "lead.leadScore")
}
