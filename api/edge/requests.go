package edge

import (
	"net/netip"
	"sync"
)

// requests counts the requests under way by the address that a trusted proxy
// forwards for.
type requests struct {
	most int

	mu    sync.Mutex // guards count
	count map[netip.Addr]int
}

func newRequests(most int) *requests {
	return &requests{most: most, count: make(map[netip.Addr]int)}
}

// Enter counts a request that came over c, which header X-Forwarded-For says to be
// made for somebody else. It gives false where that address has too many under way.
// leave must be called when the request is over. Only what trusted proxies say is
// counted.
func (c *Conn) Enter(header string) (leave func(), ok bool) {
	l := c.listener
	if c.peer != nil || len(l.trusted) == 0 {
		return func() {}, true
	}
	addr := forwardedFor(header, l.trusted)
	if !addr.IsValid() {
		return func() {}, true // the proxy itself, such as its health check
	}
	return l.requests.enter(addr)
}

func (r *requests) enter(addr netip.Addr) (leave func(), ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.count[addr] >= r.most {
		return func() {}, false
	}
	r.count[addr]++
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.count[addr]--; r.count[addr] == 0 {
			delete(r.count, addr)
		}
	}, true
}
