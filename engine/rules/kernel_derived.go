package rules

import (
	"github.com/expr-lang/expr/ast"
)

// A derivedColumn has the results of a call that a rule set writes more than once
// and that reads one field: lower(lead.title) in forty rules is worked out once a
// distinct title.
type derivedColumn struct {
	values []value // by code of the field, where known says so
	known  []bool
}

// field is the value of a field in the tuple that is being evaluated.
func (m *machine) field(id int) value {
	f := &m.fields[id]
	return f.value(f.code)
}

// countCalls counts how often each call is written.
func (c *compiler) countCalls(n ast.Node) {
	ast.Walk(&n, visitor(func(n ast.Node) {
		// A call in a call would be counted with it; only small ones are looked at.
		if call, ok := n.(*ast.CallNode); ok && size(n) <= 12 {
			text := call.String()
			c.callTexts[call] = text
			c.calls[text]++
		}
	}))
}

// written is how often a small call is written in the rule set.
func (c *compiler) written(n *ast.CallNode) int { return c.calls[c.callTexts[n]] }

// derivedKernel keeps the results of a call that reads one field.
func (c *compiler) derivedKernel(n *ast.CallNode, k kernel) kernel {
	support := c.support(n)
	if len(support) != 1 {
		return k
	}
	key := c.callTexts[n]
	id, ok := c.derived[key]
	if !ok {
		id = len(c.derived)
		c.derived[key] = id
	}
	from := support[0]
	return func(m *machine) (value, error) {
		d, f := &m.derived[id], &m.fields[from]
		if len(d.known) == 0 {
			d.start(len(f.raw))
		}
		if d.known[f.code] {
			return d.values[f.code], nil
		}
		v, err := k(m)
		if err == nil {
			d.values[f.code], d.known[f.code] = v, true
		}
		return v, err
	}
}

// start makes room for a batch.
func (d *derivedColumn) start(n int) {
	if cap(d.known) < n {
		d.known, d.values = make([]bool, n), make([]value, n)
		return
	}
	d.known, d.values = d.known[:n], d.values[:n]
	clear(d.known)
}
