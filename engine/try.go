package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"tablestep/engine/rules"
	"tablestep/tables/answers"
	"tablestep/tables/schema"
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
	Require int          `json:"require,omitempty"` // how many of Match had to match; 0 is all
	Nearest *TraceNear   `json:"nearest,omitempty"` // for a lead that no row matched
	Hops    []TraceHop   `json:"hops,omitempty"`    // of a chain: the lookups that the lead has come to, the first one among them
	Alias   *TraceAlias  `json:"alias,omitempty"`   // for a lead that no row matched by itself, and an alias speaks of
	Turns   []TraceTurn  `json:"turns,omitempty"`   // of a lookup whose rows take turns: those that the lead hits
	RuleSet string       `json:"ruleSet,omitempty"`
	// Of the rule set, as of the table: the one that gave the answer.
	RuleSetVersion int    `json:"ruleSetVersion,omitempty"`
	Rules          string `json:"rules,omitempty"` // step by step, for people

	Parts      []TracePart  `json:"parts,omitempty"`      // of a value that was taken apart
	NotWritten []NotWritten `json:"notWritten,omitempty"` // outputs that were held back
}

// A TraceNear is the row that a patient match would have found.
type TraceNear struct {
	Row   int      `json:"row"` // from 1
	Score float32  `json:"score"`
	Cells []string `json:"cells"`         // of the columns that are matched
	Why   string   `json:"why,omitempty"` // where not all match entries must hold: which ones did not
}

// A TraceMatch is one pair that had to match.
type TraceMatch struct {
	Column string   `json:"column"`
	Fields []string `json:"field,omitempty"` // nil where the flow step gave the value
	From   string   `json:"from,omitempty"`  // of several fields: which one gave the value, the first that is not empty
	Mode   string   `json:"mode"`
}

// Try is TryAt now.
func (e *Engine) Try(ctx context.Context, leads []json.RawMessage, flow json.RawMessage) (results []Result, err error) {
	return e.TryAt(ctx, time.Time{}, leads, flow)
}

// TryAt evaluates leads with one flow step context, as a request with them would
// be that is accepted at a moment; the zero Time is now. Nothing is stored or sent.
func (e *Engine) TryAt(ctx context.Context, at time.Time, leads []json.RawMessage, flow json.RawMessage) (results []Result, err error) {
	start := time.Now()
	err = e.guardedAt(ctx, at, func(w *world) error {
		results, err = w.try(ctx, leads, flow)
		return err
	})
	e.events.emit(EventTried{At: start, Took: time.Since(start), Leads: len(leads), Err: err})
	return results, err
}

// TestRuleSet is TestRuleSetAt now.
func (e *Engine) TestRuleSet(ctx context.Context, name, source string, leads []json.RawMessage, flow json.RawMessage) (report *RuleSetReport, results []Result, err error) {
	return e.TestRuleSetAt(ctx, time.Time{}, name, source, leads, flow)
}

// TestRuleSetAt checks a rule set and tries it over leads, as they would be answered if they
// were accepted at a moment (the zero Time is now): the source, or where that is
// empty the live version. A flow context may name a table; without one the rules run
// alone. Whatever it names as rule set, this one runs. The rule set's own tests run at that moment, too.
func (e *Engine) TestRuleSetAt(ctx context.Context, at time.Time, name, source string, leads []json.RawMessage, flow json.RawMessage) (report *RuleSetReport, results []Result, err error) {
	err = e.guardedAt(ctx, at, func(w *world) error {
		tried := source
		if tried == "" {
			set, ok := w.catalog().RuleSet(name)
			if !ok {
				return fmt.Errorf("%w: %q", schema.ErrRuleSetNotFound, name)
			}
			if set.Live == nil {
				return fmt.Errorf("rule set %q has no published version: %w", name, schema.ErrVersionNotFound)
			}
			tried = set.Live.Source
		}
		var compiled *rules.Program
		if report, compiled, err = w.checkRuleSet(ctx, tried, true); err != nil || len(leads) == 0 {
			return err
		}
		w.always = newProgram("tried", 0, compiled)
		if len(flow) == 0 {
			flow = json.RawMessage(`{"table":"` + None + `"}`)
		}
		results, err = w.try(ctx, leads, flow)
		return err
	})
	return report, results, err
}

// guarded is guardedAt now.
func (e *Engine) guarded(ctx context.Context, f func(w *world) error) error {
	return e.guardedAt(ctx, time.Time{}, f)
}

// guardedAt calls f in a world, as one evaluation among the others. A panic is logged
// and told as an error, as in a worker: it ends this request, and not the process. at is the
// moment that somebody asks for; the zero Time is now.
func (e *Engine) guardedAt(ctx context.Context, at time.Time, f func(w *world) error) (err error) {
	turn, err := e.turns.enter(ctx, false, true)
	if err != nil {
		return fmt.Errorf("wait for a turn: %w", err)
	}
	defer turn.leave()
	defer func() {
		if r := recover(); r != nil {
			e.options.Log.Error("evaluation panicked", "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
			err = errors.New("evaluation panicked")
		}
	}()
	w := new(world)
	return e.evaluator.inWorld(w, occasion{at: at, asOf: !at.IsZero()}, turn, func() error { return f(w) })
}

func (w *world) try(ctx context.Context, leads []json.RawMessage, flow json.RawMessage) ([]Result, error) {
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
	w.flat = true
	_, _, groups, err := w.evaluate(ctx, ws, &ws.own)
	if err != nil {
		return nil, fmt.Errorf("try leads: %w", err)
	}
	results := make([]Result, 0, len(leads))
	for _, r := range ws.records() {
		results = append(results, Result{LeadData: appendObject(nil, r.LeadData()), ActivityData: appendObject(nil, r.ActivityData())})
	}
	// Explaining has as much work as answering.
	w.budget = answers.NewBudget(w.of.work, w.turn.rest)
	for _, g := range groups { // one at most, as the leads have one flow context
		err := ws.trace(ctx, w, g, results)
		if err == nil {
			err = ws.traceTurns(ctx, w, g, results)
		}
		if err != nil {
			return nil, fmt.Errorf("explain the answers: %w", err)
		}
	}
	return results, nil
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

// trace says how the answers to the group that was evaluated last came about, from
// what answered them. Leads without an id are in no group and have no trace.
func (ws *Workspace) trace(ctx context.Context, w *world, g *group, results []Result) (err error) {
	p := g.plan
	var same Trace
	if p.snapshot != nil {
		same = Trace{Table: p.table, Version: p.version(), Lookup: p.lookup.Name}
	}
	if p.snapshot != nil && p.fail == nil {
		same.Policy = string(p.lookup.HitPolicy)
		same.Match, same.Require = p.traceMatch()
	}
	if p.program != nil {
		same.RuleSet, same.RuleSetVersion = p.program.name, p.program.version
	}
	for _, i := range g.leads {
		results[i].Trace = same
	}
	if p.fail != nil {
		return nil // Nothing was looked up, and no rule was run.
	}
	for k, i := range g.leads {
		t := &results[i].Trace
		if p.chain != nil {
			if t.Hops, err = ws.traceHops(ctx, w, k); err != nil {
				return err
			}
			first := &t.Hops[0]
			t.Match, t.Nearest, t.Parts, t.Alias = first.Match, first.Nearest, first.Parts, first.Alias
		} else if p.snapshot != nil {
			t.Alias = traceAlias(&ws.found.Found[ws.tuples.of[k]])
			if t.Nearest, err = ws.nearest(ctx, p, int(ws.tuples.of[k]), w.budget); err != nil {
				return err
			}
			t.Match = ws.traceFrom(t.Match, k)
			t.Parts = ws.traceParts(int(ws.tuples.of[k]))
		}
		t.NotWritten = ws.flat[ws.answers[i].flat].NotWritten
		if p.program != nil {
			if t.Rules, err = ws.traceRules(ctx, k); err != nil {
				return err
			}
		}
	}
	return nil
}

// traceMatch is what had to match, and how many of it; 0 is all.
func (p *plan) traceMatch() (list []TraceMatch, require int) {
	for i, m := range p.lookup.Match {
		one := TraceMatch{Column: m.Column, Mode: string(m.Mode)}
		if i != p.literal {
			one.Fields = m.Fields()
		}
		list = append(list, one)
	}
	if p.lookup.Some() {
		require = p.lookup.Require
	}
	return list, require
}

// nearest finds what a tuple without a hit may have meant, if the budget suffices.
func (ws *Workspace) nearest(ctx context.Context, p *plan, t int, budget *answers.Budget) (*TraceNear, error) {
	if ws.found.Found[t].Row >= 0 || ws.found.Found[t].Busy > 0 {
		return nil, nil
	}
	key := ws.key(t)
	near, err := ws.nearly(ctx, p, key, budget)
	if near != nil || err != nil {
		return near, err
	}
	row, score, cells, ok, err := p.snapshot.Nearest(ctx, &p.lookup, key, budget)
	if errors.Is(err, schema.ErrInvalid) || errors.Is(err, answers.ErrSpent) {
		return nil, nil // there is an answer, whether or not it can be explained
	}
	if err != nil || !ok {
		return nil, err
	}
	return &TraceNear{Row: row + 1, Score: score, Cells: cells}, nil
}

// nearly is the row in which most match entries hold, where not all of them must; nil where
// none holds in any row, or the budget does not suffice.
func (ws *Workspace) nearly(ctx context.Context, p *plan, key []string, budget *answers.Budget) (*TraceNear, error) {
	l := &p.lookup
	if !l.Some() {
		return nil, nil
	}
	row, holds, cells, ok, err := p.snapshot.Nearly(ctx, l, key, budget)
	if errors.Is(err, schema.ErrInvalid) || errors.Is(err, answers.ErrSpent) {
		return nil, nil // there is an answer, whether or not it can be explained
	}
	if err != nil || !ok {
		return nil, err
	}
	var failing []string
	for m, holds := range holds {
		if !holds {
			failing = append(failing, l.Match[m].Column)
		}
	}
	last := len(failing) - 1
	names := failing[last]
	if last > 0 {
		names = strings.Join(failing[:last], ", ") + " and " + names
	}
	return &TraceNear{
		Row: row + 1, Cells: cells,
		Score: float32(len(holds)-len(failing)) / float32(len(holds)),
		Why:   fmt.Sprintf("row %d would hit if %d of %d match entries held: %s did not", row+1, l.Require, len(holds), names),
	}, nil
}
