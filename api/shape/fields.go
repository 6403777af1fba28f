package shape

import (
	"encoding/json"
	"errors"
)

// Fields are the lead fields of a match entry. One is told as a text, several as a list; a list
// of one is taken, too.
type Fields []string

// MarshalJSON writes a text, or a list of texts.
func (f Fields) MarshalJSON() ([]byte, error) {
	switch len(f) {
	case 0:
		return []byte(`""`), nil
	case 1:
		return json.Marshal(f[0])
	}
	return json.Marshal([]string(f))
}

// errFields says what may stand in the place of the fields.
var errFields = errors.New(`name a lead field, such as "phone", or several in a list, such as ["mobilePhone", "phone"]`)

// UnmarshalJSON reads both forms. Null names no field.
func (f *Fields) UnmarshalJSON(text []byte) error {
	var one *string
	if json.Unmarshal(text, &one) == nil {
		*f = nil
		if one != nil {
			*f = Fields{*one}
		}
		return nil
	}
	var list []*string // a text in a list that is null is not the empty text
	if json.Unmarshal(text, &list) != nil {
		return errFields
	}
	*f = make(Fields, 0, len(list))
	for _, field := range list {
		if field == nil {
			return errFields
		}
		*f = append(*f, *field)
	}
	return nil
}

// OneOf are values of the types that it may have.
func (Fields) OneOf() []any { return []any{"", []string(nil)} }
