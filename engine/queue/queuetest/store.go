package queuetest

import (
	"context"
	"time"

	"tablestep/engine/queue"
)

// Store is what the engine uses of a queue.
type Store interface {
	Put(ctx context.Context, in queue.Invocation) (id queue.ID, duplicate bool, err error)
	Claim(ctx context.Context, most int, lease time.Duration) ([]queue.Job, error)
	Evaluated(l queue.Lease, callback []byte, s queue.Summary) error
	FailEvaluation(l queue.Lease, reason string, at time.Time) error
	Abandon(l queue.Lease, reason string) error
	ClaimDelivery(ctx context.Context, most int, lease time.Duration) ([]queue.Delivery, error)
	Delivered(l queue.Lease, a queue.Attempt) error
	Probably(l queue.Lease, a queue.Attempt) error
	Retry(l queue.Lease, a queue.Attempt, at time.Time) error
	Dead(l queue.Lease, a queue.Attempt, reason string) error
	Release(l queue.Lease) error
	Postpone(l queue.Lease, until time.Time) error
	Extend(l queue.Lease, d time.Duration) error
	Get(id queue.ID) (queue.Info, error)
	List(f queue.Filter) ([]queue.Info, error)
	Replay(id queue.ID) error
	ReplayBetween(from, to time.Time, s queue.State) (int, error)
	Purge(ctx context.Context, before time.Time) (int, error)
	Stats() queue.Stats
	Close() error
}

// Backend opens one store, again and again; the contents stay.
type Backend interface {
	// Open opens the store with the given clock, limit, and number of those that may
	// run at once.
	Open(now func() time.Time, limit, running int) (Store, error)
	// Crash ends an open store as a kill of its process would.
	Crash(s Store) error
	// CheckEmpty says what is left in the closed store, if anything is.
	CheckEmpty() error
}
