package delivery

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"syscall"
)

// AddressError says that a name was resolved to an address to which callbacks never go.
type AddressError struct {
	Addr   netip.AddrPort
	Reason string // what is not allowed, a half sentence
	Way    string // what to do about it; empty where nothing helps
}

func (e *AddressError) Error() string {
	text := "address " + e.Addr.String() + ": " + e.Reason
	if e.Way != "" {
		text += " (" + e.Way + ")"
	}
	return text
}

// guard stands between a resolved address and the connection.
type guard struct {
	allowPrivate bool
	ranges       []special
	own          func() []netip.AddrPort
	local        func() []netip.Addr // the addresses of this machine
}

// control is run by net.Dialer for every address it is about to connect to, after the name was resolved and
// after the socket was made: no lookup happens between this check and the connection.
func (g guard) control(network, address string, _ syscall.RawConn) error {
	if network != "tcp4" && network != "tcp6" {
		return fmt.Errorf("connect by %s: callbacks go by tcp only", network)
	}
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("connect: read address: %w", err)
	}
	if reason, way := g.refuses(at); reason != "" {
		return &AddressError{Addr: at, Reason: reason, Way: way}
	}
	return nil
}

// refuses gives the reason why a callback must not go to the address, or "".
func (g guard) refuses(at netip.AddrPort) (reason, way string) {
	// The two forms of an IPv4 address, and an address with and without a zone, are one place.
	addr := at.Addr().Unmap().WithZone("")
	if g.isOwn(addr, at.Port()) {
		return "this service listens there itself, a callback to it would be a loop", ""
	}
	r, found := g.special(addr)
	switch {
	case !found:
		return "", ""
	case !r.private:
		return r.what + " are not allowed", ""
	case g.allowPrivate:
		return "", ""
	}
	return r.what + " are not allowed", wayPrivate
}

func (g guard) isOwn(addr netip.Addr, port uint16) bool {
	if g.own == nil {
		return false
	}
	for _, own := range g.own() {
		if own.Port() != port {
			continue
		}
		if ownAddr := own.Addr().Unmap().WithZone(""); ownAddr == addr {
			return true
		} else if !ownAddr.IsUnspecified() {
			continue
		}
		if addr.IsLoopback() || addr.IsUnspecified() {
			return true
		}
		if slices.Contains(g.local(), addr) {
			return true
		}
	}
	return false
}

// localAddrs lists the addresses of this machine's interfaces. A machine that does not tell has none: the
// special ranges still hold.
func localAddrs() []netip.Addr {
	found, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	addrs := make([]netip.Addr, 0, len(found))
	for _, a := range found {
		if ipNet, ok := a.(*net.IPNet); ok {
			if addr, ok := netip.AddrFromSlice(ipNet.IP); ok {
				addrs = append(addrs, addr.Unmap())
			}
		}
	}
	return addrs
}
