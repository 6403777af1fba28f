package rules_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine/rules"
)

// knownTables are two tables; of a third one only the name is known.
func knownTables(table string) (rules.Table, bool) {
	known, ok := map[string]rules.Table{
		"territories": {Columns: []string{"state", "owner", "Code", "CODE"}, Keys: 1},
		"currencies":  {Columns: []string{"currency", "state"}, Keys: 2},
		"open":        {},
		"letters":     {Columns: []string{"a"}, Keys: 1},
	}[table]
	return known, ok
}

// TestPartsOfAMappingAreChecked: what a function does not give is nil for every lead.
func TestPartsOfAMappingAreChecked(t *testing.T) {
	t.Parallel()
	for expression, message := range map[string]string{
		`phone(lead.p, "US").e164`:                       "",
		`phone(lead.p, "US")?.valid == true`:             "",
		`phone(lead.p, "US").number`:                     `phone gives no part "number"; it gives e164, valid, type, country, extension`,
		`phone(lead.p, "US")?.E164`:                      `phone gives no part "E164"; it gives e164, valid, type, country, extension (did you mean e164?)`,
		`let p = personName(lead.n); p.last`:             "",
		`let p = personName(lead.n); p["lastName"]`:      `personName gives no part "lastName"; it gives salutation, first, middle, last, suffix`,
		`emailProblem(lead.e).suggestion`:                "",
		`emailProblem(lead.e).suggested`:                 `emailProblem gives no part "suggested"`,
		`(phone(lead.p, "US") ?? phone(lead.q, "US")).x`: `phone gives no part "x"`,
		`(phone(lead.p, "US") ?? personName(lead.n)).x`:  "",
		`(phone(lead.p, "US") ?? {"x": 1}).x`:            "",
	} {
		_, err := rules.Compile(one(expression), rules.Options{})
		if message == "" {
			require.NoError(t, err, expression)
			continue
		}
		require.ErrorContains(t, err, message, expression)
	}
}

// TestColumnsAreCheckedWhereverARowOfATableComesTo follows rows through variables, lists,
// choices and predicates to where a column is read.
func TestColumnsAreCheckedWhereverARowOfATableComesTo(t *testing.T) {
	t.Parallel()
	const gone = `table "territories" has no column "ownr"; it has state, owner, Code, CODE (did you mean owner?)`
	for expression, message := range map[string]string{
		`lookup("territories", lead.s).owner`:                                                 "",
		`lookup("territories", lead.s).OWNER`:                                                 "",
		`lookup("territories", lead.s).Code`:                                                  "",
		`lookup("territories", lead.s).code`:                                                  `no column "code"`, // two are so called
		`lookup("territories", lead.s).ownr`:                                                  gone,
		`lookup("territories", lead.s)?.ownr`:                                                 gone,
		`lookup("territories", lead.s)["ownr"]`:                                               gone,
		`let r = lookup("territories", lead.s); r.ownr`:                                       gone,
		`let r = lookup("territories", lead.s); r.owner`:                                      "",
		`lookupAll("territories", lead.s)[0].ownr`:                                            gone,
		`lookupAll("territories", lead.s)[0].owner`:                                           "",
		`first(lookupAll("territories", lead.s)).ownr`:                                        gone,
		`last(lookupAll("territories", lead.s)).ownr`:                                         gone,
		`join(map(lookupAll("territories", lead.s), .ownr), ", ")`:                            gone,
		`join(map(lookupAll("territories", lead.s), #.ownr), ", ")`:                           gone,
		`join(map(lookupAll("territories", lead.s), .owner), ", ")`:                           "",
		`find(lookupAll("territories", lead.s), .owner == "x").ownr`:                          gone,
		`findLast(lookupAll("territories", lead.s), .ownr == "x").owner`:                      gone,
		`filter(lookupAll("territories", lead.s), .owner == "x")[0].ownr`:                     gone,
		`(lookup("territories", lead.s) ?? lookup("currencies", lead.s, 1)).ownr`:             gone,
		`(lookup("territories", lead.s) ?? lookup("currencies", lead.s, 1)).currency`:         `table "territories" has no column "currency"`,
		`(lookup("territories", lead.s) ?? lookup("currencies", lead.s, 1)).state`:            "",
		`(lead.x == "a" ? lookup("territories", lead.s) : nil).ownr`:                          gone,
		`lookup("open", lead.s, lead.t).anything`:                                             "",
		`exists("territories")`:                                                               "exists does not take 1 arguments",
		`exists("territories", 1, 2)`:                                                         `table "territories" is looked up by 1 values, and here are 2`,
		`lookup("currencies", 1).currency`:                                                    `table "currencies" is looked up by 2 values, and here are 1`,
		`len(lookupAll("currencies", 1, 2))`:                                                  "",
		`exists("gone", 1)`:                                                                   `there is no table "gone"; without it every lead fails that gets here: upload it and publish a version first`,
		`exists("Territories", 1)`:                                                            `there is no table "Territories" (did you mean "territories"?)`,
		`lookup("territories", 1) == nil`:                                                     "",
		`lookup("territories", 1) != nil ? "known" : "unknown"`:                               "",
		`lookup("territories", 1) ? 1 : 2`:                                                    "exists(table, key) says whether there is one",
		`lookup("territories", 1) == lookup("currencies", 1, 2)`:                              "",
		`upper(lookup("territories", 1))`:                                                     "upper does not take a row of a table; name a column of it",
		`lookup("territories", 1) contains "x"`:                                               "contains needs texts, and this is a row of a table",
		`"x" in lookup("territories", 1)`:                                                     "in needs a list, and this is a row of a table",
		`any(lookupAll("territories", 1), # == "x")`:                                          "a row of a table is never equal to a text; name a column of it",
		`let r = lookup("territories", 1); any(words(lead.a), # == r.owner) ? r.owner : "x"`:  "",
		`let r = lookupAll("territories", 1); any(r, .owner == "x") ? first(r).ownr : "none"`: gone,
	} {
		_, err := rules.Compile(one(expression), rules.Options{Tables: knownTables})
		if message == "" {
			require.NoError(t, err, expression)
			continue
		}
		require.ErrorContains(t, err, message, expression)
	}
}

// TestAStoredRuleSetGoesOnWithWhatIsRefusedToday: what is checked now was not checked when
// an older version was saved, and its other rules shall go on.
func TestAStoredRuleSetGoesOnWithWhatIsRefusedToday(t *testing.T) {
	t.Parallel()
	set := &rules.RuleSet{Name: "old", HitPolicy: rules.First, Rules: []rules.Rule{
		{Name: "late", When: rules.Expression{Text: `lead.d != nil && now() > "2024-01-01"`}},
		{Name: "date", When: rules.Expression{Text: `lead.d == 2024-01-31`}},
		{Name: "gone", When: rules.Expression{Text: `lead.t == "x" && lookup("gone", 1, 2).c == "y"`}},
		{Name: "row", When: rules.Expression{Text: `lead.r == "x" && lookup("territories", "CA") > 1`}},
		{Name: "rest", When: rules.Expression{Text: `true`}, Set: []rules.Assignment{{Target: "out", Value: rules.Expression{Text: `5`}}}},
	}}
	_, err := rules.Compile(set, rules.Options{})
	var problems rules.Problems
	require.ErrorAs(t, err, &problems)
	require.Len(t, problems, 3)
	p, err := rules.Compile(set, rules.Options{Stored: true})
	require.NoError(t, err)
	var told []string
	for _, w := range p.Warnings() {
		told = append(told, w.Rule+": "+w.Message)
	}
	require.Len(t, told, 3, told)
	require.Contains(t, told[0], `late: a text is not compared with a date by >; write date("2024-01-01")`)
	require.Contains(t, told[1], "date: 2024-01-31 is calculated here, and is no date")
	require.Contains(t, told[2], "row: a row of a table cannot be used with >")
	batch := batchOf(lead{}, lead{"lead.d": "2024-02-01"}, lead{"lead.r": "x"})
	require.Equal(t, "rules rest; set.out = number 5", outcome(run(t, p, batch), 0))
	require.Contains(t, outcome(run(t, p, batch), 1), `error: rule "late", when: cannot compare`)
	require.Contains(t, outcome(run(t, p, batch), 2), `error: rule "row", when: cannot compare`)
	trace, err := p.Trace(t.Context(), batch, 1)
	require.NoError(t, err)
	require.Contains(t, trace.String(), "cannot compare")
}

// TestWhatIsAmissWithAFieldIsToldOnceWithItsPlace: the compiler does not know which fields
// there are; whoever knows is asked, once a field.
func TestWhatIsAmissWithAFieldIsToldOnceWithItsPlace(t *testing.T) {
	t.Parallel()
	set, err := rules.Parse([]byte("name: x\nrules:\n  - name: r\n    when: lead.a == my[\"Event Dte\"]\n    set: {b: 'my[\"Event Dte\"] ?? my.Owner ?? row.owner'}\n"))
	require.NoError(t, err)
	asked := map[string]int{}
	p, err := rules.Compile(set, rules.Options{Field: func(ref rules.Ref) string {
		asked[ref.String()]++
		if ref.Scope == rules.ScopeMy && ref.Name != "Owner" {
			return "Marketo is not asked for " + ref.String()
		}
		return ""
	}})
	require.NoError(t, err)
	require.Equal(t, map[string]int{"lead.a": 1, `my["Event Dte"]`: 1, "my.Owner": 1, "row.owner": 1}, asked)
	require.Len(t, p.Warnings(), 1)
	require.Equal(t, "rule \"r\", when, line 4, column 21: Marketo is not asked for my[\"Event Dte\"]\n  |     when: lead.a == my[\"Event Dte\"]\n  |                     ^", p.Warnings()[0].Error())
	require.Equal(t, []string{"Event Dte", "Owner"}, p.Tokens())
}

// TestATestsFieldsAreFoundInAnyCase: a rule set's own tests find names as batches do.
func TestATestsFieldsAreFoundInAnyCase(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		`{country: US}`:              "",
		`{COUNTRY: US}`:              "",
		`{Country: US, country: CA}`: "",
		`{cOUNTRY: US, COUNTRY: US}`: "rules: wanted are [r], those that acted are []", // which one?
		`{countri: US}`:              "rules: wanted are [r], those that acted are []",
	} {
		p := compile(t, "name: x\nrules:\n  - {name: r, when: 'lead.Country == \"US\"'}\ntests:\n  - {name: t, lead: "+given+", want: {rules: [r]}}\n")
		results, err := p.RunTests(t.Context(), tables{}, noon)
		require.NoError(t, err)
		require.Equal(t, want, results[0].Message, given)
	}
}

// TestALetterIsNoTypingErrorOfAnother: one letter for another would be the whole name.
func TestALetterIsNoTypingErrorOfAnother(t *testing.T) {
	t.Parallel()
	_, err := rules.Compile(one(`lookup("letters", lead.s).b`), rules.Options{Tables: knownTables})
	require.ErrorContains(t, err, `table "letters" has no column "b"; it has a`)
	require.NotContains(t, err.Error(), "did you mean")
}
