package edge

import "net/netip"

func ForwardedFor(header string, trusted []netip.Prefix) netip.Addr {
	return forwardedFor(header, trusted)
}

// Requests counts requests by address, at most so many of each.
func Requests(most int) func(netip.Addr) (leave func(), ok bool) {
	return newRequests(most).enter
}

// Kept is how many connections and addresses a listener still knows.
func Kept(l *Listener) (conns, peers int) {
	l.pool.mu.Lock()
	defer l.pool.mu.Unlock()
	return len(l.pool.conns), len(l.pool.peers)
}
