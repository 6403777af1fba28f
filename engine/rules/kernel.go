package rules

import (
	"fmt"
	"slices"

	"github.com/expr-lang/expr/ast"
)

// A kernel evaluates an expression for the fields that the machine holds. It is
// made of closures, one for each node of the tree.
type kernel func(m *machine) (value, error)

// An evalError is an error with the place in the expression where it happened.
type evalError struct {
	at  int // character of the expression
	err error
}

func (e *evalError) Error() string { return e.err.Error() }

// kernel makes a kernel of a tree that has been checked.
func (c *compiler) kernel(n ast.Node) kernel {
	// First what is common and needs no evaluation: a field, and a literal.
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
		return c.listFunctionKernel(n)
	case *ast.ChainNode:
		return c.kernel(n.Node)
	case *ast.MemberNode:
		return c.pairKernel(func(_ *machine, a, b value) (value, error) { return part(a, b) }, n.Node, n.Property, n.Location().From)
	case *ast.UnaryNode:
		return c.unaryKernel(n)
	case *ast.BinaryNode:
		return c.binaryKernel(n)
	case *ast.ConditionalNode:
		return c.conditionalKernel(n)
	case *ast.CallNode:
		return c.callKernel(n)
	case *ast.ArrayNode:
		return c.listKernel(n)
	case *ast.MapNode:
		return c.mapKernel(n)
	}
	// The checker has let pass what this does not know.
	panic(fmt.Sprintf("rules: no kernel for %T", n))
}

// binaryKernel is an operation: with a literal on its right by its short cuts, if it
// has any.
func (c *compiler) binaryKernel(n *ast.BinaryNode) kernel {
	op := c.operations[n.Operator]
	switch op.names[0] {
	// These look at their right side only where it matters, so they are no operations on two
	// values.
	case "and":
		return c.shortKernel(n, false)
	case "or":
		return c.shortKernel(n, true)
	case "??":
		return c.coalesceKernel(n)
	case "in":
		if k := c.memberKernel(n); k != nil {
			return k
		}
	case "+":
		if c.joins[n] {
			return c.pairKernel(join, n.Left, n.Right, n.Location().From)
		}
	}
	// Most comparisons are with a literal, of which more is known beforehand.
	if k := c.literalKernel(op, n); k != nil {
		return k
	}
	return c.pairKernel(op.on, n.Left, n.Right, n.Location().From)
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
			v, _ = negate(v)
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
		for _, p := range slices.Backward(n.Pairs) { // of equal keys the first one counts
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
		return mapping(entries), true
	}
	return value{}, false
}

// pairKernel applies an operator to what two trees give.
func (c *compiler) pairKernel(op operator, left, right ast.Node, at int) kernel {
	l, r := c.kernel(left), c.kernel(right)
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
	k, effort, at := c.kernel(n.Left), effortWithin(len(l)), n.Location().From
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
	if c.types[n] == isBool {
		return k
	}
	at := n.Location().From
	return func(m *machine) (value, error) {
		v, err := k(m)
		if err != nil || v.kind == kindBool {
			return v, err
		}
		if v, err = condition(v); err != nil {
			return value{}, &evalError{at, err}
		}
		return v, nil
	}
}

// unaryKernel is not or a sign. A plus sign leaves the value as it is, whatever it
// is; so does expr.
func (c *compiler) unaryKernel(n *ast.UnaryNode) kernel {
	at := n.Location().From
	switch n.Operator {
	case "!", "not":
		k := c.boolKernel(n.Node)
		return func(m *machine) (value, error) {
			v, err := k(m)
			if err != nil {
				return value{}, err
			}
			return boolean(!v.bool()), nil
		}
	case "+":
		return c.kernel(n.Node)
	}
	k := c.kernel(n.Node)
	return func(m *machine) (value, error) {
		v, err := k(m)
		if err != nil {
			return value{}, err
		}
		if v, err = negate(v); err != nil {
			return value{}, &evalError{at, err}
		}
		return v, nil
	}
}

// shortKernel is and (stop at false) or or (stop at true).
func (c *compiler) shortKernel(n *ast.BinaryNode, stop bool) kernel {
	l, r := c.boolKernel(n.Left), c.boolKernel(n.Right)
	return func(m *machine) (value, error) {
		v, err := l(m)
		if err != nil || v.bool() == stop {
			return v, err
		}
		return r(m)
	}
}

// coalesceKernel is ?? : the right side is evaluated for nil only.
func (c *compiler) coalesceKernel(n *ast.BinaryNode) kernel {
	l, r := c.kernel(n.Left), c.kernel(n.Right)
	return func(m *machine) (value, error) {
		v, err := l(m)
		if err != nil || !v.isNil() {
			return v, err
		}
		return r(m)
	}
}

// conditionalKernel evaluates one branch, never both.
func (c *compiler) conditionalKernel(n *ast.ConditionalNode) kernel {
	cond, a, b := c.boolKernel(n.Cond), c.kernel(n.Exp1), c.kernel(n.Exp2)
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

// callKernel is a call. One that is written twice or more in the rule set, and depends on
// fields only, is evaluated once for each distinct value of those.
func (c *compiler) callKernel(n *ast.CallNode) kernel {
	k := c.plainCall(n)
	if c.written(n) < 2 || !closed(n) {
		return k
	}
	return c.derivedKernel(n, k)
}

// functionOf is the function that a call calls.
func (c *compiler) functionOf(n *ast.CallNode) *function {
	if callee, ok := n.Callee.(*ast.IdentifierNode); ok {
		return c.functions[callee.Value]
	}
	return nil
}

// plainCall evaluates the arguments in order, then the function.
func (c *compiler) plainCall(n *ast.CallNode) kernel {
	f := c.functionOf(n)
	args := make([]kernel, len(n.Arguments))
	for i, arg := range n.Arguments {
		args[i] = c.kernel(arg)
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
		if err == errAsked { //nolint:errorlint // it comes as it is
			return value{}, err
		}
		if err != nil {
			return value{}, &evalError{at, err}
		}
		return v, nil
	}
}

// listKernel is a list with elements that are not all literals.
func (c *compiler) listKernel(n *ast.ArrayNode) kernel {
	elements := make([]kernel, len(n.Nodes))
	for i, e := range n.Nodes {
		elements[i] = c.kernel(e)
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

// mapKernel is a mapping with entries that are not literals. Of equal keys the first
// one counts; all of them are evaluated, in order.
func (c *compiler) mapKernel(n *ast.MapNode) kernel {
	keys, values := make([]kernel, len(n.Pairs)), make([]kernel, len(n.Pairs))
	for i, p := range n.Pairs {
		pair := p.(*ast.PairNode) // the parser makes no other ones
		keys[i], values[i] = c.kernel(pair.Key), c.kernel(pair.Value)
	}
	return func(m *machine) (value, error) {
		entries := make(map[string]any, len(keys))
		for i := range keys {
			k, err := keys[i](m)
			if err != nil {
				return value{}, err
			}
			v, err := values[i](m)
			if err != nil {
				return value{}, err
			}
			if _, ok := entries[k.text]; !ok {
				entries[k.text] = toAny(v)
			}
		}
		return mapping(entries), nil
	}
}

// goPanic turns what was recovered into an error.
func goPanic(r any) error { return fmt.Errorf("this cannot be evaluated: %v", r) }
