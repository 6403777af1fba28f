package rules

import (
	"github.com/expr-lang/expr/ast"
)

// static is what is known of an expression's value before it runs.
type static uint8

const (
	// The order matters: types behind isNothing are known ones of values that are there,
	// or, of dates and rows, of values that are nil where they are not there.
	unknown static = iota
	isNothing
	isBool
	isNumber
	isText
	isList
	isMap
	isTexts // a list of texts
	isDate
	dateOrNil // what is read as a date, and may be none
	rowOrNil  // of a table
)

// shape is the type without that of elements, and of a value that is there.
func (s static) shape() static {
	switch s {
	case isTexts:
		return isList
	case dateOrNil:
		return isDate
	}
	return s
}

// String names the type in messages.
func (s static) String() string {
	return [...]string{"any value", "nil", "true or false", "a number", "a text", "a list", "a mapping", "a list", "a date", "a date", "a row of a table"}[s]
}

// compound says that a value is neither a number nor a text nor a date.
func compound(t static) bool {
	s := t.shape()
	return s == isBool || s == isList || s == isMap || s == rowOrNil
}

// either is the type of a value that is one of two.
func either(a, b static) static {
	dates := func(t static) bool { return t == isDate || t == dateOrNil || t == isNothing }
	switch {
	case a == b:
		return a
	case dates(a) && dates(b):
		return dateOrNil
	}
	return unknown
}

// wordy says that a tree gives a text that is written out and is no number, or is joined
// with one. Beside it + joins.
func (c *checker) wordy(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.StringNode:
		return wordy(n.Value)
	case *ast.BinaryNode:
		return c.compiler.joins[n]
	case *ast.ConditionalNode:
		return c.wordy(n.Exp1) && c.wordy(n.Exp2)
	case *ast.IdentifierNode:
		v, ok := c.variable(n.Value)
		return ok && v.wordy
	}
	return false
}

// arrives says that a tree gives what a field, a cell or a text written out holds, as it
// is: a text or a number, and never a date.
func (c *checker) arrives(n ast.Node) bool {
	if _, ok := refOf(n); ok {
		return true
	}
	switch n := n.(type) {
	case *ast.StringNode:
		return true
	case *ast.ChainNode:
		return c.arrives(n.Node)
	case *ast.MemberNode:
		_, isColumn := n.Property.(*ast.StringNode)
		return isColumn && len(c.rowsOf(n.Node).tables) > 0
	case *ast.BinaryNode:
		return n.Operator == "??" && c.arrives(n.Left) && c.arrives(n.Right)
	case *ast.ConditionalNode:
		return c.arrives(n.Exp1) && c.arrives(n.Exp2)
	case *ast.IdentifierNode:
		v, ok := c.variable(n.Value)
		return ok && v.arrives
	case *ast.CallNode:
		f := c.compiler.functionOf(n)
		if f == nil || f.name != "coalesce" && f.name != "default" {
			return false
		}
		for _, arg := range n.Arguments {
			if !c.arrives(arg) {
				return false
			}
		}
		return true
	}
	return false
}
