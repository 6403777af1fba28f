package rules_test

import (
	"fmt"
	"strconv"
	"strings"

	"tablestep/engine/rules"
	"tablestep/tables/column"
)

// A generator makes rule sets and leads out of bytes, so that a fuzzer can
// change them.
type generator struct {
	data []byte
	// plainOnly leaves out what expr does not have by itself.
	plainOnly bool
}

// pick is a number below n.
func (g *generator) pick(n int) int {
	if len(g.data) == 0 {
		return 0
	}
	b := int(g.data[0])
	g.data = g.data[1:]
	return b % n
}

func choose[T any](g *generator, list ...T) T { return list[g.pick(len(list))] }

var fieldNames = []string{"a", "b", "c", "d", "e"}

func (g *generator) field() string { return "lead." + choose(g, fieldNames...) }

func (g *generator) quoted() string {
	return strconv.Quote(choose(g, "", "US", "us", "CA", "VP Sales", "vp", "12", "-3.5", "true", "é", "n/a", " x ", "1e3"))
}

func (g *generator) number() string {
	return choose(g, "0", "1", "2", "100", "12", "3.5", "0.0", "9007199254740993", "1e3", "-1", "-0.5")
}

// any makes an expression of any type.
func (g *generator) any(depth int) string {
	switch g.pick(4) {
	case 0:
		return g.condition(depth)
	case 1:
		return g.arithmetic(depth)
	case 2:
		return g.text(depth)
	}
	return g.field()
}

func (g *generator) condition(depth int) string {
	if depth <= 0 {
		return choose(g, "true", "false", g.field(), g.field()+" == "+g.quoted(), g.field()+" > "+g.number())
	}
	d := depth - 1
	switch g.pick(14) {
	case 0:
		return "(" + g.condition(d) + " && " + g.operand(d) + ")"
	case 1:
		return "(" + g.condition(d) + " || " + g.operand(d) + ")"
	case 2:
		return "not (" + g.condition(d) + ")"
	case 3:
		return "(" + g.any(d) + choose(g, " == ", " != ") + g.any(d) + ")"
	case 4:
		return "(" + g.arithmetic(d) + choose(g, " < ", " <= ", " > ", " >= ") + g.arithmetic(d) + ")"
	case 5:
		return "(" + g.text(d) + choose(g, " < ", " <= ", " > ", " >= ") + g.text(d) + ")"
	case 6:
		return "(" + g.text(d) + choose(g, " contains ", " startsWith ", " endsWith ") + g.text(d) + ")"
	case 7:
		return "(" + g.any(d) + choose(g, " in ", " not in ") + g.list(d) + ")"
	case 8:
		return "(" + g.text(d) + " matches " + strconv.Quote(choose(g, "^U", "[0-9]+", "s$", "(a|b)c", "")) + ")"
	case 9:
		return "(" + g.any(d) + choose(g, " == nil", " != nil") + ")"
	case 10:
		return "(" + g.condition(d) + " ? " + g.condition(d) + " : " + g.condition(d) + ")"
	case 11:
		return "(" + g.field() + " ?? " + g.condition(d) + ")"
	case 12:
		return "(" + g.field() + " " + choose(g, "==", "!=", "<", ">", ">=") + " " + choose(g, g.field(), g.quoted(), g.number()) + ")"
	}
	if g.plainOnly {
		return g.field()
	}
	return choose(g,
		"any(words("+g.text(d)+"), # == "+g.quoted()+")",
		"all(["+g.any(d)+", "+g.any(d)+"], # != nil)",
		"none(split("+g.text(d)+", \" \"), lower(#) contains "+g.quoted()+")",
		"one(["+g.any(d)+", "+g.any(d)+", "+g.field()+"], # == "+g.field()+")",
		"any(["+g.text(d)+"], any(words(#), # in ["+g.quoted()+", "+g.field()+"]))",
		"(let w = "+g.text(d)+"; w == "+g.quoted()+" || any(words(w), # startsWith left(w, 1)))",
		"all("+g.any(d)+", # != nil)",
		"oneOf("+g.any(d)+", "+g.quoted()+", "+g.quoted()+")",
		"exists(\"territories\", "+g.text(d)+")",
		"isFreemail("+g.text(d)+")",
		"(row == nil)")
}

// operand is the right side of && or ||. Plain expr lets any value pass there if
// it is the result; here it is a condition, so expr is given nothing else.
func (g *generator) operand(depth int) string {
	c := g.condition(depth)
	if g.plainOnly {
		return "(" + c + ") == true"
	}
	return c
}

func (g *generator) list(depth int) string {
	n := g.pick(11)
	items := make([]string, n)
	uniform := g.pick(3)
	for i := range items {
		switch uniform {
		case 0:
			items[i] = g.quoted()
		case 1:
			items[i] = g.number()
		default:
			items[i] = choose(g, g.quoted(), g.number(), "nil", g.any(depth-1))
		}
	}
	return "[" + strings.Join(items, ", ") + "]"
}

func (g *generator) arithmetic(depth int) string {
	if depth <= 0 {
		return choose(g, g.field(), g.number())
	}
	d := depth - 1
	switch g.pick(6) {
	case 0:
		return "(" + g.arithmetic(d) + choose(g, " + ", " - ", " * ", " / ", " % ", " ** ") + g.arithmetic(d) + ")"
	case 1:
		return choose(g, "-", "+") + "(" + g.arithmetic(d) + ")"
	case 2:
		return "(" + g.condition(d) + " ? " + g.arithmetic(d) + " : " + g.arithmetic(d) + ")"
	case 3:
		return "(" + g.field() + " ?? " + g.arithmetic(d) + ")"
	case 4:
		return g.field()
	}
	if g.plainOnly {
		return g.number()
	}
	return choose(g,
		"number("+g.any(d)+")", "integer("+g.any(d)+")", "round("+g.arithmetic(d)+", 1)", "len("+g.text(d)+")", "abs("+g.arithmetic(d)+")",
		"clamp("+g.any(d)+", 0, 10)", "min("+g.arithmetic(d)+", "+g.arithmetic(d)+")", "count(split("+g.text(d)+", \" \"), # contains "+g.quoted()+")", "findIndex(words("+g.text(d)+"), # > "+g.quoted()+")",
		"sum([1, "+g.arithmetic(d)+", "+g.field()+"], # * 2)", "sum(map(1..3, #index + #))", "find([1, 2, "+g.arithmetic(d)+"], # > "+g.number()+")",
		"sum(map(words("+g.text(d)+"), len(#)))", "sum([1, ["+g.arithmetic(d)+", "+g.field()+"], words("+g.text(d)+")])", "max(1, ["+g.arithmetic(d)+", ["+g.field()+"]])",
		"(let v = "+g.arithmetic(d)+"; v + v)", "daysBetween("+g.any(d)+", \"2024-01-01\")", "bucket("+g.any(d)+", 7)")
}

func (g *generator) text(depth int) string {
	if depth <= 0 {
		return choose(g, g.field(), g.quoted())
	}
	d := depth - 1
	switch g.pick(6) {
	case 0:
		return "(" + g.text(d) + " + " + g.text(d) + ")"
	case 1:
		return "(" + g.condition(d) + " ? " + g.text(d) + " : " + g.text(d) + ")"
	case 2:
		return "(" + g.field() + " ?? " + g.text(d) + ")"
	case 3:
		return choose(g, "lower", "upper", "trim") + "(" + g.text(d) + ")"
	case 4:
		return g.field()
	}
	if g.plainOnly {
		return g.quoted()
	}
	return choose(g,
		"left("+g.text(d)+", 2)", "join(filter(words("+g.text(d)+"), # != "+g.quoted()+"), \"-\")", "find(words("+g.text(d)+"), # startsWith "+g.quoted()+")",
		"findLast(words("+g.text(d)+"), # startsWith "+g.quoted()+")", "(let a = "+g.any(d)+"; let b = a; b ?? "+g.text(d)+")", "title("+g.any(d)+")", "normalize("+g.text(d)+")", "replace("+g.text(d)+", \"a\", "+g.quoted()+")",
		"join(split("+g.text(d)+", \" \"), "+g.quoted()+")", "extract("+g.text(d)+", \"([0-9]+)\", 1)", "string("+g.any(d)+")",
		"lookup(\"territories\", "+g.text(d)+").owner", "{\"US\": \"1\", \"CA\": "+g.quoted()+"}["+g.text(d)+"]",
		"band("+g.any(d)+", 10, "+g.quoted()+", \"big\")", "coalesce("+g.any(d)+", "+g.any(d)+")", "words("+g.text(d)+")[0]", "my[\"Event Date\"]")
}

// value makes a value of a lead. Values repeat.
func (g *generator) value() any {
	switch g.pick(6) {
	case 0:
		return nil
	case 1, 2:
		return choose(g, "", "US", "us", "CA", "VP Sales", "vp sales", "12", "100", "-3.5", "true", "False", "é", "n/a", " x ", "1,000", "jane@gmail.com", "2024-02-03", "1e3")
	case 3:
		return choose(g, 0, 1, 2, 12, 100, -1)
	case 4:
		return column.Value{Kind: column.Number, Text: choose(g, "0.5", "3.5", "1e3", "-0", "1.0", "9007199254740993", "12345678901234567890123", "100.0")}
	}
	return choose(g, true, false)
}

func (g *generator) leads() []lead {
	leads := make([]lead, 1+g.pick(24))
	names := []string{"lead.a", "lead.b", "lead.c", "lead.d", "lead.e", `my["Event Date"]`, "row"}
	for i := range leads {
		leads[i] = lead{}
		for _, name := range names {
			leads[i][name] = g.value()
		}
		if leads[i]["row"] != nil {
			leads[i]["row"] = true
		}
	}
	return leads
}

func (g *generator) ruleSet() *rules.RuleSet {
	set := &rules.RuleSet{Name: "generated", HitPolicy: choose(g, rules.First, rules.All)}
	for i := range 1 + g.pick(4) {
		r := rules.Rule{Name: fmt.Sprint("r", i), When: rules.Expression{Text: g.condition(3)}}
		for range g.pick(3) {
			r.Set = append(r.Set, rules.Assignment{Target: choose(g, "x", "y"), Value: rules.Expression{Text: g.any(3)}})
		}
		set.Rules = append(set.Rules, r)
	}
	if g.pick(2) == 1 {
		set.Otherwise = &rules.Rule{Name: "otherwise", Set: []rules.Assignment{{Target: "x", Value: rules.Expression{Text: g.any(2)}}}}
	}
	return set
}
