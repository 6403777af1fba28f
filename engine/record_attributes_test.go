package engine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
	"tablestep/tables/schema"
)

// An activity tells which lookup answered, how the row was matched, and which version of
// the rules ran, so that Marketo can filter by them.
func TestAnActivityTellsLookupModeAndRuleSet(t *testing.T) {
	dir := t.TempDir()
	unreadable(t, dir, "broken", "k,v\nx[,1\n", "k,v\n^x,1\n", `{"match":[{"column":"k","field":"k","mode":"regex"}],"outputs":[{"column":"v","field":"v"}]}`)
	h := newHouseIn(t, dir)
	require.NoError(t, h.store.SetLookup("countries", schema.Lookup{
		Name: "by-code", Match: []schema.Match{{Column: "code", Field: "code", Mode: schema.ModeExact}},
		Outputs: []schema.Output{{Column: "country", Field: "country", Type: schema.TypeString}},
	}, "test"))
	h.table(t, "mixed", "a,b,c,v\nx,1-5,y,1\n", `{"match":[{"column":"a","field":"a","mode":"normalized"},{"column":"b","field":"b","mode":"range"},{"column":"c","field":"c","mode":"normalized"}],"outputs":[{"column":"v","field":"v"}]}`)
	h.table(t, "literal", "a,v\nx,1\n", `{"match":[{"column":"a","field":"a","mode":"prefix"}],"outputs":[{"column":"v","field":"v"}]}`)
	for _, text := range []string{"x", "y"} { // the second version answers
		h.ruleSet(t, "name: always\nrules:\n  - {name: r, when: 'true', set: {f: '\""+text+"\"'}}\n")
	}
	h.ruleSet(t, "name: never\nrules:\n  - {name: r, when: 'false', set: {f: '\"x\"'}}\n")
	h.ruleSet(t, "name: breaks\nrules:\n  - {name: r, when: 'lead.word - 1 > 0', set: {f: '\"x\"'}}\n")
	type told struct{ lookup, mode, ruleSet any }
	for _, c := range []struct {
		name, lead, flow string
		want             told
	}{
		{"a row", `"country":"Germany"`, `"table":"countries"`, told{"countries", "normalized", nil}},
		{"the default lookup by its own name", `"country":"Germany"`, `"table":"countries/countries"`, told{"countries", "normalized", nil}},
		{"another lookup", `"code":"DE"`, `"table":"countries/by-code"`, told{"countries/by-code", "exact", nil}},
		{"several columns", `"a":"X","b":"3","c":"y"`, `"table":"mixed"`, told{"mixed", "normalized, range", nil}},
		{"a column of the flow step", `"country":"Germany","x":"DE"`, `"table":"countries/by-code","keyName":"country","keyValField":"country"`, told{"countries/by-code", "normalized", nil}},
		{"a miss", `"country":"x"`, `"table":"countries"`, told{"countries", nil, nil}},
		{"a miss that is written", `"country":"x"`, `"table":"countries","onNoMatch":"clear"`, told{"countries", nil, nil}},
		{"no value", `"country":""`, `"table":"countries"`, told{"countries", nil, nil}},
		{"several rows", `"title":"VP"`, `"table":"points"`, told{"points", "normalized", nil}},
		{"a cell of the wrong type", `"country":"Atlantis"`, `"table":"countries"`, told{"countries", "normalized", nil}},
		{"a row, and rules", `"country":"Germany"`, `"table":"countries","ruleSet":"always"`, told{"countries", "normalized", 2.0}},
		{"rules alone", `"country":"x"`, `"table":"none","ruleSet":"always"`, told{nil, nil, 2.0}},
		{"rules that do not act", `"country":"x"`, `"table":"none","ruleSet":"never"`, told{nil, nil, 1.0}},
		{"a rule that fails", `"country":"x","word":"w"`, `"table":"none","ruleSet":"breaks"`, told{nil, nil, 1.0}},
		{"a rule that fails behind a row", `"country":"Germany","word":"w"`, `"table":"countries","ruleSet":"breaks"`, told{"countries", "normalized", 1.0}},
		{"neither", `"country":"x"`, `"table":"none"`, told{}},
		{"no such rule set", `"country":"Germany"`, `"table":"countries","ruleSet":"missing"`, told{"countries", nil, nil}},
		{"a cell that cannot be read", `"k":"x"`, `"table":"broken","ruleSet":"always"`, told{"broken", nil, 2.0}},
		{"no such table", `"country":"Germany"`, `"table":"missing"`, told{}},
		{"no such column", `"country":"Germany"`, `"table":"countries","keyName":"missing","ruleSet":"always"`, told{"countries", nil, nil}},
	} {
		t.Run(c.name, func(t *testing.T) {
			callback, records, err := h.EvaluateFlat(t.Context(), []byte(`{"callbackUrl":"u","objectData":[`+lead(`"id":1,`+c.lead, c.flow)+`,{"objectContext":{}}]}`))
			require.NoError(t, err)
			var body struct {
				ObjectData []struct{ ActivityData map[string]any }
			}
			decodeJSON(t, string(callback), &body)
			activity := body.ObjectData[0].ActivityData
			require.Equal(t, c.want, told{activity["lookup"], activity["matchMode"], activity["ruleSetVersion"]}, "%v", activity)
			flat := objectOf(t, records[0].ActivityData())
			for name, text := range map[string]any{"lookup": c.want.lookup, "matchMode": c.want.mode} {
				require.Equal(t, text, flat[name], name)
			}
			require.Equal(t, c.want.ruleSet != nil, flat["ruleSetVersion"] != nil)
			require.Equal(t, engine.CodeLeadIDMissing, records[1].Code)
			require.Len(t, body.ObjectData[1].ActivityData, 3, "of a lead that nothing was done for nothing is told")
		})
	}
}
