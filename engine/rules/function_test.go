package rules_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine/rules"
)

func TestTheFunctionsOfTheContractAreThere(t *testing.T) {
	have := make(map[string]bool)
	for _, f := range rules.Functions() {
		require.False(t, have[f.Name], f.Name)
		have[f.Name] = true
	}
	for _, name := range []string{
		"lookup", "lookupAll", "exists", "lower", "upper", "title", "trim", "squeeze", "normalize", "ascii", "left", "right", "split", "join",
		"replace", "extract", "words", "similarity", "emailDomain", "registrableDomain", "isFreemail", "urlHost", "urlParam", "phoneDigits",
		"number", "integer", "round", "clamp", "band", "date", "now", "addDays", "daysBetween", "formatDate", "timezone", "hash", "bucket",
		"coalesce", "default", "oneOf", "score", "phone", "phoneCountry", "emailProblem", "personName", "hoursBetween", "monthsBetween", "businessDays", "businessHours",
		"regexReplace", "sha256", "loose", "company",
	} {
		require.True(t, have[name], name)
	}
}

func TestTextFunctionsOnNilGiveTheEmptyText(t *testing.T) {
	for _, expression := range []string{
		"lower(nil)", "upper(nil)", "title(nil)", "trim(nil)", "squeeze(nil)", "normalize(nil)", "ascii(nil)", "left(nil, 3)", "right(nil, 3)",
		`replace(nil, "a", "b")`, "string(nil)", `join(nil, ",")`, "emailDomain(nil)", "registrableDomain(nil)", "urlHost(nil)", "phoneDigits(nil)", "formatDate(nil)", "sha256(nil)", "loose(nil)", "company(nil)", `regexReplace(nil, "a", "b")`,
	} {
		require.Equal(t, "rules only; set.out = text ", written(t, expression, lead{}), expression)
	}
}

func TestWrongArgumentsFailTheLead(t *testing.T) {
	for _, c := range []struct{ expression, message string }{
		{`left("abc", -1)`, "left: argument 2 must not be negative"},
		{`left("abc", "x")`, `left: argument 2 must be a whole number, not "x"`},
		{`split("abc", "")[0]`, "split: the separator is empty"},
		{`extract("abc", lead.re)`, "extract: the regular expression is wrong: missing closing ): `(`"},
		{`extract("abc", "b", 2)`, "extract: the regular expression has no such group"},
		{`timezone(now(), "Mars/Olympus")`, `timezone: there is no time zone "Mars/Olympus"`},
		{`timezone(now(), "../../etc/passwd")`, "timezone: there is no time zone"},
		{`formatDate(now(), "yyyy")`, `formatDate: argument 2: "y" in the layout is none of YYYY`},
		{`clamp(5, 9, 1)`, "clamp: low is above high"},
		{`band(5, 10, "a", 5, "b", "c")`, "band: argument 4: the limits must rise"},
		{`bucket("x", 0)`, "bucket: argument 2 must be from 1 to 1000000"},
		{`score("x")`, `score: argument 1 must be a number, not "x"`},
		{`join("abc", ",")`, "join: argument 1 must be a list"},
		{`lower(now())`, ""},
		{`addDays("2024-01-01", 99999999)`, "addDays: argument 2 must be within a million days"},
	} {
		got := writtenBefore(t, c.expression, lead{"lead.re": "("})
		if c.message == "" {
			require.NotContains(t, got, "error", c.expression)
			continue
		}
		require.Contains(t, got, "error: rule \"only\", set.out: "+c.message, c.expression)
	}
}

func TestBucketsAreEquallyFull(t *testing.T) {
	p, err := rules.Compile(one("bucket(lead.email, 4)"), rules.Options{})
	require.NoError(t, err)
	leads := make([]lead, 4000)
	for i := range leads {
		leads[i] = lead{"lead.email": i}
	}
	out := run(t, p, batchOf(leads...))
	counts := map[string]int{}
	for i := range leads {
		v, _ := out.Outputs[0].At(i)
		counts[v.Text]++
	}
	require.Len(t, counts, 4)
	for b, n := range counts {
		require.InDelta(t, 1000, n, 120, b)
	}
}
