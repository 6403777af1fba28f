package delivery

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
)

const maxErr = 300 // bytes of Outcome.Err

// describe words an error of the network. It does not pass on the texts of net/http, which quote what the
// other side sent: a server can play a token back.
func describe(err error, key string) string {
	var (
		dns   *net.DNSError
		cert  *tls.CertificateVerificationError
		rec   tls.RecordHeaderError
		errno syscall.Errno
		op    *net.OpError
	)
	switch {
	case errors.As(err, &dns):
		if dns.IsNotFound {
			return "look up " + key + ": no such host"
		}
		if dns.IsTimeout {
			return "look up " + key + ": no answer from the name server"
		}
		return "look up " + key + ": the name server failed"
	case errors.As(err, &cert):
		return "certificate of " + key + ": " + describeCertificate(cert.Err)
	case errors.As(err, &rec):
		return key + " does not speak TLS"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connect to " + key + ": connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "connection to " + key + " was reset before an answer came"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "connection to " + key + " was closed before an answer came"
	case errors.Is(err, os.ErrDeadlineExceeded), isTimeout(err):
		// Ours ends the attempt and is worded by its phase: this one is the dialer's or the handshake's.
		return "no connection to " + key + " in time"
	case errors.As(err, &errno):
		return "connection to " + key + ": " + errno.Error()
	case errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error"):
		return "TLS with " + key + ": " + op.Err.Error() // an alert, whose texts are crypto/tls's
	}
	return "no readable answer from " + key
}

// describeCertificate words what is wrong with a certificate without quoting the certificate.
func describeCertificate(err error) string {
	var (
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
	)
	switch {
	case errors.As(err, &unknown):
		return "signed by an unknown authority"
	case errors.As(err, &name):
		return "made out to another host"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "expired or not yet valid"
	}
	return "not valid"
}

// isShort says whether a connection failed because this machine had no descriptor or memory for it. Where
// it was the name server's, only the text is left of the error.
func isShort(err error) bool {
	var dns *net.DNSError
	for _, e := range shortErrors() {
		if errors.Is(err, e) || errors.As(err, &dns) && strings.HasSuffix(dns.Err, e.Error()) {
			return true
		}
	}
	return false
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// scrub is the last line of defence: whatever the texts above are made of, the secrets of this callback do
// not leave in them.
func scrub(text string, t target, c Callback) string {
	secrets := []string{c.Token, c.APIKey, t.url.RawQuery, strings.TrimPrefix(t.url.Path, "/")}
	for _, values := range t.url.Query() {
		secrets = append(secrets, values...)
	}
	for _, secret := range secrets {
		// One to three characters would eat words such as "to" and protect nothing. The host is no secret.
		if len(secret) > 3 && !strings.Contains(t.key(), secret) {
			text = strings.ReplaceAll(text, secret, "…")
		}
	}
	if len(text) > maxErr {
		text = strings.ToValidUTF8(text[:maxErr], "") + "…"
	}
	return text
}
