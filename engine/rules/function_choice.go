package rules

import (
	"errors"
	"strings"

	"tablestep/tables/column"
)

// clearing is the value of clear().
type clearing struct{}

// choiceFunctions choose among values.
func choiceFunctions() []*function {
	return []*function{
		{
			name: "coalesce", signature: "coalesce(x, y, …)", takes: "any…", nils: "nil", result: unknown, group: "choice",
			text:     "The first value that is neither nil nor a blank text; nil if there is none. (The operator ?? looks for nil only.)",
			examples: []Example{{`coalesce(nil, "  ", "x", "y")`, `"x"`}, {`coalesce(nil, "")`, `nil`}},
			call: func(_ *machine, args []value) (value, error) {
				for i := range args {
					if !blank(args[i]) {
						return args[i], nil
					}
				}
				return value{}, nil
			},
		},
		{
			name: "default", signature: "default(x, otherwise)", takes: "any any", nils: `"x"`, result: unknown, group: "choice",
			text:     "The value, or otherwise if it is nil or a blank text.",
			examples: []Example{{`default("", "Unknown")`, `"Unknown"`}, {`default("DE", "Unknown")`, `"DE"`}},
			call: func(_ *machine, args []value) (value, error) {
				if blank(args[0]) {
					return args[1], nil
				}
				return args[0], nil
			},
		},
		{
			name: "oneOf", signature: "oneOf(x, a, b, …)", takes: "any any…", nils: "false", result: isBool, group: "choice",
			text:     "Whether the value is one of the others, compared as texts in normalized form: case and spaces do not count. A list stands for its elements. nil and blank texts are none.",
			examples: []Example{{`oneOf(" germany ", "Germany", "Austria")`, `true`}, {`oneOf("FR", ["DE", "AT"])`, `false`}, {`oneOf(nil, "")`, `false`}},
			call:     oneOfCall,
		},
		{
			name: "first", signature: "first(list)", takes: "list", nils: "nil", result: unknown, group: "choice",
			text: "The first element of a list; nil if it is empty.", examples: []Example{{`first(words("Jane Mary Doe"))`, `"jane"`}, {`first([])`, `nil`}},
			call: func(_ *machine, args []value) (value, error) { return elementCall(args, 0) },
		},
		{
			name: "last", signature: "last(list)", takes: "list", nils: "nil", result: unknown, group: "choice",
			text: "The last element of a list; nil if it is empty.", examples: []Example{{`last(split("a.b.c", "."))`, `"c"`}},
			call: func(_ *machine, args []value) (value, error) { return elementCall(args, -1) },
		},
		{
			name: "boolean", signature: "boolean(x)", takes: "any", nils: "nil", result: unknown, group: "choice",
			text:     "The value read as true or false: true, yes, y, on, 1 and false, no, n, off, 0 in any case. nil if it is neither.",
			examples: []Example{{`boolean("Yes")`, `true`}, {`boolean(0)`, `false`}, {`boolean("maybe")`, `nil`}},
			call:     booleanCall,
		},
		{
			name: "clear", signature: "clear()", takes: "", result: unknown, group: "choice",
			text:     "As the value of a field: empty the field. (nil leaves the field as it is.)",
			examples: []Example{{`clear() == nil`, `false`}},
			call: func(*machine, []value) (value, error) {
				return value{kind: kindOther, other: clearing{}}, nil
			},
		},
	}
}

// blank is what a form field has that nobody filled in.
func blank(v value) bool {
	return v.isNil() || v.kind == kindText && strings.TrimSpace(v.text) == ""
}

// oneOfCall normalizes each candidate for each value. A rule set with a long list is better
// off with a table, whose index has normalized its cells.
func oneOfCall(m *machine, args []value) (value, error) {
	s, err := textOf(args, 0)
	if err != nil {
		return value{}, err
	}
	if len(s) > m.limits.Text {
		return value{}, m.tooLong()
	}
	key := column.Normalize(s)
	if key == "" {
		return boolean(false), nil
	}
	for i := 1; i < len(args); i++ {
		candidates := []any{toAny(args[i])}
		if l, ok := asList(args[i]); ok {
			candidates = l
		}
		for _, c := range candidates {
			s, ok := asText(fromAny(c))
			if !ok {
				return value{}, errors.New("the others must be texts or lists of texts")
			}
			if err := m.spend(4 + len(s)/4); err != nil {
				return value{}, err
			}
			if column.Normalize(s) == key {
				return boolean(true), nil
			}
		}
	}
	return boolean(false), nil
}

// elementCall is the element at i, from the end if i is negative: -1 is the last one.
func elementCall(args []value, i int) (value, error) {
	l, err := listOf(args, 0)
	if err != nil || len(l) == 0 {
		return value{}, err
	}
	if i < 0 {
		i += len(l)
	}
	return fromAny(l[i]), nil
}

// booleanCall reads what forms and CRMs write. What is neither is nil and no error, so that
// coalesce can give it a meaning.
func booleanCall(_ *machine, args []value) (value, error) {
	if args[0].kind == kindBool {
		return args[0], nil
	}
	s, err := textOf(args, 0)
	if err != nil {
		return value{}, err
	}
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "true", "yes", "y", "on", "1":
		return boolean(true), nil
	case "false", "no", "n", "off", "0":
		return boolean(false), nil
	}
	return value{}, nil
}
