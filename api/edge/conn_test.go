package edge_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/api/edge"
)

// pair is both sides of a real connection.
func pair(t *testing.T) (server *edge.Conn, client *net.TCPConn) {
	t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := edge.Wrap(inner, edge.Options{})
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	c, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	s, err := l.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return edge.Of(s), c.(*net.TCPConn)
}

func TestALingeringConnectionLetsItsAnswerBeSeen(t *testing.T) {
	server, client := pair(t)
	for range 20 { // unread by the server: a plain close would reset the connection
		_, err := client.Write(make([]byte, 10_000))
		require.NoError(t, err)
	}
	_, err := io.WriteString(server, "answer")
	require.NoError(t, err)
	server.Linger()
	closed := make(chan error, 1)
	go func() { closed <- server.Close() }()
	_, err = client.Write(make([]byte, 10_000))
	require.NoError(t, err)
	raw, err := io.ReadAll(client)
	require.NoError(t, err)
	require.Equal(t, "answer", string(raw))
	require.NoError(t, client.Close())
	require.NoError(t, <-closed)
}

// Who reads learns that the client has ended its side, and not before: a body that has come
// whole is not taken for one that was cut.
func TestTheEndOfTheClientsSideIsSeenByWhoReads(t *testing.T) {
	server, client := pair(t)
	_, err := io.WriteString(client, "last words")
	require.NoError(t, err)
	require.NoError(t, client.CloseWrite())
	b := make([]byte, 10)
	_, err = io.ReadFull(server, b)
	require.NoError(t, err)
	require.False(t, server.Ended(), "nobody has read on")
	_, err = server.Read(b)
	require.ErrorIs(t, err, io.EOF)
	require.True(t, server.Ended())
}

func TestLingeringEndsWhateverTheClientSends(t *testing.T) {
	server, client := pair(t)
	server.Linger()
	closed := make(chan error, 1)
	go func() { closed <- server.Close() }()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(20 * time.Second); ; {
		select {
		case <-tick.C:
			_, _ = client.Write([]byte("1")) // it fails once the server has closed
		case err := <-closed:
			require.NoError(t, err)
			return
		case <-limit:
			require.Fail(t, "a byte now and then keeps the connection open")
		}
	}
}

func TestAWatchedContextEndsWhenTheClientLeaves(t *testing.T) {
	for name, leave := range map[string]func(c *net.TCPConn) error{
		"closes": func(c *net.TCPConn) error { return c.Close() },
		"resets": func(c *net.TCPConn) error {
			if err := c.SetLinger(0); err != nil {
				return err
			}
			return c.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			server, client := pair(t)
			ctx, stop := server.Watch(t.Context())
			defer stop()
			require.NoError(t, ctx.Err())
			require.NoError(t, leave(client))
			<-ctx.Done()
			require.ErrorIs(t, context.Cause(ctx), edge.ErrGone)
		})
	}
}

func TestWatchingLosesNothingOfTheNextRequest(t *testing.T) {
	server, client := pair(t)
	r := bufio.NewReader(server)
	for range 3 {
		ctx, stop := server.Watch(t.Context())
		_, err := io.WriteString(client, "next\n")
		require.NoError(t, err)
		require.NoError(t, ctx.Err())
		stop()
		require.NotErrorIs(t, context.Cause(ctx), edge.ErrGone)
		require.NoError(t, server.SetReadDeadline(time.Time{}))
		line, err := r.ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, "next\n", line)
	}
	parent, cancel := context.WithCancel(t.Context())
	ctx, stop := server.Watch(parent)
	cancel()
	<-ctx.Done()
	stop()
}

func TestOnlyOurConnectionsAreFound(t *testing.T) {
	server, client := pair(t)
	require.Same(t, server, edge.Of(server))
	require.Same(t, server, edge.Of(wrapped{server}), "below TLS")
	require.Nil(t, edge.Of(client))
}

type wrapped struct{ net.Conn }

func (w wrapped) NetConn() net.Conn { return w.Conn }

// Nothing is kept of a connection that is over, nor of the address it came from: there is
// no end of either.
func TestNothingIsKeptOfAConnectionThatIsOver(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := edge.Wrap(inner, edge.Options{})
	defer l.Close()
	var accepted []net.Conn
	for range 2 {
		c, err := net.Dial("tcp", l.Addr().String())
		require.NoError(t, err)
		defer c.Close()
		s, err := l.Accept()
		require.NoError(t, err)
		accepted = append(accepted, s)
	}
	conns, peers := edge.Kept(l)
	require.Equal(t, [2]int{2, 1}, [2]int{conns, peers})
	for i, s := range accepted {
		require.NoError(t, s.Close())
		require.NoError(t, s.Close(), "twice is once")
		conns, peers = edge.Kept(l)
		require.Equal(t, [2]int{1 - i, 1 - i}, [2]int{conns, peers})
	}
}
