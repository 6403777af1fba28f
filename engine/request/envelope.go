package request

import "strconv"

// An Envelope is what acceptance needs of a request.
type Envelope struct {
	Token          string // one-time secret; empty if the request has none
	APICallbackKey string // secret of the callback's gateway
	CallbackURL    string
	BatchID        string
	CampaignID     int64
	MunchkinID     string // empty if the request has no context.subscription

	hasLeads bool // there is an objectData, though it may be empty
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

// Check says what is missing for an answer: an envelope that has been read may
// still lack what nobody can do without.
func (e *Envelope) Check() error {
	if e.CallbackURL == "" {
		return &FieldError{Field: "callbackUrl", Message: "is missing; without it no answer can be sent"}
	}
	if !e.hasLeads {
		return &FieldError{Field: "objectData", Message: "is missing; it must be an array of leads"}
	}
	return nil
}

// stringField reads a string, or what may stand for one: null leaves it empty, and
// where numbers are taken, one is read as it is written. Anything else is refused.
func (s *scanner) stringField(name string, numbers bool, to *string) error {
	switch c := s.peek(); {
	case c == '"':
		start, end, escaped, err := s.str()
		if err != nil {
			return err
		}
		*to = string(s.unquoted(start, end, escaped))
		return nil
	case c == 'n':
		*to = ""
		return s.literal()
	case numbers && (c == '-' || c >= '0' && c <= '9'):
		start := s.i
		if err := s.number(); err != nil {
			return err
		}
		*to = string(s.b[start:s.i])
		return nil
	default:
		return &FieldError{Field: name, Message: "must be a string"}
	}
}

// labelField is stringField for what only people read: nobody is refused for it, so
// what is neither a string nor a number leaves it empty.
func (s *scanner) labelField(name string, to *string) error {
	switch s.peek() {
	case '{', '[', 't', 'f':
		*to = ""
		return s.skip(1)
	default:
		return s.stringField(name, true, to)
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
