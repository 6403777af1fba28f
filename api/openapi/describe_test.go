package openapi_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"tablestep/api/openapi"
	"tablestep/api/route"
	"tablestep/api/shape"
)

type part struct {
	Name string `json:"name" required:"true" doc:"What it is called."`
	Kind string `json:"kind,omitempty" enum:"a,b"`
	List []int  `json:"list,omitzero"`
}

type base struct {
	Number *int `json:"number" doc:"null: none."`
}

type whole struct {
	base
	Parts  shape.List[part] `json:"parts"`
	One    part             `json:"one" doc:"The first."`
	Maybe  *part            `json:"maybe,omitempty"`
	At     time.Time        `json:"at"`
	Raw    json.RawMessage  `json:"raw"`
	Counts shape.Counts     `json:"counts"`
	Score  float32          `json:"score"`
	Yes    bool             `json:"yes"`
	Big    int64            `json:"big"`
}

func TestAnAnswerHasAllFieldsThatAreNotLeftOut(t *testing.T) {
	of, components, err := openapi.SchemaOf(whole{}, false)
	require.NoError(t, err)
	require.JSONEq(t, `{"$ref":"#/components/schemas/whole"}`, string(of))
	require.JSONEq(t, `{
		"part": {"type":"object","additionalProperties":false,"required":["name"],"properties":{
			"name":{"type":"string","description":"What it is called."},
			"list":{"type":"array","items":{"type":"integer","format":"int64"}},
			"kind":{"type":"string","enum":["a","b"]}}},
		"whole": {"type":"object","additionalProperties":false,"required":["number","parts","one","at","raw","counts","score","yes","big"],"properties":{
			"number":{"type":"integer","format":"int64","nullable":true,"description":"null: none."},
			"parts":{"type":"array","items":{"$ref":"#/components/schemas/part"}},
			"one":{"allOf":[{"$ref":"#/components/schemas/part"}],"description":"The first."},
			"maybe":{"$ref":"#/components/schemas/part"},
			"at":{"type":"string","format":"date-time"},
			"raw":{"type":"object"},
			"counts":{"type":"object","additionalProperties":{"type":"integer","format":"int64"}},
			"score":{"type":"number"},
			"yes":{"type":"boolean"},
			"big":{"type":"integer","format":"int64"}}}}`, string(components))
}

func TestARequestNeedsOnlyWhatItsTagsSay(t *testing.T) {
	of, components, err := openapi.SchemaOf(part{}, true)
	require.NoError(t, err)
	require.JSONEq(t, `{"$ref":"#/components/schemas/partInput"}`, string(of))
	var named map[string]struct{ Required []string }
	require.NoError(t, json.Unmarshal(components, &named))
	require.Equal(t, []string{"name"}, named["partInput"].Required)
	of, components, err = openapi.SchemaOf(base{}, true)
	require.NoError(t, err)
	require.NotContains(t, string(components), "required", "%s", of)
}

func TestWhatCannotBeDescribedIsRefused(t *testing.T) {
	type list struct {
		Channel chan int `json:"channel"`
	}
	type nameless struct{ Field string }
	type nested struct {
		list
	}
	type sliced struct {
		Lists []list `json:"lists"`
	}
	type pointed struct {
		List *list `json:"list"`
	}
	type mapped struct {
		Lists map[string]list `json:"lists"`
	}
	for _, zero := range []any{list{}, nameless{}, nested{}, sliced{}, pointed{}, mapped{}, make(chan int)} {
		_, _, err := openapi.SchemaOf(zero, false)
		require.Error(t, err, "%T", zero)
	}
	type other struct {
		Part struct {
			Name string `json:"name"`
		} `json:"part"`
	}
	_, _, err := openapi.SchemaOf(other{}, false)
	require.NoError(t, err)
}

func TestTwoTypesOfOneNameAreRefused(t *testing.T) {
	first := part{}
	type part struct {
		Other string `json:"other"`
	}
	routes := []route.Route{
		{Method: "GET", Path: "/api/v1/a", Keys: route.Admin, Doc: route.Doc{ID: "a", Gives: route.Answer{Status: 200, Shape: first}}},
		{Method: "GET", Path: "/api/v1/b", Keys: route.Admin, Doc: route.Doc{ID: "b", Gives: route.Answer{Status: 200, Shape: part{}}}},
	}
	_, err := openapi.Describe(openapi.Info{}, routes)
	require.ErrorContains(t, err, "two types are called part")
	require.ErrorContains(t, err, "/api/v1/b")
	_, err = openapi.Describe(openapi.Info{}, []route.Route{{
		Method: "POST", Path: "/api/v1/c", Keys: route.Admin, Doc: route.Doc{Takes: route.Body{Shape: make(chan int)}, Gives: route.Answer{Status: 204}},
	}})
	require.Error(t, err)
}

func TestADocumentHasWhatTheRoutesSay(t *testing.T) {
	raw, err := openapi.Describe(openapi.Info{Title: "T", Version: "7", URL: "https://x.example"}, []route.Route{
		{Method: "GET", Path: "/healthz"},
		{Method: "POST", Path: "/submit", Keys: route.Marketo},
		{Method: "GET", Path: "/api/v1/things/:thing", Keys: route.Admin, Role: route.Viewer, Doc: route.Doc{
			ID: "showThing", Summary: "One.", Gives: route.Answer{Status: 200, Shape: part{}},
			Query: []route.Parameter{{Name: "n", Type: "integer", Text: "How many."}, {Name: "q", Enum: []string{"a", "b"}, Role: route.Owner}},
		}},
		{Method: "PUT", Path: "/api/v1/things/:thing", Keys: route.Admin, Role: route.Editor, Limits: route.Limits{Body: 10}, Doc: route.Doc{
			ID: "setThing", Takes: route.Body{Shape: part{}}, Gives: route.Answer{Status: 204}, Fails: []int{409, 404},
		}},
		{Method: "POST", Path: "/api/v1/files", Keys: route.Admin, Password: true, Limits: route.Limits{Body: 10}, Doc: route.Doc{
			ID: "sendFile", Takes: route.Body{Media: []string{"multipart/form-data", "text/csv", "application/octet-stream", "application/yaml", "application/json"}},
			Gives: route.Answer{Status: 201, Media: []string{"text/csv"}},
		}},
		{Method: "GET", Path: "/api/v1/docs/*", Keys: route.Admin, Doc: route.Doc{ID: "showFile", Gives: route.Answer{Status: 200, Media: []string{"*/*"}}}},
	})
	require.NoError(t, err)
	doc, err := openapi3.NewLoader().LoadFromData(raw)
	require.NoError(t, err)
	require.NoError(t, doc.Validate(t.Context()))
	require.Len(t, doc.Paths.Map(), 3, "only what an admin key opens")
	require.Equal(t, "T", doc.Info.Title)
	require.Equal(t, "https://x.example", doc.Servers[0].URL)
	require.Len(t, doc.Tags, 3)
	require.Equal(t, "things", doc.Tags[0].Name)

	show := doc.Paths.Value("/api/v1/things/{thing}").Get
	require.Equal(t, "showThing", show.OperationID)
	require.True(t, show.Parameters.GetByInAndName("path", "thing").Required)
	require.False(t, show.Parameters.GetByInAndName("query", "n").Required)
	require.Equal(t, []any{"a", "b"}, show.Parameters.GetByInAndName("query", "q").Schema.Value.Enum)
	require.True(t, show.Parameters.GetByInAndName("query", "q").Schema.Value.Type.Is("string"))
	require.True(t, show.Parameters.GetByInAndName("query", "n").Schema.Value.Type.Is("integer"))
	require.Equal(t, "How many.", show.Parameters.GetByInAndName("query", "n").Description)
	require.Equal(t, "admin", show.Parameters.GetByInAndName("query", "q").Extensions["x-role"])
	require.Empty(t, show.Parameters.GetByInAndName("query", "n").Extensions)
	require.Nil(t, show.RequestBody)
	require.Len(t, *show.Security, 1)

	set := doc.Paths.Value("/api/v1/things/{thing}").Put
	require.True(t, set.RequestBody.Value.Required)
	require.Equal(t, "#/components/schemas/partInput", set.RequestBody.Value.Content["application/json"].Schema.Ref)
	require.Empty(t, set.Responses.Value("204").Value.Content)
	require.EqualValues(t, 10, set.Extensions["x-max-body-bytes"])
	require.Equal(t, "editor", set.Extensions["x-role"])

	send := doc.Paths.Value("/api/v1/files").Post
	require.Len(t, *send.Security, 2)
	content := send.RequestBody.Value.Content
	require.Equal(t, []string{"file"}, content["multipart/form-data"].Schema.Value.Required)
	require.True(t, content["text/csv"].Schema.Value.Type.Is("string"))
	require.Empty(t, content["text/csv"].Schema.Value.Format)
	require.Equal(t, "binary", content["application/octet-stream"].Schema.Value.Format)
	require.Nil(t, content["application/yaml"].Schema.Value.Type)
	require.True(t, content["application/json"].Schema.Value.Type.Is("object"))
	require.True(t, doc.Paths.Value("/api/v1/docs/{file}").Get.Parameters.GetByInAndName("path", "file").Required)
}

func TestFailuresFollowFromWhatARouteTakes(t *testing.T) {
	always := []int{401, 429, 500, 503}
	for _, c := range []struct {
		route route.Route
		want  []int
	}{
		{route.Route{Path: "/a"}, always},
		{route.Route{Path: "/a/:b"}, []int{401, 404, 429, 500, 503}},
		{route.Route{Path: "/a/*"}, []int{401, 404, 429, 500, 503}},
		{route.Route{Path: "/a", Doc: route.Doc{Query: []route.Parameter{{Name: "q"}}}}, []int{400, 401, 429, 500, 503}},
		{route.Route{Path: "/a", Limits: route.Limits{Body: 1}}, []int{400, 401, 408, 413, 415, 429, 500, 503}},
		{route.Route{Path: "/a", Doc: route.Doc{Fails: []int{507, 409, 401}}}, []int{401, 409, 429, 500, 503, 507}},
	} {
		require.Equal(t, c.want, openapi.Failures(&c.route))
	}
	require.Equal(t, http.StatusUnauthorized, always[0])
}

// either is a text or a list of numbers.
type either struct{}

func (either) OneOf() []any { return []any{"", []int(nil)} }

// broken has a type that cannot be described.
type broken struct{}

func (broken) OneOf() []any { return []any{make(chan int)} }

func TestAValueOfSeveralTypesIsOneOfThem(t *testing.T) {
	of, _, err := openapi.SchemaOf(struct {
		Field either `json:"field" doc:"Either."`
	}{}, true)
	require.NoError(t, err)
	require.NotEmpty(t, of)
	of, _, err = openapi.SchemaOf(either{}, false)
	require.NoError(t, err)
	require.JSONEq(t, `{"oneOf":[{"type":"string"},{"type":"array","items":{"type":"integer","format":"int64"}}]}`, string(of))
	_, _, err = openapi.SchemaOf(broken{}, false)
	require.ErrorContains(t, err, "a chan int cannot be described")
}
