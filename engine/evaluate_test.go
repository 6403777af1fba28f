package engine_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
	"tablestep/tables/schema"
)

var update = flag.Bool("update", false, "rewrite the golden cases")

func decodeJSON(t *testing.T, text string, to any) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(text), to), text)
}

// answers evaluates leads, each with its own flow step context, and returns the
// records.
func (h *house) answers(t *testing.T, leads ...string) []record {
	t.Helper()
	body := `{"token":"t","callbackUrl":"http://127.0.0.1/","context":{"admin":{}},"objectData":[` + strings.Join(leads, ",") + `]}`
	callback, sum, err := h.Evaluate(t.Context(), []byte(body))
	require.NoError(t, err)
	var out struct{ ObjectData []record }
	decodeJSON(t, string(callback), &out)
	require.Len(t, out.ObjectData, len(leads), "one answer a lead")
	require.Equal(t, len(leads), sum.Leads)
	require.Equal(t, sum.Leads, sum.Succeeded+sum.Failed)
	return out.ObjectData
}

type record struct {
	LeadData     map[string]json.RawMessage
	ActivityData struct {
		Success      bool
		Reason       string
		ErrorCode    engine.Code
		ReturnVal    string
		SearchParams string
		Matched      *bool
		MatchedRow   int
		MatchScore   float64
		TableVersion int
		Outputs      string
	}
}

// field is the JSON text that is written to a lead field; empty if none is.
func (r *record) field(name string) string { return string(r.LeadData[name]) }

// lead makes an item of objectData; field values and flow settings are JSON.
func lead(fields, flow string) string {
	return `{"objectType":"lead","objectContext":{` + fields + `},"flowStepContext":{` + flow + `}}`
}

// TestGoldenCases evaluates each request of testdata/cases and compares the
// callback with the one beside it. Rewrite them with -update and read the diff.
func TestGoldenCases(t *testing.T) {
	h := newHouse(t)
	requests, err := filepath.Glob("../testdata/cases/*.request.json")
	require.NoError(t, err)
	require.NotEmpty(t, requests)
	for _, name := range requests {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".request.json"), func(t *testing.T) {
			body, err := os.ReadFile(name)
			require.NoError(t, err)
			callback, _, err := h.Evaluate(t.Context(), body)
			require.NoError(t, err)
			golden := strings.Replace(name, ".request.json", ".callback.json", 1)
			if *update {
				require.NoError(t, os.WriteFile(golden, append(callback, '\n'), 0o600))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), string(callback)+"\n")
		})
	}
}

func TestThreeLeadsWithThreeTablesGetThreeRightAnswers(t *testing.T) {
	got := newHouse(t).answers(t,
		lead(`"id":1,"country":" GERMANY "`, `"table":"countries"`),
		lead(`"id":2,"country":"us","state":"ca"`, `"table":"states"`),
		lead(`"id":3,"title":"intern"`, `"table":"points"`))
	require.Equal(t, `"DE"`, got[0].field("countryCode"))
	require.Equal(t, `276`, got[0].field("countryNumber"))
	require.Equal(t, `"west@example.com"`, got[1].field("ownerEmail"))
	require.Equal(t, `"-5"`, got[2].field("leadScore"), "the sign is kept")
	for i, r := range got {
		require.True(t, r.ActivityData.Success)
		require.Equal(t, fmt.Sprint(i+1), r.field("id"))
	}
}

func TestIDsComeBackDigitByDigit(t *testing.T) {
	got := newHouse(t).answers(t,
		lead(`"id":9007199254740993,"country":"Germany"`, `"table":"countries"`),
		lead(`"id":9223372036854775807,"country":"Cascadia"`, `"table":"countries"`))
	require.Equal(t, "9007199254740993", got[0].field("id"))
	require.Equal(t, "9223372036854775807", got[1].field("id"))
}

func TestZeroIsAMatchAndIsWritten(t *testing.T) {
	got := newHouse(t).answers(t, lead(`"id":1,"country":"narnia"`, `"table":"countries"`))[0]
	require.True(t, got.ActivityData.Success)
	require.True(t, *got.ActivityData.Matched)
	require.Equal(t, "0", got.field("countryNumber"))
	require.Equal(t, `"0"`, got.field("countryNote"))
}

func TestAnEmptyCellMatchesAndLeavesTheFieldAlone(t *testing.T) {
	got := newHouse(t).answers(t, lead(`"id":1,"country":"germany"`, `"table":"countries"`))[0]
	require.True(t, *got.ActivityData.Matched)
	require.NotContains(t, got.LeadData, "countryNote")
	require.JSONEq(t, `{"countryCode":"DE","countryNumber":276}`, got.ActivityData.Outputs)
}

func TestTheTextNullIsNeverWritten(t *testing.T) {
	got := newHouse(t).answers(t,
		lead(`"id":1,"country":"Afghanistan"`, `"table":"countries"`),
		lead(`"id":2,"country":"?"`, `"table":"countries","onNoMatch":"default","defaultValue":" NULL "`))
	require.True(t, *got[0].ActivityData.Matched)
	require.NotContains(t, got[0].LeadData, "countryNote")
	require.Equal(t, engine.CodeValueInvalid, got[1].ActivityData.ErrorCode)
	require.NotContains(t, got[1].LeadData, "countryCode")
}

func TestOnNoMatch(t *testing.T) {
	h := newHouse(t)
	miss := func(flow string) record {
		return h.answers(t, lead(`"id":1,"country":"Cascadia"`, `"table":"countries"`+flow))[0]
	}
	keep := miss("")
	require.False(t, keep.ActivityData.Success)
	require.Equal(t, engine.CodeValueNotFound, keep.ActivityData.ErrorCode)
	require.Equal(t, `no row of countries (version 1) has country = "Cascadia"`, keep.ActivityData.Reason)
	require.Len(t, keep.LeadData, 1)

	byDefault := miss(`,"onNoMatch":"default"`)
	require.True(t, byDefault.ActivityData.Success)
	require.False(t, *byDefault.ActivityData.Matched)
	require.Equal(t, `"ZZ"`, byDefault.field("countryCode"))
	require.Equal(t, "ZZ", byDefault.ActivityData.ReturnVal)
	require.Len(t, byDefault.LeadData, 2, "outputs without a default stay")

	own := miss(`,"defaultValue":"XX"`)
	require.Equal(t, `"XX"`, own.field("countryCode"), "who gives a default wants it used")

	cleared := miss(`,"onNoMatch":"CLEAR"`)
	require.True(t, cleared.ActivityData.Success)
	require.Equal(t, `"null"`, cleared.field("countryCode"), "the text null empties a text field")
	require.Equal(t, `null`, cleared.field("countryNumber"))

	wrong := miss(`,"onNoMatch":"perhaps"`)
	require.Equal(t, engine.CodeValueInvalid, wrong.ActivityData.ErrorCode)
}

func TestEmptyKeysAreToldFromMisses(t *testing.T) {
	h := newHouse(t)
	for _, value := range []string{`""`, `null`, `"  "`, `"\u00a0"`} {
		got := h.answers(t, lead(`"id":1,"country":`+value, `"table":"countries"`))[0]
		require.Equal(t, engine.CodeKeyEmpty, got.ActivityData.ErrorCode, value)
		require.Contains(t, got.ActivityData.Reason, `"country"`)
	}
	got := h.answers(t, lead(`"id":1,"country":"US","state":""`, `"table":"states"`))[0]
	require.Equal(t, engine.CodeKeyEmpty, got.ActivityData.ErrorCode)
	require.Contains(t, got.ActivityData.Reason, `"state"`)
	filled := h.answers(t, lead(`"id":1,"country":null`, `"table":"countries","onNoMatch":"default"`))[0]
	require.Equal(t, `"ZZ"`, filled.field("countryCode"), "an empty key is no match")
}

func TestAmbiguousKeysFailWithBothRows(t *testing.T) {
	got := newHouse(t).answers(t, lead(`"id":1,"title":"vp"`, `"table":"points"`), lead(`"id":2,"title":"vp"`, `"table":"points","onNoMatch":"default","defaultValue":"+1"`))
	for _, r := range got {
		require.Equal(t, engine.CodeAmbiguous, r.ActivityData.ErrorCode)
		require.Equal(t, `rows 1 and 3 of points (version 1) both have title = "vp"`, r.ActivityData.Reason)
		require.Len(t, r.LeadData, 1)
	}
}

func TestInvalidCellsFailTheirLeadOnly(t *testing.T) {
	got := newHouse(t).answers(t, lead(`"id":1,"country":"Atlantis"`, `"table":"countries"`), lead(`"id":2,"country":"Germany"`, `"table":"countries"`))
	require.Equal(t, engine.CodeValueInvalid, got[0].ActivityData.ErrorCode)
	require.Contains(t, got[0].ActivityData.Reason, `row 4 of countries (version 1), column "numeric"`)
	require.Len(t, got[0].LeadData, 1, "all outputs or none")
	require.True(t, got[1].ActivityData.Success)
}

func TestWhatDoesNotExistIsNamed(t *testing.T) {
	h := newHouse(t)
	for _, c := range []struct {
		flow   string
		code   engine.Code
		reason string
	}{
		{``, engine.CodeTableNotFound, "no table chosen"},
		{`"table":"nope"`, engine.CodeTableNotFound, `no table "nope"`},
		{`"table":"countries/nope"`, engine.CodeTableNotFound, `no lookup "nope"`},
		{`"table":"countries","keyName":"nope"`, engine.CodeColumnNotFound, `no column "nope"; it has country, code`},
		{`"table":"countries","lookupField":"nope"`, engine.CodeColumnNotFound, `no column "nope"`},
		{`"table":"countries","keyValField":"nope"`, engine.CodeFieldNotFound, `no field "nope"`},
		{`"table":"countries","returnField":"id"`, engine.CodeFieldNotFound, `"id"`},
		{`"table":"countries","ruleSet":"nope"`, engine.CodeRuleSetNotFound, `"nope"`},
	} {
		got := h.answers(t, lead(`"id":1,"country":"Germany"`, c.flow), lead(`"id":2,"country":"Germany"`, `"table":"countries"`))
		require.Equal(t, c.code, got[0].ActivityData.ErrorCode, c.flow)
		require.Contains(t, got[0].ActivityData.Reason, c.reason, c.flow)
		require.True(t, got[1].ActivityData.Success, "the other lead goes on")
	}
}

func TestAFieldThatIsMappedButEmptyIsAnEmptyKey(t *testing.T) {
	h := newHouse(t)
	flow := `"table":"countries","keyValField":"billingCountry"`
	got := h.answers(t, lead(`"id":1`, flow))[0]
	require.Equal(t, engine.CodeFieldNotFound, got.ActivityData.ErrorCode)
	require.NoError(t, h.SetMapping(engine.Mapping{Invocation: []string{"billingCountry"}, Callback: []string{"countryCode"}}))
	got = h.answers(t, lead(`"id":1`, flow))[0]
	require.Equal(t, engine.CodeKeyEmpty, got.ActivityData.ErrorCode)
	require.NoError(t, h.SetMapping(engine.Mapping{Invocation: []string{"country"}}))
	require.Equal(t, engine.Mapping{Invocation: []string{"country"}, Callback: []string{"countryCode"}}, h.Mapping(), "a side that is not told stays")
}

func TestACampaignOfTheProofOfConceptRunsUnchanged(t *testing.T) {
	got := newHouse(t).answers(t,
		lead(`"id":1,"billingCountry":"germany"`, `"table":"countries","keyName":"country","keyValField":"billingCountry","lookupField":"code","returnField":"billingCode"`),
		lead(`"id":2,"x":"DE"`, `"table":"countries","keyName":"code","keyValField":"x","lookupField":"country","returnField":"billingCountry"`))
	require.Equal(t, `"DE"`, got[0].field("billingCode"))
	require.Equal(t, "DE", got[0].ActivityData.ReturnVal)
	require.Len(t, got[0].LeadData, 2)
	require.Equal(t, `"Germany"`, got[1].field("billingCountry"))
	require.Equal(t, "table=countries version=1 code=DE", got[1].ActivityData.SearchParams)
}

func TestOverridesTakeTheRestFromTheLookup(t *testing.T) {
	got := newHouse(t).answers(t,
		lead(`"id":1,"country":"germany"`, `"table":"countries","lookupField":"numeric"`),
		lead(`"id":2,"country":"germany"`, `"table":"countries","returnField":"otherCode"`),
		lead(`"id":3,"country":"x"`, `"table":"countries","keyValue":"Germany"`),
		lead(`"id":4,"country":"x"`, `"table":"countries","keyValue":"Narnia"`),
		lead(`"id":5,"nothing":"x"`, `"table":"countries","keyName":"code","keyValue":"AF"`))
	require.Equal(t, `276`, got[0].field("countryNumber"), "field and type of the lookup's own output")
	require.Equal(t, `"DE"`, got[1].field("otherCode"), "the lookup's first output")
	require.Equal(t, `"DE"`, got[2].field("countryCode"))
	require.Equal(t, `"NA"`, got[3].field("countryCode"))
	require.Equal(t, `"AF"`, got[4].field("countryCode"))
}

// What one flow step sets otherwise is not seen by another, nor by the next batch.
func TestTheSettingsOfAFlowStepChangeNobodyElsesLookup(t *testing.T) {
	h := newHouse(t)
	for range 2 {
		got := h.answers(t,
			lead(`"id":1,"country":"?","other":"Germany"`, `"table":"countries","onNoMatch":"default","defaultValue":"XX"`),
			lead(`"id":2,"country":"?","other":"Germany"`, `"table":"countries","onNoMatch":"default"`),
			lead(`"id":3,"country":"?","other":"Germany"`, `"table":"countries","keyValField":"other"`),
			lead(`"id":4,"country":"?","Country":"?","other":"Germany"`, `"table":"countries","keyName":"COUNTRY","keyValue":"Germany","onNoMatch":"clear"`),
			lead(`"id":5,"country":"Narnia","other":"Germany"`, `"table":"countries"`))
		require.Equal(t, `"XX"`, got[0].field("countryCode"))
		require.Equal(t, `"ZZ"`, got[1].field("countryCode"))
		require.Equal(t, `"DE"`, got[2].field("countryCode"))
		require.Equal(t, `"DE"`, got[3].field("countryCode"))
		require.Equal(t, `"NA"`, got[4].field("countryCode"))
	}
}

func TestNoneRunsNoLookup(t *testing.T) {
	got := newHouse(t).answers(t, lead(`"id":1`, `"table":"none"`))[0]
	require.True(t, got.ActivityData.Success)
	require.Nil(t, got.ActivityData.Matched)
	require.Len(t, got.LeadData, 1)
}

func TestALeadWithoutAnIDFailsAlone(t *testing.T) {
	got := newHouse(t).answers(t,
		lead(`"country":"Germany"`, `"table":"countries"`), `null`, lead(`"id":"x","country":"Germany"`, `"table":"countries"`),
		lead(`"id":4,"country":"Germany"`, `"table":"countries"`))
	for _, r := range got[:3] {
		require.Equal(t, engine.CodeLeadIDMissing, r.ActivityData.ErrorCode)
		require.Equal(t, "0", r.field("id"), "the interface requires an integer")
	}
	require.True(t, got[3].ActivityData.Success)
}

func TestTheAnswerSaysWhichRowOfWhichVersion(t *testing.T) {
	h := newHouse(t)
	h.table(t, "countries", "country,code,numeric,note\nFrance,FR,250,\nGermany,DE,276,\n", "")
	got := h.answers(t, lead(`"id":1,"country":"Germany"`, `"table":"countries"`))[0]
	require.Equal(t, 2, got.ActivityData.MatchedRow)
	require.InDelta(t, 1, got.ActivityData.MatchScore, 0)
	require.Equal(t, 2, got.ActivityData.TableVersion)
	require.Equal(t, "table=countries version=2 country=Germany", got.ActivityData.SearchParams)
}

func TestASecondLookupOfATableIsChosenByName(t *testing.T) {
	h := newHouse(t)
	require.NoError(t, h.store.SetLookup("countries", schema.Lookup{
		Name: "by-code", Match: []schema.Match{{Column: "code", Field: "countryCode", Mode: schema.ModeExact}},
		Outputs: []schema.Output{{Column: "country", Field: "country", Type: schema.TypeString}},
	}, "test"))
	got := h.answers(t, lead(`"id":1,"countryCode":"DE"`, `"table":"countries/by-code"`), lead(`"id":2,"countryCode":"de"`, `"table":"countries/by-code"`))
	require.Equal(t, `"Germany"`, got[0].field("country"))
	require.Equal(t, engine.CodeValueNotFound, got[1].ActivityData.ErrorCode, "exact is exact")
}

func TestARowThatTheLookupCannotReadHitsNothingAndTheOthersGoOn(t *testing.T) {
	dir := t.TempDir()
	unreadable(t, dir, "ranges", "range,band\nx[,A\n^y,B\n", "range,band\n^x,A\n", `{"match":[{"column":"range","field":"v","mode":"regex"}],"outputs":[{"column":"band","field":"band"}]}`)
	h := newHouseIn(t, dir)
	got := h.answers(t, lead(`"id":1,"v":"x["`, `"table":"ranges"`), lead(`"id":2,"v":"y"`, `"table":"ranges"`))
	require.Equal(t, engine.CodeValueNotFound, got[0].ActivityData.ErrorCode)
	require.True(t, got[1].ActivityData.Success)
	require.Equal(t, `"B"`, got[1].field("band"))
}

func TestLongTextsAreCutInsideTheLimitsOfTheActivity(t *testing.T) {
	long := strings.Repeat("ü", 3000)
	got := newHouse(t).answers(t, lead(`"id":1,"country":"`+long+`"`, `"table":"countries"`))[0]
	require.LessOrEqual(t, len(got.ActivityData.SearchParams), 2000)
	require.LessOrEqual(t, len(got.ActivityData.Reason), 255)
	require.NotContains(t, got.ActivityData.SearchParams, "\ufffd")
}

func TestTheCallbackIsWhatEncodingJSONWouldMakeOfIt(t *testing.T) {
	h := newHouse(t)
	h.table(t, "odd", "k,v\na,\"<&>\u2028\u0001\"\"\\é\U0001f600\"\n", `{"match":[{"column":"k","field":"k"}],"outputs":[{"column":"v","field":"v","type":"text"}]}`)
	body := `{"token":"t","callbackUrl":"http://127.0.0.1/","context":{"subscription":{"munchkinId":"123-<ABC>"}},"objectData":[` +
		lead(`"id":9007199254740993,"k":"a"`, `"table":"odd"`) + "," + lead(`"id":2,"k":"\"b\u2029\ud800"`, `"table":"odd"`) + `]}`
	callback, _, err := h.Evaluate(t.Context(), []byte(body))
	require.NoError(t, err)
	type activity struct {
		Success      bool     `json:"success"`
		Reason       string   `json:"reason,omitempty"`
		ErrorCode    string   `json:"errorCode,omitempty"`
		ReturnVal    string   `json:"returnVal,omitempty"`
		SearchParams string   `json:"searchParams,omitempty"`
		Matched      *bool    `json:"matched,omitempty"`
		MatchedRow   int      `json:"matchedRow,omitempty"`
		MatchScore   *float32 `json:"matchScore,omitempty"`
		MatchMode    string   `json:"matchMode,omitempty"`
		Lookup       string   `json:"lookup,omitempty"`
		TableVersion int      `json:"tableVersion,omitempty"`
		Outputs      string   `json:"outputs,omitempty"`
	}
	type leadData struct {
		ID int64  `json:"id"`
		V  string `json:"v,omitempty"`
	}
	var parsed struct {
		MunchkinID string `json:"munchkinId"`
		ObjectData []struct {
			LeadData     leadData `json:"leadData"`
			ActivityData activity `json:"activityData"`
		} `json:"objectData"`
	}
	decodeJSON(t, string(callback), &parsed)
	require.Equal(t, "123-<ABC>", parsed.MunchkinID)
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	require.NoError(t, e.Encode(parsed))
	require.Equal(t, "<&>\u2028\u0001\"\\é\U0001f600", parsed.ObjectData[0].LeadData.V)
	require.Equal(t, strings.TrimSpace(b.String()), string(callback))
}

func TestAWorkspaceNeverShowsAnotherBatch(t *testing.T) {
	h := newHouse(t)
	batch := func(leads ...string) []byte {
		return []byte(`{"callbackUrl":"u","objectData":[` + strings.Join(leads, ",") + `]}`)
	}
	var secrets []string
	for i := range 300 {
		secrets = append(secrets, lead(fmt.Sprintf(`"id":%d,"country":"SECRET%d","state":"SECRET","title":"vp"`, i, i), `"table":"countries","onNoMatch":"default","defaultValue":"SECRET"`))
	}
	second := batch(lead(`"id":1,"country":"Germany"`, `"table":"countries"`), lead(`"id":2`, `"table":"states"`), `null`)
	alone, _, err := h.Evaluate(t.Context(), second)
	require.NoError(t, err)
	after, err := h.EvaluateTwice(t.Context(), batch(secrets...), second)
	require.NoError(t, err)
	require.Equal(t, string(alone), string(after))
	require.NotContains(t, string(after), "SECRET")
}
