package delivery_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine/delivery"
)

// startRaw answers every connection with f, which owns it.
func startRaw(t *testing.T, f func(net.Conn)) (base string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer conn.Close()
				_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
				f(conn)
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		running.Wait()
	})
	return "http://" + l.Addr().String()
}

// readRequest reads one whole request and returns it as it came.
func readRequest(conn net.Conn) string {
	var got bytes.Buffer
	buf := make([]byte, 4096)
	for !strings.HasSuffix(got.String(), `{"objectData":[]}`) {
		n, err := conn.Read(buf)
		if err != nil {
			break
		}
		got.Write(buf[:n])
	}
	return got.String()
}

func TestAttemptWithoutAnAnswerIsRetriedAndAmbiguousOnceItWasSent(t *testing.T) {
	for name, c := range map[string]struct {
		serve func(net.Conn)
		err   string
	}{
		"never answers": {func(conn net.Conn) {
			readRequest(conn)
			_, _ = conn.Read(make([]byte, 1))
		}, "no answer from 127.0.0.1"},
		"drips its head": {func(conn net.Conn) {
			readRequest(conn)
			for {
				if _, err := io.WriteString(conn, "H"); err != nil {
					return
				}
				time.Sleep(20 * time.Millisecond)
			}
		}, ""},
		"drips a header": {func(conn net.Conn) {
			readRequest(conn)
			if _, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\nX-Slow: "); err != nil {
				return
			}
			for {
				if _, err := io.WriteString(conn, "a"); err != nil {
					return
				}
				time.Sleep(20 * time.Millisecond)
			}
		}, "no answer from 127.0.0.1"},
		"resets after the request": {func(conn net.Conn) {
			readRequest(conn)
			_ = conn.(*net.TCPConn).SetLinger(0)
		}, "before an answer came"},
		"closes after the request": {func(conn net.Conn) {
			readRequest(conn)
		}, "before an answer came"},
		"closes within the head": {func(conn net.Conn) {
			readRequest(conn)
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nX-A: b\r\n")
		}, "before an answer came"},
		"closes within the status": {func(conn net.Conn) {
			readRequest(conn)
			_, _ = io.WriteString(conn, "HTTP/1.1 20")
		}, "no readable answer"},
		"plays the request back": {func(conn net.Conn) {
			_, _ = io.WriteString(conn, readRequest(conn))
		}, "no readable answer"},
		"plays the request back in its status": {func(conn net.Conn) {
			_, _ = io.WriteString(conn, "HTTP/1.1 "+tokenCanary+" "+keyCanary+"\r\n\r\n"+readRequest(conn))
		}, "no readable answer"},
		"plays the request back in a header": {func(conn net.Conn) {
			readRequest(conn)
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n"+tokenCanary+"\r\n\r\n")
		}, "no readable answer"},
		"sends a head without end": {func(conn net.Conn) {
			readRequest(conn)
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
			line := "X-" + tokenCanary + ": " + strings.Repeat("a", 1000) + "\r\n"
			for {
				if _, err := io.WriteString(conn, line); err != nil {
					return
				}
			}
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := private(t, 300*time.Millisecond)
			base := startRaw(t, c.serve)
			o := s.Post(t.Context(), callbackTo(base))
			require.Equal(t, delivery.Retry, o.Verdict, o.Err)
			require.Zero(t, o.Status)
			require.True(t, o.Ambiguous)
			require.False(t, o.Canceled)
			require.NotEmpty(t, o.Err)
			require.Contains(t, o.Err, c.err)
			require.Less(t, o.Duration, 3*time.Second)
			requireNoSecrets(t, o)
		})
	}
}

func TestAttemptThatNeverGotItsRequestOutIsRetriedAndCertain(t *testing.T) {
	closed := func() string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		require.NoError(t, l.Close())
		return l.Addr().String()
	}()
	plain := startServer(t, func(http.ResponseWriter, *http.Request) {})
	untrusted := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	untrusted.StartTLS()
	defer untrusted.Close()
	stuck := startRaw(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	hangsUp := startRaw(t, func(net.Conn) {})

	for name, c := range map[string]struct{ base, err string }{
		"connection refused":         {"http://" + closed, "connection refused"},
		"certificate not trusted":    {untrusted.URL, "signed by an unknown authority"},
		"no TLS on the other side":   {strings.Replace(plain.URL, "http:", "https:", 1), "does not speak TLS"},
		"handshake never answered":   {strings.Replace(stuck, "http:", "https:", 1), "no connection to 127.0.0.1"},
		"closed during the TLS talk": {strings.Replace(hangsUp, "http:", "https:", 1), "before an answer came"},
	} {
		t.Run(name, func(t *testing.T) {
			o := private(t, 300*time.Millisecond).Post(t.Context(), callbackTo(c.base))
			require.Equal(t, delivery.Retry, o.Verdict)
			require.Zero(t, o.Status)
			require.False(t, o.Ambiguous, o.Err)
			require.Contains(t, o.Err, c.err)
			require.Contains(t, o.Err, "127.0.0.1")
			requireNoSecrets(t, o)
		})
	}
}

func TestHostThatStopsReadingIsAmbiguous(t *testing.T) {
	release := make(chan struct{})
	base := startRaw(t, func(conn net.Conn) {
		_, _ = conn.Read(make([]byte, 100))
		<-release
	})
	defer close(release)
	c := callbackTo(base)
	c.Body = make([]byte, 32<<20) // more than the buffers of a connection hold
	o := private(t, 300*time.Millisecond).Post(t.Context(), c)
	require.Equal(t, delivery.Retry, o.Verdict)
	require.True(t, o.Ambiguous)
	require.Less(t, o.Duration, 2*time.Second)
}

func TestAttemptThatTheCallerEndsIsCanceled(t *testing.T) {
	arrived := make(chan struct{})
	base := startRaw(t, func(conn net.Conn) {
		readRequest(conn)
		close(arrived)
		_, _ = conn.Read(make([]byte, 1))
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	o := private(t, 0).Post(ctx, callbackTo(base))
	require.True(t, o.Canceled)
	require.True(t, o.Ambiguous)
	require.Equal(t, delivery.Retry, o.Verdict)

	o = private(t, 0).Post(ctx, callbackTo(base)) // ended before it began
	require.True(t, o.Canceled)
	require.False(t, o.Ambiguous)
}

func TestConnectionThatTheHostClosedWhileIdleDoesNotFailTheNextAttempt(t *testing.T) {
	var requests atomic.Int32
	server := startServer(t, func(http.ResponseWriter, *http.Request) { requests.Add(1) })
	s := private(t, 0)
	require.Equal(t, delivery.Delivered, s.Post(t.Context(), callbackTo(server.URL)).Verdict)
	server.CloseClientConnections()
	time.Sleep(200 * time.Millisecond) // until the sender has seen it
	require.Equal(t, delivery.Delivered, s.Post(t.Context(), callbackTo(server.URL)).Verdict)
	require.Equal(t, int32(2), requests.Load())
}

func startTLS(t *testing.T, minVersion, maxVersion uint16) (*httptest.Server, *x509.CertPool, *atomic.Value) {
	t.Helper()
	var proto atomic.Value
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { proto.Store(r.Proto) }))
	server.EnableHTTP2 = true
	server.TLS = &tls.Config{MinVersion: minVersion, MaxVersion: maxVersion}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return server, roots, &proto
}

func TestCallbackGoesByHTTP2WhereTheHostSpeaksIt(t *testing.T) {
	server, roots, proto := startTLS(t, tls.VersionTLS12, 0)
	s := newSender(t, delivery.Options{AllowPrivate: true, RootCAs: roots})
	o := s.Post(t.Context(), callbackTo(server.URL))
	require.Equal(t, delivery.Delivered, o.Verdict, o.Err)
	require.Equal(t, "HTTP/2.0", proto.Load())
}

func TestOldTLSIsRefused(t *testing.T) {
	server, roots, _ := startTLS(t, tls.VersionTLS10, tls.VersionTLS11)
	s := newSender(t, delivery.Options{AllowPrivate: true, RootCAs: roots})
	o := s.Post(t.Context(), callbackTo(server.URL))
	require.Equal(t, delivery.Retry, o.Verdict)
	require.False(t, o.Ambiguous)
	require.Contains(t, o.Err, "protocol version")
}

func TestCertificateOfAnotherHostIsRefused(t *testing.T) {
	server, roots, proto := startTLS(t, tls.VersionTLS12, 0)
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	require.NoError(t, err)
	names := &nameServer{answers: [][]netip.Addr{addrs("127.0.0.1")}}
	s := newSender(t, delivery.Options{
		AllowPrivate: true, AllowHosts: []string{"*.adobe.io:" + port}, RootCAs: roots, Resolver: names.resolver(),
	})
	o := s.Post(t.Context(), callbackTo("https://mkto.adobe.io:"+port))
	require.Equal(t, delivery.Retry, o.Verdict)
	require.Contains(t, o.Err, "made out to another host")
	require.False(t, o.Ambiguous)
	require.Nil(t, proto.Load())
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestAttemptEndsAtItsTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSender(t, delivery.Options{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})})
		o := s.Post(t.Context(), callbackTo("https://mkto.adobe.io"))
		require.Equal(t, 30*time.Second, o.Duration)
		require.Equal(t, delivery.Retry, o.Verdict)
		require.Contains(t, o.Err, "within 30s")
		require.False(t, o.Canceled)
	})
}

func TestErrorOfTheTransportNeverLeaksSecrets(t *testing.T) {
	all := strings.Join([]string{tokenCanary, keyCanary, queryCanary, "submitCustomFlowAction"}, " ")
	for _, err := range []error{
		errors.New(all),
		&net.OpError{Op: "read", Net: "tcp", Err: errors.New(all)},
		&net.DNSError{Err: all, Name: all},
		&tls.CertificateVerificationError{Err: errors.New(all)},
		&tls.CertificateVerificationError{Err: x509.HostnameError{Certificate: &x509.Certificate{DNSNames: []string{all}}, Host: all}},
		tls.RecordHeaderError{Msg: all},
		&net.OpError{Op: "dial", Net: "tcp", Err: errors.New(strings.Repeat(all, 50))},
	} {
		s := newSender(t, delivery.Options{Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, err })})
		o := s.Post(t.Context(), callbackTo("https://mkto.adobe.io"))
		require.Equal(t, delivery.Retry, o.Verdict)
		require.NotEmpty(t, o.Err)
		requireNoSecrets(t, o)
	}
}

func TestWhatThisMachineLacksIsNoAttempt(t *testing.T) {
	for name, err := range map[string]error{
		"descriptors of the process": &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("socket", syscall.EMFILE)},
		"descriptors of the machine": &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("socket", syscall.ENFILE)},
		"room for packets":           &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("socket", syscall.ENOBUFS)},
		"a socket to the name server": &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{
			Name: "mkto-cfa.adobe.io", Err: "dial udp 192.0.2.1:53: " + os.NewSyscallError("socket", syscall.EMFILE).Error(),
		}},
	} {
		s, newErr := delivery.New(delivery.Options{Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, err })})
		require.NoError(t, newErr)
		o := s.Post(t.Context(), delivery.Callback{URL: "https://mkto-cfa.adobe.io/x", Body: []byte("{}")})
		require.True(t, o.Short, name)
		require.False(t, o.Ambiguous, name)
		require.Contains(t, o.Err, "this machine", name)
		require.Zero(t, delivery.History{}.After(o), "it uses up no attempt")
		b := delivery.NewBreakers(delivery.BreakerOptions{})
		for range 20 {
			b.Report("mkto-cfa.adobe.io", o)
		}
		require.Empty(t, b.Open(), "the host is not to blame")
	}
	s, err := delivery.New(delivery.Options{Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, syscall.ECONNREFUSED })})
	require.NoError(t, err)
	require.False(t, s.Post(t.Context(), delivery.Callback{URL: "https://mkto-cfa.adobe.io/x"}).Short)
}

func TestErrorIsWordedForPeople(t *testing.T) {
	for want, err := range map[string]error{
		"look up mkto.adobe.io:443: no such host":                          &net.DNSError{IsNotFound: true},
		"look up mkto.adobe.io:443: no answer from the name server":        &net.DNSError{IsTimeout: true},
		"look up mkto.adobe.io:443: the name server failed":                &net.DNSError{IsTemporary: true},
		"connection to mkto.adobe.io:443 was reset before an answer came":  &net.OpError{Op: "write", Err: syscall.EPIPE},
		"connection to mkto.adobe.io:443: " + syscall.EHOSTUNREACH.Error(): &net.OpError{Op: "dial", Err: syscall.EHOSTUNREACH},
		"no connection to mkto.adobe.io:443 in time":                       &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded},
		"connection to mkto.adobe.io:443 was closed before an answer came": io.EOF,
		"certificate of mkto.adobe.io:443: signed by an unknown authority": &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}},
		"certificate of mkto.adobe.io:443: expired or not yet valid":       &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}},
		"certificate of mkto.adobe.io:443: not valid":                      &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.TooManyIntermediates}},
		"no readable answer from mkto.adobe.io:443":                        errors.New("something else"),
	} {
		s := newSender(t, delivery.Options{Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, err })})
		o := s.Post(t.Context(), callbackTo("https://mkto.adobe.io"))
		require.Equal(t, want, o.Err)
		require.Equal(t, delivery.Retry, o.Verdict)
	}
}
