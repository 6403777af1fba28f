package xlsx

import (
	"fmt"
	"strconv"
	"strings"

	"tablestep/tables/ingest/record"
	"tablestep/tables/schema"
)

// A Sheet is one entry of a workbook's list.
type Sheet struct {
	Name   string
	Hidden bool
	part   string
}

// Same says that two entries are one sheet.
func (s Sheet) Same(o Sheet) bool { return s.part == o.part }

// Sheets are all that hold cells, in order.
func (w *Workbook) Sheets() []Sheet { return w.sheets }

// Exported tells whether the workbook carries the mark of our exports.
func (w *Workbook) Exported() bool { return w.exported }

// Choose finds a sheet by name, else by number; "" is the first one that
// a person sees.
func (w *Workbook) Choose(asked string) (Sheet, error) {
	sheets := w.sheets
	if len(sheets) == 0 {
		return Sheet{}, &schema.UploadError{Code: "FILE_EMPTY", Message: "the workbook has no sheet with cells"}
	}
	if asked == "" {
		for _, s := range sheets {
			if !s.Hidden {
				return s, nil
			}
		}
		return sheets[0], nil
	}
	for _, s := range sheets {
		if s.Name == asked {
			return s, nil
		}
	}
	for _, s := range sheets {
		if strings.EqualFold(strings.TrimSpace(s.Name), strings.TrimSpace(asked)) {
			return s, nil
		}
	}
	if n, err := strconv.Atoi(asked); err == nil && n >= 1 && n <= len(sheets) {
		return sheets[n-1], nil
	}
	names := make([]string, len(sheets))
	for i, s := range sheets {
		names[i] = s.Name
	}
	return Sheet{}, &schema.UploadError{Code: "SHEET_NOT_FOUND", Message: fmt.Sprintf(
		"the workbook has no sheet %q; it has %s", asked, record.QuoteAll(names))}
}
