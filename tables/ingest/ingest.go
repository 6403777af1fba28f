package ingest

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"tablestep/tables/ingest/record"
	"tablestep/tables/ingest/xlsx"
	"tablestep/tables/schema"
)

// A Format is a kind of file that holds a table.
type Format string

// The formats that are read and written.
const (
	CSV  Format = "csv"
	XLSX Format = "xlsx"
)

// Options say how a file is read; the zero value finds out everything itself.
type Options struct {
	Name      string // the client's file name, for messages and as a hint; never a path
	Sheet     string // name or number from 1 of the sheet in a workbook; "" is the first one that is visible
	HeaderRow int    // line (CSV) or sheet row (XLSX) of the header, from 1; 0 finds it
	// Headerless says that the file has no header: its first line is a row, and the columns
	// are called A, B, C. HeaderRow then does not count.
	Headerless bool
	Delimiter  rune   // between the cells of a CSV line; 0 finds it
	Encoding   string // IANA name of the character set of a CSV file; "" finds it
	TempDir    string // folder for what does not fit in memory; "" is the system's
	// FillMerged gives the text of merged cells to each row that they go over.
	FillMerged bool
	// Exported says that the file is an export of ours although its mark is
	// gone, as after an edit in a spreadsheet program: see Undefuse.
	Exported bool
	// LeaveOut are codes of findings: a record of which there is one is left out, and
	// reported with its text. See LeaveOutCodes.
	LeaveOut []string
	// Join are codes of findings about records whose cells are joined where that is plain.
	// See JoinCodes.
	Join []string
	// KeepLong makes a row of a record with too many cells all the same: what is too much
	// is added to its last cell, and the finding LONG_ROW says so. Such a row is not what
	// its file means, so a version with this finding must not go live. Else the first
	// such record is an error that names them all.
	KeepLong bool
	// Verbatim are the names of columns in which the text of an error, such as #N/A, is a
	// text like any other, because a lookup compares it as it is written.
	Verbatim []string
	Limits   Limits
}

// Limits bound what one file may cost. A zero is the default.
type Limits = record.Limits

// Used is how a file was read: what was given, and what was found.
type Used struct {
	Format    Format   `json:"format"`
	Encoding  string   `json:"encoding,omitempty"`  // CSV
	Delimiter string   `json:"delimiter,omitempty"` // CSV
	HeaderRow int      `json:"headerRow"`           // line (CSV) or sheet row (XLSX), from 1; 0 is none
	Sheet     string   `json:"sheet,omitempty"`     // XLSX
	Sheets    []string `json:"sheets,omitempty"`    // XLSX: all of them, in order
}

// A File is one uploaded file that is being read. It implements
// tables.RowSource; one goroutine uses it.
type File struct {
	name    string
	used    Used
	columns []string
	take    []int // the record's cell of each column
	width   int   // cells of a full record, named or not
	limits  Limits
	undo    undoMode

	src        source
	book       *xlsx.Workbook // that src reads, or nil
	survey     *xlsx.Survey   // of the sheet that src reads, or nil
	sheet      *xlsx.Records  // what src reads of it
	fillMerged bool           // of a sheet: merged cells are filled
	likeData   bool           // the header looks like a row
	warn       *warnings
	row        int
	cells      []string // of the current row, reused
	peeked     bool     // the current row was read by Open and is still to be given
	err        error    // sticky
	blanks     blankRecords
	places     placeMap // which row a line or sheet row became

	joinLong bool     // long records of a CSV file are to be joined
	join     *joining // whether they can be; nil before that is known
	keepLong bool     // Options.KeepLong
	leave    []string // codes of findings whose records are left out
	leftOut  int      // records that were
	verbatim []bool   // by cell of a record: the text of an error stays; short where none does

	look func(open func() (source, error)) error // not nil: only the beginning is wanted, see Look
}

// A source gives records in order: a CSV file or a sheet.
type source interface {
	// Next gives the next record or io.EOF; it is valid until the next call.
	Next() (*record.Record, error)
	// Expect tells how many cells a full record has, once that is known.
	Expect(cells int)
	Close() error
}

// Open finds out what the file at path is, finds its header and gets ready to
// give its rows. A file that cannot be a table is refused with a
// *tables.UploadError. The caller closes the File.
func Open(path string, o Options) (*File, error) {
	o.Limits = o.Limits.OrDefaults()
	kind, err := sniff(path, o)
	if err != nil {
		return nil, fmt.Errorf("open upload: %w", err)
	}
	f := &File{name: o.Name, limits: o.Limits, leave: o.LeaveOut, keepLong: o.KeepLong, joinLong: slices.Contains(o.Join, longRowCode), warn: newWarnings()}
	wrong := checkCodes(o)
	switch {
	case wrong != nil:
		err = wrong
	case kind.refusal != "":
		err = record.Refuse(kind.refusal, kind.what)
	case kind.format == XLSX:
		err = f.openXLSX(path, o)
	default:
		err = f.openCSV(path, o)
	}
	if err == nil {
		err = f.peek()
	}
	if err != nil {
		return nil, errors.Join(f.explain(err), f.Close())
	}
	return f, nil
}

// Columns are the names in the header: trimmed, unique, none empty.
func (f *File) Columns() []string { return slices.Clone(f.columns) }

// Used tells how the file is being read.
func (f *File) Used() Used { return f.used }

// Warnings are the findings so far, at most a few dozen of each code; they are
// complete once Next gave io.EOF.
func (f *File) Warnings() []schema.Warning { return f.warn.list() }

// Close gives up the file.
func (f *File) Close() error {
	var err error
	if f.src != nil {
		err = f.src.Close()
	}
	if f.book != nil {
		err = errors.Join(err, f.book.Close())
	}
	f.src, f.book = nil, nil
	if err != nil {
		return fmt.Errorf("close upload: %w", err)
	}
	return nil
}

// Next returns the next row or io.EOF. The row's slice is reused by the
// following call, its strings are not.
func (f *File) Next() (schema.Row, error) {
	if f.peeked {
		f.peeked = false
		return schema.Row{Number: f.row, Cells: f.cells}, nil
	}
	if f.err == nil {
		f.err = f.read()
	}
	if f.err != nil {
		return schema.Row{}, f.err
	}
	return schema.Row{Number: f.row, Cells: f.cells}, nil
}

// peek reads the first row, so that a file without one is refused by Open.
func (f *File) peek() error {
	err := f.read()
	if errors.Is(err, io.EOF) && f.leftOut > 0 {
		return &schema.UploadError{Code: "NO_ROWS", Message: fmt.Sprintf(
			"all %d rows of the file are left out, as %s was asked to be; a table without rows is not published", f.leftOut, strings.Join(f.leave, ", "))}
	}
	if errors.Is(err, io.EOF) {
		return &schema.UploadError{Code: "NO_ROWS", Message: fmt.Sprintf(
			"the file has a header in %s but no row below it; add rows, or give the row of the header if it was found in the wrong place",
			f.at(f.used.HeaderRow))}
	}
	f.peeked = err == nil
	return err
}

// at names a line or a sheet row for a message.
func (f *File) at(place int) string {
	if f.used.Format == XLSX {
		return fmt.Sprintf("row %d of sheet %q", place, f.used.Sheet)
	}
	return fmt.Sprintf("line %d", place)
}

// explain completes a refusal with the file's name.
func (f *File) explain(err error) error {
	if refused, ok := errors.AsType[*schema.UploadError](err); ok {
		if refused.File == "" {
			refused.File = f.name
		}
		return refused
	}
	return fmt.Errorf("read upload %q: %w", f.name, err)
}
