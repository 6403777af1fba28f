package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"tablestep/engine/rules"
	"tablestep/tables"
)

// activityTypes are the callback attributes that rules may write, and their types.
func activityTypes() map[string]tables.Type {
	return map[string]tables.Type{
		"returnVal": tables.TypeText,
		"value1":    tables.TypeText, "value2": tables.TypeText, "value3": tables.TypeText, "value4": tables.TypeText, "value5": tables.TypeText,
		"number1": tables.TypeFloat, "number2": tables.TypeFloat, "number3": tables.TypeFloat,
		"date1": tables.TypeDate,
		"flag1": tables.TypeBoolean, "flag2": tables.TypeBoolean,
	}
}

// A program is one version of a rule set, compiled.
type program struct {
	*rules.Program
	name    string
	version int
	types   []tables.Type // of the targets that are activity attributes, by number
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
// that must not be published is a *RuleSetError.
func (e *Engine) CheckRuleSet(ctx context.Context, source string) (*RuleSetReport, error) {
	catalog := e.evaluator.store.Catalog()
	p, err := compileRuleSet(source, catalog)
	if err != nil {
		return nil, ruleSetError(err)
	}
	report := &RuleSetReport{Name: p.Name(), Rules: p.Rules(), Tables: p.Tables(), Fields: []string{}, Tests: []RuleTest{}, Warnings: []RuleProblem{}}
	for _, f := range p.Fields() {
		report.Fields = append(report.Fields, f.String())
	}
	for _, w := range p.Warnings() {
		report.Warnings = append(report.Warnings, RuleProblem(*w))
	}
	results, err := p.RunTests(ctx, &ruleTables{evaluator: e.evaluator, catalog: catalog}, time.Now())
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

// ruleTables lets rules look things up, in the tables of one moment.
type ruleTables struct {
	evaluator *Evaluator
	catalog   *tables.Catalog
}

// Lookup finds rows by the table's default lookup.
func (t *ruleTables) Lookup(ctx context.Context, name string, keys []string, limit int) ([]rules.Row, error) {
	table, ok := t.catalog.Table(name)
	if ok && table.Damage != nil {
		return nil, errors.New(table.Damage.String())
	}
	if !ok || table.Live == nil {
		return nil, fmt.Errorf("there is no table %q", name)
	}
	snapshot, err := t.evaluator.store.Snapshot(ctx, name, table.Live.Number)
	if err != nil {
		return nil, fmt.Errorf("look up in table %q: %w", name, err)
	}
	lookup, _ := table.Lookup("")
	if len(keys) != len(lookup.Match) {
		return nil, fmt.Errorf("table %q is matched by %d values, not %d", name, len(lookup.Match), len(keys))
	}
	found, err := snapshot.All(ctx, &lookup, keys, limit)
	if err != nil {
		return nil, fmt.Errorf("look up in table %q: %w", name, err)
	}
	rows := make([]rules.Row, len(found))
	for i, row := range found {
		rows[i] = &ruleRow{ctx: ctx, snapshot: snapshot, row: [1]int32{row}}
	}
	return rows, nil
}

// A ruleRow is a row that a rule has found.
type ruleRow struct {
	ctx      context.Context // of the run that found it, which it does not outlive
	snapshot *tables.Snapshot
	row      [1]int32
}

// Cell is the text of a column.
func (r *ruleRow) Cell(name string) (string, bool) {
	column, ok := r.snapshot.Column(name)
	if !ok {
		return "", false
	}
	var cell [1]string
	if err := r.snapshot.Gather(r.ctx, column, r.row[:], cell[:]); err != nil {
		return "", false
	}
	return cell[0], true
}
