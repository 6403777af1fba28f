package request

import (
	"errors"
	"fmt"
	"strconv"
)

// An Envelope is what acceptance needs of a request.
type Envelope struct {
	Token          string // one-time secret; empty if the request has none
	APICallbackKey string // secret of the callback's gateway
	CallbackURL    string
	BatchID        string
	CampaignID     int64
	MunchkinID     string // empty if the request has no context.subscription
	Leads          int    // items of objectData
}

// A FieldError says which field of a request makes it unusable.
type FieldError struct {
	Field   string // empty is the whole body
	Message string
}

// Error names the field first.
func (e *FieldError) Error() string {
	if e.Field == "" {
		return e.Message
	}
	return e.Field + ": " + e.Message
}

// ParseEnvelope checks that the body is one JSON object with a callbackUrl and
// an array objectData, and takes the envelope from it. Errors are *FieldError.
func ParseEnvelope(body []byte) (Envelope, error) {
	var e Envelope
	s := &scanner{b: body}
	if s.peek() != '{' {
		return e, &FieldError{Message: "the body is not a JSON object"}
	}
	var url, data bool
	err := s.object(0, func(start, end int, escaped bool) error {
		switch key := s.text(start, end, escaped); key {
		case "token":
			return s.stringField(key, &e.Token)
		case "apiCallBackKey":
			return s.stringField(key, &e.APICallbackKey)
		case "batchid":
			return s.stringField(key, &e.BatchID)
		case "callbackUrl":
			url = true
			return s.stringField(key, &e.CallbackURL)
		case "campaignId":
			return s.integerField(&e.CampaignID)
		case "context":
			return s.munchkin(&e.MunchkinID)
		case "objectData":
			data = true
			e.Leads = 0
			if s.peek() != '[' {
				return &FieldError{Field: key, Message: "must be an array of leads"}
			}
			return s.array(1, func(int) error {
				e.Leads++
				return s.skip(2)
			})
		default:
			return s.skip(1)
		}
	})
	if s.space(); err == nil && s.i < len(body) {
		err = errSyntax
	}
	var field *FieldError
	switch {
	case errors.As(err, &field):
		return e, field
	case err != nil:
		return e, &FieldError{Message: fmt.Sprintf("the body is %v (at byte %d of %d)", err, s.i, len(body))}
	case !url || e.CallbackURL == "":
		return e, &FieldError{Field: "callbackUrl", Message: "is missing; without it no answer can be sent"}
	case !data:
		return e, &FieldError{Field: "objectData", Message: "is missing; it must be an array of leads"}
	}
	return e, nil
}

// text returns the span as text.
func (s *scanner) text(start, end int, escaped bool) string {
	if escaped {
		return string(unescape(s.b[start:end]))
	}
	return string(s.b[start:end])
}

// stringField reads a string; null leaves it empty, anything else is refused.
func (s *scanner) stringField(name string, to *string) error {
	switch s.peek() {
	case '"':
		start, end, escaped, err := s.str()
		if err != nil {
			return err
		}
		*to = s.text(start, end, escaped)
		return nil
	case 'n':
		*to = ""
		return s.literal()
	default:
		return &FieldError{Field: name, Message: "must be a string"}
	}
}

// integerField reads an integer; what is none counts as 0, because nothing
// depends on it.
func (s *scanner) integerField(to *int64) error {
	s.space()
	start := s.i
	if err := s.skip(1); err != nil {
		return err
	}
	*to = 0
	if n, err := strconv.ParseInt(string(s.b[start:s.i]), 10, 64); err == nil {
		*to = n
	}
	return nil
}

// munchkin reads the context and takes subscription.munchkinId from it. Live
// requests come without it, so nothing in here is required.
func (s *scanner) munchkin(to *string) error {
	if s.peek() != '{' {
		return s.skip(1)
	}
	return s.object(1, func(start, end int, escaped bool) error {
		if s.text(start, end, escaped) != "subscription" || s.peek() != '{' {
			return s.skip(2)
		}
		return s.object(2, func(start, end int, escaped bool) error {
			if s.text(start, end, escaped) != "munchkinId" || s.peek() != '"' {
				return s.skip(3)
			}
			return s.stringField("context.subscription.munchkinId", to)
		})
	})
}
