package queue

import (
	"fmt"
	"time"
)

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
	// Recent holds the last attempts, at most MaxRecent, oldest first.
	Recent []Attempt
}

// defaultList is the length of a list that asks for none.
const defaultList = 100

// Filter says what List gives; the zero value means the latest 100 of all.
type Filter struct {
	// State restricts the list to one state; 0 is any.
	State State
	// Limit is the greatest length, 0 for 100, at most MaxList.
	Limit int
	// Before and After are cursors: only what was accepted before, or after, the
	// invocation of that ID, which itself is left out. Zero is no cursor.
	Before, After ID
	// From and To restrict the time of acceptance to From ≤ t < To. Zero is open.
	From, To time.Time
}

// Filled puts the default in; what breaks a bound is ErrInvalid.
func (f Filter) Filled() (Filter, error) {
	if f.State != 0 && (f.State < Available || f.State > Dead) || f.Limit < 0 || f.Limit > MaxList {
		return f, fmt.Errorf("list invocations of %s, limit %d, at most %d: %w", f.State, f.Limit, MaxList, ErrInvalid)
	}
	if f.Limit == 0 {
		f.Limit = defaultList
	}
	return f, nil
}

// Stats are the numbers of a moment; taking them costs the same at any length. With
// several owners those of the others may be late by some seconds.
type Stats struct {
	Available, Running, Retryable, Delivering int
	Delivered, Probably, Dead                 int
	// Unfinished is the sum of the first four, Limit its bound.
	Unfinished, Limit int
	// OldestAvailable and OldestUnfinished are ages since acceptance, 0 where
	// there is none. The former leaves out what waits after a failed evaluation.
	OldestAvailable, OldestUnfinished time.Duration
	// Damaged counts invocations whose stored bytes did not decode, since the opening.
	Damaged int
	// DamagedTurns counts likewise, each time that one was met, counters and leads that keep a
	// row; see Turns.
	DamagedTurns int
}
