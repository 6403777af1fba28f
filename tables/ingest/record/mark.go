package record

import "strings"

// Mark is U+FEFF. At the beginning of a file it tells the encoding; anywhere else it is
// what is left of a file that was appended to another one.
const Mark = "\ufeff"

// Clean takes out of the cells of a record what nobody sees and no lookup should meet:
// NUL characters and byte order marks. Each cell that had some is a finding.
func Clean(rec *Record) {
	for i, cell := range rec.Cells {
		if strings.IndexByte(cell, 0) >= 0 {
			cell = strings.ReplaceAll(cell, "\x00", "")
			rec.Findings = append(rec.Findings, Finding{Code: "NUL_BYTE", Cell: i, Text: cell})
		}
		if strings.Contains(cell, Mark) {
			cell = strings.ReplaceAll(cell, Mark, "")
			rec.Findings = append(rec.Findings, Finding{Code: "MARK_INSIDE", Cell: i, Text: cell})
		}
		rec.Cells[i] = cell
	}
}
