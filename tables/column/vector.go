package column

// Kind is the JSON kind of a lead value.
type Kind uint8

// The kinds of lead values. Null is absent or JSON null.
const (
	Null Kind = iota
	Text
	Number // the number's literal, exactly as received
	Bool   // "true" or "false"
	Other  // an object or array, as its JSON text
)

// A Value is one distinct value of a vector.
type Value struct {
	Kind Kind
	Text string
}

// A Vector holds one field of a batch of leads, dictionary-coded: row i has
// Values[Codes[i]]. Values[0] is always the null value, so code 0 means null.
// Distinct values have distinct codes, thus kernels work once a value and
// compare codes.
type Vector struct {
	Codes  []uint32
	Values []Value
}

// Len is the number of rows.
func (v Vector) Len() int { return len(v.Codes) }

// At is the value of a row.
func (v Vector) At(row int) Value { return v.Values[v.Codes[row]] }

// IsNull says that the row has no value.
func (v Vector) IsNull(row int) bool { return v.Codes[row] == 0 }
