package engine_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
)

// answeredOne is how one lead is answered and explained.
func (h *house) answeredOne(t *testing.T, fields, flow string) (written string, activity map[string]any, trace engine.Trace) {
	t.Helper()
	results, err := h.Try(t.Context(), []json.RawMessage{json.RawMessage(fields)}, json.RawMessage(flow))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(results[0].ActivityData, &activity))
	return string(results[0].LeadData), activity, results[0].Trace
}

const phones = "phone,owner\n+491,Kim\n+492,Lee\n"

func TestTheFirstFieldThatIsNotEmptyIsLookedUp(t *testing.T) {
	h := newHouse(t)
	h.table(t, "owners", phones, `{"match":[{"column":"phone","field":["MobilePhone","phone","fax"]}],"outputs":[{"column":"owner","field":"owner"}]}`)
	flow := `{"table":"owners"}`

	written, activity, trace := h.answeredOne(t, `{"mobilePhone":" ","phone":"+492","fax":"+491"}`, flow)
	require.JSONEq(t, `{"id":1,"owner":"Lee"}`, written)
	require.Equal(t, "table=owners version=1 phone=+492", activity["searchParams"])
	require.Equal(t, []engine.TraceMatch{{Column: "phone", Fields: []string{"mobilePhone", "phone", "fax"}, From: "phone", Mode: "normalized"}}, trace.Match,
		"as the leads have them, in any case")

	_, activity, trace = h.answeredOne(t, `{"mobilePhone":null,"fax":""}`, flow)
	require.Equal(t, "LOOKUP_KEY_EMPTY", activity["errorCode"])
	require.Equal(t, `the lead's fields "mobilePhone", "phone" and "fax", which are matched with column "phone" of owners, are empty`, activity["reason"])
	require.Empty(t, trace.Match[0].From)

	_, activity, _ = h.answeredOne(t, `{"email":"a@b.co"}`, flow)
	require.Equal(t, "FIELD_NOT_FOUND", activity["errorCode"])
	require.Equal(t, `the lead has no field "MobilePhone", "phone" or "fax", which lookup "owners" matches with column "phone"; map it in the service's outgoing fields`, activity["reason"])
	require.NoError(t, h.SetMapping(engine.Mapping{Invocation: []string{"fax"}}))
	_, activity, _ = h.answeredOne(t, `{"email":"a@b.co"}`, flow)
	require.Equal(t, "LOOKUP_KEY_EMPTY", activity["errorCode"], "Marketo sends one of them")

	// A flow step names one field, or the value itself, in place of the list.
	written, _, trace = h.answeredOne(t, `{"mobilePhone":"+491","other":"+492"}`, `{"table":"owners","keyValField":"other"}`)
	require.JSONEq(t, `{"id":1,"owner":"Lee"}`, written)
	require.Equal(t, []string{"other"}, trace.Match[0].Fields)
	written, _, trace = h.answeredOne(t, `{"mobilePhone":"+491"}`, `{"table":"owners","keyValue":"+492"}`)
	require.JSONEq(t, `{"id":1,"owner":"Lee"}`, written)
	require.Nil(t, trace.Match[0].Fields)
	written, _, _ = h.answeredOne(t, `{"phone":"lee"}`, `{"table":"owners","keyName":"owner","lookupField":"phone"}`)
	require.JSONEq(t, `{"id":1,"owner":"+492"}`, written, "another key column is matched with the same fields")
}

func TestAConstantIsWrittenWhereARowIsHit(t *testing.T) {
	h := newHouse(t)
	text := "k,n\na,1\na,2\nb,\n"
	lookup := func(policy, noMatch string) string {
		return `{"match":[{"column":"k","field":"k"}],` + policy + `,"onNoMatch":"` + noMatch + `","outputs":[
			{"value":"EMEA","field":"region","default":"none"},{"column":"n","field":"n"},{"value":"1,000","field":"size","type":"integer"},{"column":"k","field":"key"}]}`
	}
	for name, c := range map[string]struct{ policy, k, want string }{
		"first": {`"hitPolicy":"first"`, "a", `{"id":1,"region":"EMEA","n":"1","size":1000,"key":"a"}`},
		"empty": {`"hitPolicy":"first"`, "b", `{"id":1,"region":"EMEA","size":1000,"key":"b"}`},
		"list":  {`"hitPolicy":"collect","aggregate":"list"`, "a", `{"id":1,"region":"EMEA","n":"1, 2","size":1000,"key":"a, a"}`},
		"count": {`"hitPolicy":"collect","aggregate":"count"`, "a", `{"id":1,"region":"EMEA","n":"2","size":1000,"key":"2"}`},
		"any":   {`"hitPolicy":"any"`, "b", `{"id":1,"region":"EMEA","size":1000,"key":"b"}`},
	} {
		h.table(t, "t-"+name, text, lookup(c.policy, "keep"))
		written, activity, _ := h.answeredOne(t, `{"k":"`+c.k+`"}`, `{"table":"t-`+name+`"}`)
		require.JSONEq(t, c.want, written, name)
		require.Equal(t, "EMEA", activity["returnVal"], name)
	}

	h.table(t, "ambiguous", text, lookup(`"hitPolicy":"any"`, "keep"))
	_, activity, _ := h.answeredOne(t, `{"k":"a"}`, `{"table":"ambiguous"}`)
	require.Equal(t, "LOOKUP_AMBIGUOUS", activity["errorCode"], "the columns differ")
	for noMatch, want := range map[string]string{"default": `{"id":1,"region":"none"}`, "clear": `{"id":1,"region":"null","n":"null","size":null,"key":"null"}`} {
		h.table(t, "m-"+noMatch, text, lookup(`"hitPolicy":"first"`, noMatch))
		written, _, _ := h.answeredOne(t, `{"k":"z"}`, `{"table":"m-`+noMatch+`"}`)
		require.JSONEq(t, want, written)
	}

	// A lookup of constants alone has no column to write at all.
	h.table(t, "member", text, `{"match":[{"column":"k","field":"k"}],"outputs":[{"value":"yes","field":"member","type":"boolean"}]}`)
	written, _, _ := h.answeredOne(t, `{"k":"a"}`, `{"table":"member"}`)
	require.JSONEq(t, `{"id":1,"member":true}`, written)
	written, _, _ = h.answeredOne(t, `{"k":"a"}`, `{"table":"member","lookupField":"n","returnField":"number"}`)
	require.JSONEq(t, `{"id":1,"number":"1"}`, written, "a flow step that names a column has that and not the constant")
	written, _, _ = h.answeredOne(t, `{"k":"a"}`, `{"table":"member","returnField":"flag"}`)
	require.JSONEq(t, `{"id":1,"flag":true}`, written)
	_, activity, _ = h.answeredOne(t, `{"k":"a"}`, `{"table":"member","returnField":"id"}`)
	require.Equal(t, `constant "yes" cannot be written to the field "id"`, activity["reason"])
}

const countriesToWrite = `{"match":[{"column":"country","field":"country"}],"onNoMatch":"%s","outputs":[
	{"column":"code","field":"code","write":"ifEmpty","default":"ZZ"},{"column":"n","field":"number","type":"integer","write":"ifDifferent","default":"0"},
	{"column":"since","field":"since","type":"date","write":"ifDifferent"},{"column":"note","field":"note","write":"always"}]}`

func TestAnOutputIsHeldBackByWhatTheLeadHas(t *testing.T) {
	h := newHouse(t)
	text := "country,code,n,since,note\nGermany,DE,\"1,276\",03/10/1990,x\nOman,OM,,13/01/1970,\n"
	h.table(t, "c", text, fmt.Sprintf(countriesToWrite, "keep"))
	flow := `{"table":"c"}`
	for _, c := range []struct{ lead, want, held string }{
		{`"code":null,"number":null,"since":null`, `"code":"DE","number":1276,"since":"1990-10-03","note":"x"`, ""},
		{`"code":" ","number":1276.0,"since":"1990-10-03"`, `"code":"DE","note":"x"`, "number since"},
		{`"code":"XX","number":"1276","since":"1990-10-03T00:00:00Z"`, `"note":"x"`, "code number since"},
		{`"code":"null","number":0,"since":"soon"`, `"number":1276,"since":"1990-10-03","note":"x"`, "code"},
		{`"code":false,"number":"","since":true`, `"number":1276,"since":"1990-10-03","note":"x"`, "code"},
		{`"Code":"XX","number":"1,276","since":"1990-10-04"`, `"since":"1990-10-03","note":"x"`, "code number"},
	} {
		written, activity, trace := h.answeredOne(t, `{"country":"germany",`+c.lead+`}`, flow)
		require.JSONEq(t, `{"id":1,`+c.want+`}`, written, c.lead)
		require.NotContains(t, activity, "reason")
		require.Equal(t, "DE", activity["returnVal"], "what was found is told as ever")
		var held []string
		for _, n := range trace.NotWritten {
			held = append(held, n.Field)
		}
		require.Equal(t, c.held, strings.Join(held, " "), c.lead)
	}
	_, _, trace := h.answeredOne(t, `{"country":"germany","code":"XX","number":1276,"since":""}`, flow)
	require.Equal(t, []engine.NotWritten{
		{Field: "code", Write: "ifEmpty", Why: "the lead's field is not empty"},
		{Field: "number", Write: "ifDifferent", Why: "the lead's field holds this already"},
	}, trace.NotWritten)
	written, _, trace := h.answeredOne(t, `{"country":"oman","code":"OM","number":5,"since":"1970-01-13"}`, flow)
	require.JSONEq(t, `{"id":1}`, written)
	require.Len(t, trace.NotWritten, 2, "an empty cell would not have been written anyway")

	// Defaults are outputs like others, and ifEmpty clears nothing.
	h.table(t, "c", text, fmt.Sprintf(countriesToWrite, "default"))
	written, activity, _ := h.answeredOne(t, `{"country":"?","code":"XX","number":0,"since":""}`, flow)
	require.JSONEq(t, `{"id":1}`, written)
	require.Equal(t, true, activity["success"], "there are defaults, and the lead has what they say or something better")
	require.Equal(t, "ZZ", activity["returnVal"])
	h.table(t, "c", text, fmt.Sprintf(countriesToWrite, "clear"))
	written, _, trace = h.answeredOne(t, `{"country":"?","code":"XX","number":7,"since":" "}`, flow)
	require.JSONEq(t, `{"id":1,"number":null,"note":"null"}`, written)
	require.Equal(t, []engine.NotWritten{
		{Field: "code", Write: "ifEmpty", Why: "ifEmpty never clears a field"},
		{Field: "since", Write: "ifDifferent", Why: "the lead's field holds this already"},
	}, trace.NotWritten)
	_, activity, trace = h.answeredOne(t, `{"country":" ","code":"XX"}`, `{"table":"c","onNoMatch":"keep"}`)
	require.Equal(t, "LOOKUP_KEY_EMPTY", activity["errorCode"])
	require.Empty(t, trace.NotWritten)
}

func TestAFieldThatMarketoDoesNotSendIsNotWrittenAndTheReasonSaysSo(t *testing.T) {
	h := newHouse(t)
	h.table(t, "c", "country,code,n,since,note\nGermany,DE,276,,x\n", fmt.Sprintf(countriesToWrite, "default"))
	flow := `{"table":"c"}`
	why := "lookup c: fields \"code\" and \"number\" were not written, because Marketo does not send what they hold; map them in the service's outgoing fields"

	// Before a mapping was told, what is in the request is sent.
	written, activity, trace := h.answeredOne(t, `{"country":"Germany"}`, flow)
	require.JSONEq(t, `{"id":1,"note":"x"}`, written)
	require.Equal(t, true, activity["success"])
	require.Equal(t, why, activity["reason"])
	require.Equal(t, "Marketo does not send the field, so nobody knows what it holds", trace.NotWritten[0].Why)
	written, activity, _ = h.answeredOne(t, `{"country":"Germany","code":"","number":1}`, flow)
	require.JSONEq(t, `{"id":1,"code":"DE","number":276,"note":"x"}`, written)
	require.NotContains(t, activity, "reason", "the cell of since is empty, so nothing is missing")

	require.NoError(t, h.SetMapping(engine.Mapping{Invocation: []string{"country", "NUMBER"}, Callback: []string{"code"}}))
	written, activity, _ = h.answeredOne(t, `{"country":"Germany","code":""}`, flow)
	require.JSONEq(t, `{"id":1,"number":276,"note":"x"}`, written, "a field that is sent and absent is empty; the mapping says what is sent, and not the lead")
	require.Equal(t, `lookup c: field "code" was not written, because Marketo does not send what it holds; map it in the service's outgoing fields`, activity["reason"])
	written, activity, _ = h.answeredOne(t, `{"country":"?","number":0}`, flow)
	require.JSONEq(t, `{"id":1}`, written)
	require.Equal(t, true, activity["success"])
	require.Contains(t, activity["reason"], `field "code" was not written`)

	// Rules that write the field win, and nothing is missing then.
	h.put(t, "name: fix\nrules:\n  - name: all\n    when: 'true'\n    set: {code: \"'RR'\"}\n")
	written, activity, trace = h.answeredOne(t, `{"country":"Germany"}`, `{"table":"c","ruleSet":"fix"}`)
	require.JSONEq(t, `{"id":1,"code":"RR","number":276,"note":"x"}`, written)
	require.NotContains(t, activity, "reason")
	require.Empty(t, trace.NotWritten)
}

// Leads with the same tuple and the same outputs held back share one record, in a batch as
// alone, and whatever was evaluated before in the same workspace.
func TestLeadsShareARecordByWhatIsHeldBack(t *testing.T) {
	h := newHouse(t)
	h.table(t, "c", "country,code,n,since,note\nGermany,DE,276,,x\nOman,OM,5,,y\n", fmt.Sprintf(countriesToWrite, "keep"))
	var leads []string
	for i := range 60 {
		fields := fmt.Sprintf(`"id":%d,"country":"%s","code":"%s","number":%d`, i+1, []string{"Germany", "Oman", "?"}[i%3], []string{"", "XX"}[i/3%2], []int{276, 5, 7}[i/6%3])
		leads = append(leads, lead(fields, `"table":"c"`))
	}
	body := `{"callbackUrl":"u","objectData":[` + strings.Join(leads, ",") + `]}`
	callback, records, err := h.EvaluateFlat(t.Context(), []byte(body))
	require.NoError(t, err)
	kinds := map[string]bool{}
	for i := range records {
		own, _, err := h.EvaluateFlat(t.Context(), []byte(`{"callbackUrl":"u","objectData":[`+leads[i]+`]}`))
		require.NoError(t, err)
		item := strings.TrimSuffix(own1(t, own), "}")
		require.Contains(t, string(callback), item)
		kinds[fmt.Sprint(records[i].Fields, records[i].Code)] = true
	}
	require.Len(t, kinds, 9, "two rows with two states of each output, and a miss")
	plain := `{"callbackUrl":"u","objectData":[` + lead(`"id":1,"country":"Germany"`, `"table":"countries"`) + `]}`
	after, err := h.EvaluateTwice(t.Context(), []byte(body), []byte(plain))
	require.NoError(t, err)
	alone, _, err := h.Evaluate(t.Context(), []byte(plain))
	require.NoError(t, err)
	require.Equal(t, string(alone), string(after))
	n, err := h.Written(t.Context(), []byte(body))
	require.NoError(t, err)
	require.Equal(t, 9, n, "each is written once")
}

// own1 is the only item of a callback.
func own1(t *testing.T, callback []byte) string {
	t.Helper()
	var body struct{ ObjectData []json.RawMessage }
	decodeJSON(t, string(callback), &body)
	require.Len(t, body.ObjectData, 1)
	return string(body.ObjectData[0])
}
