package csv

import (
	"errors"
	"io"

	"tablestep/tables/ingest/record"
)

// Cut gives every record the scanner finds, blank lines included, and the codes
// of its findings; for tests that compare it with other readers.
func Cut(r io.Reader, sep rune, cells int) (records [][]string, found []string, err error) {
	return CutEscaped(r, sep, cells, false)
}

// CutEscaped does so with backslashes as signs.
func CutEscaped(r io.Reader, sep rune, cells int, escapes bool) (records [][]string, found []string, err error) {
	s := newScanner(r, sep, true, record.Limits{}.OrDefaults())
	s.expected, s.escapes = cells, escapes
	for {
		rec, err := s.next()
		if errors.Is(err, io.EOF) {
			return records, found, nil
		}
		if err != nil {
			return records, found, err
		}
		records = append(records, append([]string(nil), rec.Cells...))
		for _, f := range rec.Findings {
			found = append(found, f.Code)
		}
	}
}
