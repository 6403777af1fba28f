package marketo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"mime"
	"net"
	"net/http"
	"strconv"
	"time"
)

// callbackPath is where Marketo's gateway takes callbacks.
const callbackPath = "/customflowaction/submitCustomFlowAction"

// Bounds of a callback and of the listener's shutdown.
const (
	maxCallbackBytes = 64 << 20
	shutdownTimeout  = 5 * time.Second
)

// receiver listens for the callbacks of a campaign.
type receiver struct {
	campaign *campaign
	listener net.Listener
	server   *http.Server
	done     chan error // Gives what Serve returned.
}

// listen opens the listener; callbacks are served from then on until close.
func listen(ctx context.Context, c *campaign) (*receiver, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", c.options.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen for callbacks: %w", err)
	}
	r := &receiver{campaign: c, listener: listener, done: make(chan error, 1)}
	r.server = &http.Server{
		Handler:           r,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          log.New(io.Discard, "", 0), // What goes wrong is a Problem, not a line of a log.
	}
	go func() { r.done <- r.server.Serve(listener) }()
	return r, nil
}

// url gives the address at which the service reaches the listener.
func (r *receiver) url() string {
	if r.campaign.options.CallbackURL != "" {
		return r.campaign.options.CallbackURL
	}
	host := r.listener.Addr().String()
	if address, ok := r.listener.Addr().(*net.TCPAddr); ok && address.IP.IsUnspecified() {
		host = net.JoinHostPort("127.0.0.1", strconv.Itoa(address.Port))
	}
	return "http://" + host + callbackPath
}

// close stops the listener and waits for the callbacks under way.
func (r *receiver) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	err := r.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = r.server.Close()
	}
	if served := <-r.done; err == nil && !errors.Is(served, http.ErrServerClosed) {
		err = served
	}
	if err != nil {
		return fmt.Errorf("stop listening for callbacks: %w", err)
	}
	return nil
}

// ServeHTTP takes one callback.
func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	status := r.receive(w, request)
	if status == AnswerLost {
		panic(http.ErrAbortHandler) // The way of net/http to cut the connection.
	}
	w.WriteHeader(status)
}

// receive checks a callback and gives the status to answer, or AnswerLost.
func (r *receiver) receive(w http.ResponseWriter, request *http.Request) int {
	c := r.campaign
	arrived := time.Now()
	c.mu.Lock()
	c.callbacks++
	c.mu.Unlock()
	if request.Method != http.MethodPost {
		c.find(Problem{Rule: CallbackRequest, Where: "method", Message: printable(shorten(request.Method)) + " instead of POST"})
		return http.StatusMethodNotAllowed
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, maxCallbackBytes))
	if err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			c.find(Problem{Rule: CallbackRequest, Where: "body", Message: fmt.Sprintf("it is larger than %d MiB", maxCallbackBytes>>20)})
			return http.StatusRequestEntityTooLarge
		}
		return http.StatusBadRequest // The service hung up; it will come again.
	}
	if request.Header.Get("X-Api-Key") != c.key {
		c.find(Problem{Rule: CallbackKey, Where: "x-api-key", Message: "it is not the apiCallBackKey of the request"})
		return http.StatusUnauthorized
	}
	c.mu.Lock()
	b := c.byToken[request.Header.Get("X-Callback-Token")]
	attempt := 0
	if b != nil {
		b.attempts++
		attempt = b.attempts
	}
	c.mu.Unlock()
	if b == nil {
		c.find(Problem{Rule: TokenUnknown, Where: "x-callback-token", Message: "it is the token of no batch"})
		return http.StatusNotFound
	}
	if r.used(b) {
		return http.StatusNotFound
	}
	r.checkHeader(b, request)
	request.Body = io.NopCloser(bytes.NewReader(body))
	status := r.decide(attempt, request)
	if status != AnswerLost && (status < 200 || status > 299) {
		return status
	}
	if request.Context().Err() != nil {
		return http.StatusBadRequest // The service did not wait, so it will come again.
	}
	return r.accept(b, body, status, arrived)
}

// used reports whether the token was used up before, which is the service's
// mistake where it was told so.
func (r *receiver) used(b *batch) bool {
	c := r.campaign
	c.mu.Lock()
	defer c.mu.Unlock()
	if !b.taken || c.closed {
		return b.taken
	}
	c.repeats++
	if b.told {
		c.findings.add(Problem{Rule: TokenReused, Batch: b.number, Message: "the callback came again after it had been answered with 2xx"})
	}
	return true
}

// checkHeader checks what a callback says of its body.
func (r *receiver) checkHeader(b *batch, request *http.Request) {
	kind := request.Header.Get("Content-Type")
	if media, _, err := mime.ParseMediaType(kind); err != nil || media != "application/json" {
		r.campaign.find(Problem{Rule: CallbackRequest, Where: "content-type", Batch: b.number, Message: printable(shorten(kind)) + " instead of application/json"})
	}
	if encoding := request.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		r.campaign.find(Problem{Rule: CallbackRequest, Where: "content-encoding", Batch: b.number, Message: "Marketo is not known to take " + printable(shorten(encoding))})
	}
}

// decide asks the options how to answer an attempt.
func (r *receiver) decide(attempt int, request *http.Request) int {
	if attempt <= r.campaign.options.FailFirst {
		return http.StatusInternalServerError
	}
	if r.campaign.options.CallbackHandler != nil {
		switch status := r.campaign.options.CallbackHandler(attempt, request); {
		case status == 0:
		case status != AnswerLost && (status < 200 || status > 599):
			return http.StatusInternalServerError // No final status of HTTP.
		default:
			return status
		}
	}
	return http.StatusOK
}

// accept checks the body and takes the callback.
func (r *receiver) accept(b *batch, body []byte, status int, arrived time.Time) int {
	c := r.campaign
	answer, err := c.validator.Check(body, Expected{Batch: b.number, Leads: b.leads, Token: b.token, MunchkinID: c.options.MunchkinID})
	if err != nil {
		c.find(Problem{Rule: BodyInvalid, Batch: b.number, Message: err.Error()})
		return http.StatusBadRequest
	}
	if !c.take(b, answer, arrived, status != AnswerLost) {
		r.used(b)
		return http.StatusNotFound
	}
	return status
}
