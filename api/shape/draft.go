package shape

import "time"

// A Draft is work of one person on a table that is no version yet.
type Draft struct {
	Table    string         `json:"table"`
	Draft    int            `json:"draft" doc:"Number of its last change, ascending; the ETag, for If-Match."`
	Base     int            `json:"base" doc:"The version that was live when it was begun; 0: none was."`
	Live     int            `json:"live" doc:"The version that is live now; 0: none is."`
	File     bool           `json:"file" doc:"Made from a file, which stands in place of all rows; else rows of base are changed."`
	Source   string         `json:"source" doc:"Name of the file."`
	By       string         `json:"by" doc:"Who works on it."`
	Begun    time.Time      `json:"begun"`
	Updated  time.Time      `json:"updated"`
	Rows     int            `json:"rows"`
	Columns  List[Column]   `json:"columns"`
	Changes  DraftChanges   `json:"changes" doc:"Of base; none where it was made from a file."`
	Changed  List[DraftRow] `json:"changed" doc:"The first 1,000 rows that it changes, in order."`
	Findings List[Finding]  `json:"findings" doc:"Of its rows as they are; about 1,000 at most, with a line for those left out."`
	Counts   Counts         `json:"counts" doc:"How many there are, by code, with those left out."`
}

// DraftChanges counts rows.
type DraftChanges struct {
	Set      int `json:"set"`
	Inserted int `json:"inserted"`
	Deleted  int `json:"deleted"`
}

// A DraftRow is a row that a draft changes.
type DraftRow struct {
	Kind string `json:"kind" enum:"set,insert,delete"`
	Row  int    `json:"row,omitempty" doc:"In the draft; left out of one that is deleted."`
	Base int    `json:"base,omitempty" doc:"In base; left out of a new one."`
}

// A DraftFile is the answer to a file that a draft was made from.
type DraftFile struct {
	Draft
	Used Used `json:"used" doc:"How the file was read."`
}

// SaveDraft asks for a version of a draft.
type SaveDraft struct {
	Message string `json:"message" doc:"What the version is for; at most 1,000 bytes."`
	Publish *bool  `json:"publish" doc:"Make it the live version at once; true where it is left out."`
}
