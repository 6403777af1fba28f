package edge_test

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strconv"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/api/edge"
)

// A script is a listener that does what it is told.
type script struct {
	steps chan func() (net.Conn, error)
	over  chan struct{}
}

func newScript(steps ...func() (net.Conn, error)) *script {
	s := &script{steps: make(chan func() (net.Conn, error), 100), over: make(chan struct{})}
	for _, f := range steps {
		s.steps <- f
	}
	return s
}

func (s *script) Accept() (net.Conn, error) {
	select {
	case f := <-s.steps:
		return f()
	default:
	}
	select {
	case f := <-s.steps:
		return f()
	case <-s.over:
		return nil, net.ErrClosed
	}
}

func (s *script) Close() error   { close(s.over); return nil }
func (s *script) Addr() net.Addr { return &net.TCPAddr{} }

func fails(errno error) func() (net.Conn, error) {
	return func() (net.Conn, error) {
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept4", errno)}
	}
}

// A far is the server's side of a connection from an address of one's choice.
type far struct {
	net.Conn
	from string
	shut chan struct{} // closed with the socket
	once chan struct{}
}

func (f *far) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(f.from))
}

func (f *far) Close() error {
	select {
	case <-f.once:
		close(f.shut)
	default:
	}
	return f.Conn.Close()
}

// comes lets a connection come from an address; the other side is the client's.
func comes(from string) (f *far, client net.Conn) {
	server, client := net.Pipe()
	f = &far{Conn: server, from: from, shut: make(chan struct{}), once: make(chan struct{}, 1)}
	f.once <- struct{}{}
	return f, client
}

func (f *far) accepted() (net.Conn, error) { return f, nil }

func (f *far) isShut() bool {
	select {
	case <-f.shut:
		return true
	default:
		return false
	}
}

// serve does what a server does: a goroutine a connection, that lets go of it when
// reading fails.
func serve(t *testing.T, c net.Conn) *edge.Conn {
	t.Helper()
	conn := edge.Of(c)
	require.NotNil(t, conn)
	go func() {
		_, _ = conn.Read(make([]byte, 1))
		_ = conn.Close()
	}()
	return conn
}

func TestAnAcceptThatFailsForWantOfSomethingIsTriedAgain(t *testing.T) {
	for _, errno := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED, syscall.EPROTO, syscall.EPERM} {
		synctest.Test(t, func(t *testing.T) {
			var log bytes.Buffer
			f, client := comes("192.0.2.1:1")
			defer client.Close()
			s := newScript(fails(errno), fails(errno), fails(errno), fails(errno), f.accepted)
			l := edge.Wrap(s, edge.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
			began := time.Now()
			c, err := l.Accept()
			require.NoError(t, err, "%v", errno)
			require.Equal(t, 75*time.Millisecond, time.Since(began), "5, 10, 20 and 40 ms")
			require.Equal(t, 1, bytes.Count(log.Bytes(), []byte("\n")), "%s", &log)
			require.Contains(t, log.String(), errno.Error())
			require.NoError(t, c.Close())
			require.NoError(t, l.Close())
		})
	}
}

func TestThePauseGrowsToASecondAndEndsWithTheListener(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScript()
		for range 50 {
			s.steps <- fails(syscall.EMFILE)
		}
		l := edge.Wrap(s, edge.Options{})
		began := time.Now()
		go func() {
			time.Sleep(20500 * time.Millisecond)
			_ = l.Close()
		}()
		_, err := l.Accept()
		require.ErrorIs(t, err, net.ErrClosed)
		require.Equal(t, 20500*time.Millisecond, time.Since(began))
		require.InDelta(t, 50-27, len(s.steps), 2, "8 pauses to the first second, then one each")
	})
}

func TestABrokenListenerIsTheEnd(t *testing.T) {
	l := edge.Wrap(newScript(fails(syscall.EBADF)), edge.Options{})
	_, err := l.Accept()
	require.ErrorIs(t, err, syscall.EBADF)
}

func TestOutOfDescriptorsOneThatWaitsIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent, client := comes("192.0.2.1:1")
		defer client.Close()
		next, other := comes("192.0.2.2:1")
		defer other.Close()
		s := newScript(silent.accepted, fails(syscall.EMFILE), next.accepted)
		l := edge.Wrap(s, edge.Options{})
		c, err := l.Accept()
		require.NoError(t, err)
		serve(t, c)
		c, err = l.Accept()
		require.NoError(t, err)
		require.True(t, silent.isShut())
		require.Equal(t, 1, l.Open())
		require.NoError(t, c.Close())
	})
}

// house is a listener whose connections are served.
type house struct {
	t       *testing.T
	s       *script
	l       *edge.Listener
	clients []net.Conn
}

// enter lets one connection in.
func (h *house) enter(from string) (*far, *edge.Conn) {
	h.t.Helper()
	f, client := comes(from)
	h.clients = append(h.clients, client)
	h.s.steps <- f.accepted
	c, err := h.l.Accept()
	require.NoError(h.t, err)
	return f, serve(h.t, c)
}

// turnedAway has one come that is refused, and returns what it is told.
func (h *house) turnedAway(from string) string {
	h.t.Helper()
	f, client := comes(from)
	told := make(chan string, 1)
	go func() {
		raw, _ := io.ReadAll(client) // it ends with the connection
		told <- string(raw)
	}()
	h.s.steps <- f.accepted
	h.s.steps <- fails(syscall.EBADF)
	_, err := h.l.Accept()
	require.ErrorIs(h.t, err, syscall.EBADF)
	require.True(h.t, f.isShut())
	return <-told
}

func (h *house) leave() {
	h.l.CloseConns()
	synctest.Wait()
	require.Zero(h.t, h.l.Open())
	for _, c := range h.clients {
		_ = c.Close()
	}
}

func in(t *testing.T, o edge.Options, f func(h *house)) {
	synctest.Test(t, func(t *testing.T) {
		h := &house{t: t, s: newScript()}
		h.l = edge.Wrap(h.s, o)
		f(h)
		h.leave()
	})
}

func TestAtTheCapOfAnAddressItsOwnLongestWaitingGoes(t *testing.T) {
	in(t, edge.Options{Max: 100, PerAddress: 3}, func(h *house) {
		other, _ := h.enter("198.51.100.1:1")
		var fars []*far
		for i := range 5 {
			f, _ := h.enter("192.0.2.1:" + strconv.Itoa(1+i))
			fars = append(fars, f)
			require.LessOrEqual(h.t, h.l.Open(), 4)
		}
		require.True(h.t, fars[0].isShut())
		require.True(h.t, fars[1].isShut())
		require.False(h.t, fars[2].isShut())
		require.False(h.t, fars[4].isShut())
		require.False(h.t, other.isShut(), "it waited longest, but its address is not at the cap")
	})
}

func TestAtTheCapInAllTheLongestWaitingOfAllGoes(t *testing.T) {
	in(t, edge.Options{Max: 3, PerAddress: 3}, func(h *house) {
		a, _ := h.enter("192.0.2.1:1")
		b, _ := h.enter("192.0.2.2:1")
		h.enter("192.0.2.3:1")
		h.enter("192.0.2.4:1")
		require.True(h.t, a.isShut())
		require.False(h.t, b.isShut())
		require.Equal(h.t, 3, h.l.Open())
	})
}

func TestStrangersGoBeforeThoseWhoShowedAKeyAndTheBusyStay(t *testing.T) {
	in(t, edge.Options{Max: 3, PerAddress: 3}, func(h *house) {
		idle, c := h.enter("192.0.2.1:1")
		c.Prove()
		c.Rest()
		busy, b := h.enter("192.0.2.2:1")
		b.Prove()
		stranger, _ := h.enter("192.0.2.3:1")

		newcomer, n := h.enter("192.0.2.4:1")
		require.True(h.t, stranger.isShut())
		require.False(h.t, idle.isShut())
		n.Prove()

		next, x := h.enter("192.0.2.5:1")
		require.True(h.t, idle.isShut(), "there was no stranger")
		x.Prove()

		told := h.turnedAway("192.0.2.6:1")
		require.Contains(h.t, told, "HTTP/1.1 503 ")
		require.Contains(h.t, told, "TOO_MANY_CONNECTIONS")
		for _, f := range []*far{busy, newcomer, next} {
			require.False(h.t, f.isShut())
		}
		b.Rest()
		h.enter("192.0.2.7:1")
		require.True(h.t, busy.isShut(), "it was answered, and waits")
	})
}

func TestASocketThatItsServerDoesNotLetGoOfStillCounts(t *testing.T) {
	in(t, edge.Options{Max: 1}, func(h *house) {
		f, client := comes("192.0.2.1:1")
		defer client.Close()
		h.s.steps <- f.accepted
		stuck, err := h.l.Accept() // nobody reads
		require.NoError(h.t, err)
		h.turnedAway("192.0.2.2:1")
		require.True(h.t, f.isShut())
		require.Equal(h.t, 1, h.l.Open())
		require.NoError(h.t, stuck.Close())
		h.enter("192.0.2.3:1")
	})
}

// A newcomer costs one of those who wait, and not all of them where none lets go.
func TestANewcomerDisplacesOneEvenWhereNobodyLetsGo(t *testing.T) {
	in(t, edge.Options{Max: 2}, func(h *house) {
		var fars []*far
		for i := range 2 {
			f, client := comes("192.0.2." + strconv.Itoa(1+i) + ":1")
			defer client.Close()
			h.s.steps <- f.accepted
			stuck, err := h.l.Accept() // nobody reads
			require.NoError(h.t, err)
			defer func() { require.NoError(h.t, stuck.Close()) }()
			fars = append(fars, f)
		}
		h.turnedAway("192.0.2.9:1")
		require.True(h.t, fars[0].isShut())
		require.False(h.t, fars[1].isShut())
	})
}

func TestAnIPv6NetworkIsOneAddress(t *testing.T) {
	in(t, edge.Options{Max: 100, PerAddress: 1}, func(h *house) {
		a, _ := h.enter("[2001:db8::1]:1")
		other, _ := h.enter("[2001:db8:0:1::1]:1")
		h.enter("[2001:db8::ffff:2]:1")
		require.True(h.t, a.isShut())
		require.False(h.t, other.isShut())
		v4, _ := h.enter("192.0.2.1:1")
		h.enter("[::ffff:192.0.2.1]:1")
		require.True(h.t, v4.isShut(), "the same address")
	})
}

func TestATrustedProxyIsCappedByWhomItForwardsFor(t *testing.T) {
	in(t, edge.Options{Max: 100, PerAddress: 2, Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}, func(h *house) {
		var fars []*far
		var conns []*edge.Conn
		for i := range 5 {
			f, c := h.enter("10.1.2.3:" + strconv.Itoa(1+i))
			fars, conns = append(fars, f), append(conns, c)
		}
		for _, f := range fars {
			require.False(h.t, f.isShut())
		}
		const header = "203.0.113.9, 198.51.100.7, 10.9.9.9" // the first was made up by the client
		leave, ok := conns[0].Enter(header)
		require.True(h.t, ok)
		_, ok = conns[1].Enter(header)
		require.True(h.t, ok)
		_, ok = conns[2].Enter("198.51.100.7")
		require.False(h.t, ok)
		_, ok = conns[2].Enter("198.51.100.8")
		require.True(h.t, ok)
		for range 5 {
			_, ok = conns[3].Enter("")
			require.True(h.t, ok, "the proxy itself")
		}
		leave()
		_, ok = conns[2].Enter("198.51.100.7")
		require.True(h.t, ok)
		_, stranger := h.enter("198.51.100.7:1")
		for range 5 {
			_, ok = stranger.Enter("198.51.100.7")
			require.True(h.t, ok, "what a stranger forwards counts for nothing")
		}
	})
}

func TestErrorsOfAClosedListenerSaySo(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := edge.Wrap(inner, edge.Options{})
	require.Equal(t, inner.Addr(), l.Addr())
	require.NoError(t, l.Close())
	_, err = l.Accept()
	require.ErrorIs(t, err, net.ErrClosed)
}
