package rules_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine/rules"
	"tablestep/tables/column"
)

const routing = `
name: lead-routing
hitPolicy: first
rules:
  - name: enterprise-us
    when: lead.country == "US" && number(lead.numberOfEmployees) >= 1000
    set:
      ownerEmail: lookup("territories", lead.state)["owner email"] ?? "queue@example.com"
      leadScore: '"+10"'
    activity:
      value1: '"Enterprise"'
  - name: small
    when: lead.numberOfEmployees < 50
    set:
      tier: '"small"'
otherwise:
  set: {ownerEmail: '"queue@example.com"'}
`

func TestFirstRuleThatHoldsWrites(t *testing.T) {
	p := compile(t, routing)
	require.Equal(t, rules.Refs{{Scope: "lead", Name: "country"}, {Scope: "lead", Name: "numberOfEmployees"}, {Scope: "lead", Name: "state"}}, p.Fields())
	require.Equal(t, []string{"territories"}, p.Tables())
	out := run(t, p, batchOf(
		lead{"lead.country": "US", "lead.numberOfEmployees": "5000", "lead.state": "CA"},
		lead{"lead.country": "US", "lead.numberOfEmployees": 5000, "lead.state": "TX"},
		lead{"lead.country": "DE", "lead.numberOfEmployees": "49"},
		lead{"lead.country": "DE"},
		lead{"lead.country": "DE", "lead.numberOfEmployees": "many"},
	))
	require.Equal(t, []string{
		"rules enterprise-us; set.ownerEmail = text ann@example.com; set.leadScore = text +10; activity.value1 = text Enterprise",
		"rules enterprise-us; set.ownerEmail = text queue@example.com; set.leadScore = text +10; activity.value1 = text Enterprise",
		"rules small; set.tier = text small",
		"rules otherwise; set.ownerEmail = text queue@example.com",
		`error: rule "small", when: cannot compare "many" < 50: the text is no number; number(x) gives nil for it instead`,
	}, outcomes(out))
	require.Equal(t, []string{"enterprise-us", "enterprise-us", "small", "otherwise", ""}, out.JoinRules(","))
	require.Equal(t, 1, out.Failed())
	require.Equal(t, 13, out.Failure(4).Line)
	require.Equal(t, 34, out.Failure(4).Column)
}

func TestAllRulesThatHoldWriteAndTheLastOneWins(t *testing.T) {
	p := compile(t, `
name: all
hitPolicy: all
rules:
  - name: a
    when: lead.x > 0
    set: {s: '"a"', t: '"only a"'}
  - name: b
    when: lead.x > 1
    set: {s: 'lead.x > 2 ? "b" : nil'}
  - name: c
    when: lead.x > 3
    set: {s: lead.x / lead.y}
otherwise:
  set: {s: '"none"'}
`)
	out := run(t, p, batchOf(lead{"lead.x": 0}, lead{"lead.x": 1}, lead{"lead.x": 2}, lead{"lead.x": 3}, lead{"lead.x": 4, "lead.y": 0}, lead{"lead.x": 4, "lead.y": 8}))
	require.Equal(t, []string{
		"rules otherwise; set.s = text none",
		"rules a; set.s = text a; set.t = text only a",
		"rules a,b; set.s = text a; set.t = text only a",
		"rules a,b; set.s = text b; set.t = text only a",
		`error: rule "c", set.s: the result is no number that can be written (+Inf); was something divided by zero?`,
		"rules a,b,c; set.s = number 0.5; set.t = text only a",
	}, outcomes(out))
}

func TestResultsAreUsedAgain(t *testing.T) {
	p := compile(t, routing)
	var out rules.Results
	for n := 5; n >= 0; n-- {
		leads := make([]lead, n)
		for i := range leads {
			leads[i] = lead{"lead.country": "US", "lead.numberOfEmployees": 1000 + i}
		}
		require.NoError(t, p.Run(context.Background(), batchOf(leads...), &out))
		require.Equal(t, n, out.Rows)
		for i := range leads {
			require.Contains(t, outcome(&out, i), "rules enterprise-us")
		}
	}
}

func TestAColumnOfTheWrongLengthIsAnError(t *testing.T) {
	p := compile(t, routing)
	b := batchOf(lead{}, lead{})
	inner := b.Column
	b.Column = func(ref rules.Ref) column.Vector {
		v := inner(ref)
		v.Codes = v.Codes[:1]
		return v
	}
	require.ErrorContains(t, p.Run(context.Background(), b, new(rules.Results)), "has 1 rows, the batch has 2")
}

func TestACancelledRunIsAnError(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, compile(t, routing).Run(ctx, batchOf(lead{}), new(rules.Results)), context.Canceled)
}

func TestAFieldThatNoLeadHasIsNil(t *testing.T) {
	p := compile(t, routing)
	b := batchOf(lead{}, lead{})
	b.Column = func(rules.Ref) column.Vector { return column.Vector{} }
	require.Equal(t, []string{"rules otherwise; set.ownerEmail = text queue@example.com", "rules otherwise; set.ownerEmail = text queue@example.com"}, outcomes(run(t, p, b)))
}

func TestValuesAndTheirSemantics(t *testing.T) {
	l := lead{
		"lead.text": "VP Sales", "lead.num": 120, "lead.numText": "120", "lead.float": 1.5, "lead.yes": true, "lead.yesText": "True", "lead.junk": "n/a",
		"lead.big": column.Value{Kind: column.Number, Text: "9007199254740993"}, "row.owner": "Ann", "row": true, `my["Event Date"]`: "2024-05-01",
		"lead.object": column.Value{Kind: column.Other, Text: `{"a":1}`},
	}
	for _, c := range []struct{ expression, want string }{
		{`lead.text`, "text VP Sales"},
		{`lead.num`, "number 120"},
		{`lead.big`, "number 9007199254740993"},
		{`lead.float * 2`, "number 3"},
		{`lead.object`, `text {"a":1}`},
		{`lead.nothing`, ""},
		{`lead.nothing ?? "x"`, "text x"},
		{`lead.nothing > 5`, "boolean false"},
		{`not (lead.nothing > 5)`, "boolean true"},
		{`lead.nothing + 1`, ""},
		{`lead.nothing + "x"`, "text x"},
		{`lead.text + lead.nothing`, "text VP Sales"},
		{`lead.nothing contains "x"`, "boolean false"},
		{`lead.num contains "2"`, "boolean true"},
		{`lead.num matches "^1"`, "boolean true"},
		{`lead.nothing ? 1 : 2`, "number 2"},
		{`lead.yesText ? 1 : 2`, "number 1"},
		{`lead.yes && lead.yesText`, "boolean true"},
		{`lead.text ? 1 : 2`, `error: rule "only", set.out: a condition must be true or false, not "VP Sales"`},
		{`lead.numText > 100`, "boolean true"},
		{`lead.numText > "2"`, "boolean false"},
		{`lead.numText == 120`, "boolean false"},
		{`number(lead.numText) == 120`, "boolean true"},
		{`lead.num in [119, 120.0]`, "boolean true"},
		{`lead.nothing in ["", "x"]`, "boolean false"},
		{`lead.nothing in [nil, "x"]`, "boolean true"},
		{`lead.num in ["US", "CA"]`, "boolean false"},
		{`lead.text not in ["US", "CA"]`, "boolean true"},
		{`100 < lead.numText <= 120`, "boolean true"},
		{`lead.junk > 100`, `error: rule "only", set.out: cannot compare "n/a" > 100: the text is no number; number(x) gives nil for it instead`},
		{`lead.junk * 2`, `error: rule "only", set.out: cannot calculate "n/a" * 2: "n/a" is no number; number(x) gives nil for it instead`},
		{`lead.numText + 1`, "rules only; set.out = number 121"},
		{`lead.numText % 7`, "number 1"},
		{`lead.num % (lead.num - lead.num)`, `error: rule "only", set.out: cannot take the rest of a division by zero`},
		{`-lead.numText`, "number -120"},
		{`2 ** 3`, "number 8"},
		{`7 / 2`, "number 3.5"},
		{`row == nil`, "boolean false"},
		{`row != nil && row.owner == "Ann"`, "boolean true"},
		{`my["Event Date"]`, "text 2024-05-01"},
		{`date(my["Event Date"])`, "date 2024-05-01"},
		{`date("2024-05-01T10:00:00+02:00")`, "datetime 2024-05-01T10:00:00+02:00"},
		{`clear()`, "clear "},
		{`lead?.text`, "text VP Sales"},
		{`{"US": "Americas", "DE": "EMEA"}[lead.nothing ?? "DE"] ?? "?"`, "text EMEA"},
		{`let n = number(lead.numText); n > 100 ? n : 0`, "number 120"},
		{`if lead.num > 100 { "big" } else if lead.num > 10 { "mid" } else { "small" }`, "text big"},
		{`lead.text | lower() | left(2)`, "text vp"},
		{`any(words(lead.text), # == "vp")`, "boolean true"},
		{`count(words(lead.text), # startsWith "s")`, "number 1"},
		{`sum(map(split("1;2;x", ";"), number(#)))`, "number 3"},
		{`sum(split("1;2;x", ";"))`, "number 3"},
		{`count([true, nil, false, lead.yes])`, "number 2"},
		{`split(lead.text, " ")`, "refused: "},
		{`map(words(lead.text), #)[0]`, "text vp"},
		{`words(lead.text)[9]`, ""},
		{`filter(words(lead.text), true)`, "refused: "},
		{`lookup("territories", lead.nothing).owner`, ""},
		{`lookup("territories", "CA").nope`, `error: rule "only", set.out: table territories has no column "nope"`},
		{`lookup("broken", "CA").owner`, `error: rule "only", set.out: lookup: table broken: the disk is gone`},
		{`lookup("territories", "CA")`, `a row of a table cannot be written to a field; name a column of it`},
		{`coalesce(lookup("territories", "CA"))`, `error: rule "only", set.out: a row of table territories cannot be written; name a part of it`},
	} {
		t.Run(c.expression, func(t *testing.T) {
			got := written(t, c.expression, l)
			if c.want == "" {
				require.Equal(t, "rules only", got)
				return
			}
			require.Contains(t, got, c.want)
		})
	}
}
