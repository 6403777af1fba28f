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

	"tablestep/api/edge"
	"tablestep/api/route"
)

// maxKeptBody is the largest buffer that is kept for another request.
const maxKeptBody = 4 << 20

// errEncoded refuses a body that would have to be unpacked, past every limit.
func errEncoded() error {
	return fiber.NewError(fiber.StatusUnsupportedMediaType, "bodies with a Content-Encoding are not accepted; send the body as it is")
}

// A bodyReader takes in the bodies of requests within the limits of their routes.
type bodyReader struct {
	buffers sync.Pool // of *bytes.Buffer
	room    *room
}

func newBodyReader() *bodyReader {
	return &bodyReader{buffers: sync.Pool{New: func() any { return new(bytes.Buffer) }}, room: newRoom()}
}

// of returns the handler that takes in the body for the next handler of a route, which
// has it whole or, where the route is paced, as it comes in.
func (b *bodyReader) of(r *route.Route) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if c.Get(fiber.HeaderContentEncoding) != "" {
			return errEncoded()
		}
		if r.Paced {
			if int64(c.Request().Header.ContentLength()) > r.Body+formOverhead {
				return tooLarge(r)
			}
			route.KeepBody(c, openPaced(c, r.Within))
			return c.Next()
		}
		return b.whole(c, r)
	}
}

// whole reads the whole body, which is lent until the next handler returns.
func (b *bodyReader) whole(c *fiber.Ctx, r *route.Route) error {
	size := c.Request().Header.ContentLength()
	if int64(size) > r.Body {
		return tooLarge(r)
	}
	buffer, ok := b.buffers.Get().(*bytes.Buffer)
	if !ok {
		return errors.New("body pool holds something else than buffers")
	}
	buffer.Reset()
	defer func() {
		if buffer.Cap() <= maxKeptBody {
			b.buffers.Put(buffer)
		}
	}()
	body := b.room.admit(c.UserContext(), openBody(c), size, r.Body)
	defer body.leave()
	if size > largeBody { // in one piece: a buffer that grows takes twice as much
		if err := body.enter(); err != nil {
			return err
		}
		buffer.Grow(size + bytes.MinRead)
	}
	if _, err := buffer.ReadFrom(io.LimitReader(body, r.Body+1)); err != nil {
		if busy := (*fiber.Error)(nil); errors.As(err, &busy) {
			return busy
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return fiber.NewError(fiber.StatusRequestTimeout, fmt.Sprintf("the body did not come within %s", r.Within))
		}
		return fiber.NewError(fiber.StatusBadRequest, "the body could not be read to its end")
	}
	if int64(buffer.Len()) > r.Body {
		return tooLarge(r)
	}
	c.Request().SetBodyRaw(buffer.Bytes()) // releases the stream
	defer c.Request().ResetBody()
	return c.Next()
}

// formOverhead is how much a form may add to the file in it.
const formOverhead = 1 << 20

func tooLarge(r *route.Route) error {
	text := fmt.Sprintf("the body is larger than %d bytes", r.Body)
	if r.Setting != "" {
		text += "; the setting " + r.Setting + " allows more"
	}
	return fiber.NewError(fiber.StatusRequestEntityTooLarge, text)
}

// A bodyStream is the body of a request as it comes in. The server's own stream
// must not be asked again once it has ended: it would wait for another chunk.
type bodyStream struct {
	src  io.Reader // nil where there is no body
	err  error     // of the last read; io.EOF at the end
	size int       // that was announced; less than 0: the body comes in chunks
	read int       // of it
	conn *edge.Conn
}

func (b *bodyStream) Read(p []byte) (int, error) {
	if b.src == nil {
		return 0, io.EOF
	}
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.src.Read(p)
	b.read += n
	// The server takes the end of the connection for that of the body. Then a file that was
	// cut, by Ctrl-C or by the network, would become a table that looks whole.
	if errors.Is(err, io.EOF) && b.cut() {
		err = io.ErrUnexpectedEOF
	}
	b.err = err
	return n, err
}

// cut says, at the end of the stream, that the body is not whole: bytes are missing, or, of
// a body in chunks, the client ended its side before the last one. (Who has sent the last
// one may end it; nobody reads on to see that.)
func (b *bodyStream) cut() bool {
	if b.size >= 0 {
		return b.read < b.size
	}
	return b.conn != nil && b.conn.Ended()
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
	conn := connOf(c)
	b := &bodyStream{src: c.Context().RequestBodyStream(), size: c.Request().Header.ContentLength(), conn: conn}
	c.Locals(bodyKey{}, b)
	err := c.Next()
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

// A body that is paced may take longer than any other but has to go on.
const (
	paceWindow = 30 * time.Second
	paceBytes  = 32 << 10 // in each window
)

// openPaced is openBody for a route that is paced; within is the time of the whole body.
func openPaced(c *fiber.Ctx, within time.Duration) io.Reader {
	body := openBody(c)
	conn := connOf(c)
	if conn == nil {
		return body
	}
	return &pacedReader{src: body, deadline: conn.SetReadDeadline, within: within, end: time.Now().Add(within)}
}

// A pacedReader gives up a body that comes in too slowly, so that a client that
// sends a byte now and then does not hold its place for half an hour.
type pacedReader struct {
	src      io.Reader
	deadline func(time.Time) error // of a read of the connection below
	within   time.Duration         // for the whole body
	end      time.Time             // of the whole body
	window   time.Time             // end of the window
	left     int                   // bytes that are still to come within it
}

func (r *pacedReader) Read(p []byte) (int, error) {
	for {
		now := time.Now()
		switch {
		case !now.Before(r.end):
			return 0, fiber.NewError(fiber.StatusRequestTimeout, fmt.Sprintf("the upload took longer than %s", r.within))
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
