package rules

import (
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
)

// maxTree is the most nodes on the way from an expression's root to a leaf. A
// chain of operators of one kind is as deep as it is long.
const maxTree = 600

// A checker reads the tree of one expression: it refuses what is not part of the
// language, collects the fields and tables that are read, and finds mistakes that
// can be seen without running.
type checker struct {
	compiler  *compiler
	text      string        // of the expression
	variables []variable    // of let
	loops     []surrounding // of the node, innermost last
	depth     int
	failed    bool
	report    func(at int, format string, args ...any)
	warn      func(at int, format string, args ...any)
}

// A surrounding is a list function in whose predicate a node stands.
type surrounding struct {
	name  string
	texts bool     // its elements are texts
	rows  []string // its elements are rows of these tables
}

// A variable is a name that let gave to a value.
type variable struct {
	name    string
	kind    static
	wordy   bool // see checker.wordy
	arrives bool // see checker.arrives
	rows    rows // of tables that it gives
}

// variable finds a name among those of let.
func (c *checker) variable(name string) (variable, bool) {
	for _, v := range c.variables {
		if v.name == name {
			return v, true
		}
	}
	return variable{}, false
}

// refuse reports the first problem of the expression; those behind it mostly
// follow from it.
func (c *checker) refuse(n ast.Node, format string, args ...any) static {
	return c.refuseAt(n.Location().From, format, args...)
}

func (c *checker) refuseAt(at int, format string, args ...any) static {
	if !c.failed {
		c.report(at, format, args...)
	}
	c.failed = true
	return unknown
}

// hopeless is refuse for what would fail every lead that gets there, or never hold. In a
// set that was stored before somebody thought of looking for it, it is a warning: its other
// rules go on.
func (c *checker) hopeless(n ast.Node, format string, args ...any) static {
	return c.hopelessAt(n.Location().From, format, args...)
}

func (c *checker) hopelessAt(at int, format string, args ...any) static {
	if !c.compiler.options.Stored {
		return c.refuseAt(at, format, args...)
	}
	c.warn(at, format, args...)
	return unknown
}

// check is the static type of a node; every node below it is checked as well.
func (c *checker) check(n ast.Node) static {
	// Types are kept for the kernels: what is known to be a bool needs no test.
	t := c.visit(n)
	if !c.failed {
		c.compiler.types[n] = t
	}
	return t
}

// visit refuses every kind of node that is not named here, so that a newer expr adds nothing
// to the language of rules by itself.
func (c *checker) visit(n ast.Node) static {
	if c.depth++; c.depth > maxTree {
		return c.refuse(n, "the expression is too long a chain of operators; use in [ ] or several rules")
	}
	defer func() { c.depth-- }()
	switch n := n.(type) {
	case *ast.NilNode:
		return isNothing
	case *ast.BoolNode:
		return isBool
	case *ast.IntegerNode, *ast.FloatNode:
		return isNumber
	case *ast.StringNode:
		if strings.Contains(n.Value, "{{") && strings.Contains(n.Value, "}}") {
			c.warn(n.Location().From, `a token inside of a text is not replaced; join it with +, as in "Hello " + my["First Name"]`)
		}
		return isText
	case *ast.IdentifierNode:
		return c.identifier(n)
	case *ast.MemberNode:
		return c.member(n)
	case *ast.ChainNode:
		return c.check(n.Node)
	case *ast.UnaryNode:
		return c.unary(n)
	case *ast.BinaryNode:
		return c.binary(n)
	case *ast.ConditionalNode:
		c.condition(n.Cond)
		return either(c.check(n.Exp1), c.check(n.Exp2))
	case *ast.CallNode:
		return c.call(n)
	case *ast.BuiltinNode:
		return c.builtin(n)
	case *ast.ArrayNode:
		// An empty list is one of texts as well.
		t := isTexts
		for _, e := range n.Nodes {
			if c.check(e) != isText {
				t = isList
			}
		}
		return t
	case *ast.MapNode:
		for _, p := range n.Pairs {
			if pair, ok := p.(*ast.PairNode); ok {
				if k := c.check(pair.Key); k != isText {
					c.refuse(pair.Key, "a key of a mapping must be a text")
				}
				c.check(pair.Value)
			}
		}
		return isMap
	case *ast.PointerNode:
		if n.Name != "" && n.Name != "index" {
			return c.refuse(n, "there is # (the element) and #index, but no #%s", n.Name)
		}
		if len(c.loops) == 0 {
			return c.refuse(n, "there is no list here whose element # could be")
		}
		// # is the element of the innermost predicate; the outer one needs a let.
		inner := c.loops[len(c.loops)-1]
		switch {
		case n.Name == "index" && inner.name != "map":
			return c.refuse(n, "#index is known in map only")
		case n.Name == "index":
			return isNumber
		case inner.texts:
			return isText
		case len(inner.rows) > 0:
			return rowOrNil
		}
		return unknown
	case *ast.VariableDeclaratorNode:
		return c.declare(n)
	case *ast.SequenceNode:
		return c.refuse(n.Nodes[1], "an expression yields one value; there is nothing to separate by ; but let")
	case *ast.SliceNode:
		return c.refuse(n, "parts from:to are not available; use left, right or split")
	case *ast.BytesNode:
		return c.refuse(n, "bytes are not available; write a text without the b")
	}
	return c.refuse(n, "this is not available in rules")
}

// identifier is a name that stands alone: a variable, or a mistake, of which the usual ones
// have words of their own.
func (c *checker) identifier(n *ast.IdentifierNode) static {
	if v, ok := c.variable(n.Value); ok {
		return v.kind
	}
	switch {
	case isScope(n.Value) && n.Value != string(ScopeRow):
		return c.refuse(n, "%s is no value by itself; name a field, as in %s.country", n.Value, n.Value)
	case n.Value == string(ScopeRow):
		return c.refuse(n, "the row can only be compared with nil; name a column, as in row.owner")
	case c.compiler.functions[n.Value] != nil:
		return c.refuse(n, "%s is a function; write %s", n.Value, c.compiler.functions[n.Value].signature)
	}
	if write := nameOf(strings.ToLower(n.Value)); write != "" {
		return c.refuse(n, "there is no %s; %s", n.Value, write)
	}
	if digits, ok := strings.CutPrefix(n.Value, "$"); ok && isDigits(digits) {
		return c.refuse(n, "write the number without $: %s", digits)
	}
	return c.refuse(n, "there is no %s; a lead's field is lead.%s, and a text stands in quotes%s", n.Value, n.Value, c.closest(n.Value))
}

// closest suggests a name for one that does not exist.
func (c *checker) closest(name string) string {
	names := scopeNames()
	for f := range c.compiler.functions {
		names = append(names, f)
	}
	for f := range c.compiler.lists {
		names = append(names, f)
	}
	slices.Sort(names)
	return likely(name, names)
}

// refOf is the field that a node reads, if it reads one.
func refOf(n ast.Node) (Ref, bool) {
	if chain, ok := n.(*ast.ChainNode); ok {
		n = chain.Node
	}
	m, ok := n.(*ast.MemberNode)
	if !ok {
		return Ref{}, false
	}
	base, ok := m.Node.(*ast.IdentifierNode)
	if !ok || !isScope(base.Value) {
		return Ref{}, false
	}
	name, ok := m.Property.(*ast.StringNode)
	if !ok || name.Value == "" {
		return Ref{}, false
	}
	return Ref{Scope(base.Value), name.Value}, true
}

// field notes that a field is read, and says what is amiss with it, once a rule set.
func (c *checker) field(n *ast.MemberNode, ref Ref) {
	_, known := c.compiler.refIDs[ref]
	c.compiler.reference(ref)
	if known || c.compiler.options.Field == nil {
		return
	}
	if amiss := c.compiler.options.Field(ref); amiss != "" {
		c.warn(n.Node.Location().From, "%s", amiss)
	}
}

// member is a field of a scope, whose name must be known before any lead is, or a part of a
// value.
func (c *checker) member(n *ast.MemberNode) static {
	customFields(n)
	if ref, ok := refOf(n); ok {
		if len(ref.Name) > maxNameLen {
			return c.refuse(n.Property, "the name of the field is too long")
		}
		c.field(n, ref)
		return unknown
	}
	if base, ok := n.Node.(*ast.IdentifierNode); ok && isScope(base.Value) {
		return c.refuse(n.Property, `the field of %s must be written out, as in %s.country or %s["First Name"]`, base.Value, base.Value, base.Value)
	}
	base := c.check(n.Node)
	property := c.check(n.Property)
	switch {
	case base == isText || base == isNumber || base == isBool:
		return c.hopeless(n, "%s has no parts that a dot or brackets could name", base)
	case base.shape() == isDate:
		return c.hopeless(n, `a date has no parts that a dot or brackets could name; formatDate(%s, "YYYY") is its year`, spelt(n.Node, "…"))
	case base.shape() == isList && property == isText:
		return c.hopeless(n.Property, "an element of a list is named by its number, counted from 0")
	}
	c.column(n)
	if of := c.rowsOf(n); len(of.tables) > 0 && !of.list {
		return rowOrNil
	}
	return unknown
}

// pattern compiles a literal regular expression.
func (c *checker) pattern(n ast.Node) {
	s, ok := n.(*ast.StringNode)
	if !ok {
		return
	}
	if _, ok := c.compiler.patterns[s.Value]; ok {
		return
	}
	p, err := compilePattern(s.Value)
	if err != nil {
		c.refuse(n, "%v", err)
		return
	}
	c.compiler.patterns[s.Value] = p
}

// declare checks a let. A name that hides another one would be read as that by half of the
// readers, so it is refused.
func (c *checker) declare(n *ast.VariableDeclaratorNode) static {
	v := c.check(n.Value)
	_, taken := c.variable(n.Name)
	switch {
	case strings.ContainsRune(n.Name, '$'):
		return c.refuse(n, "a variable's name may have no $")
	case isScope(n.Name) || c.compiler.functions[n.Name] != nil || slices.Contains(builtin.Names, n.Name):
		return c.refuse(n, "%s is taken; choose another name", n.Name)
	case taken:
		return c.refuse(n, "there is a variable %s already", n.Name)
	}
	c.variables = append(c.variables, variable{name: n.Name, kind: v, wordy: c.wordy(n.Value), arrives: c.arrives(n.Value), rows: c.rowsOf(n.Value)})
	t := c.check(n.Expr)
	c.variables = c.variables[:len(c.variables)-1]
	return t
}

// call checks a call of a function of the table: how many arguments, and those that must be
// written out.
func (c *checker) call(n *ast.CallNode) static {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		return c.refuse(n, "%s", c.method(n))
	}
	f := c.compiler.functions[callee.Value]
	if f == nil {
		if write := c.compiler.callOf(callee.Value); write != "" {
			return c.refuse(n, "there is no function %s; %s", callee.Value, write)
		}
		return c.refuse(n, "there is no function %s%s", callee.Value, c.closest(callee.Value))
	}
	least, most := f.arity()
	if got := len(n.Arguments); got < least || most >= 0 && got > most {
		return c.refuse(n, "%s does not take %d arguments; it is %s", f.name, got, f.signature)
	}
	for i, arg := range n.Arguments {
		t := c.check(arg)
		if f.argument(i) == "country" {
			c.country(arg, f)
		}
		switch kind := f.argument(i); {
		case kind == "table":
			keys := 1 // a day
			if f.group == "table" {
				keys = len(n.Arguments) - 1
			}
			c.table(n, arg, f, keys)
		case kind == "pattern":
			c.pattern(arg)
		case kind != "any" && t == isMap:
			c.hopeless(arg, "%s does not take a mapping; it is %s", f.name, f.signature)
		case kind != "any" && t == rowOrNil:
			c.hopeless(arg, "%s does not take a row of a table; name a column of it", f.name)
		case t.shape() == isDate && (kind == "number" || kind == "whole" || kind == "list"):
			c.hopeless(arg, "%s does not take a date; it is %s", f.name, f.signature)
		}
	}
	c.tryCall(n, f)
	if of := c.rowsOf(n); len(of.tables) > 0 && !of.list {
		return rowOrNil
	}
	return f.result
}

// method says what to write for a function that is called on a value with a dot.
func (c *checker) method(n *ast.CallNode) string {
	m, ok := n.Callee.(*ast.MemberNode)
	if !ok {
		return "what is called here is no function; see the list of functions"
	}
	message := "values have no functions of their own"
	if name, ok := m.Property.(*ast.StringNode); ok {
		args := make([]string, len(n.Arguments))
		for i, arg := range n.Arguments {
			args[i] = spelt(arg, "…")
		}
		if write := c.compiler.methodOf(name.Value, spelt(m.Node, "…"), args); write != "" {
			return message + "; " + write
		}
	}
	return message + "; see the list of functions"
}

// maxLoops is how many list functions may stand in each other's predicates.
const maxLoops = 2

// builtin checks the functions of expr that take a predicate; they are the only
// ones of expr's own that rules have.
func (c *checker) builtin(n *ast.BuiltinNode) static {
	f := c.compiler.lists[n.Name]
	if f == nil {
		if write := c.compiler.callOf(n.Name); write != "" {
			return c.refuse(n, "there is no function %s in rules; %s", n.Name, write)
		}
		return c.refuse(n, "there is no function %s in rules", n.Name)
	}
	// Three levels over lists of a thousand are a billion rounds.
	if len(c.loops) >= maxLoops {
		return c.refuse(n, "a predicate within a predicate within a predicate is too much")
	}
	elements := c.check(n.Arguments[0])
	if t := elements.shape(); t != unknown && t != isList && t != isNothing {
		return c.hopeless(n.Arguments[0], "%s needs a list, and this is %s", n.Name, t)
	}
	texts := elements == isTexts
	of := c.rowsOf(n.Arguments[0])
	if !of.list {
		of = rows{}
	}
	c.loops = append(c.loops, surrounding{n.Name, texts, of.tables})
	for _, arg := range n.Arguments[1:] {
		body, ok := arg.(*ast.PredicateNode)
		switch {
		case !ok:
			return c.refuse(arg, "%s needs a predicate here", n.Name)
		case f.yields:
			texts = c.check(body.Node) == isText
		default:
			c.condition(body.Node)
		}
	}
	c.loops = c.loops[:len(c.loops)-1]
	if f.result == isList && texts {
		return isTexts
	}
	return f.result
}
