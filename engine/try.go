package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"tablestep/tables"
)

// A Result is the answer to one lead that was only tried.
type Result struct {
	LeadData     json.RawMessage `json:"leadData"`
	ActivityData json.RawMessage `json:"activityData"`
	Trace        Trace           `json:"trace"`
}

// A Trace says how an answer came about.
type Trace struct {
	Table   string       `json:"table,omitempty"`
	Version int          `json:"version,omitempty"`
	Lookup  string       `json:"lookup,omitempty"`
	Policy  string       `json:"hitPolicy,omitempty"`
	Match   []TraceMatch `json:"match,omitempty"`
	Nearest *TraceNear   `json:"nearest,omitempty"` // for a lead that no row matched
	RuleSet string       `json:"ruleSet,omitempty"`
	Rules   string       `json:"rules,omitempty"` // step by step, for people
}

// A TraceNear is the row that a patient match would have found.
type TraceNear struct {
	Row   int      `json:"row"` // from 1
	Score float32  `json:"score"`
	Cells []string `json:"cells"` // of the columns that are matched
}

// A TraceMatch is one pair that had to match.
type TraceMatch struct {
	Column string `json:"column"`
	Field  string `json:"field,omitempty"` // empty where the flow step gave the value
	Mode   string `json:"mode"`
}

// Try evaluates leads with one flow step context, as a request with them would
// be. Nothing is stored or sent.
func (e *Engine) Try(ctx context.Context, leads []json.RawMessage, flow json.RawMessage) ([]Result, error) {
	return e.inTurn(ctx, e.evaluator, leads, flow)
}

// TryRuleSet is Try with the source of a rule set in place of the one that flow
// or lookup name. Without a flow context, the rules run alone.
func (e *Engine) TryRuleSet(ctx context.Context, source string, leads []json.RawMessage, flow json.RawMessage) ([]Result, error) {
	p, err := newProgram("tried", 0, source)
	if err != nil {
		return nil, ruleSetError(err)
	}
	if len(flow) == 0 {
		flow = json.RawMessage(`{"table":"` + None + `"}`)
	}
	tried := &Evaluator{store: e.evaluator.store, mapping: e.evaluator.mapping, work: e.evaluator.work, always: p}
	return e.inTurn(ctx, tried, leads, flow)
}

// inTurn tries leads as one evaluation among the others.
func (e *Engine) inTurn(ctx context.Context, with *Evaluator, leads []json.RawMessage, flow json.RawMessage) ([]Result, error) {
	turn, err := e.turns.enter(ctx, false, true)
	if err != nil {
		return nil, fmt.Errorf("try leads: %w", err)
	}
	defer turn.leave()
	return with.try(ctx, leads, flow, turn)
}

func (e *Evaluator) try(ctx context.Context, leads []json.RawMessage, flow json.RawMessage, turn *turn) ([]Result, error) {
	type item struct {
		ObjectType string          `json:"objectType"`
		Context    json.RawMessage `json:"objectContext"`
		Flow       json.RawMessage `json:"flowStepContext,omitempty"`
	}
	var request struct {
		ObjectData []item `json:"objectData"`
	}
	for _, l := range leads {
		l, err := withID(l)
		if err != nil {
			return nil, err
		}
		request.ObjectData = append(request.ObjectData, item{"lead", l, flow})
	}
	body, err := json.Marshal(request)
	if err != nil {
		return nil, fmt.Errorf("try leads: %w", err)
	}
	ws := new(Workspace)
	if err := ws.own.Decode(body); err != nil {
		return nil, fmt.Errorf("try leads: %w", err)
	}
	callback, _, err := e.evaluate(ctx, ws, &ws.own, nil, turn)
	if err != nil {
		return nil, fmt.Errorf("try leads: %w", err)
	}
	var answer struct {
		ObjectData []Result `json:"objectData"`
	}
	if err := json.Unmarshal(callback, &answer); err != nil {
		return nil, fmt.Errorf("try leads: %w", err)
	}
	// Explaining has as much work as answering.
	if err := e.trace(ctx, ws, answer.ObjectData, tables.NewBudget(e.work, turn.rest)); err != nil {
		return nil, fmt.Errorf("try leads: %w", err)
	}
	return answer.ObjectData, nil
}

// withID gives a lead an id if it has none, because who tries a lead mostly has
// only its fields at hand.
func withID(lead json.RawMessage) (json.RawMessage, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(lead, &fields); err != nil || fields == nil {
		return nil, &RequestError{Field: "leads", Message: "each lead must be an object of its fields"}
	}
	if _, ok := fields["id"]; ok {
		return lead, nil
	}
	fields["id"] = json.RawMessage("1")
	return json.Marshal(fields)
}

// trace says how each answer came about. All leads have one flow context, thus
// one plan; leads without an id are in no group and have no trace.
func (e *Evaluator) trace(ctx context.Context, ws *Workspace, results []Result, budget *tables.Budget) error {
	groups := ws.groups()
	if len(groups) == 0 {
		return nil
	}
	p, err := e.planFor(ctx, e.store.Catalog(), &groups[0].choice, ws.batch)
	if err != nil || p.fail != nil {
		return err
	}
	var same Trace
	if p.snapshot != nil {
		same = Trace{Table: p.table, Version: p.version(), Lookup: p.lookup.Name, Policy: string(p.lookup.HitPolicy)}
		for i, m := range p.lookup.Match {
			if i == p.literal {
				m.Field = ""
			}
			same.Match = append(same.Match, TraceMatch{m.Column, m.Field, string(m.Mode)})
		}
	}
	for k, i := range groups[0].leads {
		t := &results[i].Trace
		*t = same
		if p.snapshot != nil {
			if t.Nearest, err = ws.nearest(ctx, p, int(ws.tuples.of[k]), budget); err != nil {
				return err
			}
		}
		if p.program != nil {
			t.RuleSet = p.program.name
			ws.rules.batch.Tables = &ruleTables{evaluator: e, catalog: e.store.Catalog(), budget: budget}
			if t.Rules, err = ws.traceRules(ctx, k); err != nil {
				return err
			}
		}
	}
	return nil
}

// nearest finds what a tuple without a hit may have meant, if the budget suffices.
func (ws *Workspace) nearest(ctx context.Context, p *plan, t int, budget *tables.Budget) (*TraceNear, error) {
	if ws.found.Found[t].Row >= 0 {
		return nil, nil
	}
	var key []string
	for _, values := range ws.tuples.keys {
		key = append(key, values[t])
	}
	row, score, cells, ok, err := p.snapshot.Nearest(ctx, &p.lookup, key, budget)
	if errors.Is(err, tables.ErrSpent) {
		return nil, nil
	}
	if err != nil || !ok {
		return nil, err
	}
	return &TraceNear{Row: row + 1, Score: score, Cells: cells}, nil
}
