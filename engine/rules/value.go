package rules

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/expr-lang/expr/vm/runtime"

	"tablestep/tables/column"
)

// A value is what an expression yields, in a form that needs no allocation for
// what rules mostly handle. Elements of lists and mappings are Go values, as expr
// has them; toAny and fromAny translate.
type value struct {
	kind  kind
	bits  uint64 // of a bool, an int, a float
	text  string // of a text; of a number that a lead has also how it came, where that tells more than bits
	other any    // of kindOther: time.Time, []any, []string, *tableRow, map[string]any …
}

// A kind says which of the fields counts.
type kind uint8

const (
	kindNil kind = iota
	kindBool
	kindInt
	kindFloat
	kindText
	kindOther
)

// boolean and those below make values; what they take is shared, not copied.
func boolean(b bool) value {
	if b {
		return value{kind: kindBool, bits: 1}
	}
	return value{kind: kindBool}
}

func integer(i int) value            { return value{kind: kindInt, bits: uint64(i)} }
func float(f float64) value          { return value{kind: kindFloat, bits: math.Float64bits(f)} }
func text(s string) value            { return value{kind: kindText, text: s} }
func list(l []any) value             { return value{kind: kindOther, other: l} }
func strs(l []string) value          { return value{kind: kindOther, other: l} }
func mapping(m map[string]any) value { return value{kind: kindOther, other: m} }
func moment(t time.Time) value       { return value{kind: kindOther, other: t} }
func (v value) isNil() bool          { return v.kind == kindNil }
func (v value) isNumber() bool       { return v.kind == kindInt || v.kind == kindFloat }
func (v value) bool() bool           { return v.bits != 0 }
func (v value) int() int             { return int(v.bits) }
func (v value) rawFloat() float64    { return math.Float64frombits(v.bits) }
func (v value) isTrue() bool         { return v.kind == kindBool && v.bits != 0 }

// float is the number as float64; v must be a number.
func (v value) float() float64 {
	if v.kind == kindInt {
		return float64(v.int())
	}
	return v.rawFloat()
}

// asList is the elements of a list.
func asList(v value) ([]any, bool) {
	switch l := v.other.(type) {
	case []any:
		return l, true
	case []string:
		boxed := make([]any, len(l))
		for i := range l {
			boxed[i] = l[i]
		}
		return boxed, true
	}
	return nil, false
}

// length is the number of elements of a list.
func (v value) length() (int, bool) {
	switch l := v.other.(type) {
	case []any:
		return len(l), true
	case []string:
		return len(l), true
	}
	return 0, false
}

// toAny is the value as a Go value: nil, bool, int, float64, string, or the other.
func toAny(v value) any {
	switch v.kind {
	case kindBool:
		return v.bits != 0
	case kindInt:
		return v.int()
	case kindFloat:
		return v.rawFloat()
	case kindText:
		return v.text
	case kindOther:
		return v.other
	}
	return nil
}

// fromAny is toAny's inverse.
func fromAny(x any) value {
	switch x := x.(type) {
	case nil:
		return value{}
	case bool:
		return boolean(x)
	case int:
		return integer(x)
	case float64:
		return float(x)
	case string:
		return text(x)
	}
	return value{kind: kindOther, other: x}
}

// fromColumn is the value of a field. A number without a fraction that fits 64
// bits is an integer, any other number a float; an object or a list is its JSON
// text.
func fromColumn(v column.Value) value {
	switch v.Kind {
	case column.Null:
		return value{}
	case column.Bool:
		return boolean(v.Text == "true")
	case column.Number:
		if n, ok := parseNumber(v.Text); ok {
			if n.kind == kindFloat || v.Text == "-0" {
				n.text = v.Text // Tables are asked with it as it came; see asKey.
			}
			return n
		}
	}
	return text(v.Text)
}

// asText is what string functions and operators read of a value: nil is "", a
// number its decimal form, a date its RFC 3339 form. Lists and rows have none.
func asText(v value) (string, bool) {
	switch v.kind {
	case kindText:
		return v.text, true
	case kindNil:
		return "", true
	case kindBool:
		return strconv.FormatBool(v.bits != 0), true
	case kindInt:
		return strconv.Itoa(v.int()), true
	case kindFloat:
		return formatFloat(v.rawFloat()), true
	}
	if t, ok := v.other.(time.Time); ok {
		return formatTime(t), true
	}
	return "", false
}

// asKey is what a table is asked with: a number stays one, spelt as it came.
func asKey(v value) (key column.Value, ok bool) {
	if key.Text, ok = asText(v); !ok {
		return key, false
	}
	switch v.kind {
	case kindNil:
		key.Kind = column.Null
	case kindBool:
		key.Kind = column.Bool
	case kindInt, kindFloat:
		key.Kind = column.Number
		if v.text != "" {
			key.Text = v.text
		}
	default:
		key.Kind = column.Text
	}
	return key, true
}

// isBlank says that a value is a text without anything in it; beside a number it
// counts as nil.
func (v value) isBlank() bool { return v.kind == kindText && strings.TrimSpace(v.text) == "" }

// asNumber is what arithmetic reads of a value: a number, or a text that reads
// as one by readNumber.
func asNumber(v value) (value, bool) {
	switch v.kind {
	case kindInt, kindFloat:
		return v, true
	case kindText:
		return readNumber(v.text)
	}
	return value{}, false
}

// equal is expr's ==: numbers by value whatever their type, everything else only
// within its type. A text is never equal to a number.
func equal(a, b value) bool {
	switch {
	case a.kind == kindText && b.kind == kindText:
		return a.text == b.text
	case a.kind == kindInt && b.kind == kindInt:
		return a.bits == b.bits
	case a.isNumber() && b.isNumber():
		return a.float() == b.float()
	case a.kind == kindOther || b.kind == kindOther:
		return runtime.Equal(toAny(a), toAny(b))
	}
	return a.kind == b.kind && a.bits == b.bits
}

// describe writes a value into a message or a trace.
func describe(v value) string {
	const most = 60
	switch v.kind {
	case kindNil:
		return "nil"
	case kindText:
		s := v.text
		if len(s) > most {
			cut := strings.ToValidUTF8(s[:most], "")
			return strconv.Quote(cut) + "…"
		}
		return strconv.Quote(s)
	case kindOther:
		// Of a long list only the beginning is boxed.
		if l, ok := v.other.([]string); ok {
			v.other, _ = asList(strs(l[:min(len(l), most)]))
		}
		switch x := v.other.(type) {
		case time.Time:
			return formatTime(x)
		case *tableRow:
			return "a row of table " + x.table
		case []any:
			var b strings.Builder
			b.WriteByte('[')
			for i := range x {
				if i > 0 {
					b.WriteString(", ")
				}
				if b.Len() > most {
					b.WriteString("…")
					break
				}
				b.WriteString(describe(fromAny(x[i])))
			}
			return b.String() + "]"
		case clearing:
			return "clear()"
		}
		return "a mapping"
	}
	s, _ := asText(v)
	return s
}
