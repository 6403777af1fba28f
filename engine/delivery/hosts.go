package delivery

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/publicsuffix"
)

const maxHost = 253 // characters of a host name, RFC 1035

// pattern is one entry of the list of allowed hosts: a name, everything below a domain, or an address.
type pattern struct {
	name string // lower case; for a wildcard with the dot in front: ".adobe.io"
	wild bool
	addr netip.Addr // valid where the entry is an address; name is empty then
	port uint16     // 0: the default port of the scheme
}

// matches reports whether the entry lets host through on port, where usual is the scheme's default port.
func (p pattern) matches(h host, port, usual uint16) bool {
	if p.port != 0 && p.port != port || p.port == 0 && port != usual {
		return false
	}
	return p.matchesHost(h)
}

func (p pattern) matchesHost(h host) bool {
	switch {
	case p.addr.IsValid():
		return p.addr == h.addr
	case h.addr.IsValid():
		return false
	case p.wild:
		return len(h.name) > len(p.name) && strings.HasSuffix(h.name, p.name)
	}
	return p.name == h.name
}

// host is the host of a URL: a name in lower case or an address in its canonical form, never both.
type host struct {
	name string
	addr netip.Addr
}

func (h host) String() string {
	if h.addr.IsValid() {
		return h.addr.String()
	}
	return h.name
}

var (
	errHostEmpty   = errors.New("the host is empty")
	errHostLong    = errors.New("the host is longer than 253 characters")
	errHostForm    = errors.New("a host is made of letters, digits, hyphens and dots (a name in another script is written in its xn-- form)")
	errHostNumeric = errors.New("a host that ends in a number must be an IP address of four plain decimal parts")
	errHostZone    = errors.New("an address must not have a zone")
)

// parseHost reads a host as it stands in a URL, without brackets. What resolvers read in more than one way,
// such as 127.1 or 0x7f000001, is refused: the check and the connection must mean the same place.
func parseHost(text string) (host, error) {
	switch {
	case text == "":
		return host{}, errHostEmpty
	case len(text) > maxHost:
		return host{}, errHostLong
	}
	if addr, err := netip.ParseAddr(text); err == nil {
		if addr.Zone() != "" {
			return host{}, errHostZone
		}
		return host{addr: addr.Unmap()}, nil
	}
	name := strings.ToLower(text)
	labels := strings.Split(name, ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return host{}, errHostForm
		}
		for i := range len(label) {
			c := label[i]
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
				return host{}, errHostForm
			}
		}
	}
	if last := labels[len(labels)-1]; last[0] >= '0' && last[0] <= '9' {
		// No top-level domain begins with a digit; C libraries read such names as addresses.
		return host{}, errHostNumeric
	}
	return host{name: name}, nil
}

var (
	errPatternEmpty  = errors.New("the entry is empty")
	errPatternURL    = errors.New("give the host alone, without scheme, path or user")
	errPatternStar   = errors.New("a star stands only in front, as in *.example.com")
	errPatternWide   = errors.New("a star over a public suffix lets everybody in: name the domain below it")
	errPatternPort   = errors.New("the port must be a number from 1 to 65535")
	errPatternOnAddr = errors.New("a star cannot stand before an address")
)

// parsePattern reads one entry of the list of allowed hosts.
func parsePattern(text string) (pattern, error) {
	switch {
	case strings.TrimSpace(text) == "":
		return pattern{}, errPatternEmpty
	case strings.ContainsAny(text, "/@?#\\ \t\r\n"):
		return pattern{}, errPatternURL
	}
	name, portText, hasPort := cutPort(text)
	var p pattern
	if hasPort {
		port, ok := parsePort(portText)
		if !ok {
			return pattern{}, errPatternPort
		}
		p.port = port
	}
	if rest, ok := strings.CutPrefix(name, "*."); ok {
		p.wild, name = true, rest
	}
	if strings.Contains(name, "*") {
		return pattern{}, errPatternStar
	}
	h, err := parseHost(name)
	switch {
	case err != nil:
		return pattern{}, err
	case p.wild && h.addr.IsValid():
		return pattern{}, errPatternOnAddr
	case h.addr.IsValid():
		p.addr = h.addr
		return p, nil
	case p.wild:
		if suffix, icann := publicsuffix.PublicSuffix(h.name); icann && suffix == h.name {
			return pattern{}, errPatternWide
		}
		p.name = "." + h.name
		return p, nil
	}
	p.name = h.name
	return p, nil
}

// cutPort splits "host:port", "[v6]:port", "[v6]", "v6" and "host".
func cutPort(text string) (name, port string, hasPort bool) {
	if rest, ok := strings.CutPrefix(text, "["); ok {
		name, after, closed := strings.Cut(rest, "]")
		switch {
		case !closed || !strings.Contains(name, ":"): // brackets are for IPv6 addresses
			return text, "", false
		case after == "":
			return name, "", false
		case after[0] == ':':
			return name, after[1:], true
		}
		return text, "", false
	}
	if strings.Count(text, ":") != 1 {
		return text, "", false
	}
	name, port, _ = strings.Cut(text, ":")
	return name, port, true
}

// parsePort reads a port from 1 to 65535 written in digits alone.
func parsePort(text string) (uint16, bool) {
	if text == "" || len(text) > 5 || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseUint(text, 10, 16)
	return uint16(n), err == nil && n != 0
}
