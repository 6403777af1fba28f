package delivery

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"golang.org/x/net/http/httpguts"
)

const (
	maxAnswer = 64 << 10 // bytes read of an answer's head and, again, of its body
	// drainTime bounds the wait for the rest of an answer whose status is known already. Reading it to the
	// end is worth something only because the connection can then be used again.
	drainTime = time.Second
)

// Callback is one answer to Marketo: where it goes, the two secrets that came with the request, and the
// stored bytes. Post does not change or keep Body.
type Callback struct {
	URL    string
	APIKey string // header x-api-key; left out where empty
	Token  string // header x-callback-token; left out where empty
	Body   []byte // JSON
}

// Post sends the callback once and says what came of it. It never retries by itself, except on a connection
// that turned out closed before anything was written to it. It returns within the timeout, or soon after ctx
// ends; an attempt that ctx ended is Canceled.
func (s *Sender) Post(ctx context.Context, c Callback) Outcome {
	started := time.Now()
	o := s.attempt(ctx, c)
	o.Duration = time.Since(started)
	return o
}

func (s *Sender) attempt(ctx context.Context, c Callback) Outcome {
	t, refused := s.check(c.URL)
	if refused != nil {
		return Outcome{Verdict: Final, Err: refused.Error()}
	}
	// net/http would refuse such a value too, but as an error among others, which would be tried for a day.
	if !httpguts.ValidHeaderFieldValue(c.APIKey) || !httpguts.ValidHeaderFieldValue(c.Token) {
		return Outcome{Verdict: Final, Err: "the callback key or token holds characters that no header can carry"}
	}

	attempt, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	var p progress
	req, err := http.NewRequestWithContext(p.trace(attempt), http.MethodPost, t.url.String(), bytes.NewReader(c.Body))
	if err != nil {
		// The URL was parsed before, so this cannot happen; the error would quote it.
		return Outcome{Verdict: Final, Err: "the callback URL cannot be used for a request"}
	}
	s.setHeaders(req.Header, c)

	resp, err := s.transport.RoundTrip(req)
	if err != nil {
		return s.failed(ctx, attempt, &p, t, c, err)
	}
	o := Outcome{Verdict: judge(resp.StatusCode), Status: resp.StatusCode}
	if o.Verdict != Delivered {
		o.Err = describeStatus(resp.StatusCode)
	}
	if o.Verdict == Retry || o.Verdict == Refused {
		o.RetryAfter = retryAfter(resp.Header, time.Now())
	}
	drain(resp.Body, cancel)
	return o
}

func (s *Sender) setHeaders(h http.Header, c Callback) {
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", s.userAgent)
	if c.APIKey != "" {
		h.Set("X-Api-Key", c.APIKey)
	}
	if c.Token != "" {
		h.Set("X-Callback-Token", c.Token)
	}
}

// failed turns an attempt without an answer into its outcome.
func (s *Sender) failed(ctx, attempt context.Context, p *progress, t target, c Callback, err error) Outcome {
	o := Outcome{Verdict: Retry, Ambiguous: p.wroteHeaders.Load()}
	var refused *AddressError
	switch {
	case ctx.Err() != nil:
		o.Canceled = true
		o.Err = "stopped before an answer came"
	case !o.Ambiguous && isShort(err):
		o.Short = true
		o.Err = "no connection to " + t.key() + ": this machine is out of descriptors or memory"
	case attempt.Err() != nil:
		o.Err = p.timedOut(t.key(), s.timeout)
	case errors.As(err, &refused) && !p.otherDial.Load():
		// Every address of the host was refused. Had one merely not answered, the host would be worth
		// another try.
		o.Verdict = Final
		o.Err = "host " + t.key() + " leads to a place that is not allowed: " + refused.Error()
	default:
		o.Err = describe(err, t.key())
	}
	o.Err = scrub(o.Err, t, c)
	return o
}

// drain reads what is left of an answer, up to a bound of bytes and time, and closes it. cancel ends the
// request: it is the only thing that wakes a blocked read.
func drain(body io.ReadCloser, cancel context.CancelFunc) {
	late := time.AfterFunc(drainTime, cancel)
	defer late.Stop()
	// The status has been read, so nothing that goes wrong here can change the outcome.
	_, _ = io.CopyN(io.Discard, body, maxAnswer)
	_ = body.Close()
}

// progress is how far an attempt came. Its hooks run on goroutines of net/http, some after RoundTrip returned.
type progress struct {
	gotConn      atomic.Bool
	wroteHeaders atomic.Bool
	otherDial    atomic.Bool // an address failed for another reason than the guard's
}

// trace returns ctx with hooks that keep p.
//
// The mark of an ambiguous attempt is WroteHeaders: the body follows it, and without its body nobody can
// have processed the request. WroteRequest would be too late, since the last bytes may be on their way when
// the connection fails. GetConn takes the marks back: net/http asks for another connection only after it
// made sure that nothing was written to the one before.
func (p *progress) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) {
			p.gotConn.Store(false)
			p.wroteHeaders.Store(false)
		},
		ConnectDone: func(_, _ string, err error) {
			var refused *AddressError
			if err != nil && !errors.As(err, &refused) {
				p.otherDial.Store(true)
			}
		},
		GotConn:      func(httptrace.GotConnInfo) { p.gotConn.Store(true) },
		WroteHeaders: func() { p.wroteHeaders.Store(true) },
	})
}

// timedOut words a timeout by the phase in which it struck.
func (p *progress) timedOut(key string, after time.Duration) string {
	switch {
	case p.wroteHeaders.Load():
		return "no answer from " + key + " within " + after.String()
	case p.gotConn.Load():
		return "the request to " + key + " could not be sent within " + after.String()
	}
	return "no connection to " + key + " within " + after.String()
}
