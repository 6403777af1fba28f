package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
)

// Options are what Compile needs to know beside the rule set.
type Options struct {
	// Tables says whether there is a table, and what is known of it. A nil func lets
	// every table pass.
	Tables func(table string) (Table, bool)
	// Field says in a sentence what is amiss with a field that rules read, such as a
	// token that nobody sends, and nothing if it is fine. It is a warning, at the first
	// place that reads the field. A nil func finds every field fine.
	Field func(Ref) string
	// Stored says that the rule set was compiled before, perhaps by an older release:
	// what would fail every lead that gets there is a warning then, and no problem.
	Stored bool
	// Activity are the callback attributes that rules may write; nil lets every
	// name pass.
	Activity []string
	Limits   Limits
}

// A Program is a compiled rule set. It is immutable, safe for concurrent use, and
// holds nothing of the Options: what was checked against the tables of one moment
// can be kept and run as long as anybody likes. The Problems with which Compile
// fails can be kept as well; the same text fails with the same ones.
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
	units    int       // numbers given to units
	derived  int       // numbers given to derived columns
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

// forget drops the trees, which are of use while compiling only.
func (r *rule) forget() {
	if r.origin != nil {
		r.origin.root = nil
	}
	for i := range r.writes {
		r.writes[i].origin.root = nil
	}
}

// A write is one assignment of a rule.
type write struct {
	target int // in the program's targets
	plan   valuePlan
	origin *origin
}

// An origin is where an expression comes from, for messages.
type origin struct {
	rule   string
	label  string
	text   string
	source *source // that has the text; nil if the set was made in Go
	place  place
	root   ast.Node
}

// problem is a mistake at the character number offset of the expression. One that
// was not parsed from a file is its own source.
func (o *origin) problem(offset int, format string, args ...any) *Problem {
	src, from := o.source, o.place
	if src == nil {
		src, from = newSource(o.text[:min(len(o.text), maxLocated)]), place{position{1, 1}, raw}
	}
	return src.problem(o.rule, o.label, src.locate(from, o.text, offset), format, args...)
}

// A compiler compiles one rule set.
type compiler struct {
	*language
	options  Options
	patterns map[string]*pattern
	tables   map[string]bool
	refs     []Ref
	refIDs   map[Ref]int
	types    map[ast.Node]static // of the trees that are being compiled
	scope    []string            // names of the slots, innermost last, while a kernel is made
	joins    map[ast.Node]bool   // those of + that join texts
	supports map[ast.Node][]int  // fields that they read
	calls    map[string]int      // how often each small call is written
	// callTexts is how each of them is written.
	callTexts map[*ast.CallNode]string
	derived   map[string]int // calls that have a derived column
	units     int
	source    *source
	problems  Problems
	warnings  []*Problem
}

// Compile checks and compiles a rule set. The error is Problems. What is wrong
// only perhaps is in the program's Warnings.
func Compile(set *RuleSet, options Options) (*Program, error) {
	options.Limits = options.Limits.withDefaults()
	c := newCompiler(set.source, options)
	p := &Program{name: set.Name, policy: set.HitPolicy, tests: set.Tests, source: set.source, limits: options.Limits}
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

// newCompiler is a compiler for one rule set, or for the parts of one that is traced.
func newCompiler(src *source, options Options) *compiler {
	return &compiler{
		language: theLanguage(), options: options, source: src,
		patterns: make(map[string]*pattern), tables: make(map[string]bool), refIDs: make(map[Ref]int),
		types: make(map[ast.Node]static), joins: make(map[ast.Node]bool), supports: make(map[ast.Node][]int),
		calls: make(map[string]int), callTexts: make(map[*ast.CallNode]string), derived: make(map[string]int),
	}
}

// finish takes from the compiler what a run needs. Trees are dropped: a program with a thousand
// rules would keep them for nothing.
func (p *Program) finish(c *compiler) {
	p.refs = c.refs
	p.tables = slices.Sorted(maps.Keys(c.tables))
	p.warnings = c.warnings
	p.patterns = c.patterns
	p.units = c.units
	p.derived = len(c.derived)
	for i := range p.rules {
		p.rules[i].forget()
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
		out.origin = c.origin(r.Name, "when", r.When)
		c.expression(out.origin, true)
	}
	for _, group := range []struct {
		activity bool
		list     []Assignment
	}{{false, r.Set}, {true, r.Activity}} {
		for i := range group.list {
			a := &group.list[i]
			t := Target{group.activity, a.Target}
			o := c.origin(r.Name, t.String(), a.Value)
			if group.activity && c.options.Activity != nil && !slices.Contains(c.options.Activity, a.Target) {
				c.problem(o, 0, "there is no callback attribute %q; there are %s", a.Target, strings.Join(c.options.Activity, ", "))
				continue
			}
			// Marketo finds the lead by it.
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

// origin is where an expression stands; label is when, or the target.
func (c *compiler) origin(rule, label string, e Expression) *origin {
	return &origin{rule: rule, label: label, text: e.Text, source: c.source, place: e.place}
}

// problem notes a mistake at a character of an expression.
func (c *compiler) problem(o *origin, at int, format string, args ...any) {
	if len(c.problems) < maxProblems {
		c.problems = append(c.problems, o.problem(at, format, args...))
	}
}

// warning notes what may be a mistake.
func (c *compiler) warning(o *origin, at int, format string, args ...any) {
	if len(c.warnings) < maxProblems {
		c.warnings = append(c.warnings, o.problem(at, format, args...))
	}
}

// expression parses and checks an expression.
func (c *compiler) expression(o *origin, condition bool) {
	if at, message := guard(o.text, c.options.Limits); message != "" {
		c.problem(o, at, "%s", message)
		return
	}
	defer func() {
		if r := recover(); r != nil {
			c.problem(o, 0, "%v", goPanic(r))
		}
	}()
	if at, message := calculated(o.text); message != "" {
		if !c.options.Stored {
			c.problem(o, at, "%s", message)
			return
		}
		c.warning(o, at, "%s", message)
	}
	tree, err := parser.ParseWithConfig(o.text, c.parse)
	if err != nil {
		at, message := slipIn(o.text)
		if message == "" {
			at, message = misread(o.text, err)
		}
		c.problem(o, at, "%s", message)
		return
	}
	ch := checker{
		compiler: c, text: o.text,
		report: func(at int, format string, args ...any) { c.problem(o, at, format, args...) },
		warn:   func(at int, format string, args ...any) { c.warning(o, at, format, args...) },
	}
	t := ch.check(tree.Node)
	if ch.failed {
		return
	}
	switch {
	case condition && t == isNothing:
		ch.hopelessAt(0, "a condition must be true or false, and this is nil")
	case condition:
		ch.conditional(tree.Node, t, 0)
	case !condition && (t.shape() == isList || t == isMap):
		ch.hopelessAt(0, "%s cannot be written to a field; join(list, \", \") makes a text of a list", t)
	case t == rowOrNil:
		ch.hopelessAt(0, "a row of a table cannot be written to a field; name a column of it")
	}
	if ch.failed {
		return
	}
	if sign, ok := tree.Node.(*ast.UnaryNode); ok && sign.Operator == "+" && strings.HasPrefix(o.label, Target{}.String()) {
		c.warning(o, 0, "%s writes the number itself; a change of a score by it is score(%s)", spelt(sign, "this"), spelt(sign, "x"))
	}
	o.root = tree.Node
	c.countCalls(tree.Node)
}

// Name is the rule set's name.
func (p *Program) Name() string { return p.name }

// HitPolicy is the rule set's hit policy.
func (p *Program) HitPolicy() HitPolicy { return p.policy }

// Tokens lists the tokens that the rules read, such as Event Date of my["Event Date"].
// Marketo sends those that it is asked for, and no others.
func (p *Program) Tokens() []string { return p.Fields().Of(ScopeMy) }

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
