package rules_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine/rules"
	"tablestep/tables/column"
)

// most and least are the ends of 64 bits, as a lead may have them.
func most() column.Value {
	return column.Value{Kind: column.Number, Text: "9223372036854775807"}
}

func least() column.Value {
	return column.Value{Kind: column.Number, Text: "-9223372036854775808"}
}

// TestPlusJoinsOrAddsAsPeopleMeanIt: a text that is written out and is no number joins,
// which is decided when the rule set is compiled; else + beside a number adds as - does.
func TestPlusJoinsOrAddsAsPeopleMeanIt(t *testing.T) {
	t.Parallel()
	l := lead{"lead.s": "120", "lead.blank": " ", "lead.junk": "n/a", "lead.n": 7, "lead.f": 2.5, "lead.yes": true, "lead.name": "Doe", "lead.d": "2024-01-31", "lead.zip": "02139"}
	for expression, want := range map[string]string{
		`lead.s + 10`:                                  "number 130",
		`10 + lead.s`:                                  "number 130",
		`"1,200" + 10`:                                 "number 1210",
		`lower(lead.s) + 10`:                           "number 130",
		`lead.blank + 10`:                              "nothing",
		`lead.gone + 10`:                               "nothing",
		`lead.n + lead.s`:                              "number 127",
		`lead.s + lead.zip`:                            "text 12002139",
		`"5" + lead.s`:                                 "text 5120", // two texts
		`"5" + lead.n`:                                 "number 12",
		`lead.junk + 10`:                               "error: cannot calculate \"n/a\" + 10: \"n/a\" is no number; number(x) gives nil for it instead, and string(x) around the number joins texts",
		`"Score: " + lead.n`:                           "text Score: 7",
		`"Score: " + lead.f`:                           "text Score: 2.5",
		`"Score: " + lead.s`:                           "text Score: 120",
		`"Score: " + lead.gone`:                        "text Score: ",
		`"Opt-in: " + lead.yes`:                        "text Opt-in: true",
		`"Opt-in: " + (lead.n > 5)`:                    "text Opt-in: true",
		`"On " + date(lead.d)`:                         "text On 2024-01-31",
		`lead.n + " points"`:                           "text 7 points",
		`"" + lead.n`:                                  "text 7",
		`" " + lead.n + lead.n`:                        "text  77",
		`lead.n + lead.n + " points"`:                  "text 14 points",
		`"(" + lead.n + 1 + ")"`:                       "text (71)",
		`"(" + (lead.n + 1) + ")"`:                     "text (8)",
		`(lead.yes ? "Dear " : "Hi ") + lead.n`:        "text Dear 7",
		`(lead.yes ? "Dear " : "1") + lead.n`:          "error: cannot calculate \"Dear \" + 7",
		`let greeting = "Dear "; greeting + lead.n`:    "text Dear 7",
		`let points = "5"; points + lead.n`:            "number 12",
		`join(map(["a", "b"], "#" + #index + #), " ")`: "text #0a #1b",
		`map(["5"], # + 1)[0]`:                         "number 6",
		`"Mr. " + lead.gone + lead.name`:               "text Mr. Doe",
		`lead.gone + lead.name`:                        "text Doe",
		`lead.gone + lead.gone`:                        "nothing",
		`"x" + coalesce([1])`:                          "error: cannot join \"x\" and [1]: both must be texts",
		`lead.yes + 1`:                                 "error: cannot add true and 1",
		`sum(["1", 2, "x"])`:                           "number 3",
	} {
		require.Contains(t, withoutRule(written(t, expression, l)), want, expression)
	}
}

// TestWholeNumbersBecomeFloatsWhereTheyWouldRunOver: none ever wraps, whichever way it is
// made.
func TestWholeNumbersBecomeFloatsWhereTheyWouldRunOver(t *testing.T) {
	t.Parallel()
	l := lead{"lead.most": most(), "lead.least": least(), "lead.half": column.Value{Kind: column.Number, Text: "4611686018427387904"}, "lead.text": "9223372036854775807", "lead.more": column.Value{Kind: column.Number, Text: "9223372036854775808"}}
	for expression, want := range map[string]string{
		`lead.most + 1`:                             "9223372036854776000",
		`lead.most + 0`:                             "9223372036854775807",
		`lead.text + 1`:                             "9223372036854776000",
		`lead.least - 1`:                            "-9223372036854776000",
		`lead.least + lead.least`:                   "-18446744073709552000",
		`lead.most - lead.least`:                    "18446744073709552000",
		`0 - lead.least`:                            "9223372036854776000",
		`-lead.least`:                               "9223372036854776000",
		`-lead.most`:                                "-9223372036854775807",
		`abs(lead.least)`:                           "9223372036854776000",
		`lead.half * 2`:                             "9223372036854776000",
		`lead.half * -2`:                            "-9223372036854775808",
		`lead.half * 4`:                             "18446744073709552000",
		`lead.least * -1`:                           "9223372036854776000",
		`-1 * lead.least`:                           "9223372036854776000",
		`lead.least * 0`:                            "0",
		`0 * lead.least`:                            "0",
		`3037000500 * 3037000500`:                   "9223372037000250000",
		`3037000499 * 3037000499`:                   "9223372030926249001",
		`10 ** 19`:                                  "10000000000000000000",
		`lead.least % -1`:                           "0",
		`sum([lead.most, 1])`:                       "9223372036854776000",
		`sum([lead.least, -1])`:                     "-9223372036854776000",
		`sum([1, 2], lead.most)`:                    "18446744073709552000",
		`lead.more - 1`:                             "9223372036854776000",
		`integer(lead.more)`:                        "9223372036854776000",
		`round(lead.more)`:                          "9223372036854776000",
		`floor(lead.more)`:                          "9223372036854776000",
		`lead.most + 1 > lead.most`:                 "boolean false", // as floats they are one
		`lead.most + 1 > 0`:                         "boolean true",
		`left("abc", lead.more)`:                    "error: left: argument 2 must be a whole number, not 9223372036854776000",
		`map(["a"], #index + lead.most + 1)[0] > 0`: "boolean true",
	} {
		got := withoutRule(written(t, expression, l))
		if want[0] == '-' || want[0] >= '0' && want[0] <= '9' {
			want = "number " + want
		}
		require.Contains(t, got, want, expression)
	}
}

// TestTheLastElementIsFound: expr leaves these to its VM, which rules do not run.
func TestTheLastElementIsFound(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]string{
		`findLastIndex([1, 2, 3], # > 1)`:                           "number 2",
		`findLastIndex([1, 2, 3], # > 3)`:                           "nothing",
		`findLast([1, 2, 3], # < 3)`:                                "number 2",
		`findLast(lead.gone, # < 3)`:                                "nothing",
		`upper(findLast(words(lead.t), # startsWith "s"))`:          "text SOUTH",
		`findLastIndex(words(lead.t), # == "nobody") ?? -1`:         "number -1",
		`any(words(lead.t), findLastIndex([#], # == "sales") == 0)`: "boolean true",
		`findLast(words(lead.t), any([#], # startsWith "s"))`:       "text south",
		`words(lead.t) | findLast(# startsWith "s")`:                "text south",
		`let w = findLast(words(lead.t), len(#) == 2); w`:           "text vp",
	} {
		require.Equal(t, want, withoutRule(written(t, expression, lead{"lead.t": "VP sales south"})), expression)
	}
	p, err := rules.Compile(condition(`findLastIndex(words(lead.t), # == "south") == 2`), rules.Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"rules only", "", ""}, outcomes(run(t, p, batchOf(lead{"lead.t": "VP sales south"}, lead{"lead.t": "south"}, lead{}))))
}
