package shape

// A Preview is the beginning of a file, as an upload with the same parameters would read it.
type Preview struct {
	Format    string             `json:"format" enum:"csv,xlsx"`
	Sheets    List[PreviewSheet] `json:"sheets" doc:"XLSX: all of them, in order."`
	Sheet     string             `json:"sheet,omitempty" doc:"XLSX: the one that would be read."`
	Encoding  string             `json:"encoding,omitempty" doc:"CSV: the character set."`
	Delimiter string             `json:"delimiter,omitempty" doc:"CSV: the character between cells."`
	Lines     List[List[string]] `json:"lines" doc:"The first 20 lines or rows of the sheet at most; a blank one, and one that is the continuation of a cell, has no cells. A long cell ends with …"`
	HeaderRow int                `json:"headerRow" doc:"Line (CSV) or row of the sheet (XLSX) with the header, from 1: the first of lines is 1. 0: none is found."`
}

// A PreviewSheet is a sheet of a workbook.
type PreviewSheet struct {
	Name   string `json:"name"`
	Rows   *int   `json:"rows" doc:"Rows that hold something, the header among them; null: the sheet cannot be read, or counting would have taken too long."`
	Hidden bool   `json:"hidden"`
}
