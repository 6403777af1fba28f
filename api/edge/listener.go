package edge

import (
	"cmp"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"
)

// What a Listener does where its options say nothing.
const (
	DefaultMax = 4096 // open connections; each may need 40 KB, and Marketo has a few dozen

	shareOfAddress = 4 // an address may have this part of all, and at least one
)

// Pauses after an accept that failed for want of something, and how often that and
// what was closed to make room is logged.
const (
	firstPause = 5 * time.Millisecond
	lastPause  = time.Second
	logEvery   = 10 * time.Second
)

// refused is all that a client is told when every connection is busy.
const refused = `{"error":{"code":"TOO_MANY_CONNECTIONS","message":"all connections are in use; try again in a moment","details":[]}}` + "\n"

// refusal goes into the empty buffer of a new socket, so that it is never waited for.
func refusal() []byte {
	return fmt.Appendf(nil, "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 10\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		len(refused), refused)
}

// Options of a Listener. The zero value means the defaults.
type Options struct {
	Max        int            // open connections in all; 0 is DefaultMax
	PerAddress int            // of one address; 0 is a quarter of all
	Trusted    []netip.Prefix // proxies
	Log        *slog.Logger   // nil: nothing is logged
}

// A Listener accepts connections for as long as it is not closed.
type Listener struct {
	inner    net.Listener
	pool     *pool
	requests *requests
	trusted  []netip.Prefix
	log      *slog.Logger

	once   sync.Once
	closed chan struct{}

	// Of the one goroutine that accepts.
	failed, displaced, refused int
	logged                     time.Time
}

// Wrap returns a Listener around inner, which it closes.
func Wrap(inner net.Listener, o Options) *Listener {
	o.Max = cmp.Or(max(o.Max, 0), DefaultMax)
	o.PerAddress = min(cmp.Or(max(o.PerAddress, 0), max(o.Max/shareOfAddress, 1)), o.Max)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Listener{
		inner: inner, trusted: o.Trusted, log: o.Log, closed: make(chan struct{}),
		pool: newPool(o.Max, o.PerAddress), requests: newRequests(o.PerAddress),
	}
}

// Accept returns the next connection, a *Conn. It fails only when the listener is
// closed, or broken in a way that does not pass.
func (l *Listener) Accept() (net.Conn, error) {
	pause := firstPause
	for {
		raw, err := l.inner.Accept()
		switch {
		case err == nil:
			if c := l.admit(raw); c != nil {
				return c, nil
			}
			pause = firstPause
		case !passes(err):
			return nil, err
		default:
			l.failed++
			l.report(err)
			if wants(err) {
				l.pool.shed()
			}
			if !l.sleep(pause) {
				return nil, net.ErrClosed
			}
			pause = min(2*pause, lastPause)
		}
	}
}

// sleep waits, or gives false when the listener is closed meanwhile.
func (l *Listener) sleep(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-l.closed:
		return false
	}
}

// admit finds room for a connection; nil where there is none, and it is closed.
func (l *Listener) admit(raw net.Conn) *Conn {
	addr := addressOf(raw.RemoteAddr())
	c := &Conn{Conn: raw, listener: l, addr: clientOf(addr)}
	if !addr.IsValid() || contains(l.trusted, addr) {
		c.addr = netip.Addr{}
	}
	ok, displaced := l.pool.admit(c)
	l.displaced += displaced
	if displaced > 0 || !ok {
		l.report(nil)
	}
	if ok {
		return c
	}
	l.refused++
	// Whoever does not get this far is closed all the same.
	if err := raw.SetWriteDeadline(time.Now().Add(firstPause)); err == nil {
		_, _ = raw.Write(refusal())
	}
	_ = raw.Close()
	return nil
}

// report logs now and then what had to be done, so that a flood does not become one
// of the log.
func (l *Listener) report(err error) {
	if now := time.Now(); now.Sub(l.logged) >= logEvery {
		l.logged = now
		args := []any{"open", l.Open(), "closedToMakeRoom", l.displaced, "refused", l.refused, "failedAccepts", l.failed}
		if err != nil {
			args = append(args, "error", err)
		}
		l.log.Warn("connections are short", args...)
		l.failed, l.displaced, l.refused = 0, 0, 0
	}
}

// Open is how many connections are open.
func (l *Listener) Open() int {
	l.pool.mu.Lock()
	defer l.pool.mu.Unlock()
	return l.pool.open
}

// Addr is where the listener listens.
func (l *Listener) Addr() net.Addr { return l.inner.Addr() }

// Close ends Accept. Connections stay.
func (l *Listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.inner.Close()
}

// CloseConns closes every connection at once, whatever it is doing.
func (l *Listener) CloseConns() { l.pool.closeAll() }
