package delivery

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// maxURL is the number of bytes beyond which a callback URL is refused; Marketo's has about 70.
const maxURL = 2048

// URLError says why callbacks do not go to a URL, and the way out where there is one. It holds the host but
// never user info, path or query.
type URLError struct {
	Host   string // as far as it could be read; may be empty
	Reason string // what is not allowed, a half sentence
	Way    string // what to do about it; empty where nothing but another URL helps
}

func (e *URLError) Error() string {
	text := "callback URL"
	if e.Host != "" {
		text += " of host " + e.Host
	}
	text += ": " + e.Reason
	if e.Way != "" {
		text += " (" + e.Way + ")"
	}
	return text
}

const (
	wayPrivate = "start the service with --callback-allow-private to allow plain http, loopback and private addresses"
	wayHosts   = "name the host in --callback-hosts"
)

// target is a callback URL that passed the check.
type target struct {
	url  *url.URL
	host host
	port uint16
}

// key is the host and port by which breakers and errors know the target.
func (t target) key() string {
	return net.JoinHostPort(t.host.String(), strconv.Itoa(int(t.port)))
}

// CheckURL reports whether callbacks may go to raw; if not, the error is a *URLError. It looks at the URL
// alone and resolves no name, so it is cheap enough for acceptance; the address is checked when connecting.
func (s *Sender) CheckURL(raw string) error {
	if _, refused := s.check(raw); refused != nil {
		return refused
	}
	return nil
}

// Host returns the host and port of a callback URL, in lower case and with the port written out: the name by
// which Breakers know it. It is empty for what is no URL.
func Host(raw string) string {
	t, refused := parseURL(raw)
	if refused != nil {
		return ""
	}
	return t.key()
}

func (s *Sender) check(raw string) (target, *URLError) {
	t, refused := parseURL(raw)
	if refused != nil {
		return target{}, refused
	}
	refuse := func(reason, way string) (target, *URLError) {
		return target{}, &URLError{Host: t.host.String(), Reason: reason, Way: way}
	}
	if t.url.Scheme == "http" && !s.allowPrivate {
		return refuse("plain http is not allowed", wayPrivate)
	}
	if t.host.addr.IsValid() {
		if reason, way := s.guard.refuses(netip.AddrPortFrom(t.host.addr, t.port)); reason != "" {
			return refuse(reason, way)
		}
	} else if t.host.name == "localhost" && !s.allowPrivate {
		return refuse("loopback addresses are not allowed", wayPrivate)
	}
	if s.allowPrivate && s.guard.isPrivate(t.host) {
		return t, nil
	}
	listed := false
	for _, p := range s.hosts {
		if p.matches(t.host, t.port, usualPort(t.url.Scheme)) {
			return t, nil
		}
		listed = listed || p.matchesHost(t.host)
	}
	if listed {
		port := strconv.Itoa(int(t.port))
		return refuse("port "+port+" is not allowed for this host", "name the host with its port in --callback-hosts: "+t.key())
	}
	return refuse("the host is not in the list of callback hosts", wayHosts)
}

// isPrivate reports whether the host is plainly a loopback or private one, without resolving a name.
func (g guard) isPrivate(h host) bool {
	if h.addr.IsValid() {
		r, found := g.special(h.addr)
		return found && r.private
	}
	return h.name == "localhost"
}

// parseURL reads what every callback URL must have. The errors of net/url quote the whole URL, query
// included, so they are not passed on.
func parseURL(raw string) (target, *URLError) {
	if raw == "" {
		return target{}, &URLError{Reason: "it is empty"}
	}
	if len(raw) > maxURL {
		return target{}, &URLError{Reason: "it is longer than 2048 bytes"}
	}
	u, err := url.Parse(raw)
	if err != nil {
		return target{}, &URLError{Reason: "it is not a URL"}
	}
	if u.Scheme != "https" && u.Scheme != "http" {
		return target{}, &URLError{Reason: "it must begin with https://"}
	}
	if u.Opaque != "" || u.Host == "" {
		return target{}, &URLError{Reason: "it names no host"}
	}
	h, err := parseHost(u.Hostname())
	if err == nil && u.Host[0] == '[' && !strings.Contains(u.Hostname(), ":") {
		err = errHostForm // brackets are for IPv6 addresses
	}
	if err != nil {
		return target{}, &URLError{Reason: err.Error()}
	}
	t := target{url: u, host: h, port: usualPort(u.Scheme)}
	if u.User != nil {
		return target{}, &URLError{Host: h.String(), Reason: "user name and password are not allowed in it"}
	}
	if strings.HasSuffix(u.Host, ":") || u.Port() != "" {
		port, ok := parsePort(u.Port())
		if !ok {
			return target{}, &URLError{Host: h.String(), Reason: "the port must be a number from 1 to 65535"}
		}
		t.port = port
	}
	return t, nil
}

func usualPort(scheme string) uint16 {
	if scheme == "http" {
		return 80
	}
	return 443
}
