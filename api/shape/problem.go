package shape

// A Problem is the body of every answer that is an error.
type Problem struct {
	Error Error `json:"error"`
}

// An Error says what went wrong, where, and the way out.
type Error struct {
	Code    string       `json:"code" doc:"Upper-case words."`
	Message string       `json:"message"`
	Details List[Detail] `json:"details" doc:"The places that it is about."`
}

// A Detail is a place.
type Detail struct {
	Code     string `json:"code,omitempty" doc:"Of a reason why a version may not go live."`
	Severity string `json:"severity,omitempty" doc:"Of such a reason: block."`
	Lift     string `json:"lift,omitempty" doc:"The parameter that lifts it: confirm, force or as; left out: it must be mended."`
	Lookup   string `json:"lookup,omitempty"`
	More     int    `json:"more,omitempty" doc:"It stands for so many of its code that are not written out."`

	File   string `json:"file,omitempty"`
	Row    int    `json:"row,omitempty" doc:"From 1, the header not counted."`
	Column string `json:"column,omitempty"`
	Field  string `json:"field,omitempty"`

	Rule       string `json:"rule,omitempty" doc:"Of a rule set."`
	Expression string `json:"expression,omitempty"`
	Line       int    `json:"line,omitempty"`
	Character  int    `json:"character,omitempty" doc:"In the line, from 1."`
	Message    string `json:"message,omitempty"`
	Snippet    string `json:"snippet,omitempty" doc:"The line, and a caret below the place."`
}

// Readiness says whether the service can take work.
type Readiness struct {
	Status  string       `json:"status" enum:"ready,unready"`
	Code    string       `json:"code" doc:"OK; DAMAGED: ready, but something is set aside; else the reason."`
	Message string       `json:"message,omitempty"`
	Damaged List[Damage] `json:"damaged,omitempty"`
}
