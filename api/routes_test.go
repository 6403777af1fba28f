package api_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/api/admin"
)

// openRoutes are the only ones that answer without credentials, as the contract has
// them.
func openRoutes() []string {
	return []string{
		"/", "/healthz", "/readyz", "/openapi.json", "/install", "/brandIcon", "/serviceIcon", "/providerInstructions", "/ui", "/ui/*",
	}
}

// filled is the path of a request that a route answers.
func filled(path string) string {
	return strings.NewReplacer(":table", "t", ":lookup", "l", ":id", "1", ":alias", "1", ":ruleSet", "r", "*", "").Replace(path)
}

func TestEveryOtherRouteNeedsCredentials(t *testing.T) {
	s := start(t, settings{})
	protected := 0
	for _, r := range s.server.Routes() {
		if r.Public() {
			continue
		}
		method, path := r.Method, filled(r.Path)
		for _, header := range [][]string{
			{"x-api-key", "", "Authorization", ""},
			{"x-api-key", "wrong", "Authorization", "Bearer wrong"},
			{"x-api-key", apiKey + "x", "Authorization", "Bearer " + adminKey + "x"},
			{"x-api-key", "", "Authorization", "Basic " + adminKey},
		} {
			got := s.send(method, path, strings.NewReader(`{"name":"table","type":"flow"}`), header...)
			s.refused(got, http.StatusUnauthorized, "UNAUTHORIZED")
		}
		protected++
	}
	require.Greater(t, protected, 15)
}

func TestAKeyOfOneSideDoesNotOpenTheOther(t *testing.T) {
	s := start(t, settings{})
	s.refused(s.send("GET", "/status", nil, "x-api-key", adminKey), http.StatusUnauthorized, "UNAUTHORIZED")
	s.refused(s.send("GET", admin.Path+"/tables", nil, "Authorization", "Bearer "+apiKey), http.StatusUnauthorized, "UNAUTHORIZED")
}

func TestTwoKeysAreValidWhileOneIsRotated(t *testing.T) {
	s := start(t, settings{})
	require.Equal(t, http.StatusOK, s.send("GET", admin.Path+"/tables", nil).status)
	require.Equal(t, http.StatusOK, s.send("GET", admin.Path+"/tables", nil, "Authorization", "bearer "+adminKey+"-old").status)
}

func TestOpenRoutesAnswerWithoutCredentials(t *testing.T) {
	s := start(t, settings{})
	for _, path := range openRoutes() {
		got := s.send("GET", filled(path), nil, "x-api-key", "")
		require.Less(t, got.status, 400, "%s: %s", path, got.body)
		require.Equal(t, "nosniff", got.header.Get("X-Content-Type-Options"))
	}
	require.Equal(t, "/ui/", s.send("GET", "/", nil).header.Get("Location"))
}

func TestUnknownPathsAreNotFound(t *testing.T) {
	s := start(t, settings{})
	for _, path := range []string{"/nothing", admin.Path + "/nothing", admin.Path} {
		for _, method := range []string{"GET", "POST", "DELETE"} {
			s.refused(s.send(method, path, nil, "x-api-key", "", "Authorization", ""), http.StatusUnauthorized, "UNAUTHORIZED")
			s.refused(s.send(method, path, nil), http.StatusNotFound, "NOT_FOUND")
		}
	}
	s.refused(s.send("GET", "/nothing", nil), http.StatusNotFound, "NOT_FOUND")
	s.refused(s.send("GET", admin.Path+"/tables/none", nil), http.StatusNotFound, "TABLE_NOT_FOUND")
}

func TestPathsHaveOneSpelling(t *testing.T) {
	s := start(t, settings{})
	for _, path := range []string{"/API/V1/tables", "/api/v1/Tables", "/api/v1/tables/", "//api/v1/tables", "/Status", "/status/", "/submitasyncaction", "/UI/"} {
		s.refused(s.send("GET", path, nil, "Authorization", "Bearer "+adminKey), http.StatusNotFound, "NOT_FOUND")
		s.refused(s.send("GET", path, nil, "Authorization", "", "x-api-key", ""), http.StatusUnauthorized, "UNAUTHORIZED")
	}
	require.Equal(t, http.StatusPermanentRedirect, s.send("GET", "/ui", nil).status)
	require.Equal(t, http.StatusOK, s.send("GET", "/ui/", nil, "x-api-key", "").status)
}

func TestACompressedBodyIsRefusedBeforeItIsRead(t *testing.T) {
	s := start(t, settings{})
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, err := io.CopyN(z, zeros{}, max(200<<20/slowdown, 40<<20))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, path := range []string{"/submitAsyncAction", "/getPicklist", admin.Path + "/evaluate", admin.Path + "/tables/t/versions"} {
		got := s.send("POST", path, bytes.NewReader(bomb.Bytes()), "Content-Encoding", "gzip")
		s.refused(got, http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE")
	}
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(20<<20), "the bomb was unpacked")
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestBodiesOverTheLimitAreRefused(t *testing.T) {
	s := start(t, settings{maxBody: 100 << 10})
	big := bytes.Repeat([]byte("x"), 150<<10)
	s.refused(s.send("POST", "/submitAsyncAction", bytes.NewReader(big)), http.StatusRequestEntityTooLarge, "REQUEST_ENTITY_TOO_LARGE")
	// Without a length the body comes in chunks.
	s.refused(s.send("POST", "/submitAsyncAction", io.MultiReader(bytes.NewReader(big))), http.StatusRequestEntityTooLarge, "REQUEST_ENTITY_TOO_LARGE")
	ok := `{"callbackUrl":"http://127.0.0.1:1/","objectData":[],"pad":"` + strings.Repeat("x", 90<<10) + `"}`
	require.Equal(t, http.StatusCreated, s.send("POST", "/submitAsyncAction", io.MultiReader(strings.NewReader(ok))).status)
}

func TestALyingLengthDoesNotHoldTheServer(t *testing.T) {
	s := start(t, settings{})
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	require.NoError(t, err)
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "POST /submitAsyncAction HTTP/1.1\r\nHost: x\r\nx-api-key: %s\r\nContent-Length: 5000\r\n\r\n{}", apiKey)
	require.NoError(t, err)
	require.NoError(t, conn.(*net.TCPConn).CloseWrite())
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
	raw, err := io.ReadAll(conn)
	require.NoError(t, err)
	if len(raw) > 0 {
		require.Contains(t, string(raw), "400 Bad Request")
	}
	require.Equal(t, http.StatusOK, s.send("GET", "/healthz", nil).status)
}

func TestRequestsInOneConnectionDoNotMixTheirBodies(t *testing.T) {
	s := start(t, settings{})
	// The body of the refused request looks like another request; a true one follows.
	inner := "GET " + admin.Path + "/tables HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + adminKey + "\r\n\r\n"
	for _, c := range []struct {
		key         string
		status      string
		otherAnswer int
	}{
		{"", "401 Unauthorized", 0},                           // its body is not read: the connection ends
		{"x-api-key: " + apiKey + "\r\n", "404 Not Found", 1}, // nobody wants its body, but it is all there
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		require.NoError(t, err)
		defer conn.Close()
		_, err = fmt.Fprintf(conn, "POST /nothing HTTP/1.1\r\nHost: x\r\n%sContent-Length: %d\r\n\r\n%s"+
			"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", c.key, len(inner), inner)
		require.NoError(t, err)
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
		raw, err := io.ReadAll(conn)
		require.NoError(t, err)
		require.Equal(t, 1, strings.Count(string(raw), c.status), "%s", raw)
		require.Equal(t, c.otherAnswer, strings.Count(string(raw), "200 OK"), "%s", raw)
		require.NotContains(t, string(raw), "tables")
	}
}
