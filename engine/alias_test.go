package engine_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
	"tablestep/tables"
	"tablestep/tables/schema"
)

func (h *house) alias(t *testing.T, table, field, value, column, cell string) int {
	t.Helper()
	a := schema.Alias{Action: schema.AliasIgnore, Values: map[string]string{field: value}}
	if cell != "" {
		a.Action, a.Target = schema.AliasMap, map[string]string{column: cell}
	}
	added, err := h.store.AddAliases(t.Context(), table, "", []schema.Alias{a}, tables.AliasOptions{Replace: true})
	require.NoError(t, err)
	return added[0].ID
}

// tried is the answer to one lead.
func (h *house) tried(t *testing.T, lead, flow string) (fields, activity map[string]any, trace engine.Trace) {
	t.Helper()
	results, err := h.Try(t.Context(), []json.RawMessage{json.RawMessage(lead)}, json.RawMessage(flow))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(results[0].LeadData, &fields))
	require.NoError(t, json.Unmarshal(results[0].ActivityData, &activity))
	return fields, activity, results[0].Trace
}

// A lead whose value an alias maps is answered from its row, and told so; one that is ignored is a miss that says why.
func TestAnAliasAnswersALeadThatNoRowHits(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mapped, ignored := h.alias(t, "countries", "country", "Deutschland", "country", "Germany"), h.alias(t, "countries", "country", "n/a", "", "")
	h.alias(t, "countries", "country", "Narnia", "country", "Germany") // the lookup has a row of its own
	fields, activity, trace := h.tried(t, `{"country":"DEUTSCHLAND"}`, `{"table":"countries"}`)
	require.Equal(t, "DE", fields["countryCode"])
	require.Equal(t, true, activity["matched"])
	require.Equal(t, "alias", activity["matchMode"])
	require.Equal(t, "countries", activity["lookup"])
	require.InDelta(t, 1, activity["matchedRow"], 0)
	require.Equal(t, &engine.TraceAlias{ID: mapped, Action: schema.AliasMap}, trace.Alias)
	require.Nil(t, trace.Nearest)

	fields, activity, trace = h.tried(t, `{"country":"Narnia"}`, `{"table":"countries"}`)
	require.Equal(t, "NA", fields["countryCode"])
	require.Equal(t, "normalized", activity["matchMode"])
	require.Nil(t, trace.Alias)

	_, activity, trace = h.tried(t, `{"country":"N/A"}`, `{"table":"countries"}`)
	require.Equal(t, false, activity["matched"])
	require.Equal(t, "LOOKUP_VALUE_NOT_FOUND", activity["errorCode"])
	require.Equal(t, fmt.Sprintf(`no row of countries (version 1) has country = "N/A"; alias %d says to ignore it`, ignored), activity["reason"])
	require.Equal(t, &engine.TraceAlias{ID: ignored, Action: schema.AliasIgnore}, trace.Alias)
	fields, activity, _ = h.tried(t, `{"country":"n/a"}`, `{"table":"countries","onNoMatch":"default"}`)
	require.Equal(t, "ZZ", fields["countryCode"])
	require.Equal(t, true, activity["success"])

	// A flow step that has its own key column does not use what was said of the lookup's; one that gives the value, or
	// takes it from another field, does.
	_, activity, _ = h.tried(t, `{"country":"Deutschland"}`, `{"table":"countries","keyName":"code"}`)
	require.Equal(t, false, activity["matched"])
	for _, flow := range []string{`{"table":"countries","keyValue":"Deutschland"}`, `{"table":"countries","keyValField":"land"}`} {
		fields, activity, _ = h.tried(t, `{"land":"deutschland"}`, flow)
		require.Equal(t, "DE", fields["countryCode"], flow)
		require.Equal(t, "alias", activity["matchMode"], flow)
	}
}

// The flat form says the same as the callback.
func TestARecordTellsOfAnAlias(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.alias(t, "countries", "country", "Deutschland", "country", "Germany")
	callback, records, err := h.EvaluateFlat(t.Context(), []byte(`{"callbackUrl":"u","objectData":[`+lead(`"id":1,"country":"Deutschland"`, `"table":"countries"`)+`]}`))
	require.NoError(t, err)
	require.Contains(t, string(callback), `"matchMode":"alias","lookup":"countries"`)
	require.Equal(t, id, records[0].Alias)
	require.Equal(t, []string{"alias"}, records[0].Modes)
	require.Contains(t, records[0].ActivityData(), engine.Value{Name: "matchMode", JSON: `"alias"`})
}

// A number that the lookup has a row for in another spelling is that row's, whatever an alias says of the spelling that
// came; an alias for the shorter spelling is found too.
func TestAnAliasComesBehindEverySpellingOfANumber(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.table(t, "ids", "id,out\n5,five\n6,six\n", `{"match":[{"column":"id","field":"n","mode":"exact"}],"outputs":[{"column":"out","field":"o"}]}`)
	h.alias(t, "ids", "n", "5.0", "id", "6")
	h.alias(t, "ids", "n", "7", "id", "6")
	h.alias(t, "ids", "n", "8.0", "", "")
	h.ruleSet(t, "name: r\nrules:\n  - {name: one, when: 'true', set: {a: 'lookup(\"ids\", lead.n).out ?? \"none\"', b: 'row?.out ?? \"none\"', c: 'string(len(lookupAll(\"ids\", lead.n)))'}}\n")
	for n, want := range map[string]string{"5.0": "five", `"5.0"`: "six", "7.0": "six", "7": "six", `"7.0"`: "none", "8.0": "none", "6": "six"} {
		fields, _, _ := h.tried(t, `{"n":`+n+`}`, `{"table":"ids","ruleSet":"r","onNoMatch":"clear"}`)
		require.Equal(t, want, fields["a"], n)
		require.Equal(t, want, fields["b"], n)
		if want == "none" {
			require.Equal(t, "0", fields["c"], n)
			continue
		}
		require.Equal(t, "1", fields["c"], n)
		require.Equal(t, want, fields["o"], n)
	}
}

// Every batch is answered from one world: whatever becomes of the aliases meanwhile, its leads agree.
func TestABatchSeesTheAliasesOfOneMoment(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.table(t, "two", "k,out\na,A\nb,B\n", `{"match":[{"column":"k","field":"k"}],"outputs":[{"column":"out","field":"o"}]}`)
	h.alias(t, "two", "k", "x", "k", "a")
	h.alias(t, "two", "k", "y", "k", "a")
	stop := make(chan struct{})
	var wait sync.WaitGroup
	wait.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			list := make([]schema.Alias, 2)
			for k, value := range []string{"x", "y"} {
				list[k] = schema.Alias{Action: schema.AliasMap, Values: map[string]string{"k": value}, Target: map[string]string{"k": []string{"a", "b"}[i%2]}}
			}
			if _, err := h.store.AddAliases(t.Context(), "two", "", list, tables.AliasOptions{Replace: true}); err != nil {
				t.Error(err)
				return
			}
		}
	})
	seen := map[any]int{}
	until := time.Now().Add(soon)
	for n := 0; n < 200 || len(seen) < 2 && time.Now().Before(until); n++ {
		results, err := h.Try(t.Context(), []json.RawMessage{json.RawMessage(`{"k":"x"}`), json.RawMessage(`{"k":"y"}`)}, json.RawMessage(`{"table":"two"}`))
		require.NoError(t, err)
		require.Equal(t, string(results[0].LeadData), string(results[1].LeadData))
		seen[string(results[0].LeadData)]++
	}
	close(stop)
	wait.Wait()
	require.Len(t, seen, 2, "both were seen: %v", seen)
}

// Behind a chain the attributes are those of the lookup in which an alias named a row, and not of the first one, whether
// that one has aliases or none.
func TestARecordTellsOfAnAliasOfALaterLookup(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.table(t, "areas", "country,region\nPeru,LATAM\n",
		`{"match":[{"column":"country","field":"country"}],"outputs":[{"column":"region","field":"region"}],"then":"reps","else":"reps"}`)
	reps := `{"match":[{"column":"region","field":"region"}],"outputs":[{"column":"owner","field":"owner"}]}`
	h.table(t, "reps", "region,owner\nEMEA,ada\n", reps)
	h.table(t, "reps", "region,owner\nEMEA,ada\nAPAC,kim\n", "")
	h.alias(t, "reps", "region", "LATAM", "region", "EMEA")
	h.alias(t, "reps", "region", "Asia", "region", "APAC")
	for range 2 {
		for lead, row := range map[string]int{`{"country":"Peru","region":""}`: 1, `{"country":"x","region":"Asia"}`: 2} {
			_, activity, _ := h.tried(t, lead, `{"table":"areas"}`)
			require.Equal(t, "reps", activity["lookup"], lead)
			require.Equal(t, "alias", activity["matchMode"], lead)
			require.InDelta(t, 2, activity["tableVersion"], 0, lead)
			require.InDelta(t, row, activity["matchedRow"], 0, lead)
			callback, _, err := h.EvaluateFlat(t.Context(), []byte(`{"callbackUrl":"u","objectData":[{"objectType":"lead","objectContext":`+strings.Replace(lead, "{", `{"id":1,`, 1)+`,"flowStepContext":{"table":"areas"}}]}`))
			require.NoError(t, err)
			require.Contains(t, string(callback), `"matchMode":"alias","lookup":"reps","tableVersion":2`, lead)
		}
		h.alias(t, "areas", "country", "n/a", "", "")
	}
}

// Of a value that is taken apart an alias has answered where no part has a row of its own; the value is ignored where all
// of its parts are.
func TestARecordTellsOfAnAliasOfAPart(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.table(t, "i", interests, splitLookup(""))
	ignored := h.alias(t, "i", "interests", "n/a", "", "")
	mapped, next := h.alias(t, "i", "interests", "Riesling", "interest", "Wine"), h.alias(t, "i", "interests", "Putting", "interest", "Golf")
	for _, c := range []struct {
		value, mode string
		alias       int
	}{
		{"riesling", "alias", mapped},
		{"putting; riesling", "alias", next},
		{"n/a; riesling; chess", "alias", mapped},
		{"riesling; ski", "normalized", 0},
		{"ski; riesling", "normalized", 0},
		{"n/a; n/a", "", ignored},
		{"n/a; chess", "", 0},
		{"chess; n/a", "", 0},
	} {
		_, activity, trace := h.answeredOne(t, `{"interests":"`+c.value+`"}`, `{"table":"i"}`)
		require.Equal(t, c.mode != "", activity["matched"], c.value)
		if mode, told := activity["matchMode"]; told || c.mode != "" {
			require.Equal(t, c.mode, mode, c.value)
		} else if c.alias != 0 {
			require.Contains(t, activity["reason"], fmt.Sprintf("alias %d says to ignore it", c.alias), c.value)
		} else {
			require.NotContains(t, activity["reason"], "alias", c.value)
		}
		if c.alias == 0 {
			require.Nil(t, trace.Alias, c.value)
			continue
		}
		require.Equal(t, c.alias, trace.Alias.ID, c.value)
	}
}
