package ingest

import (
	"fmt"

	"tablestep/tables/ingest/csv"
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
	if o.Exported {
		f.undo = undoAll
	} else if exported, err := file.Exported(); err != nil {
		return err
	} else if exported {
		f.undo = undoQuoted
	}
	return f.openTable(o, func() (source, error) { return file.Records() })
}
