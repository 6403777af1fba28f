package api

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/gofiber/fiber/v2"
)

// drainLimit is how much of an unwanted body is read before the connection is
// closed, so that a client that is still sending sees the answer.
const drainLimit = 256 << 10

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
	src   io.Reader // nil where there is no body
	ended bool
}

func (b *bodyStream) Read(p []byte) (int, error) {
	if b.ended || b.src == nil {
		return 0, io.EOF
	}
	n, err := b.src.Read(p)
	b.ended = err != nil
	return n, err
}

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

// drainBody reads a little of a body that no handler has read to its end, and
// closes the connection after the answer if there is more: what is left of a body
// must never be taken for the next request.
func drainBody(c *fiber.Ctx) error {
	b := &bodyStream{src: c.Context().RequestBodyStream()}
	c.Locals(bodyKey{}, b)
	err := c.Next()
	if _, drainErr := io.CopyN(io.Discard, b, drainLimit); !errors.Is(drainErr, io.EOF) {
		c.Context().SetConnectionClose()
	}
	return err
}
