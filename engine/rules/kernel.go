package rules

import (
	"fmt"

	"github.com/expr-lang/expr/ast"
)

// A kernel evaluates an expression for the fields that the machine holds. It is
// made of the same operators and functions that expr's VM is given, so both
// agree.
type kernel func(m *machine) (value, error)

// An evalError is an error with the place in the expression where it happened.
type evalError struct {
	at  int // character of the expression
	err error
}

func (e *evalError) Error() string { return e.err.Error() }
func (e *evalError) Unwrap() error { return e.err }

func (c *compiler) operator(op string) operator {
	switch op {
	case "<":
		return less
	case "<=":
		return lessOrEqual
	case ">":
		return more
	case ">=":
		return moreOrEqual
	case "+":
		return add
	case "-":
		return subtract
	case "*":
		return multiply
	case "/":
		return divide
	case "%":
		return modulo
	case "**", "^":
		return power
	case "contains":
		return contains
	case "startsWith":
		return startsWith
	case "endsWith":
		return endsWith
	case "matches":
		return matches
	case "in":
		return within
	case "..":
		return spread
	case "==":
		return func(_ *machine, a, b value) (value, error) { return boolean(equal(a, b)), nil }
	case "!=":
		return func(_ *machine, a, b value) (value, error) { return boolean(!equal(a, b)), nil }
	}
	return nil
}

// kernel makes a kernel of a tree, or nil if the tree has something that only
// expr's VM can do: mappings that are not literals, and searches from the end of a
// list.
func (c *compiler) kernel(n ast.Node) kernel {
	if ref, ok := refOf(n); ok {
		id := c.reference(ref)
		return func(m *machine) (value, error) { return m.field(id), nil }
	}
	if v, ok := constant(n); ok {
		return func(*machine) (value, error) { return v, nil }
	}
	switch n := n.(type) {
	case *ast.IdentifierNode:
		if isRow(n) {
			id := c.reference(Ref{Scope: ScopeRow})
			return func(m *machine) (value, error) { return m.field(id), nil }
		}
		return c.slotKernel(n.Value)
	case *ast.PointerNode:
		return c.slotKernel(elementName + n.Name)
	case *ast.VariableDeclaratorNode:
		return c.letKernel(n)
	case *ast.BuiltinNode:
		return c.loopKernel(n)
	case *ast.ChainNode:
		return c.kernel(n.Node)
	case *ast.MemberNode:
		return c.binaryKernel(part, n.Node, n.Property, n.Location().From)
	case *ast.UnaryNode:
		return c.unaryKernel(n)
	case *ast.BinaryNode:
		switch n.Operator {
		case "&&", "and":
			return c.shortKernel(n, false)
		case "||", "or":
			return c.shortKernel(n, true)
		case "??":
			return c.coalesceKernel(n)
		case "in":
			if k := c.memberKernel(n); k != nil {
				return k
			}
		}
		if k := c.literalKernel(n); k != nil {
			return k
		}
		if op := c.operator(n.Operator); op != nil {
			return c.binaryKernel(op, n.Left, n.Right, n.Location().From)
		}
	case *ast.ConditionalNode:
		return c.conditionalKernel(n)
	case *ast.CallNode:
		return c.callKernel(n)
	case *ast.ArrayNode:
		return c.listKernel(n)
	}
	return nil
}

// constant is the value of a literal, or of a list of literals.
func constant(n ast.Node) (value, bool) {
	switch n := n.(type) {
	case *ast.NilNode:
		return value{}, true
	case *ast.BoolNode:
		return boolean(n.Value), true
	case *ast.IntegerNode:
		return integer(n.Value), true
	case *ast.FloatNode:
		return float(n.Value), true
	case *ast.StringNode:
		return text(n.Value), true
	case *ast.UnaryNode:
		if v, ok := constant(n.Node); ok && n.Operator == "-" && v.isNumber() {
			v, _ = negate(nil, v)
			return v, true
		}
	case *ast.ArrayNode:
		l := make([]any, len(n.Nodes))
		for i, e := range n.Nodes {
			v, ok := constant(e)
			if !ok || v.kind == kindOther {
				return value{}, false
			}
			l[i] = toAny(v)
		}
		return list(l), true
	case *ast.MapNode:
		entries := make(map[string]any, len(n.Pairs))
		for _, p := range n.Pairs {
			pair, ok := p.(*ast.PairNode)
			if !ok {
				return value{}, false
			}
			key, ok := pair.Key.(*ast.StringNode)
			v, isConstant := constant(pair.Value)
			if !ok || !isConstant || v.kind == kindOther {
				return value{}, false
			}
			entries[key.Value] = toAny(v)
		}
		return value{kind: kindOther, other: entries}, true
	}
	return value{}, false
}

func (c *compiler) binaryKernel(op operator, left, right ast.Node, at int) kernel {
	l, r := c.kernel(left), c.kernel(right)
	if l == nil || r == nil {
		return nil
	}
	return func(m *machine) (value, error) {
		a, err := l(m)
		if err != nil {
			return value{}, err
		}
		b, err := r(m)
		if err != nil {
			return value{}, err
		}
		v, err := op(m, a, b)
		if err != nil {
			return value{}, &evalError{at, err}
		}
		return v, nil
	}
}

// memberKernel is the operator in with a literal list of texts on its right: a
// set, once the list is long.
func (c *compiler) memberKernel(n *ast.BinaryNode) kernel {
	v, ok := constant(n.Right)
	l, isList := v.other.([]any)
	if !ok || !isList || len(l) < 8 {
		return nil
	}
	set := make(map[string]struct{}, len(l))
	for i := range l {
		s, ok := l[i].(string)
		if !ok {
			return nil
		}
		set[s] = struct{}{}
	}
	k := c.kernel(n.Left)
	if k == nil {
		return nil
	}
	effort, at := 1+len(l)/8, n.Location().From
	return func(m *machine) (value, error) {
		a, err := k(m)
		if err != nil {
			return value{}, err
		}
		if err := m.spend(effort); err != nil { // what within would spend
			return value{}, &evalError{at, err}
		}
		if a.kind != kindText {
			return boolean(false), nil
		}
		_, ok := set[a.text]
		return boolean(ok), nil
	}
}

// boolKernel is a kernel whose result is read as a condition. The place of an
// error is that of the node.
func (c *compiler) boolKernel(n ast.Node) kernel {
	k := c.kernel(n)
	if k == nil || staticOf(c, n) == isBool {
		return k
	}
	at := n.Location().From
	return func(m *machine) (value, error) {
		v, err := k(m)
		if err != nil || v.kind == kindBool {
			return v, err
		}
		if v, err = condition(m, v); err != nil {
			return value{}, &evalError{at, err}
		}
		return v, nil
	}
}

func (c *compiler) unaryKernel(n *ast.UnaryNode) kernel {
	at := n.Location().From
	f := negate
	switch n.Operator {
	case "!", "not":
		k := c.boolKernel(n.Node)
		if k == nil {
			return nil
		}
		return func(m *machine) (value, error) {
			v, err := k(m)
			if err != nil {
				return value{}, err
			}
			return boolean(!v.bool()), nil
		}
	case "+":
		f = plus
	}
	k := c.kernel(n.Node)
	if k == nil {
		return nil
	}
	return func(m *machine) (value, error) {
		v, err := k(m)
		if err != nil {
			return value{}, err
		}
		if v, err = f(m, v); err != nil {
			return value{}, &evalError{at, err}
		}
		return v, nil
	}
}

// shortKernel is and (stop at false) or or (stop at true).
func (c *compiler) shortKernel(n *ast.BinaryNode, stop bool) kernel {
	l, r := c.boolKernel(n.Left), c.boolKernel(n.Right)
	if l == nil || r == nil {
		return nil
	}
	return func(m *machine) (value, error) {
		v, err := l(m)
		if err != nil || v.bool() == stop {
			return v, err
		}
		return r(m)
	}
}

func (c *compiler) coalesceKernel(n *ast.BinaryNode) kernel {
	l, r := c.kernel(n.Left), c.kernel(n.Right)
	if l == nil || r == nil {
		return nil
	}
	return func(m *machine) (value, error) {
		v, err := l(m)
		if err != nil || !v.isNil() {
			return v, err
		}
		return r(m)
	}
}

func (c *compiler) conditionalKernel(n *ast.ConditionalNode) kernel {
	cond, a, b := c.boolKernel(n.Cond), c.kernel(n.Exp1), c.kernel(n.Exp2)
	if cond == nil || a == nil || b == nil {
		return nil
	}
	return func(m *machine) (value, error) {
		v, err := cond(m)
		if err != nil {
			return value{}, err
		}
		if v.bool() {
			return a(m)
		}
		return b(m)
	}
}

func (c *compiler) callKernel(n *ast.CallNode) kernel {
	k := c.plainCall(n)
	if k == nil || c.calls[n.String()] < 2 || !closed(n) {
		return k
	}
	return c.derivedKernel(n, k)
}

func (c *compiler) plainCall(n *ast.CallNode) kernel {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		return nil
	}
	f := c.functions[callee.Value]
	args := make([]kernel, len(n.Arguments))
	for i, arg := range n.Arguments {
		if args[i] = c.kernel(arg); args[i] == nil {
			return nil
		}
	}
	at := n.Location().From
	if f.plain != nil {
		arg := args[0]
		return func(m *machine) (value, error) {
			v, err := arg(m)
			if err != nil {
				return value{}, err
			}
			if v, err = f.runPlain(m, v); err != nil {
				return value{}, &evalError{at, err}
			}
			return v, nil
		}
	}
	return func(m *machine) (value, error) {
		// Arguments are kept on a stack of the machine; a slice of their own would
		// be an allocation a call.
		base := len(m.args)
		for _, arg := range args {
			v, err := arg(m)
			if err != nil {
				return value{}, err
			}
			m.args = append(m.args, v)
		}
		v, err := f.run(m, m.args[base:])
		m.args = m.args[:base]
		if err != nil {
			return value{}, &evalError{at, err}
		}
		return v, nil
	}
}

func (c *compiler) listKernel(n *ast.ArrayNode) kernel {
	elements := make([]kernel, len(n.Nodes))
	for i, e := range n.Nodes {
		if elements[i] = c.kernel(e); elements[i] == nil {
			return nil
		}
	}
	return func(m *machine) (value, error) {
		l := make([]any, len(elements))
		for i, e := range elements {
			v, err := e(m)
			if err != nil {
				return value{}, err
			}
			l[i] = toAny(v)
		}
		return list(l), nil
	}
}

// staticOf is the static type of a tree that has been checked.
func staticOf(c *compiler, n ast.Node) static { return c.types[n] }

// runsInKernel says that kernel makes a kernel of a tree.
func (c *compiler) runsInKernel(n ast.Node) bool {
	if known, ok := c.kernels[n]; ok {
		return known
	}
	all := func(nodes ...ast.Node) bool {
		for _, n := range nodes {
			if !c.runsInKernel(n) {
				return false
			}
		}
		return true
	}
	var runs bool
	if _, runs = refOf(n); !runs {
		switch n := n.(type) {
		case *ast.NilNode, *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode, *ast.StringNode:
			runs = true
		case *ast.IdentifierNode, *ast.PointerNode:
			runs = true
		case *ast.VariableDeclaratorNode:
			runs = all(n.Value, n.Expr)
		case *ast.BuiltinNode:
			runs = loops(n.Name) && all(n.Arguments...)
		case *ast.PredicateNode:
			runs = all(n.Node)
		case *ast.ChainNode:
			runs = all(n.Node)
		case *ast.MemberNode:
			runs = all(n.Node, n.Property)
		case *ast.UnaryNode:
			runs = all(n.Node)
		case *ast.BinaryNode:
			runs = all(n.Left, n.Right)
		case *ast.ConditionalNode:
			runs = all(n.Cond, n.Exp1, n.Exp2)
		case *ast.CallNode:
			runs = all(n.Arguments...)
		case *ast.ArrayNode:
			runs = all(n.Nodes...)
		case *ast.MapNode:
			_, runs = constant(n)
		}
	}
	c.kernels[n] = runs
	return runs
}

// goPanic turns what was recovered into an error.
func goPanic(r any) error { return fmt.Errorf("this cannot be evaluated: %v", r) }
