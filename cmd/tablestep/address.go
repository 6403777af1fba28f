package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
)

// serviceAddress is the address of a service as a flag gives it, without a slash at its end.
// One that was copied from a browser, or from Marketo, is understood.
func serviceAddress(raw string) (string, error) {
	address := strings.TrimSpace(raw)
	scheme, _, whole := strings.Cut(address, "://")
	u, err := url.Parse(address)
	switch {
	case address == "":
		return "", usagef("--server is empty: name the address of the service, such as http://127.0.0.1:8080")
	case !whole:
		return "", usagef("--server: %q does not say http:// or https://; did you mean --server http://%s?", raw, strings.TrimLeft(address, "/"))
	case scheme != "http" && scheme != "https":
		return "", usagef("--server: %q begins with %s://; it must begin with http:// or https://", raw, scheme)
	case err != nil || u.Host == "":
		return "", usagef("--server: %q is not an address such as http://127.0.0.1:8080", raw)
	case u.User != nil:
		return "", usagef("--server: write the address without a user and a password; the key goes into --admin-key")
	}
	base := u.Scheme + "://" + u.Host + u.EscapedPath()
	for _, page := range []string{"/ui/", "/ui", "/api/v1", "/openapi.json", "/install"} {
		if i := strings.LastIndex(base, page); i > 0 && (page == "/ui/" || i+len(page) == len(strings.TrimRight(base, "/"))) {
			base = base[:i]
			break
		}
	}
	return strings.TrimRight(base, "/"), nil
}

// errStopped is what a command ends with that a person has stopped.
var errStopped = errors.New("stopped")

// unreachable says why no answer came from an address, and what can be done; server is that
// of flag --server.
func unreachable(ctx context.Context, server string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w before the service at %s had answered", errStopped, server)
	}
	var (
		name      *net.DNSError
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		expired   x509.CertificateInvalidError
		record    tls.RecordHeaderError
		timeout   net.Error
		asked     *url.Error
	)
	const check = "check the address that --server names"
	switch {
	case errors.As(err, &name):
		return fmt.Errorf("no service at %s: the name %q is not known here: %s", server, name.Name, check)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("no service at %s: nothing listens there. Start one with \"tablestep serve\", or name the address of the one that runs with --server URL", server)
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return fmt.Errorf("no service at %s: there is no way to it in the network: %s", server, check)
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record):
		return fmt.Errorf("the service at %s does not speak https: did you mean --server %s?", server, "http"+strings.TrimPrefix(server, "https"))
	case errors.As(err, &authority), errors.As(err, &host), errors.As(err, &expired):
		if errors.As(err, &asked) {
			err = asked.Err
		}
		return fmt.Errorf("the certificate of %s is not trusted on this machine: %w. Use the name that the certificate is made for, or install the authority that has signed it", server, err)
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("the service at %s did not answer in time: %s, and look into the service's log", server, check)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return fmt.Errorf("the connection to %s was cut before the whole answer had come: look whether it still runs, and into its log", server)
	case errors.As(err, &asked):
		return fmt.Errorf("no answer from %s: %w", server, asked.Err) // without the whole address once more
	}
	return fmt.Errorf("no answer from %s: %w", server, err)
}

// unlistenable says why a service cannot listen on an address, and what can be done.
func unlistenable(addr string, err error) error {
	var name *net.DNSError
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("address %s is taken by another program, which may be a tablestep that runs already: stop that one, or choose another port, such as --addr %s (%w)", addr, nextPort(addr), syscall.EADDRINUSE)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("this user may not listen on %s: choose a port from 1024 on, such as --addr %s (%w)", addr, withPort(addr, "8080"), err)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("this machine does not have the address of --addr %s: use one of its own, or --addr %s for all of them", addr, withHost("0.0.0.0", addr))
	case errors.As(err, &name):
		return fmt.Errorf("--addr %s: the name %q is not known here: use an address of this machine, such as %s", addr, name.Name, withHost("127.0.0.1", addr))
	}
	return fmt.Errorf("listen on %s: %w", addr, err)
}

// nextPort is the same address with the port after it.
func nextPort(addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	n, err := net.LookupPort("tcp", port)
	if err != nil || n >= maxPort {
		return withPort(addr, "8081")
	}
	return withPort(addr, fmt.Sprint(n+1))
}

// maxPort is the last port that there is.
const maxPort = 65535

func withPort(addr, port string) string {
	host, _, _ := net.SplitHostPort(addr)
	return net.JoinHostPort(host, port)
}

func withHost(host, addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	return net.JoinHostPort(host, port)
}

// checkAddr refuses an address that nobody can listen on, with what was most likely meant.
func checkAddr(addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		if _, err := net.LookupPort("tcp", addr); err == nil && addr != "" {
			return usagef("--addr: %q is a port alone; did you mean --addr 127.0.0.1:%s?", addr, addr)
		}
		if strings.Contains(addr, "://") {
			return usagef("--addr: %q is the address of a page; write it as HOST:PORT, such as 127.0.0.1:8080", addr)
		}
		return usagef("--addr: %q has no port: write it as HOST:PORT, such as 127.0.0.1:8080", addr)
	}
	if _, err := net.LookupPort("tcp", port); err != nil {
		return usagef("--addr: %q is not a port: use a number from 1 to %d, or 0 for one that is free", port, maxPort)
	}
	if strings.ContainsAny(host, "/ ") {
		return usagef("--addr: %q is not an address of this machine: write HOST:PORT, such as 127.0.0.1:8080", addr)
	}
	return nil
}
