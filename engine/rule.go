package engine

import (
	"context"
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
	asked   ruleMemory
	results rules.Results
	columns []*column.Builder // of the fields that the program reads
	cells   []string
	rows    []int32
	err     error     // of a column that could not be read
	fired   [][]int32 // of each lead of the group, which of results.Fired
}

// runRules runs the plan's program over the leads of a group.
func (ws *Workspace) runRules(ctx context.Context, w *world, p *plan, leads []int32) error {
	r := &ws.rules
	r.program, r.err, r.tables = p.program, nil, ruleTables{world: w, memory: &r.asked}
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
	ref.Name = ws.nameOf(ref)
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
	case rules.ScopeGlobal:
		ws.batch.ContextVector(request.Global, ref.Name, leads, b)
	case rules.ScopeCustom:
		ws.batch.MemberVector(ref.Name, leads, b)
	default:
		b.Reset(0)
	}
}

// rowColumn fills b with a column of the rows that the lookup hit; the empty name
// stands for the row itself.
func (ws *Workspace) rowColumn(ctx context.Context, p *plan, leads []int32, name string, b *column.Builder) {
	if p.chain != nil {
		ws.wayColumn(ctx, leads, name, b)
		return
	}
	b.Reset(len(leads))
	r := &ws.rules
	ok := false
	if p.snapshot != nil && name != "" {
		var at int
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

// ruleFailure is why the rules failed lead k of the group, nil if they did not or were
// not run (k is -1). They say nothing of a lead whose tuple t was not looked up.
func (ws *Workspace) ruleFailure(t, k int) *rules.Failure {
	if k < 0 || t >= 0 && ws.found.Found[t].Unreached {
		return nil
	}
	return ws.rules.results.Failure(k)
}

// acted reports whether a rule has acted on lead k of the group.
func (r *ruleRun) acted(k int) bool { return k >= 0 && len(r.fired[k]) > 0 }

// writes reports whether the rules write a field of lead k; what they write wins over
// the lookup.
func (r *ruleRun) writes(k int, field string) bool {
	if k < 0 {
		return false
	}
	for i := range r.results.Outputs {
		o := &r.results.Outputs[i]
		if !o.Target.Activity && o.Target.Name == field {
			_, ok := o.At(k)
			return ok
		}
	}
	return false
}

// writeRules adds what the rules write for lead k of the group: lead fields, and
// callback attributes.
func (ws *Workspace) writeRules(r *record, p *plan, k int) error {
	for i := range ws.rules.results.Outputs {
		o := &ws.rules.results.Outputs[i]
		v, ok := o.At(k)
		if !ok {
			continue
		}
		what, err := "field", error(nil)
		if o.Target.Activity {
			what, err = "activity", ws.writeAttr(r, p, i, v)
		} else {
			err = ws.writeField(r, p, i, v)
		}
		if err != nil {
			return fmt.Errorf("rule set %s (version %d), %s %q, value %q: %w", p.program.name, p.program.version, what, o.Target.Name, cut(v.Text, shown), err)
		}
	}
	return nil
}

// writeField adds what target i, a lead field, gets. Its type is that of the lookup's
// output for the same field.
func (ws *Workspace) writeField(r *record, p *plan, i int, v rules.Value) error {
	field, t := &ws.pieces.rules[i], schema.TypeText
	typed := -1
	for _, of := range ws.plans() {
		typed = slices.IndexFunc(of.lookup.Outputs, func(l schema.Output) bool { return l.Field == field.name })
		if typed >= 0 {
			if of.lookup.Outputs[typed].Type != "" {
				t = of.lookup.Outputs[typed].Type
			}
			break
		}
	}
	switch {
	case v.Kind == rules.Clear:
		r.clear(field, t)
	case typed < 0 && (v.Kind == rules.Number || v.Kind == rules.Bool):
		r.writeLiteral(field, v.Text)
	case v.Kind == rules.Text && isEmpty(v.Text):
		// As with cells: neither nothing nor the text null empties a field.
	default:
		return r.write(field, t, v.Text, &plainly)
	}
	return nil
}

// writeAttr adds what target i, a callback attribute, gets. A returned value of the
// rules stands in place of the lookup's.
func (ws *Workspace) writeAttr(r *record, p *plan, i int, v rules.Value) error {
	if v.Kind == rules.Clear || v.Text == "" {
		return nil
	}
	field := &ws.pieces.rules[i]
	if field.name == returnVal {
		r.returnVal = ""
	}
	return r.setAttr(field, p.program.types[i], v.Text)
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
