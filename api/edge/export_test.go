package edge

import "net/netip"

func ForwardedFor(header string, trusted []netip.Prefix) netip.Addr {
	return forwardedFor(header, trusted)
}

// Requests counts requests by address, at most so many of each.
func Requests(most int) func(netip.Addr) (leave func(), ok bool) {
	return newRequests(most).enter
}
