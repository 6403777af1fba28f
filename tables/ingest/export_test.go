package ingest

import (
	"errors"
	"io"
)

// Cut gives every record the scanner finds, blank lines included, and the codes
// of its findings; for tests that compare it with other readers.
func Cut(r io.Reader, sep rune, cells int) (records [][]string, found []string, err error) {
	s := newScanner(r, sep, true, Limits{}.orDefaults())
	s.expect(cells)
	for {
		rec, err := s.next()
		if errors.Is(err, io.EOF) {
			return records, found, nil
		}
		if err != nil {
			return records, found, err
		}
		records = append(records, append([]string(nil), rec.cells...))
		for _, f := range rec.findings {
			found = append(found, f.code)
		}
	}
}

// Pull gives what the XML scanner makes of a document: its elements' names, and
// its texts in order.
func Pull(r io.Reader, most int) (names []string, texts string, err error) {
	x := newXMLScanner(r, 64, most)
	for {
		kind, err := x.next()
		if err != nil {
			return names, texts, err
		}
		switch kind {
		case xmlStart:
			names = append(names, string(x.name))
		case xmlText:
			texts += string(x.text)
		case xmlEOF:
			return names, texts, nil
		}
	}
}
