package rules

import (
	"errors"
	"fmt"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	exprchecker "github.com/expr-lang/expr/checker"
	exprcompiler "github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
)

// Names of the VM's environment that no expression can write.
const (
	machineName = "$machine" // in the environment
	machineVar  = "$m"       // a variable: quicker than the environment
	nilName     = "$nil"
)

// memoryBudget is what expr's VM may take in elements of lists a run.
const memoryBudget = 10_000

// bytecode makes a program for expr's VM. expr's optimizer is left out: it
// changes results (a nil is in a literal list that has an empty text, an error
// beside "and false" is forgotten).
func (c *compiler) bytecode(n ast.Node, source string) (program *vm.Program, err error) {
	config := conf.New(map[string]any{})
	config.Strict = false // names were checked before
	config.Functions = c.vmFunctions
	tree := &parser.Tree{Node: c.rewrite(n), Source: file.NewSource(source)}
	if calls(tree.Node) {
		tree.Node = located(&ast.VariableDeclaratorNode{
			Name: machineVar, Value: located(&ast.IdentifierNode{Value: machineName}, n), Expr: tree.Node,
		}, n)
	}
	if _, err := exprchecker.Check(tree, config); err != nil {
		return nil, fmt.Errorf("check expression: %w", err)
	}
	program, err = exprcompiler.Compile(tree, config)
	if err != nil {
		return nil, fmt.Errorf("compile expression: %w", err)
	}
	return program, nil
}

// calls says that a tree needs the machine.
func calls(n ast.Node) bool {
	found := false
	ast.Walk(&n, visitor(func(n ast.Node) {
		if id, ok := n.(*ast.IdentifierNode); ok && id.Value == machineVar {
			found = true
		}
	}))
	return found
}

// functionsForVM gives expr the functions and operators of this package. Each
// takes the machine as its first argument.
func functionsForVM(functions map[string]*function) conf.FunctionsTable {
	table := make(conf.FunctionsTable, len(functions)+20)
	define := func(name string, call func(m *machine, args []any) (value, error)) {
		table[name] = &builtin.Function{Name: name, Func: func(args ...any) (any, error) {
			m, ok := args[0].(*machine)
			if !ok {
				return nil, errors.New("the machine is missing")
			}
			v, err := call(m, args[1:])
			if err != nil {
				return nil, err
			}
			return toAny(v), nil
		}}
	}
	for name, f := range functions {
		if f.plain != nil {
			define(name, func(m *machine, args []any) (value, error) { return f.runPlain(m, fromAny(args[0])) })
			continue
		}
		define(name, func(m *machine, args []any) (value, error) {
			base := len(m.args)
			for _, arg := range args {
				m.args = append(m.args, fromAny(arg))
			}
			v, err := f.run(m, m.args[base:])
			m.args = m.args[:base]
			return v, err
		})
	}
	var c compiler
	for _, op := range []string{"<", "<=", ">", ">=", "+", "-", "*", "/", "%", "**", "contains", "startsWith", "endsWith", "matches", "in", "..", "==", "!="} {
		call := c.operator(op)
		define("$"+op, func(m *machine, args []any) (value, error) {
			return call(m, fromAny(args[0]), fromAny(args[1]))
		})
	}
	define("$part", func(m *machine, args []any) (value, error) { return part(m, fromAny(args[0]), fromAny(args[1])) })
	define("$any", func(_ *machine, args []any) (value, error) { return fromAny(args[0]), nil })
	define("$-1", func(m *machine, args []any) (value, error) { return negate(m, fromAny(args[0])) })
	define("$+1", func(m *machine, args []any) (value, error) { return plus(m, fromAny(args[0])) })
	define("$bool", func(m *machine, args []any) (value, error) { return condition(m, fromAny(args[0])) })
	define("$list", func(m *machine, args []any) (value, error) {
		v := fromAny(args[0])
		// Every round of the predicate is paid for before the first one.
		effort, ok := args[1].(int)
		if !ok {
			return value{}, errors.New("the weight is missing")
		}
		if err := enter(m, v, effort); err != nil {
			return value{}, err
		}
		if v.isNil() {
			return list([]any{}), nil
		}
		return v, nil
	})
	define("$addend", func(_ *machine, args []any) (value, error) {
		n, ok := asNumber(fromAny(args[0]))
		if !ok {
			n = integer(0) // what is no number adds nothing
		}
		return n, nil
	})
	return table
}

func located[N ast.Node](n N, like ast.Node) N {
	n.SetLocation(like.Location())
	return n
}

// invoke is a call of a function of this package.
func invoke(like ast.Node, name string, args ...ast.Node) ast.Node {
	return located(&ast.CallNode{
		Callee:    located(&ast.IdentifierNode{Value: name}, like),
		Arguments: append([]ast.Node{located(&ast.IdentifierNode{Value: machineVar}, like)}, args...),
	}, like)
}

// rewrite makes the tree that expr compiles: fields become names of a flat
// environment, operators become calls where an operand might be nil or of a kind
// that expr refuses, and predicates pay for their rounds. The tree it
// is given stays as it is.
func (c *compiler) rewrite(n ast.Node) ast.Node {
	if ref, ok := refOf(n); ok {
		return located(&ast.IdentifierNode{Value: ref.String()}, n)
	}
	switch n := n.(type) {
	case *ast.NilNode:
		return located(&ast.IdentifierNode{Value: nilName}, n)
	case *ast.BoolNode:
		return located(&ast.BoolNode{Value: n.Value}, n)
	case *ast.IntegerNode:
		return located(&ast.IntegerNode{Value: n.Value}, n)
	case *ast.FloatNode:
		return located(&ast.FloatNode{Value: n.Value}, n)
	case *ast.StringNode:
		return located(&ast.StringNode{Value: n.Value}, n)
	case *ast.IdentifierNode:
		return located(&ast.IdentifierNode{Value: n.Value}, n)
	case *ast.PointerNode:
		return located(&ast.PointerNode{Name: n.Name}, n)
	case *ast.ChainNode:
		return c.rewrite(n.Node)
	case *ast.MemberNode:
		return invoke(n, "$part", c.rewrite(n.Node), c.rewrite(n.Property))
	case *ast.UnaryNode:
		return c.rewriteUnary(n)
	case *ast.BinaryNode:
		return c.rewriteBinary(n)
	case *ast.ConditionalNode:
		return located(&ast.ConditionalNode{Cond: c.rewriteCondition(n.Cond), Exp1: c.rewriteBranch(n), Exp2: c.rewrite(n.Exp2)}, n)
	case *ast.CallNode:
		if callee, ok := n.Callee.(*ast.IdentifierNode); ok {
			return invoke(n, callee.Value, c.rewriteAll(n.Arguments)...)
		}
	case *ast.BuiltinNode:
		return c.rewriteBuiltin(n)
	case *ast.ArrayNode:
		if v, ok := constant(n); ok {
			return located(&ast.ConstantNode{Value: v.other}, n)
		}
		return located(&ast.ArrayNode{Nodes: c.rewriteAll(n.Nodes)}, n)
	case *ast.MapNode:
		if v, ok := constant(n); ok {
			return located(&ast.ConstantNode{Value: v.other}, n)
		}
		return located(&ast.MapNode{Pairs: c.rewriteAll(n.Pairs)}, n)
	case *ast.PairNode:
		return located(&ast.PairNode{Key: c.rewrite(n.Key), Value: c.rewrite(n.Value)}, n)
	case *ast.VariableDeclaratorNode:
		return located(&ast.VariableDeclaratorNode{Name: n.Name, Value: c.rewrite(n.Value), Expr: c.rewrite(n.Expr)}, n)
	}
	// The checker has let pass what this does not know.
	panic(fmt.Sprintf("rules: no way to rewrite %T", n))
}

func (c *compiler) rewriteAll(nodes []ast.Node) []ast.Node {
	out := make([]ast.Node, len(nodes))
	for i, n := range nodes {
		out[i] = c.rewrite(n)
	}
	return out
}

func (c *compiler) rewriteCondition(n ast.Node) ast.Node {
	r := c.rewrite(n)
	if staticOf(c, n) == isBool {
		return r
	}
	return invoke(n, "$bool", r)
}

// rewriteBranch rewrites the first branch of a conditional. expr takes its type for
// that of the conditional even where the other branch may yield anything, and then
// compares integers without a look; the type is hidden from it.
func (c *compiler) rewriteBranch(n *ast.ConditionalNode) ast.Node {
	r := c.rewrite(n.Exp1)
	switch e := r.(type) {
	case *ast.CallNode:
		return r
	case *ast.IdentifierNode:
		if strings.ContainsAny(e.Value, ".[$") { // a field; variables have types
			return r
		}
	case *ast.StringNode:
		if _, ok := n.Exp2.(*ast.StringNode); ok {
			return r
		}
	}
	return invoke(n.Exp1, "$any", r)
}

func (c *compiler) rewriteUnary(n *ast.UnaryNode) ast.Node {
	switch n.Operator {
	case "!", "not":
		return located(&ast.UnaryNode{Operator: "not", Node: c.rewriteCondition(n.Node)}, n)
	}
	r := c.rewrite(n.Node)
	if staticOf(c, n.Node) == isNumber {
		return located(&ast.UnaryNode{Operator: n.Operator, Node: r}, n)
	}
	return invoke(n, "$"+n.Operator+"1", r)
}

func (c *compiler) rewriteBinary(n *ast.BinaryNode) ast.Node {
	native := func(l, r ast.Node) ast.Node {
		return located(&ast.BinaryNode{Operator: n.Operator, Left: l, Right: r}, n)
	}
	switch n.Operator {
	case "&&", "and", "||", "or":
		return native(c.rewriteCondition(n.Left), c.rewriteCondition(n.Right))
	}
	l, r := c.rewrite(n.Left), c.rewrite(n.Right)
	switch n.Operator {
	case "==", "!=", "??":
		return native(l, r)
	}
	operator := n.Operator
	if operator == "^" {
		operator = "**"
	}
	a, b := staticOf(c, n.Left), staticOf(c, n.Right)
	switch operator {
	case "<", "<=", ">", ">=":
		if a == b && (a == isNumber || a == isText) {
			return native(l, r)
		}
	case "+", "-", "*", "/", "**":
		if a == isNumber && b == isNumber {
			return native(l, r)
		}
	case "contains", "startsWith", "endsWith":
		if a == isText && b == isText {
			return native(l, r)
		}
	}
	return invoke(n, "$"+operator, l, r)
}

// rewriteBuiltin makes a predicate pay for its rounds.
func (c *compiler) rewriteBuiltin(n *ast.BuiltinNode) ast.Node {
	p := predicateOf(n)
	var body ast.Node
	switch n.Name {
	case "map":
		body = c.rewrite(p.Node)
	case "sum":
		body = invoke(p.Node, "$addend", c.rewrite(p.Node))
	default:
		body = c.rewriteCondition(p.Node)
	}
	weight := located(&ast.IntegerNode{Value: weight(p.Node)}, p)
	r := located(&ast.BuiltinNode{Name: n.Name, Arguments: []ast.Node{
		invoke(n.Arguments[0], "$list", c.rewrite(n.Arguments[0]), weight),
		located(&ast.PredicateNode{Node: body}, p),
	}}, n)
	if n.Name == "findIndex" || n.Name == "findLastIndex" {
		return invoke(n, "$any", r) // expr takes them for integers, and they may be nil
	}
	return r
}

// size counts the nodes of a tree.
func size(n ast.Node) int {
	counter := &nodeCounter{}
	ast.Walk(&n, counter)
	return counter.n
}

type nodeCounter struct{ n int }

// Visit counts one node.
func (c *nodeCounter) Visit(*ast.Node) { c.n++ }
