package delivery

import (
	"context"
	"net"
	"net/netip"
)

// Dial connects with the dialer of the Sender, guard included, without the check of a URL before it.
func (s *Sender) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	return s.dialer(nil).DialContext(ctx, network, address)
}

// Control runs what the dialer runs before it connects. It is for addresses of the public internet, to which
// no test may connect.
func (s *Sender) Control(network, address string) error {
	return s.guard.control(network, address, nil)
}

// SetLocal replaces the addresses of this machine.
func (s *Sender) SetLocal(addrs ...netip.Addr) {
	s.guard.local = func() []netip.Addr { return addrs }
}
