package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tablestep/engine/request"
	"tablestep/tables"
	"tablestep/tables/answers"
	"tablestep/tables/schema"
)

// None is the picklist choice that stands for no table or no rule set.
const None = "none"

// A choice is the part of a flow step's settings that leads must share to be
// evaluated together. The values that may differ a lead (the key's value, the
// parameters) are columns.
type choice struct {
	table, ruleSet                                 string
	keyName, keyValField, lookupField, returnField string
	onNoMatch, defaultValue                        string
	literalKey                                     bool // the flow step gives the key's value itself
}

func choiceOf(f *request.Flow) choice {
	return choice{
		table: f.Table, ruleSet: f.RuleSet,
		keyName: f.KeyName, keyValField: f.KeyValField,
		lookupField: f.LookupField, returnField: f.ReturnField,
		onNoMatch: strings.ToLower(f.OnNoMatch), defaultValue: f.DefaultValue,
		literalKey: f.KeyValue != "",
	}
}

// A plan is a choice bound to one version of its table and of its rule set:
// everything that is the same for all leads of a group. A plan whose fail is set
// answers all of them with it; a plan without a snapshot looks nothing up, and one
// without a program runs no rules.
type plan struct {
	fail     *failure
	name     string // as chosen: table or table/lookup
	table    string
	snapshot *answers.Snapshot
	lookup   schema.Lookup // with what the flow step sets otherwise
	absent   uint32        // bit m: no lead has the field of match entry m, which a cell may allow
	literal  int           // which match entry takes the flow step's key value, -1 for none
	program  *program
	// unconfirmed: the lookup is a guess that nobody has agreed to, and the flow step does not
	// say itself what is written where. It is told what would be written, and nothing is.
	unconfirmed bool
	careful     careful
	chain       *chain    // of the lookup that was chosen, where others follow it
	given       []string  // of a lookup that follows: fields that those before it may have written
	at          time.Time // the moment that match entries at now take for their value
	asOf        bool      // which somebody asks for
	nowWords    []string  // of each match entry at now: what reasons say of it, once one does
}

func (p *plan) version() int { return p.snapshot.Version().Number }

// failed makes a plan that answers every lead alike.
func failed(code Code, format string, args ...any) *plan {
	return &plan{fail: &failure{code, fmt.Sprintf(format, args...)}}
}

// planFor binds a choice to the tables and rule sets of a world. What the user
// chose wrongly is a plan that fails; an error is only what might be better the
// next time.
func (e *Evaluator) planFor(ctx context.Context, w *world, c *choice, batch *request.Batch) (*plan, error) {
	if c.table == "" {
		return failed(CodeTableNotFound, "the flow step has no table chosen"), nil
	}
	p := &plan{name: None}
	if !strings.EqualFold(c.table, None) {
		var err error
		if p, err = w.bind(ctx, c); err != nil || p.fail != nil {
			return p, err
		}
		if p.fail = p.override(c); p.fail == nil {
			p.fail = p.check(w.mapping, batch)
		}
		if p.fail != nil {
			return p, nil
		}
		p.chain = w.chainOf(p)
	}
	if w.always != nil {
		p.program = w.always
		return p, nil
	}
	name := c.ruleSet
	if name == "" {
		name = p.lookup.RuleSet
	}
	if name == "" || strings.EqualFold(name, None) {
		return p, nil
	}
	set, ok := w.catalog().RuleSet(name)
	if ok && set.Damage != nil {
		p.fail = &failure{CodeRuleSetNotFound, set.Damage.String()}
		return p, nil
	}
	if !ok || set.Live == nil {
		p.fail = &failure{CodeRuleSetNotFound, fmt.Sprintf("there is no published rule set %q", name)}
		return p, nil
	}
	var (
		err   error
		wrong *CompileError
	)
	if p.program, err = e.programs.of(ctx, set); errors.As(err, &wrong) {
		p.fail = &failure{CodeRuleFailed, err.Error()}
		return p, nil
	}
	return p, err
}

// bind finds the table, its lookup and the live version's snapshot.
func (w *world) bind(ctx context.Context, c *choice) (*plan, error) {
	name, lookupName, _ := strings.Cut(c.table, "/")
	chosen := c.table
	table, called, ok := w.catalog().Chosen(c.table)
	if ok && table.Name != name { // it has another name since
		name, lookupName, chosen = table.Name, called, table.Choice(called)
	}
	if w.trial != nil && w.trial.Table == name {
		return w.trialPlan(chosen, lookupName), nil
	}
	switch {
	case ok && table.Damage != nil:
		return failed(CodeTableNotFound, "%s", table.Damage), nil
	case !ok:
		return failed(CodeTableNotFound, "there is no table %q; upload it, or choose another one in the flow step", name), nil
	case table.Live == nil:
		return failed(CodeTableNotFound, "table %q has no published version; publish one", name), nil
	}
	lookup, ok := table.Lookup(lookupName)
	if !ok {
		return failed(CodeTableNotFound, "table %q has no lookup %q", name, lookupName), nil
	}
	snapshot, err := w.snapshot(ctx, name)
	if errors.Is(err, tables.ErrDamaged) {
		// Trying again would read the same bytes. Others of the batch are answered.
		return failed(CodeTableNotFound, "table %q cannot be used: %v", name, err), nil
	}
	if err != nil {
		return nil, fmt.Errorf("plan lookup in table %q: %w", name, err)
	}
	return &plan{name: chosen, table: name, snapshot: snapshot, lookup: lookup, literal: -1, unconfirmed: lookup.Guessed, at: w.now, asOf: w.asOf}, nil
}

// override puts the flow step's own settings in place of the lookup's.
func (p *plan) override(c *choice) *failure {
	l := &p.lookup
	if f := p.overrideKey(c); f != nil {
		return f
	}
	if len(l.Match) == 0 && (!l.MatchesAll() || c.keyValField != "" || c.literalKey) {
		return &failure{CodeColumnNotFound, fmt.Sprintf("lookup %q matches no column; choose one as the key column", p.name)}
	}
	if c.lookupField != "" || c.returnField != "" {
		l.Outputs = []schema.Output{p.output(c)}
		p.unconfirmed = false // a person has named what is written
	}
	switch schema.OnNoMatch(c.onNoMatch) {
	case "":
		if c.defaultValue != "" { // who gives a default wants it used
			l.OnNoMatch = schema.NoMatchDefault
		}
	case schema.NoMatchKeep, schema.NoMatchDefault, schema.NoMatchClear:
		l.OnNoMatch = schema.OnNoMatch(c.onNoMatch)
	default:
		return &failure{CodeValueInvalid, fmt.Sprintf("lookup %q: the flow step's onNoMatch %q is none of keep, default and clear", p.name, cut(c.onNoMatch, shown))}
	}
	if c.defaultValue != "" && len(l.Outputs) > 0 {
		l.Outputs = slices.Clone(l.Outputs)
		l.Outputs[0].Default = c.defaultValue
	}
	return nil
}

// output is the one output of a flow step that names column, field or both. What
// it does not name comes from the lookup's output for the same column or field,
// else from the first one.
func (p *plan) output(c *choice) schema.Output {
	var o schema.Output
	outputs := p.lookup.Outputs
	i := slices.IndexFunc(outputs, func(o schema.Output) bool {
		if c.lookupField != "" {
			return strings.EqualFold(o.Column, c.lookupField)
		}
		return o.Field == c.returnField
	})
	switch {
	case i >= 0:
		o = outputs[i]
	case len(outputs) > 0:
		o = outputs[0]
		if c.lookupField != "" {
			o.Type, o.Default = "", "" // another column's
		}
	}
	if c.lookupField != "" {
		o.Column, o.Value = c.lookupField, ""
	}
	if c.returnField != "" {
		o.Field = c.returnField
	}
	if o.Type == "" {
		o.Type = schema.TypeString
	}
	return o
}

// check looks for columns and fields that do not exist.
func (p *plan) check(mapping *Mapping, batch *request.Batch) *failure {
	l := &p.lookup
	l.Match = slices.Clone(l.Match)
	for i := range l.Match {
		m := &l.Match[i]
		if _, ok := p.snapshot.Column(m.Column); !ok {
			return p.noColumn(m.Column)
		}
		if i == p.literal || m.AtNow() {
			continue
		}
		if resolveFields(m, batch) {
			continue
		}
		if slices.ContainsFunc(m.Fields(), p.mayBeGiven) || m.MatchEmpty || m.Mode == schema.ModeCondition || mapping.mapped(m) {
			continue // none of these leads has a value, which may match or is told as such
		}
		if m.TakesEmpty() || l.Some() {
			p.absent |= 1 << i // Whether a cell takes no value, or others suffice, is known once it is looked up.
			continue
		}
		return p.noField(i)
	}
	for i := range l.Outputs {
		if l.Outputs[i].Field == "id" {
			return &failure{CodeFieldNotFound, l.Outputs[i].Source() + " cannot be written to the field \"id\""}
		}
		if l.Outputs[i].Constant() {
			continue
		}
		if _, ok := p.snapshot.Column(l.Outputs[i].Column); !ok {
			return p.noColumn(l.Outputs[i].Column)
		}
	}
	if err := p.snapshot.Check(l); err != nil {
		return &failure{CodeColumnNotFound, err.Error()}
	}
	p.careful = carefulOf(l, mapping, batch)
	return nil
}

func (p *plan) noField(entry int) *failure {
	m := &p.lookup.Match[entry]
	return &failure{CodeFieldNotFound, fmt.Sprintf(
		"the lead has no field %s, which lookup %q matches with column %q; map it in the service's outgoing fields", quotedFields(m, "or"), p.name, m.Column)}
}

func (p *plan) noColumn(name string) *failure {
	var names []string
	for _, c := range p.snapshot.Version().Columns {
		names = append(names, c.Name)
	}
	return &failure{CodeColumnNotFound, fmt.Sprintf("table %q (version %d) has no column %q; it has %s",
		p.table, p.version(), name, strings.Join(names, ", "))}
}
