package queue

import (
	"fmt"
	"net/url"
)

// Invocation is one accepted request, as Put takes it.
type Invocation struct {
	// TokenHash is the SHA-256 of the token and the key of deduplication, where HasToken.
	TokenHash [32]byte
	HasToken  bool

	// CallbackURL, APIKey, Token and MunchkinID are what the answer needs. They are
	// secrets and are sealed together with the payload.
	CallbackURL, APIKey, Token, MunchkinID string

	// BatchID, CampaignID and Leads are for people and lists; they are stored in the clear.
	BatchID    string
	CampaignID int64
	Leads      int

	// Payload is the request, or what evaluation needs of it. Put does not change
	// it, but may give it to the Job as it is, so the caller must not change it
	// either.
	Payload []byte
	// Decoded comes back with the Job if there is room for it in memory until then
	// and no other process takes over. It may be nil.
	Decoded Decoded
}

// Decoded is what a caller made of a payload and wants to have again with the Job,
// so that it need not be made twice. A store never looks into it.
type Decoded interface {
	// Size is about how many bytes of memory it takes.
	Size() int
	// Release is called when the store lets go of it without giving it to a Job. It
	// must not call the store.
	Release()
}

// Check holds the bounds; the error is ErrInvalid. Stores call it first.
func (in *Invocation) Check() error {
	switch {
	case len(in.Payload) > MaxBody:
		return fmt.Errorf("payload of %d bytes, at most %d: %w", len(in.Payload), MaxBody, ErrInvalid)
	case len(in.CallbackURL) > MaxSecret, len(in.APIKey) > MaxSecret, len(in.Token) > MaxSecret, len(in.MunchkinID) > MaxSecret:
		return fmt.Errorf("callback URL, key, token or munchkin id of more than %d bytes: %w", MaxSecret, ErrInvalid)
	case len(in.BatchID) > MaxName:
		return fmt.Errorf("batch id of %d bytes, at most %d: %w", len(in.BatchID), MaxName, ErrInvalid)
	case in.Leads < 0:
		return fmt.Errorf("%d leads: %w", in.Leads, ErrInvalid)
	}
	return nil
}

// Host is the only part of the callback URL that may be stored in the clear.
func (in *Invocation) Host() string {
	u, err := url.Parse(in.CallbackURL)
	if err != nil {
		return ""
	}
	return Cut(u.Hostname(), MaxName)
}

// Secrets are what is sealed with the payload.
func (in *Invocation) Secrets() Secrets {
	return Secrets{in.CallbackURL, in.APIKey, in.Token, in.MunchkinID}
}
