package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tablestep/engine/rules"
	"tablestep/tables"
	"tablestep/tables/answers"
	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// ruleTables lets the rules of one run look things up in the tables of a world. What
// is wrong with a question fails its leads; where the tables cannot be read, the run
// is worth nothing, and err says why.
type ruleTables struct {
	world  *world
	memory *ruleMemory
	err    error // the first one
}

// ruleMemory is memory of one question to the tables that serves the next one, too.
type ruleMemory struct {
	found   answers.Batch
	texts   []string
	answers []rules.Answer
}

// Lookup finds rows by the table's default lookup.
func (t *ruleTables) Lookup(ctx context.Context, name string, questions [][]column.Value, limit int, left time.Duration) ([]rules.Answer, error) {
	table, ok := t.world.catalog().Called(name)
	if ok && table.Damage != nil {
		return nil, errors.New(table.Damage.String())
	}
	if !ok || table.Live == nil {
		return nil, fmt.Errorf("there is no table %q", name)
	}
	if t.err != nil {
		return nil, t.err
	}
	name = table.Name // it may have been another one when the rule was written
	snapshot, err := t.world.snapshot(ctx, name)
	if errors.Is(err, tables.ErrDamaged) {
		return nil, fmt.Errorf("table %q cannot be used: %w", name, err)
	}
	if err != nil {
		return nil, t.unreadable(name, err)
	}
	lookup, _ := table.Lookup("")
	if lookup.Policy() == schema.PolicyRotate {
		return nil, fmt.Errorf("table %q gives its rows in turn (hit policy %s), and a rule takes no turn: choose the table in the flow step and read its row in the rule, or look up in another table", name, schema.PolicyRotate)
	}
	if keys := len(questions[0]); keys != lookup.Asked() {
		return nil, fmt.Errorf("table %q is matched by %d values, not %d", name, lookup.Asked(), keys)
	}
	questions = t.world.timed(&lookup, questions)
	asked := ruleQuestions{ctx: ctx, tables: t, table: name, snapshot: snapshot, lookup: &lookup, version: table.Live.Number, questions: questions}
	asked.budget = t.world.budget.Share(int64(left))
	list := slices.Grow(t.memory.answers[:0], len(questions))[:len(questions)]
	clear(list)
	t.memory.answers = list
	if limit == 1 {
		err = asked.first(list)
	} else {
		err = asked.all(list, limit)
	}
	t.world.of.slow.note(t.world.catalog(), name, lookup.Name, table.Live.Number, len(questions), asked.budget.Used(), asked.spent)
	switch {
	case errors.Is(err, tables.ErrDamaged): // trying again would read the same bytes
		return nil, fmt.Errorf("table %q cannot be used: %w", name, err)
	case errors.Is(err, schema.ErrInvalid), errors.Is(err, schema.ErrColumnNotFound):
		return nil, fmt.Errorf("look up in table %q: %w", name, err) // a lookup that does not fit the version
	case err != nil:
		return nil, t.unreadable(name, err)
	}
	return list, nil
}

// unreadable keeps an error that is not the lead's.
func (t *ruleTables) unreadable(table string, err error) error {
	if t.err == nil {
		t.err = fmt.Errorf("look up in table %q: %w", table, err)
	}
	return t.err
}

// ruleQuestions is what the leads of a batch ask one table.
type ruleQuestions struct {
	ctx       context.Context
	tables    *ruleTables
	table     string
	snapshot  *answers.Snapshot
	lookup    *schema.Lookup
	version   int
	questions [][]column.Value
	budget    *answers.Budget
	spent     bool // the budget did not suffice for all
}

// tooSlow is the answer to a question that was not reached.
func (q *ruleQuestions) tooSlow() error {
	q.spent = true
	return &tooSlow{q.table, q.lookup.Name, q.version}
}

// first answers the questions by one row each, all of them at once.
func (q *ruleQuestions) first(list []rules.Answer) error {
	found, err := firstSpelled(q.ctx, q.snapshot, q.lookup, q.questions, q.budget, q.tables.memory)
	if err != nil {
		return err
	}
	block := q.block(len(found))
	rows := make([]ruleRow, len(found))
	boxed := make([]rules.Row, len(found))
	for i := range found {
		switch f := &found[i]; {
		case f.Unreached:
			list[i].Err = q.tooSlow()
		case f.Row >= 0:
			rows[i] = ruleRow{block, int32(len(block.rows))}
			block.rows = append(block.rows, f.Row)
			boxed[i] = &rows[i]
			list[i].Rows = boxed[i : i+1 : i+1]
		}
	}
	return nil
}

// all answers the questions by several rows each, one question after the other.
func (q *ruleQuestions) all(list []rules.Answer, limit int) error {
	for i, keys := range q.questions {
		found, err := allSpelled(q.ctx, q.snapshot, q.lookup, keys, limit, q.budget)
		if errors.Is(err, answers.ErrSpent) {
			list[i].Err = q.tooSlow()
			continue
		}
		if err != nil {
			return err
		}
		block := q.block(len(found))
		block.rows = append(block.rows, found...)
		list[i].Rows = make([]rules.Row, len(found))
		for k := range found {
			list[i].Rows[k] = &ruleRow{block, int32(k)}
		}
	}
	return nil
}

// block is a block of rows to come.
func (q *ruleQuestions) block(rows int) *ruleRows {
	return &ruleRows{ctx: q.ctx, tables: q.tables, table: q.table, snapshot: q.snapshot, rows: make([]int32, 0, rows)}
}

// ruleRows is rows that the leads of a batch have found together. A column of them is
// fetched at once, when the first cell of it is read.
type ruleRows struct {
	ctx      context.Context // of the run that found them, which they do not outlive
	tables   *ruleTables
	table    string
	snapshot *answers.Snapshot
	rows     []int32
	columns  []ruleCells
}

// ruleCells is a column of rows; nil cells are those of a column that the table has not.
type ruleCells struct {
	name  string
	cells []string
}

// column fetches a column, unless it is there.
func (r *ruleRows) column(name string) []string {
	for i := range r.columns {
		if r.columns[i].name == name {
			return r.columns[i].cells
		}
	}
	var cells []string
	if column, ok := r.snapshot.Column(name); ok {
		cells = make([]string, len(r.rows))
		if err := r.snapshot.Gather(r.ctx, column, r.rows, cells); err != nil {
			_ = r.tables.unreadable(r.table, err) // the run ends with it
			return nil
		}
	}
	r.columns = append(r.columns, ruleCells{name, cells})
	return cells
}

// A ruleRow is a row that a rule has found.
type ruleRow struct {
	of *ruleRows
	at int32
}

// Cell is the text of a column.
func (r *ruleRow) Cell(name string) (string, bool) {
	cells := r.of.column(name)
	if cells == nil {
		return "", false
	}
	return cells[r.at], true
}
