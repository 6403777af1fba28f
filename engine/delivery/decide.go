package delivery

import (
	"fmt"
	"time"
)

const (
	// RefusedTries is how many attempts may be answered with 401 or 403 before that is taken for final: with
	// the schedule's first steps about seven seconds, long enough for a gateway that is about to learn a new key.
	RefusedTries = 3
	// DefaultGiveUp is the age of an invocation at which its delivery is given up.
	DefaultGiveUp = 24 * time.Hour
)

// History sums up the attempts of one delivery. The zero value is a delivery that was never tried.
type History struct {
	Attempts  int  // that were made; canceled and short ones do not count
	Refused   int  // that were answered with 401 or 403
	Ambiguous bool // one ended without an answer though the request may have been received
}

// After returns the history with one more attempt. An attempt that a crash interrupted is put in as an
// Outcome that is Ambiguous and Canceled: it proves nothing and uses up nothing, but it may have arrived.
func (h History) After(o Outcome) History {
	h.Ambiguous = h.Ambiguous || o.Ambiguous
	if o.Canceled || o.Short {
		return h
	}
	h.Attempts++
	if o.Verdict == Refused {
		h.Refused++
	}
	return h
}

// Fate says what becomes of a delivery.
type Fate uint8

const (
	FateRetry     Fate = iota // another attempt, after Decision.After
	FateDelivered             // answered with a 2xx
	FateProbably              // refused now, but an earlier attempt may have been received: see Decide
	FateDead                  // over, for Decision.Reason
)

func (f Fate) String() string {
	switch f {
	case FateRetry:
		return "retry"
	case FateDelivered:
		return "delivered"
	case FateProbably:
		return "probably delivered"
	case FateDead:
		return "dead"
	}
	return fmt.Sprintf("fate %d", uint8(f))
}

// Decision is what becomes of a delivery after an attempt.
type Decision struct {
	Fate   Fate
	After  time.Duration // until the next attempt; for FateRetry only
	Reason string        // one line for people; empty for FateDelivered
}

// Decide is Schedule.Decide with the schedule of the service and random jitter.
func Decide(h History, o Outcome, age, giveUp time.Duration) Decision {
	return Schedule{}.Decide(h, o, age, giveUp, nil)
}

// Decide says what becomes of a delivery whose attempts before were h and whose attempt just now came to o,
// age after the invocation was accepted. giveUp of 0 is DefaultGiveUp. It depends on its arguments alone.
//
//	2xx                              delivered
//	no answer, 408, 425, 429, 5xx    retry on schedule; dead at the give-up age
//	401, 403                         retry, RefusedTries in all; then as any other 4xx
//	other 4xx                        dead; probably delivered if an earlier attempt was ambiguous
//	3xx, address not allowed         dead
//	canceled by ourselves, short     retry, nothing used up
//
// A token works once. So a 4xx to a repeated request may mean that the earlier one, whose answer was lost,
// was accepted; calling such a delivery dead would invite a pointless replay, calling it delivered would be a
// lie. A give-up after attempts without an answer is dead all the same: nothing speaks for an acceptance.
//
// The last attempt is made at the give-up age, not up to an hour before it: a delay that would lead beyond is
// shortened.
func (s Schedule) Decide(h History, o Outcome, age, giveUp time.Duration, rnd func() float64) Decision {
	if giveUp <= 0 {
		giveUp = DefaultGiveUp
	}
	now := h.After(o)
	switch {
	case o.Canceled, o.Short:
		return Decision{Fate: FateRetry, After: s.Next(max(now.Attempts, 1), 0, rnd), Reason: o.Err}
	case o.Verdict == Delivered:
		return Decision{Fate: FateDelivered}
	case o.Verdict == Final, o.Verdict == Refused && now.Refused >= RefusedTries:
		return ended(h, o)
	}

	left := giveUp - age
	if left < s.Base(1) {
		return Decision{Fate: FateDead, Reason: gaveUp(now, o, age)}
	}
	after := min(s.Next(now.Attempts, o.RetryAfter, rnd), left)
	return Decision{Fate: FateRetry, After: after, Reason: o.Err}
}

// ended decides about an answer that no further attempt can better.
func ended(h History, o Outcome) Decision {
	isClientError := o.Status >= 400 && o.Status <= 499
	if h.Ambiguous && isClientError {
		return Decision{
			Fate:   FateProbably,
			Reason: o.Err + "; an earlier attempt ended without an answer and may have been accepted",
		}
	}
	if o.Verdict == Refused {
		return Decision{Fate: FateDead, Reason: fmt.Sprintf("%s, %d times", o.Err, RefusedTries)}
	}
	return Decision{Fate: FateDead, Reason: o.Err}
}

func gaveUp(h History, o Outcome, age time.Duration) string {
	attempts := "1 attempt"
	if h.Attempts != 1 {
		attempts = fmt.Sprintf("%d attempts", h.Attempts)
	}
	text := fmt.Sprintf("given up after %s and %s, last: %s", age.Round(time.Second), attempts, o.Err)
	if h.Ambiguous {
		text += "; one of them may have been received"
	}
	return text
}
