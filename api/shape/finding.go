package shape

// A Finding is what a check has to say of a cell, a row, a column or a setting.
type Finding struct {
	Row      int    `json:"row,omitempty" doc:"From 1, the header not counted; left out where it is the whole file."`
	Column   string `json:"column,omitempty" doc:"Left out where it is the whole row."`
	Code     string `json:"code"`
	Severity string `json:"severity" enum:"block,change,note" doc:"block: the version cannot go live as it is; change: what leads get differs from what the cell shows, or a row can never be hit; note: nothing but knowledge."`
	Message  string `json:"message"`
	More     int    `json:"more,omitempty" doc:"The line stands for so many of its code that are not written out."`
}

// Findings is a page of the findings of a version.
type Findings struct {
	Table    string        `json:"table"`
	Version  int           `json:"version"`
	Total    int           `json:"total" doc:"How many lines there are of those that were asked for."`
	Findings List[Finding] `json:"findings" doc:"Of the file first, then by row. Of a code with many, some are written out, and the last line tells how many more there are."`
	Counts   Counts        `json:"counts" doc:"How many findings the version has, by code, whatever was asked for."`
}
