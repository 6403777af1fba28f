package rules

import (
	"context"
	"fmt"
	"strings"

	"github.com/expr-lang/expr/ast"

	"tablestep/tables/column"
)

// A Trace is how a rule set came to its result for one lead.
type Trace struct {
	RuleSet   string      `json:"ruleSet"`
	HitPolicy HitPolicy   `json:"hitPolicy"`
	Rules     []RuleTrace `json:"rules"`
}

// A RuleTrace is what became of one rule.
type RuleTrace struct {
	Rule   string       `json:"rule"`
	State  RuleState    `json:"state"`
	When   Part         `json:"when"` // of otherwise: empty
	Writes []WriteTrace `json:"writes,omitempty"`
}

// RuleState says what became of a rule.
type RuleState string

// The states of a rule.
const (
	Held       RuleState = "held"
	NotHeld    RuleState = "did not hold"
	NotReached RuleState = "not reached" // an earlier rule took the lead, or it failed
	RuleFailed RuleState = "failed"
)

// A Part is an expression or a part of one, with its value for the lead.
type Part struct {
	Text    string `json:"text"`
	Value   string `json:"value,omitempty"` // as an expression writes it; empty if it was not evaluated
	Failure string `json:"failure,omitempty"`
	Skipped bool   `json:"skipped,omitempty"` // the result was clear without it
	Parts   []Part `json:"parts,omitempty"`
}

// A WriteTrace is one write of a rule.
type WriteTrace struct {
	Target Target `json:"target"`
	Value  Part   `json:"value"`
	Result string `json:"result,omitempty"` // what is written, or that nothing is
}

// Trace evaluates one row of a batch step by step. It compiles parts of
// expressions and takes a thousand times as long as Run.
func (p *Program) Trace(ctx context.Context, batch *Batch, row int) (*Trace, error) {
	if row < 0 || row >= batch.Rows {
		return nil, fmt.Errorf("trace rule set %q: there is no row %d in a batch of %d", p.name, row, batch.Rows)
	}
	// The parts are compiled anew, each with a unit of its own, by the compiler that made
	// the program: what a trace shows is what a run does.
	c := newCompiler(p.source, Options{Limits: p.limits, Stored: true})
	t := &tracer{trace: &Trace{RuleSet: p.name, HitPolicy: p.policy}}
	steps := make([]ruleStep, len(p.rules))
	for i := range p.rules {
		r := &p.rules[i]
		if r.origin != nil {
			o := *r.origin
			c.expression(&o, true)
			steps[i].when = t.condition(c, o.root, &o)
		}
		for j := range r.writes {
			o := *r.writes[j].origin
			c.expression(&o, false)
			steps[i].writes = append(steps[i].writes, t.leaf(c, o.root, &o, false))
		}
	}
	if len(c.problems) > 0 {
		return nil, fmt.Errorf("trace rule set %q: %w", p.name, c.problems)
	}
	own := &Program{name: p.name, policy: p.policy, source: p.source, limits: p.limits}
	own.finish(c)
	t.runner = newRunner(own)
	// The same tables and the same now as the batch had, so that nothing has changed since.
	one := &Batch{Rows: 1, Tables: batch.Tables, Now: batch.Now, Column: func(ref Ref) column.Vector { return rowOf(batch.Column(ref), row) }}
	var out Results
	if err := t.runner.start(ctx, one, &out); err != nil {
		return nil, fmt.Errorf("trace rule set %q: %w", p.name, err)
	}
	t.run(p, steps)
	if err := t.runner.stopped; err != nil {
		return nil, fmt.Errorf("trace rule set %q: %w", p.name, err)
	}
	return t.trace, nil
}

// rowOf is a column of one row.
func rowOf(v column.Vector, row int) column.Vector {
	if len(v.Codes) == 0 || v.IsNull(row) {
		return column.Vector{}
	}
	return column.Vector{Codes: []uint32{1}, Values: []column.Value{{}, v.At(row)}}
}

// A tracer evaluates the steps of one lead. Its runner is of a program that has the parts of
// expressions for units.
type tracer struct {
	trace  *Trace
	runner *runner
}

// A ruleStep is a rule as its parts.
type ruleStep struct {
	when   *step
	writes []*step
}

// A step is a part of an expression that is evaluated by itself.
type step struct {
	text        string
	unit        *unit
	op          string // && || not, or empty for a leaf
	left, right *step
	inputs      []*step // of a leaf: fields and calls in it
}

// condition takes a condition apart at and, or and not.
func (t *tracer) condition(c *compiler, n ast.Node, o *origin) *step {
	if n == nil {
		return nil
	}
	switch n := n.(type) {
	case *ast.BinaryNode:
		switch n.Operator {
		// One spelling a meaning, so that traces compare.
		case "&&", "and", "||", "or":
			op := "&&"
			if n.Operator == "||" || n.Operator == "or" {
				op = "||"
			}
			return &step{text: n.String(), op: op, left: t.condition(c, n.Left, o), right: t.condition(c, n.Right, o)}
		}
	case *ast.UnaryNode:
		if n.Operator == "!" || n.Operator == "not" {
			return &step{text: n.String(), op: "not", left: t.condition(c, n.Node, o)}
		}
	}
	return t.leaf(c, n, o, true)
}

// leaf is an expression with the fields and calls in it.
func (t *tracer) leaf(c *compiler, n ast.Node, o *origin, condition bool) *step {
	if n == nil {
		return nil
	}
	s := &step{text: n.String(), unit: c.unit(n, o, condition)}
	seen := map[string]bool{s.text: true}
	t.inputs(c, n, o, s, seen)
	return s
}

// inputs collects fields and calls. What stands in a predicate or depends on a
// variable has no value of its own.
func (t *tracer) inputs(c *compiler, n ast.Node, o *origin, s *step, seen map[string]bool) {
	add := func(n ast.Node) {
		// What stands twice is shown once.
		if text := n.String(); !seen[text] && len(s.inputs) < maxInputs {
			seen[text] = true
			s.inputs = append(s.inputs, &step{text: text, unit: c.unit(n, o, false)})
		}
	}
	if _, ok := refOf(n); ok {
		add(n)
		return
	}
	switch n := n.(type) {
	case *ast.BinaryNode:
		t.inputs(c, n.Left, o, s, seen)
		t.inputs(c, n.Right, o, s, seen)
	case *ast.UnaryNode:
		t.inputs(c, n.Node, o, s, seen)
	case *ast.ConditionalNode:
		t.inputs(c, n.Cond, o, s, seen)
		t.inputs(c, n.Exp1, o, s, seen)
		t.inputs(c, n.Exp2, o, s, seen)
	case *ast.ChainNode:
		t.inputs(c, n.Node, o, s, seen)
	case *ast.MemberNode:
		t.inputs(c, n.Node, o, s, seen)
	case *ast.CallNode:
		if closed(n) {
			add(n)
		}
		for _, arg := range n.Arguments {
			t.inputs(c, arg, o, s, seen)
		}
	// The list has a value; its predicate has one for each element, which would be too much
	// to show.
	case *ast.BuiltinNode:
		t.inputs(c, n.Arguments[0], o, s, seen)
	case *ast.VariableDeclaratorNode:
		t.inputs(c, n.Value, o, s, seen)
	}
}

// maxInputs is the most inputs a trace shows of one condition.
const maxInputs = 20

// run goes through the rules as a run of the program does: otherwise acts if none before has,
// a failure ends the lead, and a hit policy of first ends it at the first rule that holds.
func (t *tracer) run(p *Program, steps []ruleStep) {
	acted, over := false, false // over: no more rules for this lead
	for i := range p.rules {
		rule := &p.rules[i]
		rt := RuleTrace{Rule: rule.name, State: NotReached}
		switch {
		case over:
		case rule.when == nil:
			if !acted {
				rt.State = Held
			}
		default:
			var v verdict
			if rt.When, v = t.evaluate(steps[i].when); v == yes {
				rt.State = Held
			} else if v == failed {
				rt.State, over = RuleFailed, true
			} else {
				rt.State = NotHeld
			}
		}
		if rt.State == Held {
			acted = true
			for j, s := range steps[i].writes {
				w, ok := t.write(s, p.targets[rule.writes[j].target])
				rt.Writes = append(rt.Writes, w)
				if !ok {
					rt.State, over = RuleFailed, true
					break
				}
			}
			over = over || p.policy == First
		}
		t.trace.Rules = append(t.trace.Rules, rt)
	}
}

// evaluate evaluates a condition's steps, and those only that count.
func (t *tracer) evaluate(s *step) (Part, verdict) {
	part := Part{Text: s.text}
	if s.op == "" {
		v := t.value(&part, s)
		switch {
		case part.Failure != "":
			return part, failed
		case v.isTrue():
			return part, yes
		}
		return part, no
	}
	left, v := t.evaluate(s.left)
	part.Parts = []Part{left}
	switch {
	case s.op == "not":
		v = v.not()
	case v == failed || v == no && s.op == "&&" || v == yes && s.op == "||":
		part.Parts = append(part.Parts, Part{Text: s.right.text, Skipped: true})
	default:
		var right Part
		right, v = t.evaluate(s.right)
		part.Parts = append(part.Parts, right)
	}
	if v != failed {
		part.Value = fmt.Sprint(v == yes)
	}
	return part, v
}

// value evaluates a leaf and its inputs.
func (t *tracer) value(part *Part, s *step) value {
	r := t.runner
	r.origin = s.unit.origin
	v, f := r.safely(s.unit, 0)
	if f != nil {
		part.Failure = f.Message
	} else {
		part.Value = describe(v)
	}
	for _, in := range s.inputs {
		p := Part{Text: in.text}
		if w, f := r.safely(in.unit, 0); f != nil {
			p.Failure = f.Message
		} else {
			p.Value = describe(w)
		}
		part.Parts = append(part.Parts, p)
	}
	return v
}

// write evaluates a write. ok is false if it failed, which fails the lead.
func (t *tracer) write(s *step, target Target) (WriteTrace, bool) {
	w := WriteTrace{Target: target, Value: Part{Text: s.text}}
	v := t.value(&w.Value, s)
	if w.Value.Failure != "" {
		return w, false
	}
	written, err := writable(v)
	switch {
	case err != nil:
		w.Value.Failure = err.Error()
		return w, false
	case written.Kind == Nothing:
		w.Result = "nothing is written"
	default:
		w.Result = written.String()
	}
	return w, true
}

// String is the trace as a person reads it: a mark for each rule (+ it held, - it
// did not, ! it failed, . it was not reached), the parts of its condition with
// their values, and what was written.
func (t *Trace) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s)\n", t.RuleSet, t.HitPolicy)
	for i := range t.Rules {
		r := &t.Rules[i]
		mark := map[RuleState]string{Held: "+", NotHeld: "-", NotReached: ".", RuleFailed: "!"}[r.State]
		fmt.Fprintf(&b, "%s %s: %s\n", mark, r.Rule, r.State)
		if r.When.Text != "" {
			r.When.write(&b, "    ")
		}
		for _, w := range r.Writes {
			if w.Value.Failure != "" {
				fmt.Fprintf(&b, "    %s = %s failed: %s\n", w.Target, w.Value.Text, w.Value.Failure)
			} else {
				fmt.Fprintf(&b, "    %s = %s\n", w.Target, w.Result)
			}
			for i := range w.Value.Parts {
				w.Value.Parts[i].write(&b, "        ")
			}
		}
	}
	return b.String()
}

// write prints the part with what is in it, each level further to the right.
func (p *Part) write(b *strings.Builder, indent string) {
	switch {
	case p.Skipped:
		fmt.Fprintf(b, "%s%s was not needed\n", indent, p.Text)
	case p.Failure != "":
		fmt.Fprintf(b, "%s%s failed: %s\n", indent, p.Text, p.Failure)
	// Of a condition made of parts: which one has failed stands below it.
	case p.Value == "":
		fmt.Fprintf(b, "%s%s failed\n", indent, p.Text)
	default:
		fmt.Fprintf(b, "%s%s is %s\n", indent, p.Text, p.Value)
	}
	for i := range p.Parts {
		p.Parts[i].write(b, indent+"    ")
	}
}
