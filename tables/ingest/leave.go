package ingest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tablestep/tables/ingest/record"
	"tablestep/tables/schema"
)

// LeaveOutCodes are the findings about a record for which Options.LeaveOut leaves it out.
// What is found about a whole file, or only in the light of a lookup, is none of them.
func LeaveOutCodes() []string {
	return []string{
		"LONG_ROW", "SHORT_ROW", "EMPTY_ROW", "FOOTER", "ERROR_VALUE", "NO_CACHED_VALUE", "BAD_DATE", "FORMAT_UNKNOWN", "LONG_NUMBER", "CELL_TWICE",
		"UNCLOSED_QUOTE", "BARE_QUOTE", "INNER_QUOTE", "SPACE_AROUND_QUOTES", "MANY_LINES", "ROWS_IN_CELL", "NUL_BYTE", "MARK_INSIDE", "BAD_BYTES",
	}
}

// JoinCodes are the findings about a record for which Options.Join joins its cells.
func JoinCodes() []string { return []string{longRowCode} }

const longRowCode = "LONG_ROW"

// leftOutText is how many bytes of a record that is left out its warning tells.
const leftOutText = 300

// checkCodes refuses codes for which nothing can be left out or joined.
func checkCodes(o Options) error {
	for _, given := range []struct {
		name         string
		codes, known []string
	}{{"left out", o.LeaveOut, LeaveOutCodes()}, {"joined", o.Join, JoinCodes()}} {
		for _, code := range given.codes {
			if !slices.Contains(given.known, code) {
				return &schema.UploadError{Code: "BAD_CODE", Message: fmt.Sprintf(
					"rows with the finding %s cannot be %s; this is done for %s", strconv.Quote(schema.Cut(code, 40)), given.name, strings.Join(given.known, ", "))}
			}
		}
	}
	return nil
}

// leavesOut tells whether a record is left out, and reports it with its text: what is
// left out has no row, so the warning has no row number, but the line.
func (f *File) leavesOut(rec *record.Record) bool {
	code := f.leaveCode(rec)
	if code == "" {
		return false
	}
	f.leftOut++
	f.warn.add("LEFT_OUT", func() schema.Warning {
		cells := rec.Cells
		if end := textWidth(cells); end > 0 {
			cells = cells[:end]
		}
		text := strings.Join(cells, f.cellSign())
		return schema.Warning{Message: fmt.Sprintf("%s is left out (%s): %s", f.at(rec.Place), code, strconv.Quote(schema.Cut(strings.ToValidUTF8(text, "\uFFFD"), leftOutText)))}
	})
	return true
}

// cellSign stands between cells in a message.
func (f *File) cellSign() string {
	if f.used.Format == XLSX {
		return " | "
	}
	return f.used.Delimiter
}

// leaveCode is the first finding about a record that says that it goes, or "".
func (f *File) leaveCode(rec *record.Record) string {
	goes := func(code string, is bool) bool { return is && slices.Contains(f.leave, code) }
	switch {
	case goes(longRowCode, f.isLong(rec)):
		return longRowCode
	case goes("SHORT_ROW", f.isShort(rec)):
		return "SHORT_ROW"
	case goes("EMPTY_ROW", textWidth(rec.Cells) == 0):
		return "EMPTY_ROW"
	}
	for _, found := range rec.Findings {
		if slices.Contains(f.leave, found.Code) {
			return found.Code
		}
	}
	for i, cell := range rec.Cells[:min(len(rec.Cells), f.width)] {
		if goes("ERROR_VALUE", f.showsError(i, cell) && !f.undoes(rec, i)) {
			return "ERROR_VALUE"
		}
	}
	return ""
}

// isLong tells whether a record has a cell with text that no column is there for.
func (f *File) isLong(rec *record.Record) bool {
	return len(rec.Cells) > f.width && firstText(rec.Cells[f.width:]) >= 0
}

// isShort tells whether a record lacks cells. A row of a sheet ends with its last text.
func (f *File) isShort(rec *record.Record) bool {
	return len(rec.Cells) < f.width && f.used.Format == CSV
}
