package ingest

import (
	"fmt"

	"tablestep/tables/ingest/csv"
	"tablestep/tables/ingest/record"
	"tablestep/tables/schema"
)

// openCSV finds the dialect and the header and gets ready for the first row.
func (f *File) openCSV(path string, o Options) error {
	f.used.Format = CSV
	file, err := csv.Open(path, csv.Options{Name: o.Name, Delimiter: o.Delimiter, Encoding: o.Encoding, Limits: o.Limits})
	if err != nil {
		return err
	}
	encoding, guessed := file.Encoding()
	f.used.Encoding, f.used.Delimiter = encoding, file.Delimiter()
	if guessed {
		f.warn.addOnce("ENCODING_GUESSED", schema.Warning{Message: fmt.Sprintf(
			"the file is not UTF-8 and does not say what it is; it is read as %s. Look at the accents, and name the encoding if they are wrong", encoding)})
	}
	for _, found := range file.Told() {
		f.warn.addOnce(found.Code, schema.Warning{Message: describeFile(found)})
	}
	if o.Exported {
		f.undo = undoAll
	} else if exported, err := file.Exported(); err != nil {
		return err
	} else if exported {
		f.undo = undoQuoted
	}
	return f.openTable(o, func() (source, error) { return file.Records() })
}

// describeFile says in words what was found about a CSV file as a whole, and the way out.
func describeFile(f record.Finding) string {
	sign := delimiterName(f.Text)
	switch f.Code {
	case "DELIMITER_FOUND":
		return fmt.Sprintf("all lines have %s equally often, and no usual delimiter cuts them; they are cut there. If they should not be, give the delimiter", sign)
	case "LINES_IN_QUOTES":
		return "the lines of the file stand in quotes as a whole, as a program with another delimiter leaves them; the lines are read without these quotes. If each line is one cell, give the delimiter"
	case "BACKSLASHES":
		return "quotes inside the cells of the file have a backslash in front; a backslash before a quote, a delimiter or another backslash is read as a sign and left out"
	case "ONE_COLUMN":
		if f.Text == `"` {
			return "the table has one column, but the lines of the file stand in quotes as a whole and seem to have several cells; leave out the delimiter to have them read without these quotes"
		}
		return fmt.Sprintf("the table has one column, but its lines have %s equally often; if it separates cells, give it as the delimiter, and the row of the header if titles stand above it", sign)
	}
	return f.Text
}
