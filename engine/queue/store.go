package queue

import (
	"context"
	"time"
)

// Store is one owner's view of the invocations that are kept: what the engine uses of
// it, and nothing else. All methods may be called at once. doc.go says what an error
// means for what was asked.
type Store interface {
	// Put stores an invocation and returns when nothing can lose it any more. Where an
	// invocation with the same token hash is known, finished or not, nothing is stored
	// and its ID is returned with duplicate set, which is as good as an acknowledgement:
	// the first one is just as durable by then. So it is also when the store is full.
	// A Decoded that is not kept is released before Put returns.
	Put(ctx context.Context, in Invocation) (id ID, duplicate bool, err error)

	// Claim leases up to most available invocations for evaluation, oldest first, at
	// most MaxClaim. What may have been running when an owner died comes before all
	// others and one at a time. One whose stored bytes do not decode is given up and left
	// out. Where some could be claimed and others not, the former are returned without
	// an error.
	Claim(ctx context.Context, most int, lease time.Duration) ([]Job, error)
	// ClaimDelivery leases up to most evaluated invocations that are due for an
	// attempt, in the order in which they became due. Bytes that do not decode are
	// treated as in Claim.
	ClaimDelivery(ctx context.Context, most int, lease time.Duration) ([]Delivery, error)
	// Extend moves the end of a lease to d from now.
	Extend(ctx context.Context, l Lease, d time.Duration) error
	// Finish says how a piece of work ended and uses its lease up. It returns when that
	// is durable, but for Released and Postponed, which a crash may forget. The turns of
	// an Evaluated are stored with its answer; ErrTurns where they go beyond a cap.
	Finish(ctx context.Context, l Lease, o Outcome) error

	// Turns says whose turn it is.
	Turns

	// WakeEvaluation gives a token when Claim may find something. A claimer that
	// leaves work behind passes the token on by itself, so that any number of
	// workers may wait on the channel; a token is a hint, not a promise, and for what
	// another owner did it may come late.
	WakeEvaluation() <-chan struct{}
	// WakeDelivery gives a token when ClaimDelivery may find something, also when
	// that is so because time has passed.
	WakeDelivery() <-chan struct{}

	// Get gives what is known of one invocation.
	Get(ctx context.Context, id ID) (Info, error)
	// List gives what is known of invocations, latest first.
	List(ctx context.Context, f Filter) ([]Info, error)
	// Replay makes a finished invocation due for delivery now, with the callback as
	// stored, or available again where it was given up before it was evaluated. A
	// retryable one becomes due now. ErrGone where the body has been deleted, which
	// is so for every delivered one; ErrActive where it is being worked on.
	Replay(ctx context.Context, id ID) error
	// ReplayBetween replays all invocations in state s, Dead or ProbablyDelivered,
	// that were accepted at from ≤ t < to, latest first, and says how many. Those
	// whose body is gone are passed over. It works in several steps; after an error
	// some have been replayed.
	ReplayBetween(ctx context.Context, from, to time.Time, s State) (int, error)
	// Purge deletes everything about invocations that finished before the given
	// time, whatever their state, and says how many. Their tokens are forgotten too,
	// so that the same token would be accepted again. It works in small steps between
	// which others get their turn; after an error some are deleted.
	Purge(ctx context.Context, before time.Time) (int, error)
	// Stats gives the numbers of this moment.
	Stats(ctx context.Context) (Stats, error)

	// Stopping notes that the process is about to end. A crash after that counts against
	// no evaluation: who stops a process may well kill it when it takes long.
	Stopping(ctx context.Context) error
	// Failed is closed when the store has become unusable; Err then says why. The
	// process should stop in good order and start anew.
	Failed() <-chan struct{}
	// Err is nil, or an ErrBroken with its cause.
	Err() error
	// Close finishes what has been handed in and gives up what is owned: leases are void
	// afterwards, and a delivery that was still leased is ambiguous. It may be called again.
	Close() error
}
