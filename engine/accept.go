package engine

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

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

// Accept stores a request. When it returns without an error, the request is on
// the disk and will be answered. It does not keep the body. Errors are
// *RequestError, ErrBusy or ErrUnavailable.
func (e *Engine) Accept(ctx context.Context, body []byte) (Accepted, error) {
	env, err := request.ParseEnvelope(body)
	if err != nil {
		return Accepted{}, err
	}
	if err := e.sender.CheckURL(env.CallbackURL); err != nil {
		var refused *delivery.URLError
		if errors.As(err, &refused) {
			return Accepted{}, &RequestError{Field: "callbackUrl", Message: refused.Error()}
		}
		return Accepted{}, fmt.Errorf("check callback URL: %w", err)
	}
	in := queue.Invocation{
		CallbackURL: env.CallbackURL, APIKey: env.APICallbackKey, Token: env.Token, MunchkinID: env.MunchkinID,
		BatchID: env.BatchID, CampaignID: env.CampaignID, Leads: env.Leads, Payload: body,
	}
	if env.Token != "" { // a request without a token cannot be told from another
		in.HasToken = true
		in.TokenHash = sha256.Sum256([]byte(env.Token))
	}
	id, duplicate, err := e.queue.Put(ctx, in)
	switch {
	case errors.Is(err, queue.ErrInvalid):
		return Accepted{}, &RequestError{Message: err.Error()}
	case errors.Is(err, queue.ErrFull):
		return Accepted{}, fmt.Errorf("%w: %w", ErrBusy, err)
	case err != nil:
		return Accepted{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return Accepted{ID: id.String(), Duplicate: duplicate}, nil
}
