package ingest

import (
	"fmt"
	"strconv"
	"strings"

	"tablestep/tables/ingest/record"
	"tablestep/tables/ingest/xlsx"
	"tablestep/tables/schema"
)

// openXLSX checks the workbook, chooses the sheet and gets ready for its first
// row.
func (f *File) openXLSX(path string, o Options) error {
	f.used.Format = XLSX
	book, err := xlsx.Open(path, xlsx.Options{TempDir: o.TempDir, Limits: o.Limits})
	if err != nil {
		return err
	}
	f.book = book
	for _, s := range book.Sheets() {
		f.used.Sheets = append(f.used.Sheets, s.Name)
	}
	chosen, err := book.Choose(o.Sheet)
	if o.Sheet == "" {
		chosen, err = f.chooseSheet()
	}
	if err != nil {
		return err
	}
	f.used.Sheet = chosen.Name
	f.sheetWarnings(book.Sheets(), chosen, o.Sheet == "")
	if book.Exported() || o.Exported {
		f.undo = undoAll
	}
	survey, err := book.Survey(chosen)
	if err != nil {
		return err
	}
	f.survey, f.fillMerged = &survey, o.FillMerged
	return f.openTable(o, func() (source, error) {
		return book.Records(chosen, xlsx.Merges{Ranges: survey.Merges, Fill: o.FillMerged})
	})
}

// surveyed says of each column whether it holds something below a row, as fillings does.
func (f *File) surveyed(place, width int) []int {
	filled := make([]int, max(width, len(f.survey.LastRows)))
	for i, last := range f.survey.LastRows {
		if last > place {
			filled[i] = 1
		}
	}
	for len(filled) > width && filled[len(filled)-1] == 0 {
		filled = filled[:len(filled)-1]
	}
	return append(filled, 1)
}

// sheetWarnings tells which sheet is read, where a person may expect another one.
func (f *File) sheetWarnings(all []xlsx.Sheet, chosen xlsx.Sheet, byDefault bool) {
	if chosen.Hidden {
		f.warn.addOnce("HIDDEN_SHEET", schema.Warning{Message: fmt.Sprintf("sheet %q is hidden in the workbook; it is read all the same", chosen.Name)})
	}
	var others []string
	for _, s := range all {
		if !s.Same(chosen) {
			name := strconv.Quote(s.Name)
			if s.Hidden {
				name += " (hidden)"
			}
			others = append(others, name)
		}
	}
	if byDefault && len(others) > 0 {
		f.warn.addOnce("OTHER_SHEETS", schema.Warning{Message: fmt.Sprintf(
			"sheet %q is read; the workbook has others, which are not: %s. Name the sheet to read another one", chosen.Name, strings.Join(others, ", "))})
	}
}

// warnOfUnseen warns of what a person does not see, or sees differently.
func (f *File) warnOfUnseen(unseen xlsx.Unseen) {
	if unseen.Rows > 0 {
		f.warn.addOnce("HIDDEN_ROWS", schema.Warning{Message: fmt.Sprintf(
			"%d rows of sheet %q are hidden, the first is row %d of the sheet; they are read all the same. Delete them if they should not count", unseen.Rows, f.used.Sheet, unseen.FirstRow)})
	}
	var hidden []string
	for _, cols := range unseen.Columns {
		for i, from := range f.take {
			if from >= cols[0] && from <= cols[1] && len(hidden) < warningsKept {
				hidden = append(hidden, f.columns[i])
			}
		}
	}
	if len(hidden) > 0 {
		f.warn.addOnce("HIDDEN_COLUMNS", schema.Warning{Message: fmt.Sprintf(
			"hidden columns of sheet %q are read all the same: %s", f.used.Sheet, record.QuoteAll(hidden))})
	}
	for _, m := range unseen.Merges {
		if m.ToRow < f.used.HeaderRow || m.Column >= f.width {
			continue
		}
		w := schema.Warning{Row: f.places.row(m.Row)}
		code, down := "MERGED_CELLS", m.Row > f.used.HeaderRow && m.ToRow > m.Row
		switch {
		case down && f.fillMerged:
			code = "MERGED_FILLED"
			w.Message = fmt.Sprintf("the cells %s of sheet %q are merged; the text of the first one, %s, is read in each of the %d rows", m.Name(), f.used.Sheet, m.First(), m.ToRow-m.Row+1)
		case down:
			w.Message = fmt.Sprintf(
				"the cells %s of sheet %q are merged over %d rows; only the first one, %s, is read, and below it the column is empty. Have each row filled with fill=MERGED_CELLS, or unmerge them and fill in each cell",
				m.Name(), f.used.Sheet, m.ToRow-m.Row+1, m.First())
		default:
			w.Message = fmt.Sprintf(
				"the cells %s of sheet %q are merged; only the first one, %s, is read, and the others are empty. Unmerge them and fill in each cell",
				m.Name(), f.used.Sheet, m.First())
		}
		for i, from := range f.take {
			if from == m.Column {
				w.Column = f.columns[i]
			}
		}
		f.warn.add(code, func() schema.Warning { return w })
	}
}
