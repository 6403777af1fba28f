package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"

	"tablestep/tables/schema"
)

// A Table is what the compiler knows of a table that rules look rows up in.
type Table struct {
	Columns []string // of its live version; nil are not checked
	Keys    int      // how many values its default lookup is asked with; 0 is not checked
	InTurn  bool     // its default lookup gives rows in turn, which is not for rules
}

// rows are the rows that a tree gives: of which tables, and whether as a list. A mapping that a
// function gives is followed likewise.
type rows struct {
	tables []string
	list   bool
	of     *function // whose mapping it is
}

// rowsOf follows rows of tables through lists, variables, choices and predicates to where
// one of their columns is read. A tree that gives anything else has no tables.
func (c *checker) rowsOf(n ast.Node) rows {
	switch n := n.(type) {
	case *ast.ChainNode:
		return c.rowsOf(n.Node)
	case *ast.IdentifierNode:
		v, _ := c.variable(n.Value)
		return v.rows
	case *ast.PointerNode:
		if len(c.loops) == 0 || n.Name != "" {
			return rows{}
		}
		return rows{tables: c.loops[len(c.loops)-1].rows}
	case *ast.MemberNode:
		base := n.Node
		if chain, ok := base.(*ast.ChainNode); ok {
			base = chain.Node
		}
		if _, ok := base.(*ast.MemberNode); ok {
			return rows{} // A part of a part: no list. A long chain would be followed from each of its ends.
		}
		if of := c.rowsOf(base); of.list {
			return rows{tables: of.tables}
		}
	case *ast.ConditionalNode:
		return c.bothRows(n.Exp1, n.Exp2)
	case *ast.BinaryNode:
		if n.Operator == "??" {
			return c.bothRows(n.Left, n.Right)
		}
	case *ast.BuiltinNode:
		of := c.rowsOf(n.Arguments[0])
		switch n.Name {
		case "filter":
			return of
		case "find", "findLast":
			return rows{tables: of.tables}
		}
	case *ast.CallNode:
		return c.rowsOfCall(n)
	}
	return rows{}
}

// rowsOfCall is rowsOf for functions: those that look up, and those that take an element.
func (c *checker) rowsOfCall(n *ast.CallNode) rows {
	f := c.compiler.functionOf(n)
	if f == nil || len(n.Arguments) == 0 {
		return rows{}
	}
	switch f.name {
	case "lookup", "lookupAll":
		if table, ok := n.Arguments[0].(*ast.StringNode); ok {
			return rows{tables: []string{table.Value}, list: f.name == "lookupAll"}
		}
	case "first", "last":
		return rows{tables: c.rowsOf(n.Arguments[0]).tables}
	}
	if f.parts != nil {
		return rows{of: f}
	}
	return rows{}
}

// bothRows is the rows of a choice. Where one side is something else, such as nil, those
// of the other one are what a column can be read of.
func (c *checker) bothRows(a, b ast.Node) rows {
	x, y := c.rowsOf(a), c.rowsOf(b)
	if x.of != nil && x.of == y.of {
		return x
	}
	x.of, y.of = nil, nil
	if x.list != y.list && len(x.tables) > 0 && len(y.tables) > 0 {
		return rows{}
	}
	return rows{tables: slices.Concat(x.tables, y.tables), list: x.list || y.list}
}

// column checks the column that is read of a row of a table, and the part of a mapping.
func (c *checker) column(n *ast.MemberNode) {
	name, ok := n.Property.(*ast.StringNode)
	if !ok {
		return
	}
	of := c.rowsOf(n.Node)
	if of.of != nil && !slices.Contains(of.of.parts, name.Value) {
		c.hopeless(n.Property, "%s gives no part %q; it gives %s%s", of.of.name, name.Value, strings.Join(of.of.parts, ", "), likely(name.Value, of.of.parts))
		return
	}
	if of.list || c.compiler.options.Tables == nil {
		return
	}
	for _, table := range of.tables {
		known, ok := c.compiler.options.Tables(table)
		if !ok || known.Columns == nil || hasColumn(known.Columns, name.Value) {
			continue
		}
		c.hopeless(n.Property, "table %q has no column %q; it has %s%s", table, name.Value, strings.Join(known.Columns, ", "), likely(name.Value, known.Columns))
		return
	}
}

// hasColumn says that a row has a cell for the name: columns are found in any case where
// only one is so called, as lookups find them.
func hasColumn(columns []string, name string) bool {
	alike := 0
	for _, column := range columns {
		if schema.EqualName(column, name) {
			alike++
		}
	}
	return alike == 1 || slices.Contains(columns, name)
}

// table checks the table n that a function looks up, and how many values it is asked with.
func (c *checker) table(call *ast.CallNode, n ast.Node, f *function, keys int) {
	s, ok := n.(*ast.StringNode)
	if !ok || s.Value == "" {
		example := f.name + `("territories", lead.state)`
		if f.group != "table" {
			example = strings.Replace(f.signature, "holidaysTable", `"holidays"`, 1)
		}
		c.refuse(n, "the table's name must be written out in quotes, as in %s", example)
		return
	}
	c.compiler.tables[s.Value] = true
	if c.compiler.options.Tables == nil {
		return
	}
	known, ok := c.compiler.options.Tables(s.Value)
	switch {
	case !ok:
		meant := ""
		if small := strings.ToLower(s.Value); small != s.Value {
			if _, ok := c.compiler.options.Tables(small); ok {
				meant = fmt.Sprintf(" (did you mean %q?)", small)
			}
		}
		c.hopeless(n, "there is no table %q%s; without it every lead fails that gets here: upload it and publish a version first", s.Value, meant)
	case known.InTurn:
		c.hopeless(n, "table %q gives its rows in turn (hit policy rotate), and a rule takes no turn: choose the table in the flow step and read its row in the rule, or look up in another table", s.Value)
	case known.Keys > 0 && keys != known.Keys && f.group != "table":
		c.hopeless(n, "table %q is looked up by %d values, and %s asks it for one, a day; its default lookup must have one match entry", s.Value, known.Keys, f.name)
	case known.Keys > 0 && keys != known.Keys:
		c.hopeless(call, "table %q is looked up by %d values, and here are %d; its default lookup has a match entry for each", s.Value, known.Keys, keys)
	}
}
