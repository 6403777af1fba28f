package api

import (
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"tablestep/api/edge"
)

// Bounds of a request, by what its client has shown.
const (
	maxHeader = 32 << 10 // bytes of a request's line and headers

	headerTimeout = 10 * time.Second // from the first moment, or the first byte of a later request, to the end of the headers
	bodyTimeout   = 30 * time.Second // of a body, after a right key
	idleTimeout   = 2 * time.Minute  // between two requests

	writeTimeout    = 2 * time.Minute  // of an answer, after a right key
	strangerTimeout = 10 * time.Second // of an answer to anybody else
)

// The gate judges a request by its headers, before a byte of its body is read.
//
// The server reads the first 8 KB of a body, and sends 100 Continue, before any
// handler runs. So a request without a right key is made one without a body here,
// whether that has a length, comes in chunks or waits for 100 Continue: the handlers
// then refuse it (or answer it, where the route is a public one, none of which reads
// a body), the connection is closed after the answer, and lingers for what is still
// being sent.
func (k *keys) gate(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	length := h.ContentLength() // -1: in chunks
	hasBody := length > 0 || length == -1
	if k.sides(h) == 0 {
		if hasBody || len(h.Peek(fiber.HeaderExpect)) > 0 {
			h.SetContentLength(0)
			h.Del(fiber.HeaderExpect)
			h.SetConnectionClose()
		}
		return fasthttp.RequestConfig{}
	}
	c := fasthttp.RequestConfig{WriteTimeout: writeTimeout}
	if hasBody {
		c.ReadTimeout = bodyTimeout
	}
	return c
}

// connOf is the connection of a request; nil in the hands of another server than ours.
func connOf(c *fiber.Ctx) *edge.Conn { return edge.Of(c.Context().Conn()) }

// rest is told by the server what becomes of a connection.
func rest(c net.Conn, state fasthttp.ConnState) {
	if state != fasthttp.StateIdle {
		return
	}
	if conn := edge.Of(c); conn != nil {
		conn.Rest()
	}
}

// countForwarded refuses a request of an address that a trusted proxy forwards for
// and that has too many under way.
func countForwarded(c *fiber.Ctx) error {
	conn := connOf(c)
	if conn == nil {
		return c.Next()
	}
	leave, ok := conn.Enter(forwarded(c))
	defer leave()
	if !ok {
		return fiber.NewError(fiber.StatusTooManyRequests, "too many requests of this address are under way")
	}
	return c.Next()
}

// forwarded is the header X-Forwarded-For, all of it.
func forwarded(c *fiber.Ctx) string {
	all := c.Request().Header.PeekAll(fiber.HeaderXForwardedFor)
	if len(all) == 0 {
		return ""
	}
	header := string(all[0])
	for _, more := range all[1:] {
		header += "," + string(more)
	}
	return header
}

// whileConnected ends the context of a request when its client goes away. It stands
// behind what reads the body.
func whileConnected(c *fiber.Ctx) error {
	conn := connOf(c)
	if conn == nil {
		return c.Next()
	}
	ctx, stop := conn.Watch(c.UserContext())
	defer stop()
	c.SetUserContext(ctx)
	return c.Next()
}

// answerUnreadable answers what is no request. Nothing of what came is repeated, in
// the answer or in a log: it may hold a key, for whoever may read the answer.
func answerUnreadable(c *fasthttp.RequestCtx, err error) {
	var (
		netErr  net.Error
		small   *fasthttp.ErrSmallBuffer
		problem *fiber.Error
	)
	switch {
	case errors.As(err, &small):
		problem = fiber.NewError(fiber.StatusRequestHeaderFieldsTooLarge, fmt.Sprintf("the headers are larger than %d bytes", maxHeader))
	case errors.As(err, &netErr) && netErr.Timeout():
		problem = fiber.NewError(fiber.StatusRequestTimeout, "the request did not come in time")
	default:
		problem = fiber.NewError(fiber.StatusBadRequest, "this is not a readable HTTP/1.1 request: its first line, its headers or what frames its body break the rules")
	}
	if conn := edge.Of(c.Conn()); conn != nil && problem.Code != fiber.StatusRequestTimeout {
		conn.Linger()
	}
	c.Response.Reset()
	c.Response.Header.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	writeProblem(c, problem)
}
