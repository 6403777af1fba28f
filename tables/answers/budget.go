package answers

import (
	"context"

	"tablestep/tables/index"
)

// A Budget bounds the work of lookups, which is counted and not timed; nil is one
// without an end. See package index.
type Budget = index.Budget

// ErrSpent says that a Budget is used up.
var ErrSpent = index.ErrSpent

// Second is about how many units of work take a second.
const Second = index.Second

// BatchWork is the work that all lookups of one batch may take together.
const BatchWork = 2 * Second

// NewBudget bounds work to so many units. rest, unless it is nil, is called every
// 30 microseconds of work or so; it may wait, and its error ends the lookup.
func NewBudget(units int64, rest func(context.Context) error) *Budget {
	return index.NewBudget(units, rest)
}
