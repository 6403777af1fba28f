package rules_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"

	"tablestep/engine/rules"
	"tablestep/tables/column"
)

// noon is what now() gives in tests.
var noon = time.Date(2024, 3, 15, 12, 0, 0, 0, time.UTC)

// errFails is the oracle's only error: that the lead fails. What a message says is
// held by tests of its own.
var errFails = errors.New("fails")

// An oracle works expressions out for one lead, node by node and as slowly as it
// likes. Each operation on two values is expr's own, on a program of that operation
// alone, but where a row of differences says otherwise. Functions are called as they
// are. It shares no code with kernels, plans and tests on columns.
type oracle struct {
	programs  map[string]*vm.Program // by operator
	vm        vm.VM
	functions *conf.Config

	trees  map[string]ast.Node // of the expressions that were parsed last
	lead   lead
	names  []string // of the variables of let, and # and #index
	values []any
	wordy  []bool // which of them are texts beside which + joins
	over   bool   // a whole number ran over 64 bits
}

func newOracle(t testing.TB) *oracle {
	t.Helper()
	o := &oracle{programs: make(map[string]*vm.Program), functions: conf.CreateNew()}
	o.functions.Functions = make(conf.FunctionsTable)
	for _, f := range rules.Functions() {
		if f.Group != "list" {
			o.functions.Functions[f.Name] = &builtin.Function{Name: f.Name}
		}
	}
	operators := map[string]string{"-1": "-A", "+1": "+A", "not": "not A", "[]": "A[B]"}
	for _, operator := range rules.Operators() {
		for _, name := range operator.Names {
			operators[name] = "A " + name + " B"
		}
	}
	for name, text := range operators {
		program, err := expr.Compile(text, expr.Env(sides{}), expr.Optimize(false))
		if err != nil {
			t.Fatalf("expr does not know %s: %v", text, err)
		}
		o.programs[name] = program
	}
	return o
}

// sides are the environment of an operation in expr.
type sides struct{ A, B any }

// plain is what expr itself makes of two values.
func (o *oracle) plain(operator string, a, b any) (any, error) {
	result, err := o.vm.Run(o.programs[operator], sides{a, b})
	if err != nil {
		return nil, errFails
	}
	if l, ok := result.([]int); ok { // of a range
		boxed := make([]any, len(l))
		for i := range l {
			boxed[i] = l[i]
		}
		return boxed, nil
	}
	return result, nil
}

// apply is an operation as rules have it.
func (o *oracle) apply(operator string, a, b any) (any, error) {
	d, ok := differs(operator, kindName(a), kindName(b))
	if !ok {
		return o.plain(operator, a, b)
	}
	switch d.gives {
	case "nil":
		return nil, nil
	case "false":
		return false, nil
	case "left":
		return a, nil
	case "right":
		return b, nil
	case "empty":
		return []any{}, nil
	case "error":
		return nil, errFails
	case "numbers":
		x, y := numeral(a), numeral(b)
		if x == nil || y == nil && operator != "-1" {
			return nil, errFails
		}
		return o.apply(operator, x, y)
	case "total":
		result, whole := total(operator, a.(int), b)
		o.over = o.over || !whole
		return result, nil
	case "texts":
		if operator == "join" {
			operator = "+"
		}
		return o.plain(operator, decimal(a), decimal(b))
	case "key":
		return o.plain(operator, a, decimal(b))
	case "nil for an error":
		result, err := o.plain(operator, a, b)
		if err != nil {
			return nil, nil
		}
		return result, nil
	case "condition":
		switch text := strings.ToLower(a.(string)); text {
		case "true", "false":
			return text == "true", nil
		}
		return nil, errFails
	case "addend":
		if n := numeral(a); n != nil {
			return n, nil
		}
		return o.sum(a)
	}
	panic("the oracle does not know what gives " + d.gives)
}

// total is whole where 64 bits hold what comes out, and else a float.
func total(operator string, a int, b any) (result any, whole bool) {
	x, y := big.NewInt(0), big.NewInt(int64(a))
	if operator == "-1" {
		operator = "-"
	} else {
		x, y = y, big.NewInt(int64(b.(int)))
	}
	f, g := float64(x.Int64()), float64(y.Int64())
	switch operator {
	case "+":
		x.Add(x, y)
		f += g
	case "-":
		x.Sub(x, y)
		f -= g
	case "*":
		x.Mul(x, y)
		f *= g
	}
	if x.IsInt64() {
		return int(x.Int64()), true
	}
	return f, false
}

// joins says that + joins texts: a text is written out on one of its sides that is no
// number, or joined with one, or a choice of two such, or a variable of one.
func (o *oracle) joins(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.StringNode:
		return numeral(n.Value) == nil
	case *ast.BinaryNode:
		return n.Operator == "+" && (o.joins(n.Left) || o.joins(n.Right))
	case *ast.ConditionalNode:
		return o.joins(n.Exp1) && o.joins(n.Exp2)
	case *ast.IdentifierNode:
		for i, known := range slices.Backward(o.names) {
			if known == n.Value {
				return o.wordy[i]
			}
		}
	}
	return false
}

// sum is the sum of the elements of a list, 0 of what is none.
func (o *oracle) sum(a any) (any, error) {
	elements, _ := a.([]any)
	for _, s := range strsOf(a) {
		elements = append(elements, s)
	}
	var total any = 0
	for _, e := range elements {
		addend, err := o.apply("addend", e, nil)
		if err != nil {
			return nil, err
		}
		if total, err = o.plain("+", total, addend); err != nil {
			return nil, err
		}
	}
	return total, nil
}

func strsOf(a any) []string { s, _ := a.([]string); return s }

// numeral is what number(x) reads, decimal what string(x) reads.
func numeral(x any) any { n, _, _ := call("number", x); return n }

func decimal(x any) any {
	if s, ok := x.(string); ok {
		return s
	}
	s, _, _ := call("string", x)
	return s
}

func call(name string, args ...any) (any, bool, error) {
	return rules.Call(context.Background(), name, tables{}, noon, args...)
}

func kindName(v any) string {
	switch v := v.(type) {
	case nil:
		return "nil"
	case bool:
		return "bool"
	case int:
		return "int"
	case float64:
		return "float"
	case string:
		if strings.TrimSpace(v) == "" {
			return "blank"
		}
		return "text"
	case []any, []string:
		return "list"
	case map[string]any:
		return "map"
	case time.Time:
		return "date"
	}
	return "other"
}

// parse is the tree of an expression.
func (o *oracle) parse(expression string) (ast.Node, error) {
	if tree, ok := o.trees[expression]; ok {
		return tree, nil
	}
	tree, err := parser.ParseWithConfig(expression, o.functions)
	if err != nil {
		return nil, err
	}
	if o.trees == nil || len(o.trees) > 100 {
		o.trees = make(map[string]ast.Node)
	}
	o.trees[expression] = tree.Node
	return tree.Node, nil
}

// condition is a tree read as true or false.
func (o *oracle) condition(n ast.Node) (bool, error) {
	v, err := o.eval(n)
	if err != nil {
		return false, err
	}
	if b, ok := v.(bool); ok {
		return b, nil
	}
	if _, ok := differs("condition", kindName(v), ""); !ok {
		return false, errFails
	}
	if v, err = o.apply("condition", v, nil); err != nil {
		return false, err
	}
	return v.(bool), nil
}

// eval is the value of a tree.
func (o *oracle) eval(n ast.Node) (any, error) {
	switch n := n.(type) {
	case *ast.NilNode:
		return nil, nil
	case *ast.BoolNode:
		return n.Value, nil
	case *ast.IntegerNode:
		return n.Value, nil
	case *ast.FloatNode:
		return n.Value, nil
	case *ast.StringNode:
		return n.Value, nil
	case *ast.IdentifierNode:
		if n.Value == "row" {
			return plainValue(o.lead["row"]), nil
		}
		return o.variable(n.Value), nil
	case *ast.PointerNode:
		return o.variable("#" + n.Name), nil
	case *ast.ChainNode:
		return o.eval(n.Node)
	case *ast.MemberNode:
		return o.member(n)
	case *ast.UnaryNode:
		return o.unary(n)
	case *ast.BinaryNode:
		return o.binary(n)
	case *ast.ConditionalNode:
		holds, err := o.condition(n.Cond)
		switch {
		case err != nil:
			return nil, err
		case holds:
			return o.eval(n.Exp1)
		}
		return o.eval(n.Exp2)
	case *ast.CallNode:
		args, err := o.all(n.Arguments)
		if err != nil {
			return nil, err
		}
		result, ok, err := call(n.Callee.(*ast.IdentifierNode).Value, args...)
		if !ok {
			panic("the oracle does not know the function " + n.Callee.String())
		}
		if err != nil {
			return nil, errFails
		}
		return result, nil
	case *ast.BuiltinNode:
		return o.list(n)
	case *ast.ArrayNode:
		return o.all(n.Nodes)
	case *ast.MapNode:
		entries := make(map[string]any)
		for _, p := range n.Pairs {
			pair := p.(*ast.PairNode)
			both, err := o.all([]ast.Node{pair.Key, pair.Value})
			if err != nil {
				return nil, err
			}
			if _, taken := entries[both[0].(string)]; !taken {
				entries[both[0].(string)] = both[1]
			}
		}
		return entries, nil
	case *ast.VariableDeclaratorNode:
		v, err := o.eval(n.Value)
		if err != nil {
			return nil, err
		}
		return o.with(n.Expr, []string{n.Name}, []any{v}, o.joins(n.Value))
	}
	panic(fmt.Sprintf("the oracle does not know %T", n))
}

func (o *oracle) all(nodes []ast.Node) ([]any, error) {
	values := make([]any, len(nodes))
	for i, n := range nodes {
		var err error
		if values[i], err = o.eval(n); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// with is the value of a tree in which some more names are known.
func (o *oracle) with(n ast.Node, names []string, values []any, wordy ...bool) (any, error) {
	defer o.know(names, values, wordy...)()
	return o.eval(n)
}

// know makes names known until they are forgotten.
func (o *oracle) know(names []string, values []any, wordy ...bool) (forget func()) {
	known := len(o.names)
	o.names, o.values = append(o.names, names...), append(o.values, values...)
	o.wordy = append(append(o.wordy, wordy...), make([]bool, len(names)-len(wordy))...)
	return func() { o.names, o.values, o.wordy = o.names[:known], o.values[:known], o.wordy[:known] }
}

func (o *oracle) variable(name string) any {
	for i, known := range slices.Backward(o.names) {
		if known == name {
			return o.values[i]
		}
	}
	panic("the oracle does not know the name " + name)
}

func (o *oracle) member(n *ast.MemberNode) (any, error) {
	if base, ok := n.Node.(*ast.IdentifierNode); ok {
		name := rules.Ref{Scope: rules.Scope(base.Value), Name: n.Property.(*ast.StringNode).Value}
		return plainValue(o.lead[name.String()]), nil
	}
	both, err := o.all([]ast.Node{n.Node, n.Property})
	if err != nil {
		return nil, err
	}
	if kindName(both[0]) == "other" {
		cell, err := rules.CellOf(both[0], both[1])
		if err != nil {
			return nil, errFails
		}
		return cell, nil
	}
	return o.apply("[]", both[0], both[1])
}

func (o *oracle) unary(n *ast.UnaryNode) (any, error) {
	if n.Operator == "not" || n.Operator == "!" {
		holds, err := o.condition(n.Node)
		return !holds, err
	}
	v, err := o.eval(n.Node)
	if err != nil {
		return nil, err
	}
	return o.apply(n.Operator+"1", v, nil)
}

func (o *oracle) binary(n *ast.BinaryNode) (any, error) {
	switch n.Operator {
	case "&&", "and", "||", "or":
		holds, err := o.condition(n.Left)
		if err != nil || holds == (n.Operator == "||" || n.Operator == "or") {
			return holds, err
		}
		return o.condition(n.Right)
	case "??":
		if v, err := o.eval(n.Left); v != nil || err != nil {
			return v, err
		}
		return o.eval(n.Right)
	}
	both, err := o.all([]ast.Node{n.Left, n.Right})
	if err != nil {
		return nil, err
	}
	operator := n.Operator
	switch {
	case operator == "^":
		operator = "**"
	case operator == "+" && o.joins(n):
		operator = "join"
	}
	return o.apply(operator, both[0], both[1])
}

// list is a function with a predicate.
func (o *oracle) list(n *ast.BuiltinNode) (any, error) {
	v, err := o.eval(n.Arguments[0])
	if err != nil {
		return nil, err
	}
	if v == nil {
		v, _ = o.apply("list", nil, nil)
	}
	var elements []any
	switch v := v.(type) {
	case []any:
		elements = v
	case []string:
		for _, s := range v {
			elements = append(elements, s)
		}
	default:
		return nil, errFails
	}
	var predicate ast.Node = &ast.PointerNode{}
	if len(n.Arguments) > 1 {
		predicate = n.Arguments[1].(*ast.PredicateNode).Node
	}
	names := []string{"#", "#index"}
	value := func(i int) (any, error) { return o.with(predicate, names, []any{elements[i], i}) }
	holds := func(i int) (bool, error) {
		defer o.know(names, []any{elements[i], i})()
		return o.condition(predicate)
	}
	first := func(from, to, step int, wanted bool) (int, error) {
		for i := from; i != to; i += step {
			if h, err := holds(i); h == wanted || err != nil {
				return i, err
			}
		}
		return -1, nil
	}
	one := func(i int, err error) (any, error) {
		if i < 0 || err != nil {
			return nil, err
		}
		return elements[i], nil
	}
	number := func(i int, err error) (any, error) {
		if i < 0 || err != nil {
			return nil, err
		}
		return i, nil
	}
	size := len(elements)
	switch n.Name {
	case "all":
		i, err := first(0, size, 1, false)
		return i < 0, err
	case "any":
		i, err := first(0, size, 1, true)
		return i >= 0, err
	case "none":
		i, err := first(0, size, 1, true)
		return i < 0, err
	case "find":
		return one(first(0, size, 1, true))
	case "findIndex":
		return number(first(0, size, 1, true))
	case "findLast":
		return one(first(size-1, -1, -1, true))
	case "findLastIndex":
		return number(first(size-1, -1, -1, true))
	case "one", "count", "filter":
		kept := []any{}
		for i := range elements {
			h, err := holds(i)
			if err != nil {
				return nil, err
			}
			if h {
				kept = append(kept, elements[i])
			}
		}
		return map[string]any{"one": len(kept) == 1, "count": len(kept), "filter": kept}[n.Name], nil
	case "map":
		made := []any{}
		for i := range elements {
			v, err := value(i)
			if err != nil {
				return nil, err
			}
			made = append(made, v)
		}
		return made, nil
	case "sum":
		var sum any = 0
		for i := range elements {
			v, err := value(i)
			if err != nil {
				return nil, err
			}
			addend, _ := o.apply("addend", v, nil)
			if sum, err = o.apply("+", sum, addend); err != nil {
				return nil, err
			}
		}
		return sum, nil
	}
	panic("the oracle does not know " + n.Name)
}

// written is what an expression writes, as outcome has it: "error", or kind and
// text, or nothing.
func (o *oracle) written(v any, err error) string {
	if err != nil {
		return "error"
	}
	switch v := v.(type) {
	case time.Time:
		if v.Format("15:04:05.999999999") == "00:00:00" {
			return "date " + v.Format(time.DateOnly)
		}
		return "datetime " + v.Format("2006-01-02T15:04:05Z07:00")
	case float64:
		if math.IsInf(v, 0) || math.IsNaN(v) {
			return "error"
		}
	}
	text, ok := plainOutcome(v)
	switch {
	case ok:
		return strings.TrimPrefix(strings.TrimPrefix(text, "rules only"), "; set.out = ")
	case fmt.Sprintf("%T", v) == "rules.clearing":
		return "clear "
	}
	return "error" // a list, a mapping, a row
}

// ruleSet is what a rule set makes of a lead, as outcome has it; of a failure only
// where it is.
func (o *oracle) ruleSet(set *rules.RuleSet) string {
	var fired []string
	var targets []rules.Target
	written := make(map[rules.Target]string)
	act := func(r *rules.Rule) (failure string) {
		for _, group := range []struct {
			activity bool
			list     []rules.Assignment
		}{{false, r.Set}, {true, r.Activity}} {
			for _, a := range group.list {
				target := rules.Target{Activity: group.activity, Name: a.Target}
				tree, err := o.parse(a.Value.Text)
				if err != nil {
					panic(err)
				}
				switch result := o.written(o.eval(tree)); result {
				case "error":
					return fmt.Sprintf("error: rule %q, %s: ", r.Name, target)
				case "":
				default:
					written[target] = result
				}
			}
		}
		fired = append(fired, r.Name)
		return ""
	}
	for i := range set.Rules {
		r := &set.Rules[i]
		for _, a := range r.Set {
			targets = append(targets, rules.Target{Name: a.Target})
		}
		for _, a := range r.Activity {
			targets = append(targets, rules.Target{Activity: true, Name: a.Target})
		}
	}
	if set.Otherwise != nil {
		for _, a := range set.Otherwise.Set {
			targets = append(targets, rules.Target{Name: a.Target})
		}
	}
	for i := range set.Rules {
		r := &set.Rules[i]
		tree, err := o.parse(r.When.Text)
		if err != nil {
			panic(err)
		}
		holds, err := o.condition(tree)
		if err != nil {
			return fmt.Sprintf("error: rule %q, when: ", r.Name)
		}
		if !holds {
			continue
		}
		if failure := act(r); failure != "" {
			return failure
		}
		if set.HitPolicy != rules.All {
			break
		}
	}
	if len(fired) == 0 && set.Otherwise != nil {
		if failure := act(set.Otherwise); failure != "" {
			return failure
		}
	}
	var parts []string
	if len(fired) > 0 {
		parts = append(parts, "rules "+strings.Join(fired, ","))
	}
	for _, target := range targets {
		if result, ok := written[target]; ok {
			parts = append(parts, fmt.Sprintf("%s = %s", target, result))
			delete(written, target)
		}
	}
	return strings.Join(parts, "; ")
}

// plainValue is what plain expr is given for a value of a lead.
func plainValue(v any) any {
	c := kindOf(v)
	switch c.Kind {
	case column.Null:
		return nil
	case column.Bool:
		return c.Text == "true"
	case column.Number:
		if n, err := strconv.Atoi(c.Text); err == nil {
			return n
		}
		f, _ := strconv.ParseFloat(c.Text, 64)
		return f
	}
	return c.Text
}

// plainLead is the environment of a lead for expr.
func plainLead(l lead) map[string]any {
	env := map[string]any{}
	for name, v := range l {
		if field, ok := strings.CutPrefix(name, "lead."); ok {
			env[field] = plainValue(v)
		}
	}
	return map[string]any{"lead": env}
}

// plainOutcome is the outcome of a result of plain expr; ok is false if there is
// nothing to compare.
func plainOutcome(result any) (string, bool) {
	switch r := result.(type) {
	case nil:
		return "rules only", true
	case bool:
		return "rules only; set.out = boolean " + strconv.FormatBool(r), true
	case int:
		return "rules only; set.out = number " + strconv.Itoa(r), true
	case float64:
		if math.IsInf(r, 0) || math.IsNaN(r) {
			return "", false
		}
		format := byte('f')
		if a := math.Abs(r); a != 0 && (a >= 1e21 || a < 1e-7) {
			format = 'g'
		}
		return "rules only; set.out = number " + strconv.FormatFloat(r, format, -1, 64), true
	case string:
		return "rules only; set.out = text " + r, true
	}
	return "", false
}
