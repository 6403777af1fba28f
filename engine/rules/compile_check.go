package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"

	"tablestep/tables/typos"
)

// static is what is known of an expression's value before it runs.
type static uint8

const (
	// The order matters: types behind isNothing are known ones of values that are there.
	unknown static = iota
	isNothing
	isBool
	isNumber
	isText
	isList
	isMap
	isTexts // a list of texts
)

// shape is the type without that of elements.
func (s static) shape() static {
	if s == isTexts {
		return isList
	}
	return s
}

// String names the type in messages.
func (s static) String() string {
	return [...]string{"any value", "nil", "true or false", "a number", "a text", "a list", "a mapping", "a list"}[s]
}

// maxTree is the most nodes on the way from an expression's root to a leaf. A
// chain of operators of one kind is as deep as it is long.
const maxTree = 600

// A checker reads the tree of one expression: it refuses what is not part of the
// language, collects the fields and tables that are read, and finds mistakes that
// can be seen without running.
type checker struct {
	compiler  *compiler
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
	texts bool // its elements are texts
}

// A variable is a name that let gave to a value.
type variable struct {
	name string
	kind static
}

// variable finds a name among those of let.
func (c *checker) variable(name string) (static, bool) {
	for _, v := range c.variables {
		if v.name == name {
			return v.kind, true
		}
	}
	return unknown, false
}

// refuse reports the first problem of the expression; those behind it mostly
// follow from it.
func (c *checker) refuse(n ast.Node, format string, args ...any) static {
	if !c.failed {
		c.report(n.Location().From, format, args...)
	}
	c.failed = true
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
		a, b := c.check(n.Exp1), c.check(n.Exp2)
		if a == b {
			return a
		}
		return unknown
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
	if t, ok := c.variable(n.Value); ok {
		return t
	}
	switch {
	case isScope(n.Value) && n.Value != string(ScopeRow):
		return c.refuse(n, "%s is no value by itself; name a field, as in %s.country", n.Value, n.Value)
	case n.Value == string(ScopeRow):
		return c.refuse(n, "the row can only be compared with nil; name a column, as in row.owner")
	case c.compiler.functions[n.Value] != nil:
		return c.refuse(n, "%s is a function; write %s", n.Value, c.compiler.functions[n.Value].signature)
	}
	return c.refuse(n, "there is no %s; a lead's field is lead.%s, and a text stands in quotes%s", n.Value, n.Value, c.closest(n.Value))
}

// closest suggests a name for one that does not exist.
func (c *checker) closest(name string) string {
	// Up to two typing errors, and fewer than the candidate has characters.
	best, least := "", 3
	names := scopeNames()
	for f := range c.compiler.functions {
		names = append(names, f)
	}
	slices.Sort(names)
	var count typos.Counter
	for _, candidate := range names {
		if d, ok := count.Distance([]rune(strings.ToLower(name)), []rune(strings.ToLower(candidate)), least-1); ok && d < len(candidate) {
			best, least = candidate, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %s?)", best)
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
	if base == isText || base == isNumber || base == isBool {
		return c.refuse(n, "%s has no parts that a dot or brackets could name", base)
	}
	if base.shape() == isList && property == isText {
		return c.refuse(n.Property, "an element of a list is named by its number, counted from 0")
	}
	c.column(n)
	return unknown
}

// column checks the column that is read of a looked-up row.
func (c *checker) column(n *ast.MemberNode) {
	call, ok := n.Node.(*ast.CallNode)
	name, isName := n.Property.(*ast.StringNode)
	if !ok || !isName || len(call.Arguments) == 0 {
		return
	}
	callee, ok := call.Callee.(*ast.IdentifierNode)
	table, isTable := call.Arguments[0].(*ast.StringNode)
	if !ok || !isTable || callee.Value != "lookup" || c.compiler.options.Tables == nil {
		return
	}
	columns, ok := c.compiler.options.Tables(table.Value)
	if ok && columns != nil && !slices.Contains(columns, name.Value) {
		c.refuse(n.Property, "table %q has no column %q; it has %s", table.Value, name.Value, strings.Join(columns, ", "))
	}
}

// condition checks what must be true or false.
func (c *checker) condition(n ast.Node) {
	if t := c.check(n); t != unknown && t != isBool && t != isNothing {
		c.refuse(n, "a condition must be true or false, and this is %s", t)
	}
}

// number checks an operand of arithmetic.
func (c *checker) number(n ast.Node, op string, t static) {
	c.refuseIf(compound(t), n, "%s cannot be used with %s", t, op)
	if s, ok := n.(*ast.StringNode); ok {
		if _, ok := readNumber(s.Value); !ok {
			c.refuse(n, "%s cannot be used with a text that is no number", op)
		}
	}
}

// unary is not, plus or minus.
func (c *checker) unary(n *ast.UnaryNode) static {
	switch n.Operator {
	case "!", "not":
		c.condition(n.Node)
		return isBool
	}
	t := c.check(n.Node)
	c.number(n.Node, n.Operator, t)
	if t == isNumber {
		return isNumber
	}
	return unknown
}

// isRow says that a node is the row itself.
func isRow(n ast.Node) bool {
	id, ok := n.(*ast.IdentifierNode)
	return ok && id.Value == string(ScopeRow)
}

// binary checks both sides by what the table of operators says of them. What is only known
// with the lead's values is left to the operator itself.
func (c *checker) binary(n *ast.BinaryNode) static {
	op := c.compiler.operations[n.Operator]
	switch {
	case op == nil:
		return c.refuse(n, "the operator %s is not available", n.Operator)
	case op.sides == sidesCondition:
		c.condition(n.Left)
		c.condition(n.Right)
		return op.result(isBool, isBool)
	case op.sides == sidesEqual:
		return c.equality(n)
	}
	l, r := c.check(n.Left), c.check(n.Right)
	switch op.sides {
	case sidesOrder:
		c.refuseIf(compound(l), n.Left, "%s cannot be used with %s", l, n.Operator)
		c.refuseIf(compound(r), n.Right, "%s cannot be used with %s", r, n.Operator)
		if l == isNumber {
			c.number(n.Right, n.Operator, r)
		}
		if r == isNumber {
			c.number(n.Left, n.Operator, l)
		}
	case sidesSum:
		if l == isText && r == isNumber || l == isNumber && r == isText {
			return c.refuse(n, "a text and a number cannot be added: use string(x) to join texts, or number(x) to calculate")
		}
		c.refuseIf(compound(l), n, "%s cannot be added", l)
		c.refuseIf(compound(r), n, "%s cannot be added", r)
	case sidesNumber:
		c.number(n.Left, n.Operator, l)
		c.number(n.Right, n.Operator, r)
	case sidesMember:
		switch r {
		case isText:
			return c.refuse(n.Right, "in needs a list, as in lead.country in [\"US\", \"CA\"]; use contains for texts")
		case isNumber, isBool:
			return c.refuse(n.Right, "in needs a list, and this is %s", r)
		}
		c.comparison(n, n.Left, n.Right)
	case sidesText:
		c.refuseIf(compound(l), n.Left, "%s needs texts, and this is %s", n.Operator, l)
		c.refuseIf(compound(r), n.Right, "%s needs texts, and this is %s", n.Operator, r)
	case sidesPattern:
		c.pattern(n.Right)
	}
	return op.result(l, r)
}

// compound says that a value is neither a number nor a text nor a date.
func compound(t static) bool {
	s := t.shape()
	return s == isBool || s == isList || s == isMap
}

func (c *checker) refuseIf(wrong bool, n ast.Node, format string, args ...any) {
	if wrong {
		c.refuse(n, format, args...)
	}
}

// equality checks == and !=. The row itself may be compared with nil.
func (c *checker) equality(n *ast.BinaryNode) static {
	_, nilLeft := n.Left.(*ast.NilNode)
	_, nilRight := n.Right.(*ast.NilNode)
	if isRow(n.Left) && nilRight || isRow(n.Right) && nilLeft {
		c.compiler.reference(Ref{Scope: ScopeRow})
		return isBool
	}
	l, r := c.check(n.Left), c.check(n.Right)
	if l == isText && r == isNumber || l == isNumber && r == isText {
		return c.refuse(n, "a text is never equal to a number; use number(x)")
	}
	if l, r := l.shape(), r.shape(); l != r && l > isNothing && r > isNothing {
		return c.refuse(n, "%s is never equal to %s", l, r)
	}
	c.comparison(n, n.Left, n.Right)
	c.comparison(n, n.Right, n.Left)
	return isBool
}

// comparison warns of a field compared with a number for equality: fields mostly
// arrive as texts, and a text is never equal to a number.
func (c *checker) comparison(n, side, other ast.Node) {
	ref, ok := refOf(side)
	if !ok {
		return
	}
	numbers := isNumberNode(other)
	if l, ok := other.(*ast.ArrayNode); ok {
		numbers = slices.ContainsFunc(l.Nodes, isNumberNode)
	}
	if numbers {
		c.warn(n.Location().From, "%s may arrive as a text, and a text is never equal to a number; write number(%s)", ref, ref)
	}
}

// isNumberNode says that a number is written out.
func isNumberNode(n ast.Node) bool {
	switch n.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
		return true
	}
	return false
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
	c.variables = append(c.variables, variable{n.Name, v})
	t := c.check(n.Expr)
	c.variables = c.variables[:len(c.variables)-1]
	return t
}

// call checks a call of a function of the table: how many arguments, and those that must be
// written out.
func (c *checker) call(n *ast.CallNode) static {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		return c.refuse(n, "values have no functions of their own; see the list of functions")
	}
	f := c.compiler.functions[callee.Value]
	if f == nil {
		return c.refuse(n, "there is no function %s%s", callee.Value, c.closest(callee.Value))
	}
	least, most := f.arity()
	if got := len(n.Arguments); got < least || most >= 0 && got > most {
		return c.refuse(n, "%s does not take %d arguments; it is %s", f.name, got, f.signature)
	}
	for i, arg := range n.Arguments {
		t := c.check(arg)
		switch kind := f.argument(i); {
		case kind == "table":
			c.table(arg, f)
		case kind == "pattern":
			c.pattern(arg)
		case kind != "any" && t == isMap:
			c.refuse(arg, "%s does not take a mapping; it is %s", f.name, f.signature)
		}
	}
	return f.result
}

// table checks the table that a function looks up.
func (c *checker) table(n ast.Node, f *function) {
	s, ok := n.(*ast.StringNode)
	if !ok || s.Value == "" {
		c.refuse(n, "the table's name must be written out in quotes, as in %s(\"territories\", lead.state)", f.name)
		return
	}
	if c.compiler.options.Tables != nil {
		if _, ok := c.compiler.options.Tables(s.Value); !ok {
			c.refuse(n, "there is no table %q", s.Value)
			return
		}
	}
	c.compiler.tables[s.Value] = true
}

// builtin checks the functions of expr that take a predicate; they are the only
// ones of expr's own that rules have.
func (c *checker) builtin(n *ast.BuiltinNode) static {
	f := c.compiler.lists[n.Name]
	if f == nil {
		return c.refuse(n, "there is no function %s in rules", n.Name)
	}
	// Three levels over lists of a thousand are a billion rounds.
	if len(c.loops) >= 2 {
		return c.refuse(n, "a predicate within a predicate within a predicate is too much")
	}
	elements := c.check(n.Arguments[0])
	if t := elements.shape(); t != unknown && t != isList && t != isNothing {
		return c.refuse(n.Arguments[0], "%s needs a list, and this is %s", n.Name, t)
	}
	texts := elements == isTexts
	c.loops = append(c.loops, surrounding{n.Name, texts})
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
