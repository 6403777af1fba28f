package shape

import (
	"encoding/json"
	"time"
)

// A Lookup says how a table is used. In a request the name in the path holds.
type Lookup struct {
	Name           string       `json:"name" doc:"The default lookup has the table's own."`
	Version        int          `json:"version,omitempty" doc:"Which version of the lookup this is; in a request it does not count."`
	Label          string       `json:"label,omitempty" doc:"What marketers see."`
	Match          List[Match]  `json:"match" doc:"All of them must hold, or as many as require says."`
	Require        int          `json:"require,omitempty" doc:"How many match entries must hold; left out: all. Under policy best, rows in which more of them hold come first."`
	HitPolicy      string       `json:"hitPolicy,omitempty" doc:"What several hits mean: first, unique, any, best, priority, collect or rotate. Left out: best where a mode ranks its hits or not all entries must hold, else first."`
	PriorityColumn string       `json:"priorityColumn,omitempty" doc:"Of policy priority: the column of numbers, the lowest first."`
	Aggregate      string       `json:"aggregate,omitempty" doc:"Of policy collect: list, distinct, count, sum, min or max."`
	Separator      string       `json:"separator,omitempty" doc:"Of aggregates list and distinct: between two cells."`
	RowKey         string       `json:"rowKey,omitempty" doc:"Of policy rotate: the column whose cells name a row over versions; each stands once."`
	WeightColumn   string       `json:"weightColumn,omitempty" doc:"Of policy rotate: the column of weights, whole numbers; an empty cell is 1, and 0 takes the row out."`
	CapColumn      string       `json:"capColumn,omitempty" doc:"Of policy rotate: the column of the most leads of a capPeriod; an empty cell is no bound."`
	CapPeriod      string       `json:"capPeriod,omitempty" doc:"Of policy rotate, beside capColumn: day, week or month, by the service's --time-zone."`
	AwayColumn     string       `json:"awayColumn,omitempty" doc:"Of policy rotate: the column of spans of days on which the row gets no leads."`
	Sticky         Sticky       `json:"sticky,omitempty" doc:"Of policy rotate: how long a lead keeps its row, such as 90d; true: for ever."`
	Outputs        List[Output] `json:"outputs" doc:"What is written."`
	Then           string       `json:"then,omitempty" doc:"The lookup that goes on with the outputs as lead fields: TABLE, or TABLE/LOOKUP."`
	Else           string       `json:"else,omitempty" doc:"The lookup that is tried where no row is hit."`
	OnNoMatch      string       `json:"onNoMatch,omitempty" doc:"keep, default or clear."`
	RuleSet        string       `json:"ruleSet,omitempty" doc:"Rules that run over the row that was hit."`
	Tests          []Test       `json:"tests,omitempty" doc:"Run before the lookup, or rows of its table, go live; one that fails keeps them from it. At most 100."`
	Guessed        bool         `json:"guessed,omitempty" doc:"Made from the columns, and not confirmed by a person: leads are matched, and nothing is written."`
	DeadColumns    []string     `json:"deadColumns,omitempty" doc:"Columns that it uses and the live version lacks: what needs them fails with COLUMN_NOT_FOUND. In a request they do not count."`
}

// A Test is a lead, and what the lookup has to make of it. The rule set of the lookup does not run.
type Test struct {
	Name    string           `json:"name,omitempty" doc:"What people call it; left out: its number."`
	Lead    json.RawMessage  `json:"lead" required:"true" doc:"The lead's fields."`
	AsOf    *time.Time       `json:"asOf,omitempty" doc:"The moment that counts, such as 2026-03-31T12:00:00Z; left out: that of the run."`
	Want    *json.RawMessage `json:"want,omitempty" doc:"The values of fields as they are written: null of a field that must not be written, and clear() of one that is emptied. Fields that are not named may be anything. null, or left out without matched: no row may be hit."`
	Matched *bool            `json:"matched,omitempty" doc:"Whether a row must be hit; false also goes with want, for defaults."`
}

// A Match pairs a column of the table with a field of the lead.
type Match struct {
	Column     string   `json:"column" required:"true"`
	ColumnTo   string   `json:"columnTo,omitempty" doc:"Of mode range: the column of the upper ends, where column has only the lower ones."`
	Field      Fields   `json:"field" required:"true" doc:"Of several, at most 10, the first that is not empty counts."`
	Split      string   `json:"split,omitempty" doc:"Takes a value apart, such as ;: each part is looked up, and the answers are joined by the same sign. Of one entry at most."`
	Mode       string   `json:"mode,omitempty" doc:"How a cell is compared with the value; normalized where it is left out."`
	Threshold  float64  `json:"threshold,omitempty" doc:"Of mode fuzzy: the least similarity, above 0 up to 1."`
	MaxErrors  int      `json:"maxErrors,omitempty" doc:"Of mode fuzzy: the most typing errors, 1 to 512, beside threshold; left out: as many as threshold allows."`
	Form       string   `json:"form,omitempty" doc:"Of mode fuzzy: the form in which texts are compared: normalized, loose or company; left out: normalized."`
	MatchEmpty bool     `json:"matchEmpty,omitempty" doc:"An empty cell matches an empty value."`
	Anything   []string `json:"anything,omitzero" doc:"Cells that mean anything, nothing included, such as * or -. Left out: - and an empty cell in mode condition, * alone in mode wildcard, none elsewhere. An empty list: none."`
	Numbers    string   `json:"numbers,omitempty" doc:"How a value is read that is a number in two ways, such as 1.500: 1,234.5, 1.234,5, 1 234,5 or 1'234.5; left out: as the column's cells."`
	Dates      string   `json:"dates,omitempty" doc:"How a value is read that is a date in two ways, such as 03/04/2024: mdy or dmy; left out: as the column's cells."`
	Zone       string   `json:"zone,omitempty" doc:"Time zone, of the IANA's database, whose days the cells are, for values with a time and a zone; left out: the service's --time-zone."`
}

// An Output writes a column of the row that was hit, or a constant, to a field of the lead.
type Output struct {
	Column  string `json:"column,omitempty" doc:"Whose cell is written; left out where value is given."`
	Value   string `json:"value,omitempty" doc:"A constant that is written where a row is hit, in place of a column."`
	Write   string `json:"write,omitempty" doc:"always, ifEmpty or ifDifferent: what the lead's field must be for it; always where it is left out. The last two write nothing where Marketo does not send the field."`
	Field   string `json:"field" required:"true"`
	Type    string `json:"type,omitempty" doc:"Of Marketo's types; string where it is left out."`
	Default string `json:"default,omitempty" doc:"Written where nothing matches and onNoMatch is default."`
}

// A SetLookup is a lookup as it was set, and what there is to say of it.
type SetLookup struct {
	Lookup
	Live     bool          `json:"live" doc:"The version is the live one."`
	Findings List[Finding] `json:"findings" doc:"Of the live version under these settings."`
	Counts   Counts        `json:"counts" doc:"How many there are, by code, with those left out."`
}

// LookupVersions is the list of a lookup's versions.
type LookupVersions struct {
	Versions List[LookupVersion] `json:"versions" doc:"The newest first; none of a lookup that is guessed."`
}

// A LookupVersion is a lookup as it was set once.
type LookupVersion struct {
	Version int       `json:"version" doc:"From 1, never used twice."`
	Live    bool      `json:"live"`
	Created time.Time `json:"created"`
	By      string    `json:"by,omitempty"`
	Lookup  Lookup    `json:"lookup"`
}

// A LiveLookup says which version of a lookup is live now.
type LiveLookup struct {
	Table    string        `json:"table"`
	Lookup   string        `json:"lookup"`
	Live     int           `json:"live"`
	Findings List[Finding] `json:"findings" doc:"Lookups of the table that are slow."`
}
