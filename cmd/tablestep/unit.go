package main

import (
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// A size is a number of bytes, written like 16MiB, 500kB or 1024.
type size int64

// UnmarshalText reads a size.
func (s *size) UnmarshalText(text []byte) error {
	raw := strings.TrimSpace(string(text))
	// All of the digits and points are before the unit, so the last one ends the number.
	i := strings.LastIndexAny(raw, "0123456789.") + 1
	n, err := strconv.ParseFloat(raw[:i], 64)
	if err != nil {
		return fmt.Errorf("%q is not a size such as 16MiB", raw)
	}
	// A unit that is none leaves 0, and the product is refused below.
	unit := int64(0)
	switch strings.ToLower(strings.TrimSpace(raw[i:])) {
	case "", "b":
		unit = 1
	case "k", "kib":
		unit = 1 << 10
	case "m", "mib":
		unit = 1 << 20
	case "g", "gib":
		unit = 1 << 30
	case "kb":
		unit = 1e3
	case "mb":
		unit = 1e6
	case "gb":
		unit = 1e9
	}
	// Half of the largest number, so that two sizes can be added.
	if n *= float64(unit); n < 1 || n > math.MaxInt64/2 {
		return fmt.Errorf("%q is not a size such as 16MiB", raw)
	}
	*s = size(n)
	return nil
}

// String is the size as it is written, in MiB where it is that many.
func (s size) String() string {
	if s >= 1<<20 && s%(1<<20) == 0 {
		return strconv.FormatInt(int64(s>>20), 10) + "MiB"
	}
	return strconv.FormatInt(int64(s), 10)
}

// A span is a duration that may be in days, like 30d, 24h or 90s.
type span time.Duration

// UnmarshalText reads a span.
func (s *span) UnmarshalText(text []byte) error {
	raw := strings.TrimSpace(string(text))
	// Days are 24 hours each; a hundred years of them fit into a duration.
	if days, ok := strings.CutSuffix(raw, "d"); ok {
		n, err := strconv.ParseFloat(days, 64)
		if err != nil || n <= 0 || n > 36500 {
			return fmt.Errorf("%q is not a time span such as 30d", raw)
		}
		*s = span(n * 24 * float64(time.Hour))
		return nil
	}
	d, err := time.ParseDuration(raw)
	if err != nil || d <= 0 {
		return fmt.Errorf("%q is not a time span such as 24h or 30d", raw)
	}
	*s = span(d)
	return nil
}

// A network is a network like 10.0.0.0/8, or one address.
type network netip.Prefix

// UnmarshalText reads a network.
func (n *network) UnmarshalText(text []byte) error {
	raw := strings.TrimSpace(string(text))
	if a, err := netip.ParseAddr(raw); err == nil {
		// An IPv4 address that an IPv6 socket reports as ::ffff:10.0.0.1 is the same peer.
		a = a.Unmap().WithZone("")
		*n = network(netip.PrefixFrom(a, a.BitLen()))
		return nil
	}
	p, err := netip.ParsePrefix(raw)
	if err != nil {
		return fmt.Errorf("%q is not an address or a network such as 10.0.0.0/8", raw)
	}
	*n = network(p.Masked())
	return nil
}

// A zone is a time zone, by its name in the IANA's database, which the program has with it.
type zone struct{ *time.Location }

// UnmarshalText reads a name. That of the machine is none: it would differ from one to the next.
func (z *zone) UnmarshalText(text []byte) (err error) {
	name := strings.TrimSpace(string(text))
	if z.Location, err = time.LoadLocation(name); err != nil || name == "Local" {
		return fmt.Errorf("%q is not a time zone of the IANA's database, such as UTC or Europe/Berlin", name)
	}
	return nil
}
