package marketo_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"tablestep/api/marketo"
)

func validator(t testing.TB, mapped ...string) *marketo.Validator {
	text, err := json.Marshal(fakeDefinition())
	require.NoError(t, err)
	definition, problems, err := marketo.ReadDefinition(text)
	require.NoError(t, err)
	require.Empty(t, problems)
	return marketo.NewValidator(definition, mapped, map[string]string{"leadScore": marketo.TypeScore})
}

func expected(ids ...int64) marketo.Expected {
	want := marketo.Expected{Batch: 1, Token: "one-time"}
	for _, id := range ids {
		want.Leads = append(want.Leads, marketo.Lead{ID: id})
	}
	return want
}

func TestAnswerHasWhatCameBackInOrder(t *testing.T) {
	answer, err := validator(t).Check([]byte(`{"munchkinId": "123-ABC-456", "token": "one-time", "objectData": [
		{"leadData": {"id": 2}, "activityData": {"success": false, "errorCode": "LOOKUP_KEY_EMPTY", "reason": "empty"}},
		{"leadData": {"zz": "1", "id": 1, "aa": null, "leadScore": "+10"}, "activityData": {"success": true, "rank": 3, "at": "2026-11-01T08:00:00Z", "points": 5, "mail": "a@example.com"}}]}`), expected(1, 2))
	require.NoError(t, err)
	require.Empty(t, answer.Problems)
	require.Equal(t, []marketo.LeadAnswer{
		{
			Answered: true, Success: true,
			Written:  marketo.Fields{{Name: "zz", Value: "1"}, {Name: "aa"}, {Name: "leadScore", Value: "+10"}},
			Activity: marketo.Fields{{Name: "rank", Value: json.Number("3")}, {Name: "at", Value: "2026-11-01T08:00:00Z"}, {Name: "points", Value: json.Number("5")}, {Name: "mail", Value: "a@example.com"}},
		},
		{Answered: true, ErrorCode: "LOOKUP_KEY_EMPTY", Reason: "empty"},
	}, answer.Leads)
}

func TestDefaultsFillInWhatRecordsLeaveOut(t *testing.T) {
	answer, err := validator(t).Check([]byte(`{"munchkinId": "123-ABC-456",
		"defaultValues": {"leadDefaults": {"country": "DE", "city": "Bonn"}, "activityDefaults": {"success": true, "returnVal": "d"}},
		"objectData": [{"leadData": {"id": 1, "country": "FR"}}, {"leadData": {"id": 2}, "activityData": {"returnVal": "own"}}]}`), expected(1, 2))
	require.NoError(t, err)
	require.Empty(t, answer.Problems)
	require.Equal(t, marketo.Fields{{Name: "country", Value: "FR"}, {Name: "city", Value: "Bonn"}}, answer.Leads[0].Written)
	require.Equal(t, marketo.Fields{{Name: "country", Value: "DE"}, {Name: "city", Value: "Bonn"}}, answer.Leads[1].Written)
	require.True(t, answer.Leads[0].Success)
	require.Equal(t, "d", answer.Leads[0].Activity.Text("returnVal"))
	require.Equal(t, "own", answer.Leads[1].Activity.Text("returnVal"))
}

func TestChunkErrorProcessesNoRecord(t *testing.T) {
	answer, err := validator(t).Check([]byte(`{"munchkinId": "m", "errorCode": "BATCH_FAILED", "errorMessage": "no", "objectData": [{"leadData": {"id": 77}}]}`), expected(1))
	require.NoError(t, err)
	require.Equal(t, "BATCH_FAILED", answer.ErrorCode)
	require.False(t, answer.Leads[0].Answered)
	require.Len(t, answer.Problems, 1)
	require.Equal(t, marketo.ChunkError, answer.Problems[0].Rule)
}

func TestNeighbouringLargeIDsAreToldApart(t *testing.T) {
	body := `{"munchkinId": "m", "objectData": [
		{"leadData": {"id": 9007199254740993}, "activityData": {"success": true}},
		{"leadData": {"id": 9007199254740992}, "activityData": {"success": true}}]}`
	answer, err := validator(t).Check([]byte(body), expected(9007199254740992, 9007199254740993))
	require.NoError(t, err)
	require.Empty(t, answer.Problems)
	answer, err = validator(t).Check([]byte(strings.ReplaceAll(body, "993", "992")), expected(9007199254740992, 9007199254740993))
	require.NoError(t, err)
	require.Equal(t, []marketo.Rule{marketo.LeadTwice, marketo.LeadUnanswered}, rulesOf(answer.Problems))
}

func TestWideAndDeepBodiesAreBounded(t *testing.T) {
	_, err := validator(t).Check([]byte(strings.Repeat("[", 100)+strings.Repeat("]", 100)), expected(1))
	require.ErrorContains(t, err, "nested")
	_, err = validator(t).Check([]byte(strings.Repeat("[", 1<<20)), expected(1))
	require.Error(t, err)
	var wide strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&wide, `"k%d":1,`, i)
	}
	answer, err := validator(t).Check([]byte(`{`+wide.String()+`"k5":2,"munchkinId":"m","objectData":[{"leadData":{"id":1},"activityData":{`+wide.String()+`"success":true}}]}`), expected(1))
	require.NoError(t, err)
	require.Equal(t, marketo.KeyTwice, answer.Problems[0].Rule)
	require.Equal(t, "k5", answer.Problems[0].Where)
	require.Len(t, answer.Problems, 201)
	records := strings.Repeat(`{"leadData":{"id":9}},`, 5000)
	answer, err = validator(t).Check([]byte(`{"munchkinId":"m","objectData":[`+records+`{"leadData":{"id":1},"activityData":{"success":true}}]}`), expected(1))
	require.NoError(t, err)
	require.Contains(t, rulesOf(answer.Problems), marketo.BodyInvalid)
}

func rulesOf(problems []marketo.Problem) []marketo.Rule {
	var rules []marketo.Rule
	for _, p := range problems {
		rules = append(rules, p.Rule)
	}
	return rules
}

// FuzzCallback starts from testdata/fuzz/FuzzCallback. It holds that no body breaks the validator, that it says the same
// twice, that a lead counts as answered only where its id stands in the body
// digit for digit, and that a body without problems answers every lead.
func FuzzCallback(f *testing.F) {
	v := validator(f, "a")
	want := expected(1, 9007199254740993)
	f.Fuzz(func(t *testing.T, body []byte) {
		sameAsTheStandardLibrary(t, body)
		answer, err := v.Check(body, want)
		again, errAgain := v.Check(body, want)
		require.Equal(t, err == nil, errAgain == nil)
		require.Equal(t, answer, again)
		if err != nil {
			return
		}
		require.Len(t, answer.Leads, 2)
		answered := 0
		for i, lead := range answer.Leads {
			if lead.Answered {
				answered++
				require.Contains(t, string(body), fmt.Sprint(want.Leads[i].ID))
			}
			_, err := json.Marshal([]marketo.Fields{lead.Written, lead.Activity})
			require.NoError(t, err)
		}
		broken := 0
		for _, p := range answer.Problems {
			require.NotEmpty(t, p.Message)
			if !p.Rule.Warning() {
				broken++
			}
		}
		if broken == 0 {
			require.Equal(t, 2, answered)
		}
	})
}

// sameAsTheStandardLibrary holds that a body is read as encoding/json reads it,
// with every digit of its numbers.
func sameAsTheStandardLibrary(t *testing.T, body []byte) {
	value, duplicates, err := marketo.ReadDocument(body)
	var want any
	if err != nil {
		// What else is refused: text that is not UTF-8 and deep nesting.
		if json.Unmarshal(body, &want) == nil && utf8.Valid(body) {
			require.ErrorContains(t, err, "nested")
		}
		return
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	require.NoError(t, decoder.Decode(&want))
	if len(duplicates) == 0 {
		require.Equal(t, want, unordered(value))
	}
}

// unordered turns ordered objects into maps.
func unordered(value any) any {
	switch v := value.(type) {
	case marketo.Fields:
		object := make(map[string]any, len(v))
		for _, field := range v {
			object[field.Name] = unordered(field.Value)
		}
		return object
	case []any:
		for i := range v {
			v[i] = unordered(v[i])
		}
		return v
	default:
		return v
	}
}

func TestJSONIsReadAsTheStandardLibraryDoes(t *testing.T) {
	for _, body := range []string{
		` { "a" : [ 1 , -2.50e+3 , true,false , null ] , "b\u00e9\"\\" : "\ud83d\ude00\n\u0000" , "":{} , "c":[] } `,
		"5", " 12345678901234567890 ", `""`, `"\\"`, "null", "[[[]]]", `{"a":{"b":[{"c":"}"}]}}`, "\t[\n]\r",
	} {
		sameAsTheStandardLibrary(t, []byte(body))
	}
}

func TestRepeatedKeysAreNamedAndTheLaterHolds(t *testing.T) {
	value, duplicates, err := marketo.ReadDocument([]byte(`{"a":[{"x":1,"y":2,"x":3}],"a b":{"c":1,"c":2},"a":4}`))
	require.NoError(t, err)
	require.Equal(t, []string{"a[0].x", "a b.c", "a"}, duplicates)
	require.Equal(t, map[string]any{"a": json.Number("4"), "a b": map[string]any{"c": json.Number("2")}}, unordered(value))
}
