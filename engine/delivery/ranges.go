package delivery

import "net/netip"

// special is a range of addresses that is not the public internet.
type special struct {
	prefix  netip.Prefix
	what    string // plural, for a sentence
	private bool   // AllowPrivate lets it through
}

// special returns the first range that holds addr, which must be unmapped and without a zone. An IPv6
// address outside 2000::/3 is special whether the table knows it or not: nothing else is assigned for global
// unicast.
func (g guard) special(addr netip.Addr) (special, bool) {
	for _, r := range g.ranges {
		if r.prefix.Contains(addr) {
			return r, true
		}
	}
	if addr.Is4() || netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20}), 3).Contains(addr) {
		return special{}, false
	}
	return special{what: "addresses outside global unicast"}, true
}

// specialRanges lists the ranges of IANA's special-purpose registries (RFC 6890 and its successors) and the
// metadata services of clouds. The first range that holds an address counts, so exceptions stand first.
//
// The prefixes of NAT64 are closed, since through them every private IPv4 address can be written as an IPv6
// one. The price: from a network that has no IPv4 but through NAT64, callbacks to hosts without IPv6 fail.
func specialRanges() []special {
	const (
		metadata  = "addresses of cloud metadata services"
		loopback  = "loopback addresses"
		private   = "private addresses"
		linkLocal = "link-local addresses"
		docs      = "documentation addresses"
		bench     = "benchmarking addresses"
		multicast = "multicast addresses"
		reserved  = "reserved addresses"
		embedded  = "addresses that embed an IPv4 address"
		unspec    = "unspecified addresses"
	)
	closed := func(text, what string) special {
		return special{prefix: netip.MustParsePrefix(text), what: what}
	}
	open := func(text, what string) special {
		return special{prefix: netip.MustParsePrefix(text), what: what, private: true}
	}
	return []special{
		closed("169.254.169.254/32", metadata),
		closed("100.100.100.200/32", metadata), // Alibaba
		closed("168.63.129.16/32", metadata),   // Azure; a public address that every virtual machine there reaches
		closed("192.0.0.192/32", metadata),     // Oracle
		closed("fd00:ec2::254/128", metadata),  // AWS
		closed("fd20:ce::254/128", metadata),   // Google

		open("127.0.0.0/8", loopback),
		open("10.0.0.0/8", private),
		open("172.16.0.0/12", private),
		open("192.168.0.0/16", private),
		closed("0.0.0.0/8", unspec),
		closed("100.64.0.0/10", "shared addresses of carriers"),
		closed("169.254.0.0/16", linkLocal),
		closed("192.0.0.0/24", reserved),
		closed("192.0.2.0/24", docs),
		closed("192.88.99.0/24", "6to4 relay addresses"),
		closed("198.18.0.0/15", bench),
		closed("198.51.100.0/24", docs),
		closed("203.0.113.0/24", docs),
		closed("224.0.0.0/4", multicast),
		closed("255.255.255.255/32", "broadcast addresses"),
		closed("240.0.0.0/4", reserved),

		open("::1/128", loopback),
		open("fc00::/7", private),
		closed("::/128", unspec),
		closed("::/96", embedded), // IPv4-compatible, long out of use
		closed("::ffff:0:0:0/96", embedded),
		closed("64:ff9b::/96", embedded),
		closed("64:ff9b:1::/48", embedded),
		closed("100::/64", "discard addresses"),
		closed("2001::/32", embedded), // Teredo
		closed("2001:db8::/32", docs),
		closed("2001::/23", reserved), // IETF protocol assignments: benchmarking, ORCHID and others
		closed("2002::/16", embedded), // 6to4
		closed("3fff::/20", docs),
		closed("5f00::/16", "segment routing addresses"),
		closed("fe80::/10", linkLocal),
		closed("fec0::/10", "site-local addresses"),
		closed("ff00::/8", multicast),
	}
}
