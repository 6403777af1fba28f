package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"golang.org/x/sync/semaphore"

	"tablestep/engine/queue"
)

// Bounds of memory. What is not large is not counted: it comes in numbers that are
// bounded otherwise, and must not wait behind what is.
const (
	// largeBytes is from where on a request or an answer is large. A request of 1,000
	// leads has about 400 KB.
	largeBytes = queue.LargeBody
	// intakeBytes bounds what the large requests take that are being accepted at once;
	// each takes up to intakeFactor times its size: itself, decoded, compressed, sealed.
	intakeBytes, intakeFactor = 256 << 20, 6
	// answerBytes bounds the large answers that wait to be stored.
	answerBytes = 256 << 20
	// keptWorkspace is the largest text of answers, and the largest decoded request,
	// whose workspace is used again.
	keptWorkspace = 4 << 20
)

const (
	answerPatience = time.Second     // until the workspace goes to another batch
	reliefDelay    = 3 * time.Second // from the first large request to the relief, so that it serves several
	reliefPause    = 15 * time.Second
)

// An AnswerError says that the answer to a request is larger than any that can be
// stored. It is the request's fault as well, so it is a *RequestError too.
type AnswerError struct {
	Leads int
	Bytes int // 0 if it was not made to its end
	Limit int
}

// Error names the sizes and the way out.
func (e *AnswerError) Error() string {
	size := fmt.Sprintf("more than %d MB", e.Limit/1e6)
	if e.Bytes > 0 {
		size = fmt.Sprintf("%d MB", e.Bytes/1e6)
	}
	return fmt.Sprintf("the answer to the %d leads would have %s and may have %d MB; write fewer or shorter outputs, or send smaller batches", e.Leads, size, e.Limit/1e6)
}

// Unwrap gives the answer to who only tries a request.
func (e *AnswerError) Unwrap() error { return &RequestError{Message: e.Error()} }

// enter waits until a large thing of n bytes has room; leave gives it back. Small
// things have room at once.
func enter(ctx context.Context, room *semaphore.Weighted, n, most int) (leave func(), err error) {
	if n <= largeBytes {
		return func() {}, nil
	}
	weight := int64(min(n, most))
	if err := room.Acquire(ctx, weight); err != nil {
		return nil, err
	}
	return func() { room.Release(weight) }, nil
}

// errNoRoom says that too many large answers wait to be stored. The batch is not at
// fault.
var errNoRoom = errors.New("too many large answers wait to be stored")

// enterIntake is enter for a request that is to be accepted.
func (e *Engine) enterIntake(ctx context.Context, n int) (leave func(), err error) {
	if n <= largeBytes { // whatever will be made of it
		return func() {}, nil
	}
	return enter(ctx, e.intake, intakeFactor*n, intakeBytes)
}

// enterAnswer is enter for an answer. It does not wait for long, as whoever waits has
// a workspace that small batches could use.
func (e *Engine) enterAnswer(ctx context.Context, n int) (leave func(), err error) {
	patient, cancel := context.WithTimeout(ctx, answerPatience)
	defer cancel()
	leave, err = enter(patient, e.answers, n, answerBytes)
	if err != nil && ctx.Err() == nil {
		err = errNoRoom
	}
	return leave, err
}

// trim gives the memory of an unusual batch back, so that the workspace keeps no more
// than usual ones need.
func (ws *Workspace) trim() {
	if cap(ws.text) > keptWorkspace || ws.batch != nil && ws.batch.Size() > keptWorkspace {
		*ws = Workspace{}
	}
	ws.batch = nil
	// The texts of cells may keep whole blocks of a version that is no longer used.
	for _, h := range ws.hops {
		h.plan = nil // It has such a version.
		for _, cells := range h.found.Cells[:cap(h.found.Cells)] {
			clear(cells[:cap(cells)])
		}
	}
	ws.chain.trim()
}

// buffer gives memory for a callback.
func (e *Engine) buffer() *[]byte {
	if b, ok := e.buffers.Get().(*[]byte); ok {
		return b
	}
	return new([]byte)
}

// giveBack gives it to another callback, unless it is large.
func (e *Engine) giveBack(b *[]byte, callback []byte) {
	if cap(callback) <= largeBytes {
		*b = callback[:0]
		e.buffers.Put(b)
	}
}

// wasLarge asks for a relief after something large.
func (e *Engine) wasLarge(n int) {
	if n <= largeBytes {
		return
	}
	select {
	case e.relief <- struct{}{}:
	default:
	}
}

// relieveLoop gives memory back to the system after large requests. Go does that too,
// but the next collection may be two minutes away and the giving back is slow on
// purpose; until then the memory looks used, and a limit from outside may end the
// process. Collecting takes about 0.1 s of a processor a GB, beside the work.
func (e *Engine) relieveLoop(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-e.relief:
		}
		e.wait(ctx, nil, time.Now().Add(reliefDelay))
		if ctx.Err() == nil {
			debug.FreeOSMemory()
		}
		e.wait(ctx, nil, time.Now().Add(reliefPause))
	}
}
