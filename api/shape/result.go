package shape

import "encoding/json"

// Evaluate asks for leads to be answered as a flow step would, at once.
type Evaluate struct {
	Leads []json.RawMessage `json:"leads" required:"true" doc:"Each an object of a lead's fields."`
	Flow  json.RawMessage   `json:"flow,omitempty" doc:"Settings of the flow step, such as {\"table\":\"country-codes\"}."`
	AsOf  string            `json:"asOf,omitempty" doc:"The moment for which they are answered: a time as 2026-01-31T09:00:00Z, or a day, which is its start in the service's --time-zone; left out: now. Rows that are valid for a time, and now() of rules, go by it; tables, lookups and rule sets are those of today."`
}

// Results are the answers, one a lead.
type Results struct {
	Results List[Result] `json:"results"`
}

// A Result is the answer to one lead, and how it came about.
type Result struct {
	LeadData     json.RawMessage `json:"leadData" doc:"Fields that would be written."`
	ActivityData json.RawMessage `json:"activityData" doc:"What the activity log would show."`
	Trace        Trace           `json:"trace"`
}

// A Trace says how an answer came about.
type Trace struct {
	Table          string           `json:"table,omitempty"`
	Version        int              `json:"version,omitempty"`
	Lookup         string           `json:"lookup,omitempty"`
	HitPolicy      string           `json:"hitPolicy,omitempty"`
	Match          List[TraceMatch] `json:"match" doc:"What had to match."`
	Require        int              `json:"require,omitempty" doc:"How many of match had to; left out: all."`
	Nearest        *TraceNear       `json:"nearest,omitempty" doc:"For a lead that no row matched: what a patient match would have found."`
	Hops           List[TraceHop]   `json:"hops,omitempty" doc:"Where lookups follow the one that was chosen: those that the lead has come to, the first one among them."`
	Alias          *TraceAlias      `json:"alias,omitempty" doc:"For a lead that no row matched by itself, and of which an alias says what is meant."`
	Turns          List[TraceTurn]  `json:"turns,omitempty" doc:"Of hit policy rotate: the rows that the lead hits, 100 at most, as they stood before; nothing has moved."`
	RuleSet        string           `json:"ruleSet,omitempty"`
	RuleSetVersion int              `json:"ruleSetVersion,omitempty"`
	Rules          string           `json:"rules,omitempty" doc:"Step by step, for people."`

	Parts      []TracePart  `json:"parts,omitempty" doc:"Of a value that was taken apart (split), each once."`
	NotWritten []NotWritten `json:"notWritten,omitempty" doc:"Outputs that were held back because of what the lead has (write)."`
}

// A TracePart is a part of a value that was taken apart.
type TracePart struct {
	Value string `json:"value"`
	Row   int    `json:"row,omitempty" doc:"That it hit, from 1; left out where it hit none."`
}

// A NotWritten is an output that was held back.
type NotWritten struct {
	Field string `json:"field"`
	Write string `json:"write" doc:"ifEmpty or ifDifferent."`
	Why   string `json:"why"`
}

// A TraceHop is a lookup of a chain that a lead has come to.
type TraceHop struct {
	Table     string           `json:"table"`
	Version   int              `json:"version,omitempty" doc:"Left out where the table cannot be used."`
	Lookup    string           `json:"lookup"`
	HitPolicy string           `json:"hitPolicy,omitempty"`
	Match     List[TraceMatch] `json:"match" doc:"What had to match."`
	Require   int              `json:"require,omitempty" doc:"How many of match had to; left out: all."`
	Keys      List[string]     `json:"keys" doc:"What was looked up, one of each of match."`
	Parts     []TracePart      `json:"parts,omitempty" doc:"Of a value that was taken apart (split), each once."`
	Matched   bool             `json:"matched" doc:"Whether a row hit."`
	Row       int              `json:"row,omitempty" doc:"That hit, from 1."`
	Score     float32          `json:"score,omitempty" doc:"Of the row, from 0 to 1."`
	Then      string           `json:"then,omitempty" doc:"The lookup that the lead went on to after the hit."`
	Else      string           `json:"else,omitempty" doc:"The lookup that the lead went on to after the miss."`
	Why       string           `json:"why,omitempty" doc:"Why the lookup cannot be used."`
	Nearest   *TraceNear       `json:"nearest,omitempty" doc:"For a lead that no row matched: what a patient match would have found."`
	Alias     *TraceAlias      `json:"alias,omitempty" doc:"For a lead that no row matched by itself, and of which an alias says what is meant."`
}

// A TraceMatch is one pair that had to match.
type TraceMatch struct {
	Column string `json:"column"`
	Field  Fields `json:"field,omitempty" doc:"Left out where the flow step gave the value."`
	From   string `json:"from,omitempty" doc:"Of several fields: which one gave the value, the first that is not empty."`
	Mode   string `json:"mode"`
}

// A TraceAlias is the alias that answered.
type TraceAlias struct {
	ID     int    `json:"id"`
	Action string `json:"action" enum:"map,ignore"`
}

// A TraceTurn is a row that could have got the lead.
type TraceTurn struct {
	Counter
	Next bool `json:"next" doc:"It got the lead."`
}

// A TraceNear is the row that is most like a lead without a match.
type TraceNear struct {
	Row   int          `json:"row" doc:"From 1."`
	Score float32      `json:"score" doc:"From 0 to 1."`
	Cells List[string] `json:"cells" doc:"Of the columns that are matched."`
	Why   string       `json:"why,omitempty" doc:"Where not all match entries must hold: which of them did not. The score is then the share of those that did."`
}
