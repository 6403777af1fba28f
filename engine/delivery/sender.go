package delivery

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"

	"golang.org/x/net/http/httpguts"
)

// What a Sender does where Options say nothing.
const (
	DefaultTimeout   = 30 * time.Second
	DefaultUserAgent = "tablestep"

	defaultIdlePerHost = 64
	dialTimeout        = 10 * time.Second
)

// DefaultHosts are the host patterns that hold where none are given: the hosts that Marketo's callbacks use.
func DefaultHosts() []string { return []string{"*.adobe.io", "*.marketo.com"} }

// Options say where callbacks may go and how they are sent. The zero value means the defaults.
type Options struct {
	// AllowHosts are the hosts that callbacks may go to: "host", "*.domain" (every host below the domain, at
	// any depth, but not the domain itself), an IP address, each with ":port" or without. Without a port,
	// the default port of the scheme is meant. Empty means DefaultHosts.
	AllowHosts []string
	// AllowPrivate lets through plain http and loopback and private addresses; localhost and literal
	// addresses of these ranges then need no entry in AllowHosts.
	AllowPrivate bool
	// OwnAddr gives the addresses that this process listens on. They are refused always, AllowPrivate or
	// not: a callback to ourselves is a loop. It is asked at every connection, since a listener's port may
	// be known only after the start. An unspecified address stands for every address of this machine.
	OwnAddr func() []netip.AddrPort

	Timeout     time.Duration // of a whole attempt, name lookup to status line; 0 is DefaultTimeout
	UserAgent   string        // "" is DefaultUserAgent
	IdlePerHost int           // connections kept open to one host between attempts; 0 is 64
	Idle        int           // and to all; 0 is four times that

	RootCAs  *x509.CertPool // nil is the system's
	Resolver *net.Resolver  // nil is the system's
	// Transport stands in for the network in tests. It replaces the dialer and with it the guard over
	// addresses; the check of the URL remains.
	Transport http.RoundTripper
}

// Sender posts callbacks. It is safe for concurrent use; how many are sent at once is bounded by the pool of
// its callers. Close it when the last Post has returned.
type Sender struct {
	hosts        []pattern
	allowPrivate bool
	guard        guard
	timeout      time.Duration
	userAgent    string
	transport    http.RoundTripper
}

// New makes a Sender. A host pattern that cannot be meant is an error that names it.
func New(o Options) (*Sender, error) {
	if len(o.AllowHosts) == 0 {
		o.AllowHosts = DefaultHosts()
	}
	hosts := make([]pattern, 0, len(o.AllowHosts))
	for _, text := range o.AllowHosts {
		p, err := parsePattern(text)
		if err != nil {
			return nil, fmt.Errorf("callback host %q: %w", text, err)
		}
		hosts = append(hosts, p)
	}
	switch {
	case o.Timeout < 0:
		return nil, fmt.Errorf("callback timeout %v is negative", o.Timeout)
	case o.IdlePerHost < 0:
		return nil, fmt.Errorf("idle callback connections %d is negative", o.IdlePerHost)
	case !httpguts.ValidHeaderFieldValue(o.UserAgent):
		return nil, fmt.Errorf("callback user agent %q cannot be sent as a header", o.UserAgent)
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.UserAgent == "" {
		o.UserAgent = DefaultUserAgent
	}
	if o.IdlePerHost == 0 {
		o.IdlePerHost = defaultIdlePerHost
	}
	if o.Idle <= 0 {
		o.Idle = 4 * o.IdlePerHost
	}
	o.Idle = min(o.Idle, 4*o.IdlePerHost)
	s := &Sender{
		hosts:        hosts,
		allowPrivate: o.AllowPrivate,
		guard: guard{
			allowPrivate: o.AllowPrivate,
			ranges:       specialRanges(),
			own:          o.OwnAddr,
			local:        localAddrs,
		},
		timeout:   o.Timeout,
		userAgent: o.UserAgent,
		transport: o.Transport,
	}
	if s.transport == nil {
		s.transport = newTransport(o, s.dialer(o.Resolver))
	}
	return s, nil
}

// Close closes the connections that are kept open between attempts.
func (s *Sender) Close() {
	if t, ok := s.transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// dialer returns the dialer whose every connection passes the guard.
func (s *Sender) dialer(r *net.Resolver) *net.Dialer {
	return &net.Dialer{
		Timeout:  min(dialTimeout, s.timeout),
		Resolver: r,
		Control:  s.guard.control,
	}
}

// newTransport builds the connection pool. Post uses it directly and not through an http.Client, which would
// follow redirects and put the URL into its errors.
func newTransport(o Options, d *net.Dialer) *http.Transport {
	return &http.Transport{
		Proxy:               nil, // a proxy would resolve and dial for us, out of the guard's sight
		DialContext:         d.DialContext,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.RootCAs},
		TLSHandshakeTimeout: min(dialTimeout, o.Timeout),
		DisableCompression:  true, // so that the cap on the answer holds for what arrives
		ForceAttemptHTTP2:   true,
		MaxIdleConns:        o.Idle,
		MaxIdleConnsPerHost: o.IdlePerHost,
		// Shorter than the minute after which many gateways close: a callback sent into a connection that is being
		// closed is an ambiguous attempt for nothing.
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: maxAnswer,
		// A connection of HTTP/2 carries many attempts: one that died silently must be noticed.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 10 * time.Second},
	}
}
