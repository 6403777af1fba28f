package rules

import (
	"fmt"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// What the checker says of dates, and how it spells a tree in what it says.

// besideDate checks what a date is compared with by order. What is surely no date is
// refused; of a field it is said that its leads fail.
func (c *checker) besideDate(n *ast.BinaryNode, side ast.Node, t static) {
	switch {
	case t == isText || t == isNumber:
		c.hopelessAt(begin(side), "%s is not compared with a date by %s; write %s", t, n.Operator, asDate(side))
	case t == unknown && c.arrives(side):
		c.warn(begin(side), "%s is no date but the text of one, and every lead that has it fails here; write %s", spelt(side, "this"), asDate(side))
	}
}

// begin is the character with which a tree begins; its own place may be that of a dot or an
// operator.
func begin(n ast.Node) int {
	switch n := n.(type) {
	case *ast.MemberNode:
		return begin(n.Node)
	case *ast.ChainNode:
		return begin(n.Node)
	case *ast.BinaryNode:
		return begin(n.Left)
	case *ast.ConditionalNode:
		return begin(n.Cond)
	}
	return n.Location().From
}

// asDate is a tree as it is written to be read as a date.
func asDate(n ast.Node) string { return "date(" + spelt(n, "…") + ")" }

// spelt is a tree as an expression writes it; one that is long is something else.
func spelt(n ast.Node, otherwise string) string {
	if s := n.String(); len(s) <= 60 {
		return s
	}
	return otherwise
}

// noArithmetic says what to write where somebody calculates with dates.
func noArithmetic(n *ast.BinaryNode, l, r static) string {
	left, right := spelt(n.Left, "…"), spelt(n.Right, "…")
	switch {
	case n.Operator == "-" && l.shape() == isDate && r == isNumber:
		return "there is no " + n.Operator + " for dates; write addDays(" + left + ", -" + right + ")"
	case n.Operator == "-":
		return "there is no " + n.Operator + " for dates; the days between them are daysBetween(" + right + ", " + left + "), and addDays(date, -7) is a week before"
	case n.Operator == "+" && l.shape() == isDate && r.shape() != isDate:
		return "there is no + for dates; write addDays(" + left + ", " + right + ") for days, or formatDate(" + left + ") + … for a text"
	case n.Operator == "+" && l.shape() != isDate:
		return "there is no + for dates; write addDays(" + right + ", " + left + ") for days, or … + formatDate(" + right + ") for a text"
	}
	return "there is no " + n.Operator + " for dates; see addDays and daysBetween"
}

// dateBeside says how a date is compared for equality: with another one, or, where somebody
// asks for the empty text, with nil.
func dateBeside(date, other ast.Node, operator string) string {
	if s, ok := other.(*ast.StringNode); ok && strings.TrimSpace(s.Value) == "" {
		return fmt.Sprintf("; what is no date is nil: %s %s nil", spelt(date, "date(lead.x)"), operator)
	}
	return "; write " + asDate(other)
}
