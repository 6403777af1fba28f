package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// spiDir is where Adobe's interface lies beside the project. It is not part of
// the project, so these tests skip where it is missing; the contract tests in
// marketo_test.go run everywhere.
const spiDir = "../../shared/spi/"

// spi loads the schemas of one of Adobe's files.
func spi(t *testing.T, file string) *openapi3.T {
	t.Helper()
	raw, err := os.ReadFile(spiDir + file)
	if os.IsNotExist(err) {
		t.Skipf("%s is not here", spiDir+file)
	}
	require.NoError(t, err)
	doc, err := openapi3.NewLoader().LoadFromData(raw)
	require.NoError(t, err)
	return doc
}

// satisfies requires that a JSON text satisfies a schema.
func satisfies(t *testing.T, doc *openapi3.T, schema string, raw []byte) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	var v any
	require.NoError(t, d.Decode(&v), "%s", raw)
	ref := doc.Components.Schemas[schema]
	require.NotNil(t, ref, schema)
	require.NoError(t, ref.Value.VisitJSON(v), "%s", raw)
}

// TestTheAPIDefinitionSatisfiesAdobesSchema checks the definition against the
// schema that every service must satisfy. Its root is a schema that stands beside
// the schemas it refers to, so it is moved among them.
func TestTheAPIDefinitionSatisfiesAdobesSchema(t *testing.T) {
	raw, err := os.ReadFile(spiDir + "schema.yaml")
	if os.IsNotExist(err) {
		t.Skipf("%s is not here", spiDir)
	}
	require.NoError(t, err)
	var file any
	require.NoError(t, yaml.Unmarshal(raw, &file))
	root, ok := stringKeys(file).(map[string]any)
	require.True(t, ok)
	components, ok := root["components"].(map[string]any)
	require.True(t, ok)
	schemas, ok := components["schemas"].(map[string]any)
	require.True(t, ok)
	schemas["Root"] = map[string]any{"type": root["type"], "required": root["required"], "properties": root["properties"]}
	schemas["Components"] = map[string]any{"type": "object", "required": components["required"]}
	// What nothing refers to is not part of the schema, and not all of it is one.
	reached := map[string]any{"Components": schemas["Components"]}
	reach(t, "Root", schemas, reached)
	joined, err := yaml.Marshal(map[string]any{
		"openapi": "3.0.1", "info": map[string]any{"title": "x", "version": "1"}, "paths": map[string]any{},
		"components": map[string]any{"schemas": reached},
	})
	require.NoError(t, err)
	doc, err := openapi3.NewLoader().LoadFromData(joined)
	require.NoError(t, err)

	s := start(t, settings{})
	definition := s.json("GET", "/openapi.json", "", http.StatusOK, nil).body
	satisfies(t, doc, "Root", definition)
	var parts struct{ Components json.RawMessage }
	require.NoError(t, json.Unmarshal(definition, &parts))
	satisfies(t, doc, "Components", parts.Components)
	// The check bites: Adobe's own proof of concept fails for this.
	broken := bytes.Replace(definition, []byte("x-supportContact"), []byte("x-other"), 1)
	var v any
	require.NoError(t, json.Unmarshal(broken, &v))
	require.Error(t, doc.Components.Schemas["Root"].Value.VisitJSON(v))
}

// stringKeys turns keys such as 200 into texts, as JSON has them.
func stringKeys(v any) any {
	switch v := v.(type) {
	case map[any]any:
		m := make(map[string]any, len(v))
		for k, x := range v {
			m[fmt.Sprint(k)] = stringKeys(x)
		}
		return m
	case map[string]any:
		for k, x := range v {
			v[k] = stringKeys(x)
		}
	case []any:
		for i, x := range v {
			v[i] = stringKeys(x)
		}
	}
	return v
}

// reach copies a schema and all that it refers to.
func reach(t *testing.T, name string, from, to map[string]any) {
	t.Helper()
	if _, done := to[name]; done {
		return
	}
	to[name] = from[name]
	raw, err := json.Marshal(from[name])
	require.NoError(t, err)
	for _, ref := range regexp.MustCompile(`"\$ref":"#/components/schemas/([^"]+)"`).FindAllSubmatch(raw, -1) {
		reach(t, string(ref[1]), from, to)
	}
}

func TestOurAPIDefinitionIsValidOpenAPI(t *testing.T) {
	s := start(t, settings{})
	doc, err := openapi3.NewLoader().LoadFromData(s.json("GET", "/openapi.json", "", http.StatusOK, nil).body)
	require.NoError(t, err)
	require.NoError(t, doc.Validate(t.Context()))
}

// TestAnswersSatisfyBothDefinitions holds every answer to our own schemas and,
// where they are here, to Adobe's.
func TestAnswersSatisfyBothDefinitions(t *testing.T) {
	s := start(t, settings{})
	s.table("country-codes", countries, countriesLookup)
	own, err := openapi3.NewLoader().LoadFromData(s.json("GET", "/openapi.json", "", http.StatusOK, nil).body)
	require.NoError(t, err)
	t.Run("our own", func(t *testing.T) { s.answersSatisfy(t, own) })
	t.Run("Adobe's", func(t *testing.T) { s.answersSatisfy(t, spi(t, "CFA-Swagger.yaml")) })
}

func (s *service) answersSatisfy(t *testing.T, doc *openapi3.T) {
	satisfies(t, doc, "serviceDefinition", s.json("GET", "/getServiceDefinition", "", http.StatusOK, nil).body)
	satisfies(t, doc, "serviceStatus", s.json("GET", "/status", "", http.StatusOK, nil).body)
	for _, name := range []string{"table", "ruleSet", "keyName", "keyValField", "lookupField", "returnField", "onNoMatch"} {
		got := s.json("POST", "/getPicklist", `{"name":"`+name+`","type":"flow","fieldMappingContext":{"invocation":[{"marketoAttribute":"country"}],"callback":[]}}`, http.StatusOK, nil)
		satisfies(t, doc, "picklistObject", got.body)
	}
	callbacks := make(chan []byte, 10)
	marketo := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err == nil {
			callbacks <- body
		}
	}))
	defer marketo.Close()
	// Every kind of record that there is.
	body := `{"token":"` + t.Name() + `","apiCallBackKey":"k","campaignId":1,"callbackUrl":"` + marketo.URL + `","objectData":[
		{"objectType":"lead","objectContext":{"id":1,"country":"germany"},"flowStepContext":{"table":"country-codes"}},
		{"objectType":"lead","objectContext":{"id":2,"country":"?"},"flowStepContext":{"table":"country-codes"}},
		{"objectType":"lead","objectContext":{"id":3,"country":"?"},"flowStepContext":{"table":"country-codes","onNoMatch":"clear"}},
		{"objectType":"lead","objectContext":{"id":4,"country":"?"},"flowStepContext":{"table":"country-codes","defaultValue":"x"}},
		{"objectType":"lead","objectContext":{"id":9007199254740993},"flowStepContext":{"table":"none"}},
		{"objectType":"lead","objectContext":{"country":"germany"},"flowStepContext":{"table":"country-codes"}},
		null]}`
	s.json("POST", "/submitAsyncAction", body, http.StatusCreated, nil)
	select {
	case callback := <-callbacks:
		satisfies(t, doc, "flowCallBack", callback)
	case <-time.After(20 * time.Second):
		require.Fail(t, "no callback came")
	}
}
