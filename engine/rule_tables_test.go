package engine_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
	"tablestep/tables"
	"tablestep/tables/file"
	"tablestep/tables/schema"
)

// A table for each kind of answer that a rule can get of one.
var ruledTables = map[string]struct{ cells, lookup string }{
	"exact":    {"k,out\na,1\nb,2\n5,3\n5.0,4\n100,5\n,6\n", lookupOf("first", `{"column": "k", "field": "x", "mode": "exact"}`)},
	"several":  {"k,out\na,1\na,2\nB,3\nb,4\n5,5\n05,6\n", lookupOf("first", `{"column": "k", "field": "x"}`)},
	"unique":   {"k,out\na,1\na,2\nb,3\n5,4\n", `{"match": [{"column": "k", "field": "x", "mode": "prefix"}], "hitPolicy": "unique", "outputs": [{"column": "out", "field": "out"}]}`},
	"any":      {"k,out\na*,1\na?,1\n*,2\n", lookupOf("any", `{"column": "k", "field": "x", "mode": "wildcard", "matchEmpty": true}`)},
	"best":     {"k,out\na,1\nab,2\nabc,3\nb,4\nB,5\n5,6\n", lookupOf("best", `{"column": "k", "field": "x", "mode": "prefix"}`)},
	"priority": {"k,out,p\na,1,9\na,2,3\na,3,\nb,4,2\nb,5,2\n", `{"match": [{"column": "k", "field": "x", "mode": "words"}], "hitPolicy": "priority", "priorityColumn": "p", "outputs": [{"column": "out", "field": "out"}]}`},
	"collect":  {"k,out\na,1\na,2\nb,4\n", `{"match": [{"column": "k", "field": "x"}], "hitPolicy": "collect", "aggregate": "sum", "outputs": [{"column": "out", "field": "out"}]}`},
	"range":    {"k,out\n1..5,1\n6..100,2\n1001..9999,3\n", lookupOf("first", `{"column": "k", "field": "x", "mode": "range"}`)},
	"least":    {"k,out\n1,1\n5,2\n50,3\n", lookupOf("first", `{"column": "k", "field": "x", "mode": "atLeast"}`)},
	"fuzzy":    {"k,out\nalpha,1\nalpine,2\nbeta,3\n", lookupOf("best", `{"column": "k", "field": "x", "mode": "fuzzy", "threshold": 0.6}`)},
	"wild":     {"k,out\na,1\n5,2\n1e2,3\n*,4\n", lookupOf("first", `{"column": "k", "field": "x", "anything": ["*"]}`)},
	"two":      {"k,l,out\na,5,1\na,*,2\n5,5.0,3\n*,7,4\nb,,5\n", lookupOf("first", `{"column": "k", "field": "x", "anything": ["*"]}, {"column": "l", "field": "y", "anything": ["*"], "matchEmpty": true}`)},
}

// Leads of a batch get of lookup(), lookupAll() and exists() what each gets in a batch of its
// own: all modes and policies, numbers in all spellings, empty and missing values.
func TestABatchOfLeadsFindsInRulesWhatEachLeadFinds(t *testing.T) {
	t.Parallel()
	h := open(t, t.TempDir(), engine.Options{})
	t.Cleanup(func() { h.close(t) })
	var set strings.Builder
	set.WriteString("name: all\nhitPolicy: all\nrules:\n")
	for name, table := range ruledTables {
		h.table(t, name, table.cells, table.lookup)
		keys := "lead.x"
		if name == "two" {
			keys = "lead.x, lead.y"
		}
		fmt.Fprintf(&set, "  - {name: %[1]s, when: 'exists(%[1]q, %[2]s)', set: {%[1]sOut: 'lookup(%[1]q, %[2]s).out', %[1]sAll: 'join(map(lookupAll(%[1]q, %[2]s), .out), \"+\")'}}\n", name, keys)
		fmt.Fprintf(&set, "  - {name: %[1]s both, when: 'lead.y != nil and lookup(%[1]q, %[2]s)?.out != lead.y', set: {%[1]sBoth: 'lookup(%[1]q, %[2]s)?.out + \"/\" + lead.y'}}\n", name, keys)
	}
	h.ruleSet(t, set.String())
	values := []string{
		`"a"`, `"A"`, `"b"`, `"B "`, `"ab"`, `"abc"`, `"abcd"`, `"a b"`, `"b a"`, `"alpha"`, `"alpin"`, `"betta"`, `"nothing"`, `""`, `" "`, `null`, `true`, `"*"`,
		`5`, `5.0`, `5.00`, `5e0`, `"5"`, `"5.00"`, `05`, `100`, `1e2`, `1E2`, `100.50`, `"1,000"`, `1001`, `-3`, `7`, `7.0`, `"7"`, `1`, `49.9`, `50`,
	}
	r := rand.New(rand.NewPCG(3, 5))
	const leads = 400
	batch := make([]string, leads)
	for i := range batch {
		x, y := values[r.IntN(len(values))], values[r.IntN(len(values))]
		if x == "05" {
			x = `"05"` // no number of JSON
		}
		if y == "05" {
			y = "5"
		}
		batch[i] = lead(fmt.Sprintf(`"id":%d,"x":%s,"y":%s`, i+1, x, y), `"table":"none","ruleSet":"all"`)
	}
	together := activityOf(t, h, batch...)
	hits := map[string]int{}
	for i := range batch {
		require.Equal(t, activityOf(t, h, batch[i])[0], together[i], batch[i])
		for name := range ruledTables {
			if _, ok := together[i]["lead."+name+"Out"]; ok {
				hits[name]++
			}
		}
	}
	for name := range ruledTables {
		require.Positive(t, hits[name], name)
	}
}

// A rule that finds what the table lookup finds of a batch: of tables with one hit policy for
// both, the rows are the same.
func TestABatchFindsInRulesWhatTheTableLookupFinds(t *testing.T) {
	t.Parallel()
	h := open(t, t.TempDir(), engine.Options{})
	t.Cleanup(func() { h.close(t) })
	for _, name := range []string{"exact", "several", "best", "priority", "range", "least", "fuzzy", "wild"} {
		h.table(t, name, ruledTables[name].cells, ruledTables[name].lookup)
		h.ruleSet(t, fmt.Sprintf("name: %[1]s-rules\nrules:\n  - {name: r, when: 'exists(%[1]q, lead.x)', set: {ruled: 'lookup(%[1]q, lead.x).out'}}\n", name))
		var plain, ruled []string
		for i, x := range []string{`"a"`, `"A"`, `"abc"`, `"b"`, `5`, `5.0`, `5.00`, `5e0`, `"5.00"`, `1e2`, `100.0`, `"alpin"`, `"x"`, `60`, `"a b"`} {
			plain = append(plain, lead(fmt.Sprintf(`"id":%d,"x":%s`, i+1, x), `"table":"`+name+`"`))
			ruled = append(ruled, lead(fmt.Sprintf(`"id":%d,"x":%s`, i+1, x), `"table":"none","ruleSet":"`+name+`-rules"`))
		}
		want, got := activityOf(t, h, plain...), activityOf(t, h, ruled...)
		for i := range plain {
			require.Equal(t, want[i]["lead.out"], got[i]["lead.ruled"], "%s: %s", name, plain[i])
		}
	}
}

// A table of holidays is one that a rule set reads: it is checked when the rule set is saved,
// and stands among the tables that are in use.
func TestHolidaysAreATable(t *testing.T) {
	t.Parallel()
	h := open(t, t.TempDir(), engine.Options{})
	t.Cleanup(func() { h.close(t) })
	h.table(t, "holidays", "day,name\n2024-12-25,Christmas\n2024-12-26,Boxing Day\n", `{"match": [{"column": "day", "field": "day"}], "outputs": [{"column": "name", "field": "holiday"}]}`)
	h.table(t, "pairs", "day,country,out\n2024-12-25,DE,1\n", `{"match": [{"column": "day", "field": "day"}, {"column": "country", "field": "country"}], "outputs": [{"column": "out", "field": "out"}]}`)
	h.ruleSet(t, "name: wait\nrules:\n  - {name: r, when: 'businessDays(lead.from, lead.to, \"holidays\") != nil', set: {days: 'businessDays(lead.from, lead.to, \"holidays\")'}}\n")
	chosen := `"table":"none","ruleSet":"wait"`
	got := activityOf(t, h, lead(`"id":1,"from":"2024-12-20","to":"2025-01-02"`, chosen), lead(`"id":2,"from":"2024-12-24","to":"2024-12-27"`, chosen), lead(`"id":3,"from":"2000-01-01","to":"2024-12-27"`, chosen), lead(`"id":4,"from":"soon"`, chosen))
	require.InDelta(t, 7, got[0]["lead.days"], 0)
	require.InDelta(t, 1, got[1]["lead.days"], 0)
	require.Equal(t, "RULE_FAILED", got[2]["errorCode"])
	require.Contains(t, got[2]["reason"], "businessDays: the dates are more than 3660 days apart")
	require.Equal(t, "RULE_NO_MATCH", got[3]["errorCode"])
	uses, err := h.UsesOfTable(t.Context(), "holidays")
	require.NoError(t, err)
	require.Equal(t, []string{"wait"}, uses.RuleSets)
	for table, message := range map[string]string{
		"none":  `there is no table "none"`,
		"pairs": `table "pairs" is looked up by 2 values, and businessDays asks it for one, a day; its default lookup must have one match entry`,
	} {
		_, err = h.CheckRuleSet(t.Context(), "name: x\nrules:\n  - {name: r, when: 'businessDays(lead.from, now(), \""+table+"\") > 3', set: {x: '1'}}\n", false)
		require.ErrorContains(t, err, message)
	}
}

// go test ./engine -run '^$' -bench RuleLookup -count=10. One lookup in a rule is held against
// the step that writes the same field, and a rule that asks whether there is a row and then
// writes two of its cells against the step that writes both.
func BenchmarkRuleLookup(b *testing.B) {
	const rows, leads = 1_000_000, 1000
	store, err := file.OpenStore(filepath.Join(b.TempDir(), "tables.db"), tables.Options{})
	require.NoError(b, err)
	defer func() { require.NoError(b, store.Close()) }()
	_, err = store.Import(b.Context(), "companies", &manyRows{n: rows}, tables.ImportOptions{Publish: true})
	require.NoError(b, err)
	e, err := engine.NewEvaluator(store)
	require.NoError(b, err)
	plain := marketoBatch(rows, leads)
	ruled := []byte(strings.ReplaceAll(string(plain), `"table":"companies"`, `"table":"none","ruleSet":"companies"`))
	for _, c := range []struct {
		name    string
		rule    string
		outputs []schema.Output
	}{
		{"cells=1", `when: 'true', set: {ownerEmail: 'lookup("companies", lead.company).owner'}`, []schema.Output{{Column: "owner", Field: "ownerEmail"}}},
		{
			"exists/cells=2", `when: 'exists("companies", lead.company)', set: {tier: 'lookup("companies", lead.company).tier', ownerEmail: 'lookup("companies", lead.company).owner'}`,
			[]schema.Output{{Column: "tier", Field: "tier"}, {Column: "owner", Field: "ownerEmail"}},
		},
	} {
		require.NoError(b, store.SetLookup("companies", schema.Lookup{
			Name: "companies", Match: []schema.Match{{Column: "company", Field: "company", Mode: schema.ModeNormalized}}, Outputs: c.outputs,
		}, "bench"))
		_, err = store.PutRuleSet("companies", "name: companies\nrules:\n  - {name: known, "+c.rule+"}\n", true, "bench")
		require.NoError(b, err)
		b.Run(c.name, func(b *testing.B) {
			var (
				ws   engine.Workspace
				out  []byte
				took [2][]time.Duration
			)
			// Both ways take turns, so that what else the machine does is shared out.
			b.ReportAllocs()
			for b.Loop() {
				for way, body := range [][]byte{plain, ruled} {
					start := time.Now()
					var sum engine.Summary
					out, sum, err = e.Evaluate(b.Context(), &ws, body, out[:0])
					if err != nil || sum.Succeeded != leads {
						b.Fatal(err, sum)
					}
					took[way] = append(took[way], time.Since(start))
				}
			}
			for way := range took {
				slices.Sort(took[way])
			}
			middle := len(took[0]) / 2
			b.ReportMetric(float64(took[0][middle].Microseconds()), "µs-step")
			b.ReportMetric(float64(took[1][middle].Microseconds()), "µs-rule")
			b.ReportMetric(float64(took[1][middle])/float64(took[0][middle]), "rule/step")
		})
	}
}
