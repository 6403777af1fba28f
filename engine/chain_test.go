package engine_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
	"tablestep/tables"
	"tablestep/tables/answers"
	"tablestep/tables/schema"
)

// chains is a house with a chain of three: a country has a region, a region an owner, and an
// owner a phone; and a fallback.
func chains(t *testing.T) *house {
	t.Helper()
	h := newHouse(t)
	h.table(t, "regions", "country,region,zone\nGermany,EMEA,7\nFrance,EMEA,\nJapan,APAC,9\nPeru,,5\n",
		`{"match":[{"column":"country","field":"country"}],"outputs":[{"column":"region","field":"region"},{"column":"zone","field":"zone","type":"integer"}],"then":"owners","else":"fallback"}`)
	h.table(t, "owners", "region,owner,zone\nEMEA,ada@example.com,\nLATAM,leo@example.com,55\n",
		`{"match":[{"column":"region","field":"REGION"}],"outputs":[{"column":"owner","field":"ownerEmail","type":"email"},{"column":"zone","field":"zone","type":"integer"}],"then":"phones"}`)
	h.table(t, "phones", "owner,phone\nADA@example.com,+49 1\nleo@example.com,+51 2\n",
		`{"match":[{"column":"owner","field":"ownerEmail"}],"outputs":[{"column":"phone","field":"phone","default":"none"}],"onNoMatch":"default"}`)
	h.table(t, "fallback", "word,owner\nw,bob@example.com\n",
		`{"match":[{"column":"word","field":"word"}],"outputs":[{"column":"owner","field":"ownerEmail","type":"email"}],"onNoMatch":"keep"}`)
	return h
}

func TestAChainGoesOnWithWhatWasWritten(t *testing.T) {
	h := chains(t)
	written, told := h.said(t, `"country":"germany","region":"old"`, `"table":"regions"`)
	require.JSONEq(t, `{"id":1,"region":"EMEA","zone":7,"ownerEmail":"ada@example.com","phone":"+49 1"}`, written)
	require.JSONEq(t, `{"success":true,"returnVal":"+49 1","matched":true,"matchedRow":1,"matchScore":1,"matchMode":"normalized","lookup":"phones","tableVersion":1,
		"searchParams":"table=regions version=1 country=germany; table=owners version=1 region=EMEA; table=phones version=1 owner=ada@example.com",
		"outputs":"{\"region\":\"EMEA\",\"zone\":7,\"ownerEmail\":\"ada@example.com\",\"phone\":\"+49 1\"}"}`, told)
}

func TestAChainsEnds(t *testing.T) {
	h := chains(t)
	for name, c := range map[string]struct{ lead, written, told string }{
		"an empty cell says nothing: the field is what it was, and the later of two writes wins": {
			`"country":"Peru","region":"latam"`, `{"id":1,"zone":55,"ownerEmail":"leo@example.com","phone":"+51 2"}`, `"lookup":"phones"`,
		},
		"a miss without another one, as keep says: nothing is written, and the reason begins with the lookup": {
			`"country":"Japan"`, `{"id":1}`,
			`"success":false,"reason":"owners (regions → owners): no row of owners (version 1) has region = \"APAC\"","errorCode":"LOOKUP_VALUE_NOT_FOUND","searchParams":"table=regions version=1 country=Japan; table=owners version=1 region=APAC","matched":true,"matchedRow":3,"matchScore":1,"matchMode":"normalized","lookup":"regions"`,
		},
		"no value to go on with": {
			`"country":"Peru"`, `{"id":1}`, `"reason":"owners (regions → owners): the lead's field \"REGION\", which is matched with column \"region\" of owners, is empty","errorCode":"LOOKUP_KEY_EMPTY"`,
		},
		"another one in its place": {
			`"country":"x","word":"W"`, `{"id":1,"ownerEmail":"bob@example.com"}`, `"matchedRow":1,"matchScore":1,"matchMode":"normalized","lookup":"fallback"`,
		},
		"another one in its place, for an empty value as well": {
			`"country":"","word":"W"`, `{"id":1,"ownerEmail":"bob@example.com"}`, `"lookup":"fallback"`,
		},
		"none of them": {
			`"country":"x","word":"x"`, `{"id":1}`, `"errorCode":"LOOKUP_VALUE_NOT_FOUND","searchParams":"table=regions version=1 country=x; table=fallback version=1 word=x","matched":false,"lookup":"fallback","tableVersion":1`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			written, told := h.said(t, c.lead+`,"other":1`, `"table":"regions"`)
			require.JSONEq(t, c.written, written)
			require.Contains(t, told, c.told)
		})
	}
}

// A lookup that has a default for nothing is one that may miss.
func TestALaterLookupMayMissWhereItHasADefault(t *testing.T) {
	h := chains(t)
	h.table(t, "phones", "owner,phone\nx,y\n",
		`{"match":[{"column":"owner","field":"ownerEmail"}],"outputs":[{"column":"phone","field":"phone"}],"onNoMatch":"default"}`)
	written, told := h.said(t, `"country":"germany"`, `"table":"regions"`)
	require.JSONEq(t, `{"id":1,"region":"EMEA","zone":7,"ownerEmail":"ada@example.com"}`, written)
	require.Contains(t, told, `"success":true`)
	require.Contains(t, told, `"matched":true,"matchedRow":1,"matchScore":1,"matchMode":"normalized","lookup":"owners"`)
	require.Contains(t, told, `"returnVal":"ada@example.com"`)
}

func TestAFlowStepsSettingsHoldForTheFirstLookupOfAChain(t *testing.T) {
	h := chains(t)
	written, _ := h.said(t, `"country":"x","land":"Germany","word":"w"`, `"table":"regions","keyValField":"land","onNoMatch":"clear","defaultValue":"d"`)
	require.JSONEq(t, `{"id":1,"region":"EMEA","zone":7,"ownerEmail":"ada@example.com","phone":"+49 1"}`, written)
	// What is written otherwise is what is gone on with.
	written, told := h.said(t, `"country":"Germany","region":"LATAM"`, `"table":"regions","lookupField":"region","returnField":"area"`)
	require.JSONEq(t, `{"id":1,"area":"EMEA","zone":55,"ownerEmail":"leo@example.com","phone":"+51 2"}`, written)
	require.Contains(t, told, `version=1 region=LATAM`)
	// A miss is the matter of the lookup that is tried last, whatever the flow step says of the first one.
	written, told = h.said(t, `"country":"x","word":"x"`, `"table":"regions","onNoMatch":"clear"`)
	require.JSONEq(t, `{"id":1}`, written)
	require.Contains(t, told, `LOOKUP_VALUE_NOT_FOUND`)
}

// What is wrong with a lookup fails the leads that come to it, and no others.
func TestALookupThatCannotBeUsedFailsTheLeadsThatComeToIt(t *testing.T) {
	const table = `"table":"regions"`
	for name, c := range map[string]struct {
		damage func(t *testing.T, h *house)
		code   engine.Code
		reason string
	}{
		"it is not there": {
			func(t *testing.T, h *house) { require.NoError(t, h.store.Delete("owners", "")) },
			engine.CodeTableNotFound, `owners (regions → owners): there is no table "owners"`,
		},
		"it has no such lookup": {
			func(t *testing.T, h *house) {
				t.Helper()
				h.table(t, "regions", "country,region,zone\nGermany,EMEA,7\n",
					`{"match":[{"column":"country","field":"country"}],"outputs":[{"column":"region","field":"region"}],"then":"owners/by-name","else":"fallback"}`)
			},
			engine.CodeTableNotFound, `owners/by-name (regions → owners/by-name): table "owners" has no lookup "by-name"`,
		},
		"it is not published": {
			func(t *testing.T, h *house) {
				t.Helper()
				require.NoError(t, h.store.Delete("owners", ""))
				_, err := h.store.Import(t.Context(), "owners", fromCSV(t, "region,owner\nEMEA,x\n"), tables.ImportOptions{})
				require.NoError(t, err)
			},
			engine.CodeTableNotFound, `owners (regions → owners): table "owners" has no published version`,
		},
		"it lacks a column": {
			func(t *testing.T, h *house) {
				t.Helper()
				_, err := h.store.Import(t.Context(), "owners", fromCSV(t, "region,name\nEMEA,x\n"), tables.ImportOptions{Publish: true, Force: true, Confirm: true})
				require.NoError(t, err)
			},
			engine.CodeColumnNotFound, `owners (regions → owners): table "owners" (version 2) has no column "owner"`,
		},
		"it matches a field that nobody has or writes": {
			func(t *testing.T, h *house) {
				t.Helper()
				h.table(t, "owners", "region,owner,zone\nEMEA,x,1\n",
					`{"match":[{"column":"region","field":"planet"}],"outputs":[{"column":"owner","field":"ownerEmail"}]}`)
			},
			engine.CodeFieldNotFound, `owners (regions → owners): the lead has no field "planet"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := chains(t)
			c.damage(t, h)
			got := h.answers(t, lead(`"id":1,"country":"Germany","word":""`, table), lead(`"id":2,"country":"x","word":"w"`, table))
			require.Equal(t, c.code, got[0].ActivityData.ErrorCode)
			require.Contains(t, got[0].ActivityData.Reason, c.reason)
			require.Len(t, got[0].LeadData, 1, "a record that fails writes nothing")
			require.Equal(t, 1, got[0].ActivityData.MatchedRow, "what hit before is told")
			require.Equal(t, `"bob@example.com"`, got[1].field("ownerEmail"))
		})
	}
}

func TestRulesRunOnceBehindAChain(t *testing.T) {
	h := chains(t)
	h.ruleSet(t, `
name: after
rules:
  - name: owner
    when: row.phone != nil
    set: {note: 'row.owner + " " + row.phone', phone: '"by rule"'}
  - name: nobody
    when: row == nil
    set: {zone: '1'}
  - name: other table
    when: row.word != nil
    activity: {value1: 'row.word'}
hitPolicy: all
`)
	const flow = `"table":"regions","ruleSet":"after"`
	got := h.answers(t, lead(`"id":1,"country":"Germany","word":"x"`, flow), lead(`"id":2,"country":"x","word":"w"`, flow), lead(`"id":3,"country":"x","word":"x"`, flow),
		lead(`"id":4,"country":"Japan","word":"x"`, flow))
	require.Equal(t, `"ADA@example.com +49 1"`, got[0].field("note"))
	require.Equal(t, `"by rule"`, got[0].field("phone"), "what rules write wins")
	require.Equal(t, `"EMEA"`, got[0].field("region"))
	require.Len(t, got[1].LeadData, 2)
	require.Equal(t, `"bob@example.com"`, got[1].field("ownerEmail"))
	require.Equal(t, `1`, got[2].field("zone"), "the type is that of a lookup of the chain")
	require.True(t, got[2].ActivityData.Success)
	require.Equal(t, engine.CodeValueNotFound, got[3].ActivityData.ErrorCode, "no rule holds")

	// A rule set that a later lookup names is not run; the one of the chosen lookup is.
	h.table(t, "phones", "owner,phone\nADA@example.com,+49 1\n",
		`{"match":[{"column":"owner","field":"ownerEmail"}],"outputs":[{"column":"phone","field":"phone"}],"ruleSet":"after"}`)
	require.Equal(t, `"+49 1"`, h.answers(t, lead(`"id":1,"country":"Germany"`, `"table":"regions"`))[0].field("phone"))
}

func TestAnUnconfirmedLookupOfAChainWritesNothingOfItsOwn(t *testing.T) {
	h := chains(t)
	_, err := h.store.Import(t.Context(), "guess", fromCSV(t, "region,ownerEmail,zone\nEMEA,eve@example.com,8\n"), tables.ImportOptions{Publish: true})
	require.NoError(t, err)
	h.table(t, "regions", "country,region,zone\nGermany,EMEA,7\n",
		`{"match":[{"column":"country","field":"country"}],"outputs":[{"column":"region","field":"region"},{"column":"zone","field":"zone","type":"integer"}],"then":"guess"}`)
	written, told := h.said(t, `"country":"Germany"`, `"table":"regions"`)
	require.JSONEq(t, `{"id":1,"region":"EMEA","zone":7}`, written)
	require.Contains(t, told, `"success":true,"reason":"lookup guess is not confirmed: nothing was written but what the other lookups write"`)
	require.Contains(t, told, `"outputs":"{\"ownerEmail\":\"eve@example.com\",\"region\":\"EMEA\",\"zone\":7}"`, "what it would write over another one is not told")
	require.Contains(t, told, `"lookup":"guess"`)
}

// A value is matched as the lead would have it: a number as a number, a date as Marketo writes it.
func TestALookupGoesOnWithTypedValues(t *testing.T) {
	h := newHouse(t)
	h.table(t, "first", "k,number,day,yes\na,\"1,200\",03/31/2024,TRUE\nb,\"5,000\",12/01/2024,no\n",
		`{"match":[{"column":"k","field":"k"}],"outputs":[{"column":"number","field":"n","type":"integer"},{"column":"day","field":"d","type":"date"},{"column":"yes","field":"y","type":"boolean"}],"then":"second"}`)
	h.table(t, "second", "from,day,yes,out\n1000..2000,2024-03-31,true,hit\n",
		`{"match":[{"column":"from","field":"n","mode":"range"},{"column":"day","field":"d"},{"column":"yes","field":"y"}],"outputs":[{"column":"out","field":"out"}]}`)
	written, told := h.said(t, `"k":"a"`, `"table":"first"`)
	require.JSONEq(t, `{"id":1,"n":1200,"d":"2024-03-31","y":true,"out":"hit"}`, written, told)
}

func TestATraceTellsEachHop(t *testing.T) {
	h := chains(t)
	results, err := h.Try(t.Context(), []json.RawMessage{
		json.RawMessage(`{"country":"Germany","word":"x"}`), json.RawMessage(`{"country":"Chermany","word":"W"}`), json.RawMessage(`{"country":"Japan","word":"x"}`),
	}, json.RawMessage(`{"table":"regions"}`))
	require.NoError(t, err)
	way := func(n int) (hops []string) {
		for _, hop := range results[n].Trace.Hops {
			near := 0
			if hop.Nearest != nil {
				near = hop.Nearest.Row
			}
			hops = append(hops, fmt.Sprintf("%s %d %v %t %d %d>%s>%s%s", hop.Table, hop.Version, hop.Keys, hop.Matched, hop.Row, near, hop.Then, hop.Else, hop.Why))
		}
		return hops
	}
	require.Equal(t, []string{"regions 1 [Germany] true 1 0>owners>", "owners 1 [EMEA] true 1 0>phones>", "phones 1 [ada@example.com] true 1 0>>"}, way(0))
	require.Equal(t, []string{"regions 1 [Chermany] false 0 1>>fallback", "fallback 1 [W] true 1 0>>"}, way(1))
	require.Equal(t, 1, results[1].Trace.Nearest.Row)
	require.Equal(t, "regions", results[1].Trace.Table)
	require.Equal(t, []string{"regions 1 [Japan] true 3 0>owners>", "owners 1 [APAC] false 0 0>>"}, way(2)[:2])
	require.Equal(t, []engine.TraceMatch{{Column: "region", Fields: []string{"REGION"}, Mode: "normalized"}}, results[2].Trace.Hops[1].Match)

	require.NoError(t, h.store.Delete("owners", ""))
	results, err = h.Try(t.Context(), []json.RawMessage{json.RawMessage(`{"country":"Germany"}`)}, json.RawMessage(`{"table":"regions"}`))
	require.NoError(t, err)
	require.Contains(t, way(0)[1], `there is no table "owners"`)
}

func TestTheTablesOfAChainCountAsUsed(t *testing.T) {
	h := chains(t)
	_, sum, err := h.Evaluate(t.Context(), []byte(`{"callbackUrl":"u","objectData":[`+lead(`"id":1,"country":"Germany"`, `"table":"regions"`)+`]}`))
	require.NoError(t, err)
	require.Equal(t, map[string]int{"regions": 1, "owners": 1, "phones": 1}, sum.Versions)

	uses, err := h.UsesOfTable(t.Context(), "owners")
	require.NoError(t, err)
	require.Equal(t, []string{"regions"}, uses.Chains)
	require.ErrorContains(t, uses.InUse(`table "owners"`), `lookup "regions" goes on to it`)
	uses, err = h.UsesOfTable(t.Context(), "regions")
	require.NoError(t, err)
	require.NoError(t, uses.InUse("x"))

	other := schema.Lookup{Name: "other", Match: []schema.Match{{Column: "owner", Field: "f"}}, Then: "owners", Else: "owners"}
	require.NoError(t, h.store.SetLookup("owners", other, ""))
	uses, err = h.UsesOfLookup(t.Context(), "owners", "")
	require.NoError(t, err)
	require.Equal(t, []string{"owners/other", "regions"}, uses.Chains, "one that names it twice, once")
	uses, err = h.UsesOfTable(t.Context(), "owners")
	require.NoError(t, err)
	require.Equal(t, []string{"regions"}, uses.Chains, "its own lookups go with it")
}

// One workspace answers a chain, a plain lookup and a shorter chain, one after the other.
func TestAWorkspaceForgetsAChain(t *testing.T) {
	h := chains(t)
	body := func(leads ...string) []byte {
		return []byte(`{"callbackUrl":"u","objectData":[` + strings.Join(leads, ",") + `]}`)
	}
	requests := [][]byte{
		body(lead(`"id":1,"country":"Germany"`, `"table":"regions"`), lead(`"id":2,"country":"x","word":"w"`, `"table":"regions"`)),
		body(lead(`"id":3,"country":"Germany"`, `"table":"countries"`), lead(`"id":4,"region":"EMEA"`, `"table":"owners"`), lead(`"id":5,"region":"none"`, `"table":"owners"`)),
		body(lead(`"id":6,"country":"Japan","region":"EMEA","word":"w"`, `"table":"regions"`)),
	}
	for _, first := range requests {
		for _, second := range requests {
			alone, _, err := h.Evaluate(t.Context(), second)
			require.NoError(t, err)
			after, err := h.EvaluateTwice(t.Context(), first, second)
			require.NoError(t, err)
			require.Equal(t, string(alone), string(after))
		}
	}
}

// Both forms of a record say the same.
func TestTheFlatRecordOfAChainSaysTheSame(t *testing.T) {
	h := chains(t)
	body := `{"callbackUrl":"u","objectData":[` + strings.Join([]string{
		lead(`"id":1,"country":"Germany","word":"x"`, `"table":"regions"`), lead(`"id":2,"country":"Japan"`, `"table":"regions"`),
		lead(`"id":3,"country":"x"`, `"table":"regions"`), lead(`"id":4,"country":"`+strings.Repeat("é", 1500)+`"`, `"table":"regions"`),
	}, ",") + `]}`
	callback, records, err := h.EvaluateFlat(t.Context(), []byte(body))
	require.NoError(t, err)
	var out struct {
		ObjectData []struct{ LeadData, ActivityData map[string]any }
	}
	decodeJSON(t, string(callback), &out)
	for i := range records {
		for _, c := range []struct {
			values []engine.Value
			want   map[string]any
		}{{records[i].LeadData(), out.ObjectData[i].LeadData}, {records[i].ActivityData(), out.ObjectData[i].ActivityData}} {
			got := map[string]any{}
			for _, v := range c.values {
				var value any
				decodeJSON(t, v.JSON, &value)
				got[v.Name] = value
			}
			require.Equal(t, c.want, got)
		}
	}
}

func TestAColumnOfALaterTableIsNoneThatRulesMiss(t *testing.T) {
	h := chains(t)
	h.ruleSet(t, "name: reads\nrules:\n  - {name: r, when: 'row.phone == \"x\" || row.planet == \"y\"', set: {a: '\"b\"'}}\n")
	regions, _ := h.store.Catalog().Table("regions")
	l := regions.Lookups[0]
	l.RuleSet = "reads"
	told := func(l schema.Lookup) (columns []string) {
		list, err := h.AbsentColumns(t.Context(), regions.Live.Columns, []schema.Lookup{l})
		require.NoError(t, err)
		for _, w := range list {
			columns = append(columns, w.Column)
		}
		return columns
	}
	require.Equal(t, []string{"planet"}, told(l))
	require.NoError(t, h.store.SetLookup("regions", l, ""))
	var warned []string
	for _, w := range h.checked(t, "name: reads\nrules:\n  - {name: r, when: 'row.phone == \"x\" || row.planet == \"y\"', set: {a: '\"b\"'}}\n").Warnings {
		warned = append(warned, w.Message)
	}
	require.Len(t, warned, 1)
	require.Contains(t, warned[0], `table "regions" has no column "planet"`)
	require.NoError(t, h.store.Delete("phones", ""))
	require.Empty(t, told(l), "nobody knows what the table will have")
	l.Then, l.Else = "", ""
	require.ElementsMatch(t, []string{"phone", "planet"}, told(l))
}

// The lookups of a chain share the work of the batch; a lead that is not reached in one of them
// is told so, and is not tried elsewhere.
func TestTheLookupsOfAChainShareTheWorkOfABatch(t *testing.T) {
	h := newHouse(t)
	h.hardTable(t, 300)
	h.table(t, "gate", "k,x\n*,1\n", `{"match":[{"column":"k","field":"text","mode":"wildcard"}],"then":"hard"}`)
	hard, _ := h.store.Catalog().Table("hard")
	l := hard.Lookups[0]
	l.Else = "countries"
	require.NoError(t, h.store.SetLookup("hard", l, ""))
	require.False(t, h.Expects(1000, "gate"))
	h.SetBatchWork(answers.BatchWork / 200)
	callback, sum, err := h.Evaluate(t.Context(), hardBatch("t", "u", `"table":"gate"`, 200))
	require.NoError(t, err)
	reached, slow := 0, 0
	for i, a := range triedOf(t, callback)[1:] {
		if a.ActivityData.Success {
			reached++
			require.Equal(t, fmt.Sprint("owner ", i), a.LeadData["ownerEmail"])
			continue
		}
		slow++
		require.Equal(t, "LOOKUP_TOO_SLOW", a.ActivityData.ErrorCode)
		require.True(t, strings.HasPrefix(a.ActivityData.Reason, "hard (gate → hard): table hard, lookup hard (version 1) is too slow: "), a.ActivityData.Reason)
		require.Len(t, a.LeadData, 1)
	}
	require.Positive(t, reached)
	require.Positive(t, slow)
	require.Equal(t, slow, sum.Codes[engine.CodeTooSlow])
	require.True(t, h.Expects(1000, "gate"), "a batch goes to the slow lane by what follows its lookup")
	require.False(t, h.Expects(1000, "countries"))
}

func TestAWorkspaceThatWaitsKeepsNothingOfAChain(t *testing.T) {
	h := chains(t)
	kept, err := h.KeptAfter(t.Context(), []byte(`{"token":"t","callbackUrl":"https://mkto-cfa.adobe.io/x","objectData":[`+lead(`"id":1,"country":"Germany"`, `"table":"regions"`)+`]}`))
	require.NoError(t, err)
	require.Less(t, kept, 4<<10, "the texts of cells go")
}
