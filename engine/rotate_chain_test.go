package engine_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Rows take turns wherever their lookup stands in a chain, and the trace is that of the lookup that was chosen.
func TestRowsTakeTurnsInAChain(t *testing.T) {
	h := newHouse(t)
	h.table(t, "desk", "desk,region\nnorth,EMEA\nsouth,EMEA\n",
		`{"match":[{"column":"region","field":"region"}],"hitPolicy":"rotate","rowKey":"desk","outputs":[{"column":"desk","field":"desk"}],"then":"team"}`)
	h.table(t, "team", team, strings.Replace(inTurn, `"match":[]`, `"match":[{"column":"region","field":"region"}]`, 1))
	var leads []json.RawMessage
	for _, fields := range []string{`"id":1,"region":"EMEA"`, `"id":2,"region":"x"`, `"id":3,"region":"EMEA"`, `"id":4,"region":"emea"`} {
		leads = append(leads, json.RawMessage("{"+fields+"}"))
	}
	results, err := h.Try(t.Context(), leads, json.RawMessage(`{"table":"desk"}`))
	require.NoError(t, err)
	for i, want := range []string{`{"id":1,"desk":"north","leadOwner":"ana"}`, `{"id":2}`, `{"id":3,"desk":"south","leadOwner":"bo"}`, `{"id":4,"desk":"north","leadOwner":"cy"}`} {
		require.JSONEq(t, want, string(results[i].LeadData))
		if i == 1 {
			require.Empty(t, results[i].Trace.Turns)
			continue
		}
		require.Len(t, results[i].Trace.Turns, 2)
		require.Equal(t, strings.Contains(want, "north"), results[i].Trace.Turns[0].Next)
	}
}

// Where nothing is matched there is no mode to tell.
func TestALookupThatMatchesNothingTellsNoMode(t *testing.T) {
	h := newHouse(t)
	h.table(t, "team", team, inTurn)
	results, err := h.Try(t.Context(), []json.RawMessage{json.RawMessage(`{"id":1}`)}, json.RawMessage(`{"table":"team"}`))
	require.NoError(t, err)
	require.NotContains(t, string(results[0].ActivityData), "matchMode")
	body, _, err := h.Evaluate(t.Context(), []byte(`{"token":"t","callbackUrl":"http://127.0.0.1/","context":{"admin":{}},"objectData":[`+lead(`"id":1`, `"table":"team"`)+`]}`))
	require.NoError(t, err)
	require.Contains(t, string(body), `"matchedRow":1`)
	require.NotContains(t, string(body), "matchMode")
}
