package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"tablestep/api/edge"
	"tablestep/api/route"
)

// Bounds of a request before it is known which route it wants. All others stand in the
// table of routes.
const (
	maxHeader     = 32 << 10         // bytes of a request's line and headers
	headerTimeout = 10 * time.Second // from the first moment, or the first byte of a later request, to the end of the headers
	idleTimeout   = 2 * time.Minute  // between two requests
)

// The gate judges a request by its headers, before a byte of its body is read, by the
// route that it wants.
type gate struct {
	keys  *keys
	table *route.Table
}

// judge lets a body in only where a key has been shown that opens the route.
//
// The server reads the first 8 KB of a body, and sends 100 Continue, before any
// handler runs. So any other request is made one without a body here, whether that has
// a length, comes in chunks or waits for 100 Continue: the handlers then refuse it (or
// answer it, where the route is a public one, none of which reads a body), the
// connection is closed after the answer, and lingers for what is still being sent.
func (g *gate) judge(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	r := g.wanted(h)
	length := h.ContentLength() // -1: in chunks
	hasBody := length > 0 || length == -1
	if !g.keys.opens(h, r) {
		if hasBody || len(h.Peek(fiber.HeaderExpect)) > 0 {
			h.SetContentLength(0)
			h.Del(fiber.HeaderExpect)
			h.SetConnectionClose()
		}
		if r.Public() {
			return fasthttp.RequestConfig{WriteTimeout: r.Answer}
		}
		return fasthttp.RequestConfig{} // the server's own times are those of strangers
	}
	c := fasthttp.RequestConfig{WriteTimeout: r.Answer}
	if hasBody {
		c.ReadTimeout = min(r.Within, route.BodyTime) // a paced one sets its own once it is being read
	}
	return c
}

// wanted is the route of a request, found as the router finds it later.
func (g *gate) wanted(h *fasthttp.RequestHeader) *route.Route {
	uri := fasthttp.AcquireURI()
	defer fasthttp.ReleaseURI(uri)
	if uri.Parse(h.Host(), h.RequestURI()) != nil {
		return g.table.Elsewhere() // the server refuses it next
	}
	return g.table.Find(h.Method(), uri.PathOriginal())
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
	return string(bytes.Join(all, []byte(",")))
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

// errTooSlow is the answer to a question that takes more than its time.
var errTooSlow = errors.New("this takes too long")

// within ends the context of a request after a time, and says so in place of the error that
// comes of it.
func within(most time.Duration) fiber.Handler {
	return func(c *fiber.Ctx) error {
		ctx, cancel := context.WithTimeout(c.UserContext(), most)
		defer cancel()
		c.SetUserContext(ctx)
		err := c.Next()
		if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) && errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("%w: more than %s, with waiting for others: narrow the query, or try again when less is going on", errTooSlow, most)
		}
		return err
	}
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
