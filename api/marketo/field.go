package marketo

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// Field is one named value of a lead or of an activity. Value is nil, a bool,
// a string, a json.Number, or, where a service sent one, a nested value.
type Field struct {
	Name  string
	Value any
}

// Fields are named values in order. They are a JSON object.
type Fields []Field

// Get gives the value of a name and whether it is there.
func (f Fields) Get(name string) (any, bool) {
	if i := f.place(name); i >= 0 {
		return f[i].Value, true
	}
	return nil, false
}

// Text gives the value of a name as a person reads it, "" where it is absent or null.
func (f Fields) Text(name string) string {
	value, _ := f.Get(name)
	return textOf(value)
}

// MarshalJSON writes the fields as an object that keeps their order.
func (f Fields) MarshalJSON() ([]byte, error) {
	out, err := appendFields([]byte{'{'}, f, true)
	if err != nil {
		return nil, err
	}
	return append(out, '}'), nil
}

// place gives the index of a name, -1 where it is absent.
func (f Fields) place(name string) int {
	for i := range f {
		if f[i].Name == name {
			return i
		}
	}
	return -1
}

// textOf gives a decoded JSON value as a person reads it.
func textOf(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		if v {
			return "true"
		}
		return "false"
	case json.Number:
		return v.String()
	default:
		out, err := appendValue(nil, v)
		if err != nil {
			return fmt.Sprint(v)
		}
		return string(out)
	}
}

// appendFields appends the members of an object, without its braces. Fields
// that are nil are left out unless nulls is set.
func appendFields(out []byte, fields Fields, nulls bool) ([]byte, error) {
	first := true
	for _, field := range fields {
		if field.Value == nil && !nulls {
			continue
		}
		if !first {
			out = append(out, ',')
		}
		first = false
		out = append(appendString(out, field.Name), ':')
		var err error
		if out, err = appendValue(out, field.Value); err != nil {
			return nil, fmt.Errorf("encode field %q: %w", field.Name, err)
		}
	}
	return out, nil
}

// appendValue appends one value as JSON.
func appendValue(out []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return append(out, "null"...), nil
	case string:
		return appendString(out, v), nil
	default:
		text, err := json.Marshal(v)
		if err != nil {
			return nil, fmt.Errorf("encode a value: %w", err)
		}
		return append(out, text...), nil
	}
}

// appendString appends text as a JSON string. Bytes that are not UTF-8 become
// U+FFFD, as in encoding/json.
func appendString(out []byte, text string) []byte {
	const hex = "0123456789abcdef"
	out = append(out, '"')
	start := 0
	for i := 0; i < len(text); {
		c := text[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(text[i:])
			if r == utf8.RuneError && size == 1 {
				out = append(append(out, text[start:i]...), "\ufffd"...)
				start = i + 1
			}
			i += size
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		out = append(out, text[start:i]...)
		switch c {
		case '"', '\\':
			out = append(out, '\\', c)
		default:
			out = append(out, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		start = i
	}
	return append(append(out, text[start:]...), '"')
}
