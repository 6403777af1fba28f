package tables

// Mode says how a cell of the table is compared with a value of the lead.
type Mode string

// The match modes. Normalized is the default.
const (
	ModeExact      Mode = "exact"
	ModeNormalized Mode = "normalized"
)

// HitPolicy says what several hits of one lead mean.
type HitPolicy string

// The hit policies. First is the default.
const (
	PolicyFirst  HitPolicy = "first"
	PolicyUnique HitPolicy = "unique"
)

// OnNoMatch says what happens to the outputs of a lead that no row matches.
type OnNoMatch string

// What happens when nothing matches. Keep is the default.
const (
	NoMatchKeep    OnNoMatch = "keep"    // fields stay as they are and the record fails with LOOKUP_VALUE_NOT_FOUND
	NoMatchDefault OnNoMatch = "default" // every output that has a default is written with it
	NoMatchClear   OnNoMatch = "clear"   // every output field is emptied
)

// Type is the type of a value that goes back to Marketo, by Marketo's names.
type Type string

// The types of Marketo's fields.
const (
	TypeString   Type = "string"
	TypeText     Type = "text"
	TypeInteger  Type = "integer"
	TypeFloat    Type = "float"
	TypeBoolean  Type = "boolean"
	TypeDate     Type = "date"
	TypeDatetime Type = "datetime"
	TypeScore    Type = "score"
	TypeEmail    Type = "email"
	TypeURL      Type = "url"
)

// A Match pairs a column of the table with a field of the lead.
type Match struct {
	Column     string `json:"column"`
	Field      string `json:"field"`
	Mode       Mode   `json:"mode,omitempty"`
	MatchEmpty bool   `json:"matchEmpty,omitempty"` // an empty cell matches an empty value
}

// An Output writes a column of the row that was hit to a field of the lead.
type Output struct {
	Column  string `json:"column"`
	Field   string `json:"field"`
	Type    Type   `json:"type,omitempty"`
	Default string `json:"default,omitempty"` // used by NoMatchDefault; empty means none
}

// A Lookup says how a table is used. The lookup of the table's own name is its
// default one.
type Lookup struct {
	Name      string    `json:"name"`
	Label     string    `json:"label,omitempty"`
	Match     []Match   `json:"match"`
	HitPolicy HitPolicy `json:"hitPolicy,omitempty"`
	Outputs   []Output  `json:"outputs"`
	OnNoMatch OnNoMatch `json:"onNoMatch,omitempty"`
	RuleSet   string    `json:"ruleSet,omitempty"`
	Guessed   bool      `json:"guessed,omitempty"` // made from the columns, not set by a person
}

// mode is the mode that counts.
func (m Match) mode() Mode {
	if m.Mode == "" {
		return ModeNormalized
	}
	return m.Mode
}

// columns are all columns that a lookup uses.
func (l Lookup) columns() []string {
	names := make([]string, 0, len(l.Match)+len(l.Outputs))
	for _, m := range l.Match {
		names = append(names, m.Column)
	}
	for _, o := range l.Outputs {
		names = append(names, o.Column)
	}
	return names
}
