package rules

import (
	"slices"

	"github.com/expr-lang/expr/ast"
)

// A unit is an expression, or a part of one, that is evaluated as a whole: once
// for each distinct tuple of the fields it reads.
type unit struct {
	id      int
	support []int // numbers of the fields that it reads, sorted
	kernel  kernel
	work    int       // units that one evaluation takes beside what its functions spend
	asks    int       // calls in it that ask tables
	calls   bool      // it calls functions, so that it pays to look for repetitions
	direct  direct    // of a condition on one field, perhaps
	same    *sameText // set for a field compared with a literal text
	origin  *origin
}

// sameText is FIELD == TEXT, or FIELD != TEXT.
type sameText struct {
	text    string
	negated bool
}

// sameTextOf reads a comparison either way round; nil if it is another one.
func sameTextOf(n ast.Node) *sameText {
	b, ok := n.(*ast.BinaryNode)
	if !ok || b.Operator != "==" && b.Operator != "!=" {
		return nil
	}
	field, literal := b.Left, b.Right
	if _, ok := literal.(*ast.StringNode); !ok {
		field, literal = literal, field
	}
	s, ok := literal.(*ast.StringNode)
	if _, isField := refOf(field); !ok || !isField {
		return nil
	}
	return &sameText{s.Value, b.Operator == "!="}
}

// unit makes a unit of a tree.
func (c *compiler) unit(n ast.Node, o *origin, condition bool) *unit {
	u := &unit{id: c.units, support: c.support(n), origin: o, work: nodeWork * size(n), asks: c.asks(n)}
	c.units++
	if condition {
		u.same = sameTextOf(n)
		if len(u.support) == 1 {
			u.direct = c.direct(n)
		}
		u.kernel = c.boolKernel(n)
	} else {
		u.kernel = c.kernel(n)
	}
	ast.Walk(&n, visitor(func(n ast.Node) {
		switch n := n.(type) {
		case *ast.CallNode, *ast.BuiltinNode:
			u.calls = true
		case *ast.BinaryNode:
			u.calls = u.calls || n.Operator == "matches"
		}
	}))
	return u
}

// support is the fields that a tree reads.
func (c *compiler) support(n ast.Node) []int {
	if ids, ok := c.supports[n]; ok {
		return ids
	}
	ids := c.findSupport(n)
	c.supports[n] = ids
	return ids
}

// findSupport collects the fields that a tree reads, as sorted numbers. It is asked once for
// each tree: the answers are kept.
func (c *compiler) findSupport(n ast.Node) []int {
	var ids []int
	if b, ok := n.(*ast.BinaryNode); ok && (b.Operator == "&&" || b.Operator == "||" || b.Operator == "and" || b.Operator == "or") {
		// A chain of them is taken apart step by step, and would be walked as often.
		ids = append(ids, c.support(b.Left)...)
		ids = append(ids, c.support(b.Right)...)
		slices.Sort(ids)
		return slices.Compact(ids)
	}
	add := func(ref Ref) {
		if id := c.reference(ref); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	ast.Walk(&n, visitor(func(n ast.Node) {
		if ref, ok := refOf(n); ok {
			add(ref)
		} else if b, ok := n.(*ast.BinaryNode); ok && (isRow(b.Left) || isRow(b.Right)) {
			add(Ref{Scope: ScopeRow})
		}
	}))
	slices.Sort(ids)
	return ids
}

type visitor func(ast.Node)

// Visit calls the function.
func (v visitor) Visit(n *ast.Node) { v(*n) }

// A condPlan is how a condition is evaluated over a batch. It is one of the
// types below.
type condPlan interface {
	test(r *runner, rows []int32, results []verdict)
}

type (
	// testUnit is a condition that is one unit.
	testUnit struct{ unit *unit }
	// testBoth is and (stop no) or or (stop yes).
	testBoth struct {
		left, right condPlan
		stop        verdict
	}
	testNot    struct{ plan condPlan }
	testEither struct{ cond, yes, no condPlan }
)

// A verdict is the outcome of a condition for a lead.
type verdict uint8

const (
	pending verdict = iota // not known yet
	no
	yes
	failed
	waits // for an answer of a table; never when a unit is done
)

// splits says that a tree is worth taking apart: its parts may read different
// fields.
func (c *compiler) splits(n ast.Node) bool { return len(c.support(n)) > 1 }

// condPlan takes a condition apart as long as its parts read different fields. One that reads
// a single field is best evaluated whole, once for each distinct value.
func (c *compiler) condPlan(n ast.Node, o *origin) condPlan {
	if c.splits(n) {
		switch n := n.(type) {
		case *ast.BinaryNode:
			switch n.Operator {
			case "&&", "and":
				return &testBoth{c.condPlan(n.Left, o), c.condPlan(n.Right, o), no}
			case "||", "or":
				return &testBoth{c.condPlan(n.Left, o), c.condPlan(n.Right, o), yes}
			}
		case *ast.UnaryNode:
			if n.Operator == "!" || n.Operator == "not" {
				return &testNot{c.condPlan(n.Node, o)}
			}
		case *ast.ConditionalNode:
			if c.types[n] == isBool {
				return &testEither{c.condPlan(n.Cond, o), c.condPlan(n.Exp1, o), c.condPlan(n.Exp2, o)}
			}
		}
	}
	return &testUnit{c.unit(n, o, true)}
}

// A valuePlan is how the value of a target is evaluated over a batch. It is one
// of the types below. assign returns the rows whose value is nil.
type valuePlan interface {
	assign(r *runner, rows []int32, out *Output) (nils []int32)
}

type (
	assignUnit   struct{ unit *unit }
	assignEither struct {
		cond    condPlan
		yes, no valuePlan
	}
	assignFirst struct{ left, right valuePlan } // ??
)

// valuePlan takes a value apart where its condition can be decided without it.
func (c *compiler) valuePlan(n ast.Node, o *origin) valuePlan {
	either, ok := n.(*ast.ConditionalNode)
	if c.splits(n) || ok && c.direct(either.Cond) != nil {
		switch n := n.(type) {
		case *ast.ConditionalNode:
			return &assignEither{c.condPlan(n.Cond, o), c.valuePlan(n.Exp1, o), c.valuePlan(n.Exp2, o)}
		case *ast.BinaryNode:
			if n.Operator == "??" {
				return &assignFirst{c.valuePlan(n.Left, o), c.valuePlan(n.Right, o)}
			}
		}
	}
	return &assignUnit{c.unit(n, o, false)}
}
