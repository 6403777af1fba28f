package rules

import (
	"context"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"
)

// What a call or an operation makes of what is written out in it is tried while compiling:
// limits that do not rise, a time zone that there is not, a layout that is none, a
// remainder of nothing. It would fail every lead that gets there.

// scratch is a machine without a lead.
func (c *checker) scratch() *machine {
	return &machine{limits: c.compiler.options.Limits, effort: c.compiler.options.Limits.Effort, ctx: context.Background(), now: time.Unix(0, 0).UTC(), tables: noTables{}, left: func() time.Duration { return time.Second }}
}

// tryCall calls a function whose arguments are all written out, but perhaps the first
// one, for which values of its kind stand in. It fails every lead if it fails with each.
func (c *checker) tryCall(n *ast.CallNode, f *function) {
	if f.call == nil || f.group == "table" || len(n.Arguments) == 0 || c.failed {
		return
	}
	args := make([]value, len(n.Arguments))
	first := true
	for i, arg := range n.Arguments {
		v, ok := constant(arg)
		if !ok && i > 0 {
			return
		}
		if !ok {
			first = false
		}
		args[i] = v
	}
	tries := []value{args[0]}
	if !first {
		tries = standIns(f.argument(0))
	}
	var failure error
	for i, try := range tries {
		args[0] = try
		v, err := f.run(c.scratch(), args)
		if err == nil {
			if first && v.isNil() && !try.isNil() {
				c.nothing(n, f)
			}
			return
		}
		if i == 0 {
			failure = err // that of the value that suits best
		}
	}
	c.hopeless(n, "every lead that gets here fails: %v", failure)
}

// nothing warns of a call that reads a date or a number out of a text that is none, so
// that every comparison with it is false.
func (c *checker) nothing(n *ast.CallNode, f *function) {
	switch {
	case f.name == "date" && len(n.Arguments) == 1:
		c.warn(n.Location().From, `%s is nil, because the text is no date that can be read without its layout; write it as in date("2024-12-31"), or date("31.12.24", "DD.MM.YY")`, spelt(n, "this"))
	case f.group == "date" || f.group == "number":
		c.warn(n.Location().From, "%s is nil for every lead", spelt(n, "this"))
	}
}

// country warns of a country that is written out and has no telephone numbers: those without
// a + are nil for every lead.
func (c *checker) country(arg ast.Node, f *function) {
	v, ok := constant(arg)
	if !ok || v.isNil() || v.isBlank() {
		return
	}
	if s, err := textOf([]value{v}, 0); err == nil && regionOf(s) == "" {
		meant := "a country is two letters, as in DE"
		if strings.EqualFold(strings.TrimSpace(s), "UK") {
			meant = "write GB"
		}
		c.warn(arg.Location().From, "%s knows no country %q, so it reads only numbers with a +; %s", f.name, s, meant)
	}
}

// standIns are values of a kind of argument that no function of such an argument fails on
// by itself.
func standIns(kind string) []value {
	switch kind {
	case "number", "whole":
		return []value{integer(2), integer(40)}
	case "date":
		return []value{moment(time.Date(2024, 1, 31, 12, 0, 0, 0, time.UTC)), text("2024-01-31")}
	case "span":
		return []value{text("Mon-Fri 09:00-17:00")}
	case "list":
		return []value{strs([]string{"a", "b"}), list([]any{1, 2})}
	}
	return []value{text("a1"), integer(2), strs([]string{"a", "b"})}
}

// tryOperation works an operation out whose sides are both written out, or of which the
// right one alone decides.
func (c *checker) tryOperation(n *ast.BinaryNode, op *operation) {
	right, ok := constant(n.Right)
	if !ok || op.apply == nil || c.failed {
		return
	}
	left, ok := constant(n.Left)
	switch {
	case ok:
	case op.names[0] == "%" && !right.isNil() && !right.isBlank():
		left = integer(1)
	default:
		return
	}
	if _, err := op.on(c.scratch(), left, right); err != nil {
		c.hopeless(n, "every lead that gets here fails: %v", err)
	}
}

// byZero warns of a division that gives no number that could be written.
func (c *checker) byZero(n *ast.BinaryNode) {
	if right, ok := constant(n.Right); ok && n.Operator == "/" && right.isNumber() && right.float() == 0 {
		c.warn(n.Location().From, "a division by zero gives infinity, which cannot be written to a field")
	}
}
