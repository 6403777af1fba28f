package rules_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine/rules"
)

// TestDatesHaveOperatorsOfTheirOwn: what cannot be done with a date is said when the rule
// set is saved, at its place, with what can be done instead.
func TestDatesHaveOperatorsOfTheirOwn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		expression string
		column     int // 0: it is fine
		message    string
	}{
		{`date(lead.a) < date(lead.b)`, 0, ""},
		{`date(lead.a) < now()`, 0, ""},
		{`date(lead.a) == date(lead.b)`, 0, ""},
		{`date(lead.a) == nil`, 0, ""},
		{`date(lead.a) < nil`, 0, ""},
		{`(date(lead.a) ?? now()) < date(lead.b)`, 0, ""},
		{`(lead.x == "a" ? date(lead.a) : nil) < now()`, 0, ""},
		{`number(lead.a) < date(lead.b)`, 0, ""}, // not known to be a number
		{`"2024-01-01" < date(lead.a)`, 1, `a text is not compared with a date by <; write date("2024-01-01")`},
		{`date(lead.a) >= "2024-01-01"`, 17, `a text is not compared with a date by >=; write date("2024-01-01")`},
		{`trim(lead.a) < now()`, 1, "write date(trim(lead.a))"},
		{`now() > 20240101`, 9, "a number is not compared with a date by >; write date(20240101)"},
		{`addDays(lead.a, 7) < lower(lead.b)`, 22, "write date(lower(lead.b))"},
		{`timezone(lead.a, "Europe/Berlin") < "2024"`, 37, `write date("2024")`},
		{`let d = date(lead.a); d < "2024-01-01"`, 27, `write date("2024-01-01")`},
		{`any(words(lead.a), date(#) < #)`, 30, "write date(#)"},
		{`date(lead.a) == "2024-01-01"`, 14, `a date is never equal to a text; write date("2024-01-01")`},
		{`date(lead.a) != ""`, 14, "a date is never equal to a text; what is no date is nil: date(lead.a) != nil"},
		{`"" == date(lead.a)`, 4, "what is no date is nil: date(lead.a) == nil"},
		{`now() == 5`, 7, "a date is never equal to a number"},
		{`now() == true`, 7, "a date is never equal to true or false"},
		{`now() - date(lead.a)`, 7, "there is no - for dates; the days between them are daysBetween(date(lead.a), now())"},
		{`now() - lead.days`, 7, "there is no - for dates"},
		{`now() - 7`, 7, "write addDays(now(), -7)"},
		{`lead.days - now()`, 11, "there is no - for dates"},
		{`now() + 7`, 7, "write addDays(now(), 7) for days, or formatDate(now()) + … for a text"},
		{`7 + now()`, 3, "write addDays(now(), 7) for days, or … + formatDate(now()) for a text"},
		{`now() + now()`, 7, "there is no + for dates; see addDays and daysBetween"},
		{`lower(lead.a) + now()`, 15, "there is no + for dates"},
		{`"Due " + now()`, 0, ""},
		{`now() + ""`, 0, ""},
		{`now() * 2`, 7, "there is no * for dates"},
		{`2 ** now()`, 3, "there is no ** for dates"},
		{`now() % 7`, 7, "there is no % for dates"},
		{`-date(lead.a)`, 2, "a date cannot be used with -"},
		{`+now()`, 2, "a date cannot be used with +"},
		{`now() contains "2024"`, 0, ""},
		{`now() matches "^2024"`, 0, ""},
		{`"x" in now()`, 8, "in needs a list, and this is a date"},
		{`now() in [date(lead.a)]`, 0, ""},
		{`now()..5`, 1, "a range goes from one whole number to another, and this is a date"},
		{`date(lead.a) ? 1 : 2`, 1, "a condition must be true or false, and this is a date; compare it, as in date(lead.a) != nil"},
		{`not date(lead.a)`, 5, "compare it, as in date(lead.a) != nil"},
		{`lead.x == "a" and date(lead.a)`, 19, "compare it, as in date(lead.a) != nil"},
		{`date(lead.a).month`, 14, "a date has no parts that a dot or brackets could name; formatDate(date(lead.a), \"YYYY\") is its year"},
		{`now()["day"]`, 6, "a date has no parts"},
		{`round(now())`, 7, "round does not take a date; it is round(x, digits)"},
		{`left(lead.a, now())`, 14, "left does not take a date"},
		{`join(now(), ",")`, 6, "join does not take a date"},
		{`string(now())`, 0, ""},
		{`daysBetween(now(), lead.a)`, 0, ""},
		{`any(now(), true)`, 5, "any needs a list, and this is a date"},
	} {
		_, err := rules.Compile(one(c.expression), rules.Options{})
		if c.column == 0 {
			require.NoError(t, err, c.expression)
			continue
		}
		var problems rules.Problems
		require.ErrorAs(t, err, &problems, "%s is not refused", c.expression)
		require.Contains(t, problems[0].Message, c.message, c.expression)
		require.Equal(t, c.column, problems[0].Column, c.expression)
	}
}

// TestWhatArrivesAsATextIsToldBesideADate: a field, a cell, or one of several of them is no
// date. Whether a lead has it is not known, so it is a warning.
func TestWhatArrivesAsATextIsToldBesideADate(t *testing.T) {
	t.Parallel()
	for expression, message := range map[string]string{
		`lead.d > now()`:                                     "lead.d is no date but the text of one, and every lead that has it fails here; write date(lead.d)",
		`now() <= lead["Due Date"]`:                          `write date(lead["Due Date"])`,
		`row.start < now()`:                                  "write date(row.start)",
		`my["Event Date"] < now()`:                           `write date(my["Event Date"])`,
		`lookup("t", lead.a).start < now()`:                  `write date(lookup("t", lead.a).start)`,
		`(lead.a ?? lead.b) < now()`:                         "write date(lead.a ?? lead.b)",
		`coalesce(lead.a, lead.b) < now()`:                   "write date(coalesce(lead.a, lead.b))",
		`default(lead.a, "2024-01-01") < now()`:              `write date(default(lead.a, "2024-01-01"))`,
		`(lead.x == "a" ? lead.a : lead.b) < now()`:          `write date(lead.x == "a" ? lead.a : lead.b)`,
		`let d = lead.a; d < now()`:                          "write date(d)",
		`lead.d == now()`:                                    "lead.d is no date but the text of one, and a text is never equal to a date; write date(lead.d)",
		`date(lead.a) != lead.d`:                             "write date(lead.d)",
		`date(lead.a) in ["2024-01-01", "2024-02-01"]`:       "a date is never equal to a text; write formatDate(date(lead.a)) in …",
		`any(lookupAll("t", lead.a), .start < now())`:        "write date(.start)",
		`lead.d > lead.e`:                                    "",
		`lead.d > "2024-01-01"`:                              "",
		`coalesce(date(lead.a), now()) < now()`:              "",
		`(lead.x == "a" ? date(lead.a) : lead.b) < now()`:    "",
		`date(lead.a) in [date("2024-01-01")]`:               "",
		`formatDate(lead.a) in ["2024-01-01", "2024-02-01"]`: "",
	} {
		p, err := rules.Compile(condition(expression), rules.Options{})
		require.NoError(t, err, expression)
		if message == "" {
			require.Empty(t, p.Warnings(), expression)
			continue
		}
		require.Len(t, p.Warnings(), 1, expression)
		require.Contains(t, p.Warnings()[0].Message, message, expression)
	}
}

// TestACandidateIsAsNearAsAPersonWouldSay: a name of two letters is no typing error of
// another one.
func TestACandidateIsAsNearAsAPersonWouldSay(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"lowr": " (did you mean lower?)", "uper": " (did you mean upper?)", "leed": " (did you mean lead?)", "isFremail": " (did you mean isFreemail?)", "regstrableDomin": " (did you mean registrableDomain?)",
		"US": "", "vp": "", "NA": "", "xyzzy": "",
	} {
		_, err := rules.Compile(one(name), rules.Options{})
		require.Error(t, err)
		if want == "" {
			require.NotContains(t, err.Error(), "did you mean", name)
			continue
		}
		require.ErrorContains(t, err, want)
	}
}
