package rules

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// A Function documents a function that expressions can call.
type Function struct {
	Name      string    `json:"name"`
	Signature string    `json:"signature"`
	Text      string    `json:"text"`  // what it does, one or two sentences
	Group     string    `json:"group"` // text, web, number, date, choice, list, table
	Examples  []Example `json:"examples"`
}

// An Example is an expression and what it yields, written as an expression is.
type Example struct {
	Expression string `json:"expression"`
	Result     string `json:"result"`
}

// Functions lists all functions, by group and name.
func Functions() []Function {
	var docs []Function
	for _, f := range allFunctions() {
		docs = append(docs, Function{Name: f.name, Signature: f.signature, Text: f.text, Group: f.group, Examples: f.examples})
	}
	for _, f := range listFunctions() {
		docs = append(docs, Function{Name: f.name, Signature: f.signature, Text: f.text, Group: "list", Examples: f.examples})
	}
	slices.SortFunc(docs, func(a, b Function) int {
		if c := strings.Compare(a.Group, b.Group); c != 0 {
			return c
		}
		return strings.Compare(a.Name, b.Name)
	})
	return docs
}

// A function is what expressions call: its entry in the table of functions is the
// one place that knows it. The checker counts and looks at the arguments by it, the
// kernels call it, and the documentation is written from it.
type function struct {
	name      string
	signature string
	// takes is what the arguments are, a word each: any, text, number, whole, date,
	// list, layout, zone (of time), span (of business hours), country (of two letters), table (a table's name, written out), pattern (a regular
	// expression). A word with ? may be left out, one with … may come again.
	takes  string
	result static
	// nils is the result where the first argument (of a table function the first
	// key) is nil and each other one is a sample of its kind; empty if that fails the
	// lead, or if there is no argument. TestNilsGiveWhatTheTableSays has the samples.
	nils     string
	call     func(m *machine, args []value) (value, error)
	plain    func(string) string // instead of call: a text of a text
	parts    []string            // of the mapping that it gives, where they are always the same
	group    string              // of the documentation
	text     string
	examples []Example
}

// argument is the kind of argument number i, as takes has it.
func (f *function) argument(i int) string {
	kinds := strings.Fields(f.takes)
	if i >= len(kinds) {
		i = len(kinds) - 1 // only the last one may come again
	}
	return strings.TrimRight(kinds[i], "?…")
}

// arity is the least and the most arguments; a most of -1 is any number.
func (f *function) arity() (least, most int) {
	kinds := strings.Fields(f.takes)
	for _, kind := range kinds {
		if !strings.HasSuffix(kind, "?") {
			least++
		}
	}
	if strings.HasSuffix(f.takes, "…") {
		return least, -1
	}
	return least, len(kinds)
}

// allFunctions is the table of functions.
func allFunctions() []*function {
	return slices.Concat(textFunctions(), formFunctions(), regexFunctions(), fingerprintFunctions(), webFunctions(), phoneFunctions(), mailFunctions(), personFunctions(), numberFunctions(), dateFunctions(), businessFunctions(), choiceFunctions(), tableFunctions())
}

// run calls the function with the effort of reading its arguments charged and
// its result capped.
func (f *function) run(m *machine, args []value) (value, error) {
	effort := 10
	for i := range args {
		effort += len(args[i].text) / 16
	}
	if err := m.spend(effort); err != nil {
		return value{}, err
	}
	v, err := f.call(m, args)
	switch {
	case err == errAsked: //nolint:errorlint // as it is: it is no failure, and comes a thousand times a batch
		return value{}, err
	case err != nil:
		return value{}, fmt.Errorf("%s: %w", f.name, err)
	case v.kind == kindText && len(v.text) > m.limits.Text:
		return value{}, fmt.Errorf("%s: %w", f.name, m.tooLong())
	}
	if v.kind != kindOther {
		return v, nil
	}
	if n, ok := v.length(); ok {
		if n > m.limits.List {
			return value{}, fmt.Errorf("%s: %w", f.name, m.tooMany())
		}
		if err := m.spend(n); err != nil {
			return value{}, err
		}
	}
	return v, nil
}

// effortPlain is the effort of a function that goes through so many bytes.
func effortPlain(bytes int) int { return 10 + bytes/16 }

// runPlain is run for a function that makes a text of a text.
func (f *function) runPlain(m *machine, v value) (value, error) {
	s, ok := asText(v)
	if !ok {
		return value{}, fmt.Errorf("%s: argument 1 must be a text, not %s", f.name, describe(v))
	}
	if err := m.spend(effortPlain(len(s))); err != nil {
		return value{}, err
	}
	if s = f.plain(s); len(s) > m.limits.Text {
		return value{}, fmt.Errorf("%s: %w", f.name, m.tooLong())
	}
	return text(s), nil
}

// textOf reads an argument as text: nil is "".
func textOf(args []value, i int) (string, error) {
	if i >= len(args) {
		return "", nil
	}
	s, ok := asText(args[i])
	if !ok {
		return "", noText(args, i)
	}
	return s, nil
}

// textsOf reads the first arguments as texts, from the left.
func textsOf(args []value, to ...*string) error {
	for i, s := range to {
		var err error
		if *s, err = textOf(args, i); err != nil {
			return err
		}
	}
	return nil
}

// noText is the error of an argument that has no text.
func noText(args []value, i int) error {
	return fmt.Errorf("argument %d must be a text, not %s", i+1, describe(args[i]))
}

// wholeOf reads an argument as a whole number.
func wholeOf(args []value, i int) (int, error) {
	n, ok := asNumber(args[i])
	// What int makes of a float beyond 64 bits depends on the processor.
	if f := n.rawFloat(); ok && n.kind == kindFloat && math.Abs(f) < 1<<62 && f == math.Trunc(f) {
		n = integer(int(f))
	}
	if !ok || n.kind != kindInt {
		return 0, fmt.Errorf("argument %d must be a whole number, not %s", i+1, describe(args[i]))
	}
	return n.int(), nil
}

// listOf reads an argument as a list: nil is an empty one.
func listOf(args []value, i int) ([]any, error) {
	if l, ok := asList(args[i]); ok {
		return l, nil
	}
	if args[i].isNil() {
		return nil, nil
	}
	return nil, fmt.Errorf("argument %d must be a list, not %s", i+1, describe(args[i]))
}
