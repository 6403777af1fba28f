package delivery_test

import (
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine/delivery"
)

const (
	tokenCanary = "token-canary-51c2"
	keyCanary   = "key-canary-90ab"
	queryCanary = "query-canary-77de"
)

func callbackTo(base string) delivery.Callback {
	return delivery.Callback{
		URL:    base + "/customflowaction/submitCustomFlowAction?x=" + queryCanary,
		APIKey: keyCanary,
		Token:  tokenCanary,
		Body:   []byte(`{"objectData":[]}`),
	}
}

func requireNoSecrets(t *testing.T, o delivery.Outcome) {
	t.Helper()
	for _, canary := range []string{tokenCanary, keyCanary, queryCanary, "submitCustomFlowAction", "canary"} {
		require.NotContains(t, o.Err, canary)
	}
	require.LessOrEqual(t, len(o.Err), 400)
}

func startServer(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server
}

func private(t *testing.T, timeout time.Duration) *delivery.Sender {
	t.Helper()
	return newSender(t, delivery.Options{AllowPrivate: true, Timeout: timeout})
}

func TestCallbackArrivesWithItsHeadersAndBytes(t *testing.T) {
	var got *http.Request
	var body []byte
	server := startServer(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		w.WriteHeader(http.StatusCreated)
	})
	c := callbackTo(server.URL)
	o := private(t, 0).Post(t.Context(), c)

	require.Equal(t, delivery.Delivered, o.Verdict)
	require.Equal(t, http.StatusCreated, o.Status)
	require.Empty(t, o.Err)
	require.False(t, o.Ambiguous)
	require.Positive(t, o.Duration)
	require.Equal(t, http.MethodPost, got.Method)
	require.Equal(t, "/customflowaction/submitCustomFlowAction", got.URL.Path)
	require.Equal(t, "x="+queryCanary, got.URL.RawQuery)
	require.Equal(t, "application/json", got.Header.Get("Content-Type"))
	require.Equal(t, keyCanary, got.Header.Get("x-api-key"))
	require.Equal(t, tokenCanary, got.Header.Get("x-callback-token"))
	require.Equal(t, "tablestep", got.UserAgent())
	require.Empty(t, got.Header.Get("Accept-Encoding"))
	require.Equal(t, int64(len(c.Body)), got.ContentLength)
	require.Equal(t, c.Body, body)
}

func TestEmptyKeyAndTokenAreLeftOut(t *testing.T) {
	var got http.Header
	server := startServer(t, func(_ http.ResponseWriter, r *http.Request) { got = r.Header })
	s := newSender(t, delivery.Options{AllowPrivate: true, UserAgent: "tablestep/1.0"})
	o := s.Post(t.Context(), delivery.Callback{URL: server.URL})

	require.Equal(t, delivery.Delivered, o.Verdict)
	require.NotContains(t, got, "X-Api-Key")
	require.NotContains(t, got, "X-Callback-Token")
	require.Equal(t, "tablestep/1.0", got.Get("User-Agent"))
}

func TestStatusDecidesTheVerdict(t *testing.T) {
	want := map[int]delivery.Verdict{
		200: delivery.Delivered, 201: delivery.Delivered, 202: delivery.Delivered, 204: delivery.Delivered, 299: delivery.Delivered,
		300: delivery.Final, 301: delivery.Final, 302: delivery.Final, 304: delivery.Final, 307: delivery.Final, 308: delivery.Final,
		400: delivery.Final, 404: delivery.Final, 405: delivery.Final, 409: delivery.Final, 410: delivery.Final, 413: delivery.Final, 422: delivery.Final,
		401: delivery.Refused, 403: delivery.Refused,
		408: delivery.Retry, 425: delivery.Retry, 429: delivery.Retry,
		500: delivery.Retry, 502: delivery.Retry, 503: delivery.Retry, 504: delivery.Retry, 599: delivery.Retry, 699: delivery.Retry,
	}
	server := startServer(t, func(w http.ResponseWriter, r *http.Request) {
		status, _ := strconv.Atoi(r.URL.Query().Get("status"))
		w.WriteHeader(status)
		if status >= 400 {
			_, _ = io.WriteString(w, r.Header.Get("x-callback-token"))
		}
	})
	s := private(t, 0)
	for status, verdict := range want {
		c := callbackTo(server.URL)
		c.URL = server.URL + "/?status=" + strconv.Itoa(status)
		o := s.Post(t.Context(), c)
		require.Equal(t, verdict, o.Verdict, "status %d", status)
		require.Equal(t, status, o.Status)
		require.False(t, o.Ambiguous)
		require.Equal(t, verdict != delivery.Delivered, strings.Contains(o.Err, strconv.Itoa(status)))
		requireNoSecrets(t, o)
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	var reached atomic.Bool
	other := startServer(t, func(http.ResponseWriter, *http.Request) { reached.Store(true) })
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := startServer(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL+"/?"+r.Header.Get("x-callback-token"), status)
		})
		o := private(t, 0).Post(t.Context(), callbackTo(server.URL))
		require.Equal(t, delivery.Final, o.Verdict)
		require.Equal(t, status, o.Status)
		require.Contains(t, o.Err, "redirects are not followed")
		requireNoSecrets(t, o)
	}
	require.False(t, reached.Load())
}

// countingListener counts the bytes that leave the server.
type countingListener struct {
	net.Listener
	written atomic.Int64
}

func (l *countingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return &countingConn{Conn: conn, l: l}, err
}

type countingConn struct {
	net.Conn
	l *countingListener
}

func (c *countingConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.l.written.Add(int64(n))
	return n, err
}

func TestAnswerOfTenMegabytesIsCutOffAndDelivered(t *testing.T) {
	l := &countingListener{}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		chunk := make([]byte, 64<<10)
		for range 160 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	l.Listener = server.Listener
	server.Listener = l
	server.Start()
	defer server.Close()

	started := time.Now()
	o := private(t, 0).Post(t.Context(), callbackTo(server.URL))
	require.Equal(t, delivery.Delivered, o.Verdict)
	require.Less(t, time.Since(started), 2*time.Second)
	// What the kernel's buffers hold has left the server, too.
	server.Close()
	require.Less(t, l.written.Load(), int64(8<<20))
}

func TestAnswerWhoseBodyDripsIsDeliveredWithoutWaitingForIt(t *testing.T) {
	for _, body := range []string{"drips", "never comes"} {
		base := startRaw(t, func(conn net.Conn) {
			readRequest(conn)
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
			for {
				if body == "drips" {
					_, _ = io.WriteString(conn, "x")
				}
				time.Sleep(50 * time.Millisecond)
				_ = conn.SetReadDeadline(time.Now().Add(time.Millisecond))
				if _, err := conn.Read(make([]byte, 1)); errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) {
					return
				} else if ne := net.Error(nil); !errors.As(err, &ne) || !ne.Timeout() {
					return
				}
			}
		})
		o := private(t, 0).Post(t.Context(), callbackTo(base))
		require.Equal(t, delivery.Delivered, o.Verdict, o.Err)
		require.Less(t, o.Duration, 3*time.Second, "body %s", body)
	}
}

func TestConnectionIsUsedAgainAfterEveryKindOfAnswer(t *testing.T) {
	var connections atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, _ := strconv.Atoi(r.URL.Query().Get("status"))
		w.WriteHeader(status)
		if status != http.StatusNoContent {
			_, _ = w.Write(make([]byte, 32<<10))
		}
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	s := private(t, 0)
	for range 3 {
		for _, status := range []string{"200", "204", "302", "404", "429", "500"} {
			s.Post(t.Context(), delivery.Callback{URL: server.URL + "/?status=" + status})
		}
	}
	require.Equal(t, int32(1), connections.Load())
}

func TestRetryAfterOfAnAnswerIsRead(t *testing.T) {
	header := http.Header{}
	status := http.StatusTooManyRequests
	server := startServer(t, func(w http.ResponseWriter, _ *http.Request) {
		maps.Copy(w.Header(), header)
		w.WriteHeader(status)
	})
	s := private(t, 0)
	for _, c := range []struct {
		status int
		header http.Header
		want   time.Duration
	}{
		{429, http.Header{"Retry-After": {"120"}}, 2 * time.Minute},
		{503, http.Header{"Retry-After": {"120"}}, 2 * time.Minute},
		{401, http.Header{"Retry-After": {"5"}}, 5 * time.Second},
		// Measured against the clock of the other side, which is years behind.
		{429, http.Header{
			"Retry-After": {"Wed, 21 Oct 2015 07:28:00 GMT"}, "Date": {"Wed, 21 Oct 2015 07:26:30 GMT"},
		}, 90 * time.Second},
		{429, http.Header{"Retry-After": {"Wed, 21 Oct 2015 07:28:00 GMT"}}, 0},
		{429, http.Header{"Retry-After": {"soon"}}, 0},
		{429, nil, 0},
		{200, http.Header{"Retry-After": {"120"}}, 0},
		{404, http.Header{"Retry-After": {"120"}}, 0},
	} {
		header, status = c.header, c.status
		o := s.Post(t.Context(), callbackTo(server.URL))
		require.Equal(t, c.status, o.Status)
		require.Equal(t, c.want, o.RetryAfter, "%d %v", c.status, c.header)
	}
	// A date without a Date beside it is measured against our own clock. The server always sends one, so the
	// exact seconds are theirs.
	header = http.Header{"Retry-After": {time.Now().Add(10 * time.Minute).UTC().Format(http.TimeFormat)}}
	status = http.StatusServiceUnavailable
	o := s.Post(t.Context(), callbackTo(server.URL))
	require.InDelta(t, 10*time.Minute, o.RetryAfter, float64(3*time.Second))
}

func TestURLThatIsNotAllowedIsNeverPostedTo(t *testing.T) {
	s := newSender(t, delivery.Options{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		t.Error("nothing may be sent")
		return nil, errors.New("not reached")
	})})
	for _, raw := range []string{"http://mkto.adobe.io/?" + queryCanary, "https://example.com/", "https://127.0.0.1/", "", "%"} {
		o := s.Post(t.Context(), delivery.Callback{URL: raw})
		require.Equal(t, delivery.Final, o.Verdict)
		require.False(t, o.Ambiguous)
		require.NotEmpty(t, o.Err)
		requireNoSecrets(t, o)
	}
	o := s.Post(t.Context(), delivery.Callback{URL: "https://mkto.adobe.io/", Token: "a\r\nb"})
	require.Equal(t, delivery.Final, o.Verdict)
	require.Contains(t, o.Err, "no header can carry")
	o = s.Post(t.Context(), delivery.Callback{URL: "https://mkto.adobe.io/", APIKey: "a\x00"})
	require.Equal(t, delivery.Final, o.Verdict)
}

func TestProxyOfTheEnvironmentIsNotUsed(t *testing.T) {
	proxy := startServer(t, func(http.ResponseWriter, *http.Request) { t.Error("the proxy was asked") })
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("HTTPS_PROXY", proxy.URL)
	names := &nameServer{answers: [][]netip.Addr{addrs("127.0.0.1")}}
	server := startServer(t, func(http.ResponseWriter, *http.Request) {})
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	require.NoError(t, err)
	s := newSender(t, delivery.Options{
		AllowPrivate: true, AllowHosts: []string{"hooks.example.com:" + port}, Resolver: names.resolver(),
	})
	o := s.Post(t.Context(), callbackTo("http://hooks.example.com:"+port))
	require.Equal(t, delivery.Delivered, o.Verdict, o.Err)
}

func TestManyAttemptsAtOnceAllArrive(t *testing.T) {
	var arrived atomic.Int32
	server := startServer(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		arrived.Add(1)
	})
	s := private(t, 0)
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			for range 10 {
				if o := s.Post(t.Context(), callbackTo(server.URL)); o.Verdict != delivery.Delivered {
					t.Errorf("outcome %+v", o)
				}
			}
		})
	}
	wg.Wait()
	require.Equal(t, int32(320), arrived.Load())
}
