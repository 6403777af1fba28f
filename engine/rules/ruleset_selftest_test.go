package rules_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine/rules"
)

func runTests(t *testing.T, p *rules.Program) []rules.TestResult {
	t.Helper()
	results, err := p.RunTests(context.Background(), tables{}, time.Date(2024, 3, 15, 0, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	return results
}

func TestOwnTestsOfRuleSetsPass(t *testing.T) {
	for _, file := range []string{"routing.yaml", "scoring.json", "cookbook.yaml"} {
		data, err := os.ReadFile(filepath.Join("testdata", "cases", file))
		require.NoError(t, err)
		results := runTests(t, compile(t, string(data)))
		require.NotEmpty(t, results)
		for _, r := range results {
			require.True(t, r.Passed, "%s: %s: %s", file, r.Name, r.Message)
			require.Positive(t, r.Line)
		}
	}
}

func TestOwnTestsThatFailSayWhatDiffers(t *testing.T) {
	p := compile(t, `name: x
rules:
  - name: r
    when: lead.a == "1"
    set: {s: lead.b, n: number(lead.a), d: date("2024-01-02"), c: clear()}
    activity: {v: true}
tests:
  - name: all right
    lead: {a: "1", b: "2"}
    want: {rules: [r], set: {s: "2", n: 1.0, d: "2024-01-02", c: clear()}, activity: {v: true}}
  - name: everything wrong
    lead: {a: "1", b: "2"}
    want: {rules: [q], set: {s: 2, n: "1", d: "2024-01-03", c: null, nowhere: "x"}, activity: {v: "true"}}
  - name: nothing happens
    want: {rules: [r], set: {s: "2"}}
  - name: no failure
    want: {error: boom}
  - name: not compared
    lead: {a: "1"}
`)
	results := runTests(t, p)
	require.Equal(t, []rules.TestResult{
		{Name: "all right", Passed: true, Line: 8},
		{Name: "everything wrong", Line: 11, Message: `rules: wanted are [q], those that acted are [r]
set.c: wanted is no write, written is clear()
set.d: wanted is "2024-01-03", written is the date 2024-01-02
set.n: wanted is "1", written is 1
set.nowhere: wanted is "x", but no rule writes it
set.s: wanted is 2, written is "2"
activity.v: wanted is "true", written is true`},
		{Name: "nothing happens", Line: 14, Message: "rules: wanted are [r], those that acted are []\nset.s: wanted is \"2\", nothing is written"},
		{Name: "no failure", Line: 16, Message: `the lead does not fail; wanted is "boom"`},
		{Name: "not compared", Passed: true, Line: 18},
	}, results)
}
