package rules

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tablestep/tables/column"
)

// Second is about how many units of work a second is.
//
// Work is counted, not timed: the same rules take the same number of units for the
// same leads, however busy the machine is and however the rule set is laid out. A
// unit is about 5 ns. Every function and operator spends units by what it goes
// through; beside that each evaluation takes nodeWork for each node of its
// expression, and each lead of a condition or a write one. BenchmarkWork holds the
// weights against the clock.
const Second = int64(1e9) / unitTime

const (
	unitTime  = 5       // nanoseconds of a unit
	nodeWork  = 3       // units of a node of an expression
	pieceWork = 1 << 13 // units between two looks at the batch's budget and context, about 40 µs
)

// charge counts units of work.
func (r *runner) charge(units int) {
	if r.piece -= units; r.piece <= 0 {
		r.look()
	}
}

// look ends a piece of the work: it rests, and notes that the batch's work is spent
// or that nobody waits for it any longer.
func (r *runner) look() {
	r.work += int64(pieceWork - r.piece)
	r.piece = pieceWork
	if r.stopped == nil {
		r.stopped = r.m.ctx.Err()
	}
	if r.stopped == nil && r.rest != nil {
		r.stopped = r.rest(r.m.ctx)
	}
	switch {
	case r.stopped != nil:
		r.late = r.failure(0, r.stopped)
	case r.work-r.aside >= r.program.limits.Work:
		r.late = r.failure(0, errLate)
	}
}

// used is the work of the run so far. An evaluation that stopped to wait for an answer of
// a table is counted when it comes again: the number is that of leads that ask one by one.
func (r *runner) used() int64 {
	return r.work - r.aside + int64(pieceWork-r.piece) + int64(r.m.limits.Effort-r.m.effort)
}

// left is what the run may still take, as the time that is about as much.
func (r *runner) left() time.Duration {
	return time.Duration(max(0, r.program.limits.Work-r.used())) * unitTime
}

// A Cost is the work that a rule set takes a lead.
type Cost struct {
	PerLead     int64 // units, of the whole rule set
	Expressions []ExpressionCost
}

// An ExpressionCost is what one expression takes a lead that reaches it.
type ExpressionCost struct {
	Rule       string
	Expression string // when, set.FIELD, activity.NAME
	PerLead    int64  // units

	origin *origin
}

// SlowAfter is the work that one expression may take a lead, a hundred
// microseconds: a thousand leads must not keep a worker for longer than a tenth of
// a second.
const SlowAfter = Second / 10_000

// Probe counts the work of a program on a sample of leads, each expression by
// itself. A nil sample stands for leads whose fields all hold long, differing texts
// and numbers. The same program and sample always have the same cost.
func (p *Program) Probe(ctx context.Context, sample *Batch) (Cost, error) {
	if sample == nil {
		sample = hardSample()
	}
	var cost Cost
	if sample.Rows == 0 {
		return cost, nil
	}
	probe := probe{runner: newRunner(p), sample: sample, rows: make([]int32, sample.Rows)}
	for i := range probe.rows {
		probe.rows[i] = int32(i)
	}
	count := func(o *origin, act func(r *runner)) error {
		work, err := probe.count(ctx, o, act)
		if err != nil {
			return fmt.Errorf("probe rule set %q: %w", p.name, err)
		}
		cost.Expressions = append(cost.Expressions, ExpressionCost{Rule: o.rule, Expression: o.label, PerLead: work / int64(sample.Rows), origin: o})
		return nil
	}
	for i := range p.rules {
		rule := &p.rules[i]
		if rule.when != nil {
			if err := count(rule.origin, func(r *runner) { rule.when.test(r, probe.rows, r.verdicts) }); err != nil {
				return cost, err
			}
		}
		for j := range rule.writes {
			w := &rule.writes[j]
			if err := count(w.origin, func(r *runner) { w.plan.assign(r, probe.rows, &probe.out.Outputs[w.target]) }); err != nil {
				return cost, err
			}
		}
	}
	if err := probe.runner.run(ctx, sample, &probe.out); err != nil {
		return cost, fmt.Errorf("probe rule set %q: %w", p.name, err)
	}
	cost.PerLead = probe.runner.used() / int64(sample.Rows)
	return cost, nil
}

// A probe is a runner that counts expressions one by one.
type probe struct {
	runner *runner
	sample *Batch
	rows   []int32
	out    Results
}

// count is the work of one expression on the whole sample.
func (p *probe) count(ctx context.Context, o *origin, act func(r *runner)) (int64, error) {
	r := p.runner
	if err := r.start(ctx, p.sample, &p.out); err != nil {
		return 0, err
	}
	r.origin = o
	act(r)
	return r.used(), r.stopped
}

// CheckCost refuses a program with an expression that is slow on a sample; the
// error is Problems with the cost. Errors of Probe come as they are.
func (p *Program) CheckCost(ctx context.Context, sample *Batch) error {
	cost, err := p.Probe(ctx, sample)
	if err != nil {
		return err
	}
	var problems Problems
	for _, e := range cost.Expressions {
		if e.PerLead > SlowAfter {
			problems = append(problems, e.origin.problem(0, "the expression takes %v of work a lead; at most %v are allowed. %s", workTime(e.PerLead), workTime(SlowAfter), slowWayOut))
		}
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}

// slowWayOut ends the message about an expression that is slow.
const slowWayOut = "Loops within loops, similarity and regular expressions over long texts are what takes most; look at fewer elements, or cut the text with left first"

// workTime is the time that so much work takes, about.
func workTime(units int64) time.Duration {
	return (time.Duration(units) * unitTime).Round(time.Microsecond)
}

// hardSample is 32 leads whose fields are as hard as real ones get: texts of 2,000
// bytes, the most that Marketo keeps, beside numbers, dates and nothing.
func hardSample() *Batch {
	const rows = 32
	values := []column.Value{{}}
	for i := range rows {
		s := fmt.Sprintf("%d Sénior VP, Sales & Marketing; ", i)
		switch i % 4 {
		case 1:
			s = strings.Repeat(s, 2000/len(s))
		case 2:
			s = fmt.Sprintf("2024-%02d-%02d", i%12+1, i%28+1)
		case 3:
			s = strings.Repeat("a", 1990) + fmt.Sprint(i)
		}
		values = append(values, column.Value{Kind: column.Text, Text: s})
		if i%8 == 0 {
			values[i+1] = column.Value{Kind: column.Number, Text: fmt.Sprint(i)}
		}
	}
	codes := make([]uint32, rows)
	for i := range codes {
		codes[i] = uint32(i + 1)
	}
	return &Batch{Rows: rows, Column: func(Ref) column.Vector { return column.Vector{Codes: codes, Values: values} }, Tables: noTables{}}
}

// noTables are tables in which nothing is found.
type noTables struct{}

// Lookup finds nothing.
func (noTables) Lookup(_ context.Context, _ string, questions [][]column.Value, _ int, _ time.Duration) ([]Answer, error) {
	return make([]Answer, len(questions)), nil
}
