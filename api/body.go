package api

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
)

// maxKeptBody is the largest buffer that is kept for another request.
const maxKeptBody = 4 << 20

var errEncoded = fiber.NewError(fiber.StatusUnsupportedMediaType, "bodies with a Content-Encoding are not accepted; send the body as it is")

// limitBody returns makers of handlers that read the whole body, at most n bytes
// of it, before the next handler sees it. The body is lent until that handler
// returns.
func limitBody() func(n int64) fiber.Handler {
	buffers := sync.Pool{New: func() any { return new(bytes.Buffer) }}
	room := newRoom()
	return func(n int64) fiber.Handler {
		return func(c *fiber.Ctx) error {
			if c.Get(fiber.HeaderContentEncoding) != "" {
				return errEncoded
			}
			if int64(c.Request().Header.ContentLength()) > n {
				return tooLarge(n)
			}
			stream := openBody(c)
			b, ok := buffers.Get().(*bytes.Buffer)
			if !ok {
				return errors.New("body pool holds something else than buffers")
			}
			b.Reset()
			defer func() {
				if b.Cap() <= maxKeptBody {
					buffers.Put(b)
				}
			}()
			size := c.Request().Header.ContentLength()
			body := room.admit(c.UserContext(), stream, size, n)
			defer body.leave()
			if size > largeBody { // in one piece: a buffer that grows takes twice as much
				if err := body.enter(); err != nil {
					return err
				}
				b.Grow(size + bytes.MinRead)
			}
			if _, err := b.ReadFrom(io.LimitReader(body, n+1)); err != nil {
				if busy := (*fiber.Error)(nil); errors.As(err, &busy) {
					return busy
				}
				if errors.Is(err, os.ErrDeadlineExceeded) {
					return fiber.NewError(fiber.StatusRequestTimeout, fmt.Sprintf("the body did not come within %s", bodyTimeout))
				}
				return fiber.NewError(fiber.StatusBadRequest, "the body could not be read to its end")
			}
			if int64(b.Len()) > n {
				return tooLarge(n)
			}
			c.Request().SetBodyRaw(b.Bytes()) // releases the stream
			defer c.Request().ResetBody()
			return c.Next()
		}
	}
}

func tooLarge(n int64) error {
	return fiber.NewError(fiber.StatusRequestEntityTooLarge, fmt.Sprintf("the body is larger than %d bytes", n))
}

// A bodyStream is the body of a request as it comes in. The server's own stream
// must not be asked again once it has ended: it would wait for another chunk.
type bodyStream struct {
	src io.Reader // nil where there is no body
	err error     // of the last read; io.EOF at the end
}

func (b *bodyStream) Read(p []byte) (int, error) {
	if b.src == nil {
		return 0, io.EOF
	}
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.src.Read(p)
	b.err = err
	return n, err
}

// whole says whether nothing of the body is left.
func (b *bodyStream) whole() bool { return b.src == nil || errors.Is(b.err, io.EOF) }

// bodyKey is where the body of a request is kept while it is handled.
type bodyKey struct{}

// openBody returns the body of the request, to be read to its end by at most one
// handler.
func openBody(c *fiber.Ctx) io.Reader {
	if b, ok := c.Locals(bodyKey{}).(*bodyStream); ok {
		return b
	}
	return &bodyStream{}
}

// endBody closes the connection after the answer where a part of the body has not
// been read, since that must never be taken for the next request. What has come in
// already is thrown away, what has not is not waited for; the connection lingers for
// it, behind the answer.
func endBody(c *fiber.Ctx) error {
	b := &bodyStream{src: c.Context().RequestBodyStream()}
	c.Locals(bodyKey{}, b)
	err := c.Next()
	conn := connOf(c)
	if !b.whole() && conn != nil && conn.SetReadDeadline(time.Unix(1, 0)) == nil {
		_, _ = io.CopyN(io.Discard, b, maxHeader) // only what is in the server's buffer; how that went, b knows
	}
	if !b.whole() {
		c.Context().SetConnectionClose()
	}
	cut := c.Request().Header.ContentLength() == 0 && c.Request().Header.ConnectionClose() // by the gate
	if conn != nil && (cut || !b.whole()) {
		conn.Linger()
	}
	return err
}

// Bounds of an upload, which may take longer than any other body but has to go on.
const (
	uploadTimeout = 30 * time.Minute
	paceWindow    = 30 * time.Second
	paceBytes     = 32 << 10 // in each window
)

// openPaced is openBody for an upload.
func openPaced(c *fiber.Ctx) io.Reader {
	body := openBody(c)
	conn := connOf(c)
	if conn == nil {
		return body
	}
	return &pacedReader{src: body, deadline: conn.SetReadDeadline, end: time.Now().Add(uploadTimeout)}
}

// A pacedReader gives up a body that comes in too slowly, so that a client that
// sends a byte now and then does not hold its place for half an hour.
type pacedReader struct {
	src      io.Reader
	deadline func(time.Time) error // of a read of the connection below
	end      time.Time             // of the whole body
	window   time.Time             // end of the window
	left     int                   // bytes that are still to come within it
}

func (r *pacedReader) Read(p []byte) (int, error) {
	for {
		now := time.Now()
		switch {
		case !now.Before(r.end):
			return 0, fiber.NewError(fiber.StatusRequestTimeout, fmt.Sprintf("the upload took longer than %s", uploadTimeout))
		case r.left <= 0 || r.window.IsZero():
			if err := r.open(now); err != nil {
				return 0, err
			}
		case !now.Before(r.window):
			return 0, fiber.NewError(fiber.StatusRequestTimeout, fmt.Sprintf("the upload stalled: less than %d bytes came within %s", paceBytes, paceWindow))
		}
		n, err := r.src.Read(p)
		r.left -= n
		if n == 0 && errors.Is(err, os.ErrDeadlineExceeded) {
			continue // which of the two bounds it was stands above
		}
		return n, err
	}
}

// open begins a window.
func (r *pacedReader) open(now time.Time) error {
	r.window, r.left = now.Add(paceWindow), paceBytes
	until := r.window
	if until.After(r.end) {
		until = r.end
	}
	return r.deadline(until)
}
