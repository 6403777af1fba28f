package rules_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine/rules"
	"tablestep/tables/column"
)

// The grammar writes down every operator and function of the language between
// operands of every kind, literal and not. It is gone through whole, in the same
// order each time.

// grammarLeads are leads whose fields have values of all kinds; the second one has
// nothing, the third one other texts.
var grammarLeads = []lead{
	{
		"lead.yes": true, "lead.int": 7, "lead.float": 2.5, "lead.big": column.Value{Kind: column.Number, Text: "9007199254740993"}, "lead.most": column.Value{Kind: column.Number, Text: "9223372036854775807"},
		"lead.text": "VP Sales", "lead.digits": "120", "lead.money": "$1,200.50", "lead.blank": " ", "lead.empty": "", "lead.true": "True", "lead.junk": "n/a", "lead.day": "2024-02-03",
		"row": true, "row.owner": "Ann",
	},
	{},
	{
		"lead.yes": false, "lead.int": 0, "lead.float": -0.5, "lead.big": 5, "lead.most": column.Value{Kind: column.Number, Text: "-9223372036854775808"}, "lead.text": "US", "lead.digits": "-3", "lead.money": "12", "lead.blank": "\t", "lead.empty": "x",
		"lead.true": "FALSE", "lead.junk": "7 days", "lead.day": "2024-02-03T10:00:00Z", "lead.nothing": "something",
	},
}

// operands are of all kinds: fields first, then literals, then what is worked out.
func operands() []string {
	return []string{
		"lead.nothing", "lead.yes", "lead.int", "lead.float", "lead.big", "lead.most", "lead.text", "lead.digits", "lead.money", "lead.blank", "lead.empty", "lead.true", "lead.junk",
		"nil", "true", "false", "5", "0", "-3", "2.5", `""`, `"US"`, `"12"`, `"VP"`,
		`["US", 5, nil]`, `["US", "VP Sales"]`, `[7, 5]`, `[]`, `1..3`, `{"US": 1}`,
		`[lead.text, lead.int]`, `{"US": lead.text, "x": 2}`, "date(lead.day)", `lower(lead.text)`, "(lead.int + 1)", "words(lead.text)", `number(lead.digits)`, "(lead.yes ? lead.int : lead.text)",
	}
}

// flat are the expressions of one operator between two operands.
func flat() []string {
	var all []string
	for _, operator := range rules.Operators() {
		for _, name := range operator.Names {
			for _, left := range operands() {
				for _, right := range operands() {
					all = append(all, fmt.Sprintf("(%s) %s (%s)", left, name, right))
				}
			}
		}
	}
	return all
}

// shapes are the other forms of the language with each operand in each place.
func shapes() []string {
	var all []string
	for _, x := range operands() {
		for _, shape := range []string{"-(%s)", "+(%s)", "not (%s)", "!(%s)", "(%s) ? 1 : 2", "let v = %s; v", "let v = %s; v + lead.int", `(lead.yes ? "a" : "b") + (%s)`, `lead.int + (lead.yes ? "a" : (%s))`, `"" + (%s) + 5`, `5 + (" " + (%s))`, "let v = %s; v == v", "[%s, 1]", "[(%s)][0]", `{"a": %s}.a`, `{"a": %s, "a": 2}.a`, `(%s) not in [5, "US"]`, "(%s) ?? 1", "[1, 2, 3][%s]", `{"5": 5, "true": 6, "": 7}[%s]`, "lead.text matches (%s)", `(%s) matches "^[0-9]"`, `lead.int < (%s) <= 9`, `true ? (%s) : 2`} {
			all = append(all, fmt.Sprintf(shape, x))
		}
		for _, f := range rules.Functions() {
			if f.Group != "list" {
				continue
			}
			for _, predicate := range []string{"# == lead.text", "# > 1", "#", "# contains \"S\"", "# == nil", "lead.yes", "any(words(string(#)), # == \"us\")"} {
				all = append(all, fmt.Sprintf("%s(%s, %s)", f.Name, x, predicate))
			}
			all = append(all, fmt.Sprintf("%s(words(lead.text), %s)", f.Name, x), fmt.Sprintf("%s(%s)", f.Name, x))
		}
		for _, y := range operands() {
			all = append(all, fmt.Sprintf("(%s)[%s]", x, y))
		}
	}
	return all
}

// samples are arguments that suit a kind of the table of functions.
func samples(kind string) string {
	return map[string]string{"table": `"territories"`, "pattern": `"(V|U)(.)"`, "layout": `"YYYY"`, "zone": `"Europe/Berlin"`, "span": `"09:00-17:00"`, "country": `"DE"`, "list": `["a", "b"]`, "whole": "2", "date": `"2024-01-31"`, "number": "40", "text": `"VP Sales"`, "any": `"x"`}[kind]
}

// calls are calls of each function with each operand in each place, beside samples.
func calls() []string {
	var all []string
	for _, f := range rules.Functions() {
		kinds := rules.Takes(f.Name)
		for place := range kinds {
			for _, x := range operands() {
				args := make([]string, len(kinds))
				for i, kind := range kinds {
					if args[i] = samples(kind); i == place {
						args[i] = x
					}
				}
				if f.Name == "band" && place == 0 {
					args[1] = "10"
				}
				all = append(all, fmt.Sprintf("%s(%s)", f.Name, strings.Join(args, ", ")))
			}
		}
	}
	return all
}

// nested are expressions of several levels.
func nested(n int) []string {
	var all []string
	for _, seed := range seeds(n) {
		g := &generator{data: seed}
		all = append(all, g.any(3), g.condition(3))
	}
	return all
}

// compare holds an expression against the oracle on all leads at once and on each by
// itself, as a value and as a condition. It says how many it could compare, and
// whether rules refuse it.
func (o *oracle) compare(t *testing.T, expression string, leads []lead) (compared int, refused bool) {
	t.Helper()
	tree, err := o.parse(expression)
	if err != nil {
		return 0, true
	}
	for _, set := range []*rules.RuleSet{one(expression), condition(expression)} {
		// What would fail every lead is compared as well.
		p, err := rules.Compile(set, rules.Options{Stored: true})
		if err != nil {
			refused = true
			continue
		}
		batch := outcomes(run(t, p, batchOf(leads...)))
		for i, l := range leads {
			o.lead = l
			want := "error"
			if len(set.Rules[0].Set) > 0 {
				if want = o.written(o.eval(tree)); want == "" {
					want = "rules only"
				}
			} else if holds, err := o.condition(tree); err == nil {
				want = map[bool]string{true: "rules only"}[holds]
			}
			if bare(batch[i]) != want {
				require.Equal(t, want, batch[i], "%s\nof %v", expression, l)
			}
		}
		compared++
	}
	return compared, refused
}

// bare is an outcome of the rule set one, or condition, without what all have.
func bare(outcome string) string {
	if strings.HasPrefix(outcome, "error: ") {
		return "error"
	}
	return strings.TrimPrefix(outcome, "rules only; set.out = ")
}

func TestTheWholeGrammarGivesWhatExprGives(t *testing.T) {
	t.Parallel()
	total := 0
	for name, part := range map[string][]string{"flat": flat(), "shapes": shapes(), "calls": calls(), "nested": nested(3000)} {
		o := newOracle(t)
		expressions, refused := 0, 0
		for _, expression := range part {
			n, no := o.compare(t, expression, grammarLeads)
			if n > 0 {
				expressions++
			}
			if no {
				refused++
			}
		}
		t.Logf("%s: %d expressions of %d compared, %d refused as value or condition", name, expressions, len(part), refused)
		total += expressions
	}
	require.GreaterOrEqual(t, total, 45_000)
}

// TestWhatIsRefusedFailsOrIsNeverTrue holds the checker to its word: what it refuses
// because of kinds must fail every lead, or be a comparison that never holds.
func TestWhatIsRefusedFailsOrIsNeverTrue(t *testing.T) {
	t.Parallel()
	o := newOracle(t)
	refused := 0
	for _, expression := range flat() {
		if strings.Contains(expression, ") and (") || strings.Contains(expression, ") or (") || strings.Contains(expression, ") && (") || strings.Contains(expression, ") || (") {
			continue // whose right side may never be looked at
		}
		_, err := rules.Compile(one("("+expression+") == nil"), rules.Options{})
		if err == nil {
			continue
		}
		tree, parseError := o.parse(expression)
		require.NoError(t, parseError, expression)
		refused++
		o.lead = grammarLeads[0]
		v, err2 := o.eval(tree)
		switch {
		case strings.Contains(err.Error(), "never equal"):
			require.NoError(t, err2, expression)
			require.Equal(t, strings.Contains(expression, ") != ("), v, expression)
		case strings.Contains(err.Error(), "needs texts"):
			// true and false written out beside a text operator are a mistake, even if
			// a field that has them is read as a text.
		case v == nil || v == false:
			// Fails the lead, or a field that is empty hides that it would.
		default:
			require.Error(t, err2, "%s is refused and gives %v", expression, v)
		}
	}
	require.Greater(t, refused, 1000)
}
