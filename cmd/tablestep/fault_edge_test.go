//go:build fault && linux

package main_test

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The whole form is
//
//	go test -tags fault -run Edge ./cmd/tablestep/ -edge.silent=9000 -edge.dripping=8000
var (
	edgeSilent   = flag.Int("edge.silent", 1100, "how many connections are opened without a byte")
	edgeDripping = flag.Int("edge.dripping", 2000, "how many posts without a key send a byte now and then")
)

// limited is a wrapper that starts a process with so many descriptors at most, soft
// and hard.
func limited(n int) []string {
	return []string{"sh", "-c", `ulimit -n ` + strconv.Itoa(n) + ` && exec "$@"`, "sh"}
}

// A crowd is connections that a test holds open, from two addresses of this
// machine by turns.
type crowd struct {
	t     *testing.T
	addr  string
	held  []net.Conn
	doing sync.WaitGroup
}

func newCrowd(t *testing.T, v *victim) *crowd {
	t.Helper()
	c := &crowd{t: t, addr: strings.TrimPrefix(v.url, "http://")}
	t.Cleanup(c.leave)
	return c
}

// join opens n more connections. Some may be refused: that is up to the service.
func (c *crowd) join(n int) []net.Conn {
	var joined []net.Conn
	for i := range n {
		d := net.Dialer{Timeout: 5 * time.Second, LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(1+i%2))}}
		conn, err := d.Dial("tcp", c.addr)
		if err == nil {
			joined = append(joined, conn)
		}
	}
	c.held = append(c.held, joined...)
	return joined
}

func (c *crowd) leave() {
	for _, conn := range c.held {
		_ = conn.Close() // the service may have closed it long ago
	}
	c.held = nil
	c.doing.Wait()
}

// requirePlainClients requires that clients with a key, each in a connection of its
// own and from the crowd's address, are answered.
func requirePlainClients(t *testing.T, v *victim, w *witness, name string, n int) {
	t.Helper()
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	for i := range n {
		require.False(t, v.hasEnded(), "%s", v.tail())
		r, err := client.Get(v.url + "/healthz")
		require.NoError(t, err, "%s %d", name, i)
		require.NoError(t, r.Body.Close())
		require.Equal(t, http.StatusOK, r.StatusCode)
		require.Equal(t, http.StatusCreated, w.send(v.url, fmt.Sprint(name, "-", i)), "%s %d", name, i)
		w.client.CloseIdleConnections()
	}
	require.Equal(t, http.StatusCreated, w.publish(v.url), "%s: an upload", name)
}

func TestEdgeSilentConnectionsBeyondTheDescriptorLimitEndNothing(t *testing.T) {
	for _, limit := range []int{1024, 256} {
		t.Run(fmt.Sprint("limit=", limit), func(t *testing.T) {
			t.Parallel()
			w := newWitness(t, nil)
			v := launch(t, sampled(t), limited(limit))
			require.True(t, v.ready(), "%s", v.tail())
			c := newCrowd(t, v)
			c.join(*edgeSilent)
			requirePlainClients(t, v, w, "beside", 10)
			c.join(100)
			requirePlainClients(t, v, w, "beside more", 10)
			c.leave()
			requirePlainClients(t, v, w, "after", 10)
			w.answered(t, 20*time.Second)
			v.stop()
		})
	}
}

func TestEdgeDrippingPostsWithoutAKeyAreSentAwayAtOnce(t *testing.T) {
	w := newWitness(t, nil)
	v := launch(t, sampled(t), nil)
	require.True(t, v.ready(), "%s", v.tail())
	c := newCrowd(t, v)
	var refused, cut atomic.Int64
	over := make(chan struct{})
	heads := []string{
		"POST /submitAsyncAction HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{",
		"POST /api/v1/tables/t/versions HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\na",
		"POST /api/v1/tables/t/versions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n",
		"POST /submitAsyncAction HTTP/1.1\r\nHost: x\r\nx-api-key: wrong\r\nExpect: 100-continue\r\nContent-Length: 5000\r\n\r\n",
		"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n",
	}
	for left := *edgeDripping; left > 0; left -= 500 {
		for i, conn := range c.join(min(left, 500)) {
			c.doing.Go(func() { drip(conn, heads[i%len(heads)], over, &refused, &cut) })
		}
	}
	requirePlainClients(t, v, w, "beside", 10)
	// Nobody is held for the 30 s that a body with a key may take.
	require.Eventually(t, func() bool { return cut.Load() == int64(len(c.held)) }, 15*time.Second, 100*time.Millisecond,
		"connections without a key are held")
	t.Logf("%d of %d were told 401 before they were closed", refused.Load(), len(c.held))
	require.Greater(t, refused.Load(), int64(len(c.held)/4))
	close(over)
	c.leave()
	requirePlainClients(t, v, w, "after", 10)
	w.answered(t, 20*time.Second)
	v.stop()
}

// drip sends the head of a request and then a byte now and then, until the service
// closes the connection.
func drip(conn net.Conn, head string, over <-chan struct{}, refused, cut *atomic.Int64) {
	defer cut.Add(1)
	if _, err := io.WriteString(conn, head); err != nil {
		return
	}
	var got strings.Builder
	buf := make([]byte, 4096)
	for {
		_ = conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond)) // a test's own socket
		n, err := conn.Read(buf)
		got.Write(buf[:n])
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			break
		}
		select {
		case <-over:
			return
		default:
		}
		if _, err := conn.Write([]byte("1")); err != nil {
			break
		}
	}
	if strings.HasPrefix(got.String(), "HTTP/1.1 401 ") {
		refused.Add(1)
	}
}

func TestEdgeAnUploadOnAFullDiskIsToldSo(t *testing.T) {
	d := mountSmallDisk(t, sampled(t))
	w := newWitness(t, nil)
	v := launch(t, d.data, nil)
	require.True(t, v.ready(), "%s", v.tail())
	d.fill()
	for _, body := range []string{"a,b\n1,2\n", "a,b\n" + strings.Repeat("1,2\n", 100_000)} {
		r, err := http.NewRequest(http.MethodPost, v.url+"/api/v1/tables/t/versions", strings.NewReader(body))
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+testAdminKey)
		answer, err := w.client.Do(r)
		require.NoError(t, err)
		told, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, http.StatusInsufficientStorage, answer.StatusCode, "%s", told)
		require.Contains(t, string(told), "DISK_FULL")
	}
	d.empty()
	require.Equal(t, http.StatusCreated, w.publish(v.url))
	v.stop()
}

func TestEdgeSlowCallbacksLeaveDescriptorsForAcceptance(t *testing.T) {
	const hosts = 140
	over := make(chan struct{})
	mute, err := net.Listen("tcp", "127.0.0.1:0") // the port; each address below gets a listener of its own
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(mute.Addr().String())
	require.NoError(t, err)
	require.NoError(t, mute.Close())
	var running sync.WaitGroup
	var taken atomic.Int64
	var listeners []net.Listener
	leave := sync.OnceFunc(func() {
		close(over)
		for _, l := range listeners {
			_ = l.Close()
		}
		running.Wait()
	})
	t.Cleanup(leave)
	w := newWitness(t, nil)
	v := launch(t, sampled(t), limited(128))
	require.True(t, v.ready(), "%s", v.tail())
	for i := range hosts {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.1.%d:%s", 1+i, port))
		require.NoError(t, err)
		listeners = append(listeners, l)
		running.Go(func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				taken.Add(1)
				running.Go(func() {
					defer conn.Close()
					<-over
				})
			}
		})
		sendTo(t, w, v, "mute", "http://"+l.Addr().String(), i)
	}
	requirePlainClients(t, v, w, "beside", 20)
	leave()
	w.answered(t, 60*time.Second)
	t.Logf("%d callbacks were connected to mute hosts", taken.Load())
	for _, i := range byHost(t, v)["mute"] {
		for _, a := range i.Recent {
			require.NotContains(t, a.Err, "too many open files", "a host is blamed for our own shortage")
		}
	}
	v.stop()
}
