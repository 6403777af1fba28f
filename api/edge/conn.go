package edge

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"time"
)

// Bounds of what is read of a client that has been answered and still sends.
const (
	lingerTime  = time.Second
	lingerBytes = 64 << 20
)

// ErrGone is the cause of a context that ended because its client went away.
var ErrGone = errors.New("the client has closed the connection")

// A Conn is a connection that was let in. Its Close is called by the goroutine that
// serves it, when it has let go of it.
type Conn struct {
	net.Conn
	listener  *Listener
	addr      netip.Addr // of the client; invalid where no cap by address holds
	peer      *peer      // nil where none holds
	lingering atomic.Bool

	// Guarded by the pool.
	inAll, inPeer link
	proven        bool
	left          bool          // closed, and let go of
	pushed        chan struct{} // pushed out; closed when it has left

	// A byte that was read while watching for the client to go, and whether a read has come
	// to the end. They belong to the goroutine that serves the connection, but while it
	// watches.
	ahead    [1]byte
	hasAhead bool
	ended    bool
}

// Of returns the Conn that c is, or that a TLS connection runs over; nil if none.
func Of(c net.Conn) *Conn {
	switch c := c.(type) {
	case *Conn:
		return c
	case interface{ NetConn() net.Conn }:
		return Of(c.NetConn())
	}
	return nil
}

// Prove says that the request under way has shown a right key: the connection is
// busy until Rest.
func (c *Conn) Prove() {
	p := c.listener.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	c.proven = true
	p.unqueue(c)
}

// Rest says that the request has been answered: the connection waits for the next.
func (c *Conn) Rest() {
	p := c.listener.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queue(c, c.proven)
}

// Linger has Close read what the client still sends, for a moment, so that it sees
// the answer.
func (c *Conn) Linger() { c.lingering.Store(true) }

// Close closes the connection.
func (c *Conn) Close() error {
	if c.lingering.CompareAndSwap(true, false) {
		c.linger()
	}
	err := c.Conn.Close()
	c.listener.pool.remove(c)
	if errors.Is(err, net.ErrClosed) {
		return nil // pushed out before
	}
	return err
}

// linger ends our side and reads until the client ends its own, for lingerTime in
// all.
func (c *Conn) linger() {
	p := c.listener.pool
	p.mu.Lock()
	p.queue(c, false)
	p.mu.Unlock()
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil || c.SetReadDeadline(time.Now().Add(lingerTime)) != nil {
		return
	}
	// Whatever ends this, the connection is closed next.
	_, _ = io.CopyN(io.Discard, c.Conn, lingerBytes)
}

// push closes the socket under the goroutine that serves the connection. It returns
// what is closed when that has let go. The pool's mutex is held.
func (c *Conn) push() <-chan struct{} {
	c.listener.pool.unqueue(c)
	if c.pushed == nil {
		c.pushed = make(chan struct{})
		_ = c.Conn.Close() // it never waits; what it could say is of no use to anybody
	}
	return c.pushed
}

// Read reads, first what was read ahead.
func (c *Conn) Read(p []byte) (int, error) {
	if c.hasAhead && len(p) > 0 {
		c.hasAhead = false
		p[0] = c.ahead[0]
		return 1, nil
	}
	n, err := c.Conn.Read(p)
	c.ended = c.ended || errors.Is(err, io.EOF)
	return n, err
}

// Ended says that the client has ended its side, and that somebody who reads has seen it. It
// is for who reads the connection.
func (c *Conn) Ended() bool { return c.ended }

// Watch returns a context that ends when the client closes the connection. Nobody
// may read until stop has been called; stop leaves a read deadline that is past.
// Clients that close their own side and still want the answer are given up, as those
// of net/http are. A client that sends its next request already is no longer watched.
func (c *Conn) Watch(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	if c.hasAhead || c.Conn.SetReadDeadline(time.Time{}) != nil {
		return ctx, func() { cancel(nil) }
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		n, err := c.Conn.Read(c.ahead[:])
		c.hasAhead = n == 1
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			cancel(ErrGone)
		}
	}()
	return ctx, func() {
		if c.Conn.SetReadDeadline(time.Unix(1, 0)) != nil {
			_ = c.Conn.Close() // it would not be woken otherwise
		}
		<-ended
		cancel(nil)
	}
}
