package ui_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// A wire stands between the browser and the service. It keeps what the page has sent,
// and can hold an answer back.
type wire struct {
	url  string
	mu   sync.Mutex // guards everything below
	sent []sent
	hold chan struct{} // where set, an upload is answered once it is closed
}

// A sent is one request of the page.
type sent struct {
	method, path string
	query        url.Values
	body         string
}

func newWire(t *testing.T, service string) *wire {
	t.Helper()
	to, err := url.Parse(service)
	require.NoError(t, err)
	w := new(wire)
	forward := httputil.NewSingleHostReverseProxy(to)
	forward.ErrorHandler = func(answer http.ResponseWriter, _ *http.Request, _ error) { answer.WriteHeader(http.StatusBadGateway) }
	server := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
		hold := w.keep(r)
		if hold != nil && strings.HasSuffix(r.URL.Path, "/versions") {
			select {
			case <-hold:
			case <-r.Context().Done():
				return
			}
		}
		forward.ServeHTTP(answer, r)
	}))
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

// keep keeps a request before it goes on.
func (w *wire) keep(r *http.Request) (hold chan struct{}) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil // the browser has stopped it
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = append(w.sent, sent{r.Method, r.URL.Path, r.URL.Query(), string(body)})
	return w.hold
}

// holdUploads has uploads wait until the returned function is called.
func (w *wire) holdUploads() (release func()) {
	hold := make(chan struct{})
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hold = hold
	return sync.OnceFunc(func() { close(hold) })
}

// of are the requests of one method whose path ends so, in order.
func (w *wire) of(method, end string) []sent {
	w.mu.Lock()
	defer w.mu.Unlock()
	var found []sent
	for _, s := range w.sent {
		if s.method == method && strings.HasSuffix(s.path, end) {
			found = append(found, s)
		}
	}
	return found
}
