package ingest

import (
	"io"

	"tablestep/tables/ingest/csv"
	"tablestep/tables/ingest/xlsx"
	"tablestep/tables/schema"
)

// ErrTooBig is a table that does not fit into a sheet: too many rows, columns or
// characters in a cell. It can be written as CSV.
var ErrTooBig = xlsx.ErrTooBig

// Rows gives the rows of a table in order, then io.EOF: a stored version, or a
// File.
type Rows interface {
	Next() (schema.Row, error)
}

// WriteCSV writes a table as a CSV file that Open reads back cell for cell.
func WriteCSV(w io.Writer, columns []string, rows Rows) error { return csv.Write(w, columns, rows) }

// A Beside is a sheet of a workbook behind that of the table, for people.
type Beside struct {
	Name    string
	Columns []string
	Rows    Rows
}

// WriteXLSX writes a table as a workbook that Open reads back cell for cell, by its first sheet. One that is
// too big ends in ErrTooBig, after part of it was written.
func WriteXLSX(w io.Writer, columns []string, rows Rows, beside ...Beside) error {
	sheets := make([]xlsx.Beside, len(beside))
	for i, b := range beside {
		sheets[i] = xlsx.Beside{Name: b.Name, Columns: b.Columns, Rows: b.Rows}
	}
	return xlsx.Write(w, columns, rows, sheets...)
}
