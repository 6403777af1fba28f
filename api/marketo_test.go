package api_test

import (
	"bytes"
	"encoding/json"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestTheDefinitionIsFrozen guards what can never change after an installation.
func TestTheDefinitionIsFrozen(t *testing.T) {
	for name, set := range map[string]settings{"full": {}, "simple": {simple: true}} {
		s := start(t, set)
		var pretty bytes.Buffer
		require.NoError(t, json.Indent(&pretty, s.json("GET", "/getServiceDefinition", "", http.StatusOK, nil).body, "", "  "))
		file := "testdata/definition-" + name + ".golden.json"
		if *update {
			require.NoError(t, os.MkdirAll("testdata", 0o755))
			require.NoError(t, os.WriteFile(file, pretty.Bytes(), 0o600))
		}
		want, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, string(want), pretty.String(), "the definition can never change after an installation")
	}
}

type definition struct {
	PrimaryAttribute     string
	InvocationPayloadDef struct {
		FlowAttributes    []declared
		UserDrivenMapping bool
	}
	CallbackPayloadDef struct {
		Attributes        []declared
		UserDrivenMapping bool
	}
}

type declared struct {
	APIName, DataType    string
	HasPicklist          bool
	PicklistURL          string
	Required, IsRequired *bool
}

// TestTheDefinitionKeepsTheRulesOfTheInterface is the project's own contract test;
// it runs everywhere.
func TestTheDefinitionKeepsTheRulesOfTheInterface(t *testing.T) {
	s := start(t, settings{})
	var d definition
	s.json("GET", "/getServiceDefinition", "", http.StatusOK, &d)
	types := []string{"boolean", "integer", "date", "datetime", "email", "float", "score", "string", "url", "text"}
	var flow, callback []string
	for _, a := range d.InvocationPayloadDef.FlowAttributes {
		flow = append(flow, a.APIName)
		require.Contains(t, types, a.DataType)
		require.Equal(t, a.HasPicklist, a.PicklistURL != "")
		require.NotNil(t, a.Required)
		require.Equal(t, a.Required, a.IsRequired)
		require.Equal(t, a.APIName == "table", *a.Required)
	}
	for _, a := range d.CallbackPayloadDef.Attributes {
		callback = append(callback, a.APIName)
		require.Contains(t, types, a.DataType)
		require.NotContains(t, []string{"success", "reason", "errorCode", "id"}, a.APIName)
		require.NotContains(t, flow, a.APIName, "flow and callback attributes share no name")
	}
	require.Equal(t, []string{"table", "ruleSet", "keyName", "keyValField", "keyValue", "lookupField", "returnField", "onNoMatch", "defaultValue", "param1", "param2", "param3"}, flow)
	require.Equal(t, []string{
		"returnVal", "searchParams", "matched", "matchedRow", "matchScore", "matchMode", "lookup", "tableVersion", "rulesFired", "ruleSetVersion",
		"value1", "value2", "value3", "value4", "value5", "number1", "number2", "number3", "date1", "flag1", "flag2", "outputs",
	}, callback)
	require.Equal(t, "table", d.PrimaryAttribute)
	require.True(t, d.InvocationPayloadDef.UserDrivenMapping && d.CallbackPayloadDef.UserDrivenMapping)
}

func TestTheSimpleStepShowsFourAttributes(t *testing.T) {
	s := start(t, settings{simple: true})
	var d definition
	s.json("GET", "/getServiceDefinition", "", http.StatusOK, &d)
	var flow []string
	for _, a := range d.InvocationPayloadDef.FlowAttributes {
		flow = append(flow, a.APIName)
	}
	require.Equal(t, []string{"table", "ruleSet", "onNoMatch", "param1"}, flow)
	require.Len(t, d.CallbackPayloadDef.Attributes, 22)
}

func TestTheAPIDefinitionNamesThePublicURL(t *testing.T) {
	s := start(t, settings{})
	var doc struct {
		Servers  []struct{ URL string }
		Security []map[string][]string
		Info     map[string]any
	}
	one := s.json("GET", "/openapi.json", "", http.StatusOK, &doc)
	require.Equal(t, s.url, doc.Servers[0].URL)
	require.Contains(t, doc.Security[0], "apiKey")
	require.Equal(t, "help@example.com", doc.Info["x-supportContact"])
	require.Equal(t, one.body, s.json("GET", "/install", "", http.StatusOK, nil).body)
}

func TestIconsAndInstructionsAreServed(t *testing.T) {
	s := start(t, settings{})
	for _, path := range []string{"/brandIcon", "/serviceIcon"} {
		got := s.send("GET", path, nil, "x-api-key", "")
		require.Equal(t, "image/png", got.header.Get("Content-Type"))
		img, err := png.Decode(bytes.NewReader(got.body))
		require.NoError(t, err)
		require.Equal(t, img.Bounds().Dx(), img.Bounds().Dy())
		require.Contains(t, string(s.send("GET", path, nil, "Accept", "image/svg+xml").body), "<svg")
	}
	page := s.send("GET", "/providerInstructions", nil, "x-api-key", "")
	require.Contains(t, page.header.Get("Content-Type"), "text/html")
	require.Contains(t, string(page.body), s.url+"/openapi.json")
}

type choices struct {
	Choices []struct {
		DisplayValue   map[string]string
		SubmittedValue string
	}
}

// picklist asks as Marketo does, and returns the submitted values.
func (s *service) picklist(name string) []string {
	s.t.Helper()
	var list choices
	s.json("POST", "/getPicklist", `{"name":"`+name+`","type":"flow","fieldMappingContext":{
		"invocation":[{"marketoAttribute":"state"},{"marketoAttribute":"country"},{"marketoAttribute":"email"}],
		"callback":[{"marketoAttribute":"countryCode2"},{"marketoAttribute":"leadScore"}]}}`, http.StatusOK, &list)
	var shown, values []string
	for _, c := range list.Choices {
		shown = append(shown, strings.ToLower(c.DisplayValue["en_US"]))
		values = append(values, c.SubmittedValue)
	}
	require.True(s.t, slices.IsSorted(shown), "%q", shown)
	return values
}

func TestPicklists(t *testing.T) {
	s := start(t, settings{})
	s.table("country-codes", countries, countriesLookup)
	s.table("other", "country,x\na,b\n", "")
	s.json("PUT", "/api/v1/tables/country-codes/lookups/by-code", `{"match":[{"column":"alpha-2","field":"country"}],"outputs":[{"column":"country","field":"country"}]}`, http.StatusOK, nil)
	require.Equal(t, []string{"none", "country-codes", "country-codes/by-code", "other"}, s.picklist("table"))
	require.Equal(t, []string{"none"}, s.picklist("ruleSet"))
	require.Equal(t, []string{"alpha-2", "country", "numeric", "x"}, s.picklist("keyName"))
	require.Equal(t, []string{"alpha-2", "country", "numeric", "x"}, s.picklist("lookupField"))
	require.Equal(t, []string{"country", "email", "state"}, s.picklist("keyValField"))
	require.Equal(t, []string{"countryCode2", "leadScore"}, s.picklist("returnField"))
	require.ElementsMatch(t, []string{"keep", "default", "clear"}, s.picklist("onNoMatch"))
	s.refused(s.send("POST", "/getPicklist", strings.NewReader(`{"name":"param1","type":"flow"}`)), http.StatusNotFound, "NOT_FOUND")
	s.refused(s.send("POST", "/getPicklist", strings.NewReader(`{`)), http.StatusBadRequest, "BAD_REQUEST")
	// What does not say which list it wants is a mistake of the request, and no list that is missing.
	for _, unsaid := range []string{`{}`, `{"type":"flow"}`, `{"name":"","type":"flow"}`, `{"name":null,"type":"flow"}`, `{"name":"table"}`, `{"name":"table","type":""}`} {
		s.refused(s.send("POST", "/getPicklist", strings.NewReader(unsaid)), http.StatusBadRequest, "BAD_REQUEST")
	}
}

func TestAColumnIsShownOnceWithItsTables(t *testing.T) {
	s := start(t, settings{})
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		s.table(name, "country,x"+name+"\nq,r\n", "")
	}
	var list choices
	s.json("POST", "/getPicklist", `{"name":"keyName","type":"flow"}`, http.StatusOK, &list)
	require.Equal(t, "country (a, b, c and 2 more)", list.Choices[0].DisplayValue["en_US"])
}

func TestStatusSaysWhyAPicklistIsEmpty(t *testing.T) {
	s := start(t, settings{})
	var st struct{ Info, Warnings, Errors []string }
	s.json("GET", "/status", "", http.StatusOK, &st)
	all := strings.Join(st.Warnings, "\n")
	require.Contains(t, all, "No table is published")
	require.Contains(t, all, "no outgoing field mapping")
	require.Contains(t, all, "no incoming field mapping")
	require.NotNil(t, st.Errors)
	s.table("country-codes", countries, countriesLookup)
	s.picklist("table")
	s.json("GET", "/status", "", http.StatusOK, &st)
	require.Empty(t, st.Warnings)
	s.json("PUT", "/api/v1/tables/country-codes/lookups/extra", `{"match":[{"column":"country","field":"country"}],"outputs":[{"column":"numeric","field":"countryNumber"}]}`, http.StatusOK, nil)
	s.json("GET", "/status", "", http.StatusOK, &st)
	require.Len(t, st.Warnings, 1)
	require.Contains(t, st.Warnings[0], "countryNumber")
}

func TestUnusableInvocationsAreRefusedByField(t *testing.T) {
	s := start(t, settings{})
	for body, field := range map[string]string{
		`hello`:                                 "",
		`{"objectData":[]}`:                     "callbackUrl",
		`{"callbackUrl":"http://127.0.0.1:1/"}`: "objectData",
		`{"callbackUrl":"http://127.0.0.1:1/","objectData":{}}`:         "objectData",
		`{"callbackUrl":"https://not-allowed.example","objectData":[]}`: "callbackUrl",
		`{"callbackUrl":"` + s.url + `/x","objectData":[]}`:             "callbackUrl",
	} {
		p := s.refused(s.send("POST", "/submitAsyncAction", strings.NewReader(body)), http.StatusBadRequest, "REQUEST_INVALID")
		if field != "" {
			require.Equal(t, field, p.Error.Details[0].Field)
			require.Contains(t, p.Error.Message, field)
		}
	}
	require.Zero(t, s.stats())
}

func TestAnInvocationIsAnswered(t *testing.T) {
	s := start(t, settings{})
	s.table("country-codes", countries, countriesLookup)
	got := make(chan []byte, 1)
	marketo := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var b bytes.Buffer
		if _, err := b.ReadFrom(r.Body); err == nil {
			got <- b.Bytes()
		}
	}))
	defer marketo.Close()
	body := `{"token":"one","apiCallBackKey":"k","campaignId":1,"callbackUrl":"` + marketo.URL + `","context":{"admin":{}},"objectData":[{"objectType":"lead","objectContext":{"id":7315607,"country":" germany"},"flowStepContext":{"table":"country-codes"}}]}`
	s.json("POST", "/submitAsyncAction", body, http.StatusCreated, nil)
	select {
	case callback := <-got:
		require.JSONEq(t, `{"munchkinId":"000-AAA-000","objectData":[{"leadData":{"id":7315607,"countryCode2":"DE"},"activityData":{"success":true,"returnVal":"DE",
			"searchParams":"table=country-codes version=1 country= germany","matched":true,"matchedRow":1,"matchScore":1,"matchMode":"normalized","lookup":"country-codes","tableVersion":1,"outputs":"{\"countryCode2\":\"DE\"}"}}]}`, string(callback))
	case <-time.After(20 * time.Second):
		require.Fail(t, "no callback came")
	}
	require.Eventually(t, func() bool { return s.stats().Delivered == 1 }, 20*time.Second, 5*time.Millisecond)
	var list struct{ Invocations []struct{ ID, State string } }
	s.json("GET", "/api/v1/invocations?state=delivered", "", http.StatusOK, &list)
	require.Len(t, list.Invocations, 1)
	var one struct{ State string }
	s.json("GET", "/api/v1/invocations/"+list.Invocations[0].ID, "", http.StatusOK, &one)
	require.Equal(t, "delivered", one.State)
	s.refused(s.send("POST", "/api/v1/invocations/"+list.Invocations[0].ID+"/replay", nil), http.StatusConflict, "INVOCATION_GONE")
}
