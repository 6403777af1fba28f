package queue

import (
	"fmt"
	"time"
)

// Outcome is how a piece of work ended. It is made by the functions below, one for
// each way to end, so that it says what that way needs and nothing else; the zero
// value is refused.
type Outcome struct {
	kind     Kind
	callback []byte
	summary  Summary
	attempt  Attempt
	reason   string
	at       time.Time
	turns    []Turn
	stuck    []Stuck
}

// Kind is a way to end. Those of a Job and those of a Delivery differ, but for Released.
type Kind uint8

// The kinds, each named after the function that makes it.
const (
	KindEvaluated Kind = 1 + iota
	KindEvaluationFailed
	KindAbandoned
	KindArrived
	KindProbablyArrived
	KindGivenUp
	KindTryAgain
	KindReleased
)

// Evaluated ends a Job: its callback is stored in place of its payload and is due for
// delivery. The callback is not kept or changed after Finish has returned; the maps of
// the summary must not be changed any more.
func Evaluated(callback []byte, s Summary) Outcome {
	s.Reason = Cut(s.Reason, MaxText)
	return Outcome{kind: KindEvaluated, callback: callback, summary: s}
}

// EvaluationFailed ends a Job that is to be evaluated again, from at on, and counts the
// failure. The reason must hold no lead data; it is cut at MaxText bytes.
func EvaluationFailed(reason string, at time.Time) Outcome {
	return Outcome{kind: KindEvaluationFailed, reason: Cut(reason, MaxText), at: at}
}

// Abandoned gives a Job up without an answer. Its payload stays until it is purged; a
// replay makes it available again.
func Abandoned(reason string) Outcome {
	return Outcome{kind: KindAbandoned, reason: Cut(reason, MaxText)}
}

// Arrived ends a Delivery whose callback was accepted. Its bodies are deleted with it;
// what is known of it stays until it is purged.
func Arrived(a Attempt) Outcome { return attempted(KindArrived, a) }

// ProbablyArrived ends a Delivery that was refused although an earlier attempt may have
// arrived. The callback stays until it is purged.
func ProbablyArrived(a Attempt) Outcome {
	o := attempted(KindProbablyArrived, a)
	o.reason = o.attempt.Err
	return o
}

// GivenUp ends a Delivery for good. The callback stays until it is purged, for a replay.
func GivenUp(a Attempt, reason string) Outcome {
	o := attempted(KindGivenUp, a)
	o.reason = Cut(reason, MaxText)
	return o
}

// TryAgain ends an attempt that is to be repeated at the given time.
func TryAgain(a Attempt, at time.Time) Outcome {
	o := attempted(KindTryAgain, a)
	o.at = at
	return o
}

// Released gives a Job or a Delivery back as if it had not been leased: nothing was
// evaluated or sent, no attempt is counted. It is due again at once.
func Released() Outcome { return Outcome{kind: KindReleased} }

// Postponed is Released with a time before which it is not claimed again, as when the
// breaker of its host is open. That time may be forgotten at a restart.
func Postponed(until time.Time) Outcome { return Outcome{kind: KindReleased, at: until} }

func attempted(k Kind, a Attempt) Outcome {
	a.Err = Cut(a.Err, MaxText)
	return Outcome{kind: k, attempt: a}
}

// Kind is the way to end.
func (o *Outcome) Kind() Kind { return o.kind }

// Callback is the answer of KindEvaluated.
func (o *Outcome) Callback() []byte { return o.callback }

// Summary is that of KindEvaluated.
func (o *Outcome) Summary() Summary { return o.summary }

// Attempt is the attempt that has ended, if one has.
func (o *Outcome) Attempt() (a Attempt, ok bool) { return o.attempt, o.kind.attempts() }

// Reason is why it ended so; empty: what was known before stays.
func (o *Outcome) Reason() string { return o.reason }

// At is when it may be claimed again, of KindEvaluationFailed and KindTryAgain, and of
// KindReleased where it is not zero.
func (o *Outcome) At() time.Time { return o.at }

// Check holds the bounds; the error is ErrInvalid. Stores call it first.
func (o *Outcome) Check() error {
	switch {
	case o.kind == 0:
		return fmt.Errorf("an outcome that none of its functions made: %w", ErrInvalid)
	case len(o.callback) > MaxBody:
		return fmt.Errorf("callback of %d bytes, at most %d: %w", len(o.callback), MaxBody, ErrInvalid)
	}
	return o.checkTurns()
}

func (k Kind) attempts() bool { return k >= KindArrived && k <= KindTryAgain }

// Ends says whether a lease of that state, Running or Delivering, ends in this way.
func (k Kind) Ends(leased State) bool {
	switch {
	case k == KindReleased:
		return leased == Running || leased == Delivering
	case k.attempts():
		return leased == Delivering
	}
	return k != 0 && leased == Running
}

// Becomes is the state into which a lease of that state ends.
func (k Kind) Becomes(leased State) State {
	switch k {
	case KindEvaluated, KindTryAgain:
		return Retryable
	case KindEvaluationFailed:
		return Available
	case KindArrived:
		return Delivered
	case KindProbablyArrived:
		return ProbablyDelivered
	case KindAbandoned, KindGivenUp:
		return Dead
	}
	if leased == Delivering {
		return Retryable
	}
	return Available
}

// String says it in a word or two, for errors.
func (k Kind) String() string {
	names := [...]string{
		"nothing", "evaluated", "evaluation failed", "abandoned", "arrived", "probably arrived", "given up", "try again", "released",
	}
	if int(k) < len(names) {
		return names[k]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}
