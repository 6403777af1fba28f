package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tablestep/engine/rules"
	"tablestep/tables"
	"tablestep/tables/answers"
	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// ruleTables lets the rules of one run look things up in the tables of a world. What
// is wrong with the question fails its lead; where the tables cannot be read, the run
// is worth nothing, and err says why.
type ruleTables struct {
	world *world
	err   error // the first one
}

// Lookup finds rows by the table's default lookup.
func (t *ruleTables) Lookup(ctx context.Context, name string, keys []column.Value, limit int, left time.Duration) ([]rules.Row, error) {
	table, ok := t.world.catalog().Table(name)
	if ok && table.Damage != nil {
		return nil, errors.New(table.Damage.String())
	}
	if !ok || table.Live == nil {
		return nil, fmt.Errorf("there is no table %q", name)
	}
	if t.err != nil {
		return nil, t.err
	}
	snapshot, err := t.world.snapshot(ctx, name)
	if errors.Is(err, tables.ErrDamaged) {
		return nil, fmt.Errorf("table %q cannot be used: %w", name, err)
	}
	if err != nil {
		return nil, t.unreadable(name, err)
	}
	lookup, _ := table.Lookup("")
	if len(keys) != len(lookup.Match) {
		return nil, fmt.Errorf("table %q is matched by %d values, not %d", name, len(lookup.Match), len(keys))
	}
	budget := t.world.budget.Share(int64(left))
	found, err := allSpelled(ctx, snapshot, &lookup, keys, limit, budget)
	t.world.of.slow.note(t.world.catalog(), name, lookup.Name, table.Live.Number, 1, budget.Used(), errors.Is(err, answers.ErrSpent))
	switch {
	case errors.Is(err, answers.ErrSpent):
		return nil, &tooSlow{name, lookup.Name, table.Live.Number}
	case errors.Is(err, tables.ErrDamaged): // trying again would read the same bytes
		return nil, fmt.Errorf("table %q cannot be used: %w", name, err)
	case errors.Is(err, schema.ErrInvalid), errors.Is(err, schema.ErrColumnNotFound):
		return nil, fmt.Errorf("look up in table %q: %w", name, err) // a lookup that does not fit the version
	case err != nil:
		return nil, t.unreadable(name, err)
	}
	rows := make([]rules.Row, len(found))
	for i, row := range found {
		rows[i] = &ruleRow{ctx: ctx, tables: t, table: name, snapshot: snapshot, row: [1]int32{row}}
	}
	return rows, nil
}

// unreadable keeps an error that is not the lead's.
func (t *ruleTables) unreadable(table string, err error) error {
	if t.err == nil {
		t.err = fmt.Errorf("look up in table %q: %w", table, err)
	}
	return t.err
}

// A ruleRow is a row that a rule has found.
type ruleRow struct {
	ctx      context.Context // of the run that found it, which it does not outlive
	tables   *ruleTables
	table    string
	snapshot *answers.Snapshot
	row      [1]int32
}

// Cell is the text of a column.
func (r *ruleRow) Cell(name string) (string, bool) {
	column, ok := r.snapshot.Column(name)
	if !ok {
		return "", false
	}
	var cell [1]string
	if err := r.snapshot.Gather(r.ctx, column, r.row[:], cell[:]); err != nil {
		_ = r.tables.unreadable(r.table, err) // the run ends with it
		return "", false
	}
	return cell[0], true
}
