package shape

import (
	"encoding/json"
	"errors"
)

// Sticky is how long a lead keeps its row, such as "90d". For ever is true, or the same in quotes, as it is told; false
// is not at all.
type Sticky string

// errSticky says what may stand there.
var errSticky = errors.New(`say how long a lead keeps its row, such as "90d", or true for ever`)

// UnmarshalJSON reads a text, true or false. Null is not at all.
func (s *Sticky) UnmarshalJSON(text []byte) error {
	var yes *bool
	if json.Unmarshal(text, &yes) == nil {
		*s = ""
		if yes != nil && *yes {
			*s = "true"
		}
		return nil
	}
	var span string
	if json.Unmarshal(text, &span) != nil {
		return errSticky
	}
	*s = Sticky(span)
	return nil
}

// OneOf are values of the types that it may have.
func (Sticky) OneOf() []any { return []any{"", true} }
