package engine_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
	"tablestep/tables/schema"
)

// chance makes what a marketer may set up, and leads to go with it. Everything in it
// comes from one seed.
type chance struct{ *rand.Rand }

func pick[T any](c chance, list ...T) T { return list[c.IntN(len(list))] }

// text is a value that is hard to write: in quotes, in other alphabets, long, blank or
// an order to empty a field.
func (c chance) text() string {
	return pick(c, "a", "b", "DE", "12", "+5", "-3", "2024-03-31", "true", "x@example.com", "https://example.com/", "",
		"  ", "null", "NULL ", `"quoted" \ and / <b>`, "ü€\U0001f600", "line\nand\ttab", "\u2028\u0001", strings.Repeat("ü", 90), strings.Repeat("long ", 70),
		strings.Repeat("x", 700), strings.Repeat("é", 995), strings.Repeat("é", 1200))
}

func (c chance) field() string { return pick(c, "f0", "f1", "f2", `odd "f" ü`) }

func (c chance) kind() schema.Type {
	return pick(c, schema.TypeString, schema.TypeText, schema.TypeText, schema.TypeText, schema.TypeInteger, schema.TypeFloat, schema.TypeBoolean, schema.TypeDate,
		schema.TypeDatetime, schema.TypeScore, schema.TypeEmail, schema.TypeURL)
}

// table is rows of keys and hard values.
func (c chance) table() string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	rows := [][]string{{"key", "other", "v0", "v1", "v2"}}
	for i := range 12 {
		rows = append(rows, []string{pick(c, fmt.Sprint("k", i), "k0"), pick(c, "p", "q"), c.text(), c.text(), pick(c, c.text(), strings.Repeat("é", 995))})
	}
	if err := w.WriteAll(rows); err != nil {
		panic(err) // a strings.Builder takes everything
	}
	return b.String()
}

func (c chance) lookup(ruleSets []string) schema.Lookup {
	l := schema.Lookup{
		Match:     []schema.Match{{Column: "key", Field: "k", Mode: pick(c, schema.ModeNormalized, schema.ModeNormalized, schema.ModeExact, schema.ModeFuzzy)}},
		HitPolicy: pick(c, schema.PolicyFirst, schema.PolicyFirst, schema.PolicyUnique, schema.PolicyAny),
		OnNoMatch: pick(c, schema.NoMatchKeep, schema.NoMatchDefault, schema.NoMatchClear),
	}
	if c.IntN(3) == 0 {
		l.Match = append(l.Match, schema.Match{Column: "other", Field: "o", Mode: schema.ModeNormalized})
	}
	if c.IntN(4) == 0 {
		l.RuleSet = pick(c, ruleSets...)
	}
	fields := []string{"f0", "f1", "f2", `odd "f" ü`}
	c.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
	for i := range c.IntN(4) {
		o := schema.Output{Column: pick(c, "v0", "v1", "v2"), Field: fields[i], Type: c.kind()}
		if c.IntN(2) == 0 {
			o.Default = strings.TrimSpace(c.text())
		}
		l.Outputs = append(l.Outputs, o)
	}
	return l
}

// ruleSet writes fields and callback attributes of all kinds, some of them wrongly.
func (c chance) ruleSet(name string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "name: %s\nhitPolicy: %s\nrules:\n", name, pick(c, "first", "all"))
	for i := range 1 + c.IntN(4) {
		fmt.Fprintf(&b, "  - name: %q\n    when: %s\n", fmt.Sprint("rule ", i, pick(c, "", " ü", strings.Repeat(" long", 30))), pick(c,
			"row != nil", "row == nil", `lead.k == "k1"`, "lead.n > 2", "'true'", `lead.word - 1 > 0`, `flow.param1 == "p"`))
		fmt.Fprintf(&b, "    set:\n      %q: %s\n", c.field(), c.expression())
		if c.IntN(2) == 0 {
			fits := pick(c, "returnVal: upper(lead.k)", "value1: lead.word", "number1: lead.n", `date1: date("2024-03-31")`, "flag1: lead.n > 3", "value2: "+c.expression(), "number1: "+c.expression())
			fmt.Fprintf(&b, "    activity:\n      %s\n", fits)
		}
	}
	return b.String()
}

func (c chance) expression() string {
	return pick(c, "lead.word", "lead.n", "lead.n + 1", "lead.word - 1", "lead.absent", "row.v0", "row.v1", `'"text"'`, "clear()", "'true'", "upper(lead.k)", `date("2024-03-31")`, "now()", `'"+5"'`, `'"null"'`)
}

func (c chance) lead(id int, choices []string, ruleSets []string) string {
	fields := map[string]any{"k": pick(c, "k0", "k1", "k5", "K7 ", "nobody", "", c.text()), "n": c.IntN(6), "word": c.text()}
	if c.IntN(20) > 0 {
		fields["id"] = id
	}
	if c.IntN(5) > 0 {
		fields["o"] = pick(c, "p", "q", "")
	}
	flow := map[string]any{"table": pick(c, choices...)}
	if c.IntN(2) == 0 {
		flow["ruleSet"] = pick(c, ruleSets...)
	}
	if c.IntN(3) == 0 {
		flow["onNoMatch"] = pick(c, "keep", "default", "clear")
	}
	if c.IntN(6) == 0 {
		flow[pick(c, "defaultValue", "keyValue", "param1", "lookupField", "returnField", "keyName")] = pick(c, "v0", "p", "f0", "key", c.text())
	}
	item, err := json.Marshal(map[string]any{"objectContext": fields, "flowStepContext": flow})
	if err != nil {
		panic(err) // texts and numbers only
	}
	// A byte that is no UTF-8, as a careless sender lets it through.
	return strings.Replace(string(item), "nobody", pick(c, "nobody", "nobod\xff"), 1)
}

// told is what a callback says of one lead, by name, with numbers digit by digit.
type told struct{ LeadData, ActivityData map[string]any }

// values decodes JSON, with numbers digit by digit.
func values[T any](t *testing.T, text string) (v T) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	require.NoError(t, d.Decode(&v), text)
	return v
}

// same is what a flat record says, in the names of a callback. It is made of the record's
// fields, not by the methods that write it.
func same(t *testing.T, r *engine.Record) told {
	t.Helper()
	lead, activity := map[string]any{"id": json.Number(r.LeadID)}, map[string]any{"success": r.Code == ""}
	for _, v := range r.Fields {
		require.NotContains(t, lead, v.Name)
		lead[v.Name] = values[any](t, v.JSON)
	}
	if r.Code != "" {
		activity["reason"], activity["errorCode"] = r.Reason, string(r.Code)
	}
	if strings.HasPrefix(r.Reason, "lookup ") && strings.Contains(r.Reason, " is not confirmed: nothing was written") {
		activity["reason"] = r.Reason
		require.Empty(t, r.Code)
	} else {
		require.Empty(t, r.Told)
	}
	if r.ReturnVal != "" {
		activity["returnVal"] = r.ReturnVal
	}
	if r.SearchParams != "" {
		activity["searchParams"] = r.SearchParams
	}
	for _, v := range r.Attributes {
		require.NotContains(t, activity, v.Name)
		activity[v.Name] = values[any](t, v.JSON)
	}
	if joined := strings.Join(r.Rules, ", "); joined != "" {
		if len(joined) > 255 {
			joined = strings.ToValidUTF8(joined[:252], "") + "…"
		}
		activity["rulesFired"] = joined
	}
	if r.RuleSetVersion > 0 {
		activity["ruleSetVersion"] = json.Number(strconv.Itoa(r.RuleSetVersion))
	}
	if r.LookedUp {
		activity["matched"] = r.Matched
		if r.Matched {
			modes := map[string]string{"normalized normalized": "normalized", "normalized": "normalized"}
			mode, ok := modes[strings.Join(r.Modes, " ")]
			if !ok {
				mode = strings.Join(r.Modes, ", ")
			}
			activity["matchMode"] = mode
		}
	}
	if r.Row > 0 {
		activity["matchedRow"] = json.Number(strconv.Itoa(r.Row))
		activity["matchScore"] = json.Number(strconv.FormatFloat(float64(r.Score), 'f', -1, 32))
	}
	if r.Version > 0 {
		require.Equal(t, r.Table, r.Lookup, "these lookups are default ones")
		activity["lookup"] = r.Table
		activity["tableVersion"] = json.Number(strconv.Itoa(r.Version))
	}
	if r.Outputs != "" {
		activity["outputs"] = r.Outputs
		written := values[map[string]any](t, r.Outputs)
		all := maps.Clone(lead)
		delete(all, "id")
		for _, v := range r.Told {
			require.NotContains(t, all, v.Name)
			all[v.Name] = values[any](t, v.JSON)
		}
		require.Equal(t, all, written)
	}
	return told{lead, activity}
}

// objectOf is the JSON object of values.
func objectOf(t *testing.T, list []engine.Value) map[string]any {
	t.Helper()
	object := map[string]any{}
	for _, v := range list {
		require.NotContains(t, object, v.Name)
		object[v.Name] = values[any](t, v.JSON)
	}
	return object
}

// For whatever tables, lookups, rules and leads there are, the callback and the flat
// records say the same, value by value.
func TestBothFormsOfARecordSayTheSame(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(16) {
		c := chance{rand.New(rand.NewPCG(seed, 7))}
		h := open(t, t.TempDir(), engine.Options{})
		ruleSets := []string{"none", "r0", "r1"}
		for _, name := range ruleSets[1:] {
			for {
				if _, err := h.SaveRuleSet(t.Context(), name, c.ruleSet(name), engine.SaveOptions{Publish: true}); err == nil {
					break // one that says nonsense is made anew
				}
			}
		}
		choices := []string{"none", "missing"}
		for _, name := range []string{"t0", "t1"} {
			h.table(t, name, c.table(), "")
			choices = append(choices, name, name)
			for {
				l := c.lookup(ruleSets)
				l.Name = name
				if err := h.store.SetLookup(name, l, "test"); err == nil {
					break
				}
			}
		}
		h.table(t, "t2", strings.Replace(c.table(), "key,", "k,", 1), "") // nobody has confirmed its lookup
		choices = append(choices, "t2")
		leads := make([]string, 200)
		for i := range leads {
			leads[i] = c.lead(i+1, choices, ruleSets)
		}
		callback, records, err := h.EvaluateFlat(t.Context(), []byte(`{"callbackUrl":"u","objectData":[`+strings.Join(leads, ",")+`]}`))
		require.NoError(t, err)
		body := values[struct{ ObjectData []told }](t, string(callback))
		require.Len(t, records, len(leads))
		require.Len(t, body.ObjectData, len(leads))
		for i := range records {
			r := &records[i]
			require.Equal(t, same(t, r), body.ObjectData[i], "seed %d, lead %s", seed, leads[i])
			require.Equal(t, objectOf(t, r.LeadData()), body.ObjectData[i].LeadData)
			require.Equal(t, objectOf(t, r.ActivityData()), body.ObjectData[i].ActivityData)
			require.Equal(t, r.Table != "", r.Lookup != "")
			seen[string(r.Code)]++
			for name := range body.ObjectData[i].ActivityData {
				seen[name]++
			}
			if len(r.SearchParams) > 1990 {
				seen["cut search"]++
			}
			if r.Code == "" && r.Reason != "" {
				seen["unconfirmed"]++
			}
			if len(r.Told) > 0 && len(r.Fields) > 0 {
				seen["told and written"]++
			}
			if len(r.Fields) > 0 && r.Outputs == "" {
				seen["outputs left out"]++
			}
		}
		h.close(t)
	}
	for _, what := range []string{
		"", "LOOKUP_VALUE_NOT_FOUND", "LOOKUP_KEY_EMPTY", "LOOKUP_AMBIGUOUS", "TABLE_NOT_FOUND", "RULE_NO_MATCH", "RULE_FAILED", "VALUE_INVALID", "LEAD_ID_MISSING",
		"reason", "returnVal", "searchParams", "rulesFired", "matched", "matchedRow", "matchScore", "tableVersion", "outputs", "value1", "number1", "date1", "flag1",
		"cut search", "outputs left out", "unconfirmed", "told and written",
	} {
		require.Positive(t, seen[what], "no lead had %q: %v", what, seen)
	}
}

func TestAFlatRecordSaysWhereItsValuesAreFrom(t *testing.T) {
	h := newHouse(t)
	h.ruleSet(t, routing)
	_, records, err := h.EvaluateFlat(t.Context(), []byte(`{"callbackUrl":"u","objectData":[`+strings.Join([]string{
		lead(`"id":9007199254740993,"country":"Germany","employees":1200`, `"table":"countries","ruleSet":"routing"`),
		lead(`"id":2,"country":"US","state":"CA"`, `"table":"states"`),
		lead(`"country":"US"`, `"table":"none"`),
	}, ",")+`]}`))
	require.NoError(t, err)
	require.Equal(t, engine.Record{
		LeadID: "9007199254740993", LookedUp: true, Matched: true, Row: 1, Score: 1,
		Table: "countries", Version: 1, Lookup: "countries", Modes: []string{"normalized"},
		RuleSet: "routing", RuleSetVersion: 1, Rules: []string{"big-german"},
		ReturnVal: "DE", SearchParams: "table=countries version=1 country=Germany",
		Fields:     []engine.Value{{Name: "countryCode", JSON: `"DE"`}, {Name: "countryNumber", JSON: "276"}, {Name: "ownerEmail", JSON: `"emea@example.com"`}, {Name: "leadScore", JSON: `"+10"`}},
		Attributes: []engine.Value{{Name: "value1", JSON: `"Enterprise"`}, {Name: "number1", JSON: "1200"}},
		Outputs:    `{"countryCode":"DE","countryNumber":276,"ownerEmail":"emea@example.com","leadScore":"+10"}`,
	}, records[0])
	require.Equal(t, []string{"normalized", "normalized"}, records[1].Modes)
	require.Equal(t, "states", records[1].Table)
	require.Empty(t, records[1].RuleSet)
	require.Equal(t, engine.Record{LeadID: "0", Code: engine.CodeLeadIDMissing, Reason: "the lead has no id that is a 64-bit integer"}, records[2])
}

// The bounds of what Marketo takes, byte by byte: one byte less is whole, one more is
// cut or left out.
func TestTextsAreCutAtTheByteThatIsTooMuch(t *testing.T) {
	h := newHouse(t)
	h.table(t, "long", "k,v\na,"+strings.Repeat("x", 2000)+"\n", `{"match":[{"column":"k","field":"k"}],"outputs":[{"column":"v","field":"v","type":"text"}]}`)
	answer := func(key, flow string) *record {
		t.Helper()
		return &h.answers(t, lead(`"id":1,"k":"`+key+`"`, flow))[0]
	}
	const around = len("table=long version=1 k=")
	for n, cut := range map[int]bool{2000 - around: false, 2001 - around: true} {
		params := answer(strings.Repeat("y", n), `"table":"long"`).ActivityData.SearchParams
		require.Len(t, params, 2000)
		require.Equal(t, cut, strings.HasSuffix(params, "…"))
	}
	const object = len(`{"v":""}`)
	for n, left := range map[int]bool{2000 - object: true, 2001 - object: false} {
		r := answer("nobody", fmt.Sprintf(`"table":"long","defaultValue":%q`, strings.Repeat("z", n)))
		require.Len(t, r.ActivityData.ReturnVal, n)
		require.Equal(t, left, r.ActivityData.Outputs != "")
	}
	require.Len(t, answer("a", `"table":"long"`).ActivityData.ReturnVal, 2000)

	// A reason has 255 bytes, a value in it 60.
	h.ruleSet(t, "name: fails\nrules:\n  - {name: r, when: 'true', set: {x: 'lead.k - 1'}}\n")
	reason := answer("nobody", `"table":"long"`).ActivityData.Reason
	require.Equal(t, `no row of long (version 1) has k = "nobody"`, reason)
	require.Equal(t, `no row of long (version 1) has k = "`+strings.Repeat("y", 60)+`"`, answer(strings.Repeat("y", 60), `"table":"long"`).ActivityData.Reason)
	require.Equal(t, `no row of long (version 1) has k = "`+strings.Repeat("y", 57)+`…"`, answer(strings.Repeat("y", 61), `"table":"long"`).ActivityData.Reason)
	const words = len(`there is no published rule set ""`)
	for n, cut := range map[int]bool{255 - words: false, 256 - words: true} {
		reason := answer("a", `"table":"none","ruleSet":"`+strings.Repeat("r", n)+`"`).ActivityData.Reason
		require.Len(t, reason, 255)
		require.Equal(t, cut, strings.HasSuffix(reason, "…"))
	}
}
