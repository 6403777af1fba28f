package engine

import (
	"context"
	"fmt"
	"slices"

	"tablestep/engine/queue"
	"tablestep/tables"
)

// PurgeTable removes for good what was deleted under the name of a table, and the turns of its
// rows with it, unless another table has the name.
func (e *Engine) PurgeTable(ctx context.Context, name, by string) error {
	if err := e.evaluator.store.Purge(name, by); err != nil {
		return err
	}
	if _, there := e.evaluator.store.Catalog().Table(name); there {
		return nil
	}
	return e.dropTurns(ctx, name)
}

func (e *Engine) dropTurns(ctx context.Context, table string) error {
	if err := e.queue.DropRotations(ctx, table); err != nil {
		return fmt.Errorf("drop the turns of table %q: %w", table, err)
	}
	e.evaluator.ledger.ForgetTable(table)
	return nil
}

// sweepTurns drops the turns of tables that are gone and cannot be restored, and says how many.
// A table that can be restored finds its turns again; those of one that was renamed are moved.
func (e *Engine) sweepTurns(ctx context.Context) (dropped int, err error) {
	rotations, err := e.queue.Rotations(ctx)
	if err != nil {
		return 0, fmt.Errorf("list turns: %w", err)
	}
	var swept []string
	for _, r := range rotations {
		restorable := slices.ContainsFunc(e.evaluator.store.Deleted(), func(d tables.Deleted) bool { return d.Kind == tables.KindTable && d.Name == r.Table })
		if _, there := e.evaluator.store.Catalog().Table(r.Table); there || restorable || slices.Contains(swept, r.Table) {
			continue
		}
		if renamed, ok := e.evaluator.store.Catalog().Called(r.Table); ok { // It was called so.
			// What batches that were under way have left under the old name, beside what was moved, is nothing
			// that may take its place.
			later := slices.ContainsFunc(rotations, func(o queue.Rotation) bool {
				return o.Table == renamed.Name && o.Instance == r.Instance && o.Lookup == r.Lookup
			})
			if !later {
				if err := e.moveTurns(ctx, r.Table, renamed.Name); err != nil {
					return len(swept), err
				}
				continue
			}
		}
		if err := e.dropTurns(ctx, r.Table); err != nil {
			return len(swept), err
		}
		swept = append(swept, r.Table)
	}
	return len(swept), nil
}
