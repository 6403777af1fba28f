package api

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/gofiber/fiber/v2"
	"golang.org/x/sync/semaphore"
)

// Bounds of the bodies that are held in memory at once.
const (
	largeBody = 1 << 20               // smaller ones are bounded by the connections
	roomBytes = 256 << 20             // for all larger ones together
	roomWait  = 10 * time.Second      // until the client is told to come back later
	restTime  = 50 * time.Microsecond // between pieces: the network is looked at when a processor has nothing to do
)

// A room is the memory for the large bodies of all requests.
type room struct{ free *semaphore.Weighted }

func newRoom() *room { return &room{semaphore.NewWeighted(roomBytes)} }

// admit gives the reader of a body that takes its place in the room as soon as it
// turns out to be large; size is how large it says it is, below 0 if it does not say,
// and most how large it may be.
func (r *room) admit(ctx context.Context, body io.Reader, size int, most int64) *admitted {
	a := &admitted{ctx: ctx, room: r, src: body, weight: most}
	if size >= 0 {
		a.weight = min(int64(size), most)
	}
	a.weight = min(a.weight, roomBytes)
	return a
}

// admitted is a body that is being read.
type admitted struct {
	ctx    context.Context
	room   *room
	src    io.Reader
	weight int64
	read   int64
	inside bool
}

func (a *admitted) Read(p []byte) (int, error) {
	if a.read > largeBody {
		if err := a.enter(); err != nil {
			return 0, err
		}
	}
	if a.read > largeBody { // a little at a time, and others have the processor between
		p = p[:min(len(p), largeBody/4)]
		time.Sleep(restTime)
	}
	n, err := a.src.Read(p)
	a.read += int64(n)
	return n, err
}

// enter waits for the place; without one the client is asked to come back.
func (a *admitted) enter() error {
	if a.inside {
		return nil
	}
	ctx, cancel := context.WithTimeout(a.ctx, roomWait)
	defer cancel()
	if a.room.free.Acquire(ctx, a.weight) != nil {
		return fiber.NewError(fiber.StatusTooManyRequests, fmt.Sprintf("too many bodies above %d bytes come at once; send this one again later", largeBody))
	}
	a.inside = true
	return nil
}

// leave gives the place back, when the body is no longer in use.
func (a *admitted) leave() {
	if a.inside {
		a.room.free.Release(a.weight)
		a.inside = false
	}
}
