package request_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine/request"
	"tablestep/tables/column"
)

// decode decodes a request with the given items of objectData.
func decode(t *testing.T, items ...string) *request.Batch {
	t.Helper()
	b := new(request.Batch)
	require.NoError(t, b.Decode([]byte(`{"callbackUrl":"u","objectData":[`+strings.Join(items, ",")+`]}`)))
	require.Equal(t, len(items), b.Len())
	return b
}

func lead(context string) string { return `{"objectType":"lead","objectContext":` + context + `}` }

// all is the numbers of all leads of a batch.
func all(b *request.Batch) []int32 {
	var n []int32
	for i := range b.Len() {
		n = append(n, int32(i))
	}
	return n
}

func values(b *request.Batch, field string) []column.Value {
	var builder column.Builder
	b.Vector(field, all(b), &builder)
	v := builder.Vector()
	var out []column.Value
	for _, code := range v.Codes {
		out = append(out, v.Values[code])
	}
	return out
}

func TestIDsStayDigitByDigit(t *testing.T) {
	b := decode(t, lead(`{"id":9007199254740993}`), lead(`{"id":-9223372036854775808,"email":"x"}`), lead(`{"email":null,"id":0}`))
	require.Equal(t, "9007199254740993", string(b.ID(0)))
	require.Equal(t, "-9223372036854775808", string(b.ID(1)))
	require.Equal(t, "0", string(b.ID(2)))
}

func TestWhatIsNoInt64IsNoID(t *testing.T) {
	for _, item := range []string{
		lead(`{}`), lead(`{"id":null}`), lead(`{"id":"5"}`), lead(`{"id":1.0}`), lead(`{"id":1e3}`), lead(`{"id":9223372036854775808}`),
		lead(`null`), lead(`[]`), `null`, `5`, `"lead"`, `[]`, `{}`,
	} {
		require.Empty(t, decode(t, item).ID(0), item)
	}
}

func TestAMalformedLeadLeavesItsNeighboursAlone(t *testing.T) {
	b := decode(t, lead(`{"id":1,"a":"x"}`), `null`, lead(`{"id":3,"a":"z"}`))
	require.Equal(t, "1", string(b.ID(0)))
	require.Empty(t, b.ID(1))
	require.Equal(t, "3", string(b.ID(2)))
	require.Equal(t, []column.Value{{Kind: column.Text, Text: "x"}, {}, {Kind: column.Text, Text: "z"}}, values(b, "a"))
}

func TestVectorKeepsKindAndText(t *testing.T) {
	b := decode(t,
		lead(`{"id":1,"f":"7"}`), lead(`{"id":2,"f":7}`), lead(`{"id":3,"f":true}`), lead(`{"id":4,"f":null}`), lead(`{"id":5}`),
		lead(`{"f":"a\"b\\\u00e9","id":6}`), lead(`{"id":7,"f":{"x":[1]}}`), lead(`{"id":8,"f":1.50}`), lead(`{"id":9,"\u0066":"escaped key"}`))
	require.Equal(t, []column.Value{
		{Kind: column.Text, Text: "7"},
		{Kind: column.Number, Text: "7"},
		{Kind: column.Bool, Text: "true"},
		{},
		{},
		{Kind: column.Text, Text: `a"b\é`},
		{Kind: column.Other, Text: `{"x":[1]}`},
		{Kind: column.Number, Text: "1.50"},
		{Kind: column.Text, Text: "escaped key"},
	}, values(b, "f"))
}

func TestTheLastOfTwoEqualKeysCounts(t *testing.T) {
	b := decode(t, lead(`{"id":1,"f":"a","f":"b"}`), lead(`{"id":1,"f":"c","f":"d","id":2}`),
		`{"objectContext":{"id":1,"f":"e"},"objectContext":{"f":"g"}}`)
	require.Equal(t, "1", string(b.ID(0)))
	require.Equal(t, "2", string(b.ID(1)))
	require.Empty(t, b.ID(2))
	require.Equal(t, []column.Value{{Kind: column.Text, Text: "b"}, {Kind: column.Text, Text: "d"}, {Kind: column.Text, Text: "g"}}, values(b, "f"))
}

func TestVectorOfSomeLeadsTakesOnlyThose(t *testing.T) {
	b := decode(t, lead(`{"id":1,"f":"a"}`), lead(`{"id":2,"f":"b"}`), lead(`{"id":3,"f":"c"}`), lead(`{"f":"d","id":4}`))
	var builder column.Builder
	b.Vector("f", []int32{3, 1}, &builder)
	v := builder.Vector()
	require.Equal(t, "d", v.At(0).Text)
	require.Equal(t, "b", v.At(1).Text)
}

func TestEqualFlowContextsAreOne(t *testing.T) {
	flow := func(id int, f string) string {
		return fmt.Sprintf(`{"objectContext":{"id":%d},"flowStepContext":%s}`, id, f)
	}
	b := decode(t,
		flow(1, `{"table":" t ","keyValue":" k "}`), flow(2, `{"table":"u","onNoMatch":null,"other":{"x":1}}`),
		flow(3, `{"table":" t ","keyValue":" k "}`), flow(4, `null`), lead(`{"id":5}`), flow(6, `{"param1":7,"param2":true}`))
	require.Equal(t, b.Flow(0), b.Flow(2))
	require.Equal(t, request.Flow{Table: "t", KeyValue: " k "}, b.Flows[b.Flow(0)])
	require.Equal(t, request.Flow{Table: "u"}, b.Flows[b.Flow(1)])
	require.Equal(t, request.Flow{}, b.Flows[b.Flow(3)])
	require.Equal(t, request.Flow{}, b.Flows[b.Flow(4)])
	require.Equal(t, request.Flow{Param1: "7", Param2: "true"}, b.Flows[b.Flow(5)])
}

func TestResolveFindsAFieldByCase(t *testing.T) {
	b := decode(t, lead(`{"id":1}`), lead(`{"id":2,"Country":"x","STATE":"y","state":"z","City":"a","city":"b"}`))
	for name, want := range map[string]string{"Country": "Country", "country": "Country", "state": "state", "cITY": "", "zip": ""} {
		got, ok := b.Resolve(name)
		require.Equal(t, want != "", ok, name)
		if ok {
			require.Equal(t, want, got)
		}
	}
}

func TestABatchIsReusedWithoutMemory(t *testing.T) {
	b := decode(t, lead(`{"id":1,"f":"a"}`), `{"objectContext":{"id":2},"flowStepContext":{"table":"t"}}`)
	require.NoError(t, b.Decode([]byte(`{"token":"secret","apiCallBackKey":"k","callbackUrl":"u","batchid":"b","campaignId":7,"context":{"subscription":{"munchkinId":"m"},"program":{"id":1}},"objectData":[]}`)))
	require.Equal(t, "secret", b.Token)
	require.NoError(t, b.Decode([]byte(`{"objectData":[{"objectContext":{"id":3}}]}`)))
	require.Empty(t, b.Envelope.Token+b.APICallbackKey+b.CallbackURL+b.BatchID+b.MunchkinID)
	require.Zero(t, b.CampaignID)
	require.Error(t, b.Check())
	require.Equal(t, 1, b.Len())
	require.Equal(t, []request.Flow{{}}, b.Flows)
	require.Equal(t, []column.Value{{}}, values(b, "f"))
}

// FuzzDecode holds the columns to encoding/json, field by field.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(live))
	f.Add([]byte(`{"callbackUrl":"u","objectData":[{"objectContext":{"id":1,"a":"x","b":[1]}},{"objectContext":{"id":2,"a":1,"a":null}},7]}`))
	f.Add([]byte(`{"callbackUrl":"u","objectData":[{"objectContext":{"\u0061":"\ud83d\ude00"},"flowStepContext":{"table":"\u0074"}}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		b, err := read(body)
		if err != nil {
			return
		}
		var want struct {
			ObjectData []json.RawMessage `json:"objectData"`
		}
		var top map[string]json.RawMessage // by exact key; struct tags match any case
		require.NoError(t, json.Unmarshal(body, &top))
		require.NoError(t, json.Unmarshal(top["objectData"], &want.ObjectData))
		require.Equal(t, len(want.ObjectData), b.Len())
		for i, item := range want.ObjectData {
			var parts, fields map[string]json.RawMessage
			if json.Unmarshal(item, &parts) == nil && json.Unmarshal(parts["objectContext"], &fields) != nil {
				fields = nil
			}
			for key, raw := range fields {
				if strings.ContainsRune(key, '\ufffd') {
					continue // encoding/json repairs keys, columns keep their bytes
				}
				var builder column.Builder
				b.Vector(key, []int32{int32(i)}, &builder)
				got := builder.Vector().At(0)
				var text string
				switch {
				case string(raw) == "null":
					require.Equal(t, column.Null, got.Kind)
				case json.Unmarshal(raw, &text) == nil:
					require.Equal(t, column.Text, got.Kind)
					require.Equal(t, text, string([]rune(got.Text)))
				default:
					require.Equal(t, string(raw), got.Text)
				}
			}
		}
		requireAsAlone(t, b, want.ObjectData)
	})
}

// requireAsAlone requires that each lead reads as it does in a request of its own,
// whatever its neighbours have in common with it.
func requireAsAlone(t *testing.T, b *request.Batch, items []json.RawMessage) {
	t.Helper()
	one := func(b *request.Batch, i int32, fill func(b *request.Batch, leads []int32, v *column.Builder)) column.Value {
		var builder column.Builder
		fill(b, []int32{i}, &builder)
		return builder.Vector().At(0)
	}
	for i, item := range items {
		alone := new(request.Batch)
		require.NoError(t, alone.Decode([]byte(`{"objectData":[`+string(item)+`]}`)))
		require.Equal(t, string(alone.ID(0)), string(b.ID(i)))
		require.Equal(t, alone.Flows[alone.Flow(0)], b.Flows[b.Flow(i)])
		var parts map[string]json.RawMessage
		if json.Unmarshal(item, &parts) != nil {
			continue
		}
		for part, fill := range map[string]func(name string) func(b *request.Batch, leads []int32, v *column.Builder){
			"objectContext": func(name string) func(b *request.Batch, leads []int32, v *column.Builder) {
				return func(b *request.Batch, leads []int32, v *column.Builder) { b.Vector(name, leads, v) }
			},
			"programMemberContext": contextOf(request.Member), "triggeringContext": contextOf(request.Trigger), "myTokenContext": contextOf(request.My),
		} {
			var members map[string]json.RawMessage
			if json.Unmarshal(parts[part], &members) != nil {
				continue
			}
			for name := range members {
				require.Equal(t, one(alone, 0, fill(name)), one(b, int32(i), fill(name)), "%s of lead %d: %s", part, i, name)
			}
			require.Equal(t, one(alone, 0, fill("absent")), one(b, int32(i), fill("absent")))
		}
	}
}

func contextOf(c request.Context) func(name string) func(b *request.Batch, leads []int32, v *column.Builder) {
	return func(name string) func(b *request.Batch, leads []int32, v *column.Builder) {
		return func(b *request.Batch, leads []int32, v *column.Builder) { b.ContextVector(c, name, leads, v) }
	}
}

// Leads that begin and end like the one before them, or nearly so, or have the same
// fields written in another way.
func TestALeadReadsAsItDoesAlone(t *testing.T) {
	const tail = `,"flowStepContext":{"table":"t","keyValue":"k"},"myTokenContext":{"a":"x"}}`
	items := []string{
		`{"objectType":"lead","objectContext":{"id":1,"f":"a","g":"b"}` + tail,
		`{"objectType":"lead","objectContext":{"id":2,"f":"c","g":"d"}` + tail,
		`{"objectType":"lead","objectContext":{"id":3,"f":null,"g":[1,{"x":"y"}]}` + tail,
		`{"objectType":"lead","objectContext":{"id":4,"f":"e"}` + tail,
		`{"objectType":"lead","objectContext":{"id":5,"f":"e","h":"i"}` + tail,
		`{"objectType":"lead","objectContext":{"id":6,"f":"e","h":"i"},"flowStepContext":{"table":"u"},"myTokenContext":{"a":"y"}}`,
		`{"objectType":"lead","objectContext":{"id":7,"f":"e","h":"i"},"flowStepContext":{"table":"u"},"myTokenContext":{"a":"y"},"objectContext":{"id":8}}`,
		`{"objectType":"lead","objectContext":{"id":9,"f":"e","h":"i"},"flowStepContext":{"table":"u"},"myTokenContext":{"a":"y"}}`,
		`{"objectType":"lead","objectContext":{"id":10}}`,
		`{"objectType":"lead","objectContext":{"id":11}}`,
		`{"objectType":"lead","objectContext":null}`,
		`{"objectType":"lead","objectContext":{}}`,
		`{"objectType":"lead","objectContext":{ "id" : 12 , "f" : "z" } }`,
		`{"objectType":"lead","objectContext":{ "id" : 13 , "\u0066" : "z" } }`,
		`{"objectType":"lead","objectContext":{"id":14,"f":"y"},"programMemberContext":{"s":1}}`,
		`{"flowStepContext":{"table":"v"},"objectContext":{"id":15,"f":"y"},"programMemberContext":{"s":2}}`,
		`{"flowStepContext":{"table":"v"},"objectContext":{"id":20,"f":"y"},"programMemberContext":{"s":3}}`,
		`{"flowStepContext":{"table":"w"},"objectContext":{"id":16,"f":"y"},"programMemberContext":{"s":2}}`,
		`7`,
		`{"objectType":"lead","objectContext":{"id":17,"f":"y","f":"x"},"flowStepContext":{"table":"w"},"flowStepContext":{"table":"x"}}`,
		`{"objectType":"lead","objectContext":{"id":18,"f":"y","f":"w"},"flowStepContext":{"table":"w"},"flowStepContext":{"table":"x"}}`,
		`{"objectType":"lead","objectContext":{"id":"19","f":"y","f":"w"},"flowStepContext":{"table":"w"},"flowStepContext":[]}`,
		`{}`,
	}
	r := rand.New(rand.NewPCG(6, 6))
	for range 300 {
		r.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
		drawn := make([]string, 12)
		raw := make([]json.RawMessage, len(drawn))
		for i := range drawn {
			drawn[i] = items[r.IntN(min(len(items), 1+i))] // some again and again
			raw[i] = json.RawMessage(drawn[i])
		}
		requireAsAlone(t, decode(t, drawn...), raw)
	}
}

func TestContextsAreRead(t *testing.T) {
	var b request.Batch
	require.NoError(t, b.Decode([]byte(`{"callbackUrl":"u","context":{"admin":{},"subscription":{"munchkinId":"123-ABC-456","prefix":"p"},"campaign":{"name":"Enrich","id":7},"program":null},
		"objectData":[{"objectContext":{"id":1},"myTokenContext":{"Region Owner":"emea"},"triggeringContext":{"name":"Form"},"programMemberContext":{"status":"Member","reachedSuccess":false}},
		{"objectContext":{"id":2},"myTokenContext":[],"programMemberContext":{"st\u0061tus":"a\"b"}}]}`)))
	require.Equal(t, "123-ABC-456", b.MunchkinID)
	context := func(c request.Context, name string) []column.Value {
		var builder column.Builder
		b.ContextVector(c, name, all(&b), &builder)
		v := builder.Vector()
		return []column.Value{v.At(0), v.At(1)}
	}
	text := func(s string) column.Value { return column.Value{Kind: column.Text, Text: s} }
	require.Equal(t, []column.Value{text("emea"), {}}, context(request.My, "Region Owner"))
	require.Equal(t, []column.Value{text("Form"), {}}, context(request.Trigger, "name"))
	require.Equal(t, []column.Value{text("Member"), text(`a"b`)}, context(request.Member, "status"))
	require.Equal(t, []column.Value{{Kind: column.Bool, Text: "false"}, {}}, context(request.Member, "reachedSuccess"))
	require.Equal(t, []column.Value{text("Enrich"), text("Enrich")}, context(request.Campaign, "name"))
	require.Equal(t, []column.Value{{Kind: column.Number, Text: "7"}, {Kind: column.Number, Text: "7"}}, context(request.Campaign, "id"))
	require.Equal(t, []column.Value{{}, {}}, context(request.Program, "name"))
	require.Equal(t, []column.Value{text("p"), text("p")}, context(request.Subscription, "prefix"))
}
