package index

import (
	"net/netip"
	"strings"

	"tablestep/tables/schema"

	"github.com/gaissmai/bart"
)

// networks is the kernel of mode CIDR: the value is an address in the network of
// the cell. The rank is the length of the network's prefix. IPv4 addresses written as IPv6 ones are IPv4
// addresses; zones are left out.
type networks struct {
	table    bart.Table[int32]
	prefixes []netip.Prefix // of an entry
	above    []int32        // of an entry: the next wider network, or none
}

// canonCIDR reads a network or a single address. Bits beyond the prefix do not
// count.
func canonCIDR(cell string, _ *schema.Notation) (string, error) {
	text := strings.TrimSpace(cell)
	at := strings.Index(cell, text)
	if addr, ok := parseAddr(text); ok {
		return netip.PrefixFrom(addr, addr.BitLen()).String(), nil
	}
	slash := strings.IndexByte(text, '/')
	if slash < 0 {
		return "", wrong(schema.ModeCIDR, cell, at, "it is no address; write one like 10.0.0.0/8 or 2001:db8::/32")
	}
	if _, ok := parseAddr(text[:slash]); !ok {
		return "", wrong(schema.ModeCIDR, cell, at, "%q is no address", schema.Cut(text[:slash], shown))
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return "", wrong(schema.ModeCIDR, cell, at+slash+1, "%q is no length of a network prefix", schema.Cut(text[slash+1:], shown))
	}
	if prefix.Addr().Is4In6() {
		if prefix.Bits() < 96 {
			return "", wrong(schema.ModeCIDR, cell, at+slash+1, "an IPv4 network written as an IPv6 one has a prefix of at least 96 bits")
		}
		prefix = netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-96)
	}
	return prefix.Masked().String(), nil
}

func parseAddr(text string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Addr{}, false
	}
	return addr.WithZone("").Unmap(), true
}

func newCIDR(entries *texts, _ Part, m *Meter) (kernel, error) {
	k := &networks{prefixes: make([]netip.Prefix, entries.len()), above: make([]int32, entries.len())}
	for e := range k.prefixes {
		if !m.Spend(300) {
			return k, nil
		}
		prefix, err := netip.ParsePrefix(entries.at(int32(e)))
		if err != nil {
			return nil, err
		}
		k.prefixes[e] = prefix
		k.table.Insert(prefix, int32(e))
	}
	for e, prefix := range k.prefixes {
		if !m.Spend(300) {
			return k, nil
		}
		k.above[e] = none
		for wider, other := range k.table.Supernets(prefix) {
			if wider != prefix {
				k.above[e] = other
				break
			}
		}
	}
	return k, nil
}

// prepare reads the address, also out of brackets and with a port behind it.
func (k *networks) prepare(v *value, _ *work) bool {
	addr, ok := parseAddr(v.text)
	if !ok && strings.HasPrefix(v.text, "[") && strings.HasSuffix(v.text, "]") {
		addr, ok = parseAddr(v.text[1 : len(v.text)-1])
	}
	if !ok {
		port, err := netip.ParseAddrPort(v.text)
		if err != nil {
			return false
		}
		addr = port.Addr().WithZone("").Unmap()
	}
	v.addr = addr
	return true
}

func (k *networks) find(v *value, _ *work, dst []found) []found {
	entry, ok := k.table.Lookup(v.addr)
	if !ok {
		return dst
	}
	for entry != none {
		dst = append(dst, k.hit(entry))
		entry = k.above[entry]
	}
	return dst
}

func (k *networks) verify(v *value, _ *work, entry int32) (found, bool) {
	if !k.prefixes[entry].Contains(v.addr) {
		return found{}, false
	}
	return k.hit(entry), true
}

func (k *networks) hit(entry int32) found {
	return found{entry: entry, score: 1, rank: uint32(k.prefixes[entry].Bits())}
}

// overlaps: of two networks that share an address one holds the other.
func (k *networks) overlaps(w *work) func(int32, []int32) []int32 {
	return func(entry int32, dst []int32) []int32 {
		for e := k.above[entry]; e != none; e = k.above[e] {
			dst = append(dst, e)
		}
		for _, e := range k.table.Subnets(k.prefixes[entry]) {
			if dst = append(dst, e); !w.meter.Spend(30) {
				break
			}
		}
		return dst
	}
}

// bytes is an estimate: a network took 20 bytes of the table where they were
// dense, and up to 100 where they were far apart.
func (k *networks) bytes() int64 { return int64(len(k.prefixes)) * (32 + 4 + 64) }
