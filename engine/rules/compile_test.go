package rules_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine/rules"
)

// TestAProgramThatWasCheckedCanBeKept: what Compile returns needs nothing of what it
// was checked against, so that the one program that was checked is also the one that
// runs.
func TestAProgramThatWasCheckedCanBeKept(t *testing.T) {
	t.Parallel()
	set, err := rules.Parse([]byte(routing))
	require.NoError(t, err)
	asked, kept := 0, false
	p, err := rules.Compile(set, rules.Options{Tables: func(table string) (rules.Table, bool) {
		require.False(t, kept, "the tables are of use while compiling only")
		asked++
		return rules.Table{Columns: []string{"state", "owner email"}, Keys: 1}, table == "territories"
	}})
	require.NoError(t, err)
	require.Positive(t, asked)
	kept = true
	set.Rules[0].Name = "changed" // what was compiled stays as it was
	set.Rules = nil
	for range 2 {
		batch := batchOf(lead{"lead.country": "US", "lead.numberOfEmployees": "5000", "lead.state": "CA"})
		require.Equal(t, "rules enterprise-us; set.ownerEmail = text ann@example.com; set.leadScore = text +10; activity.value1 = text Enterprise", outcome(run(t, p, batch), 0))
		trace, err := p.Trace(context.Background(), batch, 0)
		require.NoError(t, err)
		require.Contains(t, trace.String(), "+ enterprise-us: held")
		require.NoError(t, p.CheckCost(context.Background(), nil))
	}
}

// TestAFailureToCompileCanBeRemembered: the same text fails with the same problems,
// which are data and hold nothing else.
func TestAFailureToCompileCanBeRemembered(t *testing.T) {
	t.Parallel()
	source := ruleOf("leed.x") + "    set: {a: leed.y}\n"
	first, second := check(source), check(source)
	var problems rules.Problems
	require.ErrorAs(t, first, &problems)
	require.Len(t, problems, 2)
	require.Equal(t, first, second)
	require.Equal(t, first.Error(), second.Error())
}

func TestNotMoreThanTwentyProblemsAreCollected(t *testing.T) {
	t.Parallel()
	set := &rules.RuleSet{Name: "x"}
	for range 30 {
		set.Rules = append(set.Rules, rules.Rule{Name: "r", When: rules.Expression{Text: "leed.x"}})
	}
	_, err := rules.Compile(set, rules.Options{})
	var problems rules.Problems
	require.ErrorAs(t, err, &problems)
	require.Len(t, problems, 20)
}

func TestNotMoreThanTwentyWarningsAreCollected(t *testing.T) {
	t.Parallel()
	set := &rules.RuleSet{Name: "x"}
	for range 30 {
		set.Rules = append(set.Rules, rules.Rule{Name: "r", When: rules.Expression{Text: "lead.x == 5"}})
	}
	p, err := rules.Compile(set, rules.Options{})
	require.NoError(t, err)
	require.Len(t, p.Warnings(), 20)
}

func TestCompileRefusesWhatParseWouldNotMake(t *testing.T) {
	t.Parallel()
	_, err := rules.Compile(&rules.RuleSet{Name: "x", HitPolicy: "best"}, rules.Options{})
	require.ErrorContains(t, err, `hitPolicy is "best"; it must be first or all`)
	_, err = rules.Compile(&rules.RuleSet{Name: "x", Rules: make([]rules.Rule, 6)}, rules.Options{Limits: rules.Limits{Rules: 5}})
	require.ErrorContains(t, err, "the rule set has 6 rules; at most 5 are allowed")
	p, err := rules.Compile(&rules.RuleSet{Name: "x"}, rules.Options{})
	require.NoError(t, err)
	require.Equal(t, rules.First, p.HitPolicy(), "first is what is meant without a word")
}

func TestLimitsOfAnExpressionHold(t *testing.T) {
	t.Parallel()
	limits := rules.Limits{Source: 40, Nesting: 3, Text: 10, List: 5, Effort: 500}
	of := func(expression string) string {
		p, err := rules.Compile(one(expression), rules.Options{Limits: limits})
		if err != nil {
			return "refused: " + err.Error()
		}
		return outcome(run(t, p, batchOf(lead{"lead.a": "12345", "lead.b": "123456"})), 0)
	}
	for _, c := range []struct{ expression, good, bad string }{
		{`"012345678901234567890123456789012345678"`, "", "the expression has 41 bytes; at most 40 are allowed"},
		{`(((1)))`, "number 1", ""},
		{`((((1))))`, "", "nested more than 3 levels deep"},
		{`lead.a + lead.a`, "text 1234512345", ""},
		{`lead.a + lead.b`, "", "the text would be longer than 10 bytes"},
		{`len(1..5)`, "number 5", ""},
		{`len(1..6)`, "", "the list would have more than 5 elements"},
		{`len(split("1,2,3,4,5", ","))`, "number 5", ""},
		{`len(split("1,2,3,4,5,6", ","))`, "", "the list would have more than 5 elements"},
		{`replace(lead.a, "1", "123456")`, "text 1234562345", ""},
		{`replace(lead.a, "1", "1234567")`, "", "the text would be longer than 10 bytes"},
		{`join(["12345", "1234"], "-")`, "text 12345-1234", ""},
		{`join(["12345", "12345"], "-")`, "", "the text would be longer than 10 bytes"},
		{`upper("ßßßßßß")`, "", "longer than 10 bytes"},
		{`count(1..5, any(1..5, # > 9))`, "", "takes too long for one lead"},
	} {
		got := of(c.expression)
		if c.bad != "" {
			require.Contains(t, got, c.bad, c.expression)
			continue
		}
		require.Contains(t, got, c.good, c.expression)
	}
}
