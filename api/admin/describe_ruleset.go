package admin

import (
	"tablestep/api/shape"
	"tablestep/engine"
	"tablestep/tables"
)

func describeRuleSet(r *tables.RuleSet) shape.RuleSet {
	info := shape.RuleSet{Name: r.Name}
	if r.Live != nil {
		info.Live = &r.Live.Number
	}
	if r.Damage != nil {
		info.Damage = r.Damage.Problem
	}
	return info
}

func describeRuleSetVersions(r *tables.RuleSet, versions []tables.RuleSetVersion) shape.List[shape.RuleSetVersion] {
	return each(versions, func(v *tables.RuleSetVersion) shape.RuleSetVersion {
		return shape.RuleSetVersion{Version: v.Number, Live: r.Live != nil && r.Live.Number == v.Number, Source: v.Source, Created: v.Created, By: v.By}
	})
}

func describeReport(r *engine.RuleSetReport) shape.RuleSetReport {
	return shape.RuleSetReport{
		Name: r.Name, Rules: r.Rules, Tables: r.Tables, Fields: r.Fields,
		Tests: each(r.Tests, func(t *engine.RuleTest) shape.RuleTest {
			return shape.RuleTest{Name: t.Name, Passed: t.Passed, Message: t.Message, Line: t.Line}
		}),
		Warnings: each(r.Warnings, func(p *engine.RuleProblem) shape.RuleProblem {
			return shape.RuleProblem{Rule: p.Rule, Expression: p.Expression, Line: p.Line, Column: p.Column, Message: p.Message, Snippet: p.Snippet}
		}),
	}
}

func describeRuleSetDiff(d *engine.RuleSetDiff) shape.RuleSetDiff {
	return shape.RuleSetDiff{
		From: d.From, To: d.To, Added: d.Added, Removed: d.Removed, Unchanged: d.Unchanged, Moved: d.Moved, Policy: d.Policy,
		Changed: each(d.Changed, func(c *engine.RuleChange) shape.RuleChange {
			return shape.RuleChange{Rule: c.Rule, From: c.From, To: c.To}
		}),
	}
}
