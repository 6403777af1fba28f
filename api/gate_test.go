package api_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/api/admin"
)

// dial opens a connection to a service.
func (s *service) dial() net.Conn {
	s.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = conn.Close() })
	require.NoError(s.t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	return conn
}

// sendRaw sends bytes, goes on with a byte now and then, and returns all that
// came until the service closed the connection.
func (s *service) sendRaw(head string) string {
	conn := s.dial()
	_, err := io.WriteString(conn, head)
	require.NoError(s.t, err)
	over := make(chan struct{})
	var dripping sync.WaitGroup
	dripping.Go(func() {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-over:
				return
			case <-tick.C:
				_, _ = conn.Write([]byte("1")) // it fails once the service has closed
			}
		}
	})
	raw, err := io.ReadAll(conn)
	close(over)
	dripping.Wait()
	require.NoError(s.t, err, "%s", head)
	return string(raw)
}

func TestNoRouteWaitsForTheBodyOfAStranger(t *testing.T) {
	s := start(t, settings{})
	for _, r := range s.server.Routes() {
		method, path := r.Method, filled(r.Path)
		for _, framing := range []string{
			"Content-Length: 100000\r\n\r\n{",
			"Content-Length: 100\r\n\r\n",
			"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
			"Expect: 100-continue\r\nContent-Length: 100\r\n\r\n",
			"x-api-key: wrong\r\nAuthorization: Bearer wrong\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n",
		} {
			got := s.sendRaw(method + " " + path + " HTTP/1.1\r\nHost: x\r\n" + framing)
			status, _, _ := strings.Cut(strings.TrimPrefix(got, "HTTP/1.1 "), " ")
			if r.Public() {
				require.Contains(t, []string{"200", "302", "308"}, status, "%s %s: %s", method, path, got)
			} else {
				require.Equal(t, "401", status, "%s %s: %s", method, path, got)
			}
			require.NotContains(t, got, "100 Continue")
		}
	}
}

func TestABodyWithARightKeyIsWaitedFor(t *testing.T) {
	s := start(t, settings{})
	body := `{"callbackUrl":"http://127.0.0.1:1/","objectData":[]}`
	for _, framing := range []string{
		fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body),
		fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(body), body),
	} {
		conn := s.dial()
		head := "POST /submitAsyncAction HTTP/1.1\r\nHost: x\r\nConnection: close\r\nx-api-key: " + apiKey + "\r\n" + framing
		for i := 0; i < len(head); i += 20 {
			_, err := io.WriteString(conn, head[i:min(i+20, len(head))])
			require.NoError(t, err)
			time.Sleep(time.Millisecond) // a segment of its own
		}
		raw, err := io.ReadAll(conn)
		require.NoError(t, err)
		require.Contains(t, string(raw), "HTTP/1.1 201 ")
	}
	conn := s.dial()
	_, err := fmt.Fprintf(conn, "POST /submitAsyncAction HTTP/1.1\r\nHost: x\r\nConnection: close\r\nx-api-key: %s\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", apiKey, len(body))
	require.NoError(t, err)
	first := make([]byte, len("HTTP/1.1 100 Continue\r\n\r\n"))
	_, err = io.ReadFull(conn, first)
	require.NoError(t, err)
	require.Equal(t, "HTTP/1.1 100 Continue\r\n\r\n", string(first))
	_, err = io.WriteString(conn, body)
	require.NoError(t, err)
	raw, err := io.ReadAll(conn)
	require.NoError(t, err)
	require.Contains(t, string(raw), "HTTP/1.1 201 ")
}

func TestARefusalIsSeenByWhoeverIsStillSending(t *testing.T) {
	s := start(t, settings{maxBody: 1000, maxUpload: 1000})
	big := strings.Repeat("x", 8<<20)
	for _, key := range []string{apiKey, "wrong"} {
		want := http.StatusRequestEntityTooLarge
		if key == "wrong" {
			want = http.StatusUnauthorized
		}
		for _, body := range []io.Reader{strings.NewReader(big), io.MultiReader(strings.NewReader(big))} {
			require.Equal(t, want, s.send("POST", "/submitAsyncAction", body, "x-api-key", key).status)
		}
	}
}

func TestUnreadableHeadersAreNeverRepeated(t *testing.T) {
	const canary = "canary-key-that-nobody-may-see"
	var s *service
	t.Cleanup(func() { require.NotContains(t, s.log.String(), "canary") }) // when it has stopped
	s = start(t, settings{})
	for _, head := range []string{
		"GET /status HTTP/1.1\r\nHost: x\r\nx-api-key: " + canary + "\r\nbad header\r\n\r\n",
		"GET /status HTTP/1.1\r\nHost: x\r\nx-api-key: " + canary + "\x01\r\n\r\n",
		"GET /status HTTP/1.1\r\nHost: x\r\n" + canary + " : y\r\n\r\n",
		"GET /status HTTP/1.1\r\nx-api-key: " + canary + "\r\n\r\n",
		"GET /status?key=" + canary + "\r\nHost: x\r\n\r\n",
		canary + "\r\n\r\n",
		"POST /status HTTP/1.1\r\nHost: x\r\nx-api-key: " + canary + "\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
		"POST /status HTTP/1.1\r\nHost: x\r\nx-api-key: " + canary + "\r\nContent-Length: " + canary + "\r\n\r\n",
		"POST /status HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: " + canary + "\r\n\r\n",
		"GET http://" + canary + ":port/ HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /status HTTP/1.1\r\nHost: x\r\nx-api-key: " + canary + strings.Repeat("x", 40<<10) + "\r\n\r\n",
	} {
		got := s.sendRaw(head)
		require.Regexp(t, `^HTTP/1.1 4(00|31) `, got, "%.100s", head)
		require.NotContains(t, got, "canary", "%.100s", head)
		require.Contains(t, got, `"error":{"code":"`)
		require.Contains(t, got, "application/json")
	}
	require.Contains(t, s.sendRaw("GET /status HTTP/1.1\r\nHost: x\r\ny: "+strings.Repeat("x", 40<<10)+"\r\n\r\n"), "32768 bytes")
}

func TestHeadersMayBeLarge(t *testing.T) {
	s := start(t, settings{})
	require.Equal(t, http.StatusOK, s.send("GET", "/status", nil, "Cookie", strings.Repeat("x", 31<<10)).status)
}

func TestRequestsOfOneForwardedAddressAreCounted(t *testing.T) {
	s := start(t, settings{maxConnections: 40, perAddress: 2, proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	// Uploads that are not at their end: two, and one for each that a question below keeps out.
	require.Eventually(t, func() bool {
		conn := s.dial()
		_, err := fmt.Fprintf(conn, "POST %s/tables/t/versions HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 198.51.100.7\r\nAuthorization: Bearer %s\r\nTransfer-Encoding: chunked\r\n\r\n4\r\na,b\n\r\n", admin.Path, adminKey)
		require.NoError(t, err)
		return s.send("GET", "/status", nil, "X-Forwarded-For", "198.51.100.7").status == http.StatusTooManyRequests
	}, 10*time.Second, 300*time.Millisecond)
	require.Equal(t, http.StatusOK, s.send("GET", "/status", nil, "X-Forwarded-For", "198.51.100.8").status)
	require.Equal(t, http.StatusOK, s.send("GET", "/status", nil).status)
}

func TestSlowUploadsLockNobodyOut(t *testing.T) {
	s := start(t, settings{})
	for range 2 {
		conn := s.dial()
		_, err := fmt.Fprintf(conn, "POST %s/tables/t/versions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: 100000\r\n\r\n%s", admin.Path, adminKey, strings.Repeat("a,b\n", 2500))
		require.NoError(t, err)
	}
	for range 5 { // also when both have long begun
		s.upload("quick/versions", strings.NewReader("a,b\n1,2\n"))
	}
}

func TestPlainClientsAreAnsweredBesideConnectionsThatSayLittle(t *testing.T) {
	s := start(t, settings{maxConnections: 8, perAddress: 8})
	for i := range 60 {
		conn := s.dial()
		_, err := io.WriteString(conn, []string{"", "GET", "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "}[i%3])
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, s.send("GET", "/status", nil).status)
		require.Equal(t, http.StatusOK, s.send("GET", "/healthz", nil, "x-api-key", "").status)
	}
}
