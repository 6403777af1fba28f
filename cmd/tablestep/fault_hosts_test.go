//go:build fault

package main_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// listen answers every connection with f until the test ends.
func listen(t *testing.T, f func(conn net.Conn, over <-chan struct{})) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	over := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer conn.Close()
				f(conn, over)
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close() // it wakes Accept
		close(over)
		running.Wait()
	})
	return "http://" + l.Addr().String()
}

// hear reads what comes until it pauses.
func hear(conn net.Conn) {
	buf := make([]byte, 64<<10)
	for {
		_ = conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond)) // a test's own socket
		if _, err := conn.Read(buf); err != nil {
			return
		}
	}
}

// answering is a host of plain HTTP.
func answering(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err == nil {
			h(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// A sentInvocation is what the admin API tells of an invocation.
type sentInvocation struct {
	State     string    `json:"state"`
	BatchID   string    `json:"batchId"`
	Due       time.Time `json:"due"`
	Attempts  int       `json:"attempts"`
	Ambiguous bool      `json:"ambiguous"`
	Reason    string    `json:"reason"`
	Recent    []struct {
		Started time.Time `json:"started"`
		Millis  int64     `json:"durationMs"`
		Status  int       `json:"status"`
		Err     string    `json:"error"`
	} `json:"recentAttempts"`
}

const retryAfterSeconds = 20 // of the busy host

// badHosts are hosts that harm who calls them, by name.
func badHosts(t *testing.T, trapped *atomic.Int64) map[string]string {
	t.Helper()
	trap := answering(t, func(http.ResponseWriter, *http.Request) { trapped.Add(1) })
	return map[string]string{
		"refuses": "http://" + freePort(t),
		"resets": listen(t, func(conn net.Conn, _ <-chan struct{}) {
			hear(conn)
			_ = conn.(*net.TCPConn).SetLinger(0) // closing sends a reset then
		}),
		"drips": listen(t, func(conn net.Conn, over <-chan struct{}) {
			hear(conn)
			if _, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\nX-Slow: "); err != nil {
				return
			}
			for {
				select {
				case <-over:
					return
				case <-time.After(200 * time.Millisecond):
				}
				if _, err := io.WriteString(conn, "a"); err != nil {
					return
				}
			}
		}),
		"never": listen(t, func(_ net.Conn, over <-chan struct{}) {
			select {
			case <-over:
			case <-time.After(time.Minute):
			}
		}),
		"busy": answering(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", fmt.Sprint(retryAfterSeconds))
			w.WriteHeader(http.StatusTooManyRequests)
		}),
		"fails": answering(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }),
		"leads elsewhere": answering(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, trap, http.StatusFound)
		}),
		"floods": answering(t, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(make([]byte, 10<<20)) // nobody reads it to the end
		}),
	}
}

// sendTo sends a request whose callback goes to a bad host, under the host's name.
func sendTo(t *testing.T, w *witness, v *victim, name, callback string, n int) {
	t.Helper()
	body := fmt.Sprintf(`{"token":"%s-%d","batchid":%q,"callbackUrl":%q,"objectData":[{"objectContext":{"id":1,"country":"Germany"},"flowStepContext":{"table":"country-codes"}}]}`,
		name, n, name, callback)
	status, _ := w.post(v.url+"/submitAsyncAction", "x-api-key", testAPIKey, body)
	require.Equal(t, http.StatusCreated, status)
}

// byHost lists what was sent to each host.
func byHost(t *testing.T, v *victim) map[string][]sentInvocation {
	t.Helper()
	var list struct{ Invocations []sentInvocation }
	require.NoError(t, json.Unmarshal([]byte(v.client("invocations", "list", "--limit", "1000", "--json")), &list))
	by := map[string][]sentInvocation{}
	for _, i := range list.Invocations {
		by[i.BatchID] = append(by[i.BatchID], i)
	}
	return by
}

func TestBadHostsSlowNobodyElseAndEndAsTheyShould(t *testing.T) {
	t.Parallel()
	const (
		toEach = 45
		toMute = 200 // to each of the two that hold an attempt until its timeout; together more than there are attempts at once
		bound  = 5 * time.Second
		pace   = 200 * time.Millisecond // so that one list holds them all
	)
	w := newWitness(t, nil) // the healthy host
	v := launch(t, sampled(t), nil)
	require.True(t, v.ready(), "%s", v.tail())
	var trapped atomic.Int64
	hosts := badHosts(t, &trapped)
	started := time.Now()
	number := func(name string) int {
		if name == "never" || name == "drips" {
			return toMute
		}
		return toEach
	}
	for n := range toMute {
		for name, url := range hosts {
			if n >= number(name) {
				continue
			}
			sendTo(t, w, v, name, url, n)
		}
	}
	// The timeout of an attempt is 30 s: everything is seen that the hosts can do.
	var slowest time.Duration
	for n := 0; time.Since(started) < 45*time.Second; n++ {
		sent := time.Now()
		require.Equal(t, http.StatusCreated, w.send(v.url, fmt.Sprint("healthy-", n)))
		w.answered(t, time.Minute)
		slowest = max(slowest, time.Since(sent))
		time.Sleep(pace)
	}
	t.Logf("slowest callback to the healthy host: %s", slowest)

	by := byHost(t, v)
	for name := range hosts {
		require.Len(t, by[name], number(name), name)
	}
	requireAll(t, by["floods"], toEach, func(i sentInvocation) bool { return i.State == "delivered" })
	requireAll(t, by["leads elsewhere"], toEach, func(i sentInvocation) bool {
		return i.State == "dead" && i.Attempts == 1 && i.Recent[0].Status == http.StatusFound && i.Reason != ""
	})
	require.Zero(t, trapped.Load(), "a redirect was followed")
	for name, attempted := range map[string]func(i sentInvocation) bool{
		"refuses": func(i sentInvocation) bool {
			return !i.Ambiguous && strings.Contains(i.Recent[0].Err, "connection refused")
		},
		"resets": func(i sentInvocation) bool { return i.Ambiguous && i.Recent[0].Status == 0 },
		"drips":  func(i sentInvocation) bool { return i.Ambiguous && strings.Contains(i.Recent[0].Err, "no answer") },
		"never":  func(i sentInvocation) bool { return i.Ambiguous && strings.Contains(i.Recent[0].Err, "no answer") },
		"busy": func(i sentInvocation) bool {
			wait := i.Due.Sub(i.Recent[len(i.Recent)-1].Started)
			return !i.Ambiguous && i.Recent[0].Status == http.StatusTooManyRequests && (i.State == "delivering" || wait >= retryAfterSeconds*time.Second)
		},
		"fails": func(i sentInvocation) bool {
			return !i.Ambiguous && i.Recent[0].Status == http.StatusInternalServerError
		},
	} {
		requireAll(t, by[name], number(name), func(i sentInvocation) bool { return i.State == "retryable" || i.State == "delivering" })
		tried := slices.DeleteFunc(slices.Clone(by[name]), func(i sentInvocation) bool { return i.Attempts == 0 })
		require.NotEmpty(t, tried, name)
		requireAll(t, tried, len(tried), attempted)
		t.Logf("%s: %d of %d attempted by now, last: %s", name, len(tried), number(name), tried[0].Recent[0].Err)
	}
	v.stop() // with attempts under way
	require.Less(t, slowest, bound, "a healthy host had to wait for bad ones")
}

// requireAll requires that n invocations are as told.
func requireAll(t *testing.T, list []sentInvocation, n int, ok func(sentInvocation) bool) {
	t.Helper()
	require.Len(t, list, n)
	for _, i := range list {
		require.True(t, ok(i), "%+v", i)
	}
}
