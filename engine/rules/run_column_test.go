package rules_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine/rules"
	"tablestep/tables/column"
)

// TestAPendingLeftSideDecidesNothing: a left side that the test on the column leaves
// to the kernel must not be passed over, or a lead that fails is written to.
func TestAPendingLeftSideDecidesNothing(t *testing.T) {
	t.Parallel()
	for _, when := range []string{
		`lead.score > 100 || lead.score == "n/a"`,
		`lead.score > 100 || lead.score != "x"`,
		`not (lead.score > 100 && lead.score == "x")`,
		`lead.score > 100 && lead.score == "x"`,
		`(lead.score > 100 || lead.score == "n/a") && lead.score != nil`,
	} {
		set := condition(when)
		set.Rules[0].Set = []rules.Assignment{{Target: "grade", Value: rules.Expression{Text: `"A"`}}}
		p, err := rules.Compile(set, rules.Options{})
		require.NoError(t, err)
		for _, leads := range [][]lead{
			{{"lead.score": "n/a"}},
			{{"lead.score": "n/a"}, {"lead.score": 5}, {"lead.score": "n/a"}, {"lead.score": "n/a"}, {"lead.score": 5}, {"lead.score": 5}}, // through a memo
		} {
			out := run(t, p, batchOf(leads...))
			for i, l := range leads {
				if l["lead.score"] == "n/a" {
					require.Contains(t, outcome(out, i), `error: rule "only", when: cannot compare "n/a" > 100`, when)
					continue
				}
				require.NotContains(t, outcome(out, i), "error", when)
			}
		}
	}
}

// oneField are conditions on one field that are tested on the column.
func oneField() []string {
	conditions := []string{"lead.x == nil", "nil != lead.x", `"US" == lead.x`}
	for _, operator := range []string{"==", "!=", "contains", "startsWith", "endsWith"} {
		for _, literal := range []string{`"US"`, `""`, `"12"`, `"true"`, `"s"`} {
			conditions = append(conditions, "lead.x "+operator+" "+literal, "lower(lead.x) "+operator+" "+literal)
		}
	}
	for _, operator := range []string{"==", "!=", "<", "<=", ">", ">="} {
		for _, literal := range []string{"12", "0", "-3", "2.5", "nil"} {
			conditions = append(conditions, "lead.x "+operator+" "+literal)
		}
	}
	return append(conditions, `lead.x in ["US", "CA"]`, `lead.x in ["a", "b", "c", "d", "e", "f", "g", "US"]`, "lead.x in [12, 0, -3]", "lead.x in [12.0]", `lead.x in ["US", 12, nil]`, "lead.x in []", "lead.x in nil", `lead.x matches "^U"`, "lead.x")
}

// oneFieldLeads have all kinds of values, some of them twice.
func oneFieldLeads() []lead {
	var leads []lead
	for _, v := range []any{
		nil, "US", "us", "CA", "", " ", "12", "012", "+12", "-3", "1,200", "12.0", "2.5", "1e1", "n/a", "true", "False", "ÜS", "Straße", strings.Repeat("US", 5000), "999999999999999999", "1000000000000000000", "9223372036854775808",
		12, 0, -3, 2.5, true, false, "b", "g",
		column.Value{Kind: column.Number, Text: "12.0"},
		column.Value{Kind: column.Number, Text: "1e1"},
		column.Value{Kind: column.Number, Text: "-0"},
		column.Value{Kind: column.Number, Text: "12345678901234567890123"},
		column.Value{Kind: column.Other, Text: "US"},
		column.Value{Kind: column.Other, Text: `{"a":1}`},
	} {
		leads = append(leads, lead{"lead.x": v})
	}
	return append(leads, leads...)
}

// TestConditionsOnOneFieldAgreeWithTheOracle goes through all pairs of conditions on
// one field, joined by and, or and not, over all kinds of values. Each is run over
// the leads at once, through a memo, and over the first half, row by row.
func TestConditionsOnOneFieldAgreeWithTheOracle(t *testing.T) {
	t.Parallel()
	o := newOracle(t)
	leads := oneFieldLeads()
	type verdict struct {
		holds, fails bool
	}
	atoms := oneField()
	var verdicts [][]verdict
	for _, a := range atoms {
		tree, err := o.parse(a)
		require.NoError(t, err)
		var list []verdict
		for _, l := range leads {
			o.lead = l
			holds, err := o.condition(tree)
			list = append(list, verdict{holds, err != nil})
		}
		verdicts = append(verdicts, list)
	}
	hold := func(when string, want func(row int) verdict) {
		t.Helper()
		p, err := rules.Compile(condition(when), rules.Options{})
		require.NoError(t, err, when)
		for _, n := range []int{len(leads), len(leads) / 2} {
			out := run(t, p, batchOf(leads[:n]...))
			for row := range n {
				got := verdict{len(out.RulesFired(row)) > 0, out.Failure(row) != nil}
				if got != want(row) {
					require.Equal(t, want(row), got, "%s of %v", when, leads[row])
				}
			}
		}
	}
	both := func(a, b verdict, stop bool) verdict {
		if a.fails || a.holds == stop {
			return a
		}
		return b
	}
	for i, a := range atoms {
		hold(a, func(row int) verdict { return verdicts[i][row] })
		hold(fmt.Sprintf("not (%s)", a), func(row int) verdict {
			v := verdicts[i][row]
			return verdict{!v.holds && !v.fails, v.fails}
		})
		for j, b := range atoms {
			hold(fmt.Sprintf("(%s) && (%s)", a, b), func(row int) verdict { return both(verdicts[i][row], verdicts[j][row], false) })
			hold(fmt.Sprintf("(%s) || (%s)", a, b), func(row int) verdict { return both(verdicts[i][row], verdicts[j][row], true) })
		}
	}
}
