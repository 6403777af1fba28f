package engine

import (
	"context"
	"fmt"

	"tablestep/tables"
)

// RenameTable gives a table another name. The turns of its rows go along. Where the process ends
// in between, those that were kept are moved at the next start (sweepTurns).
func (e *Engine) RenameTable(ctx context.Context, table, to string, lift tables.Lift, by string) error {
	if err := e.evaluator.store.Rename(table, to, lift, by); err != nil {
		return err
	}
	return e.moveTurns(ctx, table, to)
}

func (e *Engine) moveTurns(ctx context.Context, table, to string) error {
	if err := e.queue.MoveRotations(ctx, table, to); err != nil {
		return fmt.Errorf("move the turns of table %q to %q: %w", table, to, err)
	}
	e.evaluator.ledger.ForgetTable(table)
	e.evaluator.ledger.ForgetTable(to)
	return nil
}
