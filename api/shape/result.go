package shape

import "encoding/json"

// Evaluate asks for leads to be answered as a flow step would, at once.
type Evaluate struct {
	Leads []json.RawMessage `json:"leads" required:"true" doc:"Each an object of a lead's fields."`
	Flow  json.RawMessage   `json:"flow,omitempty" doc:"Settings of the flow step, such as {\"table\":\"country-codes\"}."`
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
	Turns          List[TraceTurn]  `json:"turns,omitempty" doc:"Of hit policy rotate: the rows that the lead hits, 100 at most, as they stood before; nothing has moved."`
	RuleSet        string           `json:"ruleSet,omitempty"`
	RuleSetVersion int              `json:"ruleSetVersion,omitempty"`
	Rules          string           `json:"rules,omitempty" doc:"Step by step, for people."`
}

// A TraceMatch is one pair that had to match.
type TraceMatch struct {
	Column string `json:"column"`
	Field  string `json:"field,omitempty" doc:"Left out where the flow step gave the value."`
	Mode   string `json:"mode"`
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
