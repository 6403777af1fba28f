package edge

import (
	"net/netip"
	"sync"
	"time"
)

// evictionTime bounds the wait for a connection that was pushed out to be gone. It
// is a matter of microseconds, unless its handler is stuck.
const evictionTime = 50 * time.Millisecond

// shedAtOnce is how many connections are closed when the process is out of
// descriptors although the caps hold.
const shedAtOnce = 8

// A pool knows which connections are open, and which of them waits longest.
type pool struct {
	max, perAddress int

	mu    sync.Mutex // guards all below, and place, proven and gone of each Conn
	open  int
	rows  rows
	peers map[netip.Addr]*peer
	conns map[*Conn]struct{}
}

// A peer is the connections of one address.
type peer struct {
	open int
	rows rows
}

// rows are the connections that wait, those first that began first.
type rows struct{ unproven, proven link }

// A link is a place in a row; the row itself is one, too, that closes the ring.
type link struct {
	next, last *link
	conn       *Conn // nil for the row itself
}

func (l *link) init() { l.next, l.last = l, l }

// push puts n at the end of the row.
func (l *link) push(n *link) {
	n.last, n.next = l.last, l
	l.last.next, l.last = n, n
}

// leave takes n out of its row, if it is in one.
func (n *link) leave() {
	if n.next != nil {
		n.last.next, n.next.last = n.next, n.last
		n.next, n.last = nil, nil
	}
}

func (r *rows) init() {
	r.unproven.init()
	r.proven.init()
}

// first is the connection that has to go, nil if none may.
func (r *rows) first() *Conn {
	if c := r.unproven.next.conn; c != nil {
		return c
	}
	return r.proven.next.conn
}

func newPool(most, perAddress int) *pool {
	p := &pool{max: most, perAddress: perAddress, peers: make(map[netip.Addr]*peer), conns: make(map[*Conn]struct{})}
	p.rows.init()
	return p
}

// admit takes a connection in, pushing out others where a cap is reached. It reports
// how many those were.
func (p *pool) admit(c *Conn) (ok bool, displaced int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		from := p.over(c)
		if from == nil {
			p.add(c)
			return true, displaced
		}
		victim := from.first()
		if victim == nil {
			return false, displaced
		}
		displaced++
		gone := victim.push()
		p.mu.Unlock()
		left := wait(gone)
		p.mu.Lock()
		if !left {
			return false, displaced
		}
	}
}

// wait gives false if the channel is not closed in time.
func wait(gone <-chan struct{}) bool {
	timer := time.NewTimer(evictionTime)
	defer timer.Stop()
	select {
	case <-gone:
		return true
	case <-timer.C:
		return false
	}
}

// over returns the rows of the cap that one more connection would break, nil if
// none. p.mu is held.
func (p *pool) over(c *Conn) *rows {
	if c.addr.IsValid() {
		if peer := p.peers[c.addr]; peer != nil && peer.open >= p.perAddress {
			return &peer.rows
		}
	}
	if p.open >= p.max {
		return &p.rows
	}
	return nil
}

// add lets c in; it waits from now on. p.mu is held.
func (p *pool) add(c *Conn) {
	p.open++
	p.conns[c] = struct{}{}
	if c.addr.IsValid() {
		c.peer = p.peers[c.addr]
		if c.peer == nil {
			c.peer = new(peer)
			c.peer.rows.init()
			p.peers[c.addr] = c.peer
		}
		c.peer.open++
	}
	c.inAll.conn, c.inPeer.conn = c, c
	p.queue(c, c.proven)
}

// queue puts c at the end of the row of those that wait. p.mu is held.
func (p *pool) queue(c *Conn, proven bool) {
	p.unqueue(c)
	if c.pushed != nil || c.left {
		return
	}
	of := func(r *rows) *link {
		if proven {
			return &r.proven
		}
		return &r.unproven
	}
	of(&p.rows).push(&c.inAll)
	if c.peer != nil {
		of(&c.peer.rows).push(&c.inPeer)
	}
}

// unqueue takes c out of its rows. p.mu is held.
func (p *pool) unqueue(c *Conn) {
	c.inAll.leave()
	c.inPeer.leave()
}

// remove is called when c is closed and its goroutine has let go of it.
func (p *pool) remove(c *Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.left {
		return
	}
	c.left = true
	p.unqueue(c)
	delete(p.conns, c)
	p.open--
	if c.peer != nil {
		if c.peer.open--; c.peer.open == 0 {
			delete(p.peers, c.addr)
		}
	}
	if c.pushed != nil {
		close(c.pushed)
	}
}

// shed closes a few connections that wait, to get their descriptors.
func (p *pool) shed() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for range shedAtOnce {
		c := p.rows.first()
		if c == nil {
			return
		}
		c.push()
	}
}

// closeAll closes every connection.
func (p *pool) closeAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		if c.pushed == nil {
			c.push()
		}
	}
}
