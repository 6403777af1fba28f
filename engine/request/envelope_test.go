package request_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine/request"
)

const live = `{"token": "one-time", "apiCallBackKey": "gateway", "campaignId": 42504,
 "callbackUrl": "https://example.com/callback",
 "context": {"admin": {}},
 "objectData": [{"objectType": "lead", "objectContext": {"id": 7315607, "country": " germany"}, "flowStepContext": {"table": "t"}}]}`

// read decodes a request and checks its envelope.
func read(body []byte) (*request.Batch, error) {
	b := new(request.Batch)
	if err := b.Decode(body); err != nil {
		return nil, err
	}
	return b, b.Check()
}

func TestEnvelopeOfALiveRequestIsTakenWithoutSubscription(t *testing.T) {
	b, err := read([]byte(live))
	require.NoError(t, err)
	require.Equal(t, 1, b.Len())
	require.Equal(t, "one-time", b.Token)
	require.Equal(t, "gateway", b.APICallbackKey)
	require.Equal(t, int64(42504), b.CampaignID)
	require.Equal(t, "https://example.com/callback", b.CallbackURL)
	require.Empty(t, b.MunchkinID)
	require.Empty(t, b.BatchID)
}

func TestEnvelopeTakesTheMunchkinID(t *testing.T) {
	b, err := read([]byte(`{"callbackUrl":"u","objectData":[],"batchid":"b","context":{"x":[1],"subscription":{"prefix":"p","munchkinId":"123-ABC-456"}}}`))
	require.NoError(t, err)
	require.Equal(t, "123-ABC-456", b.MunchkinID)
	require.Equal(t, "b", b.BatchID)
	require.Zero(t, b.Len())
}

func TestUnusableRequestsAreRefusedByField(t *testing.T) {
	for _, c := range []struct{ name, body, field, message string }{
		{"nothing", ``, "", "not a JSON object"},
		{"no JSON", `hello`, "", "not a JSON object"},
		{"an array", `[]`, "", "not a JSON object"},
		{"cut off", `{"callbackUrl":"u","objectData":[`, "", "not valid JSON (at byte 33 of 33)"},
		{"more behind it", `{"callbackUrl":"u","objectData":[]} x`, "", "not valid JSON"},
		{"NUL behind it", "{\"callbackUrl\":\"u\",\"objectData\":[]}\x00", "", "not valid JSON"},
		{"bad escape", `{"callbackUrl":"\q","objectData":[]}`, "", "not valid JSON"},
		{"bad number", `{"callbackUrl":"u","objectData":[01]}`, "", "not valid JSON"},
		{"control character", "{\"callbackUrl\":\"a\nb\",\"objectData\":[]}", "", "not valid JSON"},
		{"nested too deeply", `{"callbackUrl":"u","objectData":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`, "", "nested too deeply"},
		{"no callbackUrl", `{"objectData":[]}`, "callbackUrl", "is missing"},
		{"empty callbackUrl", `{"callbackUrl":"","objectData":[]}`, "callbackUrl", "is missing"},
		{"null callbackUrl", `{"callbackUrl":null,"objectData":[]}`, "callbackUrl", "is missing"},
		{"callbackUrl that is no string", `{"callbackUrl":5,"objectData":[]}`, "callbackUrl", "must be a string"},
		{"token that is an object", `{"token":{},"callbackUrl":"u","objectData":[]}`, "token", "must be a string"},
		{"no objectData", `{"callbackUrl":"u"}`, "objectData", "is missing"},
		{"objectData that is an object", `{"callbackUrl":"u","objectData":{}}`, "objectData", "must be an array"},
		{"objectData that is null", `{"callbackUrl":"u","objectData":null}`, "objectData", "must be an array"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := read([]byte(c.body))
			var field *request.FieldError
			require.ErrorAs(t, err, &field)
			require.Equal(t, c.field, field.Field)
			require.Contains(t, field.Message, c.message)
		})
	}
}

// FuzzEnvelope holds the scanner to encoding/json: whatever it accepts is
// valid JSON with the same texts in it, and valid JSON is not refused for its syntax.
func FuzzEnvelope(f *testing.F) {
	f.Add([]byte(live))
	f.Add([]byte(`{"callbackUrl":"\u00e9\ud83d\ude00\ud800x","objectData":[null,1.5e-3,true,{"a":[{}]}],"campaignId":1e3}`))
	f.Add([]byte(`{"callbackUrl":"a","callbackUrl":"b","objectData":[],"objectData":[1,2]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		b, err := read(body)
		if err != nil {
			var field *request.FieldError
			require.ErrorAs(t, err, &field)
			if field.Field == "" && json.Valid(body) && len(body) < 400 {
				require.NotContains(t, field.Message, "not valid JSON")
			}
			return
		}
		require.True(t, json.Valid(body), "accepted what is no JSON")
		var want map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(body, &want))
		var url string
		require.NoError(t, json.Unmarshal(want["callbackUrl"], &url))
		require.Equal(t, url, string([]rune(b.CallbackURL)))
		var leads []json.RawMessage
		require.NoError(t, json.Unmarshal(want["objectData"], &leads))
		require.Len(t, leads, b.Len())
	})
}
