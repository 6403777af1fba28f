package edge

import "net/netip"

func ForwardedFor(header string, trusted []netip.Prefix) netip.Addr {
	return forwardedFor(header, trusted)
}
