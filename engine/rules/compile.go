package rules

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
)

// Options are what Compile needs to know beside the rule set.
type Options struct {
	// Tables says whether there is a table and which columns it has; nil columns
	// are not checked. A nil func lets every table pass.
	Tables func(table string) (columns []string, ok bool)
	// Activity are the callback attributes that rules may write; nil lets every
	// name pass.
	Activity []string
	Limits   Limits

	interpreted bool // no kernels, no plans: every expression on expr's VM
}

// A Program is a compiled rule set. It is immutable and safe for concurrent use.
type Program struct {
	name     string
	policy   HitPolicy
	refs     Refs // sorted; the columns a batch must have
	tables   []string
	rules    []rule // otherwise, if there is one, is the last
	targets  []Target
	tests    []Test
	source   *source
	limits   Limits
	warnings []*Problem
	patterns map[string]*pattern
	units    int      // numbers given to units
	derived  int      // numbers given to derived columns
	names    []string // of refs in the VM's environment
	compiler *compiler
	runners  sync.Pool // of *runner
}

// A Target is what rules write: a lead field, or a callback attribute.
type Target struct {
	Activity bool   `json:"activity"`
	Name     string `json:"name"`
}

// String is the target as messages name it.
func (t Target) String() string {
	if t.Activity {
		return "activity." + t.Name
	}
	return "set." + t.Name
}

// A rule is a compiled rule.
type rule struct {
	name   string
	when   condPlan // nil for otherwise
	origin *origin
	writes []write
}

// A write is one assignment of a rule.
type write struct {
	target int // in the program's targets
	plan   valuePlan
	origin *origin
}

// An origin is where an expression comes from, for messages.
type origin struct {
	rule  string
	label string
	expr  Expression
	root  ast.Node
}

// A compiler compiles one rule set. It is kept by the program for traces, which
// compile parts of expressions.
type compiler struct {
	options     Options
	functions   map[string]*function
	vmFunctions conf.FunctionsTable
	parse       *conf.Config
	patterns    map[string]*pattern
	tables      map[string]bool
	refs        []Ref
	refIDs      map[Ref]int
	types       map[ast.Node]static // of the trees that are being compiled
	kernels     map[ast.Node]bool   // which of them run in kernels
	scope       []string            // names of the slots, innermost last, while a kernel is made
	supports    map[ast.Node][]int  // fields that they read
	calls       map[string]int      // how often each call is written
	derived     map[string]int      // calls that have a derived column
	units       int
	source      *source
	problems    Problems
	warnings    []*Problem
}

// Compile checks and compiles a rule set. The error is Problems. What is wrong
// only perhaps is in the program's Warnings.
func Compile(set *RuleSet, options Options) (*Program, error) {
	options.Limits = options.Limits.withDefaults()
	c := newCompiler(set.source, options)
	p := &Program{name: set.Name, policy: set.HitPolicy, tests: set.Tests, source: set.source, limits: options.Limits, compiler: c}
	switch p.policy {
	case "":
		p.policy = First
	case First, All:
	default:
		return nil, Problems{{Message: fmt.Sprintf("hitPolicy is %q; it must be first or all", p.policy)}}
	}
	if len(set.Rules) > options.Limits.Rules {
		return nil, Problems{{Message: fmt.Sprintf("the rule set has %d rules; at most %d are allowed", len(set.Rules), options.Limits.Rules)}}
	}
	targets := make(map[Target]int)
	for i := range set.Rules {
		p.rules = append(p.rules, c.rule(&set.Rules[i], false, p, targets))
	}
	if set.Otherwise != nil {
		p.rules = append(p.rules, c.rule(set.Otherwise, true, p, targets))
	}
	if len(c.problems) > 0 {
		return nil, c.problems
	}
	for i := range p.rules {
		c.plan(&p.rules[i])
	}
	if len(c.problems) > 0 {
		return nil, c.problems
	}
	p.finish(c)
	return p, nil
}

func newCompiler(src *source, options Options) *compiler {
	c := &compiler{
		options: options, source: src, functions: make(map[string]*function), patterns: make(map[string]*pattern),
		tables: make(map[string]bool), refIDs: make(map[Ref]int),
		types: make(map[ast.Node]static), kernels: make(map[ast.Node]bool), supports: make(map[ast.Node][]int),
		calls: make(map[string]int), derived: make(map[string]int),
	}
	for _, f := range allFunctions() {
		c.functions[f.name] = f
	}
	c.vmFunctions = functionsForVM(c.functions)
	c.parse = conf.CreateNew()
	c.parse.Functions = c.vmFunctions // names that expr's own functions must leave
	return c
}

func (p *Program) finish(c *compiler) {
	p.refs = c.refs
	p.tables = slices.Sorted(maps.Keys(c.tables))
	p.warnings = c.warnings
	c.types, c.kernels, c.supports = nil, nil, nil // of use while compiling only
	p.patterns = c.patterns
	p.units = c.units
	p.derived = len(c.derived)
	for _, ref := range p.refs {
		p.names = append(p.names, ref.String())
	}
	p.runners.New = func() any { return newRunner(p) }
}

// reference gives a field its number.
func (c *compiler) reference(ref Ref) int {
	if id, ok := c.refIDs[ref]; ok {
		return id
	}
	id := len(c.refs)
	c.refIDs[ref] = id
	c.refs = append(c.refs, ref)
	return id
}

// plan plans a rule whose expressions have been parsed.
func (c *compiler) plan(r *rule) {
	defer func() {
		if p := recover(); p != nil {
			c.problems = append(c.problems, &Problem{Rule: r.name, Message: goPanic(p).Error()})
		}
	}()
	if r.origin != nil {
		r.when = c.condPlan(r.origin.root, r.origin)
	}
	for i := range r.writes {
		w := &r.writes[i]
		w.plan = c.valuePlan(w.origin.root, w.origin)
	}
}

// rule parses and checks the expressions of a rule.
func (c *compiler) rule(r *Rule, otherwise bool, p *Program, targets map[Target]int) rule {
	out := rule{name: r.Name}
	if !otherwise {
		out.origin = &origin{rule: r.Name, label: "when", expr: r.When}
		c.expression(out.origin, true)
	}
	for _, group := range []struct {
		activity bool
		list     []Assignment
	}{{false, r.Set}, {true, r.Activity}} {
		for i := range group.list {
			a := &group.list[i]
			t := Target{group.activity, a.Target}
			o := &origin{rule: r.Name, label: t.String(), expr: a.Value}
			if group.activity && c.options.Activity != nil && !slices.Contains(c.options.Activity, a.Target) {
				c.problem(o, 0, "there is no callback attribute %q; there are %s", a.Target, strings.Join(c.options.Activity, ", "))
				continue
			}
			if !group.activity && strings.EqualFold(a.Target, "id") {
				c.problem(o, 0, "the id of a lead cannot be written")
				continue
			}
			id, ok := targets[t]
			if !ok {
				id = len(p.targets)
				targets[t] = id
				p.targets = append(p.targets, t)
			}
			c.expression(o, false)
			out.writes = append(out.writes, write{target: id, origin: o})
		}
	}
	return out
}

func (c *compiler) problem(o *origin, at int, format string, args ...any) {
	if len(c.problems) < maxProblems {
		c.problems = append(c.problems, c.place(o, at, format, args...))
	}
}

// place makes a Problem of a place in an expression. An expression that was not
// parsed from a file is its own source.
func (c *compiler) place(o *origin, at int, format string, args ...any) *Problem {
	if c.source == nil {
		src := newSource([]byte(o.expr.Text))
		return src.problem(o.rule, o.label, src.locate(place{position{1, 1}, raw}, o.expr.Text, at), format, args...)
	}
	return c.source.problem(o.rule, o.label, c.source.locate(o.expr.place, o.expr.Text, at), format, args...)
}

// expression parses and checks an expression.
func (c *compiler) expression(o *origin, condition bool) {
	if at, message := guard(o.expr.Text, c.options.Limits); message != "" {
		c.problem(o, at, "%s", message)
		return
	}
	defer func() {
		if r := recover(); r != nil {
			c.problem(o, 0, "%v", goPanic(r))
		}
	}()
	tree, err := parser.ParseWithConfig(o.expr.Text, c.parse)
	if err != nil {
		at, message := exprError(err)
		c.problem(o, at, "%s", message)
		return
	}
	ch := checker{
		compiler: c,
		report:   func(at int, format string, args ...any) { c.problem(o, at, format, args...) },
		warn: func(at int, format string, args ...any) {
			if len(c.warnings) < maxProblems {
				c.warnings = append(c.warnings, c.place(o, at, format, args...))
			}
		},
	}
	t := ch.check(tree.Node)
	if ch.failed {
		return
	}
	switch {
	case condition && t != unknown && t != isBool:
		c.problem(o, 0, "a condition must be true or false, and this is %s", t)
	case !condition && (t.shape() == isList || t == isMap):
		c.problem(o, 0, "%s cannot be written to a field; join(list, \", \") makes a text of a list", t)
	}
	o.root = tree.Node
	c.countCalls(tree.Node)
}

// exprError takes place and message out of an error of expr.
func exprError(err error) (at int, message string) {
	var f *file.Error
	if errors.As(err, &f) {
		return f.From, f.Message
	}
	return 0, err.Error()
}

// Name is the rule set's name.
func (p *Program) Name() string { return p.name }

// HitPolicy is the rule set's hit policy.
func (p *Program) HitPolicy() HitPolicy { return p.policy }

// Fields lists what the rules read. A batch must have a column for each.
func (p *Program) Fields() Refs { return slices.SortedFunc(slices.Values(p.refs), compareRefs) }

// Tables lists the tables that the rules look up, sorted.
func (p *Program) Tables() []string { return slices.Clone(p.tables) }

// Targets lists what the rules may write, in the order of the text.
func (p *Program) Targets() []Target { return slices.Clone(p.targets) }

// Rules lists the names of the rules; that of otherwise is last, if there is one.
func (p *Program) Rules() []string {
	names := make([]string, len(p.rules))
	for i := range p.rules {
		names[i] = p.rules[i].name
	}
	return names
}

// Warnings lists what may be a mistake but compiles.
func (p *Program) Warnings() []*Problem { return slices.Clone(p.warnings) }

// mostTime is what one batch may take.
func (p *Program) mostTime() time.Duration {
	return time.Duration(p.limits.Milliseconds) * time.Millisecond
}
