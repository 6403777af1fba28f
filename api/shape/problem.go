package shape

import "time"

// A Problem is the body of every answer that is an error.
type Problem struct {
	Error Error `json:"error"`

	// Of a 412: somebody was faster.
	Current int          `json:"current,omitempty" doc:"412: the version that is live now, or the last change of the draft."`
	Changed List[string] `json:"changed,omitzero" doc:"412: what is different in it, such as: row 7; left out where nobody can tell."`
	By      string       `json:"by,omitempty" doc:"412: who made it."`
	At      *time.Time   `json:"at,omitempty" doc:"412: when."`
}

// An Error says what went wrong, where, and the way out.
type Error struct {
	Code    string       `json:"code" doc:"Upper-case words."`
	Message string       `json:"message"`
	Details List[Detail] `json:"details" doc:"The places that it is about."`
}

// A Detail is a place.
type Detail struct {
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
