package rules_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine/rules"
)

// K and M are thousands and millions wherever a rule reads a number out of a text, and a
// text with them that is written out beside + stays a word.
func TestThousandsAndMillionsAreNumbersOfRules(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]string{
		`number(lead.x)`:                      `10000`,
		`lead.x > 9999`:                       `true`,
		`lead.x * 2`:                          `20000`,
		`"1.5M" - 1`:                          `1499999`,
		`sum([lead.x, "1K", "k"])`:            `11000`,
		`max("2K", 1999)`:                     `2000`,
		`integer("1.5K")`:                     `1500`,
		`band(lead.x, 9000, "small", "big")`:  `"big"`,
		`lead.x + 1`:                          `10001`,
		`lead.n + "3M"`:                       `"53M"`,
		`"5K" + lead.n`:                       `"5K5"`,
		`lead.n + "3"`:                        `8`,
		`number("10 k") ?? 0`:                 `0`,
		`number("10Kg") ?? 0`:                 `0`,
		`lead.x == 10000`:                     `false`, // == reads nothing
		`formatDate(date("03/04/2024"))`:      `"2024-03-04"`,
		`formatDate(date("13/04/2024"))`:      `"2024-04-13"`,
		`daysBetween("1/2/2024", "2/1/2024")`: `30`,
		`date("13/13/2024")`:                  `nil`,
	} {
		p, err := rules.Compile(condition("("+expression+") == ("+want+")"), rules.Options{})
		require.NoError(t, err, expression)
		require.Equal(t, "rules only", outcome(run(t, p, batchOf(lead{"lead.x": "10K", "lead.n": 5})), 0), "%s is not %s", expression, want)
	}
}
