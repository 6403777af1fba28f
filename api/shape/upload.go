package shape

// An Imported is a new version of a table, and what was found in it.
type Imported struct {
	Table    string        `json:"table"`
	Version  int           `json:"version"`
	Live     bool          `json:"live" doc:"The version is the live one."`
	Rows     int           `json:"rows"`
	Columns  List[Column]  `json:"columns"`
	Findings List[Finding] `json:"findings" doc:"About 1,000 at most, with a line for those of a code that are left out."`
	Counts   Counts        `json:"counts" doc:"How many there are, by code, with those left out."`
	Diff     *DiffCount    `json:"diff,omitempty" doc:"Against the live version; left out where there was none."`
}

// An Uploaded is the answer to an upload.
type Uploaded struct {
	Imported
	Used Used `json:"used" doc:"How the file was read."`
}

// Used says how a file was read.
type Used struct {
	Format    string       `json:"format" enum:"csv,xlsx"`
	Encoding  string       `json:"encoding,omitempty" doc:"CSV: the character set."`
	Delimiter string       `json:"delimiter,omitempty" doc:"CSV: the character between cells."`
	HeaderRow int          `json:"headerRow" doc:"Line (CSV) or row of the sheet (XLSX), from 1; 0: there is none."`
	Sheet     string       `json:"sheet,omitempty" doc:"XLSX: the sheet that was read."`
	Sheets    List[string] `json:"sheets" doc:"XLSX: all of them, in order."`
}
