package rules

import (
	"fmt"

	"github.com/expr-lang/expr/ast"
)

// Kernels of let and of the functions with a predicate. Variables and the element
// at hand live in slots of the machine, numbered by how many are in scope.

// scopeName is the name under which a slot is known; # and #index are those of the
// innermost predicate.
const (
	elementName = "#"
	indexName   = "#index"
)

// slot is the number of the innermost slot of a name, or -1.
func (c *compiler) slot(name string) int {
	for i := len(c.scope) - 1; i >= 0; i-- {
		if c.scope[i] == name {
			return i
		}
	}
	return -1
}

func (c *compiler) slotKernel(name string) kernel {
	i := c.slot(name)
	if i < 0 {
		return nil
	}
	return func(m *machine) (value, error) { return m.slots[i], nil }
}

// set puts a value into a slot.
func (m *machine) set(slot int, v value) {
	for len(m.slots) <= slot {
		m.slots = append(m.slots, value{})
	}
	m.slots[slot] = v
}

func (c *compiler) letKernel(n *ast.VariableDeclaratorNode) kernel {
	v := c.kernel(n.Value)
	if v == nil {
		return nil
	}
	slot := len(c.scope)
	c.scope = append(c.scope, n.Name)
	body := c.kernel(n.Expr)
	c.scope = c.scope[:slot]
	if body == nil {
		return nil
	}
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

// loops says that loopKernel knows a function.
func loops(name string) bool {
	switch name {
	case "all", "none", "any", "one", "count", "filter", "map", "find", "findIndex", "sum":
		return true
	}
	return false
}

// loopKernel is a function with a predicate.
func (c *compiler) loopKernel(n *ast.BuiltinNode) kernel {
	if !loops(n.Name) {
		return nil
	}
	l := c.kernel(n.Arguments[0])
	p := predicateOf(n)
	element := len(c.scope)
	c.scope = append(c.scope, elementName, indexName)
	var body kernel
	if n.Name == "map" || n.Name == "sum" {
		body = c.kernel(p.Node)
	} else {
		body = c.boolKernel(p.Node)
	}
	c.scope = c.scope[:element]
	if l == nil || body == nil {
		return nil
	}
	effort, at, name := weight(p.Node), n.Arguments[0].Location().From, n.Name
	return func(m *machine) (value, error) {
		v, err := l(m)
		if err != nil {
			return value{}, err
		}
		if err := enter(m, v, effort); err != nil {
			return value{}, &evalError{at, err}
		}
		boxed, _ := v.other.([]any)
		plain, _ := v.other.([]string)
		t := tally{name: name}
		for i := range max(len(boxed), len(plain)) {
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
			if t.add(e, i, r) {
				break
			}
		}
		return t.result(), nil
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
	return located(&ast.PredicateNode{Node: located(&ast.PointerNode{}, n)}, n)
}

// A tally is the state of a function on its way through a list.
type tally struct {
	name  string
	count int
	found value
	list  []any
	total value
}

// add takes an element, its number and the predicate's result; it says that the
// rest of the list does not matter.
func (t *tally) add(e value, i int, r value) (done bool) {
	switch t.name {
	case "map":
		t.list = append(t.list, toAny(r))
		return false
	case "sum":
		n, ok := asNumber(r)
		if !ok {
			n = integer(0) // what is no number adds nothing
		}
		if t.total.isNil() {
			t.total = integer(0)
		}
		t.total, _ = add(nil, n, t.total)
		return false
	case "all":
		if !r.bool() {
			t.count++
		}
		return t.count > 0
	}
	if !r.bool() {
		return false
	}
	t.count++
	switch t.name {
	case "filter":
		t.list = append(t.list, toAny(e))
	case "find":
		t.found = e
		return true
	case "findIndex":
		t.found = integer(i)
		return true
	case "any", "none":
		return true
	}
	return false
}

func (t *tally) result() value {
	switch t.name {
	case "map", "filter":
		if t.list == nil {
			t.list = []any{}
		}
		return list(t.list)
	case "sum":
		if t.total.isNil() {
			return integer(0)
		}
		return t.total
	case "any":
		return boolean(t.count > 0)
	case "all", "none":
		return boolean(t.count == 0)
	case "one":
		return boolean(t.count == 1)
	case "count":
		return integer(t.count)
	}
	return t.found
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
