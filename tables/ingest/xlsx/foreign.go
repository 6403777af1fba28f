package xlsx

import (
	"archive/zip"
	"strings"

	"tablestep/tables/ingest/record"
)

// notAWorkbook refuses a zip that is no XLSX workbook, and tells what it is.
func notAWorkbook(z *zip.Reader) error {
	for _, part := range z.File {
		name := strings.ToLower(part.Name)
		switch {
		case name == "mimetype":
			return record.Refuse("ODS", "")
		case name == "xl/workbook.bin":
			return record.Refuse("NOT_A_TABLE", "a binary workbook (.xlsb); save it as .xlsx or CSV")
		case strings.HasPrefix(name, "word/"):
			return record.Refuse("NOT_A_TABLE", "a Word document")
		case strings.HasPrefix(name, "ppt/"):
			return record.Refuse("NOT_A_TABLE", "a PowerPoint presentation")
		case strings.HasPrefix(name, "index/") && strings.HasSuffix(name, ".iwa"):
			return record.Refuse("NOT_A_TABLE", "a Numbers document; export it as .xlsx or CSV")
		}
	}
	return record.Refuse("NOT_A_TABLE", "a zip archive; unpack it first")
}
