package rules

import (
	"math"
	"strings"
)

// An operation is an operator between two expressions. Its entry in the table of
// operations is the one place that knows it: the checker asks the entry what may
// stand on its sides and what comes out, kernels apply it, tests on columns use its
// short cuts, and RULES.md is written from it.
type operation struct {
	names []string // as expressions write it, the usual way first
	sides sides
	// result is the static type of what comes out of sides of these types.
	result func(l, r static) static
	nils   nilRule
	// apply works on two values, of which neither is nil where the nil rule has an
	// answer of its own. It is nil for and, or and ??, which may leave their right
	// side alone and so have kernels of their own.
	apply operator
	// The short cuts say for two plain texts, or two whole numbers, what apply would
	// say. lowered is texts for a text that lies in the machine's memory.
	texts   func(a, b string) bool
	lowered func(a []byte, b string) bool
	whole   func(a, b int) bool

	text     string // what it does, for the documentation
	examples []Example
}

// An operator works on two values.
type operator func(m *machine, a, b value) (value, error)

// sides says what the checker lets stand on the sides of an operation.
type sides uint8

const (
	sidesAny       sides = iota
	sidesCondition       // what can be read as true or false
	sidesEqual           // anything but what is never equal
	sidesOrder           // numbers, texts or dates
	sidesSum             // numbers or texts
	sidesNumber          // what reads as a number
	sidesMember          // on the right a list or a mapping
	sidesText            // what reads as a text
	sidesPattern         // on the right a regular expression
	sidesWhole           // whole numbers
)

// nilRule says what becomes of an operation with a side that is nil.
type nilRule uint8

const (
	nilCompares nilRule = iota // nil is a value like others: nil == nil
	nilFalse                   // the result is false
	nilNil                     // the result is nil
	nilJoins                   // beside a text the text, else nil
	nilFails                   // the lead fails
)

// String is the rule as the documentation has it.
func (r nilRule) String() string {
	return [...]string{"is compared like any value", "gives false", "gives nil", "is the empty text beside a text, else gives nil", "fails the lead"}[r]
}

// on applies the operation to two values: what nil makes of it first.
func (o *operation) on(m *machine, a, b value) (value, error) {
	if a.kind == kindNil || b.kind == kindNil {
		switch o.nils {
		case nilFalse:
			return boolean(false), nil
		case nilNil:
			return value{}, nil
		}
	}
	return o.apply(m, a, b)
}

func boolResult(_, _ static) static { return isBool }
func listResult(_, _ static) static { return isList }

// otherResult is the type of ?? : that of the right side, or of what is there on the left.
func otherResult(l, r static) static {
	switch {
	case l == dateOrNil && r == isDate:
		return isDate
	case l.shape() == r.shape():
		return either(l, r)
	}
	return unknown
}

// sumResult is that of two numbers, or two texts.
func sumResult(l, r static) static {
	if l == r && (l == isNumber || l == isText) {
		return l
	}
	return unknown
}

func numberResult(l, r static) static {
	if l == isNumber && r == isNumber {
		return isNumber
	}
	return unknown
}

// operations is the table of operators, in the order of the documentation.
func operations() []*operation {
	return []*operation{
		{
			names: []string{"and", "&&"}, sides: sidesCondition, result: boolResult, nils: nilFalse,
			text:     "Whether both conditions hold; the right one is left alone if the left one does not. nil counts as false, the texts true and false as what they say.",
			examples: []Example{{`2 > 1 and 3 > 2`, `true`}, {`false and coalesce("n/a") > 5`, `false`}, {`nil and true`, `false`}},
		},
		{
			names: []string{"or", "||"}, sides: sidesCondition, result: boolResult, nils: nilFalse,
			text:     "Whether one of the conditions holds; the right one is left alone if the left one does.",
			examples: []Example{{`1 > 2 or 3 > 2`, `true`}, {`nil or false`, `false`}},
		},
		{
			names: []string{"=="}, sides: sidesEqual, result: boolResult, nils: nilCompares,
			apply:    func(_ *machine, a, b value) (value, error) { return boolean(equal(a, b)), nil },
			texts:    func(a, b string) bool { return a == b },
			lowered:  func(a []byte, b string) bool { return string(a) == b },
			text:     "Whether both are equal: numbers by their value, everything else only within its kind. A text is never equal to a number.",
			examples: []Example{{`"US" == "US"`, `true`}, {`"us" == "US"`, `false`}, {`1 == 1.0`, `true`}, {`nil == ""`, `false`}},
		},
		{
			names: []string{"!="}, sides: sidesEqual, result: boolResult, nils: nilCompares,
			apply:    func(_ *machine, a, b value) (value, error) { return boolean(!equal(a, b)), nil },
			texts:    func(a, b string) bool { return a != b },
			lowered:  func(a []byte, b string) bool { return string(a) != b },
			text:     "Whether they are not equal.",
			examples: []Example{{`"US" != "CA"`, `true`}, {`nil != nil`, `false`}},
		},
		ordering("<", "Whether the left value is below the right one: two texts by their letters, two dates by time, a text beside a number as a number. A text that is no number fails there; a blank one counts as nil.", func(c int) bool { return c < 0 }, func(a, b int) bool { return a < b }, Example{`"120" < 200`, `true`}),
		ordering("<=", "Whether the left value is below the right one or equal to it.", func(c int) bool { return c <= 0 }, func(a, b int) bool { return a <= b }, Example{`2 <= 2`, `true`}),
		ordering(">", "Whether the left value is above the right one.", func(c int) bool { return c > 0 }, func(a, b int) bool { return a > b }, Example{`"120" > "13"`, `false`}),
		ordering(">=", "Whether the left value is above the right one or equal to it.", func(c int) bool { return c >= 0 }, func(a, b int) bool { return a >= b }, Example{`nil >= 0`, `false`}),
		{
			names: []string{"in"}, sides: sidesMember, result: boolResult, nils: nilCompares, apply: within,
			text:     "Whether a list has an element that is equal, or a mapping the key. `not in` is the opposite.",
			examples: []Example{{`"DE" in ["DE", "AT"]`, `true`}, {`"DE" not in ["FR"]`, `true`}, {`"a" in {"a": 1}`, `true`}, {`"DE" in nil`, `false`}},
		},
		{
			names: []string{"contains"}, sides: sidesText, result: boolResult, nils: nilFalse, apply: textual("contains", strings.Contains),
			texts: strings.Contains, lowered: containsText,
			text:     "Whether the left text has the right one in it. Numbers are read as decimals.",
			examples: []Example{{`"VP Sales" contains "Sales"`, `true`}, {`120 contains "2"`, `true`}},
		},
		{
			names: []string{"startsWith"}, sides: sidesText, result: boolResult, nils: nilFalse, apply: textual("startsWith", strings.HasPrefix),
			texts:    strings.HasPrefix,
			lowered:  func(a []byte, b string) bool { return len(a) >= len(b) && string(a[:len(b)]) == b },
			text:     "Whether the left text starts with the right one.",
			examples: []Example{{`"VP Sales" startsWith "VP"`, `true`}},
		},
		{
			names: []string{"endsWith"}, sides: sidesText, result: boolResult, nils: nilFalse, apply: textual("endsWith", strings.HasSuffix),
			texts:    strings.HasSuffix,
			lowered:  func(a []byte, b string) bool { return len(a) >= len(b) && string(a[len(a)-len(b):]) == b },
			text:     "Whether the left text ends with the right one.",
			examples: []Example{{`"VP Sales" endsWith "VP"`, `false`}},
		},
		{
			names: []string{"matches"}, sides: sidesPattern, result: boolResult, nils: nilFalse, apply: matches,
			text:     "Whether the regular expression (RE2) on the right is found in the text on the left; ^ and $ are its ends.",
			examples: []Example{{`"02139" matches "^[0-9]{5}$"`, `true`}, {`"A-17" matches "^[0-9]"`, `false`}},
		},
		{
			names: []string{"+"}, sides: sidesSum, result: sumResult, nils: nilJoins, apply: add,
			text:     "Two texts joined, or the sum of two numbers. Beside a text that is written out and is no number it joins, numbers in decimals; else a text beside a number is read as a number, as - does.",
			examples: []Example{{`1 + 2`, `3`}, {`"Ms. " + "Doe"`, `"Ms. Doe"`}, {`"Hello " + nil`, `"Hello "`}, {`"Score: " + 5`, `"Score: 5"`}, {`"120" + 10`, `130`}, {`" " + 5 + 1`, `" 51"`}},
		},
		{
			names: []string{"-"}, sides: sidesNumber, result: numberResult, nils: nilNil, apply: arithmetic("-", minus, func(a, b float64) float64 { return a - b }),
			text:     "The difference of two numbers; texts are read as numbers.",
			examples: []Example{{`"1,200" - 200`, `1000`}, {`nil - 1`, `nil`}},
		},
		{
			names: []string{"*"}, sides: sidesNumber, result: numberResult, nils: nilNil, apply: arithmetic("*", times, func(a, b float64) float64 { return a * b }),
			text:     "The product of two numbers.",
			examples: []Example{{`6 * 7`, `42`}},
		},
		{
			names: []string{"/"}, sides: sidesNumber, result: numberResult, nils: nilNil, apply: arithmetic("/", nil, func(a, b float64) float64 { return a / b }),
			text:     "The quotient of two numbers, with a fraction where it does not go even.",
			examples: []Example{{`7 / 2`, `3.5`}},
		},
		{
			names: []string{"%"}, sides: sidesNumber, result: numberResult, nils: nilNil, apply: modulo,
			text:     "The rest of a division of two whole numbers.",
			examples: []Example{{`7 % 3`, `1`}},
		},
		{
			names: []string{"**", "^"}, sides: sidesNumber, result: numberResult, nils: nilNil, apply: arithmetic("**", nil, math.Pow),
			text:     "The power of a number.",
			examples: []Example{{`2 ** 10`, `1024`}},
		},
		{
			names: []string{"??"}, sides: sidesAny, result: otherResult, nils: nilCompares,
			text:     "The left value, or the right one if the left is nil.",
			examples: []Example{{`nil ?? "none"`, `"none"`}, {`"" ?? "none"`, `""`}},
		},
		{
			names: []string{".."}, sides: sidesWhole, result: listResult, nils: nilFails, apply: spread,
			text:     "The list of whole numbers from one to another.",
			examples: []Example{{`2..4`, `[2, 3, 4]`}, {`3 in 1..5`, `true`}},
		},
	}
}

// ordering is the entry of an order comparison.
func ordering(name, text string, holds func(c int) bool, whole func(a, b int) bool, x Example) *operation {
	return &operation{
		names: []string{name}, sides: sidesOrder, result: boolResult, nils: nilFalse, whole: whole,
		apply: func(_ *machine, a, b value) (value, error) {
			c, ok, err := order(name, a, b)
			return boolean(ok && holds(c)), err
		},
		text:     text,
		examples: []Example{x},
	}
}
