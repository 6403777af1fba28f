package rules

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tablestep/tables/column"
)

// A Cost is what a rule set takes a lead, measured.
type Cost struct {
	PerLead     time.Duration // of the whole rule set
	Expressions []ExpressionCost
}

// An ExpressionCost is what one expression takes a lead that reaches it.
type ExpressionCost struct {
	Rule       string
	Expression string // when, set.FIELD, activity.NAME
	PerLead    time.Duration

	origin *origin
}

// SlowAfter is what one expression may take a lead: a thousand leads must not keep
// a worker for longer than a tenth of a second.
const SlowAfter = 100 * time.Microsecond

// probeRounds is how often each measurement is made; the least counts, because a
// busy machine only ever makes it longer. One that comes out too slow is repeated
// for probeTime: a machine that is busy all the while must not refuse a good rule.
const (
	probeRounds = 3
	probeTime   = 25 * time.Millisecond
)

// Probe measures a program on a sample of leads, each expression by itself. A nil
// sample stands for leads whose fields all hold long, differing texts and numbers.
func (p *Program) Probe(ctx context.Context, sample *Batch) (Cost, error) {
	if sample == nil {
		sample = hardSample()
	}
	var cost Cost
	if sample.Rows == 0 {
		return cost, nil
	}
	r := newRunner(p)
	var out Results
	measure := func(act func(rows []int32)) (time.Duration, error) {
		least, spent := time.Duration(-1), time.Duration(0)
		limit := SlowAfter * time.Duration(sample.Rows)
		for round := 0; round < probeRounds || least > limit && spent < probeTime; round++ {
			if err := r.start(ctx, sample, &out); err != nil {
				return 0, err
			}
			rows := make([]int32, sample.Rows)
			for i := range rows {
				rows[i] = int32(i)
			}
			start := time.Now()
			act(rows)
			took := time.Since(start)
			spent += took
			if least < 0 || took < least {
				least = took
			}
			if r.stopped != nil {
				return 0, r.stopped
			}
		}
		return least / time.Duration(sample.Rows), nil
	}
	for i := range p.rules {
		rule := &p.rules[i]
		var list []ExpressionCost
		if rule.when != nil {
			took, err := measure(func(rows []int32) {
				r.origin = rule.origin
				rule.when.test(r, rows, r.verdicts)
			})
			if err != nil {
				return cost, fmt.Errorf("probe rule set %q: %w", p.name, err)
			}
			list = append(list, ExpressionCost{Rule: rule.name, Expression: "when", PerLead: took, origin: rule.origin})
		}
		for j := range rule.writes {
			w := &rule.writes[j]
			took, err := measure(func(rows []int32) {
				r.origin = w.origin
				w.plan.assign(r, rows, &out.Outputs[w.target])
			})
			if err != nil {
				return cost, fmt.Errorf("probe rule set %q: %w", p.name, err)
			}
			list = append(list, ExpressionCost{Rule: rule.name, Expression: w.origin.label, PerLead: took, origin: w.origin})
		}
		cost.Expressions = append(cost.Expressions, list...)
	}
	start := time.Now()
	if err := p.Run(ctx, sample, &out); err != nil {
		return cost, err
	}
	cost.PerLead = time.Since(start) / time.Duration(sample.Rows)
	return cost, nil
}

// CheckCost refuses a program with an expression that is slow on a sample; the
// error is Problems with the measured cost. Errors of Probe come as they are.
func (p *Program) CheckCost(ctx context.Context, sample *Batch) error {
	cost, err := p.Probe(ctx, sample)
	if err != nil {
		return err
	}
	var problems Problems
	for _, e := range cost.Expressions {
		if e.PerLead > SlowAfter {
			problems = append(problems, p.compiler.place(e.origin, 0, "the expression takes %v a lead; at most %v are allowed", e.PerLead.Round(time.Microsecond), SlowAfter))
		}
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
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
func (noTables) Lookup(context.Context, string, []string, int, time.Duration) ([]Row, error) {
	return nil, nil
}
