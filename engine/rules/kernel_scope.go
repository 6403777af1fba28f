package rules

import (
	"fmt"
	"slices"

	"github.com/expr-lang/expr/ast"
)

// Kernels of let and of the list functions. Variables and the element at hand live
// in slots of the machine, numbered by how many are in scope.

// scopeName is the name under which a slot is known; # and #index are those of the
// innermost predicate.
const (
	elementName = "#"
	indexName   = "#index"
)

// slotKernel reads the innermost slot of a name; the checker has found it there.
func (c *compiler) slotKernel(name string) kernel {
	slot := -1
	for i, known := range slices.Backward(c.scope) {
		if known == name {
			slot = i
			break
		}
	}
	if slot < 0 {
		panic(fmt.Sprintf("rules: no slot for %s", name))
	}
	// A copy: what the loop has set would be kept by reference.
	at := slot
	return func(m *machine) (value, error) { return m.slots[at], nil }
}

// set puts a value into a slot.
func (m *machine) set(slot int, v value) {
	for len(m.slots) <= slot {
		m.slots = append(m.slots, value{})
	}
	m.slots[slot] = v
}

// letKernel evaluates the variable once, whether it is used or not, as expr does. Inner scopes
// have higher slots, so none overwrites one that is still read.
func (c *compiler) letKernel(n *ast.VariableDeclaratorNode) kernel {
	v := c.kernel(n.Value)
	slot := len(c.scope)
	c.scope = append(c.scope, n.Name)
	body := c.kernel(n.Expr)
	c.scope = c.scope[:slot]
	return func(m *machine) (value, error) {
		a, err := v(m)
		if err != nil {
			return value{}, err
		}
		m.set(slot, a)
		return body(m)
	}
}

// weight is what one round of a predicate costs.
func weight(body ast.Node) int { return 12 + 2*size(body) }

// enter is the list that a function goes through, paid for.
func enter(m *machine, v value, weight int) error {
	n, ok := v.length()
	if !ok && !v.isNil() {
		return fmt.Errorf("a list is needed, not %s", describe(v))
	}
	return m.spend(n * weight)
}

// listFunctionKernel is a function with a predicate.
func (c *compiler) listFunctionKernel(n *ast.BuiltinNode) kernel {
	f := c.lists[n.Name]
	l, p := c.kernel(n.Arguments[0]), predicateOf(n)
	// Two slots: the element, and its number behind it. The tally is the machine's: one of
	// its own would be an allocation an evaluation.
	element, level := len(c.scope), 0
	for _, name := range c.scope {
		if name == elementName {
			level++
		}
	}
	c.scope = append(c.scope, elementName, indexName)
	var body kernel
	if f.yields {
		body = c.kernel(p.Node)
	} else {
		body = c.boolKernel(p.Node)
	}
	c.scope = c.scope[:element]
	effort, at := weight(p.Node), n.Arguments[0].Location().From
	return func(m *machine) (value, error) {
		v, err := l(m)
		if err != nil {
			return value{}, err
		}
		if err := enter(m, v, effort); err != nil {
			return value{}, &evalError{at, err}
		}
		// At most one of them is there; nil is a list without elements.
		boxed, _ := v.other.([]any)
		plain, _ := v.other.([]string)
		t := &m.tallies[level]
		*t = tally{m: m}
		size := max(len(boxed), len(plain))
		for round := range size {
			i := round
			if f.backwards {
				i = size - 1 - round
			}
			var e value
			if plain != nil {
				e = text(plain[i])
			} else {
				e = fromAny(boxed[i])
			}
			m.set(element, e)
			m.set(element+1, integer(i))
			r, err := body(m)
			if err != nil {
				return value{}, err
			}
			// True: the result is clear, and the rest of the list is not looked at.
			if f.step(t, e, i, r) {
				break
			}
		}
		if t.err != nil {
			return value{}, &evalError{at, t.err}
		}
		return f.end(t), nil
	}
}

// predicateOf is the predicate of a function; that of count and sum without one is
// the element itself.
func predicateOf(n *ast.BuiltinNode) *ast.PredicateNode {
	if len(n.Arguments) > 1 {
		if p, ok := n.Arguments[1].(*ast.PredicateNode); ok {
			return p
		}
	}
	element := &ast.PointerNode{}
	element.SetLocation(n.Location())
	return &ast.PredicateNode{Node: element}
}

// closed says that a tree depends on fields only, not on variables or elements.
func closed(n ast.Node) bool {
	free := false
	ast.Walk(&n, visitor(func(n ast.Node) {
		switch n.(type) {
		case *ast.PointerNode, *ast.VariableDeclaratorNode:
			free = true
		}
	}))
	if free {
		return false
	}
	// Identifiers are scopes, called functions, or variables.
	names, calls := 0, 0
	ast.Walk(&n, visitor(func(n ast.Node) {
		switch n := n.(type) {
		case *ast.IdentifierNode:
			if !isScope(n.Value) {
				names++
			}
		case *ast.CallNode:
			calls++
		}
	}))
	return names == calls
}

// size counts the nodes of a tree.
func size(n ast.Node) int {
	count := 0
	ast.Walk(&n, visitor(func(ast.Node) { count++ }))
	return count
}
