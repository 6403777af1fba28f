package engine

import (
	"context"
	"encoding/json"
	"fmt"
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
	callback, _, err := e.evaluator.Evaluate(ctx, ws, body, nil)
	if err != nil {
		return nil, fmt.Errorf("try leads: %w", err)
	}
	var answer struct {
		ObjectData []Result `json:"objectData"`
	}
	if err := json.Unmarshal(callback, &answer); err != nil {
		return nil, fmt.Errorf("try leads: %w", err)
	}
	if len(ws.batch.Flows) > 0 {
		trace, err := e.trace(ctx, ws)
		if err != nil {
			return nil, fmt.Errorf("try leads: %w", err)
		}
		for i := range answer.ObjectData {
			answer.ObjectData[i].Trace = trace
		}
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

// trace says what the leads were matched against.
func (e *Engine) trace(ctx context.Context, ws *Workspace) (Trace, error) {
	c := choiceOf(&ws.batch.Flows[0])
	p, err := e.evaluator.planFor(ctx, &c, &ws.batch)
	if err != nil || p.snapshot == nil {
		return Trace{}, err
	}
	t := Trace{Table: p.table, Version: p.version(), Lookup: p.lookup.Name, Policy: string(p.lookup.HitPolicy)}
	for i, m := range p.lookup.Match {
		if i == p.literal {
			m.Field = ""
		}
		t.Match = append(t.Match, TraceMatch{m.Column, m.Field, string(m.Mode)})
	}
	return t, nil
}
