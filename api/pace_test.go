package api

import (
	"io"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"

	"tablestep/api/route"
)

// A slowBody gives n bytes every so often, and obeys a read deadline as a connection
// does.
type slowBody struct {
	n        int
	every    time.Duration
	left     int
	next     time.Time
	deadline time.Time
}

func (b *slowBody) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, io.EOF
	}
	if b.next.After(b.deadline) {
		time.Sleep(time.Until(b.deadline))
		return 0, os.ErrDeadlineExceeded
	}
	time.Sleep(time.Until(b.next))
	n := min(b.n, b.left, len(p))
	b.left -= n
	b.next = time.Now().Add(b.every)
	return n, nil
}

func (b *slowBody) setDeadline(t time.Time) error { b.deadline = t; return nil }

func TestAnUploadIsGivenUpWhenItStallsAndNotWhileItGoesOn(t *testing.T) {
	for name, c := range map[string]struct {
		body   slowBody
		status int // 0: read to its end
		after  time.Duration
	}{
		"a byte a second":          {slowBody{n: 1, every: time.Second, left: 1 << 20}, fiber.StatusRequestTimeout, 30 * time.Second},
		"nothing":                  {slowBody{n: 1, every: 24 * time.Hour, left: 2}, fiber.StatusRequestTimeout, 30 * time.Second},
		"a slow line":              {slowBody{n: 2 << 10, every: time.Second, left: 1 << 20}, 0, 511 * time.Second},
		"in bursts":                {slowBody{n: 8 << 10, every: 7 * time.Second, left: 160 << 10}, 0, 19 * 7 * time.Second},
		"longer than half an hour": {slowBody{n: 2 << 10, every: time.Second, left: 1 << 30}, fiber.StatusRequestTimeout, route.UploadTime},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := c.body
				began := time.Now()
				if name == "nothing" {
					b.next = began.Add(b.every)
				}
				r := &pacedReader{src: &b, deadline: b.setDeadline, within: route.UploadTime, end: began.Add(route.UploadTime)}
				n, err := io.Copy(io.Discard, r)
				require.Equal(t, c.after, time.Since(began))
				if c.status == 0 {
					require.NoError(t, err)
					require.EqualValues(t, c.body.left, n)
					return
				}
				var told *fiber.Error
				require.ErrorAs(t, err, &told, "%v", err)
				require.Equal(t, c.status, told.Code)
			})
		})
	}
}
