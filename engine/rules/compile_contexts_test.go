package rules_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine/rules"
)

func TestCustomFieldsOfMembersAreFieldsOfTheirOwn(t *testing.T) {
	t.Parallel()
	for _, expression := range []string{
		`member.pmcf["Registration Code"]`, `member["pmcf"]["Registration Code"]`, `member.pmcf?.["Registration Code"]`,
		`member?.pmcf?.["Registration Code"]`,
	} {
		p, err := rules.Compile(one(expression), rules.Options{})
		require.NoError(t, err, expression)
		require.Equal(t, rules.Refs{{Scope: rules.ScopeCustom, Name: "Registration Code"}}, p.Fields(), expression)
	}
	p, err := rules.Compile(one(`member.status + member.pmcf.seats`), rules.Options{})
	require.NoError(t, err)
	require.Equal(t, rules.Refs{{Scope: rules.ScopeMember, Name: "status"}, {Scope: rules.ScopeCustom, Name: "seats"}}, p.Fields())
	require.Equal(t, `member.pmcf.seats`, p.Fields()[1].String())

	_, err = rules.Compile(one(`member.pmcf[lead.x]`), rules.Options{})
	require.ErrorContains(t, err, `the field of member.pmcf must be written out`)
}

func TestATestGivesCustomFieldsInBothForms(t *testing.T) {
	t.Parallel()
	for _, given := range []string{
		`member: {pmcf: {Registration Code: R1, "Seats": 3}, status: Registered}`,
		`member: {Registration Code: R1, Seats: 3, status: Registered}`,
	} {
		set, err := rules.Parse([]byte(`name: x
rules:
  - name: a
    when: member.status == "Registered" && number(member.pmcf.Seats) > 2 && global["Region"] == "emea"
    set: {long: 'member.pmcf["Registration Code"]', short: 'member["Registration Code"]'}
tests:
  - name: both forms
    ` + given + `
    global: {Region: emea}
    want: {rules: [a], set: {long: R1, short: R1}}
  - name: nobody
    want: {rules: []}
`))
		require.NoError(t, err)
		p, err := rules.Compile(set, rules.Options{})
		require.NoError(t, err)
		results, err := p.RunTests(t.Context(), nil, time.Time{})
		require.NoError(t, err)
		for _, r := range results {
			require.True(t, r.Passed, "%s: %s", given, r.Message)
		}
	}
	for given, problem := range map[string]string{
		`member: {pmcf: {a: [1]}}`:             "member.pmcf.a must be a text, a number, true, false or null, not a list",
		`member: {pmcf: {a: 1}, pmcf: {b: 2}}`: "member.pmcf must be a text, a number, true, false or null, not a mapping",
		`lead: {pmcf: {a: 1}}`:                 "lead.pmcf must be a text, a number, true, false or null, not a mapping",
		`member: [1]`:                          "member must be a mapping of keys to values, not a list",
	} {
		_, err := rules.Parse([]byte("name: x\nrules:\n  - {name: a, when: 'true', set: {b: '1'}}\ntests:\n  - name: t\n    " + given + "\n    want: {rules: [a]}\n"))
		require.ErrorContains(t, err, problem)
	}
}

func TestWhatIsAmissWithAFieldIsAWarningOnceARuleSet(t *testing.T) {
	t.Parallel()
	var asked []rules.Ref
	p, err := rules.Compile(one(`my["Event Date"] + lead.x + my["Event Date"] + member.pmcf.x`), rules.Options{Field: func(ref rules.Ref) string {
		asked = append(asked, ref)
		if ref.Scope == rules.ScopeMy {
			return "nobody sends " + ref.String()
		}
		return ""
	}})
	require.NoError(t, err)
	require.ElementsMatch(t, p.Fields(), asked)
	require.Len(t, p.Warnings(), 1)
	require.Equal(t, `nobody sends my["Event Date"]`, p.Warnings()[0].Message)
	require.Equal(t, "only", p.Warnings()[0].Rule)
	require.Equal(t, 1, p.Warnings()[0].Column)
}
