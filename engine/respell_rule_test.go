package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/engine"
)

// A number of a lead finds by lookup() in a rule what it finds by the table lookup: as it is
// spelt, else in its shortest form, with all its digits, and never with its points taken for
// the sign between groups.
func TestANumberFindsTheSameInARuleAsInATableLookup(t *testing.T) {
	t.Parallel()
	cells := "k,out\n5,five\n5.0,five point nought\n100,hundred\n0.5,half\n12345678901234567890,long\n12345678901234567891,longer\n-0,minus\n7.10,seven\n*,rest\n"
	h := open(t, t.TempDir(), engine.Options{})
	t.Cleanup(func() { h.close(t) })
	tables := map[string]string{ // by name, the match entry
		"exact": `"mode": "exact"`, "normalized": `"mode": "normalized"`, "wild": `"mode": "normalized", "anything": ["*"]`, "prefix": `"mode": "prefix"`,
		"loose": `"mode": "loose"`, "company": `"mode": "company"`, "wild-loose": `"mode": "loose", "anything": ["*"]`,
	}
	for name, entry := range tables {
		h.table(t, name, cells, lookupOf("first", `{"column": "k", "field": "n", `+entry+`}`))
	}
	h.table(t, "points", "k,out\n\"1.000,5-2.000\",thousands\n1-2,ones\n", lookupOf("first", `{"column": "k", "field": "n", "mode": "range"}`))
	h.table(t, "two", "a,k,out\n5,7.10,x\n5.0,7.1,y\n5,7.1,z\n", `{"match": [{"column": "a", "field": "n"}, {"column": "k", "field": "n2"}], "outputs": [{"column": "out", "field": "out"}]}`)
	tables["points"], tables["two"] = "", ""
	for name := range tables {
		keys := "lead.n"
		if name == "two" {
			keys = "lead.n, lead.n2"
		}
		h.put(t, fmt.Sprintf("name: %[1]s\nrules:\n  - {name: r, when: 'true', set: {ruled: 'lookup(%[1]q, %[2]s)?.out'}}\n", name, keys))
	}
	written := func(t require.TestingT, fields, choice, field string) any {
		callback, _, err := h.Evaluate(context.Background(), []byte(`{"callbackUrl":"u","objectData":[`+lead(`"id":1,`+fields, choice)+`]}`))
		require.NoError(t, err)
		var out struct {
			ObjectData []struct{ LeadData map[string]any }
		}
		require.NoError(t, json.Unmarshal(callback, &out), "%s", callback)
		return out.ObjectData[0].LeadData[field]
	}
	same := func(t require.TestingT, table, n, n2 string) any {
		fields := `"n":` + n + `,"n2":` + n2
		looked := written(t, fields, `"table":"`+table+`"`, "out")
		require.Equal(t, looked, written(t, fields, `"table":"none","ruleSet":"`+table+`"`, "ruled"), "%s: %s", table, fields)
		return looked
	}
	for _, c := range []struct {
		table, n, n2 string
		want         any
	}{
		{"exact", "5", "0", "five"},
		{"exact", "5.0", "0", "five point nought"},
		{"exact", "5.00", "0", "five"},
		{"normalized", "1e2", "0", "hundred"},
		{"loose", "5.0", "0", "five point nought"}, // the point between digits stays
		{"loose", "5.00", "0", "five"},
		{"company", "1e2", "0", "hundred"},
		{"wild-loose", "5.00", "0", "five"},
		{"wild-loose", "5.01", "0", "rest"},
		{"exact", "12345678901234567890", "0", "long"},
		{"exact", "12345678901234567891", "0", "longer"},
		{"exact", `"5.00"`, "0", nil}, // a text is not respelt
		{"exact", "5.01", "0", nil},
		{"wild", "5.00", "0", "five"},
		{"wild", "5.01", "0", "rest"},
		{"points", "1.234", "0", "ones"},
		{"points", "1234", "0", "thousands"},
		{"two", "5.0", "7.10", "x"},
		{"two", "5.00", "7.10", "x"},
	} {
		require.Equal(t, c.want, same(t, c.table, c.n, c.n2), "%s: %s, %s", c.table, c.n, c.n2)
	}
	spellings := rapid.SampledFrom([]string{
		"5", "5.0", "5.00", "5e0", "50e-1", "0.5", "0.50", "5E-1", "1e2", "100", "100.0", "-0", "0", "-0.0", "7.1", "7.10", "7.100", "1.234", "1.5", "1234", "1500", "null", "true",
		"12345678901234567890", "12345678901234567891", "12345678901234567890.0", `"5.0"`, `"5"`, `"7.10"`, `""`,
	})
	rapid.Check(t, func(r *rapid.T) {
		same(r, rapid.SampledFrom([]string{"exact", "normalized", "wild", "prefix", "loose", "company", "wild-loose", "points", "two"}).Draw(r, "table"), spellings.Draw(r, "n"), spellings.Draw(r, "n2"))
	})
}
