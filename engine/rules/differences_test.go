package rules_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/expr-lang/expr"
	"github.com/stretchr/testify/require"

	"tablestep/engine/rules"
	"tablestep/tables/column"
)

// A difference is where rules give something else than expr: operators between two
// kinds of values, what rules give there, and an example. The oracle reads these
// rows and nothing else, and RULES.md is written from them: what is not listed is as
// in expr.
type difference struct {
	operators   string // words
	left, right string // kinds, words; empty for an operator in front of one value
	gives       string // see settle
	text        string // of the documentation; empty if a row before says it
	lead        lead   // of the example
	expression  string
	expr, here  string // what the example gives, as outcome writes it; an error begins so
}

const (
	anyKind = "nil bool int float blank text list map date other"
	number  = "int float"
	textual = "blank text"
	scalar  = "bool int float blank text date"
	joined  = "nil " + scalar
)

var differences = []difference{
	{
		operators: "< <= > >=", left: "nil", right: anyKind, gives: "false", text: "An order comparison with nil is false.",
		expression: `lead.x > 100`, expr: "error: invalid operation: <nil> > int", here: "boolean false",
	},
	{operators: "< <= > >=", left: anyKind, right: "nil", gives: "false"},
	{
		operators: "< <= > >=", left: "blank", right: number, gives: "false", text: "A blank text beside a number counts as nil.",
		lead: lead{"lead.x": " "}, expression: `lead.x < 100`, expr: "error: invalid operation: string < int", here: "boolean false",
	},
	{operators: "< <= > >=", left: number, right: "blank", gives: "false"},
	{
		operators: "< <= > >=", left: "text", right: number, gives: "numbers", text: "A text beside a number in an order comparison is read as number(x) reads it; one that is no number fails the lead.",
		lead: lead{"lead.x": "1,200"}, expression: `lead.x > 100`, expr: "error: invalid operation: string > int", here: "boolean true",
	},
	{operators: "< <= > >=", left: number, right: "text", gives: "numbers"},
	{
		operators: "- * / % **", left: "nil blank", right: anyKind, gives: "nil", text: "Arithmetic with nil or a blank text gives nil.",
		expression: `lead.x * 2`, expr: "error: invalid operation: <nil> * int", here: "nothing",
	},
	{operators: "- * / % **", left: anyKind, right: "nil blank", gives: "nil"},
	{
		operators: "- * / % **", left: "text", right: "text int float", gives: "numbers", text: "Arithmetic reads texts as numbers, + only beside a number; a text that is no number fails the lead.",
		lead: lead{"lead.x": "$1,200"}, expression: `lead.x * 2`, expr: "error: invalid operation: string * int", here: "number 2400",
	},
	{operators: "- * / % **", left: number, right: "text", gives: "numbers"},
	{
		operators: "-", left: "date", right: "date", gives: "error", text: "Dates have no difference by -, and this is said when the rule set is saved; write daysBetween(x, y).",
		lead: lead{"lead.x": "2024-02-01"}, expression: `date(lead.x) - date("2024-01-01") == nil`, expr: "boolean false", here: "refused: ",
	},
	{
		operators: "+ - *", left: "int", right: "int", gives: "total", text: "A whole number beyond 64 bits becomes a float; in expr it runs over.",
		lead: lead{"lead.x": column.Value{Kind: column.Number, Text: "9223372036854775807"}}, expression: `lead.x + 1`, expr: "number -9223372036854775808", here: "number 9223372036854776000",
	},
	{operators: "-1", left: "int", gives: "total"},
	{
		operators: "join", left: joined, right: joined, gives: "texts", text: "Beside a text that is written out and is no number, + joins: numbers, dates, true and false are texts there, and nil is nothing.",
		lead: lead{"lead.x": 5}, expression: `"Score: " + lead.x`, expr: "error: invalid operation: string + int", here: "text Score: 5",
	},
	{operators: "join", left: anyKind, right: anyKind, gives: "error"},
	{
		operators: "+", left: "blank", right: number, gives: "nil", text: "Else + beside a number reads a text as a number, as the rest of arithmetic does: a blank one gives nil, and one that is no number fails the lead.",
		lead: lead{"lead.x": "120"}, expression: `lead.x + 10`, expr: "error: invalid operation: string + int", here: "number 130",
	},
	{operators: "+", left: number, right: "blank", gives: "nil"},
	{operators: "+", left: "text", right: number, gives: "numbers"},
	{operators: "+", left: number, right: "text", gives: "numbers"},
	{
		operators: "+", left: "nil", right: "nil int float", gives: "nil", text: "A number plus nil is nil.",
		expression: `lead.x + 1`, expr: "error: invalid operation: <nil> + int", here: "nothing",
	},
	{operators: "+", left: number, right: "nil", gives: "nil"},
	{
		operators: "+", left: textual, right: "nil", gives: "left", text: "A text plus nil is the text.",
		expression: `"Hello " + lead.x`, expr: "error: invalid operation: string + <nil>", here: "text Hello ",
	},
	{operators: "+", left: "nil", right: textual, gives: "right"},
	{
		operators: "-1", left: "nil blank", gives: "nil", text: "Minus nil, or a blank text, is nil; minus a text reads it as a number.",
		lead: lead{"lead.x": "120"}, expression: `-lead.x`, expr: "error: invalid operation: - string", here: "number -120",
	},
	{operators: "-1", left: "text", gives: "numbers"},
	{
		operators: "condition", left: "nil", gives: "false", text: "nil as a condition is false; so are the texts true and false what they say, in any case.",
		lead: lead{"lead.x": "True"}, expression: `lead.x ? 1 : 2`, expr: "error: interface conversion", here: "number 1",
	},
	{operators: "condition", left: "text", gives: "condition"},
	{
		operators: "contains startsWith endsWith matches", left: scalar, right: scalar, gives: "texts", text: "Text operators read numbers, dates, true and false as texts.",
		lead: lead{"lead.x": 120}, expression: `lead.x contains "2"`, expr: "error: interface conversion", here: "boolean true",
	},
	{
		operators: "in", left: "bool int float date list map", right: "map", gives: "false", text: "Only a text is a key of a mapping; in is false for anything else.",
		lead: lead{"lead.x": 5}, expression: `lead.x in {"5": true}`, expr: "error: reflect", here: "boolean false",
	},
	{
		operators: "in", left: anyKind, right: "date", gives: "error", text: "A date is neither a list nor a mapping, and in is refused.",
		expression: `"x" in date("2024-01-01")`, expr: "boolean false", here: "refused: ",
	},
	{
		operators: "..", left: "float", right: anyKind, gives: "error", text: "A range needs whole numbers; expr cuts the fraction off.",
		lead: lead{"lead.x": 1.5}, expression: `1 in lead.x..3`, expr: "boolean true", here: "error: cannot make the range",
	},
	{operators: "..", left: anyKind, right: "float", gives: "error"},
	{
		operators: "[]", left: "nil", right: anyKind, gives: "nil", text: "A dot or brackets behind nil give nil, and so does an element that a list does not have.",
		lead: lead{"lead.x": "a b"}, expression: `words(lead.x)[5]`, expr: "error: index out of range", here: "nothing",
	},
	{operators: "[]", left: "list", right: "int", gives: "nil for an error"},
	{operators: "[]", left: "list", right: "nil", gives: "nil"},
	{
		operators: "[]", left: "list", right: "float", gives: "error", text: "An element of a list is named by a whole number; expr cuts the fraction off.",
		lead: lead{"lead.x": 1.5}, expression: `["a", "b"][lead.x]`, expr: "text b", here: "error: cannot take",
	},
	{
		operators: "[]", left: textual, right: anyKind, gives: "error", text: "A text has no parts by brackets; use left, right or split.",
		lead: lead{"lead.x": "US"}, expression: `lead.x[0] == nil`, expr: "boolean false", here: "error: cannot take",
	},
	{
		operators: "[]", left: "map", right: "bool int float date", gives: "key", text: "A number in the brackets behind a mapping is read as a text.",
		lead: lead{"lead.x": 5}, expression: `{"5": "five"}[lead.x]`, expr: "error: reflect", here: "text five",
	},
	{
		operators: "list", left: "nil", gives: "empty", text: "To a function with a predicate, nil is an empty list.",
		expression: `count(lead.x, # > 1)`, expr: "error: reflect", here: "number 0",
	},
	{
		operators: "addend", left: anyKind, gives: "addend", text: "sum reads texts as numbers and lists as their elements; what is no number does not count.",
		lead: lead{"lead.x": "12"}, expression: `sum([1, lead.x, "x"])`, expr: "error: invalid operation: string + int", here: "number 13",
	},
}

// differs is the row for an operator between two kinds, if there is one.
func differs(operator, left, right string) (difference, bool) {
	for _, d := range differences {
		if slices.Contains(strings.Fields(d.operators), operator) && slices.Contains(strings.Fields(d.left), left) &&
			(d.right == "" || slices.Contains(strings.Fields(d.right), right)) {
			return d, true
		}
	}
	return difference{}, false
}

// TestTheDifferencesAreWhatTheTableSays holds each example against expr, given the
// functions of rules, and against rules.
func TestTheDifferencesAreWhatTheTableSays(t *testing.T) {
	t.Parallel()
	for _, d := range differences {
		if d.text == "" {
			continue
		}
		t.Run(d.text, func(t *testing.T) {
			require.Equal(t, d.here, strings.TrimPrefix(cutAfter(withoutRule(written(t, d.expression, d.lead)), d.here), "set.out = "))
			program, err := expr.Compile(d.expression, append(functionsForExpr(), expr.Env(map[string]any{"lead": map[string]any{}}), expr.Optimize(false))...)
			require.NoError(t, err)
			result, err := expr.Run(program, map[string]any{"lead": plainLead(d.lead)["lead"]})
			got := ""
			if err != nil {
				got = "error: " + err.Error()
			} else {
				got, _ = plainOutcome(result)
				got = withoutRule(got)
			}
			require.Equal(t, d.expr, cutAfter(got, d.expr))
		})
	}
}

// withoutRule is an outcome of the rule set one without what all of them have.
func withoutRule(outcome string) string {
	outcome = strings.TrimPrefix(outcome, "rules only")
	outcome = strings.TrimPrefix(outcome, "; set.out = ")
	outcome = strings.Replace(outcome, `error: rule "only", set.out: `, "error: ", 1)
	if outcome == "" {
		return "nothing"
	}
	return outcome
}

// cutAfter cuts an error off where the wanted one ends: expr adds the source.
func cutAfter(got, want string) string {
	if (strings.HasPrefix(want, "error: ") || want == "refused: ") && strings.HasPrefix(got, want) {
		return want
	}
	return got
}

// differenceList writes the differences as RULES.md has them.
func differenceList() string {
	var b strings.Builder
	b.WriteString("\n| | `lead.x` is | expression | expr gives | rules give |\n|---|---|---|---|---|\n")
	for _, d := range differences {
		if d.text == "" {
			continue
		}
		given := "absent"
		if v, ok := d.lead["lead.x"]; ok {
			given = fmt.Sprintf("`%#v`", v)
			if number, ok := v.(column.Value); ok {
				given = "`" + number.Text + "`"
			}
		}
		fmt.Fprintf(&b, "| %s | %s | `%s` | %s | %s |\n", d.text, given, d.expression, plainly(d.expr), plainly(d.here))
	}
	b.WriteString("\n")
	return b.String()
}

// plainly is an outcome as the documentation has it.
func plainly(outcome string) string {
	kind, value, _ := strings.Cut(outcome, " ")
	switch kind {
	case "error:":
		return "failure"
	case "refused:":
		return "refused"
	case "nothing":
		return "nil"
	case "text":
		return "`" + fmt.Sprintf("%q", value) + "`"
	}
	return "`" + value + "`"
}

// functionsForExpr gives expr the functions of rules.
func functionsForExpr() []expr.Option {
	var options []expr.Option
	for _, f := range rules.Functions() {
		if f.Group == "list" {
			continue
		}
		options = append(options, expr.DisableBuiltin(f.Name), expr.Function(f.Name, func(args ...any) (any, error) {
			result, _, err := call(f.Name, args...)
			return result, err
		}))
	}
	return options
}
