package apitest

import (
	"bytes"
	"context"
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
	"tablestep/api/shape"
	"tablestep/api/ssfs"
	"tablestep/engine"
	"tablestep/engine/queue"
	queuefile "tablestep/engine/queue/file"
	"tablestep/tables"
	"tablestep/tables/file"
)

// The keys of every service.
const (
	APIKey   = "api-key-of-the-tests"
	AdminKey = "admin-key-of-the-tests"
	OldKey   = AdminKey + "-old" // an admin key, too, as while one is rotated
)

// Settings are what a test may want otherwise. The zero value means the defaults.
type Settings struct {
	Dir      string // data folder; empty: one of the test
	Simple   bool
	MyTokens []string // that Marketo is asked for
	MaxBody  int64    // 0: 1 MiB, as of an upload

	MaxUpload    int64
	KeepVersions int
	QueueLimit   int

	MaxConnections, PerAddress int
	Proxies                    []netip.Prefix
	Ready                      func() error // nil: the engine's
	Functions                  func() []shape.Function
	Backup                     func(context.Context) (admin.Backup, error) // nil: an empty one
	Logged                     func(slog.Record)                           // sees each record, of any level
}

// A Service is a whole service behind a real listener.
type Service struct {
	URL    string
	Server *api.Server
	Admin  *admin.API
	Engine *engine.Engine
	Store  *tables.Store
	Log    *bytes.Buffer // read it only when the service has stopped
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

// emptyBackup stands where a test is not about backups: what takes them is no part of the API.
type emptyBackup struct{}

func (emptyBackup) WriteTo(io.Writer) (int64, error) { return 0, nil }
func (emptyBackup) Size() int64                      { return 0 }
func (emptyBackup) Close() error                     { return nil }

// Start runs a service until the test ends.
func Start(t testing.TB, s Settings) *Service {
	t.Helper()
	if s.MaxBody == 0 {
		s.MaxBody = 1 << 20
	}
	if s.MaxUpload == 0 {
		s.MaxUpload = 1 << 20
	}
	if s.Backup == nil {
		s.Backup = func(context.Context) (admin.Backup, error) { return emptyBackup{}, nil }
	}
	if s.Dir == "" {
		s.Dir = t.TempDir()
	}
	uploads := filepath.Join(s.Dir, "uploads")
	require.NoError(t, os.MkdirAll(uploads, 0o700))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	store, err := file.OpenStore(filepath.Join(s.Dir, "tables.db"), tables.Options{KeepVersions: s.KeepVersions})
	require.NoError(t, err)
	logged := new(bytes.Buffer)
	log := slog.New(slog.NewTextHandler(logged, nil))
	if s.Logged != nil {
		log = slog.New(tap{log.Handler(), s.Logged})
	}
	q, _, err := queuefile.Open(filepath.Join(s.Dir, "queue.db"), queuefile.Options{Bounds: queue.Bounds{Limit: s.QueueLimit, Running: engine.Workers}})
	require.NoError(t, err)
	e, err := engine.New(store, q, engine.Options{
		CallbackPrivate: true, Log: log, MyTokens: s.MyTokens,
		OwnAddr: func() []netip.AddrPort { return []netip.AddrPort{listener.Addr().(*net.TCPAddr).AddrPort()} },
	})
	require.NoError(t, err)
	url := "http://" + listener.Addr().String()
	step, err := ssfs.New(e, store, ssfs.Options{
		PublicURL: url, Simple: s.Simple, EnforcePicklist: true, MaxBody: s.MaxBody, MyTokens: s.MyTokens,
		Names: ssfs.Names{API: "tablestep", Step: "Tablestep Lookup", Trigger: "Tablestep Lookup is Used", Filter: "Tablestep Lookup was Used", Provider: "Tablestep", Support: "help@example.com"},
	})
	require.NoError(t, err)
	people := admin.New(e, store, admin.Options{Version: "test", PublicURL: url, UploadDir: uploads, MaxUpload: s.MaxUpload, Functions: s.Functions, Backup: s.Backup})
	if s.Ready == nil {
		s.Ready = e.Ready
	}
	server := api.New(step, people, api.Options{
		APIKeys: []string{APIKey}, AdminKeys: []string{AdminKey, OldKey}, Log: log, Ready: s.Ready, Damaged: store.Damaged,
		MaxConnections: s.MaxConnections, MaxConnectionsPerAddress: s.PerAddress, TrustedProxies: s.Proxies,
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
	return &Service{URL: url, Server: server, Admin: people, Engine: e, Store: store, Log: logged}
}

// An Answer is what came back for a request.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Send sends a request with the right keys of both sides. A header that is given as ""
// is not sent.
func (s *Service) Send(t testing.TB, method, path string, body io.Reader, header ...string) Answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, body)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+AdminKey)
	r.Header.Set("x-api-key", APIKey)
	for i := 0; i < len(header); i += 2 {
		if header[i+1] == "" {
			r.Header.Del(header[i])
		} else {
			r.Header.Set(header[i], header[i+1])
		}
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	got, err := client.Do(r)
	require.NoError(t, err)
	raw, err := io.ReadAll(got.Body)
	require.NoError(t, err)
	require.NoError(t, got.Body.Close())
	return Answer{got.StatusCode, got.Header, raw}
}

// Table uploads and publishes a table, and sets its default lookup unless that is "".
func (s *Service) Table(t testing.TB, name, csv, lookup string) {
	t.Helper()
	got := s.Send(t, http.MethodPost, admin.Path+"/tables/"+name+"/versions?name="+name+".csv", strings.NewReader(csv))
	require.Equal(t, http.StatusCreated, got.Status, "%s", got.Body)
	if lookup != "" {
		got = s.Send(t, http.MethodPut, admin.Path+"/tables/"+name+"/lookups/"+name, strings.NewReader(lookup))
		require.Equal(t, http.StatusOK, got.Status, "%s", got.Body)
	}
}
