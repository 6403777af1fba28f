package engine_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
)

// Marketo shows nothing but the reason: it must be enough to find the cell, the rule or
// the setting.
func TestAnInvalidValueIsNamedWithItsPlace(t *testing.T) {
	h := newHouse(t)
	long := strings.Repeat("é", 200)
	h.table(t, "sizes", "k,v\na,many\nlong,"+long+"\nsum,lots\nsum,1\n",
		`{"match":[{"column":"k","field":"k"}],"outputs":[{"column":"v","field":"seats","type":"integer"}]}`)
	h.table(t, "sums", "k,v\nsum,lots\nsum,1\n",
		`{"match":[{"column":"k","field":"k"}],"hitPolicy":"collect","aggregate":"sum","outputs":[{"column":"v","field":"seats","type":"integer"}]}`)
	h.ruleSet(t, "name: wrong\nrules:\n  - {name: r, when: 'true', set: {seats: '\"some\"'}}\n")
	h.ruleSet(t, "name: attribute\nrules:\n  - {name: r, when: 'true', activity: {number1: '\"few\"'}}\n")
	for _, c := range []struct{ name, k, flow, reason string }{
		{"a cell", "a", `"table":"sizes"`, `row 1 of sizes (version 1), column "v", field "seats", value "many": integer: not a whole number`},
		{"a long cell", "long", `"table":"sizes"`, `row 2 of sizes (version 1), column "v", field "seats", value "` + strings.Repeat("é", 28) + `…": integer: not a whole number`},
		{"a sum", "sum", `"table":"sums"`, `sums (version 1): row 1, column "v": "lots" is no number and cannot be summed up`},
		{"a default", "x", `"table":"sizes","onNoMatch":"default","defaultValue":"none of them"`, `lookup sizes (version 1), default "none of them" of field "seats", column "v": integer: not a whole number`},
		{"a rule", "x", `"table":"sizes","ruleSet":"wrong","onNoMatch":"default"`, `rule set wrong (version 1), field "seats", value "some": integer: not a whole number`},
		{"an attribute of a rule", "x", `"table":"none","ruleSet":"attribute"`, `rule set attribute (version 1), activity "number1", value "few": float: not a number`},
		{"a setting", "a", `"table":"sizes","onNoMatch":"perhaps"`, `lookup "sizes": the flow step's onNoMatch "perhaps" is none of keep, default and clear`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := h.answers(t, lead(`"id":1,"k":"`+c.k+`"`, c.flow))[0].ActivityData
			require.Equal(t, engine.CodeValueInvalid, got.ErrorCode, got.Reason)
			require.Contains(t, got.Reason, c.reason)
			require.True(t, utf8.ValidString(got.Reason))
			require.LessOrEqual(t, len(got.Reason), 255)
		})
	}
}
