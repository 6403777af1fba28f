package admin

import (
	"tablestep/api/shape"
	"tablestep/engine"
)

func describeResult(r *engine.Result) shape.Result {
	t := &r.Trace
	trace := shape.Trace{
		Table: t.Table, Version: t.Version, Lookup: t.Lookup, HitPolicy: t.Policy, Require: t.Require,
		RuleSet: t.RuleSet, RuleSetVersion: t.RuleSetVersion, Rules: t.Rules,
		Match: each(t.Match, describeTraceMatch), Nearest: describeNearest(t.Nearest),
	}
	for _, held := range t.NotWritten {
		trace.NotWritten = append(trace.NotWritten, shape.NotWritten(held))
	}
	for i := range t.Turns {
		trace.Turns = append(trace.Turns, shape.TraceTurn{Counter: describeCounter(&t.Turns[i].TurnCounter), Next: t.Turns[i].Next})
	}
	trace.Parts = describeParts(t.Parts)
	if t.Hops != nil {
		trace.Hops = each(t.Hops, func(h *engine.TraceHop) shape.TraceHop {
			return shape.TraceHop{
				Table: h.Table, Version: h.Version, Lookup: h.Lookup, HitPolicy: h.Policy, Match: each(h.Match, describeTraceMatch), Require: h.Require,
				Keys: h.Keys, Parts: describeParts(h.Parts), Matched: h.Matched, Row: h.Row, Score: h.Score, Then: h.Then, Else: h.Else, Why: h.Why, Nearest: describeNearest(h.Nearest),
				Alias: describeTraceAlias(h.Alias),
			}
		})
	}
	trace.Alias = describeTraceAlias(t.Alias)
	return shape.Result{LeadData: r.LeadData, ActivityData: r.ActivityData, Trace: trace}
}

func describeTraceAlias(a *engine.TraceAlias) *shape.TraceAlias {
	if a == nil {
		return nil
	}
	return &shape.TraceAlias{ID: a.ID, Action: string(a.Action)}
}

func describeTraceMatch(m *engine.TraceMatch) shape.TraceMatch {
	return shape.TraceMatch{Column: m.Column, Field: m.Fields, From: m.From, Mode: m.Mode}
}

func describeParts(parts []engine.TracePart) (list []shape.TracePart) {
	for _, part := range parts {
		list = append(list, shape.TracePart(part))
	}
	return list
}

func describeNearest(n *engine.TraceNear) *shape.TraceNear {
	if n == nil {
		return nil
	}
	return &shape.TraceNear{Row: n.Row, Score: n.Score, Cells: n.Cells, Why: n.Why}
}

func describeInvocation(i *engine.InvocationInfo) shape.Invocation {
	info := shape.Invocation{
		ID: i.ID, State: i.State, Accepted: i.Accepted, Evaluated: i.Evaluated, Finished: i.Finished, Due: i.Due,
		BatchID: i.BatchID, CampaignID: i.CampaignID, Host: i.Host, Leads: i.Leads,
		Summary: shape.Summary{
			Succeeded: i.Summary.Succeeded, Failed: i.Summary.Failed,
			Codes: i.Summary.Codes, Tables: i.Summary.Versions, RuleSets: i.Summary.RuleSets,
		},
		Attempts: i.Attempts, Failures: i.Failures, Crashes: i.Crashes, Replays: i.Replays, Ambiguous: i.Ambiguous, Reason: i.Reason,
	}
	for n := range i.Recent {
		a := &i.Recent[n]
		info.Recent = append(info.Recent, shape.Attempt{Started: a.Started, Millis: a.Millis, Status: a.Status, Error: a.Err, Ambiguous: a.Ambiguous})
	}
	return info
}
