package engine

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"tablestep/engine/delivery"
	"tablestep/engine/queue"
	"tablestep/engine/request"
)

// A RequestError says which field of a request makes it unusable.
type RequestError = request.FieldError

// Accepted is the answer to an accepted request.
type Accepted struct {
	ID        string `json:"invocation"`
	Duplicate bool   `json:"duplicate"` // the token had come before
}

// A decoded request goes with its bytes through the queue's memory, so that it is
// mostly read once: what acceptance has to check is what evaluation needs.
type decoded struct {
	request.Batch
	from *sync.Pool
}

// maxDecoded is the largest memory that goes from one request to another.
const maxDecoded = 4 << 20

// maxLabel is as much of a batch id as the queue keeps for people, in bytes.
const maxLabel = 255

// Release gives the memory to another request.
func (d *decoded) Release() {
	if d.Size() <= maxDecoded {
		d.from.Put(d)
	}
}

// decode reads a request. The body must not be changed while the result is in use.
// With a *request.LimitError the envelope comes back all the same.
func (e *Engine) decode(body []byte, limits request.Limits) (*decoded, error) {
	d, ok := e.requests.Get().(*decoded)
	if !ok {
		d = &decoded{from: &e.requests}
	}
	err := d.DecodeWithin(body, limits)
	if limit := (*request.LimitError)(nil); err != nil && !errors.As(err, &limit) {
		d.Release()
		return nil, err
	}
	return d, err
}

// A refusal is stored in place of a request that will not be evaluated, though it is
// answered: a mark that no JSON begins with, and the reason.
const refusal = '!'

// cloneInPieces copies a body. A copy cannot be interrupted, so of a large one others
// get the processor between pieces.
func cloneInPieces(body []byte) []byte {
	if len(body) <= largeBytes {
		return bytes.Clone(body)
	}
	clone := make([]byte, 0, len(body))
	for piece := range slices.Chunk(body, largeBytes/4) {
		clone = append(clone, piece...)
		time.Sleep(request.RestTime)
	}
	return clone
}

// decodeInTurn is decode for acceptance. Of large requests half of the processors at
// most read at once: one of 16 MB takes up to 0.1 s, and the others would wait.
func (e *Engine) decodeInTurn(ctx context.Context, body []byte) (*decoded, error) {
	if len(body) > largeBytes {
		if err := e.reading.Acquire(ctx, 1); err != nil {
			return nil, err
		}
		defer e.reading.Release(1)
	}
	return e.decode(body, request.Limits{Leads: e.options.MaxLeads})
}

// Accept stores a request. When it returns without an error, the request is on
// the disk and will be answered. It does not keep the body. Errors are
// *RequestError, ErrBusy or ErrUnavailable.
func (e *Engine) Accept(ctx context.Context, body []byte) (accepted Accepted, err error) {
	start := time.Now()
	defer func() {
		if err != nil {
			e.events.emit(EventRefused{At: start, Bytes: len(body), Err: err})
		}
	}()
	leave, err := e.enterIntake(ctx, len(body))
	if err != nil {
		return Accepted{}, fmt.Errorf("%w: wait for room beside other large requests: %w", ErrBusy, err)
	}
	defer leave()
	e.wasLarge(len(body))
	body = cloneInPieces(body)
	d, err := e.decodeInTurn(ctx, body)
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return Accepted{}, fmt.Errorf("%w: wait for other large requests to be read: %w", ErrBusy, err)
	}
	var limit *request.LimitError
	if err != nil && !errors.As(err, &limit) {
		return Accepted{}, err
	}
	if err := e.check(&d.Envelope); err != nil {
		d.Release()
		return Accepted{}, err
	}
	in := queue.Invocation{
		CallbackURL: d.CallbackURL, APIKey: d.APICallbackKey, Token: d.Token, MunchkinID: d.MunchkinID,
		BatchID: cut(d.BatchID, maxLabel), CampaignID: d.CampaignID, Leads: d.Count(), Payload: body, Decoded: d,
	}
	if d.Token != "" { // a request without a token cannot be told from another
		in.HasToken = true
		in.TokenHash = sha256.Sum256([]byte(d.Token))
	}
	if limit != nil {
		in.Payload, in.Decoded = append([]byte{refusal}, limit.Message...), nil
		d.Release()
	}
	id, duplicate, err := e.queue.Put(ctx, in) // from here on d is the queue's
	switch {
	case errors.Is(err, queue.ErrInvalid):
		return Accepted{}, &RequestError{Message: err.Error()}
	case errors.Is(err, queue.ErrFull):
		return Accepted{}, fmt.Errorf("%w: %w", ErrBusy, err)
	case err != nil:
		return Accepted{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	e.events.emit(EventAccepted{At: start, Took: time.Since(start), Invocation: id.String(), Duplicate: duplicate, CampaignID: in.CampaignID, Leads: in.Leads, Bytes: len(body)})
	return Accepted{ID: id.String(), Duplicate: duplicate}, nil
}

// check says why a request could not be answered.
func (e *Engine) check(env *request.Envelope) error {
	if err := env.Check(); err != nil {
		return err
	}
	err := e.sender.CheckURL(env.CallbackURL)
	var refused *delivery.URLError
	switch {
	case errors.As(err, &refused):
		return &RequestError{Field: "callbackUrl", Message: refused.Error()}
	case err != nil:
		return fmt.Errorf("check callback URL: %w", err)
	}
	return nil
}
