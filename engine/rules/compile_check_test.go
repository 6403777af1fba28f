package rules_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine/rules"
	"tablestep/tables/column"
)

func TestTheCheckerRefusesWithTheWayOut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		expression string
		column     int // from 1; 0 if it is fine
		message    string
	}{
		{`let lead = 1; 1`, 5, "lead is taken; choose another name"},
		{`let lower = 1; 1`, 5, "lower is taken; choose another name"},
		{`let repeat = 1; 1`, 5, "repeat is taken; choose another name"},
		{`let a = 1; let a = 2; a`, 16, "there is a variable a already"},
		{`let a = 1; a + (let b = 2; b)`, 0, ""},
		{`(let a = 1; a) + a`, 18, "there is no a; a lead's field is lead.a"},
		{`let $a = 1; 1`, 5, "a variable's name may have no $"},
		{`lowr`, 1, "there is no lowr; a lead's field is lead.lowr, and a text stands in quotes (did you mean lower?)"},
		{`xyzzy`, 1, "and a text stands in quotes"},
		{`lower`, 1, "lower is a function; write lower(x)"},
		{`campaign`, 1, "campaign is no value by itself; name a field, as in campaign.country"},
		{`row`, 1, "the row can only be compared with nil; name a column, as in row.owner"},
		{`row == row`, 1, "the row can only be compared with nil"},
		{`nil == row`, 0, ""},
		{`row != nil`, 0, ""},
		{`lead[lead.a]`, 11, `the field of lead must be written out, as in lead.country or lead["First Name"]`},
		{`lead[""]`, 6, "the field of lead must be written out"},
		{`lead.a.b`, 0, ""},
		{`lower(lead.a).b`, 15, "a text has no parts that a dot or brackets could name"},
		{`(1 + 2)[0]`, 8, "a number has no parts"},
		{`(true)[0]`, 7, "true or false has no parts"},
		{`words(lead.a)["x"]`, 15, "an element of a list is named by its number, counted from 0"},
		{`words(lead.a)[0]`, 0, ""},
		{`lead.a[1:2]`, 7, "parts from:to are not available; use left, right or split"},
		{`1; 2`, 4, "an expression yields one value; there is nothing to separate by ; but let"},
		{`b"x"`, 1, "bytes are not available; write a text without the b"},
		{`now().Year()`, 7, `values have no functions of their own; write number(formatDate(x, "YYYY"))`},
		{`nope(1)`, 1, "there is no function nope"},
		{`repeat("x", 2)`, 1, "there is no function repeat in rules"},
		{`reduce([1], # + #acc)`, 1, "there is no function reduce in rules"},
		{`{lead.a: 1}`, 6, ". cannot stand here"},
		{`{(lead.a): 1}.x`, 8, "a key of a mapping must be a text"},
		{`{(lower(lead.a)): 1}.x`, 0, ""},
		{`#`, 1, "# is an element, inside of functions"},
		{`any([1], #acc)`, 10, "there is # (the element) and #index, but no #acc"},
		{`any([1], #index > 0)`, 10, "#index is known in map only"},
		{`map([1], #index)[0]`, 0, ""},
		{`any("x", true)`, 5, "any needs a list, and this is a text"},
		{`any({"a": 1}, true)`, 5, "any needs a list, and this is a mapping"},
		{`any(nil, true)`, 0, ""},
		{`any(lead.a, true)`, 0, ""},
		{`any([1], 5)`, 10, "a condition must be true or false, and this is a number"},
		{`any(["a"], #)`, 12, "a condition must be true or false, and this is a text"},
		{`any([1], #)`, 0, ""},
		{`any(filter(["a"], true), #)`, 26, "a condition must be true or false, and this is a text"},
		{`any(map([1], "x"), #)`, 20, "a condition must be true or false, and this is a text"},
		{`any(map(["x"], 1), #)`, 0, ""},
		{`sum(["1"])`, 0, ""},
		{`not 5`, 5, "a condition must be true or false, and this is a number"},
		{`not nil`, 0, ""},
		{`5 ? 1 : 2`, 1, "a condition must be true or false, and this is a number"},
		{`true && "x"`, 9, "a condition must be true or false, and this is a text"},
		{`[1] || true`, 1, "a condition must be true or false, and this is a list"},
		{`-"x"`, 2, "- cannot be used with a text that is no number"},
		{`-"12"`, 0, ""},
		{`-[1]`, 2, "a list cannot be used with -"},
		{`-words("x")`, 2, "a list cannot be used with -"},
		{`+true`, 2, "true or false cannot be used with +"},
		{`lead.a - "x"`, 10, "- cannot be used with a text that is no number"},
		{`lead.a % true`, 10, "true or false cannot be used with %"},
		{`{"a": 1} * 2`, 1, "a mapping cannot be used with *"},
		{`"x" < 5`, 1, "< cannot be used with a text that is no number"},
		{`5 >= "x"`, 6, ">= cannot be used with a text that is no number"},
		{`"12" < 5`, 0, ""},
		{`"x" < lead.a`, 0, ""},
		{`"x" < "y"`, 0, ""},
		{`lead.a < [1]`, 10, "a list cannot be used with <"},
		{`true <= lead.a`, 1, "true or false cannot be used with <="},
		{`"a" + 1`, 0, ""},
		{`1 + "a"`, 0, ""},
		{`"a" + true`, 0, ""},
		{`"a" + [1]`, 7, `a list cannot be joined with a text; join(list, ", ") makes a text of a list`},
		{`lookup("territories", 1) + "a"`, 1, "a row of a table cannot be joined with a text; name a column of it"},
		{`lead.a + true`, 8, "true or false cannot be added"},
		{`[1] + lead.a`, 5, "a list cannot be added"},
		{`lead.a in "US"`, 11, `in needs a list, as in lead.country in ["US", "CA"]; use contains for texts`},
		{`lead.a in 5`, 11, "in needs a list, and this is a number"},
		{`lead.a in true`, 11, "in needs a list, and this is true or false"},
		{`lead.a in {"a": 1}`, 0, ""},
		{`lead.a in nil`, 0, ""},
		{`true contains "x"`, 1, "contains needs texts, and this is true or false"},
		{`lead.a startsWith [1]`, 19, "startsWith needs texts, and this is a list"},
		{`5 endsWith "x"`, 0, ""},
		{`lead.a matches "("`, 16, "the regular expression is wrong: missing closing )"},
		{`extract(lead.a, "(")`, 17, "the regular expression is wrong"},
		{`"a" == 1`, 5, "a text is never equal to a number; use number(x)"},
		{`1 != "a"`, 3, "a text is never equal to a number"},
		{`true == "true"`, 6, "true or false is never equal to a text"},
		{`[1] == {"a": 1}`, 5, "a list is never equal to a mapping"},
		{`words("x") == [1]`, 0, ""},
		{`nil == 1`, 0, ""},
		{`left("a")`, 1, "left does not take 1 arguments; it is left(x, n)"},
		{`upper({"a": 1})`, 7, "upper does not take a mapping; it is upper(x)"},
		{`coalesce({"a": 1}).a`, 0, ""},
		{`len({"a": 1})`, 0, ""},
		{`exists("", 1)`, 8, `the table's name must be written out in quotes, as in exists("territories", lead.state)`},
		{`exists(lead.a, 1)`, 13, "the table's name must be written out in quotes"},
		{`exists("nope", 1)`, 8, `there is no table "nope"`},
		{`lookup("territories", 1).owner`, 0, ""},
		{`lookup("territories", 1).nope`, 26, `table "territories" has no column "nope"; it has state, owner`},
		{`lookup("open", 1).anything`, 0, ""},
		{`words(lead.a)`, 1, `a list cannot be written to a field; join(list, ", ") makes a text of a list`},
		{`{"a": 1}`, 1, "a mapping cannot be written to a field"},
		{`map([1], "x")`, 1, "a list cannot be written to a field"},
		{`(1 +`, 4, "the expression ends too early: something is missing behind +"},
	} {
		t.Run(c.expression, func(t *testing.T) {
			_, err := rules.Compile(one(c.expression), rules.Options{Tables: func(table string) (rules.Table, bool) {
				return map[string]rules.Table{"territories": {Columns: []string{"state", "owner", "Code", "CODE"}, Keys: 1}}[table], table == "territories" || table == "open"
			}})
			if c.column == 0 {
				require.NoError(t, err)
				return
			}
			var problems rules.Problems
			require.ErrorAs(t, err, &problems)
			require.Len(t, problems, 1, "what follows from a mistake is not told as well")
			require.Contains(t, problems[0].Message, c.message)
			require.Equal(t, c.column, problems[0].Column, problems[0].Message)
		})
	}
}

func TestAConditionThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	for expression, message := range map[string]string{
		`1 + 2`: "this is a number", `lower(lead.a)`: "this is a text", `words(lead.a)`: "this is a list", `nil`: "this is nil", `lead.a`: "", `lead.a ? true : false`: "", `lead.a ? true : 1`: "", `lead.a ?? lead.b`: "", `true`: "",
	} {
		_, err := rules.Compile(condition(expression), rules.Options{})
		if message == "" {
			require.NoError(t, err, expression)
			continue
		}
		require.ErrorContains(t, err, "a condition must be true or false, and "+message, expression)
	}
}

func TestWritesThatAreNoneAreRefused(t *testing.T) {
	t.Parallel()
	set := one("1")
	set.Rules[0].Set[0].Target = "ID"
	_, err := rules.Compile(set, rules.Options{})
	require.ErrorContains(t, err, "the id of a lead cannot be written")
	set = one("1")
	set.Rules[0].Activity = []rules.Assignment{{Target: "id", Value: rules.Expression{Text: "1"}}}
	_, err = rules.Compile(set, rules.Options{})
	require.NoError(t, err, "an attribute of the activity may be called id")
	_, err = rules.Compile(set, rules.Options{Activity: []string{"value1", "value2"}})
	require.ErrorContains(t, err, `there is no callback attribute "id"; there are value1, value2`)
}

func TestAProgramKnowsItsTablesAndFields(t *testing.T) {
	t.Parallel()
	p, err := rules.Compile(&rules.RuleSet{Name: "x", Rules: []rules.Rule{
		{Name: "a", When: rules.Expression{Text: `exists("zulu", lead.b) || exists("alpha", lead.a) || lookupAll("alpha", lead["First Name"]) == []`}},
		{Name: "b", When: rules.Expression{Text: `flow.param1 == "x" && row != nil`}},
	}}, rules.Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"alpha", "zulu"}, p.Tables())
	var fields []string
	for _, f := range p.Fields() {
		fields = append(fields, f.String())
	}
	require.Equal(t, []string{"flow.param1", `lead["First Name"]`, "lead.a", "lead.b", "row"}, fields)
}

// TestEachFieldIsAskedForOnce: a batch lends each column once a run, and only those
// that the program reads.
func TestEachFieldIsAskedForOnce(t *testing.T) {
	t.Parallel()
	p := compile(t, routing)
	batch := batchOf(lead{"lead.country": "US"})
	inner, asked := batch.Column, map[string]int{}
	batch.Column = func(ref rules.Ref) column.Vector { asked[ref.String()]++; return inner(ref) }
	run(t, p, batch)
	require.Equal(t, map[string]int{"lead.country": 1, "lead.numberOfEmployees": 1, "lead.state": 1}, asked)
}

func TestATraceTellsThePartsOfAllForms(t *testing.T) {
	t.Parallel()
	l := lead{"lead.a": "VP", "lead.n": 5}
	for expression, wanted := range map[string][]string{
		`lower(lead.a) == "vp" && lead.n > 3`:                            {`lower(lead.a) == "vp" && lead.n > 3 is true`, `lower(lead.a) is "vp"`, `lead.a is "VP"`, "lead.n is 5"},
		`lead.n > 9 && lead.a == "x"`:                                    {"lead.n > 9 is false", `lead.a == "x" was not needed`},
		`lead.n > 3 || lead.a == "x"`:                                    {"lead.n > 3 is true", `lead.a == "x" was not needed`},
		`not (lead.n > 9)`:                                               {"not (lead.n > 9) is true", "lead.n > 9 is false"},
		`lead.n > 3 ? lead.a == "VP" : false`:                            {"lead.n is 5", `lead.a is "VP"`},
		`any(words(lead.a), # == "vp")`:                                  {`words(lead.a) is ["vp"]`},
		`(let v = lower(lead.a); v == "vp")`:                             {`lower(lead.a) is "vp"`},
		`lead?.a == "VP"`:                                                {`is "VP"`},
		`lookup("territories", "CA").owner == "Ann"`:                     {`lookup("territories", "CA") is a row of table territories`},
		`-lead.n < 0`:                                                    {"lead.n is 5"},
		`lead.a > 3`:                                                     {`lead.a > 3 failed: cannot compare "VP" > 3`},
		`lead.n > 3 && lead.a > 3`:                                       {`lead.n > 3 && lead.a > 3 failed`, "lead.n > 3 is true"},
		strings.Repeat("lead.n + ", 30) + "1 > 0":                        {"lead.n is 5"},
		`[` + strings.Repeat("lead.n, ", 5) + `lead.n][0] == nil`:        {"is false"},
		"lead.x0 ?? " + strings.Join(fieldList(30), " ?? ") + " ?? true": {"lead.x19 is nil"},
	} {
		p, err := rules.Compile(condition(expression), rules.Options{})
		require.NoError(t, err)
		trace, err := p.Trace(context.Background(), batchOf(lead{}, l), 1)
		require.NoError(t, err)
		for _, w := range wanted {
			require.Contains(t, trace.String(), w, expression)
		}
		require.NotContains(t, trace.String(), "lead.x21 is nil", "twenty inputs are enough")
	}
}

func fieldList(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("lead.x%d", i)
	}
	return list
}

func TestATraceTellsWhatIsWritten(t *testing.T) {
	t.Parallel()
	for value, wanted := range map[string]string{
		`lower("A")`: `set.out = "a"`, `1.5`: "set.out = 1.5", `true`: "set.out = true", `nil`: "set.out = nothing is written", `clear()`: "set.out = clear()", `date("2024-01-02")`: "set.out = the date 2024-01-02", `now()`: "set.out = the datetime 2024-03-15T12:00:00Z",
		`1 / lead.zero`: "failed: the result is no number that can be written (+Inf)", `coalesce([1])`: "failed: a list cannot be written", `lead.text - 1`: "failed: cannot calculate",
	} {
		p, err := rules.Compile(one(value), rules.Options{})
		require.NoError(t, err)
		trace, err := p.Trace(context.Background(), batchOf(lead{"lead.zero": 0, "lead.text": "x"}), 0)
		require.NoError(t, err)
		require.Contains(t, trace.String(), wanted, value)
		state := rules.Held
		if strings.HasPrefix(wanted, "failed") {
			state = rules.RuleFailed
		}
		require.Equal(t, state, trace.Rules[0].State, value)
	}
}
