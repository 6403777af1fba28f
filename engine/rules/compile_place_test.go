package rules_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine/rules"
)

// TestASlipHasItsPlaceInTheFile: whichever way the expression is quoted, and however many
// lines it has, the caret stands below what was typed.
func TestASlipHasItsPlaceInTheFile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		source, place, caret string // caret: the text that stands above it
	}{
		"plain":            {ruleOf(`lead.a == "x" AND lead.b == "y"`), "4:25 write and in small letters", "AND"},
		"single quotes":    {ruleOf(`'lead.a == "it''s" OR lead.b'`), "4:30 write or in small letters", "OR"},
		"double quotes":    {ruleOf(`"lead.a == \"é\" <> lead.b"`), "4:28 write !=", "<>"},
		"a literal block":  {ruleOf("|\n      lead.a == \"x\"\n      AND lead.b"), "6:7 write and in small letters", "AND"},
		"a folded block":   {ruleOf(">-\n      lead.a == \"x\" and\n      lead.Lead Score > 5"), "6:12 a name with a space stands in brackets: lead[\"Lead Score\"]", "Lead Score"},
		"curly quotes":     {ruleOf(`lead.a == “US”`), "4:21 the quotes of expressions are straight", "“US”"},
		"behind a comment": {ruleOf("|\n      // AND is no slip here\n      lead.a = 5"), "6:14 write == to compare", "= 5"},
		"JSON":             {"{\"name\": \"x\", \"rules\": [{\"name\": \"r\", \"when\": \"lead.a == \\\"x\\\" && lead.b = 5\"}]}", "1:74 write == to compare", "= 5"},
		"a date":           {ruleOf(`lead.d > 2024-01-31`), "4:20 2024-01-31 is calculated here", "2024-01-31"},
		"an open text":     {ruleOf(`lead.a == "x and lead.b`), "4:21 the text that begins here has no end", `"x and`},
		"an open bracket":  {ruleOf(`(lead.a == "x" and (lead.b == "y")`), "4:11 ( is not closed", "(lead.a"},
	} {
		err := check(c.source)
		var problem *rules.Problem
		require.ErrorAs(t, err, &problem, name)
		require.Contains(t, fmt.Sprintf("%d:%d %s", problem.Line, problem.Column, problem.Message), c.place, name)
		line, caret, ok := strings.Cut(problem.Snippet, "\n")
		require.True(t, ok, name)
		at := strings.Index(caret, "^")
		require.True(t, strings.HasPrefix(string([]rune(line)[at:]), c.caret), "%s\n%s", name, problem.Snippet)
	}
}

// TestAMessageOfALongLineShowsAnExcerpt: a program sends a rule set on one line; what is
// shown of it is what stands around the place.
func TestAMessageOfALongLineShowsAnExcerpt(t *testing.T) {
	t.Parallel()
	source, _ := oneLine(t)
	wrong := strings.Replace(source, `lead.score > 317`, `lead.Lead Score > 317`, 1)
	require.NotEqual(t, source, wrong)
	set, err := rules.Parse([]byte(wrong))
	require.NoError(t, err)
	_, err = rules.Compile(set, rules.Options{})
	var problem *rules.Problem
	require.ErrorAs(t, err, &problem)
	require.Equal(t, "r317", problem.Rule)
	require.Equal(t, "set.leadGrade", problem.Expression)
	require.Equal(t, `a name with a space stands in brackets: lead["Lead Score"]`, problem.Message)
	line, caret, _ := strings.Cut(problem.Snippet, "\n")
	require.LessOrEqual(t, len(line), 110)
	require.True(t, strings.HasPrefix(line[strings.Index(caret, "^"):], "Lead Score > 317"), problem.Snippet)
	require.Equal(t, strings.Index(wrong, "Lead Score > 317")+1, problem.Column)
}

// TestListFunctionsInEachOtherKeepTheirCounts: both count in the memory of the machine, and
// a list that one made is not written over by the next.
func TestListFunctionsInEachOtherKeepTheirCounts(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]string{
		`count(words(lead.a), any(words(lead.b), # startsWith "s"))`:                            "number 3",
		`count([1, 2, 3], count([1, 2, 3, 4], # > 2) == 2)`:                                     "number 3",
		`join(map([1, 2], join(map(filter([1, 2, 3], # > 1), string(#)), "-")), ",")`:           "text 2-3,2-3",
		`join(map(filter(words(lead.a), len(#) > 2), left(#, 1)), "")`:                          "text s",
		`sum(map([1, 2], sum([#, #])))`:                                                         "number 6",
		`any(filter([1, 2, 3], # > 1), # == 3) and none(filter([1, 2, 3], # > 1), # == 1)`:      "boolean true",
		`let big = filter([1, 2, 3], # > 1); count(filter([4, 5], # > 4)) + count(big, # >= 2)`: "error: ",
		`let big = filter([1, 2, 3], # > 1); len(filter([4, 5], # > 4)) + len(big)`:             "number 3",
		`findLast(words(lead.a), findLastIndex(words(lead.b), # == "sales") == 0)`:              "text bs",
	} {
		got := withoutRule(written(t, expression, lead{"lead.a": "VP sales bs", "lead.b": "sales south"}))
		require.True(t, strings.HasPrefix(got, want), "%s: %s", expression, got)
	}
}
