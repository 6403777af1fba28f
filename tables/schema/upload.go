package schema

import (
	"fmt"
	"strings"
)

// A RowSource yields the rows of one uploaded file in order.
type RowSource interface {
	// Columns are the names in the header, trimmed, unique, none empty.
	Columns() []string
	// Next returns the next row or io.EOF. The Row's slice is reused by the
	// following call; its strings are not.
	Next() (Row, error)
	// Warnings are all findings so far; complete once Next gave io.EOF.
	Warnings() []Warning
}

// A Row is one data row of an upload.
type Row struct {
	Number int      // from 1, the header not counted
	Cells  []string // as many as there are columns
}

// A Warning is a finding: something in an upload that a person should look at. What it means
// is its severity, which SeverityOf tells by its code.
type Warning struct {
	Row      int      `json:"row,omitempty"`    // from 1, the header not counted; 0 is the whole file
	Column   string   `json:"column,omitempty"` // empty is the whole row
	Code     string   `json:"code"`             // upper-case words, like DUPLICATE_KEY
	Severity Severity `json:"severity"`         // set where findings are taken in; who makes one leaves it empty
	Message  string   `json:"message"`          // names the thing, the place and the way out
	More     int      `json:"more,omitempty"`   // not 0: the line stands for so many that are not written out
}

// An UploadError is the reason why an upload was refused, and the place in the
// file. The live version stays.
type UploadError struct {
	File    string
	Row     int    // from 1, the header not counted; 0 is the header or the whole file
	Column  string // empty is the whole row
	Code    string // upper-case words, like DUPLICATE_COLUMN
	Message string
}

// Error gives place and message in one line.
func (e *UploadError) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File)
		b.WriteString(": ")
	}
	if e.Row > 0 {
		fmt.Fprintf(&b, "row %d: ", e.Row)
	}
	if e.Column != "" {
		fmt.Fprintf(&b, "column %q: ", e.Column)
	}
	b.WriteString(e.Message)
	return b.String()
}
