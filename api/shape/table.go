package shape

import "time"

// Tables is the list of tables.
type Tables struct {
	Tables  List[Table]   `json:"tables" doc:"By order, then by label."`
	Deleted List[Deleted] `json:"deleted,omitzero" doc:"With deleted=true: what can be restored, the latest first."`
}

// A Table is a table in a list.
type Table struct {
	Name  string `json:"name"`
	Label string `json:"label,omitempty" doc:"What people see; left out: the name."`

	Description string       `json:"description,omitempty" doc:"What it is for."`
	Owner       string       `json:"owner,omitempty" doc:"Who is asked about it."`
	Former      List[string] `json:"former,omitempty" doc:"Names that it has had: campaigns and rules find it by them."`
	Hidden      bool         `json:"hidden,omitempty" doc:"It is not among the choices of a flow step. Campaigns that chose it go on."`
	Order       int          `json:"order,omitempty" doc:"Its place among the others, the lowest first; left out: behind those that have one."`

	Live    *int         `json:"live" doc:"Number of the live version; null: nothing is published."`
	Rows    int          `json:"rows" doc:"Of the live version."`
	Updated *time.Time   `json:"updated" doc:"When the live version came to be."`
	Columns List[Column] `json:"columns" doc:"Of the live version."`
	Lookups List[Lookup] `json:"lookups" doc:"The default one first, then by name."`
	Damage  string       `json:"damage,omitempty" doc:"Why it is set aside, and what to do."`

	DeadColumns List[string] `json:"deadColumns,omitempty" doc:"Columns that a lookup uses and the live version lacks."`
	Endings     List[Ending] `json:"endings,omitempty" doc:"Lookups by which no row of the live version is valid any more within 14 days, or now."`
	Scheduled   *Scheduled   `json:"scheduled,omitempty" doc:"What goes live later; left out: nothing does."`
}

// An Ending says when the last row of a live version ends.
type Ending struct {
	Lookup  string `json:"lookup"`
	Columns string `json:"columns" doc:"That say when a row is valid."`
	Last    string `json:"last" doc:"The last day on which a row is valid, or the moment at which the last one ends."`
	Over    bool   `json:"over" doc:"No row is valid now."`
}

// ChangeTable changes settings of a table. What is left out stays as it is.
type ChangeTable struct {
	Label       *string `json:"label,omitempty" doc:"Of one line, at most 255 bytes; empty: the name."`
	Description *string `json:"description,omitempty" doc:"What it is for, in at most 2,000 bytes."`
	Owner       *string `json:"owner,omitempty" doc:"Who is asked about it: one line, at most 255 bytes."`
	Hidden      *bool   `json:"hidden,omitempty" doc:"Not among the choices of a flow step. Campaigns that chose it go on."`
	Order       *int    `json:"order,omitempty" doc:"Its place among the others in lists and choices, 1 to 1,000,000, the lowest first; 0: behind those that have one. Equal ones by label."`
}

// NewName says what a table is to be called.
type NewName struct {
	Name string `json:"name" required:"true" doc:"One that no table has."`
}

// Suggested is a name for a table that is to be made of a file.
type Suggested struct {
	Name   string `json:"name" doc:"Of a table that is there only where the file is that table's by its name."`
	Label  string `json:"label,omitempty" doc:"The file's name as people write it; left out: the name is the same."`
	Exists bool   `json:"exists" doc:"There is such a table: the file would be a new version of it."`
}

// A WholeTable is a table with its versions.
type WholeTable struct {
	Table
	Versions List[Version] `json:"versions" doc:"The newest first."`
}

// Versions is the list of a table's versions.
type Versions struct {
	Versions List[Version] `json:"versions" doc:"The newest first."`
}

// A Version is one upload of a table, or one change of its rows.
type Version struct {
	Version  int          `json:"version" doc:"From 1, never used twice."`
	Live     bool         `json:"live"`
	Rows     int          `json:"rows"`
	Columns  List[Column] `json:"columns"`
	Created  time.Time    `json:"created"`
	By       string       `json:"by"`
	Source   string       `json:"source" doc:"Name of the file."`
	Message  string       `json:"message,omitempty" doc:"What it is for, as a person wrote it."`
	Patch    bool         `json:"patch,omitempty" doc:"Made by changing rows."`
	Findings int          `json:"findings" doc:"How many there are."`
	Blocking int          `json:"blocking" doc:"How many of them keep the version from going live."`
}

// A Column describes the cells of one column.
type Column struct {
	Name     string `json:"name"`
	Type     string `json:"type" doc:"What the cells look like; nothing is converted by it."`
	Empty    int    `json:"empty" doc:"Cells without a character."`
	Distinct int    `json:"distinct" doc:"Different cells that are not empty; an estimate (about 2 %) in the many thousands."`
	MaxBytes int    `json:"maxBytes" doc:"Of the longest cell."`
	Notation
	Unit   string `json:"unit,omitempty" doc:"Stands behind the number in every cell."`
	Packed bool   `json:"packed,omitempty" doc:"Every cell is a day as 20240331, and nobody has said so: they are days beside a date, and numbers beside a number."`
}

// A Notation says how numbers and dates are written.
type Notation struct {
	Numbers string `json:"numbers,omitempty" doc:"Named by an example: 1,234.5, 1.234,5, 1 234,5 or 1'234.5; left out: no number tells."`
	Dates   string `json:"dates,omitempty" doc:"Order of year, month and day: ymd, mdy, dmy or yyyymmdd; left out: there are no dates."`
}

// PublishTable asks for other live versions of a table and its lookups, all in one step.
type PublishTable struct {
	Version  int            `json:"version" doc:"Version to make live; left out where lookups are named: the rows stay as they are."`
	Rollback bool           `json:"rollback" doc:"Take the version that was live before, instead. Lookups stay as they are."`
	Lookups  map[string]int `json:"lookups,omitempty" doc:"Versions of lookups by their names, to go live in the same step."`
	At       string         `json:"at,omitempty" doc:"When they go live: a time of RFC 3339, or a day, which is its start in the service's time zone; left out: now."`
}

// Publish asks for another live version.
type Publish struct {
	Version  int  `json:"version" doc:"Version to make live."`
	Rollback bool `json:"rollback" doc:"Take the version that was live before, instead."`
}

// A LiveTable says which version of a table is live now.
type LiveTable struct {
	Table    string        `json:"table"`
	Live     *int          `json:"live" doc:"null: lookups were published, and no version of the rows is."`
	Lookups  Counts        `json:"lookups" doc:"Versions of lookups that went live in the same step, by name."`
	Findings List[Finding] `json:"findings" doc:"Lookups that are slow with this version."`

	Scheduled *Scheduled `json:"scheduled,omitempty" doc:"What goes live later; left out: nothing does."`
	Trial     *Trial     `json:"trial,omitempty" doc:"With dryRun=true: what would come of it now; the rest tells what is so."`
}

// History is what was done to a table or rule set.
type History struct {
	History List[Event] `json:"history" doc:"The newest first."`
}

// An Event is one change.
type Event struct {
	At      time.Time      `json:"at"`
	By      string         `json:"by,omitempty"`
	Action  string         `json:"action"`
	Version int            `json:"version,omitempty"`
	Lookup  string         `json:"lookup,omitempty"`
	Lookups map[string]int `json:"lookups,omitempty" doc:"Versions of lookups that went live in the same step."`
	Note    string         `json:"note,omitempty"`

	Before map[string]string `json:"before,omitempty" doc:"Of settings that were changed: what they were, long ones cut."`
	After  map[string]string `json:"after,omitempty" doc:"Likewise: what they became."`
}
