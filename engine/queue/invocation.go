package queue

import (
	"fmt"
	"net/url"
	"time"
)

// Bounds of what one invocation may carry.
const (
	// MaxBody is the largest payload and the largest callback, in bytes, before compression.
	MaxBody = 64 << 20
	// LargeBody is the size beyond which a body counts against the bytes that may be
	// leased at once.
	LargeBody = 1 << 20
	// maxSecret bounds each of the callback URL, its key and its token.
	maxSecret = 8 << 10
	// maxName bounds the batch ID, a code or the name of a table.
	maxName = 255
	// maxText bounds an error text or a reason; longer ones are cut.
	maxText = 512
	// maxAttempts is how many attempts are kept, the latest ones.
	maxAttempts = 8
	// maxNamed bounds each list of a Summary; what is over goes, last names first.
	maxNamed = 64
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

// check holds the bounds.
func (in Invocation) check() error {
	switch {
	case len(in.Payload) > MaxBody:
		return fmt.Errorf("payload of %d bytes, at most %d: %w", len(in.Payload), MaxBody, ErrInvalid)
	case len(in.CallbackURL) > maxSecret, len(in.APIKey) > maxSecret, len(in.Token) > maxSecret, len(in.MunchkinID) > maxSecret:
		return fmt.Errorf("callback URL, key, token or munchkin id of more than %d bytes: %w", maxSecret, ErrInvalid)
	case len(in.BatchID) > maxName:
		return fmt.Errorf("batch id of %d bytes, at most %d: %w", len(in.BatchID), maxName, ErrInvalid)
	case in.Leads < 0:
		return fmt.Errorf("%d leads: %w", in.Leads, ErrInvalid)
	}
	return nil
}

// host is the only part of the callback URL that is stored in the clear.
func (in Invocation) host() string {
	u, err := url.Parse(in.CallbackURL)
	if err != nil {
		return ""
	}
	return cut(u.Hostname(), maxName)
}

// Lease is the right to finish one piece of work. It is a value: copying it
// gives no second right, as it can be used up only once. A lease that has run
// out, or whose job was given to somebody else, gets ErrStale.
type Lease struct {
	ID    ID
	fence uint64
}

// Fence is the number that tells this lease from all others of the file,
// earlier and later ones and those of other processes; later leases of a job
// have higher numbers.
func (l Lease) Fence() uint64 { return l.fence }

// Job is an invocation leased for evaluation. Its payload may be the very bytes that
// were put in, and must not be changed.
type Job struct {
	Lease
	// Accepted, like Delivery.Since, has a monotonic reading: its age grows evenly
	// whatever the wall clock does.
	Accepted                               time.Time
	CallbackURL, APIKey, Token, MunchkinID string
	BatchID                                string
	CampaignID                             int64
	Leads                                  int
	Payload                                []byte
	// Decoded is that of the Invocation, or nil. It belongs to the caller.
	Decoded Decoded
	// Failures counts evaluations that failed: those told by FailEvaluation and
	// those whose lease ran out. Crashes counts those during which the process died
	// though nothing else ran. Beyond a few of either the evaluator should answer for
	// the whole batch instead of trying again. Reason is why the last of them failed.
	Failures, Crashes int
	Reason            string
	// Until is when the lease runs out.
	Until time.Time
}

// Delivery is an invocation leased for one attempt. Its callback belongs to the caller.
type Delivery struct {
	Lease
	Accepted time.Time
	// Since is when this series of attempts began: the evaluation, or the last
	// replay. The age at which to give up counts from here.
	Since                                  time.Time
	CallbackURL, APIKey, Token, MunchkinID string
	BatchID                                string
	CampaignID                             int64
	Leads                                  int
	Callback                               []byte
	// Attempts counts the attempts of this series that have ended.
	Attempts int
	// Refused counts those of them that were answered with 401 or 403, as far as
	// attempts are kept.
	Refused int
	// Ambiguous says that an earlier attempt may have reached the receiver though
	// nobody saw its answer.
	Ambiguous bool
	// Last is the latest attempt, if Attempts is not 0.
	Last Attempt
	// Until is when the lease runs out.
	Until time.Time
}

// Attempt is one POST of a callback.
type Attempt struct {
	Started  time.Time
	Duration time.Duration
	// Status is the HTTP status, 0 where there was none.
	Status int
	// Err says what went wrong, without secrets; it is cut at 512 bytes.
	Err string
	// Ambiguous says that the request may have arrived although no answer was seen.
	Ambiguous bool
}

// Summary is what an evaluation came to, for people and lists.
type Summary struct {
	Succeeded, Failed int
	// Codes counts record error codes. At most 64 names are kept in each map.
	Codes map[string]int
	// TableVersions and RuleSetVersions say what the answer was computed from.
	TableVersions   map[string]int
	RuleSetVersions map[string]int
	// Reason is why the whole batch failed; it is cut at 512 bytes.
	Reason string
}

// Info is what is known of an invocation. It holds no secrets and no lead data.
type Info struct {
	ID    ID
	State State
	// Accepted, Evaluated and Finished are zero where it has not come to that.
	Accepted, Evaluated, Finished time.Time
	// Updated is the last change that was stored.
	Updated time.Time
	// Due is when the next evaluation or attempt may start, for available and
	// retryable ones; Until is when the lease runs out, for running and delivering ones.
	Due, Until time.Time

	BatchID      string
	CampaignID   int64
	Leads        int
	CallbackHost string
	// PayloadBytes and CallbackBytes are the sizes before compression.
	PayloadBytes, CallbackBytes int
	// HasPayload and HasCallback say whether the bodies are still there.
	HasPayload, HasCallback bool

	// Failures counts failed evaluations, Crashes those during which the process died
	// though nothing else ran, Attempts all ended attempts, Replays the replays.
	Failures, Crashes, Attempts, Replays int
	// Ambiguous says that an attempt may have arrived although no answer was seen.
	Ambiguous bool
	// Reason is why the last evaluation failed, what the Summary says, or why the
	// invocation was given up.
	Reason  string
	Summary Summary
	// Recent holds the last attempts, at most 8, oldest first.
	Recent []Attempt
}

// cut shortens s to at most n bytes without splitting a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n]
}
