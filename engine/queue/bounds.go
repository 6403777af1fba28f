package queue

import "fmt"

// Bounds of what one invocation may carry.
const (
	// MaxBody is the largest payload and the largest callback, in bytes, before compression.
	MaxBody = 64 << 20
	// LargeBody is the size beyond which a body counts against the bytes that may be
	// leased at once.
	LargeBody = 1 << 20
	// MaxSecret bounds each of the callback URL, its key, its token and the munchkin ID.
	MaxSecret = 8 << 10
	// MaxName bounds the batch ID, a host, a code or the name of a table.
	MaxName = 255
	// MaxText bounds an error text or a reason; longer ones are cut.
	MaxText = 512
	// MaxRecent is how many attempts of an invocation are kept, the latest ones.
	MaxRecent = 8
	// MaxNamed bounds each list of a Summary; what is over goes, last names first.
	MaxNamed = 64
	// MaxClaim bounds one claim; more are left for the next one.
	MaxClaim = 1024
	// MaxList bounds the length of one list.
	MaxList = 1000
)

// Defaults of Bounds.
const (
	DefaultLimit   = 100_000
	DefaultKeep    = 64 << 20
	DefaultRunning = 1024
	// DefaultRunningBytes and DefaultDeliveringBytes are in bodies as they were before
	// compression. What is made of a large payload takes several times as much.
	DefaultRunningBytes    = 64 << 20
	DefaultDeliveringBytes = 256 << 20
)

// Bounds are what every store holds to; the zero value means the defaults.
type Bounds struct {
	// Limit is the number of unfinished invocations (waiting for an evaluation or
	// for a delivery, or being worked on) from which on Put gives ErrFull. 0 is
	// DefaultLimit. Memory is some hundred bytes for each. It is that of the whole
	// store; with several owners it may be passed by what others accept in the same moment.
	Limit int
	// Keep bounds the bodies that an owner keeps in memory, besides the store, from
	// when they are stored until they are claimed, in bytes; 0 is DefaultKeep, a
	// negative number keeps none.
	Keep int
	// Running is how many an owner may have leased for evaluation at once; 0 is
	// DefaultRunning. It also bounds what has to run alone after a crash.
	Running int
	// RunningBytes and DeliveringBytes bound the bodies larger than LargeBody that an
	// owner has leased at once for evaluation and for delivery; 0 is the default. One
	// always may be, and the others are not held up by those that may not.
	RunningBytes, DeliveringBytes int64
}

// Filled puts the defaults in; a negative bound is ErrInvalid.
func (b Bounds) Filled() (Bounds, error) {
	if b.Limit < 0 || b.Running < 0 || b.RunningBytes < 0 || b.DeliveringBytes < 0 {
		return b, fmt.Errorf("queue bounds: negative limit, number or size: %w", ErrInvalid)
	}
	if b.Limit == 0 {
		b.Limit = DefaultLimit
	}
	if b.Keep == 0 {
		b.Keep = DefaultKeep
	}
	if b.Running == 0 {
		b.Running = DefaultRunning
	}
	if b.RunningBytes == 0 {
		b.RunningBytes = DefaultRunningBytes
	}
	if b.DeliveringBytes == 0 {
		b.DeliveringBytes = DefaultDeliveringBytes
	}
	return b, nil
}

// Cut shortens s to at most n bytes without splitting a character.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n]
}
