package ingest

import (
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"

	"tablestep/tables/ingest/record"
	"tablestep/tables/schema"
)

// longRowsListed is how many further rows with too many cells the refusal lists.
const longRowsListed = 10

// blankRecords counts the blank lines that were skipped.
type blankRecords struct {
	count int
	first int // place
}

// read makes the next row of the next record that is not blank.
func (f *File) read() error {
	for {
		rec, err := f.src.Next()
		if err != nil {
			if errors.Is(err, io.EOF) {
				f.finish()
				return io.EOF
			}
			return f.explain(f.place(err))
		}
		if !rec.Written {
			if f.blanks.count++; f.blanks.count == 1 {
				f.blanks.first = rec.Place
			}
			continue
		}
		if f.sheet != nil { // The reader of CSV files does so where one has any.
			record.Clean(rec)
		}
		joined := f.joins(rec)
		if len(f.leave) > 0 && f.leavesOut(rec) {
			continue
		}
		f.row++
		f.places.note(rec.Place, f.row)
		if err := f.fill(rec); err != nil {
			return f.explain(err)
		}
		if joined >= 0 {
			f.tellJoined(rec, joined)
		}
		return nil
	}
}

// An undoMode says which cells of a file get back what an export put before them.
type undoMode int

const (
	undoNone   undoMode = iota // a stranger's file: apostrophes are data
	undoQuoted                 // a CSV export of ours: cells in quotes
	undoAll                    // a workbook of ours, or a file that the caller calls an export
)

func (f *File) undoes(rec *record.Record, cell int) bool {
	return f.undo == undoAll || f.undo == undoQuoted && cell < len(rec.Quoted) && rec.Quoted[cell]
}

// fill makes the current row of a record: its cells in the order of the
// columns, what is missing empty, what is too much refused.
func (f *File) fill(rec *record.Record) error {
	if len(rec.Cells) > f.width {
		if at := firstText(rec.Cells[f.width:]); at >= 0 {
			if !f.keepLong {
				return f.longRow(rec, f.width+at)
			}
			f.shorten(rec)
		}
	}
	if len(rec.Cells) > f.width {
		f.warn.addOnce("EXTRA_EMPTY_CELLS", schema.Warning{Row: f.row, Message: fmt.Sprintf(
			"%s has more cells than the header has columns, all of them empty; they are left out, here and below", f.at(rec.Place))})
	}
	if f.isShort(rec) {
		f.warn.add("SHORT_ROW", func() schema.Warning {
			return schema.Warning{Row: f.row, Message: fmt.Sprintf(
				"%s has %d of %d cells; the missing ones are read as empty", f.at(rec.Place), len(rec.Cells), f.width)}
		})
	}
	empty := true
	for i, from := range f.take {
		cell := ""
		if from < len(rec.Cells) {
			cell = rec.Cells[from]
		}
		switch {
		case f.undoes(rec, from):
			cell = record.Undefuse(cell)
		case len(cell) < 2:
		case cell[0] == '#' || cell[0] == 'E' || cell[0] == 'F': // how all errors begin
			if f.showsError(from, cell) {
				rec.Findings = append(rec.Findings, record.Finding{Code: "ERROR_VALUE", Cell: from, Text: cell})
				cell = ""
			}
		case cell[0] == '\'' && record.Undefuse(cell) != cell:
			f.warn.add("QUOTED_FORMULA", func() schema.Warning {
				return schema.Warning{Row: f.row, Column: f.columns[i], Message: fmt.Sprintf(
					"the cell %s begins with an apostrophe before a sign and is kept so; if the file is an export of Tablestep that was edited, upload it as one, and the apostrophes go", record.Excerpt(cell))}
			})
		}
		if len(cell) > f.limits.CellBytes {
			return &schema.UploadError{Row: f.row, Column: f.columns[i], Code: "TOO_LARGE", Message: fmt.Sprintf(
				"the cell has %d bytes, more than the %d that are allowed; shorten it", len(cell), f.limits.CellBytes)}
		}
		empty = empty && cell == ""
		f.cells[i] = cell
	}
	if empty {
		f.warn.add("EMPTY_ROW", func() schema.Warning {
			return schema.Warning{Row: f.row, Message: fmt.Sprintf("all cells of %s are empty texts; the row is kept", f.at(rec.Place))}
		})
	}
	for _, found := range rec.Findings {
		f.report(rec, found)
	}
	return nil
}

// report turns a finding about a record into a warning about a row.
func (f *File) report(rec *record.Record, found record.Finding) {
	if found.Code == "TEXT_FORMULA" { // One speaks for all: nothing is wrong with them.
		f.warn.addOnce(found.Code, schema.Warning{Row: f.row, Message: describe(found, f.at(rec.Place))})
		return
	}
	f.warn.add(found.Code, func() schema.Warning {
		w := schema.Warning{Row: f.row, Message: describe(found, f.at(rec.Place))}
		for i, from := range f.take {
			if from == found.Cell {
				w.Column = f.columns[i]
			}
		}
		return w
	})
}

// longRow refuses a row whose surplus cell holds text: which column each cell
// belongs to is then anybody's guess. The rest of the file is read to name the
// other rows of the kind in one go.
func (f *File) longRow(rec *record.Record, cell int) error {
	refused := &schema.UploadError{Row: f.row, Code: "LONG_ROW"}
	place, cells, text := rec.Place, len(rec.Cells), rec.Cells[cell]
	var plan joining
	plan.take(rec, f.width, f.at(place))
	var more []string
	count := 0
	for row := f.row; ; {
		other, err := f.src.Next()
		if err != nil {
			break // The end, or a fault further down that matters less than this one.
		}
		if !other.Written {
			continue
		}
		row++
		if f.isLong(other) {
			plan.take(other, f.width, f.at(other.Place))
			if count++; count <= longRowsListed {
				more = append(more, fmt.Sprint(row))
			}
		}
	}
	also := ""
	if count > 0 {
		also = ", and the same is true of row " + strings.Join(more, ", ")
		if count > len(more) {
			also += fmt.Sprintf(" and %d more", count-len(more))
		}
	}
	if f.used.Format == XLSX {
		refused.Message = fmt.Sprintf("%s has the text %s in column %d, which has no name in the header%s; name the column, or delete the cell, or leave such rows out with leaveOut=LONG_ROW",
			f.at(place), record.Excerpt(text), cell+1, also)
		return refused
	}
	way := "or leave such rows out with leaveOut=LONG_ROW"
	switch {
	case f.join != nil:
		way += "; join=LONG_ROW does not help, because " + f.join.not
	case plan.plain():
		way = fmt.Sprintf("or have cells joined with join=LONG_ROW, as %s of each has a space behind it, %s", delimiters(plan.surplus), way)
	}
	wants := fmt.Sprintf("the header %d", f.width)
	if f.used.HeaderRow == 0 {
		wants = fmt.Sprintf("most lines have %d", f.width)
	}
	refused.Message = fmt.Sprintf("%s has %d cells and %s, and cell %d holds %s%s; put quotes around cells that contain %s, or name the column, %s",
		f.at(place), cells, wants, cell+1, record.Excerpt(text), also, delimiterName(f.used.Delimiter), way)
	return refused
}

// place completes an error of the source with the row that could not be read.
func (f *File) place(err error) error {
	var refused *schema.UploadError
	if errors.As(err, &refused) && refused.Row == 0 && len(f.columns) > 0 {
		refused.Row = f.row + 1
	}
	return err
}

// finish adds what is known only at the end.
func (f *File) finish() {
	if f.blanks.count > 0 {
		lines := "1 blank line was"
		if f.blanks.count > 1 {
			lines = fmt.Sprintf("%d blank lines were", f.blanks.count)
		}
		f.warn.addOnce("BLANK_ROWS", schema.Warning{Message: fmt.Sprintf(
			"%s skipped, the first at %s; blank lines are not rows", lines, f.at(f.blanks.first))})
	}
	if f.sheet != nil {
		f.warnOfUnseen(f.sheet.Unseen())
	}
}

// showsError tells whether a cell of a CSV file shows an error, as a cell of a workbook
// may be one. In columns that a lookup compares as they are written it is a text.
func (f *File) showsError(i int, cell string) bool {
	return f.used.Format == CSV && record.ErrorText(cell) && !(i < len(f.verbatim) && f.verbatim[i])
}

// firstText is the index of the first cell that is not empty, or -1.
func firstText(cells []string) int {
	for i, cell := range cells {
		if cell != "" {
			return i
		}
	}
	return -1
}

// A placeMap knows which data row a sheet row became. It keeps a point
// wherever the distance between the two changes.
type placeMap struct {
	places, rows []int
}

func (m *placeMap) note(place, row int) {
	n := len(m.places)
	if n == 0 || m.places[n-1]-m.rows[n-1] != place-row {
		m.places, m.rows = append(m.places, place), append(m.rows, row)
	}
}

// row is the data row that a sheet row became; 0 where it is none.
func (m *placeMap) row(place int) int {
	i := sort.SearchInts(m.places, place+1) - 1
	if i < 0 {
		return 0
	}
	row := m.rows[i] + place - m.places[i]
	if i+1 < len(m.rows) && row >= m.rows[i+1] {
		return 0
	}
	return row
}
