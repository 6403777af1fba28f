package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"tablestep/engine/request"
	"tablestep/engine/rules"
	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// A ruleRun is what the rules made of one group, and the memory for the next one.
type ruleRun struct {
	program *program
	batch   rules.Batch
	tables  ruleTables
	results rules.Results
	columns []*column.Builder // of the fields that the program reads
	cells   []string
	rows    []int32
	err     error     // of a column that could not be read
	fired   [][]int32 // of each lead of the group, which of results.Fired
	row     int       // lead of the record in the making, -1 while no rules are run
}

// runRules runs the plan's program over the leads of a group.
func (ws *Workspace) runRules(ctx context.Context, w *world, p *plan, leads []int32) error {
	r := &ws.rules
	r.program, r.err, r.tables = p.program, nil, ruleTables{world: w}
	used := 0
	r.batch = rules.Batch{
		Rows:   len(leads),
		Tables: &r.tables, Now: w.now, Rest: w.turn.rest,
		Column: func(ref rules.Ref) column.Vector {
			if used == len(r.columns) {
				r.columns = append(r.columns, new(column.Builder))
			}
			b := r.columns[used]
			used++
			ws.ruleColumn(ctx, p, leads, ref, b)
			return b.Vector()
		},
	}
	if err := p.program.Run(ctx, &r.batch, &r.results); err != nil {
		return err
	}
	if err := r.unread(); err != nil {
		return err
	}
	for i := range r.results.Outputs {
		ws.pieces.rules = append(ws.pieces.rules, ws.pieces.field(r.results.Outputs[i].Target.Name))
	}
	for len(r.fired) < len(leads) {
		r.fired = append(r.fired, nil)
	}
	for k := range leads {
		r.fired[k] = r.fired[k][:0]
	}
	for n := range r.results.Fired {
		for _, k := range r.results.Fired[n].Rows {
			r.fired[k] = append(r.fired[k], int32(n))
		}
	}
	return nil
}

// unread is why the run is worth nothing: something could not be read.
func (r *ruleRun) unread() error {
	if r.err != nil {
		return r.err
	}
	return r.tables.err
}

// ruleColumn fills b with a field that rules read, for the leads of a group.
func (ws *Workspace) ruleColumn(ctx context.Context, p *plan, leads []int32, ref rules.Ref, b *column.Builder) {
	switch ref.Scope {
	case rules.ScopeLead:
		ws.batch.Vector(ref.Name, leads, b)
	case rules.ScopeFlow:
		b.Reset(len(leads))
		for _, i := range leads {
			if text := ws.batch.Flows[ws.batch.Flow(int(i))].Value(ref.Name); text != "" {
				b.Append(column.Text, text)
			} else {
				b.AppendNull()
			}
		}
	case rules.ScopeRow:
		ws.rowColumn(ctx, p, leads, ref.Name, b)
	case rules.ScopeMember:
		ws.batch.ContextVector(request.Member, ref.Name, leads, b)
	case rules.ScopeTrigger:
		ws.batch.ContextVector(request.Trigger, ref.Name, leads, b)
	case rules.ScopeMy:
		ws.batch.ContextVector(request.My, ref.Name, leads, b)
	case rules.ScopeCampaign:
		ws.batch.ContextVector(request.Campaign, ref.Name, leads, b)
	case rules.ScopeProgram:
		ws.batch.ContextVector(request.Program, ref.Name, leads, b)
	case rules.ScopeSubscription:
		ws.batch.ContextVector(request.Subscription, ref.Name, leads, b)
	default:
		b.Reset(0)
	}
}

// rowColumn fills b with a column of the rows that the lookup hit; the empty name
// stands for the row itself.
func (ws *Workspace) rowColumn(ctx context.Context, p *plan, leads []int32, name string, b *column.Builder) {
	b.Reset(len(leads))
	r := &ws.rules
	at, ok := -1, false
	if p.snapshot != nil && name != "" {
		if at, ok = p.snapshot.Column(name); ok {
			r.rows = r.rows[:0]
			for t := range ws.found.Found {
				r.rows = append(r.rows, ws.hit(t))
			}
			r.cells = append(r.cells[:0], make([]string, len(r.rows))...)
			if err := p.snapshot.Gather(ctx, at, r.rows, r.cells); err != nil && r.err == nil {
				r.err = err
			}
		}
	}
	for k := range leads {
		switch {
		case p.snapshot == nil || ws.hit(int(ws.tuples.of[k])) < 0:
			b.AppendNull()
		case name == "":
			b.Append(column.Bool, "true")
		case ok:
			b.Append(column.Text, r.cells[ws.tuples.of[k]])
		default:
			b.AppendNull()
		}
	}
}

// hit is the row of a tuple, -1 if it has no row that can be told.
func (ws *Workspace) hit(t int) int32 {
	if f := &ws.found.Found[t]; !f.Ambiguous && f.Problem == "" {
		return f.Row
	}
	return -1
}

// ruleRecord writes the body of the record of lead k of the group, after rules
// have run.
func (ws *Workspace) ruleRecord(p *plan, k int) answer {
	r := &ws.rules
	r.row = k
	defer func() { r.row = -1 }()
	f := r.results.Failure(k)
	if f != nil && p.snapshot != nil && ws.found.Found[ws.tuples.of[k]].Unreached {
		f = nil // Rules say nothing of a lead that was not looked up.
	}
	if f != nil {
		ws.params.reset()
		var a activity
		if p.snapshot != nil {
			t := int(ws.tuples.of[k])
			ws.search(t)
			a = ws.lookedUp(p, t)
		}
		var slow *tooSlow
		if errors.As(f.Cause, &slow) {
			ws.reason = append(append(ws.reason[:0], slow.Error()...), "; "...)
			ws.reason = fmt.Appendf(ws.reason, "rule set %s (version %d), rule %q", p.program.name, p.program.version, f.Rule)
			return ws.fail(a, CodeTooSlow)
		}
		ws.reason = fmt.Appendf(ws.reason[:0], "rule set %s (version %d), %s", p.program.name, p.program.version, f.Error())
		return ws.fail(a, CodeRuleFailed)
	}
	if p.snapshot != nil {
		return ws.record(p, int(ws.tuples.of[k]))
	}
	ws.params.reset()
	ws.outputs.reset()
	if !r.acted() {
		ws.reason = fmt.Appendf(ws.reason[:0], "no rule of %s (version %d) holds", p.program.name, p.program.version)
		return ws.fail(activity{}, CodeRuleNoMatch)
	}
	return ws.finish(p, len(ws.text), &activity{success: true})
}

// acted reports whether a rule has acted on the lead at hand.
func (r *ruleRun) acted() bool { return r.row >= 0 && len(r.fired[r.row]) > 0 }

// writes reports whether the rules write a field of the lead at hand; what they
// write wins over the lookup.
func (r *ruleRun) writes(field string) bool {
	if r.row < 0 {
		return false
	}
	for i := range r.results.Outputs {
		o := &r.results.Outputs[i]
		if !o.Target.Activity && o.Target.Name == field {
			_, ok := o.At(r.row)
			return ok
		}
	}
	return false
}

// writeRules appends the lead fields that the rules write to the record, and
// checks what they write into the activity.
func (ws *Workspace) writeRules(p *plan, a *activity) error {
	r := &ws.rules
	for i := range r.results.Outputs {
		o := &r.results.Outputs[i]
		if o.Target.Activity {
			if err := r.checkActivity(i, a); err != nil {
				return err
			}
			continue
		}
		v, ok := o.At(r.row)
		if !ok {
			continue
		}
		field, t := &ws.pieces.rules[i], schema.TypeText
		typed := slices.IndexFunc(p.lookup.Outputs, func(l schema.Output) bool { return l.Field == o.Target.Name })
		if typed >= 0 && p.lookup.Outputs[typed].Type != "" {
			t = p.lookup.Outputs[typed].Type
		}
		switch {
		case v.Kind == rules.Clear:
			ws.clear(field, t)
		case typed < 0 && (v.Kind == rules.Number || v.Kind == rules.Bool):
			ws.writeLiteral(field, v.Text)
		case v.Kind == rules.Text && isEmpty(v.Text):
			// As with cells: neither nothing nor the text null empties a field.
		default:
			if err := ws.write(field, t, v.Text); err != nil {
				return fmt.Errorf("rule set %s (version %d), field %q: %w", p.program.name, p.program.version, o.Target.Name, err)
			}
		}
	}
	return nil
}

// checkActivity checks the value of activity target i for the lead at hand. A
// returned value of the rules stands in place of the lookup's.
func (r *ruleRun) checkActivity(i int, a *activity) error {
	o := &r.results.Outputs[i]
	v, ok := o.At(r.row)
	if !ok || v.Kind == rules.Clear || v.Text == "" {
		return nil
	}
	if o.Target.Name == "returnVal" {
		a.returnVal = ""
	}
	if err := schema.CheckValue(r.program.types[i], v.Text); err != nil {
		return fmt.Errorf("rule set %s (version %d), activity %q: %w", r.program.name, r.program.version, o.Target.Name, err)
	}
	return nil
}

// appendActivity appends what the rules write into the activity of the lead at
// hand, and the names of the rules that acted.
func (r *ruleRun) appendActivity(b []byte) []byte {
	for i := range r.results.Outputs {
		o := &r.results.Outputs[i]
		v, ok := o.At(r.row)
		if !o.Target.Activity || !ok || v.Kind == rules.Clear || v.Text == "" {
			continue
		}
		start := len(b)
		b = append(b, ',')
		b = schema.AppendJSONString(b, o.Target.Name)
		b = append(b, ':')
		var err error
		if b, err = schema.AppendJSON(b, r.program.types[i], v.Text); err != nil {
			b = b[:start] // checked before the record was begun
		}
	}
	if len(r.fired[r.row]) > 0 {
		names := make([]byte, 0, stringLimit)
		for n, f := range r.fired[r.row] {
			if n > 0 {
				names = append(names, ", "...)
			}
			names = append(names, r.results.Fired[f].Rule...)
		}
		b = append(b, `,"rulesFired":`...)
		b = schema.AppendJSONString(b, cut(names, stringLimit))
	}
	return b
}

// traceRules tells step by step what the rules made of lead k of the group that
// was evaluated last.
func (ws *Workspace) traceRules(ctx context.Context, k int) (string, error) {
	trace, err := ws.rules.program.Trace(ctx, &ws.rules.batch, k)
	if err != nil {
		return "", fmt.Errorf("trace lead %s: %w", strconv.Itoa(k+1), err)
	}
	if err := ws.rules.unread(); err != nil {
		return "", fmt.Errorf("trace lead %s: %w", strconv.Itoa(k+1), err)
	}
	return trace.String(), nil
}
