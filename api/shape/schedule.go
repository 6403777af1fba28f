package shape

import "time"

// A Scheduled is what of a table goes live at a time.
type Scheduled struct {
	Version  int          `json:"version" doc:"0: the rows stay as they are."`
	Lookups  Counts       `json:"lookups" doc:"Versions of lookups by their names."`
	At       time.Time    `json:"at"`
	By       string       `json:"by"`
	Asked    time.Time    `json:"asked"`
	Base     int          `json:"base,omitempty" doc:"The version that was live then; where another one is live now, that is replaced all the same."`
	Tried    time.Time    `json:"tried" doc:"When it was held against the guards last, as each night."`
	Refusals List[Detail] `json:"refusals" doc:"Why it would be refused as things were then; empty: it would go live."`
	Refused  *time.Time   `json:"refused,omitempty" doc:"When it was due and was refused; it waits for somebody who publishes, schedules or cancels."`
}

// A Trial is what would come of making versions live now. Nothing is kept of it.
type Trial struct {
	Version  int          `json:"version" doc:"That would be live; 0: none."`
	Refusals List[Detail] `json:"refusals" doc:"Why it would be refused, all at once; empty: it would go live."`
	Counts   Counts       `json:"counts" doc:"Findings of the version under the lookups as they would be, by code."`
	Diff     *DiffCount   `json:"diff,omitempty" doc:"Against the live version; left out where the rows stay, none is live, or they cannot be compared."`
}
