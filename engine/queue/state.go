package queue

import "fmt"

// State is where an invocation stands. doc.go draws the transitions.
type State uint8

// Running and delivering are leases; an owner may keep them in memory only.
const (
	// Available invocations are accepted and wait for an evaluation.
	Available State = 1 + iota
	// Running ones are leased by an evaluator.
	Running
	// Retryable ones are evaluated and wait for an attempt, the first or a later one.
	Retryable
	// Delivering ones are leased by a delivery attempt.
	Delivering
	// Delivered ones have been answered.
	Delivered
	// ProbablyDelivered ones were refused after an attempt whose end nobody saw.
	ProbablyDelivered
	// Dead ones have been given up.
	Dead
)

// String gives the word of the documentation.
func (s State) String() string {
	switch s {
	case Available:
		return "available"
	case Running:
		return "running"
	case Retryable:
		return "retryable"
	case Delivering:
		return "delivering"
	case Delivered:
		return "delivered"
	case ProbablyDelivered:
		return "probably_delivered"
	case Dead:
		return "dead"
	default:
		return fmt.Sprintf("state(%d)", uint8(s))
	}
}

// ParseState reads the word of the documentation.
func ParseState(word string) (State, error) {
	for s := Available; s <= Dead; s++ {
		if s.String() == word {
			return s, nil
		}
	}
	return 0, fmt.Errorf("state %.40q: want available, running, retryable, delivering, delivered, probably_delivered or dead: %w", word, ErrInvalid)
}

// MarshalText gives the word of the documentation.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the word of the documentation.
func (s *State) UnmarshalText(b []byte) error {
	parsed, err := ParseState(string(b))
	if err != nil {
		return err
	}
	*s = parsed
	return nil
}

// Finished says that nothing more happens by itself.
func (s State) Finished() bool { return s >= Delivered && s <= Dead }
