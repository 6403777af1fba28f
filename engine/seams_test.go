package engine_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/schema"
)

// A lead that an alias answers has its row without a turn.
func TestAnAliasGivesARowOfTurnsWithoutATurn(t *testing.T) {
	h := newHouse(t)
	h.table(t, "team", team, strings.Replace(inTurn, `"match":[]`, `"match":[{"column":"region","field":"region"}]`, 1))
	_, err := h.store.AddAliases(t.Context(), "team", "team", []schema.Alias{
		{Action: schema.AliasMap, Values: map[string]string{"region": "Europe"}, Target: map[string]string{"owner": "cy"}},
		{Action: schema.AliasIgnore, Values: map[string]string{"region": "Mars"}},
	}, tables.AliasOptions{})
	require.NoError(t, err)
	r := newReceiver(t, nil)
	defer h.run(t)()
	send := func(token string, regions ...string) {
		var leads []string
		for i, region := range regions {
			leads = append(leads, lead(`"id":`+string(rune('1'+i))+`,"region":"`+region+`"`, `"table":"team"`))
		}
		body := `{"token":"` + token + `","apiCallBackKey":"k","campaignId":1,"callbackUrl":"` + r.URL + `","context":{"admin":{}},"objectData":[` + strings.Join(leads, ",") + `]}`
		before := h.Stats().Delivered
		_, err := h.Accept(t.Context(), []byte(body))
		require.NoError(t, err)
		require.Eventually(t, func() bool { return h.Stats().Delivered == before+1 }, soon, 5e6)
	}
	send("a", "Europe", "EMEA", "europe", "Mars", "EMEA")
	all := r.all()
	var body struct{ ObjectData []record }
	decodeJSON(t, string(all[len(all)-1].body), &body)
	var got []string
	for _, rec := range body.ObjectData {
		got = append(got, strings.Trim(rec.field("leadOwner"), `"`)+" "+strconv.Itoa(rec.ActivityData.MatchedRow))
	}
	require.Equal(t, []string{"cy 3", "ana 1", "cy 3", " 0", "bo 2"}, got)
	list, err := h.TurnCounters(t.Context(), "team", "", "")
	require.NoError(t, err)
	counted := map[string]int64{}
	for _, c := range list {
		counted[c.Row] = c.Leads
	}
	require.Equal(t, map[string]int64{"ana": 1, "bo": 1, "cy": 0, "dee": 0}, counted)
}

// What a later lookup of a chain is to write only where nothing is, an earlier one may have given.
func TestCarefulWritesAndConstantsInAChain(t *testing.T) {
	h := newHouse(t)
	h.table(t, "first", "country,code\nGermany,DE\nPeru,\n",
		`{"match":[{"column":"country","field":"country"}],"outputs":[{"column":"code","field":"code"},{"value":"table","field":"source"}],"then":"second"}`)
	h.table(t, "second", "tag,code,source\ngolf,XX,second\nski,YY,second\n",
		`{"match":[{"column":"tag","field":"tags","split":";"}],"outputs":[{"column":"code","field":"code","write":"ifEmpty"},{"column":"source","field":"source","write":"ifDifferent"},{"column":"tag","field":"known","type":"text"}],"onNoMatch":"default"}`)
	for fields, want := range map[string]string{
		`"country":"Germany","tags":"golf;ski","code":"","source":null,"known":""`: `{"id":1,"code":"DE","source":"second","known":"golf;ski"}`,
		`"country":"Peru","tags":"ski","code":"","source":"second","known":""`:     `{"id":1,"code":"YY","source":"second","known":"ski"}`,
		`"country":"Peru","tags":"ski","code":"old","source":"x","known":""`:       `{"id":1,"source":"second","known":"ski"}`,
		`"country":"Germany","tags":"chess","code":"","source":"x","known":""`:     `{"id":1,"code":"DE","source":"table"}`,
	} {
		results, err := h.Try(t.Context(), []json.RawMessage{json.RawMessage(`{"id":1,` + fields + `}`)}, json.RawMessage(`{"table":"first"}`))
		require.NoError(t, err)
		require.JSONEq(t, want, string(results[0].LeadData), fields)
	}
}
