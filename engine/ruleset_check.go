package engine

import (
	"context"
	"fmt"
	"strings"

	"tablestep/engine/rules"
	"tablestep/tables/answers"
)

// checkRuleSet compiles a rule set, runs its own tests and measures it, with the tables
// of a world. A rule set that must not go live is a *RuleSetError. One that looks up in
// a table where that takes far too much work must not, unless it is forced.
func (w *world) checkRuleSet(ctx context.Context, source string, force bool) (*RuleSetReport, *rules.Program, error) {
	p, err := compileRuleSet(source, w.catalog(), w.of.tokens)
	if err != nil {
		return nil, nil, ruleSetError(err)
	}
	report := &RuleSetReport{Name: p.Name(), Rules: p.Rules(), Tables: p.Tables(), Fields: []string{}, Tests: []RuleTest{}, Warnings: []RuleProblem{}}
	for _, f := range p.Fields() {
		report.Fields = append(report.Fields, f.String())
	}
	for _, warning := range p.Warnings() {
		report.Warnings = append(report.Warnings, RuleProblem(*warning))
	}
	slow, err := w.slowTables(ctx, p, source, force)
	if err != nil {
		return nil, nil, err
	}
	report.Warnings = append(report.Warnings, slow...)
	lookups := &ruleTables{world: w, memory: new(ruleMemory)}
	results, err := p.RunTests(ctx, lookups, w.now)
	if lookups.err != nil {
		err = lookups.err
	}
	if err != nil {
		return nil, nil, fmt.Errorf("run the rule set's tests: %w", err)
	}
	var failed []RuleProblem
	for _, r := range results {
		report.Tests = append(report.Tests, RuleTest(r))
		if !r.Passed {
			failed = append(failed, RuleProblem{Line: r.Line, Message: fmt.Sprintf("test %q fails: %s", r.Name, r.Message)})
		}
	}
	if len(failed) > 0 {
		return nil, nil, &RuleSetError{failed}
	}
	if err := p.CheckCost(ctx, nil); err != nil {
		return nil, nil, ruleSetError(err)
	}
	return report, p, nil
}

// slowTables are warnings of the tables that take long to be looked up in. One that
// takes far too long is a *RuleSetError.
func (w *world) slowTables(ctx context.Context, p *rules.Program, source string, force bool) ([]RuleProblem, error) {
	var warned, refused []RuleProblem
	for _, name := range p.Tables() {
		pace, err := w.of.store.PaceOf(ctx, name, "")
		if err != nil {
			return nil, fmt.Errorf("check rule set: %w", err)
		}
		problem := RuleProblem{Line: lineOf(source, name), Message: fmt.Sprintf(
			"the default lookup of table %q looks up %s, and a batch of 1,000 leads has %d s: leads that are not reached fail with %s; %s",
			name, pace, answers.BatchWork/answers.Second, CodeTooSlow, answers.WaysOut)}
		switch {
		case pace.TooSlow() && !force:
			problem.Message += "; or force it"
			refused = append(refused, problem)
		case pace.Slow():
			warned = append(warned, problem)
		}
	}
	if len(refused) > 0 {
		return nil, &RuleSetError{refused}
	}
	return warned, nil
}

// lineOf is the first line that has a name in quotes, 0 if there is none.
func lineOf(source, name string) int {
	for i, line := range strings.Split(source, "\n") {
		for _, quote := range []string{`"`, "'", "`"} {
			if strings.Contains(line, quote+name+quote) {
				return i + 1
			}
		}
	}
	return 0
}
