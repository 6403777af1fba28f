package engine

import (
	"context"

	"tablestep/tables"
)

// RenameTable gives a table another name. What the queue's store keeps by the name of a table has to follow here, once the
// catalog has the new one.
func (e *Engine) RenameTable(_ context.Context, table, to string, lift tables.Lift, by string) error {
	return e.evaluator.store.Rename(table, to, lift, by)
}
