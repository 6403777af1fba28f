package csv

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"tablestep/tables/ingest/record"
	"tablestep/tables/schema"
)

// Records gives the records of one CSV file, blank lines included.
type Records struct {
	scanner *scanner
	file    *os.File
	d       dialect
	check   bool // cells may hold something to clean
}

// Records begins to read the file.
func (f *File) Records() (*Records, error) {
	d := f.d
	file, err := os.Open(f.path)
	if err != nil {
		return nil, err
	}
	if _, err := file.Seek(int64(d.bom), io.SeekStart); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	legacy := d.decoder != nil
	s := &Records{
		scanner: f.scanner(file),
		file:    file, d: d, check: legacy || d.mixed || d.stats.nul || d.stats.mark,
	}
	for range d.skip {
		if err := s.scanner.skipLine(); err != nil {
			return nil, errors.Join(err, file.Close())
		}
	}
	return s, nil
}

// scanner cuts the text of an open file in its dialect.
func (f *File) scanner(file io.Reader) *scanner {
	text, loneCR := f.d.text(file), f.d.stats.loneCR || f.d.decoder != nil
	if f.d.wrapped {
		text = newLineReader(text, loneCR, f.limits)
	}
	s := newScanner(text, f.d.sep, loneCR, f.limits)
	s.escapes = f.d.escapes
	return s
}

func (s *scanner) skipLine() error {
	_, next, err := s.lineEnd(0)
	s.start += next
	s.line++
	return err
}

// Expect tells how many cells a full record has, once that is known: it settles what a
// quote in the wrong place means.
func (s *Records) Expect(cells int) { s.scanner.expected = cells }

// Close ends the reading.
func (s *Records) Close() error { return s.file.Close() }

// Next gives the next record or io.EOF; it is valid until the next call.
func (s *Records) Next() (*record.Record, error) {
	rec, err := s.scanner.next()
	if err != nil || !s.check {
		return rec, err
	}
	return rec, s.clean(rec)
}

// clean deals with what a decoder could not read, with stray bytes in UTF-8
// (they are almost always windows-1252), and with what nobody sees.
func (s *Records) clean(rec *record.Record) error {
	for i, cell := range rec.Cells {
		if s.d.decoder != nil && strings.ContainsRune(cell, utf8.RuneError) {
			if s.d.named {
				return &schema.UploadError{Code: "BAD_ENCODING", Message: fmt.Sprintf(
					"line %d: the cell %s holds bytes that are not %s; name the encoding the file really has, or leave it to be found", rec.Place, record.Excerpt(cell), s.d.name)}
			}
			rec.Findings = append(rec.Findings, record.Finding{Code: "BAD_BYTES", Cell: i, Text: cell})
		}
		if s.d.mixed && !utf8.ValidString(cell) {
			cell = repair(cell)
			rec.Findings = append(rec.Findings, record.Finding{Code: "BAD_BYTES", Cell: i, Text: cell})
		}
		rec.Cells[i] = cell
	}
	record.Clean(rec)
	return nil
}

// repair reads the bytes of a text that are not UTF-8 as windows-1252.
func repair(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			r = charmap.Windows1252.DecodeByte(s[i])
		}
		b.WriteRune(r)
		i += size
	}
	return b.String()
}
