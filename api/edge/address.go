package edge

import (
	"net"
	"net/netip"
	"strings"
)

// bitsOfClient is the part of an IPv6 address that stands for one client.
const bitsOfClient = 64

// addressOf is the address of the other side; invalid for what is no TCP.
func addressOf(a net.Addr) netip.Addr {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	return plain(tcp.AddrPort().Addr())
}

// plain takes away what does not belong to the address itself.
func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

// clientOf is the address by which connections and requests are counted.
func clientOf(a netip.Addr) netip.Addr {
	if !a.Is6() {
		return a
	}
	return netip.PrefixFrom(a, bitsOfClient).Masked().Addr()
}

func contains(prefixes []netip.Prefix, a netip.Addr) bool {
	for _, p := range prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// forwardedFor returns the address that a trusted proxy speaks for: the last of
// X-Forwarded-For that is not itself trusted, since each proxy adds at the end whom
// it was called by, and everything before the last trusted one could be made up.
// Invalid where there is none, or where what stands there is no address.
func forwardedFor(header string, trusted []netip.Prefix) netip.Addr {
	for header != "" {
		entry := header
		if i := strings.LastIndexByte(header, ','); i >= 0 {
			header, entry = header[:i], header[i+1:]
		} else {
			header = ""
		}
		a, ok := parseForwarded(strings.TrimSpace(entry))
		if !ok {
			return netip.Addr{}
		}
		if !contains(trusted, a) {
			return clientOf(a)
		}
	}
	return netip.Addr{}
}

// parseForwarded reads one entry, with a port or without.
func parseForwarded(entry string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(entry, "["), "]")); err == nil {
		return plain(a), true
	}
	ap, err := netip.ParseAddrPort(entry)
	return plain(ap.Addr()), err == nil
}
