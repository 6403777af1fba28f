package queue

import "time"

// CrashPause, times the crashes that an invocation is to blame for, is how long it
// waits after each: others have their turn before it may end the process again.
const CrashPause = 500 * time.Millisecond

// The reasons that stores give by themselves, where nobody else could.
const (
	ReasonLate    = "the evaluation did not end in time"
	ReasonCrashed = "the process ended during the evaluation"
	// ReasonDamaged is followed by what is wrong.
	ReasonDamaged = "stored bytes are damaged: "
)

// Lease is the right to finish one piece of work. It is a value: copying it
// gives no second right, as it can be used up only once. A lease that has run
// out, or whose job was given to somebody else, gets ErrStale.
type Lease struct {
	ID ID
	// Fence tells this lease from all others of the store, earlier and later ones and
	// those of other owners; later leases of a job have higher numbers. 0 is no lease.
	Fence uint64
}

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
	// Failures counts evaluations that failed: those told by EvaluationFailed and
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
	// Err says what went wrong, without secrets; it is cut at MaxText bytes.
	Err string
	// Ambiguous says that the request may have arrived although no answer was seen.
	Ambiguous bool
}

// Summary is what an evaluation came to, for people and lists.
type Summary struct {
	Succeeded, Failed int
	// Codes counts record error codes. At most MaxNamed names are kept in each map.
	Codes map[string]int
	// TableVersions and RuleSetVersions say what the answer was computed from.
	TableVersions   map[string]int
	RuleSetVersions map[string]int
	// Reason is why the whole batch failed; it is cut at MaxText bytes.
	Reason string
}
