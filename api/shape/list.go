package shape

import "encoding/json"

// A List is told as [] where it is empty, never as null.
type List[T any] []T

// MarshalJSON writes the list.
func (l List[T]) MarshalJSON() ([]byte, error) {
	if len(l) == 0 {
		return []byte("[]"), nil
	}
	return json.Marshal([]T(l))
}

// Counts are numbers by name, told as {} where there are none, never as null.
type Counts map[string]int

// MarshalJSON writes the counts.
func (c Counts) MarshalJSON() ([]byte, error) {
	if len(c) == 0 {
		return []byte("{}"), nil
	}
	return json.Marshal(map[string]int(c))
}
