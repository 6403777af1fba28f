package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/api"
	"tablestep/api/admin"
	"tablestep/api/ssfs"
	"tablestep/engine"
	"tablestep/engine/queue/file"
	"tablestep/tables"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	apiKey   = "api-key-of-the-tests"
	adminKey = "admin-key-of-the-tests"
)

// A service is a whole service behind a real listener.
type service struct {
	t      *testing.T
	url    string
	server *api.Server
	engine *engine.Engine
	log    *bytes.Buffer // read it only when the service has stopped
}

// settings are what a test may want otherwise.
type settings struct {
	simple    bool
	maxBody   int64
	maxUpload int64

	keepVersions int

	maxConnections, perAddress int
	proxies                    []netip.Prefix
	logged                     func(slog.Record) // sees each record, of any level
}

// A tap is a log that is listened to.
type tap struct {
	slog.Handler
	logged func(slog.Record)
}

func (h tap) Enabled(context.Context, slog.Level) bool { return true }

func (h tap) Handle(ctx context.Context, r slog.Record) error {
	h.logged(r)
	return h.Handler.Handle(ctx, r)
}

func start(t *testing.T, s settings) *service {
	t.Helper()
	if s.maxBody == 0 {
		s.maxBody = 1 << 20
	}
	if s.maxUpload == 0 {
		s.maxUpload = 1 << 20
	}
	dir := t.TempDir()
	uploads := filepath.Join(dir, "uploads")
	require.NoError(t, os.Mkdir(uploads, 0o700))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	store, err := tables.Open(filepath.Join(dir, "tables.db"), tables.Options{KeepVersions: s.keepVersions})
	require.NoError(t, err)
	logged := new(bytes.Buffer)
	log := slog.New(slog.NewTextHandler(logged, nil))
	if s.logged != nil {
		log = slog.New(tap{log.Handler(), s.logged})
	}
	q, _, err := file.Open(filepath.Join(dir, "queue.db"), file.Options{})
	require.NoError(t, err)
	e, err := engine.New(store, q, engine.Options{
		CallbackPrivate: true, Log: log,
		OwnAddr: func() []netip.AddrPort { return []netip.AddrPort{listener.Addr().(*net.TCPAddr).AddrPort()} },
	})
	require.NoError(t, err)
	url := "http://" + listener.Addr().String()
	step, err := ssfs.New(e, store, ssfs.Options{
		PublicURL: url, Simple: s.simple, EnforcePicklist: true, MaxBody: s.maxBody,
		Names: ssfs.Names{API: "tablestep", Step: "Tablestep Lookup", Trigger: "Tablestep Lookup is Used", Filter: "Tablestep Lookup was Used", Provider: "Tablestep", Support: "help@example.com"},
	})
	require.NoError(t, err)
	people := admin.New(e, store, admin.Options{Version: "test", PublicURL: url, UploadDir: uploads, MaxUpload: s.maxUpload})
	server := api.New(step, people, api.Options{
		APIKeys: []string{apiKey}, AdminKeys: []string{adminKey, adminKey + "-old"}, Log: log, Ready: e.Ready,
		MaxConnections: s.maxConnections, MaxConnectionsPerAddress: s.perAddress, TrustedProxies: s.proxies,
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 2)
	go func() { done <- server.Serve(ctx, listener, 2*time.Second) }()
	go func() { done <- e.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		for range 2 {
			require.NoError(t, <-done)
		}
		require.NoError(t, e.Close())
		require.NoError(t, store.Close())
		entries, err := os.ReadDir(uploads)
		require.NoError(t, err)
		require.Empty(t, entries, "uploads left behind")
	})
	return &service{t, url, server, e, logged}
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

// send sends a request with the right key for the path.
func (s *service) send(method, path string, body io.Reader, header ...string) answer {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, body)
	require.NoError(s.t, err)
	if strings.HasPrefix(path, admin.Path) {
		r.Header.Set("Authorization", "Bearer "+adminKey)
	} else {
		r.Header.Set("x-api-key", apiKey)
	}
	for i := 0; i < len(header); i += 2 {
		if header[i+1] == "" {
			r.Header.Del(header[i])
		} else {
			r.Header.Set(header[i], header[i+1])
		}
	}
	return s.do(r)
}

func (s *service) do(r *http.Request) answer {
	s.t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	got, err := client.Do(r)
	require.NoError(s.t, err)
	defer got.Body.Close()
	raw, err := io.ReadAll(got.Body)
	require.NoError(s.t, err)
	return answer{got.StatusCode, got.Header, raw}
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
	got := s.send("POST", admin.Path+"/tables/"+name+"/versions", strings.NewReader(csv))
	require.Equal(s.t, http.StatusCreated, got.status, "%s", got.body)
	if lookup != "" {
		s.json("PUT", admin.Path+"/tables/"+name+"/lookups/"+name, lookup, http.StatusOK, nil)
	}
}

// problem is the body of an error.
type problem struct {
	Error struct {
		Code, Message string
		Details       []struct {
			File, Column, Field string
			Row                 int
		}
	}
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
