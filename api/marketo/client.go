package marketo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Bounds of a request to the service.
const (
	requestTimeout = 30 * time.Second
	maxAnswerBytes = 16 << 20
)

// client speaks HTTP with one service.
type client struct {
	base string
	http *http.Client
	own  *http.Transport // Closed with the client; nil where the caller's is used.
}

func newClient(o Options) *client {
	c := &client{base: o.Server}
	transport := o.Transport
	if transport == nil {
		c.own = &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			MaxIdleConnsPerHost: o.Concurrency,
			IdleConnTimeout:     30 * time.Second,
			TLSHandshakeTimeout: 10 * time.Second,
		}
		transport = c.own
	}
	c.http = &http.Client{
		Transport: transport,
		Timeout:   requestTimeout,
		// A redirect is an answer like another: Marketo is not known to follow it.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c
}

func (c *client) close() {
	if c.own != nil {
		c.own.CloseIdleConnections()
	}
}

// answer is a response that was read whole.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// excerpt gives the start of the body for a message.
func (a answer) excerpt() string {
	if len(a.body) == 0 {
		return "without a body"
	}
	// Where it tells a message, that is all that a person needs; most services tell it so.
	var told struct {
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	if err := json.Unmarshal(a.body, &told); err == nil && told.Error.Message != "" && len(told.Error.Message) <= maxMessage {
		return fmt.Sprintf("%q", printable(told.Error.Message))
	}
	return shorten(printable(strings.ToValidUTF8(string(a.body[:min(len(a.body), 300)]), "")))
}

// maxMessage is the longest message of a service, in bytes, that is told whole.
const maxMessage = 400

// get asks for a path of the service; nil credentials are none.
func (c *client) get(ctx context.Context, path string, with *credentials) (answer, error) {
	return c.send(ctx, http.MethodGet, c.base+path, "", nil, with)
}

// post sends JSON to a path of the service.
func (c *client) post(ctx context.Context, path string, body []byte, with *credentials) (answer, error) {
	return c.send(ctx, http.MethodPost, c.base+path, "application/json", body, with)
}

func (c *client) send(ctx context.Context, method, address, contentType string, body []byte, with *credentials) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return answer{}, fmt.Errorf("make the request: %w", err)
	}
	request.Header.Set("Accept", "application/json")
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	if with != nil {
		if err := with.apply(request); err != nil {
			return answer{}, err
		}
	}
	response, err := c.http.Do(request)
	if err != nil {
		// The address may carry a key in its query, so only its path is told.
		if refused, ok := errors.AsType[*url.Error](err); ok {
			err = refused.Err
		}
		return answer{}, fmt.Errorf("%s %s: %w", method, request.URL.Path, err)
	}
	defer func() { _ = response.Body.Close() }() // All of it was read, or the error of reading is given.
	got, err := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes+1))
	if err != nil {
		return answer{}, fmt.Errorf("read the answer of %s: %w", request.URL.Path, err)
	}
	if len(got) > maxAnswerBytes {
		return answer{}, fmt.Errorf("the answer of %s is larger than %d MiB", request.URL.Path, maxAnswerBytes>>20)
	}
	return answer{status: response.StatusCode, header: response.Header, body: got}, nil
}
