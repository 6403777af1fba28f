package schema

import (
	"strings"
	"time"
)

// HeldForm is the form of a lead's value in a field of a type: two values that Marketo holds as
// the same have one form. Numbers are the same by value, booleans as true or false, a date by
// its day, as it is spelt, a datetime by its second, whatever its zone, in UTC where it names
// none. Texts, addresses and URLs are the same only sign by sign. ok is false of a value that
// the type cannot have.
func HeldForm(t Type, value string) (form string, ok bool) {
	switch t {
	case TypeInteger, TypeFloat, TypeScore:
		d, ok := ParseDecimal(strings.TrimSpace(value))
		if !ok {
			return "", false
		}
		return d.Shortest(), true
	case TypeBoolean:
		b, ok := ParseBoolean(strings.TrimSpace(value))
		if !ok {
			return "", false
		}
		if b {
			return "true", true
		}
		return "false", true
	case TypeDate:
		at, _, ok := ParseTime(value)
		return at.Format(time.DateOnly), ok
	case TypeDatetime:
		at, _, ok := ParseTime(value)
		return at.UTC().Truncate(time.Second).Format(time.RFC3339), ok
	}
	return value, true
}

// WrittenForm is the HeldForm of what AppendJSON writes of a cell. A score with a sign changes
// what the lead has, so it is the same as nothing: ok is false, as of a cell that is not of
// the type.
func (n Notation) WrittenForm(t Type, cell string) (form string, ok bool) {
	switch t {
	case TypeString, TypeText, "":
		return cell, true
	case TypeEmail, TypeURL:
		return strings.TrimSpace(cell), true
	}
	var buf [64]byte
	written, err := n.AppendJSON(buf[:0], t, cell)
	if err != nil {
		return "", false
	}
	value := strings.Trim(string(written), `"`)
	if t == TypeScore && strings.ContainsAny(value, "+-") {
		return "", false
	}
	return HeldForm(t, value)
}
