package rules

import (
	"slices"

	"github.com/expr-lang/expr/ast"

	"tablestep/tables/column"
)

// A direct test is the other way to evaluate beside kernels: it decides a condition
// on one field from the field's value as the column has it, without making a value
// of it. It says pending to whatever is not the common case, and pending stays
// pending through not, and and or; the kernel then decides. A distinct value takes
// 4 ns so, and 25 ns in the kernel.
type direct func(m *machine, v *column.Value) verdict

// direct is a direct test of a tree that reads one field, or nil.
func (c *compiler) direct(n ast.Node) direct {
	switch n := n.(type) {
	case *ast.UnaryNode:
		if n.Operator == "!" || n.Operator == "not" {
			if d := c.direct(n.Node); d != nil {
				return func(m *machine, v *column.Value) verdict { return d(m, v).not() }
			}
		}
	case *ast.BinaryNode:
		op := c.operations[n.Operator]
		switch op.names[0] {
		case "and":
			return c.directBoth(n, no)
		case "or":
			return c.directBoth(n, yes)
		case "in":
			return directIn(n)
		}
		return c.directCompare(op, n)
	}
	return nil
}

// not leaves pending and failed as they are.
func (v verdict) not() verdict {
	switch v {
	case yes:
		return no
	case no:
		return yes
	}
	return v
}

// verdictOf is a bool as a verdict.
func verdictOf(b bool) verdict {
	if b {
		return yes
	}
	return no
}

// directBoth is and (stop at no) or or (stop at yes). A left side that is pending makes the
// whole pending: the right one alone could hide that the left one fails.
func (c *compiler) directBoth(n *ast.BinaryNode, stop verdict) direct {
	l, r := c.direct(n.Left), c.direct(n.Right)
	if l == nil || r == nil {
		return nil
	}
	return func(m *machine, v *column.Value) verdict {
		if d := l(m, v); d == stop || d == pending {
			return d
		}
		return r(m, v)
	}
}

// directCompare is a field, or lower of it, before an operation and a literal, by
// the short cuts of the table.
func (c *compiler) directCompare(op *operation, n *ast.BinaryNode) direct {
	literal, ok := constant(n.Right)
	if !ok {
		return nil
	}
	if call := c.lowerCall(n.Left); call != nil {
		if _, ok := refOf(call.Arguments[0]); ok && literal.kind == kindText && op.lowered != nil {
			return directLowered(op.lowered, literal.text)
		}
		return nil
	}
	if _, ok := refOf(n.Left); !ok {
		return nil
	}
	switch {
	case op.texts != nil && literal.kind == kindText:
		return directTexts(op.texts, literal.text, op.decide(value{}, literal))
	case op.whole != nil && literal.kind == kindInt:
		return directWhole(op.whole, literal.int(), op.decide(value{}, literal))
	case op.sides == sidesEqual && literal.isNil():
		nothing, something := op.decide(value{}, literal), op.decide(boolean(true), literal)
		return func(_ *machine, v *column.Value) verdict {
			if v.Kind == column.Null {
				return nothing
			}
			return something
		}
	}
	return nil
}

// decide applies an operation that tests to two values for which it never fails.
func (o *operation) decide(a, b value) verdict {
	v, err := o.on(nil, a, b)
	if err != nil {
		panic(err)
	}
	return verdictOf(v.bool())
}

// directTexts tests a field that is a text; nothing is the verdict on nil.
func directTexts(test func(a, b string) bool, right string, nothing verdict) direct {
	return func(_ *machine, v *column.Value) verdict {
		switch v.Kind {
		case column.Text:
			return verdictOf(test(v.Text, right))
		case column.Null:
			return nothing
		}
		return pending
	}
}

// directWhole tests a field that is a whole number, or a text that reads as one.
func directWhole(test func(a, b int) bool, limit int, nothing verdict) direct {
	return func(_ *machine, v *column.Value) verdict {
		switch v.Kind {
		case column.Null:
			return nothing
		case column.Number, column.Text:
			if n, ok := digits(v.Text); ok {
				return verdictOf(test(n, limit))
			}
		}
		return pending
	}
}

// directLowered tests a text in small letters, in a buffer of the machine. Texts that are not
// ASCII are left to the kernel.
func directLowered(test func(a []byte, b string) bool, right string) direct {
	return func(m *machine, v *column.Value) verdict {
		if v.Kind == column.Text && len(v.Text) <= m.limits.Text && m.lower(v.Text) {
			return verdictOf(test(m.lowered, right))
		}
		return pending
	}
}

// directIn is a field in a literal list of texts.
func directIn(n *ast.BinaryNode) direct {
	if _, ok := refOf(n.Left); !ok {
		return nil
	}
	l, _ := constant(n.Right)
	elements, ok := asList(l)
	if !ok {
		return nil
	}
	if d := directInNumbers(elements); d != nil {
		return d
	}
	list := make([]string, len(elements))
	for i := range elements {
		if list[i], ok = elements[i].(string); !ok {
			return nil
		}
	}
	// A short list is walked through, a longer one is a set, as in memberKernel.
	has := func(s string) bool { return slices.Contains(list, s) }
	if len(list) >= 8 {
		set := make(map[string]struct{}, len(list))
		for _, s := range list {
			set[s] = struct{}{}
		}
		has = func(s string) bool { _, ok := set[s]; return ok }
	}
	return func(_ *machine, v *column.Value) verdict {
		switch v.Kind {
		case column.Text:
			return verdictOf(has(v.Text))
		case column.Null:
			return no
		}
		return pending
	}
}

// directInNumbers is a field in a literal list of whole numbers.
func directInNumbers(elements []any) direct {
	// Broken numbers are left to the kernel.
	numbers := make([]int, len(elements))
	for i := range elements {
		var ok bool
		if numbers[i], ok = elements[i].(int); !ok {
			return nil
		}
	}
	return func(_ *machine, v *column.Value) verdict {
		switch v.Kind {
		case column.Text, column.Null:
			return no
		case column.Number:
			if n, ok := digits(v.Text); ok {
				return verdictOf(slices.Contains(numbers, n))
			}
		}
		return pending
	}
}
