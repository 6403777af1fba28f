package queuetest

import (
	"testing"
	"time"

	"tablestep/engine/queue"
)

// Backend is one store, which is opened again and again; the contents stay.
type Backend interface {
	// Open opens it as an owner, with the given clock.
	Open(now func() time.Time, b queue.Bounds) (queue.Store, error)
	// Shared says that several owners may have it open at once. Else a second Open is
	// refused.
	Shared() bool
	// Crash ends an open store as a kill of its process would.
	Crash(s queue.Store) error
	// CheckEmpty says what is left in the closed store, if anything is.
	CheckEmpty() error
}

// Factory makes an empty backend. Stores of the one before are closed by then.
type Factory func(t testing.TB) Backend

// Run checks a store: everything that the contract asks of it.
func Run(t *testing.T, factory Factory) {
	t.Run("it behaves like the model", func(t *testing.T) { runModel(t, factory) })
	t.Run("owners", func(t *testing.T) { runOwners(t, factory) })
	t.Run("bounds", func(t *testing.T) { runBounds(t, factory) })
	t.Run("refusals", func(t *testing.T) { runRefusals(t, factory) })
	t.Run("turns", func(t *testing.T) { runTurns(t, factory) })
	t.Run("injected errors", func(t *testing.T) { runFaults(t, factory) })
}
