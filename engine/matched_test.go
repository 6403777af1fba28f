package engine_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
)

// What a record says of the lookup, by how it ended: matched is whether a row hit,
// and absent where nothing was looked up. A row that can be named is named.
func TestMatchedSaysWhetherARowHit(t *testing.T) {
	const hit, missed, nothing = "hit", "missed", "nothing looked up"
	h := newHouse(t)
	h.table(t, "sums", "country,amount\nDE,1\nDE,many\nUS,2\n",
		`{"match":[{"column":"country","field":"country"}],"hitPolicy":"collect","aggregate":"sum","outputs":[{"column":"amount","field":"leadScore","type":"integer"}]}`)
	h.ruleSet(t, "name: breaks\nrules:\n  - {name: r, when: 'true', set: {out: 'lead.other - lead.word'}}\n")
	h.ruleSet(t, "name: never\nrules:\n  - name: r\n    when: lead.word == \"never\"\n    set: {ownerEmail: '\"x@example.com\"'}\n")
	h.ruleSet(t, "name: always\nrules:\n  - name: r\n    when: \"true\"\n    activity: {value1: '\"x\"'}\n")
	h.ruleSet(t, "name: wrong\nrules:\n  - name: r\n    when: \"true\"\n    activity: {number1: '\"no number\"'}\n")

	seen := map[string]bool{}
	for _, c := range []struct {
		name, lead, flow string
		code             string
		matched          string
		row              int // that is named, 0 for none
	}{
		{"a row", `"country":"Germany"`, `"table":"countries"`, "", hit, 1},
		{"a row, and rules", `"country":"Germany"`, `"table":"countries","ruleSet":"always"`, "", hit, 1},
		{"no row, default", `"country":"x"`, `"table":"countries","onNoMatch":"default"`, "", missed, 0},
		{"no row, clear", `"country":"x"`, `"table":"countries","onNoMatch":"clear"`, "", missed, 0},
		{"no row, rules act", `"country":"x"`, `"table":"countries","ruleSet":"always"`, "", missed, 0},
		{"rules alone", `"country":"x"`, `"table":"none","ruleSet":"always"`, "", nothing, 0},
		{"neither", `"country":"x"`, `"table":"none"`, "", nothing, 0},

		{"no row", `"country":"x"`, `"table":"countries"`, "LOOKUP_VALUE_NOT_FOUND", missed, 0},
		{"no row, rules do not act", `"country":"x"`, `"table":"countries","ruleSet":"never"`, "LOOKUP_VALUE_NOT_FOUND", missed, 0},
		{"no value", `"country":" "`, `"table":"countries"`, "LOOKUP_KEY_EMPTY", missed, 0},
		{"no value in the flow step", `"country":"x"`, `"table":"countries","keyValue":" "`, "LOOKUP_KEY_EMPTY", missed, 0},
		{"several rows", `"title":"VP"`, `"table":"points"`, "LOOKUP_AMBIGUOUS", hit, 0},
		{"several rows, and rules", `"title":"VP"`, `"table":"points","ruleSet":"always"`, "LOOKUP_AMBIGUOUS", hit, 0},

		{"a cell of the wrong type", `"country":"Atlantis"`, `"table":"countries"`, "VALUE_INVALID", hit, 4},
		{"a cell of the wrong type, and rules", `"country":"Atlantis"`, `"table":"countries","ruleSet":"always"`, "VALUE_INVALID", hit, 4},
		{"rows that cannot be brought together", `"country":"DE"`, `"table":"sums"`, "VALUE_INVALID", hit, 1},
		{"a default of the wrong type", `"country":"x"`, `"table":"countries","returnField":"countryNumber","lookupField":"numeric","onNoMatch":"default","defaultValue":"no number"`, "VALUE_INVALID", missed, 0},
		{"a rule writes the wrong type, after a hit", `"country":"Germany"`, `"table":"countries","ruleSet":"wrong"`, "VALUE_INVALID", hit, 1},
		{"a rule writes the wrong type, after a miss", `"country":"x"`, `"table":"countries","ruleSet":"wrong"`, "VALUE_INVALID", missed, 0},
		{"a rule writes the wrong type, alone", `"country":"x"`, `"table":"none","ruleSet":"wrong"`, "VALUE_INVALID", nothing, 0},
		{"a setting that is none", `"country":"Germany"`, `"table":"countries","onNoMatch":"perhaps"`, "VALUE_INVALID", nothing, 0},

		{"a rule fails after a hit", `"country":"Germany","word":"w","other":"7"`, `"table":"countries","ruleSet":"breaks"`, "RULE_FAILED", hit, 1},
		{"a rule fails after a miss", `"country":"x","word":"w","other":"7"`, `"table":"countries","ruleSet":"breaks"`, "RULE_FAILED", missed, 0},
		{"a rule fails after several hits", `"title":"VP","word":"w","other":"7"`, `"table":"points","ruleSet":"breaks"`, "RULE_FAILED", hit, 0},
		{"a rule fails without a value", `"country":"","word":"w","other":"7"`, `"table":"countries","ruleSet":"breaks"`, "RULE_FAILED", missed, 0},
		{"a rule fails alone", `"country":"x","word":"w","other":"7"`, `"table":"none","ruleSet":"breaks"`, "RULE_FAILED", nothing, 0},
		{"no rule acts, alone", `"country":"x"`, `"table":"none","ruleSet":"never"`, "RULE_NO_MATCH", nothing, 0},

		{"no such rule set", `"country":"Germany"`, `"table":"countries","ruleSet":"missing"`, "RULESET_NOT_FOUND", nothing, 0},
		{"no such rule set, alone", `"country":"Germany"`, `"table":"none","ruleSet":"missing"`, "RULESET_NOT_FOUND", nothing, 0},
		{"no such table", `"country":"Germany"`, `"table":"missing"`, "TABLE_NOT_FOUND", nothing, 0},
		{"no such lookup", `"country":"Germany"`, `"table":"countries/missing"`, "TABLE_NOT_FOUND", nothing, 0},
		{"no table chosen", `"country":"Germany"`, ``, "TABLE_NOT_FOUND", nothing, 0},
		{"no such column", `"country":"Germany"`, `"table":"countries","keyName":"missing"`, "COLUMN_NOT_FOUND", nothing, 0},
		{"no such output", `"country":"Germany"`, `"table":"countries","lookupField":"missing"`, "COLUMN_NOT_FOUND", nothing, 0},
		{"no such field", `"other":"Germany"`, `"table":"countries"`, "FIELD_NOT_FOUND", nothing, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := h.answers(t, lead(`"id":1,`+c.lead, c.flow))[0].ActivityData
			require.Equal(t, c.code, string(r.ErrorCode), r.Reason)
			require.Equal(t, c.code == "", r.Success)
			switch c.matched {
			case nothing:
				require.Nil(t, r.Matched)
			default:
				require.NotNil(t, r.Matched)
				require.Equal(t, c.matched == hit, *r.Matched)
			}
			require.Equal(t, c.row, r.MatchedRow)
			seen[c.code] = true
		})
	}
	h.SetBatchWork(0)
	r := h.answers(t, lead(`"id":1,"country":"Germany"`, `"table":"countries"`))[0].ActivityData
	require.Equal(t, "LOOKUP_TOO_SLOW", string(r.ErrorCode), r.Reason)
	require.Nil(t, r.Matched)
	seen["LOOKUP_TOO_SLOW"] = true
	r = h.answers(t, `{"objectContext":{"country":"Germany"},"flowStepContext":{"table":"countries"}}`)[0].ActivityData
	require.Equal(t, "LEAD_ID_MISSING", string(r.ErrorCode))
	require.Nil(t, r.Matched)
	seen["LEAD_ID_MISSING"] = true
	for _, c := range engine.Codes() {
		require.True(t, c.Batch || seen[string(c.Code)], "%s: a code of a record without a case here", c.Code)
	}
}

func TestLeadsWithoutAnIDShareOneRecord(t *testing.T) {
	h := newHouse(t)
	body := []byte(`{"callbackUrl":"u","objectData":[{},{},{"objectContext":{"id":7,"country":"Germany"},"flowStepContext":{"table":"countries"}},null]}`)
	callback, sum, err := h.Evaluate(t.Context(), body)
	require.NoError(t, err)
	require.Equal(t, 3, sum.Failed)
	require.True(t, json.Valid(callback))
	var out struct{ ObjectData []record }
	decodeJSON(t, string(callback), &out)
	require.Equal(t, out.ObjectData[0], out.ObjectData[3])
	require.Equal(t, `"DE"`, out.ObjectData[2].field("countryCode"))
}
