package schema

import (
	"errors"
	"fmt"
)

// What a caller branches on. Errors that are returned wrap them and name the
// thing.
var (
	ErrTableNotFound   = errors.New("table not found")
	ErrVersionNotFound = errors.New("version not found")
	ErrLookupNotFound  = errors.New("lookup not found")
	ErrColumnNotFound  = errors.New("column not found")
	ErrRuleSetNotFound = errors.New("rule set not found")
	ErrDraftNotFound   = errors.New("draft not found")
	ErrAliasNotFound   = errors.New("alias not found")
	ErrNotScheduled    = errors.New("nothing is scheduled")
	ErrInvalid         = errors.New("invalid")       // a setting that makes no sense; the message names it
	ErrChain           = errors.New("chain refused") // lookups that lead in a circle, or to too many
	ErrConflict        = errors.New("conflict")      // refused unless confirmed or forced

	// ErrVersionGone is the end of a read that was under way when its version was
	// swept. Nothing is wrong but the moment: read anew, from a new Pin.
	ErrVersionGone = fmt.Errorf("%w: its rows have been removed", ErrVersionNotFound)
)
