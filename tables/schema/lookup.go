package schema

import (
	"slices"
	"strings"

	"tablestep/tables/notation"
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
	Column   string `json:"column"`
	ColumnTo string `json:"columnTo,omitempty"` // ModeRange: the upper ends, where Column has only the lower ones
	Field    string `json:"field"`
	// More are further fields, of which the first that is not empty counts where Field is empty.
	// They stand behind Field in one list where people write it (Fields).
	More []string `json:"more,omitempty"`
	// Split takes a value apart, such as ";": each part is looked up. Empty: the value is one.
	Split      string  `json:"split,omitempty"`
	Mode       Mode    `json:"mode,omitempty"`
	Threshold  float64 `json:"threshold,omitempty"`  // ModeFuzzy: the least similarity, above 0 up to 1; 0 is the default
	MaxErrors  int     `json:"maxErrors,omitempty"`  // ModeFuzzy: the most errors, beside Threshold; 0 is no bound of its own
	Form       Mode    `json:"form,omitempty"`       // ModeFuzzy: the form in which texts are compared, one of Forms; empty is ModeNormalized
	MatchEmpty bool    `json:"matchEmpty,omitempty"` // an empty cell matches an empty value
	// Anything are the cells that mean anything, nothing included; nil is as the mode has
	// them, and an empty list is none.
	Anything []string `json:"anything,omitzero"`
	// Numbers and Dates say how a lead's value is read that can be read in two ways; empty
	// is as the column's cells are.
	Numbers notation.Numbers `json:"numbers,omitempty"`
	Dates   notation.Dates   `json:"dates,omitempty"`
	// Zone is the time zone, of the IANA's database, whose days the cells are, where a value
	// has a time and a zone; empty is that of the service.
	Zone string `json:"zone,omitempty"`
}

// Now is the name of no lead field: the moment in which the leads were accepted. See Match.AtNow.
const Now = "@now"

// Write says when an output is written over what the lead has.
type Write string

// When an output is written. Always is the default.
const (
	WriteAlways      Write = "always"
	WriteIfEmpty     Write = "ifEmpty"     // the lead's field is empty
	WriteIfDifferent Write = "ifDifferent" // the lead's field holds something else
)

// An Output writes a column of the row that was hit, or a constant, to a field of the lead.
type Output struct {
	Column  string `json:"column,omitempty"`
	Value   string `json:"value,omitempty"` // a constant, in place of Column
	Write   Write  `json:"write,omitempty"`
	Field   string `json:"field"`
	Type    Type   `json:"type,omitempty"`
	Default string `json:"default,omitempty"` // used by NoMatchDefault; empty means none
}

// A Lookup says how a table is used. The lookup of the table's own name is its
// default one.
type Lookup struct {
	Name           string    `json:"name"`
	Version        int       `json:"version,omitempty"` // of those of the lookup; 0: it is guessed, or was not kept yet
	Label          string    `json:"label,omitempty"`
	Match          []Match   `json:"match"`
	Require        int       `json:"require,omitempty"` // how many of Match must hold; 0 is all
	HitPolicy      HitPolicy `json:"hitPolicy,omitempty"`
	PriorityColumn string    `json:"priorityColumn,omitempty"` // PolicyPriority: the column of numbers
	Aggregate      Aggregate `json:"aggregate,omitempty"`      // PolicyCollect: what becomes of the cells
	Separator      string    `json:"separator,omitempty"`      // AggregateList, AggregateDistinct: between two cells; empty is DefaultSeparator
	// Of PolicyRotate: the column whose cells name a row over versions, and those of its weight,
	// its cap, and the days on which it is away.
	RowKey       string    `json:"rowKey,omitempty"`
	WeightColumn string    `json:"weightColumn,omitempty"`
	CapColumn    string    `json:"capColumn,omitempty"`
	CapPeriod    CapPeriod `json:"capPeriod,omitempty"`
	AwayColumn   string    `json:"awayColumn,omitempty"`
	Sticky       string    `json:"sticky,omitempty"` // how long a lead keeps its row: "90d", or "true" for ever; empty: not at all
	Outputs      []Output  `json:"outputs"`
	Then         string    `json:"then,omitempty"` // the lookup that goes on with the outputs as fields: table, or table/lookup
	Else         string    `json:"else,omitempty"` // the lookup to try where no row is hit
	OnNoMatch    OnNoMatch `json:"onNoMatch,omitempty"`
	RuleSet      string    `json:"ruleSet,omitempty"`
	Tests        []Test    `json:"tests,omitempty"`
	Guessed      bool      `json:"guessed,omitempty"` // made from the columns and not confirmed: it writes nothing

	Aliases *Aliases `json:"-"` // that stand beside the table; nil: none. Those of a lookup that is live in a catalog
}

// MatchMode is the mode that counts.
func (m Match) MatchMode() Mode {
	if m.Mode == "" {
		return ModeNormalized
	}
	return m.Mode
}

// Values is how a lead's values are read that can be read in two ways, where the cells are
// written as n says.
func (m *Match) Values(n Notation) Notation {
	if m.Numbers != "" {
		n.Numbers = m.Numbers
	}
	if m.Dates != "" {
		n.Dates = m.Dates
	}
	return n
}

// Wild are the cells that mean anything. At Now an empty one is valid for ever.
func (m Match) Wild() []string {
	wild := m.Anything
	if wild == nil {
		wild = m.MatchMode().Anything()
	}
	if m.AtNow() && !slices.Contains(wild, "") {
		wild = append(slices.Clone(wild), "")
	}
	return wild
}

// TakesEmpty says that an empty value may hold.
func (m Match) TakesEmpty() bool {
	return m.MatchEmpty || m.MatchMode() == ModeCondition || len(m.Wild()) > 0
}

// Policy is the hit policy that counts.
func (l *Lookup) Policy() HitPolicy {
	if l.HitPolicy != "" {
		return l.HitPolicy
	}
	if l.Some() || slices.ContainsFunc(l.Match, func(m Match) bool { return m.MatchMode().graded() }) {
		return PolicyBest
	}
	return PolicyFirst
}

// Some says that a row may be a hit in which not all match entries hold.
func (l *Lookup) Some() bool { return l.Require > 0 && l.Require < len(l.Match) }

// ListSeparator is what stands between the cells of a list.
func (l *Lookup) ListSeparator() string {
	if l.Separator == "" {
		return DefaultSeparator
	}
	return l.Separator
}

// Columns are all columns that a lookup uses. A constant has none.
func (l *Lookup) Columns() []string {
	names := make([]string, 0, len(l.Match)+len(l.Outputs))
	for _, m := range l.Match {
		names = append(names, m.Column)
		if m.ColumnTo != "" {
			names = append(names, m.ColumnTo)
		}
	}
	if l.PriorityColumn != "" {
		names = append(names, l.PriorityColumn)
	}
	for _, s := range l.rotateSettings() {
		if *s.value != "" {
			names = append(names, *s.value)
		}
	}
	for _, o := range l.Outputs {
		if !o.Constant() {
			names = append(names, o.Column)
		}
	}
	return names
}

// Matches says that the lookup holds cells of a column against lead values.
func (l *Lookup) Matches(column string) bool {
	return slices.ContainsFunc(l.Match, func(m Match) bool {
		return EqualName(m.Column, column) || m.ColumnTo != "" && EqualName(m.ColumnTo, column)
	})
}

// SortLookups puts the default one first and the others in order of their names.
func SortLookups(table string, lookups []Lookup) {
	slices.SortFunc(lookups, func(a, b Lookup) int {
		if (a.Name == table) != (b.Name == table) {
			if a.Name == table {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
}

// OutputColumns are the columns of the outputs that the version has.
func (l *Lookup) OutputColumns(v *Version) []int {
	var columns []int
	for _, o := range l.Outputs {
		if c, ok := v.Column(o.Column); ok && !slices.Contains(columns, c) {
			columns = append(columns, c)
		}
	}
	return columns
}
