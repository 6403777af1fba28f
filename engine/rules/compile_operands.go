package rules

import (
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// condition checks what must be true or false.
func (c *checker) condition(n ast.Node) { c.conditional(n, c.check(n), n.Location().From) }

// conditional is condition for a tree of a known type; at is where it is told.
func (c *checker) conditional(n ast.Node, t static, at int) {
	switch {
	case t == unknown || t == isBool || t == isNothing:
	case t.shape() == isDate:
		c.hopelessAt(at, "a condition must be true or false, and this is a date; compare it, as in %s != nil", spelt(n, "date(lead.x)"))
	case t == rowOrNil:
		c.hopelessAt(at, "a condition must be true or false, and this is a row of a table; exists(table, key) says whether there is one")
	default:
		c.hopelessAt(at, "a condition must be true or false, and this is %s", t)
	}
}

// number checks an operand of arithmetic.
func (c *checker) number(n ast.Node, op string, t static) {
	c.hopelessIf(compound(t), n, "%s cannot be used with %s", t, op)
	if s, ok := n.(*ast.StringNode); ok {
		if _, ok := readNumber(s.Value); !ok {
			c.hopeless(n, "%s cannot be used with a text that is no number", op)
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
	c.hopelessIf(t.shape() == isDate, n.Node, "a date cannot be used with %s", n.Operator)
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
		c.otherCondition(n)
		return op.result(isBool, isBool)
	case op.sides == sidesEqual:
		return c.equality(n)
	}
	l, r := c.check(n.Left), c.right(n)
	switch op.sides {
	case sidesOrder:
		c.order(n, l, r)
	case sidesSum:
		t := c.sum(n, op, l, r)
		if !c.compiler.joins[n] {
			c.tryOperation(n, op)
		}
		return t
	case sidesNumber:
		if l.shape() == isDate || r.shape() == isDate {
			return c.hopeless(n, "%s", noArithmetic(n, l, r))
		}
		c.number(n.Left, n.Operator, l)
		c.number(n.Right, n.Operator, r)
	case sidesMember:
		c.membership(n, l, r)
	case sidesText:
		c.denied(n, l)
		c.hopelessIf(compound(l), n.Left, "%s needs texts, and this is %s", n.Operator, l)
		c.hopelessIf(compound(r), n.Right, "%s needs texts, and this is %s", n.Operator, r)
	case sidesPattern:
		c.denied(n, l)
		c.pattern(n.Right)
	case sidesWhole:
		c.hopelessIf(l > isNothing && l != isNumber, n.Left, "a range goes from one whole number to another, and this is %s", l)
		c.hopelessIf(r > isNothing && r != isNumber, n.Right, "a range goes from one whole number to another, and this is %s", r)
	}
	c.byZero(n)
	c.tryOperation(n, op)
	return op.result(l, r)
}

// otherCondition checks the right side of and and or, where people leave a comparison out
// as they do in speech.
func (c *checker) otherCondition(n *ast.BinaryNode) {
	literal, ok := n.Right.(*ast.StringNode)
	before, compared := n.Left.(*ast.BinaryNode)
	if !ok || !compared || before.Operator == n.Operator || c.failed {
		c.condition(n.Right)
		return
	}
	c.check(n.Right)
	c.hopeless(n.Right, "a condition must be true or false, and this is a text; write the comparison again: %s %s %s", spelt(before.Left, "lead.x"), before.Operator, spelt(literal, "…"))
}

// right is the type of the right side. A name that hangs on a field by a dash is mostly
// the second half of the field's.
func (c *checker) right(n *ast.BinaryNode) static {
	name, ok := n.Right.(*ast.IdentifierNode)
	ref, isField := refOf(n.Left)
	if ok && isField && n.Operator == "-" && name.Location().From == n.Location().From+1 {
		if _, known := c.variable(name.Value); !known {
			whole := Ref{ref.Scope, ref.Name + "-" + name.Value}
			return c.refuse(name, "there is no %s; a name with a dash stands in brackets: %s", name.Value, whole)
		}
	}
	return c.check(n.Right)
}

// denied refuses not in front of the left side of an operator on texts: it belongs to that
// side alone, and not to the comparison, as most people read it.
func (c *checker) denied(n *ast.BinaryNode, l static) {
	u, ok := n.Left.(*ast.UnaryNode)
	if !ok || l != isBool {
		return
	}
	side := spelt(u.Node, "lead.x")
	other := side + " not " + n.Operator
	switch n.Operator {
	case "==":
		other = side + " !="
	case "!=":
		other = side + " =="
	case "<", "<=", ">", ">=":
		c.hopeless(n.Left, "%s belongs to %s alone here; write not (%s %s …)", u.Operator, side, side, n.Operator)
		return
	}
	c.hopeless(n.Left, "%s belongs to %s alone here; write not (%s %s …), or %s …", u.Operator, side, side, n.Operator, other)
}

// order checks the sides of <, <=, > and >=.
func (c *checker) order(n *ast.BinaryNode, l, r static) {
	c.denied(n, l)
	c.hopelessIf(compound(l), n.Left, "%s cannot be used with %s", l, n.Operator)
	c.hopelessIf(compound(r), n.Right, "%s cannot be used with %s", r, n.Operator)
	if l == isNumber && !compound(r) {
		c.number(n.Right, n.Operator, r)
	}
	if r == isNumber && !compound(l) {
		c.number(n.Left, n.Operator, l)
	}
	switch {
	case l.shape() == isDate && r.shape() != isDate:
		c.besideDate(n, n.Right, r)
	case r.shape() == isDate && l.shape() != isDate:
		c.besideDate(n, n.Left, l)
	}
}

// sum checks +, and decides whether it joins texts.
func (c *checker) sum(n *ast.BinaryNode, op *operation, l, r static) static {
	if c.wordy(n.Left) || c.wordy(n.Right) {
		c.compiler.joins[n] = true
		for _, side := range []struct {
			n ast.Node
			t static
		}{{n.Left, l}, {n.Right, r}} {
			c.hopelessIf(compound(side.t) && side.t != isBool, side.n, "%s cannot be joined with a text%s", side.t, wayOut(side.t))
		}
		return isText
	}
	switch {
	case l.shape() == isDate || r.shape() == isDate:
		return c.hopeless(n, "%s", noArithmetic(n, l, r))
	case compound(l) || compound(r):
		wrong := l
		if !compound(l) {
			wrong = r
		}
		return c.hopeless(n, "%s cannot be added%s", wrong, wayOut(wrong))
	}
	// string(x) is mostly written to join, and beside a number it would not.
	for _, side := range []ast.Node{n.Left, n.Right} {
		if call, ok := side.(*ast.CallNode); ok && l != r && c.compiler.functionOf(call) != nil && c.compiler.functionOf(call).name == "string" {
			c.warn(n.Location().From, `beside a number, + reads the text as a number; write string(…) on both sides, or "" + …, to join texts`)
		}
	}
	return op.result(l, r)
}

// wayOut says how a text is made of a value that is none.
func wayOut(t static) string {
	switch t.shape() {
	case isList:
		return `; join(list, ", ") makes a text of a list`
	case rowOrNil:
		return "; name a column of it"
	}
	return ""
}

// membership checks in.
func (c *checker) membership(n *ast.BinaryNode, l, r static) {
	switch r.shape() {
	case isText:
		c.hopeless(n.Right, "in needs a list, as in lead.country in [\"US\", \"CA\"]; use contains for texts")
		return
	case isNumber, isBool, isDate, rowOrNil:
		c.hopeless(n.Right, "in needs a list, and this is %s", r)
		return
	}
	if elements, ok := n.Right.(*ast.ArrayNode); ok && r == isTexts && len(elements.Nodes) > 0 {
		switch {
		case l == isBool:
			c.denied(n, l)
		case l.shape() == isDate:
			c.warn(n.Location().From, "a date is never equal to a text; write formatDate(%s) in …", spelt(n.Left, "…"))
		}
	}
	c.comparison(n, n.Left, n.Right)
}

// hopelessIf is hopeless where something is wrong.
func (c *checker) hopelessIf(wrong bool, n ast.Node, format string, args ...any) {
	if wrong {
		c.hopeless(n, format, args...)
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
	switch x, y := l.shape(), r.shape(); {
	case x == isText && y == isNumber || x == isNumber && y == isText:
		c.hopeless(n, "a text is never equal to a number; use number(x)")
	case x != y && x > isNothing && y > isNothing:
		c.denied(n, l)
		way := ""
		switch {
		case x == rowOrNil || y == rowOrNil:
			way = "; name a column of it"
		case x == isDate && y == isText:
			way = dateBeside(n.Left, n.Right, n.Operator)
		case x == isText && y == isDate:
			way = dateBeside(n.Right, n.Left, n.Operator)
		}
		c.hopeless(n, "%s is never equal to %s%s", x, y, way)
	case x == isBool && y == unknown && !c.bracketed(n):
		if u, ok := n.Left.(*ast.UnaryNode); ok && u.Operator == "not" {
			side := spelt(u.Node, "lead.x")
			c.warn(n.Left.Location().From, "not belongs to %s alone here; write not (%s %s …), or put brackets around not %s if it is meant so", side, side, n.Operator, side)
		}
	}
	c.comparison(n, n.Left, n.Right)
	c.comparison(n, n.Right, n.Left)
	return isBool
}

// comparison warns of a field compared with a number or a date for equality: fields mostly
// arrive as texts, and a text is never equal to either.
func (c *checker) comparison(n, side, other ast.Node) {
	if c.compiler.types[other].shape() == isDate && c.arrives(side) {
		if _, literal := side.(*ast.StringNode); !literal {
			c.warn(n.Location().From, "%s is no date but the text of one, and a text is never equal to a date; write %s", spelt(side, "this"), asDate(side))
		}
	}
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

// bracketed says that a bracket is closed in front of an operator, perhaps around its left
// side.
func (c *checker) bracketed(n *ast.BinaryNode) bool {
	before := []rune(c.text)
	before = before[:min(n.Location().From, len(before))]
	return strings.HasSuffix(strings.TrimSpace(string(before)), ")")
}

// isNumberNode says that a number is written out.
func isNumberNode(n ast.Node) bool {
	switch n.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
		return true
	}
	return false
}
