package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/stretchr/testify/require"

	"tablestep/api/apitest"
	"tablestep/api/route"
	"tablestep/api/shape"
)

// document loads the document of the admin API, once a service.
func (s *service) document() *openapi3.T {
	s.t.Helper()
	if s.spec == nil {
		got := s.whole.Send(s.t, "GET", "/api/v1/openapi.json", nil)
		require.Equal(s.t, http.StatusOK, got.Status, "%s", got.Body)
		doc, err := openapi3.NewLoader().LoadFromData(got.Body)
		require.NoError(s.t, err)
		s.spec = doc
	}
	return s.spec
}

// routeOf is the route that answers a request.
func (s *service) routeOf(method, path string) *route.Route {
	s.t.Helper()
	if s.routes == nil {
		table, err := route.NewTable(s.server.Routes())
		require.NoError(s.t, err)
		s.routes = table
	}
	path, _, _ = strings.Cut(path, "?")
	return s.routes.Find([]byte(method), []byte(path))
}

// described is a request as the document's checker takes it; nil where it is none of the
// admin API.
func (s *service) described(method, target string, body []byte, header http.Header) *openapi3filter.RequestValidationInput {
	s.t.Helper()
	r := s.routeOf(method, target)
	if r.Keys != route.Admin || method == http.MethodHead {
		return nil
	}
	var pattern []string
	params := map[string]string{}
	path, _, _ := strings.Cut(target, "?")
	parts := strings.Split(path, "/")
	for i, p := range strings.Split(r.Path, "/") {
		name, ok := strings.CutPrefix(p, ":")
		if p == "*" {
			name, ok = "file", true
		}
		if ok {
			value, err := url.PathUnescape(parts[i])
			require.NoError(s.t, err)
			params[name], p = value, "{"+name+"}"
		}
		pattern = append(pattern, p)
	}
	item := s.document().Paths.Value(strings.Join(pattern, "/"))
	require.NotNil(s.t, item, "%s %s is not in the document", method, r.Path)
	operation := item.GetOperation(method)
	require.NotNil(s.t, operation, "%s %s is not in the document", method, r.Path)
	request := httptest.NewRequest(method, s.url+target, bytes.NewReader(body))
	request.Header = header
	return &openapi3filter.RequestValidationInput{
		Request: request, PathParams: params,
		Route:   &routers.Route{Spec: s.document(), Path: strings.Join(pattern, "/"), PathItem: item, Method: method, Operation: operation},
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}
}

// conforms holds an answer of the admin API against the document: its status is one of
// the route's, and its body of the shape that belongs to it.
func (s *service) conforms(method, target string, got apitest.Answer) {
	s.t.Helper()
	input := s.described(method, target, nil, http.Header{})
	if input == nil {
		return
	}
	if strings.Contains(target, "/docs/") && got.Status == http.StatusOK {
		return // files of others, of all kinds
	}
	require.NoError(s.t, openapi3filter.ValidateResponse(s.t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: got.Status, Header: got.Header,
		Body: io.NopCloser(bytes.NewReader(got.Body)), Options: input.Options,
	}), "%s %s: %d %.2000s", method, target, got.Status, got.Body)
}

// A call is one request and the status of its answer.
type call struct {
	method, path, body, media string
	status                    int
}

// record sends a call, and holds both sides of it against the document. What succeeds
// must be a request that the document allows.
func (s *service) record(c call) {
	s.t.Helper()
	var body io.Reader
	header := http.Header{}
	if c.body != "" {
		if c.media == "" {
			c.media = "application/json"
		}
		body = strings.NewReader(c.body)
		header.Set("Content-Type", c.media)
	}
	got := s.send(c.method, c.path, body, "Content-Type", c.media)
	require.Equal(s.t, c.status, got.status, "%s %s: %s", c.method, c.path, got.body)
	if got.status < 300 {
		require.NoError(s.t, openapi3filter.ValidateRequest(s.t.Context(), s.described(c.method, c.path, []byte(c.body), header)), "%s %s", c.method, c.path)
	}
}

func TestTheDocumentIsValidAndDescribesEveryRouteOfTheAdminAPI(t *testing.T) {
	s := start(t, settings{})
	doc := s.document()
	require.NoError(t, doc.Validate(t.Context()))
	operations, ids := 0, map[string]bool{}
	for _, item := range doc.Paths.Map() {
		for _, o := range item.Operations() {
			operations++
			require.False(t, ids[o.OperationID], "%s is there twice", o.OperationID)
			ids[o.OperationID] = true
			require.NotEmpty(t, o.Summary, o.OperationID)
			require.Contains(t, []any{"viewer", "editor", "publisher", "admin"}, o.Extensions["x-role"], o.OperationID)
		}
	}
	want := 0
	for _, r := range s.server.Routes() {
		if r.Keys == route.Admin {
			want++
		}
	}
	require.Equal(t, want, operations)
	require.Equal(t, s.url, doc.Servers[0].URL)
	require.Equal(t, "test", doc.Info.Version)
	require.EqualValues(t, 1<<20, doc.Paths.Value("/api/v1/tables/{table}/versions").Post.Extensions["x-max-body-bytes"])
}

// A check that never fails is none: answers that differ from the document are found.
func TestTheDocumentBites(t *testing.T) {
	s := start(t, settings{})
	s.table("codes", countries, countriesLookup)
	input := s.described("GET", "/api/v1/tables/codes", nil, http.Header{})
	good := s.send("GET", "/api/v1/tables/codes", nil)
	check := func(status int, body string) error {
		return openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
			RequestValidationInput: input, Status: status, Header: good.header,
			Body: io.NopCloser(strings.NewReader(body)), Options: input.Options,
		})
	}
	require.NoError(t, check(200, string(good.body)))
	for what, broken := range map[string]string{
		"a list that is null":       strings.Replace(string(good.body), `"outputs":[`, `"outputs":null,"x":[`, 1),
		"a field that is unknown":   strings.Replace(string(good.body), `"rows":`, `"more":1,"rows":`, 1),
		"a field that is missing":   strings.Replace(string(good.body), `"live":1,`, ``, 1),
		"a number that is a text":   strings.Replace(string(good.body), `"live":1,`, `"live":"1",`, 1),
		"a time that is none":       strings.Replace(string(good.body), `"updated":"2`, `"updated":"x`, 1),
		"a problem with status 200": `{"error":{"code":"X","message":"x","details":[]}}`,
	} {
		require.NotEqual(t, string(good.body), broken, what)
		require.Error(t, check(200, broken), what)
	}
	require.Error(t, check(404, `{"error":{"code":"X","message":"x","details":null}}`))
	require.Error(t, check(418, `{"error":{"code":"X","message":"x","details":[]}}`), "a status that the route does not have")
}

// Every route is called for what it gives and for what it refuses.
func TestEveryRouteAnswersAsTheDocumentSays(t *testing.T) {
	s := start(t, settings{functions: func() []shape.Function {
		return []shape.Function{{Name: "lower", Signature: "lower(text)", Text: "Small letters.", Group: "text", Examples: []shape.Example{{Expression: `lower("A")`, Result: `"a"`}}}, {Name: "bare"}}
	}})
	const (
		rules = "name: tiers\nrules:\n  - {name: big, when: 'lead.size == \"big\"', set: {tier: '\"A\"'}}\ntests:\n  - {name: one, lead: {size: big}, want: {rules: [big]}}\n"
		slow  = `{"match":[{"column":"country","field":"country","mode":"telepathy"}],"outputs":[]}`
	)
	finished := s.finished()
	called := map[string]map[bool]bool{}
	for _, c := range []call{
		{"GET", "/api/v1/info", "", "", 200},
		{"GET", "/api/v1/functions", "", "", 200},
		{"GET", "/api/v1/openapi.json", "", "", 200},
		{"GET", "/api/v1/docs", "", "", 200},
		{"GET", "/api/v1/docs/swagger-ui.css", "", "", 200},
		{"GET", "/api/v1/docs/nothing.css", "", "", 404},

		{"GET", "/api/v1/tables", "", "", 200}, // none yet
		{"POST", "/api/v1/tables/codes/versions?name=codes.csv", countries, "text/csv", 201},
		{"POST", "/api/v1/tables/codes/versions?publish=false&headerRow=1&delimiter=comma&encoding=UTF-8&confirm=false&force=false&exported=true&leaveOut=LONG_ROW,FOOTER&join=LONG_ROW&message=with%20France", countries + "France,FR,250\n", "application/octet-stream", 201},
		{"POST", "/api/v1/tables/codes/versions?delimiter=%22", countries, "text/csv", 400},
		{"POST", "/api/v1/tables/codes/versions", "country,country\nx,y\n", "text/csv", 422},
		{"POST", "/api/v1/tables/codes/versions", strings.Repeat("a,b\n", 1<<19), "text/csv", 413},
		{"POST", "/api/v1/tables/unpublished/versions?publish=false", countries, "text/csv", 201},
		{"GET", "/api/v1/tables", "", "", 200},
		{"GET", "/api/v1/tables/codes", "", "", 200},
		{"GET", "/api/v1/tables/unpublished", "", "", 200},
		{"GET", "/api/v1/tables/none-such", "", "", 404},
		{"POST", "/api/v1/tables/labelled/versions?label=L%C3%A4nder", countries, "text/csv", 201},
		{"PATCH", "/api/v1/tables/labelled", `{"label":"都道府県"}`, "", 200},
		{"PATCH", "/api/v1/tables/labelled", `{}`, "", 400},
		{"PATCH", "/api/v1/tables/labelled", `{"lable":"x"}`, "", 400},
		{"PATCH", "/api/v1/tables/labelled", `{"label":"` + strings.Repeat("x", 256) + `"}`, "", 400},
		{"PATCH", "/api/v1/tables/none-such", `{"label":"x"}`, "", 404},
		{"PATCH", "/api/v1/tables/labelled", `{"description":"d","owner":"o","hidden":true,"order":2}`, "", 200},
		{"PATCH", "/api/v1/tables/labelled", `{"order":-2}`, "", 400},
		{"POST", "/api/v1/tables/labelled/copy?force=false", `{"name":"copied"}`, "", 201},
		{"POST", "/api/v1/tables/labelled/copy", `{"name":"copied"}`, "", 409},
		{"POST", "/api/v1/tables/copied/rename", `{"name":"called-anew"}`, "", 200},
		{"POST", "/api/v1/tables/labelled/copy", `{"name":"copied"}`, "", 409},
		{"POST", "/api/v1/tables/labelled/rename?force=false", `{"name":"called-anew"}`, "", 409},
		{"POST", "/api/v1/tables/none-such/rename", `{"name":"x"}`, "", 404},
		{"POST", "/api/v1/tables/labelled/rename", `{"nmae":"x"}`, "", 400},
		{"GET", "/api/v1/tables/called-anew/history", "", "", 200},
		{"DELETE", "/api/v1/tables/called-anew", "", "", 204},
		{"GET", "/api/v1/suggest?file=L%C3%A4nder.csv", "", "", 200},
		{"GET", "/api/v1/suggest?file=codes.csv", "", "", 200},
		{"GET", "/api/v1/suggest", "", "", 400},
		{"POST", "/api/v1/tables/labelled/lookups/labelled/confirm", "", "", 200},
		{"POST", "/api/v1/tables/labelled/lookups/labelled/confirm", "", "", 200},
		{"POST", "/api/v1/tables/labelled/lookups/none-such/confirm", "", "", 404},
		{"POST", "/api/v1/tables/none-such/lookups/none-such/confirm", "", "", 404},
		{"GET", "/api/v1/tables/codes/versions", "", "", 200},
		{"GET", "/api/v1/tables/none-such/versions", "", "", 404},
		{"GET", "/api/v1/tables/codes/versions/1/findings?code=SHORT_ROW,EMPTY_KEY&severity=change,note&offset=0&limit=10", "", "", 200},
		{"GET", "/api/v1/tables/codes/versions/live/findings", "", "", 200},
		{"GET", "/api/v1/tables/codes/versions/x/findings", "", "", 400},
		{"GET", "/api/v1/tables/codes/versions/1/findings?severity=bad", "", "", 400},
		{"GET", "/api/v1/tables/codes/versions/99/findings", "", "", 404},
		{"POST", "/api/v1/tables/codes/live", `{"version":2}`, "", 200},
		{"POST", "/api/v1/tables/codes/live", `{"rollback":true}`, "", 200},
		{"POST", "/api/v1/tables/codes/live", `{"version":99}`, "", 404},
		{"POST", "/api/v1/tables/codes/live", `{"verison":1}`, "", 400},
		{"POST", "/api/v1/tables/codes/live?dryRun=true", `{"version":2}`, "", 200},
		{"POST", "/api/v1/tables/codes/live?dryRun=true", `{"version":99}`, "", 200},
		{"POST", "/api/v1/tables/codes/live?dryRun=true", `{"rollback":true}`, "", 200},
		{"DELETE", "/api/v1/tables/codes/scheduled", "", "", 404},
		{"POST", "/api/v1/tables/codes/live", `{"version":2,"at":"soon"}`, "", 400},
		{"POST", "/api/v1/tables/codes/live", `{"version":2,"at":"2001-01-01"}`, "", 400},
		{"POST", "/api/v1/tables/codes/live", `{"rollback":true,"at":"` + nextYear + `"}`, "", 400},
		{"POST", "/api/v1/tables/codes/live", `{"version":2,"at":"` + nextYear + `"}`, "", 200},
		{"POST", "/api/v1/tables/codes/live", `{"version":1,"at":"` + nextYear + `"}`, "", 409},
		{"POST", "/api/v1/tables/codes/live?replace=true", `{"version":1,"at":"` + nextYear + `"}`, "", 200},
		{"POST", "/api/v1/tables/codes/live?dryRun=true", `{"version":2,"at":"` + nextYear + `"}`, "", 200},
		{"GET", "/api/v1/tables", "", "", 200},
		{"DELETE", "/api/v1/tables/codes/scheduled", "", "", 204},
		{"POST", "/api/v1/tables/codes/live", `{} {}`, "", 400},
		{"POST", "/api/v1/tables/codes/live", `{}`, "", 404},
		{"GET", "/api/v1/tables/codes/rows", "", "", 200},
		{"GET", "/api/v1/tables/codes/rows?version=1&offset=1&limit=1&q=a&sort=-country", "", "", 200},
		{"GET", "/api/v1/tables/codes/rows?q=nowhere", "", "", 200},
		{"GET", "/api/v1/tables/codes/rows?column=country&contains=AN&column=alpha-2&equals=de&columns=alpha-2,%22country%22", "", "", 200},
		{"GET", "/api/v1/tables/codes/rows?finding=DUPLICATE_KEY", "", "", 200},
		{"GET", "/api/v1/tables/codes/rows?column=country", "", "", 400},
		{"GET", "/api/v1/tables/codes/rows?columns=nothing", "", "", 422},
		{"GET", "/api/v1/tables/codes/rows?limit=many", "", "", 400},
		{"GET", "/api/v1/tables/codes/rows?sort=nothing", "", "", 422},
		{"GET", "/api/v1/tables/unpublished/rows", "", "", 404},
		{"PUT", "/api/v1/tables/codes/lookups/codes", countriesLookup, "", 200},
		{"POST", "/api/v1/tables/codes/versions", "country\nGermany\n", "text/csv", 409},
		{"PUT", "/api/v1/tables/codes/lookups/bare?force=true", `{"match":[{"column":"country","field":"country"}]}`, "", 200},
		{"PUT", "/api/v1/tables/codes/lookups/codes", slow, "", 400},
		{"PUT", "/api/v1/tables/codes/lookups/codes?force=perhaps", slow, "", 400},
		{"PUT", "/api/v1/tables/codes/lookups/codes", `{"match":[{"column":"nope","field":"x"}],"outputs":[]}`, "", 422},
		{"PUT", "/api/v1/tables/codes/lookups/circle?force=true", `{"match":[{"column":"country","field":"country"}],"else":"codes/circle"}`, "", 422},
		{"PUT", "/api/v1/tables/none-such/lookups/l", countriesLookup, "", 404},
		{"PUT", "/api/v1/tables/codes/lookups/codes?publish=false", strings.Replace(countriesLookup, `"field":"country"`, `"field":"land"`, 1), "", 200},
		{"PUT", "/api/v1/tables/codes/lookups/codes?publish=perhaps", countriesLookup, "", 400},
		{"PUT", "/api/v1/tables/unpublished/lookups/unpublished", countriesLookup, "", 200},
		{"GET", "/api/v1/tables/codes/lookups/codes/versions", "", "", 200},
		{"GET", "/api/v1/tables/codes/lookups/none-such/versions", "", "", 404},
		{"POST", "/api/v1/tables/codes/lookups/codes/live", `{"version":2}`, "", 200},
		{"POST", "/api/v1/tables/codes/lookups/codes/live", `{"rollback":true}`, "", 200},
		{"POST", "/api/v1/tables/codes/lookups/codes/live", `{"version":99}`, "", 404},
		{"POST", "/api/v1/tables/codes/lookups/codes/live", `{"version":-1}`, "", 404},
		{"POST", "/api/v1/tables/codes/lookups/codes/live", `{"lookups":{"codes":1}}`, "", 400},
		{"POST", "/api/v1/tables/codes/lookups/none-such/live", `{"version":1}`, "", 404},
		{"POST", "/api/v1/tables/none-such/lookups/l/live", `{"rollback":true}`, "", 404},
		{"POST", "/api/v1/tables/codes/live", `{"version":2,"lookups":{"codes":2,"bare":1}}`, "", 200},
		{"POST", "/api/v1/tables/codes/live", `{"version":1,"lookups":{"codes":1}}`, "", 200},
		{"POST", "/api/v1/tables/codes/live", `{"lookups":{"codes":1}}`, "", 200},
		{"POST", "/api/v1/tables/unpublished/live", `{"lookups":{"unpublished":1}}`, "", 200},
		{"POST", "/api/v1/tables/codes/live", `{"version":2,"lookups":{"codes":99}}`, "", 404},
		{"POST", "/api/v1/tables/codes/live", `{"version":2,"lookups":{"none-such":1}}`, "", 404},
		{"POST", "/api/v1/tables/codes/live", `{"version":2,"lookups":{"":1}}`, "", 400},
		{"POST", "/api/v1/tables/codes/live", `{"rollback":true,"lookups":{"codes":1}}`, "", 400},
		{"POST", "/api/v1/tables/renamed/versions", "country,code\nGermany,DE\n", "text/csv", 201},
		{"PUT", "/api/v1/tables/renamed/lookups/renamed", `{"match":[{"column":"country","field":"country"}],"outputs":[]}`, "", 200},
		{"POST", "/api/v1/tables/renamed/versions?publish=false&force=true", "land,code\nGermany,DE\n", "text/csv", 201},
		{"POST", "/api/v1/tables/renamed/live", `{"version":2,"lookups":{"renamed":1}}`, "", 422},
		{"GET", "/api/v1/tables/codes/lookups/bare", "", "", 200},
		{"GET", "/api/v1/tables/codes/lookups/none-such", "", "", 404},
		{"DELETE", "/api/v1/tables/codes/lookups/bare", "", "", 204},
		{"DELETE", "/api/v1/tables/codes/lookups/bare", "", "", 404},
		{"POST", "/api/v1/tables/codes/lookups/bare/restore", "", "", 200},
		{"POST", "/api/v1/tables/codes/lookups/bare/restore", "", "", 409},
		{"POST", "/api/v1/tables/codes/lookups/none-such/restore", "", "", 404},
		{"DELETE", "/api/v1/tables/codes/lookups/bare?force=true", "", "", 204},
		{"PATCH", "/api/v1/tables/codes/rows", `{"upsert":[{"country":"Germany","numeric":"277"},{"country":"Spain"}],"delete":[{"country":"Afghanistan"},{"country":"Atlantis"}]}`, "", 200},
		{"PATCH", "/api/v1/tables/codes/rows?version=1&publish=false", `{"set":[{"row":1,"cells":{"alpha-2":"x"}}]}`, "", 412},
		{"PATCH", "/api/v1/tables/codes/rows?publish=false&message=as%20an%20example", `{"set":[{"row":1,"cells":{"alpha-2":"x"}}],"insert":[{"before":1,"cells":{"country":"Chad"}}],"deleteRows":[2]}`, "", 200},
		{"PATCH", "/api/v1/tables/codes/rows?version=x", `{"deleteRows":[1]}`, "", 400},
		{"PATCH", "/api/v1/tables/codes/rows?publish=x", `{"deleteRows":[1]}`, "", 400},
		{"PATCH", "/api/v1/tables/codes/rows", `{"deleteRows":[99]}`, "", 400},
		{"POST", "/api/v1/tables/twice/versions", "k,v\na,1\nA,2\n", "text/csv", 201},
		{"PUT", "/api/v1/tables/twice/lookups/twice", `{"match":[{"column":"k","field":"k"}],"outputs":[]}`, "", 200},
		{"PATCH", "/api/v1/tables/twice/rows", `{"upsert":[{"k":"a","v":"3"}]}`, "", 409},
		{"GET", "/api/v1/tables/codes/columns/alpha-2/values?top=2&version=1", "", "", 200},
		{"GET", "/api/v1/tables/codes/columns/nope/values", "", "", 422},
		{"GET", "/api/v1/tables/codes/columns/alpha-2/values?top=x", "", "", 400},
		{"GET", "/api/v1/tables/codes/columns/alpha-2/values?version=x", "", "", 400},
		{"GET", "/api/v1/tables/codes/columns/alpha-2/values?top=1001", "", "", 400},
		{"GET", "/api/v1/tables/none-such/columns/code/values", "", "", 404},
		{"GET", "/api/v1/find?q=germany&limit=1", "", "", 200},
		{"GET", "/api/v1/find?q=nowhere", "", "", 200},
		{"GET", "/api/v1/find", "", "", 400},
		{"GET", "/api/v1/find?q=a&limit=x", "", "", 400},
		{"GET", "/api/v1/find?q=a&limit=101", "", "", 400},
		{"POST", "/api/v1/preview?name=x.csv&headerRow=1&delimiter=comma&encoding=UTF-8", countries, "text/csv", 200},
		{"POST", "/api/v1/preview", "a\n\n\"b\nc\"\n", "application/octet-stream", 200},
		{"POST", "/api/v1/preview?delimiter=%22", countries, "text/csv", 400},
		{"POST", "/api/v1/preview", "%PDF-1.7", "application/octet-stream", 422},
		{"PATCH", "/api/v1/tables/codes/rows", `{"upsert":[{"nope":"x"}]}`, "", 422},
		{"PATCH", "/api/v1/tables/codes/rows", `[`, "", 400},
		{"PATCH", "/api/v1/tables/none-such/rows", `{}`, "", 404},
		{"POST", "/api/v1/tables/codes/columns/numeric", `{"numbers":"1.234,5"}`, "", 200},
		{"POST", "/api/v1/tables/codes/columns/numeric", `{"numbers":"none"}`, "", 400},
		{"POST", "/api/v1/tables/codes/columns/none", `{"numbers":"1.234,5"}`, "", 422},
		{"POST", "/api/v1/tables/none-such/columns/numeric", `{"numbers":"1.234,5"}`, "", 404},
		{"GET", "/api/v1/tables/codes/aliases", "", "", 200},
		{"GET", "/api/v1/tables/codes/aliases?offset=x", "", "", 400},
		{"POST", "/api/v1/tables/codes/aliases", `{"values":{"country":"Allemagne"},"action":"map","target":{"country":"Germany"}}`, "", 201},
		{"POST", "/api/v1/tables/codes/aliases", `{"aliases":[{"values":{"country":"nowhere"},"action":"ignore"},{"values":{"country":"Deutschland"},"action":"map","target":{"country":"Germany"}}]}`, "", 201},
		{"POST", "/api/v1/tables/codes/aliases", `{"values":{"country":"ALLEMAGNE"},"action":"ignore"}`, "", 409},
		{"POST", "/api/v1/tables/codes/aliases", `{"values":{"country":"x"},"action":"map","target":{"country":"nowhere"}}`, "", 422},
		{"GET", "/api/v1/tables/codes/aliases?lookup=codes&limit=2", "", "", 200},
		{"DELETE", "/api/v1/tables/codes/aliases/2", "", "", 204},
		{"DELETE", "/api/v1/tables/codes/aliases/2", "", "", 404},
		{"DELETE", "/api/v1/tables/codes/aliases/x", "", "", 404},
		{"POST", "/api/v1/tables/codes/aliases/rows", `{"ids":[2]}`, "", 404},
		{"POST", "/api/v1/tables/codes/aliases/rows", `{}`, "", 400},
		{"POST", "/api/v1/tables/codes/aliases/rows", `{"ids":[3]}`, "", 200},
		{"GET", "/api/v1/tables/codes/draft", "", "", 404},
		{"GET", "/api/v1/tables/codes/draft/rows", "", "", 404},
		{"DELETE", "/api/v1/tables/codes/draft", "", "", 404},
		{"POST", "/api/v1/tables/codes/draft/save", `{}`, "", 404},
		{"PATCH", "/api/v1/tables/codes/draft/rows?version=1", `{"deleteRows":[1]}`, "", 412},
		{"PATCH", "/api/v1/tables/codes/draft/rows", `{"deleteRows":[1],"set":[{"row":2,"cells":{"numeric":"1"}}]}`, "", 200},
		{"PATCH", "/api/v1/tables/codes/draft/rows", `{"deleteRows":[99]}`, "", 400},
		{"PATCH", "/api/v1/tables/codes/draft/rows?version=x", `{"deleteRows":[1]}`, "", 400},
		{"GET", "/api/v1/tables/codes/draft", "", "", 200},
		{"GET", "/api/v1/tables/codes/draft/rows?q=a&sort=country", "", "", 200},
		{"GET", "/api/v1/tables/codes/draft/rows?sort=nothing", "", "", 422},
		{"POST", "/api/v1/tables/codes/draft/save?confirm=x", `{}`, "", 400},
		{"POST", "/api/v1/tables/codes/draft/save", `{"publish":false,"message":"as an example"}`, "", 200},
		{"POST", "/api/v1/tables/begun/draft?name=codes.csv&headerRow=1", countries, "text/csv", 201},
		{"POST", "/api/v1/tables/begun/draft", "a,a\n1,2\n", "text/csv", 422},
		{"POST", "/api/v1/tables/begun/draft?headerRow=x", countries, "text/csv", 400},
		{"DELETE", "/api/v1/tables/begun/draft", "", "", 204},
		{"GET", "/api/v1/tables/codes/diff", "", "", 200},
		{"GET", "/api/v1/tables/codes/diff?from=1&to=2", "", "", 200},
		{"GET", "/api/v1/tables/codes/diff?from=x", "", "", 400},
		{"GET", "/api/v1/tables/codes/diff?to=x", "", "", 400},
		{"GET", "/api/v1/tables/codes/diff?from=1&to=99", "", "", 404},
		{"GET", "/api/v1/tables/codes/export", "", "", 200},
		{"GET", "/api/v1/tables/codes/export?format=xlsx&version=1", "", "", 200},
		{"GET", "/api/v1/tables/codes/export?format=pdf", "", "", 400},
		{"GET", "/api/v1/tables/codes/export?version=x", "", "", 400},
		{"GET", "/api/v1/tables/codes/export?version=99", "", "", 404},
		{"GET", "/api/v1/tables/codes/history", "", "", 200},
		{"GET", "/api/v1/tables/none-such/history", "", "", 404},
		{"GET", "/api/v1/tables/codes/usage", "", "", 200},
		{"GET", "/api/v1/tables/none-such/usage", "", "", 404},
		{"PUT", "/api/v1/tables/codes/lookups/turns", `{"match":[],"hitPolicy":"rotate","rowKey":"country"}`, "", 200},
		{"GET", "/api/v1/tables/codes/counters", "", "", 200},
		{"GET", "/api/v1/tables/codes/counters?lookup=turns", "", "", 200},
		{"GET", "/api/v1/tables/codes/counters?lookup=codes", "", "", 400},
		{"GET", "/api/v1/tables/codes/counters?lookup=none-such", "", "", 404},
		{"GET", "/api/v1/tables/none-such/counters", "", "", 404},
		{"PUT", "/api/v1/tables/codes/counters", `{"lookup":"turns","rows":[{"row":"Germany","leads":7}]}`, "", 200},
		{"PUT", "/api/v1/tables/codes/counters", `{"lookup":"turns","rows":[{"row":"Narnia","leads":7}]}`, "", 400},
		{"PUT", "/api/v1/tables/codes/counters", `{"lookup":"turns","rows":[{"row":"Germany","inPeriod":7}]}`, "", 400},
		{"PUT", "/api/v1/tables/codes/counters", `{"lookup":"turns"}`, "", 400},
		{"PUT", "/api/v1/tables/codes/counters", `{"lookup":"turns","reset":true}`, "", 200},
		{"PUT", "/api/v1/tables/none-such/counters", `{"reset":true}`, "", 404},
		{"DELETE", "/api/v1/tables/codes/lookups/turns", "", "", 204},

		{"GET", "/api/v1/rulesets", "", "", 200}, // none yet
		{"PUT", "/api/v1/rulesets/tiers", rules, "application/yaml", 200},
		{"PUT", "/api/v1/rulesets/tiers?publish=false&force=true", strings.Replace(rules, `"A"`, `"B"`, 1), "application/yaml", 200},
		{"PUT", "/api/v1/rulesets/draft?publish=false", strings.Replace(rules, "tiers", "draft", 1), "text/plain", 200},
		{"PUT", "/api/v1/rulesets/tiers", strings.Replace(rules, "==", "=", 1), "application/yaml", 422},
		{"PUT", "/api/v1/rulesets/other", rules, "application/yaml", 400},
		{"PUT", "/api/v1/rulesets/tiers?publish=x", rules, "application/yaml", 400},
		{"PUT", "/api/v1/rulesets/tiers?force=x", rules, "application/yaml", 400},
		{"GET", "/api/v1/rulesets", "", "", 200},
		{"GET", "/api/v1/rulesets/tiers", "", "", 200},
		{"GET", "/api/v1/rulesets/draft", "", "", 200},
		{"GET", "/api/v1/rulesets/none-such", "", "", 404},
		{"GET", "/api/v1/rulesets/tiers/versions", "", "", 200},
		{"GET", "/api/v1/rulesets/none-such/versions", "", "", 404},
		{"POST", "/api/v1/rulesets/tiers/live", `{"version":2}`, "", 200},
		{"POST", "/api/v1/rulesets/tiers/live", `{"rollback":true}`, "", 200},
		{"POST", "/api/v1/rulesets/tiers/live", `{"version":99}`, "", 404},
		{"POST", "/api/v1/rulesets/tiers/live", `{"v":1}`, "", 400},
		{"POST", "/api/v1/rulesets/tiers/test", `{"leads":[{"size":"big"},{"size":"small"}]}`, "", 200},
		{"POST", "/api/v1/rulesets/tiers/test", `{}`, "", 200},
		{"POST", "/api/v1/rulesets/tiers/test", `{"source":"name: tiers\nrules: 7"}`, "", 422},
		{"POST", "/api/v1/rulesets/tiers/test", `{"leads":[7]}`, "", 400},
		{"POST", "/api/v1/rulesets/tiers/test", `{"lead":[]}`, "", 400},
		{"POST", "/api/v1/rulesets/none-such/test", `{}`, "", 404},
		{"GET", "/api/v1/rulesets/tiers/diff?from=1&to=2", "", "", 200},
		{"GET", "/api/v1/rulesets/tiers/diff", "", "", 404},
		{"GET", "/api/v1/rulesets/tiers/diff?from=x", "", "", 400},
		{"GET", "/api/v1/rulesets/tiers/diff?to=x", "", "", 400},
		{"GET", "/api/v1/rulesets/tiers/diff?to=99", "", "", 404},
		{"GET", "/api/v1/rulesets/tiers/diff?from=99&to=2", "", "", 404},
		{"GET", "/api/v1/rulesets/draft/diff", "", "", 404},
		{"GET", "/api/v1/rulesets/none-such/diff", "", "", 404},
		{"GET", "/api/v1/rulesets/tiers/export", "", "", 200},
		{"GET", "/api/v1/rulesets/tiers/export?version=x", "", "", 400},
		{"GET", "/api/v1/rulesets/tiers/export?version=99", "", "", 404},
		{"GET", "/api/v1/rulesets/tiers/history", "", "", 200},
		{"GET", "/api/v1/rulesets/none-such/history", "", "", 404},

		{"POST", "/api/v1/evaluate", `{"leads":[{"country":"GERMANY"},{"country":"Germani"},{"id":null}],"flow":{"table":"codes","ruleSet":"tiers"}}`, "", 200},
		{"POST", "/api/v1/evaluate", `{"leads":[{"size":"big"}],"flow":{"table":"none","ruleSet":"tiers"}}`, "", 200},
		{"POST", "/api/v1/evaluate", `{"leads":[{"country":"x"}],"flow":{"table":"none-such"}}`, "", 200},
		{"PUT", "/api/v1/tables/codes/lookups/chain?force=true", `{"match":[{"column":"country","field":"country"}],"then":"codes","else":"none-such"}`, "", 200},
		{"POST", "/api/v1/evaluate", `{"leads":[{"country":"GERMANY"},{"country":"Germani"}],"flow":{"table":"codes/chain"}}`, "", 200},
		{"DELETE", "/api/v1/tables/codes/lookups/chain?force=true", "", "", 204},
		{"POST", "/api/v1/evaluate", `{"leads":[{"country":"x"}],"flow":{"table":"codes"},"asOf":"2026-01-31T09:00:00Z"}`, "", 200},
		{"POST", "/api/v1/evaluate", `{"leads":[{"country":"x"}],"asOf":"tomorrow"}`, "", 400},
		{"POST", "/api/v1/evaluate", `{"leads":[]}`, "", 400},
		{"POST", "/api/v1/evaluate", `{"leads":[7]}`, "", 400},
		{"POST", "/api/v1/evaluate", `{`, "", 400},

		{"GET", "/api/v1/invocations", "", "", 200},
		{"GET", "/api/v1/invocations?state=dead&limit=1", "", "", 200},
		{"GET", "/api/v1/invocations?state=asleep", "", "", 400},
		{"GET", "/api/v1/invocations?limit=x", "", "", 400},
		{"GET", "/api/v1/invocations/" + finished, "", "", 200},
		{"GET", "/api/v1/invocations/7", "", "", 404},
		{"GET", "/api/v1/invocations/what", "", "", 404},
		{"POST", "/api/v1/invocations/replay", `{"state":"dead","from":"2020-01-01T00:00:00Z","to":"2021-01-01T00:00:00Z"}`, "", 202},
		{"POST", "/api/v1/invocations/replay", `{"state":"dead","from":"2021-01-01T00:00:00Z","to":"2021-01-01T00:00:00Z"}`, "", 400},
		{"POST", "/api/v1/invocations/replay", `{"state":"delivered","from":"2020-01-01T00:00:00Z","to":"2021-01-01T00:00:00Z"}`, "", 400},
		{"POST", "/api/v1/invocations/replay", `{"from":7}`, "", 400},
		{"POST", "/api/v1/invocations/" + finished + "/replay", "", "", 202},
		{"POST", "/api/v1/invocations/7/replay", "", "", 404},

		{"GET", "/api/v1/backup", "", "", 200},

		{"GET", "/api/v1/rulesets/tiers?version=1", "", "", 200},
		{"GET", "/api/v1/rulesets/tiers?version=99", "", "", 404},
		{"GET", "/api/v1/rulesets/tiers?version=x", "", "", 400},
		{"GET", "/api/v1/rulesets?deleted=true", "", "", 200}, // none yet
		{"GET", "/api/v1/rulesets?deleted=perhaps", "", "", 400},
		{"GET", "/api/v1/tables?deleted=true", "", "", 200},
		{"GET", "/api/v1/tables?deleted=perhaps", "", "", 400},
		{"DELETE", "/api/v1/rulesets/tiers", "", "", 204},
		{"DELETE", "/api/v1/rulesets/tiers", "", "", 404},
		{"GET", "/api/v1/rulesets?deleted=true", "", "", 200},
		{"POST", "/api/v1/rulesets/tiers/restore?as=draft", "", "", 409},
		{"POST", "/api/v1/rulesets/tiers/restore?as=no%20name", "", "", 400},
		{"POST", "/api/v1/rulesets/tiers/restore?as=levels", "", "", 200},
		{"POST", "/api/v1/rulesets/tiers/restore", "", "", 404},
		{"DELETE", "/api/v1/rulesets/levels?purge=perhaps", "", "", 400},
		{"DELETE", "/api/v1/rulesets/levels?purge=true", "", "", 204},
		{"DELETE", "/api/v1/rulesets/levels?purge=true", "", "", 404},
		{"DELETE", "/api/v1/tables/codes", "", "", 204},
		{"DELETE", "/api/v1/tables/codes", "", "", 404},
		{"GET", "/api/v1/tables?deleted=true", "", "", 200},
		{"POST", "/api/v1/tables/codes/restore?as=unpublished", "", "", 409},
		{"POST", "/api/v1/tables/codes/restore?as=no%20name", "", "", 400},
		{"POST", "/api/v1/tables/codes/restore", "", "", 200},
		{"POST", "/api/v1/tables/codes/restore", "", "", 404},
		{"DELETE", "/api/v1/tables/codes?purge=perhaps", "", "", 400},
		{"DELETE", "/api/v1/tables/codes?purge=true", "", "", 204},
		{"DELETE", "/api/v1/tables/codes?purge=true", "", "", 404},
	} {
		s.record(c)
		r := s.routeOf(c.method, c.path)
		name := r.Method + " " + r.Path
		if called[name] == nil {
			called[name] = map[bool]bool{}
		}
		called[name][c.status < 300] = true
	}
	for _, r := range s.server.Routes() {
		if r.Keys != route.Admin {
			continue
		}
		name := r.Method + " " + r.Path
		require.True(t, called[name][true], "%s is called for what it gives", name)
		require.True(t, called[name][false] || len(r.Params()) == 0 && len(r.Query) == 0 && r.Body == 0, "%s is called for what it refuses", name)
	}
}

// finished is the number of an invocation that was given up, so that it can be replayed.
func (s *service) finished() string {
	s.t.Helper()
	marketo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) }))
	s.t.Cleanup(marketo.Close)
	s.json("POST", "/submitAsyncAction", `{"token":"one","apiCallBackKey":"k","campaignId":1,"callbackUrl":"`+marketo.URL+`","objectData":[{"objectType":"lead","objectContext":{"id":1},"flowStepContext":{"table":"gone"}}]}`, http.StatusCreated, nil)
	var list shape.Invocations
	require.Eventually(s.t, func() bool {
		s.json("GET", "/api/v1/invocations?state=dead", "", http.StatusOK, &list)
		return len(list.Invocations) == 1
	}, 20*time.Second, 5*time.Millisecond)
	require.Equal(s.t, 1, list.Invocations[0].Summary.Codes["TABLE_NOT_FOUND"])
	return list.Invocations[0].ID
}

func TestAFormIsAllowedByTheDocument(t *testing.T) {
	s := start(t, settings{})
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", "codes.csv")
	require.NoError(t, err)
	_, err = io.WriteString(part, countries)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	s.record(call{"POST", "/api/v1/tables/codes/versions", form.String(), w.FormDataContentType(), 201})
}

// Lists that are empty are lists. Each of these was null before.
func TestNoListIsEverNull(t *testing.T) {
	s := start(t, settings{})
	s.table("codes", countries, "")
	s.json("PUT", "/api/v1/tables/codes/lookups/bare", `{"match":[{"column":"country","field":"country"}]}`, http.StatusOK, nil)
	for target, lists := range map[string][]string{
		"/api/v1/tables?deleted=true":                 {"tables", "deleted"},
		"/api/v1/tables/codes/lookups/bare":           {"outputs"},
		"/api/v1/tables/codes/lookups/codes/versions": {"versions"},
		"/api/v1/tables/codes/versions":               {"versions"},
		"/api/v1/tables/codes/history":                {"history"},
		"/api/v1/tables/codes/usage":                  {"campaigns", "ruleSets", "chains"},
		"/api/v1/tables/codes/counters":               {"counters"},
		"/api/v1/tables/codes/rows?q=nowhere":         {"rows"},
		"/api/v1/tables/codes/rows?offset=99":         {"rows"},
		"/api/v1/tables/codes/columns/country/values": {"values"},
		"/api/v1/find?q=nowhere":                      {"tables", "unsearched"},
		"/api/v1/rulesets":                            {"ruleSets"},
		"/api/v1/rulesets?deleted=true":               {"ruleSets", "deleted"},
		"/api/v1/invocations":                         {"invocations"},
		"/api/v1/functions":                           {"functions"},
		"/api/v1/info":                                {"damaged"},
	} {
		got := s.send("GET", target, nil)
		var fields map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(got.body, &fields), "%s", got.body)
		for _, name := range lists {
			require.Regexp(t, `^\[`, string(fields[name]), "%s of %s", name, target)
		}
		require.NotRegexp(t, `"(outputs|match|warnings|columns|sheets|rows|codes|tableVersions|ruleSetVersions|recentAttempts)":null`, string(got.body), target)
	}
}

// The document and its page need an admin key; a browser may show it as a password.
func TestTheDocumentAndItsPageAreBehindAKey(t *testing.T) {
	s := start(t, settings{})
	for _, path := range []string{"/api/v1/openapi.json", "/api/v1/docs", "/api/v1/docs/swagger-ui.css"} {
		got := s.send("GET", path, nil, "Authorization", "")
		s.refused(got, http.StatusUnauthorized, "UNAUTHORIZED")
		require.Regexp(t, `^Basic realm="`, got.header.Get("WWW-Authenticate"))
		s.refused(s.send("GET", path, nil, "Authorization", "", "x-api-key", apiKey), http.StatusUnauthorized, "UNAUTHORIZED")
		for credentials, status := range map[string]int{
			"anybody:" + adminKey: 200, ":" + adminKey: 200, "anybody:" + apiKey: 401, adminKey + ":": 401, adminKey: 401,
		} {
			r, err := http.NewRequest("GET", s.url+path, nil)
			require.NoError(t, err)
			name, password, _ := strings.Cut(credentials, ":")
			r.SetBasicAuth(name, password)
			got := s.send("GET", path, nil, "Authorization", r.Header.Get("Authorization"))
			require.Equal(t, status, got.status, "%s: %s", path, credentials)
		}
		s.refused(s.send("GET", path, nil, "Authorization", "Basic "+adminKey), http.StatusUnauthorized, "UNAUTHORIZED")
	}
	// A password opens nothing else, so that what a browser remembers cannot be misused.
	r, err := http.NewRequest("GET", s.url, nil)
	require.NoError(t, err)
	r.SetBasicAuth("anybody", adminKey)
	for _, path := range []string{"/api/v1/info", "/api/v1/tables"} {
		got := s.send("GET", path, nil, "Authorization", r.Header.Get("Authorization"))
		s.refused(got, http.StatusUnauthorized, "UNAUTHORIZED")
		require.Equal(t, "Bearer", got.header.Get("WWW-Authenticate"))
	}
}

func TestThePageShowsTheDocument(t *testing.T) {
	s := start(t, settings{})
	got := s.send("GET", "/api/v1/docs", nil)
	require.Equal(t, http.StatusOK, got.status)
	require.Equal(t, "text/html", got.header.Get("Content-Type"))
	require.Contains(t, string(got.body), "../openapi.json")
	policy := got.header.Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'none'")
	require.NotContains(t, policy, "script-src 'self' 'unsafe")
	require.Equal(t, 2, strings.Count(policy, "'sha256-"), policy)
	require.Equal(t, "DENY", got.header.Get("X-Frame-Options"))
	require.Equal(t, "no-referrer", got.header.Get("Referrer-Policy"))
	require.Equal(t, "private, no-cache", got.header.Get("Cache-Control"))
	for file, kind := range map[string]string{"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "javascript", "favicon-32x32.png": "image/png"} {
		require.Contains(t, string(got.body)+"favicon-32x32.png", file)
		asset := s.send("GET", "/api/v1/docs/"+file, nil)
		require.Equal(t, http.StatusOK, asset.status, file)
		require.Contains(t, asset.header.Get("Content-Type"), kind)
		require.NotEmpty(t, asset.body)
		if tag := asset.header.Get("ETag"); tag != "" {
			again := s.whole.Send(t, "GET", "/api/v1/docs/"+file, nil, "If-None-Match", tag)
			require.Equal(t, http.StatusNotModified, again.Status, file)
		}
	}
	s.refused(s.send("GET", "/api/v1/docs/static.go", nil), http.StatusNotFound, "NOT_FOUND")
	require.NotEmpty(t, fmt.Sprint(s.document().Info.Title))
}

// nextYear is a day that is not past.
var nextYear = time.Now().AddDate(1, 0, 0).Format(time.DateOnly) //nolint:gochecknoglobals // of tests
