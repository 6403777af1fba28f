package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"tablestep/engine/rules"
	"tablestep/tables"
	"tablestep/tables/answers"
	"tablestep/tables/schema"
)

// activityTypes are the callback attributes that rules may write, and their types.
func activityTypes() map[string]schema.Type {
	return map[string]schema.Type{
		"returnVal": schema.TypeText,
		"value1":    schema.TypeText, "value2": schema.TypeText, "value3": schema.TypeText, "value4": schema.TypeText, "value5": schema.TypeText,
		"number1": schema.TypeFloat, "number2": schema.TypeFloat, "number3": schema.TypeFloat,
		"date1": schema.TypeDate,
		"flag1": schema.TypeBoolean, "flag2": schema.TypeBoolean,
	}
}

// A program is one version of a rule set, compiled.
type program struct {
	*rules.Program
	name    string
	version int
	types   []schema.Type // of the targets that are activity attributes, by number
}

// programs keeps the compiled rule sets: of each the version that was asked for
// last.
type programs struct {
	mu   sync.Mutex // guards last
	last map[string]*program
}

// of returns the program of a rule set's live version.
func (ps *programs) of(set *tables.RuleSet) (*program, error) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if p, ok := ps.last[set.Name]; ok && p.version == set.Live.Number {
		return p, nil
	}
	p, err := newProgram(set.Name, set.Live.Number, set.Live.Source)
	if err != nil {
		return nil, fmt.Errorf("compile rule set %q, version %d: %w", set.Name, set.Live.Number, err)
	}
	if ps.last == nil {
		ps.last = make(map[string]*program)
	}
	ps.last[set.Name] = p
	return p, nil
}

func newProgram(name string, version int, source string) (*program, error) {
	compiled, err := compileRuleSet(source, nil)
	if err != nil {
		return nil, err
	}
	p := &program{Program: compiled, name: name, version: version}
	types := activityTypes()
	for _, t := range compiled.Targets() {
		p.types = append(p.types, types[t.Name]) // unused for lead fields
	}
	return p, nil
}

// compileRuleSet parses and compiles. With a catalog, the tables and columns that
// the rules name must be there.
func compileRuleSet(source string, catalog *tables.Catalog) (*rules.Program, error) {
	set, err := rules.Parse([]byte(source))
	if err != nil {
		return nil, err
	}
	o := rules.Options{}
	for name := range activityTypes() {
		o.Activity = append(o.Activity, name)
	}
	slices.Sort(o.Activity)
	if catalog != nil {
		o.Tables = func(name string) ([]string, bool) {
			t, ok := catalog.Table(name)
			if !ok || t.Live == nil {
				return nil, false
			}
			var columns []string
			for i := range t.Live.Columns {
				columns = append(columns, t.Live.Columns[i].Name)
			}
			return columns, true
		}
	}
	return rules.Compile(set, o)
}

// A RuleSetError is what is wrong with a rule set: its text, or its own tests.
type RuleSetError struct {
	Problems []RuleProblem
}

// A RuleProblem is one mistake, with its place.
type RuleProblem struct {
	Rule       string `json:"rule,omitempty"`
	Expression string `json:"expression,omitempty"`
	Line       int    `json:"line,omitempty"`
	Column     int    `json:"column,omitempty"`
	Message    string `json:"message"`
	Snippet    string `json:"snippet,omitempty"` // the line, and a caret below the place
}

func (e *RuleSetError) Error() string {
	if len(e.Problems) == 0 {
		return "the rule set is wrong"
	}
	p := rules.Problem(e.Problems[0])
	text := p.Error()
	if more := len(e.Problems) - 1; more > 0 {
		text += fmt.Sprintf("\nand %d more problems", more)
	}
	return text
}

// A RuleSetReport is what a check of a rule set found that does not stop it.
type RuleSetReport struct {
	Name     string        `json:"name"`
	Rules    []string      `json:"rules"`
	Tables   []string      `json:"tables"`
	Fields   []string      `json:"fields"` // that it reads
	Tests    []RuleTest    `json:"tests"`
	Warnings []RuleProblem `json:"warnings"`
}

// A RuleTest is the outcome of one of a rule set's own tests.
type RuleTest struct {
	Name    string `json:"name"`
	Passed  bool   `json:"passed"`
	Message string `json:"message,omitempty"`
	Line    int    `json:"line,omitempty"`
}

// CheckRuleSet compiles a rule set, runs its own tests and measures it. A rule set
// that must not be published is a *RuleSetError. One that looks up in a table where
// that takes far too much work must not, unless it is forced.
func (e *Engine) CheckRuleSet(ctx context.Context, source string, force bool) (report *RuleSetReport, err error) {
	err = e.guarded(ctx, func(w *world) error {
		report, err = w.checkRuleSet(ctx, source, force)
		return err
	})
	return report, err
}

// checkRuleSet is CheckRuleSet with the tables of a world.
func (w *world) checkRuleSet(ctx context.Context, source string, force bool) (*RuleSetReport, error) {
	p, err := compileRuleSet(source, w.catalog())
	if err != nil {
		return nil, ruleSetError(err)
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
		return nil, err
	}
	report.Warnings = append(report.Warnings, slow...)
	lookups := &ruleTables{world: w}
	results, err := p.RunTests(ctx, lookups, w.now)
	if lookups.err != nil {
		err = lookups.err
	}
	if err != nil {
		return nil, fmt.Errorf("run the rule set's tests: %w", err)
	}
	var failed []RuleProblem
	for _, r := range results {
		report.Tests = append(report.Tests, RuleTest(r))
		if !r.Passed {
			failed = append(failed, RuleProblem{Line: r.Line, Message: fmt.Sprintf("test %q fails: %s", r.Name, r.Message)})
		}
	}
	if len(failed) > 0 {
		return report, &RuleSetError{failed}
	}
	if err := p.CheckCost(ctx, nil); err != nil {
		return report, ruleSetError(err)
	}
	return report, nil
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

// ruleSetError turns the problems of a rule set into an error of ours.
func ruleSetError(err error) error {
	var problems rules.Problems
	var one *rules.Problem
	switch {
	case errors.As(err, &problems):
	case errors.As(err, &one):
		problems = rules.Problems{one}
	default:
		return err
	}
	e := new(RuleSetError)
	for _, p := range problems {
		e.Problems = append(e.Problems, RuleProblem(*p))
	}
	return e
}
