package api_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/api/route"
)

// contract are the routes that are built, in their exact case, as the contract has them.
const contract = `
GET /
GET /healthz
GET /readyz
GET /openapi.json
GET /install
GET /brandIcon
GET /serviceIcon
GET /providerInstructions
GET /getServiceDefinition
GET /status
POST /getPicklist
POST /submitAsyncAction
GET /ui
GET /ui/*
GET /api/v1/info
GET /api/v1/functions
GET /api/v1/openapi.json
GET /api/v1/docs
GET /api/v1/docs/*
GET /api/v1/tables
GET /api/v1/tables/:table
PATCH /api/v1/tables/:table
DELETE /api/v1/tables/:table
POST /api/v1/tables/:table/rename
POST /api/v1/tables/:table/copy
GET /api/v1/suggest
POST /api/v1/tables/:table/restore
GET /api/v1/tables/:table/versions
POST /api/v1/tables/:table/versions
GET /api/v1/tables/:table/versions/:version/findings
POST /api/v1/tables/:table/live
POST /api/v1/preview
GET /api/v1/find
GET /api/v1/tables/:table/rows
PATCH /api/v1/tables/:table/rows
GET /api/v1/tables/:table/draft
POST /api/v1/tables/:table/draft
DELETE /api/v1/tables/:table/draft
DELETE /api/v1/tables/:table/scheduled
GET /api/v1/tables/:table/draft/rows
PATCH /api/v1/tables/:table/draft/rows
POST /api/v1/tables/:table/draft/save
POST /api/v1/tables/:table/columns/:column
GET /api/v1/tables/:table/columns/:column/values
GET /api/v1/tables/:table/diff
GET /api/v1/tables/:table/export
GET /api/v1/tables/:table/history
GET /api/v1/tables/:table/usage
GET /api/v1/tables/:table/aliases
POST /api/v1/tables/:table/aliases
DELETE /api/v1/tables/:table/aliases/:alias
POST /api/v1/tables/:table/aliases/rows
GET /api/v1/tables/:table/counters
PUT /api/v1/tables/:table/counters
GET /api/v1/tables/:table/lookups/:lookup
PUT /api/v1/tables/:table/lookups/:lookup
DELETE /api/v1/tables/:table/lookups/:lookup
POST /api/v1/tables/:table/lookups/:lookup/confirm
POST /api/v1/tables/:table/lookups/:lookup/restore
GET /api/v1/tables/:table/lookups/:lookup/versions
POST /api/v1/tables/:table/lookups/:lookup/live
GET /api/v1/rulesets
GET /api/v1/rulesets/:ruleSet
PUT /api/v1/rulesets/:ruleSet
DELETE /api/v1/rulesets/:ruleSet
POST /api/v1/rulesets/:ruleSet/restore
GET /api/v1/rulesets/:ruleSet/versions
POST /api/v1/rulesets/:ruleSet/live
POST /api/v1/rulesets/:ruleSet/test
GET /api/v1/rulesets/:ruleSet/diff
GET /api/v1/rulesets/:ruleSet/export
GET /api/v1/rulesets/:ruleSet/history
POST /api/v1/evaluate
GET /api/v1/backup
GET /api/v1/invocations
GET /api/v1/invocations/:id
POST /api/v1/invocations/:id/replay
POST /api/v1/invocations/replay
`

func TestTheTableHasEveryRouteOfTheContract(t *testing.T) {
	s := start(t, settings{})
	var there []string
	for _, r := range s.server.Routes() {
		there = append(there, r.Method+" "+r.Path)
	}
	require.ElementsMatch(t, strings.Split(strings.TrimSpace(contract), "\n"), there)
}

func TestOnlyTheRoutesOfTheContractAreOpen(t *testing.T) {
	s := start(t, settings{})
	var open []string
	for _, r := range s.server.Routes() {
		if r.Public() {
			open = append(open, r.Path)
			require.Equal(t, http.MethodGet, r.Method, r.Path)
			require.Zero(t, r.Body, r.Path)
		}
	}
	require.ElementsMatch(t, openRoutes(), open)
}

// What each route promises beside its keys: roles, bodies and times are as the contract
// and the settings have them.
func TestTheTableHasTheLimitsOfEachRoute(t *testing.T) {
	s := start(t, settings{maxBody: 300_000, maxUpload: 200_000})
	bodies := map[string]int64{
		"POST /getPicklist":                               4 << 20,
		"POST /submitAsyncAction":                         300_000,
		"POST /api/v1/tables/:table/versions":             200_000,
		"POST /api/v1/preview":                            200_000,
		"POST /api/v1/tables/:table/draft":                200_000,
		"PATCH /api/v1/tables/:table/draft/rows":          16 << 20,
		"POST /api/v1/tables/:table/aliases":              16 << 20,
		"POST /api/v1/tables/:table/aliases/rows":         16 << 20,
		"POST /api/v1/tables/:table/draft/save":           16 << 20,
		"POST /api/v1/tables/:table/live":                 16 << 20,
		"PATCH /api/v1/tables/:table":                     16 << 20,
		"POST /api/v1/tables/:table/rename":               16 << 20,
		"POST /api/v1/tables/:table/copy":                 16 << 20,
		"PATCH /api/v1/tables/:table/rows":                16 << 20,
		"POST /api/v1/tables/:table/columns/:column":      16 << 20,
		"PUT /api/v1/tables/:table/counters":              16 << 20,
		"PUT /api/v1/tables/:table/lookups/:lookup":       16 << 20,
		"POST /api/v1/tables/:table/lookups/:lookup/live": 16 << 20,
		"PUT /api/v1/rulesets/:ruleSet":                   16 << 20,
		"POST /api/v1/rulesets/:ruleSet/live":             16 << 20,
		"POST /api/v1/rulesets/:ruleSet/test":             16 << 20,
		"POST /api/v1/evaluate":                           16 << 20,
		"POST /api/v1/invocations/replay":                 16 << 20,
	}
	walking := []string{"GET /api/v1/tables/:table/rows", "GET /api/v1/tables/:table/columns/:column/values", "GET /api/v1/find", "GET /api/v1/tables/:table/draft/rows"}
	attended := append([]string{"POST /api/v1/rulesets/:ruleSet/test", "POST /api/v1/evaluate"}, walking...)
	paced := []string{"POST /api/v1/tables/:table/versions", "POST /api/v1/preview", "POST /api/v1/tables/:table/draft"}
	viewers := []string{"POST /api/v1/evaluate"}
	for _, r := range s.server.Routes() {
		name := r.Method + " " + r.Path
		require.Equal(t, bodies[name], r.Body, name)
		require.Equal(t, slices.Contains(paced, name), r.Paced, name)
		work := time.Duration(0)
		if slices.Contains(walking, name) {
			work = 30 * time.Second
		}
		require.Equal(t, work, r.Work, name)
		require.Equal(t, slices.Contains(attended, name), r.Attended, name)
		within, answer := 30*time.Second, 2*time.Minute
		if r.Paced {
			within = 30 * time.Minute
		}
		switch {
		case r.Public():
			answer = 10 * time.Second
		case name == "GET /api/v1/backup":
			answer = 6 * time.Hour
		}
		require.Equal(t, within, r.Within, name)
		require.Equal(t, answer, r.Answer, name)
		if r.Keys&route.Admin == 0 {
			require.Empty(t, r.Role, name)
			continue
		}
		require.Equal(t, route.Admin, r.Keys, name)
		require.Equal(t, strings.Contains(name, "/docs") || strings.HasSuffix(name, "/openapi.json"), r.Password, name)
		switch {
		case r.Method == http.MethodGet && !strings.HasSuffix(name, "/backup") || slices.Contains(viewers, name):
			require.Equal(t, route.Viewer, r.Role, name)
		case strings.Contains(name, "replay"), strings.HasSuffix(name, "/backup"):
			require.Equal(t, route.Owner, r.Role, name)
		case strings.HasSuffix(name, "/test"), r.Method == http.MethodPut && !strings.HasSuffix(name, "/counters"), r.Method == http.MethodPatch && name != "PATCH /api/v1/tables/:table", strings.HasSuffix(name, "/preview"), strings.Contains(name, "/draft"):
			require.Equal(t, route.Editor, r.Role, name)
		default:
			require.Equal(t, route.Publisher, r.Role, name)
		}
		for _, q := range r.Query {
			want := route.Role("")
			switch {
			case q.Name == "purge":
				want = route.Owner
			case q.Name == "publish" && (r.Method == http.MethodPut || r.Method == http.MethodPatch):
				want = route.Publisher
			}
			require.Equal(t, want, q.Role, "%s of %s", q.Name, name)
		}
	}
}

// Each route that takes a body takes one as large as its limit and none that is larger,
// with a length and in chunks.
func TestEachRouteHoldsItsBodyLimit(t *testing.T) {
	s := start(t, settings{maxBody: 300_000, maxUpload: 200_000})
	for _, r := range s.server.Routes() {
		name := r.Method + " " + r.Path
		if r.Body == 0 {
			continue
		}
		if r.Body <= 4<<20 { // of those of 16 MiB one is enough; all are one handler
			got := s.send(r.Method, filled(r.Path), bytes.NewReader(make([]byte, r.Body)))
			require.NotEqual(t, http.StatusRequestEntityTooLarge, got.status, name)
		}
		large := make([]byte, r.Body+1)
		p := s.refused(s.send(r.Method, filled(r.Path), bytes.NewReader(large)), http.StatusRequestEntityTooLarge, "REQUEST_ENTITY_TOO_LARGE")
		require.Contains(t, p.Error.Message, fmt.Sprint(r.Body), name)
		require.Contains(t, p.Error.Message, r.Setting, name)
		if r.Body <= 4<<20 {
			s.refused(s.send(r.Method, filled(r.Path), io.MultiReader(bytes.NewReader(large))), http.StatusRequestEntityTooLarge, "REQUEST_ENTITY_TOO_LARGE")
		}
	}
}

// An upload that says that it is far too large is refused before it is received.
func TestAnUploadThatIsFarTooLargeIsRefusedByItsLength(t *testing.T) {
	s := start(t, settings{maxUpload: 100_000})
	for length, waits := range map[int]bool{100_000 + 1<<20: true, 100_001 + 1<<20: false} {
		conn := s.dial()
		_, err := fmt.Fprintf(conn, "POST /api/v1/tables/t/versions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s", adminKey, length, strings.Repeat("x", 9<<10)) // the server reads 8 KB in any case
		require.NoError(t, err)
		if waits {
			require.NoError(t, conn.SetReadDeadline(time.Now().Add(300*time.Millisecond)))
		}
		raw, err := io.ReadAll(conn)
		if waits {
			require.Error(t, err, "a form may be a little larger than the file in it")
			require.Empty(t, raw)
			continue
		}
		require.NoError(t, err)
		require.Contains(t, string(raw), "413 ")
		require.Contains(t, string(raw), "--max-upload")
	}
}

// A body is taken only with a key that opens the very route.
func TestAKeyOfTheOtherSideBringsNoBodyIn(t *testing.T) {
	s := start(t, settings{})
	for _, r := range s.server.Routes() {
		if r.Body == 0 {
			continue
		}
		key := "x-api-key: " + apiKey
		if r.Keys == route.Marketo {
			key = "Authorization: Bearer " + adminKey
		}
		got := s.sendRaw(r.Method + " " + filled(r.Path) + " HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n" + key + "\r\nContent-Length: 100\r\n\r\n")
		require.Contains(t, got, "401 Unauthorized", r.Path)
		require.NotContains(t, got, "100 Continue", r.Path)
		require.Contains(t, got, "Connection: close", r.Path)
	}
}

// Public routes take no body, whoever sends it.
func TestAPublicRouteTakesNoBodyWithAKeyEither(t *testing.T) {
	s := start(t, settings{})
	got := s.sendRaw("GET /healthz HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nx-api-key: " + apiKey + "\r\nContent-Length: 100\r\n\r\n")
	require.Contains(t, got, "200 OK")
	require.NotContains(t, got, "100 Continue")
}

func TestEachRouteHasOneCase(t *testing.T) {
	s := start(t, settings{})
	for _, r := range s.server.Routes() {
		for _, other := range []string{strings.ToUpper(filled(r.Path)), filled(r.Path) + "/"} {
			if other == filled(r.Path) || other == "/ui/" || r.Path == "/ui/*" && other != "/UI/" {
				continue
			}
			s.refused(s.send(r.Method, other, nil, "x-api-key", "", "Authorization", ""), http.StatusUnauthorized, "UNAUTHORIZED")
			want := http.StatusNotFound
			require.Equal(t, want, s.send(r.Method, other, nil).status, "%s %s", r.Method, other)
		}
	}
}

// HEAD is GET without the body.
func TestHeadIsAnsweredAsGet(t *testing.T) {
	s := start(t, settings{})
	for _, path := range []string{"/healthz", "/status", "/api/v1/tables", "/ui/"} {
		got := s.send(http.MethodHead, path, nil)
		require.Equal(t, http.StatusOK, got.status, path)
		require.Empty(t, got.body, path)
	}
	require.Equal(t, http.StatusUnauthorized, s.send(http.MethodHead, "/status", nil, "x-api-key", "").status)
}
