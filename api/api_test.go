package api_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"tablestep/api"
	"tablestep/api/apitest"
	"tablestep/api/route"
	"tablestep/api/shape"
	"tablestep/engine"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	apiKey   = apitest.APIKey
	adminKey = apitest.AdminKey
)

// A service is a whole service behind a real listener.
type service struct {
	t      *testing.T
	url    string
	server *api.Server
	engine *engine.Engine
	log    *bytes.Buffer // read it only when the service has stopped
	whole  *apitest.Service
	routes *route.Table // see routeOf
	spec   *openapi3.T  // see document
}

// settings are what a test may want otherwise.
type settings struct {
	simple    bool
	myTokens  []string
	maxBody   int64
	maxUpload int64

	keepVersions int
	queueLimit   int

	maxConnections, perAddress int
	proxies                    []netip.Prefix
	functions                  func() []shape.Function
	ready                      func() error
	logged                     func(slog.Record) // sees each record, of any level
}

func start(t *testing.T, s settings) *service {
	t.Helper()
	whole := apitest.Start(t, apitest.Settings{
		Simple: s.simple, MyTokens: s.myTokens, MaxBody: s.maxBody, MaxUpload: s.maxUpload, KeepVersions: s.keepVersions, QueueLimit: s.queueLimit,
		MaxConnections: s.maxConnections, PerAddress: s.perAddress, Proxies: s.proxies,
		Functions: s.functions, Ready: s.ready, Logged: s.logged,
	})
	return &service{t: t, url: whole.URL, server: whole.Server, engine: whole.Engine, log: whole.Log, whole: whole}
}

// stats are the engine's counts.
func (s *service) stats() engine.Stats {
	stats, err := s.engine.Stats(s.t.Context())
	require.NoError(s.t, err)
	return stats
}

// An answer is what came back for a request.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// send sends a request with the right key for the path. What an answer of the admin API
// looks like is held against its document, whatever the test is about.
func (s *service) send(method, path string, body io.Reader, header ...string) answer {
	s.t.Helper()
	keys := []string{"x-api-key", ""}
	if !s.isAdmin(method, path) {
		keys = []string{"Authorization", ""}
	}
	got := s.whole.Send(s.t, method, path, body, append(keys, header...)...)
	s.conforms(method, path, got)
	return answer{got.Status, got.Header, got.Body}
}

// isAdmin says whether a request is one of the admin API, or else of Marketo's side.
func (s *service) isAdmin(method, path string) bool {
	return s.routeOf(method, path).Keys&route.Admin != 0
}

// json sends a JSON body, requires the status, and decodes the answer into to.
func (s *service) json(method, path, body string, status int, to any) answer {
	s.t.Helper()
	var src io.Reader
	if body != "" {
		src = strings.NewReader(body)
	}
	got := s.send(method, path, src, "Content-Type", "application/json")
	require.Equal(s.t, status, got.status, "%s %s: %s", method, path, got.body)
	if to != nil {
		require.NoError(s.t, json.Unmarshal(got.body, to), "%s", got.body)
	}
	return got
}

// table uploads and publishes a table, and sets its default lookup.
func (s *service) table(name, csv, lookup string) {
	s.t.Helper()
	s.whole.Table(s.t, name, csv, lookup)
}

// problem is the body of an error.
type problem struct {
	Error struct {
		Code, Message string
		Details       []struct {
			File, Column, Field, Message, Lift string
			Row                                int
		}
	}

	// Of a 412.
	Current struct{ Version int }
	Changed []string
	By      string
	At      time.Time
}

func (s *service) refused(a answer, status int, code string) problem {
	s.t.Helper()
	require.Equal(s.t, status, a.status, "%s", a.body)
	var p problem
	require.NoError(s.t, json.Unmarshal(a.body, &p), "%s", a.body)
	require.Equal(s.t, code, p.Error.Code, "%s", a.body)
	require.NotEmpty(s.t, p.Error.Message)
	require.NotNil(s.t, p.Error.Details)
	return p
}

const (
	countries       = "country,alpha-2,numeric\nGermany,DE,276\nAfghanistan,AF,004\n"
	countriesLookup = `{"label":"Country codes","match":[{"column":"country","field":"country"}],"outputs":[{"column":"alpha-2","field":"countryCode2","type":"string"}]}`
)
