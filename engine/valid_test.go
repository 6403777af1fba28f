package engine_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
	"tablestep/engine/queue"
	"tablestep/engine/queue/file"
	"tablestep/engine/queue/queuetest"
	"tablestep/tables/schema"
)

const prices = "country,price,valid from,valid to\nUS,10,,2026-06-30\nUS,12,2026-07-01,2026-12-31\nUS,15,2027-01-01,\nDE,9,,\nFR,7,2025-01-01,2025-12-31\n"

const pricesLookup = `{"match":[{"column":"country","field":"country"},{"column":"valid from","columnTo":"valid to","field":"@now","mode":"range"}],
	"outputs":[{"column":"price","field":"price"}]}`

func pricesHouse(t *testing.T, lookup string) *house {
	t.Helper()
	h := open(t, t.TempDir(), engine.Options{})
	t.Cleanup(func() { h.close(t) })
	h.table(t, "prices", prices, "")
	h.withLookup(t, "prices", []byte(lookup))
	return h
}

// priced is what a lead is answered that is accepted at a moment: the price, or the reason.
func (h *house) priced(t *testing.T, at, lead, flow string) string {
	t.Helper()
	moment, err := time.Parse(time.RFC3339, at)
	require.NoError(t, err)
	results, err := h.TryAt(t.Context(), moment, []json.RawMessage{json.RawMessage(lead)}, json.RawMessage(flow))
	require.NoError(t, err)
	var told struct {
		LeadData     struct{ Price string }
		ActivityData struct {
			Reason    string
			ErrorCode engine.Code
		}
	}
	whole, err := json.Marshal(results[0])
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(whole, &told))
	if told.ActivityData.ErrorCode != "" {
		return string(told.ActivityData.ErrorCode) + ": " + told.ActivityData.Reason
	}
	return told.LeadData.Price
}

func TestALeadGetsTheRowThatIsValid(t *testing.T) {
	t.Parallel()
	h := pricesHouse(t, pricesLookup)
	for _, c := range [][3]string{
		{"2026-06-30T23:59:59Z", `{"country":"us"}`, "10"},
		{"2026-07-01T00:00:00Z", `{"country":"us"}`, "12"},
		{"2026-12-31T23:59:59Z", `{"country":"us"}`, "12"},
		{"2031-01-01T00:00:00Z", `{"country":"us"}`, "15"},
		{"1990-01-01T00:00:00Z", `{"country":"de"}`, "9"},
		{"2026-11-30T10:00:00Z", `{"country":"fr"}`, `LOOKUP_VALUE_NOT_FOUND: no row of prices (version 1) has country = "fr" and valid from..valid to = 2026-11-30 (asOf); row 5 would hit, but it is over since 2026-01-01`},
		{"2024-11-30T10:00:00Z", `{"country":"fr"}`, `LOOKUP_VALUE_NOT_FOUND: no row of prices (version 1) has country = "fr" and valid from..valid to = 2024-11-30 (asOf); row 5 would hit, but it is valid only from 2025-01-01 on`},
		{"2024-11-30T10:00:00Z", `{"country":"it"}`, `LOOKUP_VALUE_NOT_FOUND: no row of prices (version 1) has country = "it" and valid from..valid to = 2024-11-30 (asOf)`},
		{"2024-11-30T10:00:00Z", `{"country":""}`, `LOOKUP_KEY_EMPTY: the lead's field "country", which is matched with column "country" of prices, is empty`},
	} {
		require.Equal(t, c[2], h.priced(t, c[0], c[1], `{"table":"prices"}`), "%s at %s", c[1], c[0])
	}
	got := h.answers(t, lead(`"id":1,"country":"FR"`, `"table":"prices"`), lead(`"id":2,"country":"DE"`, `"table":"prices"`))
	require.Equal(t, `no row of prices (version 1) has country = "FR" and valid from..valid to = `+time.Now().UTC().Format(time.DateOnly)+` (now); row 5 would hit, but it is over since 2026-01-01`, got[0].ActivityData.Reason)
	require.Regexp(t, `^table=prices version=1 country=DE valid from\.\.valid to=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.?\d*Z$`, got[1].ActivityData.SearchParams)
}

// Days are those of the entry's zone.
func TestDaysOfValidityAreThoseOfTheZone(t *testing.T) {
	t.Parallel()
	h := pricesHouse(t, `{"match":[{"column":"country","field":"country"},{"column":"valid from","columnTo":"valid to","field":"@now","mode":"range","zone":"America/New_York"}],"outputs":[{"column":"price","field":"price"}]}`)
	require.Equal(t, "10", h.priced(t, "2026-07-01T03:59:59Z", `{"country":"US"}`, `{"table":"prices"}`))
	require.Equal(t, "12", h.priced(t, "2026-07-01T04:00:00Z", `{"country":"US"}`, `{"table":"prices"}`))
	require.Contains(t, h.priced(t, "2026-07-01T03:59:59Z", `{"country":"FR"}`, `{"table":"prices"}`), "= 2026-06-30 (asOf)")
}

// A flow step sets the key. When a row is valid stays as the lookup has it.
func TestAFlowStepThatSetsTheKeyLeavesTheValidity(t *testing.T) {
	t.Parallel()
	h := pricesHouse(t, pricesLookup)
	moment := "2026-11-30T10:00:00Z"
	for flow, want := range map[string]string{
		`"keyValField":"land"`:                           "12",
		`"keyValue":"us"`:                                "12",
		`"keyName":"country"`:                            "LOOKUP_VALUE_NOT_FOUND",
		`"keyName":"country","keyValField":"land"`:       "12",
		`"keyName":"price","keyValue":"12"`:              "12",
		`"keyName":"price","keyValue":"10"`:              "LOOKUP_VALUE_NOT_FOUND",
		`"keyName":"valid to","keyValue":"2026-12-31"`:   "12",
		`"keyName":"valid from","keyValue":"2027-01-01"`: "LOOKUP_VALUE_NOT_FOUND",
		`"keyName":"valid from","keyValField":"@now"`:    "FIELD_NOT_FOUND",
		`"keyName":"nothing"`:                            "COLUMN_NOT_FOUND",
	} {
		got := h.priced(t, moment, `{"country":"FR","land":"US"}`, `{"table":"prices",`+flow+`}`)
		require.Regexp(t, "^"+want, got, flow)
	}
	h.withLookup(t, "prices", []byte(`{"match":[{"column":"valid from","columnTo":"valid to","field":"@now","mode":"range"},{"column":"country","field":"country"}],"outputs":[{"column":"price","field":"price"}]}`))
	require.Equal(t, "12", h.priced(t, moment, `{"country":"FR","land":"US"}`, `{"table":"prices","keyValField":"land"}`), "whichever entry comes first")
	require.Equal(t, "12", h.priced(t, moment, `{"country":"FR"}`, `{"table":"prices","keyValue":"US"}`))
	h.withLookup(t, "prices", []byte(`{"match":[{"column":"valid from","columnTo":"valid to","field":"@now","mode":"range"}],"outputs":[{"column":"price","field":"price"}]}`))
	require.Equal(t, "12", h.priced(t, moment, `{}`, `{"table":"prices"}`), "the first row that is valid")
	require.Contains(t, h.priced(t, moment, `{}`, `{"table":"prices","keyValue":"US"}`), "COLUMN_NOT_FOUND: lookup \"prices\" asks for nothing but the moment")
	require.Equal(t, "9", h.priced(t, moment, `{}`, `{"table":"prices","keyName":"country","keyValue":"DE"}`))
}

// Rules give values for the other match entries, and see the rows that are valid.
func TestRulesSeeTheRowsThatAreValid(t *testing.T) {
	t.Parallel()
	h := pricesHouse(t, pricesLookup)
	h.ruleSet(t, `name: pricing
rules:
  - name: all
    when: "true"
    set:
      price: lookup("prices", lead.land).price ?? "none"
      day: string(now())
      same: row.price
`)
	for at, want := range map[string]string{
		"2026-11-30T23:00:00Z": `{"id":1,"price":"12","day":"2026-11-30T23:00:00Z","same":"9"}`,
		"2027-01-01T00:00:00Z": `{"id":1,"price":"15","day":"2027-01-01","same":"9"}`,
	} {
		moment, err := time.Parse(time.RFC3339, at)
		require.NoError(t, err)
		results, err := h.TryAt(t.Context(), moment, []json.RawMessage{json.RawMessage(`{"land":"US","country":"DE"}`)}, json.RawMessage(`{"table":"prices","ruleSet":"pricing"}`))
		require.NoError(t, err)
		require.JSONEq(t, want, string(results[0].LeadData))
	}
	_, err := h.SaveRuleSet(t.Context(), "two", "name: two\nrules:\n  - name: a\n    when: \"true\"\n    set: {price: 'lookup(\"prices\", lead.land, now()).price'}\n", engine.SaveOptions{})
	require.ErrorContains(t, err, `table "prices" is looked up by 1 values, and here are 2`)
}

// An invocation gets the row that was valid when it was accepted, however late it is evaluated
// and however often: after midnight, after a fault of the store, and after a restart.
func TestAnInvocationGetsTheRowThatWasValidWhenItWasAccepted(t *testing.T) {
	t.Parallel()
	for _, restart := range []bool{false, true} {
		t.Run(fmt.Sprint("restart=", restart), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			clock := new(shifted)
			today := time.Now().UTC().Truncate(24 * time.Hour)
			midnight := today.Add(48 * time.Hour)
			clock.ahead.Store(int64(time.Until(midnight.Add(-time.Second))))
			var q queue.Store = queuetest.NewFaulty(openQueue(t, dir, file.Options{Now: clock.now}), queuetest.Fault{Call: queuetest.CallFinish, N: 1})
			h := openOn(t, dir, q, engine.Options{EvaluationPause: time.Millisecond})
			h.table(t, "shifts", fmt.Sprintf("who,from,to\nearly,,%s\nlate,%s,\n", midnight.Add(-time.Hour).Format(time.DateOnly), midnight.Format(time.DateOnly)), "")
			h.withLookup(t, "shifts", []byte(`{"match":[{"column":"from","columnTo":"to","field":"@now","mode":"range"}],"outputs":[{"column":"who","field":"who"}]}`))
			r := newReceiver(t, nil)
			_, err := h.Accept(t.Context(), []byte(`{"token":"t","apiCallBackKey":"k","callbackUrl":"`+r.URL+`","context":{"admin":{}},"objectData":[`+lead(`"id":1`, `"table":"shifts"`)+`]}`))
			require.NoError(t, err)
			clock.ahead.Add(int64(2 * time.Hour))
			if restart {
				h.close(t)
				require.FileExists(t, filepath.Join(dir, "queue.db"))
				q = queuetest.NewFaulty(openQueue(t, dir, file.Options{Now: clock.now}), queuetest.Fault{Call: queuetest.CallFinish, N: 1})
				h = openOn(t, dir, q, engine.Options{EvaluationPause: time.Millisecond})
			}
			defer h.close(t)
			defer h.run(t)()
			require.Eventually(t, func() bool { return len(r.all()) > 0 }, 20*time.Second, 10*time.Millisecond)
			require.Contains(t, string(r.all()[0].body), `"who":"early"`)
			require.True(t, q.(*queuetest.Faulty).Struck(), "it was evaluated again")
		})
	}
}

// What the mapping tells of fields says nothing of the moment, and nobody's field is taken for it.
func TestTheMomentIsNoField(t *testing.T) {
	t.Parallel()
	h := pricesHouse(t, pricesLookup)
	require.NoError(t, h.SetMapping(engine.Mapping{Invocation: []string{"country"}, Callback: []string{"price"}}))
	require.Equal(t, "12", h.priced(t, "2026-11-30T10:00:00Z", `{"country":"US","@now":"2020-01-01"}`, `{"table":"prices"}`))
	for match, words := range map[string]string{
		`{"column":"country","field":"@now"}`:                                                                 `field @now in mode normalized: the moment is held against spans of time`,
		`{"column":"country","field":"@today","mode":"range"}`:                                                `the moment in which a lead is accepted is @now`,
		`{"column":"valid from","columnTo":"valid to","field":"@now","mode":"range","matchEmpty":true}`:       `a row whose ends are both empty is valid for ever`,
		`{"column":"valid from","columnTo":"valid to","field":"@now","mode":"range","dates":"dmy"}`:           `how the cells are written is set of the column`,
		`{"column":"valid from","columnTo":"valid to","field":"@now","mode":"range","split":";"}`:             `which is one moment: leave it out`,
		`{"column":"price","field":"@now","mode":"range"}`:                                                    `it says when a row is valid (field @now), so its ends are days or times`,
		`{"column":"country","field":"@now","mode":"range"}`:                                                  `write 2026-01-31, or 2026-01-31T09:00:00Z`,
		`{"column":"valid from","columnTo":"valid to","field":"@now","mode":"range","zone":"Europe/Nowhere"}`: `is not in the IANA's database`,
	} {
		var l schema.Lookup
		decodeJSON(t, `{"name":"prices","match":[`+match+`],"outputs":[]}`, &l)
		require.ErrorContains(t, h.store.SetLookup("prices", l, "test"), words, match)
	}
	var l schema.Lookup
	decodeJSON(t, `{"name":"prices","match":[{"column":"country","field":"country"}],"outputs":[{"column":"price","field":"@now"}]}`, &l)
	require.ErrorContains(t, h.store.SetLookup("prices", l, "test"), "nothing can be written to the moment @now")
	l.Outputs[0].Field, l.Match[0].More = "price", []string{schema.Now}
	require.ErrorContains(t, h.store.SetLookup("prices", l, "test"), "give it an entry of its own")
}

// answerAsOf is answer for a lead that is accepted at a moment; the zero Time is now.
func (h *house) answerAsOf(t *testing.T, at time.Time, table string, fields json.RawMessage) (writes, activity map[string]any) {
	t.Helper()
	if at.IsZero() {
		return h.answer(t, table, fields)
	}
	results, err := h.TryAt(t.Context(), at, []json.RawMessage{fields}, json.RawMessage(`{"table":"`+table+`"}`))
	require.NoError(t, err)
	decodeJSON(t, string(results[0].LeadData), &writes)
	decodeJSON(t, string(results[0].ActivityData), &activity)
	delete(writes, "id")
	return writes, activity
}
