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
		Match: each(t.Match, func(m *engine.TraceMatch) shape.TraceMatch {
			return shape.TraceMatch{Column: m.Column, Field: m.Field, Mode: m.Mode}
		}),
	}
	for i := range t.Turns {
		trace.Turns = append(trace.Turns, shape.TraceTurn{Counter: describeCounter(&t.Turns[i].TurnCounter), Next: t.Turns[i].Next})
	}
	if n := t.Nearest; n != nil {
		trace.Nearest = &shape.TraceNear{Row: n.Row, Score: n.Score, Cells: n.Cells, Why: n.Why}
	}
	return shape.Result{LeadData: r.LeadData, ActivityData: r.ActivityData, Trace: trace}
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
