package rules

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A runner is the memory of one run after the other. It serves one goroutine.
type runner struct {
	program *Program
	m       machine

	rows     int
	memos    []memo // by number of the unit
	combos   map[string]*combination
	results  *Results
	verdicts []verdict // a scratch a row
	bytes    slab[verdict]
	words    slab[uint32]
	rowLists slab[int32]

	origin  *origin // of the expression at hand, for failures
	rest    func(context.Context) error
	piece   int   // units of work until the next look
	work    int64 // units of the pieces before
	stopped error // why no more evaluations are made
	late    *Failure

	asker     asker
	waiting   []int32 // rows of the unit at hand that wait for an answer of a table
	postponed Failure // stands for that one waits; it is no lead's
	aside     int64   // units of evaluations that stopped to wait, which come again
}

// A memo is what is known of one unit in this run.
type memo struct {
	verdicts []verdict           // by code
	written  []uint32            // by code: see assignUnit
	failures map[uint32]*Failure // by code
}

// newRunner makes the memory of one run, which is kept for the next one: the program owns it,
// and lends it to one run at a time.
func newRunner(p *Program) *runner {
	r := &runner{program: p, memos: make([]memo, p.units)}
	r.m.limits = p.limits
	r.m.fixed = p.patterns
	r.m.left = r.left
	r.m.fields = make([]fieldColumn, len(p.refs))
	r.m.derived = make([]derivedColumn, p.derived)
	return r
}

// errLate is why leads fail that a batch has no work left for.
var errLate = errors.New("the rule set took too long for this batch, and this lead was not reached")

// Run evaluates the rules for all leads of a batch. A lead that fails is no
// error; the errors are those of the context and of a batch that is none.
func (p *Program) Run(ctx context.Context, batch *Batch, out *Results) error {
	r := p.runners.Get().(*runner)
	r.m.asker = &r.asker
	err := r.run(ctx, batch, out)
	r.forget()
	p.runners.Put(r)
	if err != nil {
		return fmt.Errorf("run rule set %q: %w", p.name, err)
	}
	return nil
}

// forget drops what belongs to the batch.
func (r *runner) forget() {
	r.m.tables, r.m.ctx, r.rest = nil, nil, nil
	r.results, r.waiting = nil, nil
	r.asker.forget()
	r.m.rows = nil // Rows before those to come hold versions of tables.
	clear(r.m.keys[:cap(r.m.keys)])
	clear(r.m.phones)
	clear(r.m.free)
	for i := range r.m.fields {
		r.m.fields[i].forget()
	}
	for i := range r.m.derived {
		clear(r.m.derived[i].values)
	}
	clear(r.m.args[:cap(r.m.args)])
	clear(r.m.slots)
	clear(r.m.tallies[:])
}

// run goes rule by rule over all rows that are left, not lead by lead: what is common to the
// rows of a batch is then done once. It answers the leads that it has reached also when the
// work of the batch ends early.
func (r *runner) run(ctx context.Context, batch *Batch, out *Results) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := r.start(ctx, batch, out); err != nil {
		return err
	}
	rows := r.rowLists.take(r.rows)
	for i := range rows {
		rows[i] = int32(i)
	}
	p := r.program
	for i := range p.rules {
		rule := &p.rules[i]
		if rule.when == nil { // otherwise
			// With a hit policy of first, whoever is left is untouched already.
			if p.policy == All {
				rows = r.untouched()
			}
			r.act(rule, rows)
			break
		}
		held, rest := r.hold(rule, rows)
		if p.policy == First {
			rows = rest
		}
		if len(held) > 0 {
			r.act(rule, held)
		}
		if p.policy == All && r.results.failed > 0 {
			rows = r.healthy(rows)
		}
		if len(rows) == 0 && p.policy == First {
			break
		}
	}
	// A lead that failed at its second write must not have the first one.
	r.results.withdraw()
	if r.stopped == nil {
		r.stopped = ctx.Err() // Perhaps only a lookup was told.
	}
	return r.stopped
}

// start takes over a batch: its columns, its tables, its clock. Nothing of the run before is
// left, whatever way that ended.
func (r *runner) start(ctx context.Context, batch *Batch, out *Results) error {
	p := r.program
	r.rows = batch.Rows
	r.results = out
	r.stopped, r.late, r.piece, r.work, r.aside = nil, nil, pieceWork, 0, 0
	r.m.effort = p.limits.Effort
	if r.rest = batch.Rest; r.rest != nil {
		if err := r.rest(ctx); err != nil {
			return err
		}
	}
	r.m.ctx, r.m.tables, r.m.now = ctx, batch.Tables, batch.Now
	if r.m.now.IsZero() {
		r.m.now = time.Now()
	}
	// One moment for all leads, and the same for all that ask.
	r.m.now = r.m.now.UTC()
	out.reset(batch.Rows, p.targets)
	r.bytes.reset()
	r.words.reset()
	r.rowLists.reset()
	clear(r.combos)
	r.verdicts = r.bytes.take(r.rows)
	for i := range r.memos {
		r.memos[i] = memo{}
	}
	for i, ref := range p.refs {
		if err := r.m.fields[i].load(batch, ref); err != nil {
			return err
		}
	}
	for i := range r.m.derived {
		r.m.derived[i].known = r.m.derived[i].known[:0]
	}
	return nil
}

// hold sorts rows by a rule's condition. Failed rows are in neither list.
func (r *runner) hold(rule *rule, rows []int32) (held, rest []int32) {
	r.origin = rule.origin
	// Verdicts of rows that are not asked for are stale, and nobody reads them.
	rule.when.test(r, rows, r.verdicts)
	return r.part(rows, r.verdicts)
}

// act makes a rule's writes.
func (r *runner) act(rule *rule, rows []int32) {
	for i := range rule.writes {
		w := &rule.writes[i]
		r.origin = w.origin
		w.plan.assign(r, rows, &r.results.Outputs[w.target])
		if r.results.failed > 0 {
			rows = r.healthy(rows)
		}
	}
	if len(rows) > 0 {
		r.results.fire(rule.name, rows)
	}
}

// healthy is the rows that have not failed.
func (r *runner) healthy(rows []int32) []int32 {
	kept := r.rowLists.take(len(rows))[:0]
	for _, row := range rows {
		if r.results.Failures[row] == nil {
			kept = append(kept, row)
		}
	}
	return kept
}

// untouched is the rows on which no rule acted and that have not failed.
func (r *runner) untouched() []int32 {
	touched := r.bytes.take(r.rows)
	for _, f := range r.results.Fired {
		for _, row := range f.Rows {
			touched[row] = yes
		}
	}
	kept := r.rowLists.take(r.rows)[:0]
	for row := range int32(r.rows) {
		if touched[row] == pending && r.results.Failure(int(row)) == nil {
			kept = append(kept, row)
		}
	}
	return kept
}

// A slab hands out zeroed slices of a run and takes them all back at once.
type slab[T any] struct {
	memory []T
	used   int
	spilt  int // asked for beyond the memory
}

func (s *slab[T]) reset() {
	if s.spilt > 0 {
		s.memory = make([]T, min(s.used+s.spilt, 1<<24))
	}
	s.used, s.spilt = 0, 0
}

func (s *slab[T]) take(n int) []T {
	if s.used+n > len(s.memory) {
		s.spilt += n
		return make([]T, n)
	}
	taken := s.memory[s.used : s.used+n : s.used+n]
	s.used += n
	clear(taken)
	return taken
}
