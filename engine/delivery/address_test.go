package delivery_test

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"

	"tablestep/engine/delivery"
)

// refusedAddress is an address that no callback goes to; private says that AllowPrivate opens it.
type refusedAddress struct {
	addr    string
	what    string
	private bool
}

func refusedAddresses() []refusedAddress {
	return []refusedAddress{
		{"127.0.0.1", "loopback", true},
		{"127.255.255.254", "loopback", true},
		{"10.0.0.0", "private", true},
		{"10.255.255.255", "private", true},
		{"172.16.0.1", "private", true},
		{"172.31.255.255", "private", true},
		{"192.168.0.1", "private", true},
		{"192.168.255.255", "private", true},
		{"0.0.0.0", "unspecified", false},
		{"0.1.2.3", "unspecified", false},
		{"100.64.0.0", "shared", false},
		{"100.127.255.255", "shared", false},
		{"100.100.100.200", "metadata", false},
		{"168.63.129.16", "metadata", false},
		{"169.254.169.254", "metadata", false},
		{"169.254.170.2", "link-local", false},
		{"169.254.0.1", "link-local", false},
		{"192.0.0.1", "reserved", false},
		{"192.0.0.192", "metadata", false},
		{"192.0.2.1", "documentation", false},
		{"192.88.99.1", "6to4", false},
		{"198.18.0.1", "benchmarking", false},
		{"198.19.255.255", "benchmarking", false},
		{"198.51.100.1", "documentation", false},
		{"203.0.113.1", "documentation", false},
		{"224.0.0.1", "multicast", false},
		{"239.255.255.255", "multicast", false},
		{"240.0.0.1", "reserved", false},
		{"255.255.255.255", "broadcast", false},

		{"::1", "loopback", true},
		{"fc00::1", "private", true},
		{"fdff:ffff::1", "private", true},
		{"fd00:ec2::254", "metadata", false},
		{"fd20:ce::254", "metadata", false},
		{"::", "unspecified", false},
		{"::7f00:1", "embed", false},
		{"::ffff:127.0.0.1", "loopback", true},
		{"::ffff:10.0.0.1", "private", true},
		{"::ffff:192.168.1.1", "private", true},
		{"::ffff:169.254.169.254", "metadata", false},
		{"::ffff:0.0.0.0", "unspecified", false},
		{"::ffff:0:127.0.0.1", "embed", false},
		{"64:ff9b::7f00:1", "embed", false},
		{"64:ff9b::808:808", "embed", false},
		{"64:ff9b:1::1", "embed", false},
		{"100::1", "discard", false},
		{"100:0:0:1::1", "outside global unicast", false},
		{"2001::1", "embed", false},
		{"2001:0:ffff::1", "embed", false},
		{"2001:2::1", "reserved", false},
		{"2001:10::1", "reserved", false},
		{"2001:db8::1", "documentation", false},
		{"2002:7f00:1::1", "embed", false},
		{"3fff::1", "documentation", false},
		{"3fff:fff::1", "documentation", false},
		{"4000::1", "outside global unicast", false},
		{"5f00::1", "segment routing", false},
		{"fe80::1", "link-local", false},
		{"febf::1", "link-local", false},
		{"fec0::1", "site-local", false},
		{"ff02::1", "multicast", false},
		{"ff0e::1", "multicast", false},
	}
}

func hasIPv6() bool {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		return false
	}
	return l.Close() == nil
}

func TestAddressThatIsNotPublicIsRefusedByTheDialer(t *testing.T) {
	require.GreaterOrEqual(t, len(refusedAddresses()), 45)
	s := newSender(t, delivery.Options{})
	v6 := hasIPv6()
	for _, c := range refusedAddresses() {
		t.Run(c.addr, func(t *testing.T) {
			addr := netip.MustParseAddr(c.addr)
			if addr.Is6() && !addr.Is4In6() && !v6 {
				t.Skip("this machine has no IPv6, so the dialer makes no socket that could be refused")
			}
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			conn, err := s.Dial(ctx, "tcp", net.JoinHostPort(c.addr, "443"))
			require.Nil(t, conn)
			var refused *delivery.AddressError
			require.ErrorAs(t, err, &refused)
			require.Contains(t, refused.Reason, c.what)
			require.Equal(t, c.private, refused.Way != "")
		})
	}
}

// controlOf gives the network and address as the dialer hands them to its control function.
func controlOf(addr string) (network, address string) {
	if a := netip.MustParseAddr(addr); a.Is6() {
		return "tcp6", net.JoinHostPort(addr, "443")
	}
	return "tcp4", addr + ":443"
}

func TestAllowPrivateOpensPrivateAddressesAndNothingElse(t *testing.T) {
	s := newSender(t, delivery.Options{AllowPrivate: true})
	for _, c := range refusedAddresses() {
		err := s.Control(controlOf(c.addr))
		require.Equal(t, c.private, err == nil, "%s: %v", c.addr, err)
	}
}

func TestAddressOfThePublicInternetIsLetThrough(t *testing.T) {
	s := newSender(t, delivery.Options{})
	for _, addr := range []string{
		"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
		"128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.1",
		"192.88.98.255", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255",
		"::ffff:8.8.8.8", "2000::1", "2001:200::1", "2001:4860:4860::8888", "2003::1", "2606:4700::1111",
		"3ffe:ffff::1", "3fff:1000::1",
	} {
		require.NoError(t, s.Control(controlOf(addr)), addr)
	}
}

func TestZoneDoesNotOpenAnAddress(t *testing.T) {
	s := newSender(t, delivery.Options{})
	require.Error(t, s.Control("tcp6", "[fe80::1%eth0]:443"))
	require.Error(t, s.Control("tcp6", "[::1%lo]:443"))
}

func TestConnectionThatIsNotTCPIsRefused(t *testing.T) {
	s := newSender(t, delivery.Options{AllowPrivate: true})
	require.ErrorContains(t, s.Control("unix", "/run/docker.sock"), "tcp only")
	require.Error(t, s.Control("tcp4", "no address"))
}

func TestOwnListenerIsRefusedEvenWhereLoopbackIsAllowed(t *testing.T) {
	var port atomic.Int32
	s := newSender(t, delivery.Options{AllowPrivate: true, OwnAddr: func() []netip.AddrPort {
		if port.Load() == 0 {
			return nil
		}
		return []netip.AddrPort{
			netip.MustParseAddrPort("127.0.0.1:" + strconv.Itoa(int(port.Load()))),
			netip.MustParseAddrPort("[::]:7000"),
			netip.MustParseAddrPort("0.0.0.0:7001"),
		}
	}})
	s.SetLocal(netip.MustParseAddr("10.7.0.1"))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()

	conn, err := s.Dial(t.Context(), "tcp", l.Addr().String())
	require.NoError(t, err, "before the listener's port is known")
	require.NoError(t, conn.Close())

	port.Store(int32(l.Addr().(*net.TCPAddr).Port))
	_, err = s.Dial(t.Context(), "tcp", l.Addr().String())
	require.ErrorContains(t, err, "listens there itself")

	for address, refused := range map[string]bool{
		"127.0.0.1:7000": true,
		"127.0.0.9:7001": true,
		"10.7.0.1:7000":  true,
		"10.7.0.1:7001":  true,
		"10.7.0.2:7000":  false,
		"127.0.0.1:7002": false,
	} {
		err := s.Control("tcp4", address)
		require.Equal(t, refused, err != nil, "%s: %v", address, err)
	}
	require.ErrorContains(t, s.Control("tcp6", "[::1]:7000"), "listens there itself")
}

func TestListenerOnEveryAddressIsRefusedOnEachOfThisMachine(t *testing.T) {
	s := newSender(t, delivery.Options{AllowPrivate: true, OwnAddr: func() []netip.AddrPort {
		return []netip.AddrPort{netip.MustParseAddrPort("0.0.0.0:7000")}
	}})
	found, err := net.InterfaceAddrs()
	require.NoError(t, err)
	require.NotEmpty(t, found)
	for _, a := range found {
		ip := a.(*net.IPNet).IP
		network := "tcp6"
		if ip.To4() != nil {
			network = "tcp4"
		}
		err := s.Control(network, net.JoinHostPort(ip.String(), "7000"))
		require.ErrorContains(t, err, "listens there itself", ip)
	}
}

// nameServer answers every question over an in-memory connection, each time with the next of its answers.
type nameServer struct {
	answers [][]netip.Addr
	asked   atomic.Int32 // questions for IPv4 addresses
}

func (n *nameServer) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go n.serve(server)
		return client, nil
	}}
}

// serve answers one question in DNS over TCP: a length of two bytes before each message.
func (n *nameServer) serve(conn net.Conn) {
	defer conn.Close()
	buf := make([]byte, 2048)
	read, err := conn.Read(buf)
	for err == nil && read < 2+(int(buf[0])<<8|int(buf[1])) {
		var more int
		more, err = conn.Read(buf[read:])
		read += more
	}
	var question dnsmessage.Message
	if err != nil || question.Unpack(buf[2:read]) != nil || len(question.Questions) != 1 {
		return
	}
	q := question.Questions[0]
	var addrs []netip.Addr
	if q.Type == dnsmessage.TypeA {
		addrs = n.answers[min(int(n.asked.Add(1)), len(n.answers))-1]
	}
	answer := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: question.ID, Response: true, RecursionAvailable: true},
		Questions: question.Questions,
	}
	for _, addr := range addrs {
		answer.Answers = append(answer.Answers, dnsmessage.Resource{
			Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 0},
			Body:   &dnsmessage.AResource{A: addr.As4()},
		})
	}
	packed, err := answer.Pack()
	if err != nil {
		return
	}
	_, _ = conn.Write(append([]byte{byte(len(packed) >> 8), byte(len(packed))}, packed...))
}

func addrs(texts ...string) []netip.Addr {
	var list []netip.Addr
	for _, text := range texts {
		list = append(list, netip.MustParseAddr(text))
	}
	return list
}

func TestNameThatTurnsFromPublicToPrivateReachesNobody(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)

	names := &nameServer{answers: [][]netip.Addr{addrs("93.184.215.14"), addrs("127.0.0.1")}}
	s := newSender(t, delivery.Options{AllowHosts: []string{"*.adobe.io:" + port}, Resolver: names.resolver()})

	// Whoever checks the name first is told a public address.
	first, err := names.resolver().LookupNetIP(t.Context(), "ip4", "rebind.adobe.io")
	require.NoError(t, err)
	require.Equal(t, addrs("93.184.215.14"), first)
	require.NoError(t, s.CheckURL("https://rebind.adobe.io:"+port+"/x"))

	o := s.Post(t.Context(), delivery.Callback{URL: "https://rebind.adobe.io:" + port + "/x?q=canary", Token: "canary"})
	require.Equal(t, delivery.Final, o.Verdict)
	require.Zero(t, o.Status)
	require.False(t, o.Ambiguous)
	require.Contains(t, o.Err, "loopback addresses are not allowed")
	require.Contains(t, o.Err, "rebind.adobe.io")
	require.NotContains(t, o.Err, "canary")
	require.GreaterOrEqual(t, names.asked.Load(), int32(2), "the sender must have looked the name up again")

	require.NoError(t, l.(*net.TCPListener).SetDeadline(time.Now().Add(100*time.Millisecond)))
	_, err = l.Accept()
	require.Error(t, err, "nobody may have connected")
}

func TestHostWithSeveralPrivateAddressesIsFinal(t *testing.T) {
	names := &nameServer{answers: [][]netip.Addr{addrs("10.0.0.1", "192.168.0.1", "169.254.169.254")}}
	s := newSender(t, delivery.Options{Resolver: names.resolver()})
	o := s.Post(t.Context(), delivery.Callback{URL: "https://inside.adobe.io/x"})
	require.Equal(t, delivery.Final, o.Verdict, o.Err)
}

func TestHostWithAnAddressThatMerelyFailsIsWorthAnotherTry(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	require.NoError(t, l.Close()) // nobody listens there now

	names := &nameServer{answers: [][]netip.Addr{addrs("0.0.0.0", "127.0.0.1")}}
	s := newSender(t, delivery.Options{
		AllowHosts: []string{"*.adobe.io:" + port}, AllowPrivate: true, Resolver: names.resolver(),
	})
	o := s.Post(t.Context(), delivery.Callback{URL: "https://half.adobe.io:" + port + "/x"})
	require.Equal(t, delivery.Retry, o.Verdict, o.Err)
	require.False(t, o.Ambiguous)
}

func TestNameThatIsNotFoundIsRetriedAndCertain(t *testing.T) {
	names := &nameServer{answers: [][]netip.Addr{nil}}
	s := newSender(t, delivery.Options{Resolver: names.resolver()})
	o := s.Post(t.Context(), delivery.Callback{URL: "https://gone.adobe.io/x"})
	require.Equal(t, delivery.Retry, o.Verdict)
	require.False(t, o.Ambiguous)
	require.Contains(t, o.Err, "no such host")
}
