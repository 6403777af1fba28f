package rules_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine/rules"
)

// TestKernelsAgreeAtAllSizes is the harness of kernels: batches of several sizes,
// with and without nulls, whole and after a rule that takes leads away, against
// the oracle, lead by lead.
func TestKernelsAgreeAtAllSizes(t *testing.T) {
	conditions := []string{
		`lead.country == "US"`, `lead.country != "US"`, `lead.n > 50`, `lead.n in [1, 2, 3, 77]`, `lead.country in ["US", "DE"]`,
		`lower(lead.title) contains "vp"`, `lead.title startsWith "VP" || lead.title endsWith "7"`, `not (lead.n >= 10)`,
		`lead.country == "US" && lead.n > 50`, `lead.country == lead.state`, `lead.n + lead.m > 100`,
		`lower(lead.country) + lower(lead.state) == "usca"`, `lead.title matches "[0-9]{2}"`, `lead.title == nil`,
		`lead.n > 10 ? lead.country == "US" : lead.state == "CA"`, `findLast(words(lead.title), # == "vp") != nil`, `lead.title > 5`,
	}
	o := newOracle(t)
	values := []string{`lead.title`, `lead.country + "/" + lead.state`, `lead.n > 50 ? lower(lead.title) : lead.state`, `lead.m ?? lead.n`, `lead.n * lead.m`, `"x"`, `lower(lead.title)`}
	for _, size := range []int{0, 1, 3, 64, 1000} {
		for _, nulls := range []bool{false, true} {
			t.Run(fmt.Sprintf("rows=%d/nulls=%t", size, nulls), func(t *testing.T) {
				leads := make([]lead, size)
				for i := range leads {
					l := lead{
						"lead.country": []any{"US", "DE", "FR", "CA"}[i*7%4], "lead.state": []any{"CA", "NY", "US"}[i%3],
						"lead.title": fmt.Sprintf("VP Sales %d", i%200), "lead.n": i * 13 % 101, "lead.m": fmt.Sprint(i % 17),
					}
					if nulls {
						for j, name := range []string{"lead.country", "lead.state", "lead.title", "lead.n", "lead.m"} {
							if (i+j)%3 == 0 {
								l[name] = nil
							}
						}
					}
					leads[i] = l
				}
				for i, when := range conditions {
					set := &rules.RuleSet{Name: "sizes", HitPolicy: []rules.HitPolicy{rules.First, rules.All}[i%2], Rules: []rules.Rule{
						{Name: "takes", When: rules.Expression{Text: `lead.n in [5, 6, 7] || lead.state == "NY"`}},
						{Name: "rule", When: rules.Expression{Text: when}, Set: []rules.Assignment{{Target: "x", Value: rules.Expression{Text: values[i%len(values)]}}}},
						{Name: "again", When: rules.Expression{Text: when + ` && lower(lead.title) != "vp"`}, Set: []rules.Assignment{{Target: "x", Value: rules.Expression{Text: `lower(lead.title)`}}}},
					}}
					require.True(t, o.agree(t, set, leads), when)
				}
			})
		}
	}
}

func TestAProgramTellsWhatItReadsAndWrites(t *testing.T) {
	p := compile(t, "name: x\nrules:\n  - name: r\n    when: row != nil && my[\"Event Date\"] != nil && row.owner == lead.owner\n    set: {a: flow.param1}\n    activity: {value1: 1}\notherwise: {set: {a: nil}}\n")
	require.Equal(t, "x", p.Name())
	require.Equal(t, rules.First, p.HitPolicy())
	require.Equal(t, []string{"r", "otherwise"}, p.Rules())
	require.Equal(t, []rules.Target{{Name: "a"}, {Activity: true, Name: "value1"}}, p.Targets())
	fields := p.Fields()
	require.Equal(t, []string{"owner"}, fields.Of(rules.ScopeRow))
	require.True(t, fields.Has(rules.ScopeMy))
	require.False(t, fields.Has(rules.ScopeTrigger))
	require.Equal(t, `my["Event Date"]`, rules.Ref{Scope: rules.ScopeMy, Name: "Event Date"}.String())
	require.Contains(t, fields, rules.Ref{Scope: rules.ScopeRow})
}
