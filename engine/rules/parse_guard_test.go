package rules_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine/rules"
)

// deep is an expression that the guard must count through: a part that looks deep
// and is not, in front of brackets that are at the limit, or one beyond it.
func deep(before string, brackets int) string {
	return before + rep("(", brackets) + "1" + rep(")", brackets)
}

// TestTheGuardCountsPastTextsAndComments: what stands in texts and comments is not
// counted, and what stands behind them is.
func TestTheGuardCountsPastTextsAndComments(t *testing.T) {
	t.Parallel()
	for _, before := range []string{
		"", `"((" == `, `'((' == `, "`((` == ", `"\"((" == `, `'\'((' == `, `"\\" == `, "`\\` == ", "/* (( */ ", "/* (( **/ ", "// ((\n", "/* é(( */ ", "// é((\n", `"é((" == `, "lead.a ?? ", "lead?.a ?? ", "(1) == ", "[1][0] == ", "{\"a\": 1}.a == ", "not1 == ", "iffy == ", "letter == ",
	} {
		for brackets, refused := range map[int]bool{100: false, 101: true} {
			_, err := rules.Compile(one(deep(before, brackets)), rules.Options{})
			if refused {
				require.ErrorContains(t, err, "the expression is nested more than 100 levels deep here", before)
				var problem *rules.Problem
				require.ErrorAs(t, err, &problem)
				// The place is that of the bracket that is one too many.
				last := strings.Split(before, "\n")
				require.Equal(t, len([]rune(last[len(last)-1]))+101, problem.Column, before)
				continue
			}
			if err != nil {
				require.NotContains(t, err.Error(), "nested", before)
			}
		}
	}
}

// TestTheGuardCountsWhatNestsTogether: brackets, signs and branches count as one.
func TestTheGuardCountsWhatNestsTogether(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text   string
		levels int
	}{
		{rep("(-", 50) + "1" + rep(")", 50), 100},
		{rep("[!", 50) + "true" + rep("]", 50), 100},
		{rep("-", 60) + rep("(", 40) + "1" + rep(")", 40), 100},
		{rep("true ? 1 : ", 60) + rep("(", 40) + "1" + rep(")", 40), 100},
		{rep("not ", 60) + rep("(", 40) + "true" + rep(")", 40), 100},
		{rep("- ", 100) + "1", 100},
		{rep("! ", 100) + "true", 100},
		{rep("+", 100) + "1", 100},
	} {
		_, err := rules.Compile(one("string(coalesce("+c.text+"))"), rules.Options{Limits: rules.Limits{Nesting: c.levels + 2}})
		if err != nil {
			require.NotContains(t, err.Error(), "nested", c.text)
		}
		_, err = rules.Compile(one("-"+c.text), rules.Options{Limits: rules.Limits{Nesting: 99}})
		require.ErrorContains(t, err, "nested more than 99 levels deep", c.text)
	}
}

func TestWhatIsNoTextIsRefused(t *testing.T) {
	t.Parallel()
	_, err := rules.Compile(one("\"\xff\""), rules.Options{})
	require.ErrorContains(t, err, "the expression is not UTF-8")
	for _, text := range []string{`"open`, `'open`, "`open", "/* open", `"open\`} {
		_, err := rules.Compile(one(text), rules.Options{})
		require.Error(t, err, text)
	}
}

// TestRepeatedCallsAreWorkedOutOnceAValue: a call that is written twice and reads one
// field costs as often as the field has values, however many rules have it.
func TestRepeatedCallsAreWorkedOutOnceAValue(t *testing.T) {
	t.Parallel()
	cost := func(n int) int64 {
		set := &rules.RuleSet{Name: "x"}
		for i := range n {
			set.Rules = append(set.Rules, rules.Rule{Name: fmt.Sprint(i), When: rules.Expression{Text: fmt.Sprintf(`similarity(lead.a, "%s") == %d`, rep("ab", 100), i+5)}})
		}
		p, err := rules.Compile(set, rules.Options{})
		require.NoError(t, err)
		cost, err := p.Probe(t.Context(), batchOf(costlyLeads(10)...))
		require.NoError(t, err)
		return cost.PerLead
	}
	require.Greater(t, cost(1), int64(20_000))
	require.Less(t, cost(10), cost(1)+10*100, "nine more cost their nodes only")
}

// TestDerivedResultsGoWithTheirBatch: what was worked out for one batch is not known
// in the next one.
func TestDerivedResultsGoWithTheirBatch(t *testing.T) {
	t.Parallel()
	set := &rules.RuleSet{Name: "x", HitPolicy: rules.All, Rules: []rules.Rule{
		{Name: "a", When: rules.Expression{Text: `lower(lead.a) + "!" == "x!"`}},
		{Name: "b", When: rules.Expression{Text: `lower(lead.a) + "?" == "x?"`}},
	}}
	p, err := rules.Compile(set, rules.Options{})
	require.NoError(t, err)
	for _, c := range []struct {
		leads []lead
		want  []string
	}{
		{[]lead{{"lead.a": "X"}, {"lead.a": "y"}}, []string{"rules a,b", ""}},
		{[]lead{{"lead.a": "Y"}, {"lead.a": "x"}}, []string{"", "rules a,b"}},
		{[]lead{{"lead.a": "Y"}, {"lead.a": "z"}, {"lead.a": "q"}, {"lead.a": "x"}}, []string{"", "", "", "rules a,b"}},
		{[]lead{{}}, []string{""}},
	} {
		for range 2 {
			require.Equal(t, c.want, outcomes(run(t, p, batchOf(c.leads...))))
		}
	}
}

// TestTuplesOfSeveralFieldsAreKeptApart: conditions on several fields are worked out
// once a distinct tuple; two tuples must never be taken for one. The fields have few
// values in one batch and many in the other, for which there are two ways to number
// tuples.
func TestTuplesOfSeveralFieldsAreKeptApart(t *testing.T) {
	t.Parallel()
	p, err := rules.Compile(one(`lower(lead.a) + "/" + lower(lead.b) + "/" + lower(lead.c)`), rules.Options{})
	require.NoError(t, err)
	for _, distinct := range []int{1, 2, 3, 7, 40, 1000} {
		leads := make([]lead, 1000)
		for i := range leads {
			leads[i] = lead{"lead.a": fmt.Sprint("A", i%distinct), "lead.b": fmt.Sprint("B", i/3%distinct), "lead.c": fmt.Sprint("C", i/7%distinct)}
			if i%11 == 0 {
				leads[i]["lead.b"] = nil
			}
		}
		for i, got := range outcomes(run(t, p, batchOf(leads...))) {
			b := ""
			if i%11 != 0 {
				b = fmt.Sprint("b", i/3%distinct)
			}
			require.Equal(t, fmt.Sprintf("rules only; set.out = text a%d/%s/c%d", i%distinct, b, i/7%distinct), got)
		}
	}
}

// TestMemosOfSeveralRulesAreTheirOwn: conditions and writes on one field keep what
// they know of each value apart.
func TestMemosOfSeveralRulesAreTheirOwn(t *testing.T) {
	t.Parallel()
	set := &rules.RuleSet{Name: "x", HitPolicy: rules.All}
	for i := range 5 {
		set.Rules = append(set.Rules, rules.Rule{
			Name: fmt.Sprint("r", i), When: rules.Expression{Text: fmt.Sprintf("number(lead.n) %% 5 == %d || upper(lead.n) == \"X\"", i)},
			Set: []rules.Assignment{{Target: fmt.Sprint("t", i), Value: rules.Expression{Text: fmt.Sprintf("number(lead.n) == 7 ? nil : number(lead.n) - %d", i)}}},
		})
	}
	p, err := rules.Compile(set, rules.Options{})
	require.NoError(t, err)
	leads := make([]lead, 200)
	for i := range leads {
		leads[i] = lead{"lead.n": fmt.Sprint(i % 20)}
	}
	for i, got := range outcomes(run(t, p, batchOf(leads...))) {
		n := i % 20
		want := fmt.Sprintf("rules r%d; set.t%d = number %d", n%5, n%5, n-n%5)
		if n == 7 {
			want = "rules r2"
		}
		require.Equal(t, want, got)
	}
}
