package csv

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"tablestep/tables/ingest/record"
	"tablestep/tables/schema"
)

// ManyLines is how many lines a cell may go over before that is reported.
const ManyLines = 100

const scanBuffer = 256 << 10

// A scanner splits UTF-8 text into the records of a CSV file. A line without a
// quote is cut at its delimiters; that is the fast way, one string a record. A
// line with a quote goes to the quoted reader (scanner_quoted.go). What
// encoding/csv accepts gives the same cells here, but a lone CR ends a line, and
// line ends inside quotes stay as they are.
type scanner struct {
	r        io.Reader
	sep      []byte // the delimiter in UTF-8
	loneCR   bool   // a CR without LF may occur; the fast way looks for LF only
	escapes  bool   // a backslash makes the quote, delimiter or backslash behind it a character
	expected int    // cells of a full record; 0 while unknown
	limits   record.Limits

	buf        []byte // unread is buf[start:end]
	start, end int
	eof        bool
	line       int // of buf[start], from 1
	budget     int // bytes that second readings may still look at: as many as were cut, whatever the portions they came in, and a buffer full
	looked     int // bytes in which quoteAt looked for a quote

	rec    record.Record
	usual  draft
	second draft
}

func newScanner(r io.Reader, sep rune, loneCR bool, l record.Limits) *scanner {
	return &scanner{r: r, sep: []byte(string(sep)), loneCR: loneCR, limits: l, line: 1, budget: scanBuffer, buf: make([]byte, scanBuffer)}
}

// next gives the next record, blank lines included.
func (s *scanner) next() (*record.Record, error) {
	end, next, err := s.lineEnd(0)
	if err != nil {
		return nil, err
	}
	if next == 0 {
		return nil, io.EOF
	}
	s.rec.Place = s.line
	s.rec.Findings = s.rec.Findings[:0]
	s.rec.Quoted = nil
	line := s.buf[s.start : s.start+end]
	if bytes.IndexByte(line, '"') >= 0 || s.escapes && bytes.IndexByte(line, '\\') >= 0 {
		return &s.rec, s.quotedRecord()
	}
	if !s.cut(string(line)) {
		return nil, s.tooWide()
	}
	s.rec.Written = !s.blank(line)
	s.line++
	s.start += next
	s.budget += next
	return &s.rec, nil
}

// blank tells whether a line holds nothing but delimiters and spaces.
func (s *scanner) blank(line []byte) bool {
	for len(line) > 0 {
		switch {
		case line[0] == ' ' || line[0] == '\t':
			line = line[1:]
		case bytes.HasPrefix(line, s.sep):
			line = line[len(s.sep):]
		default:
			return false
		}
	}
	return true
}

// cut splits a line without quotes; false is too many cells. The cells share
// the line's memory.
func (s *scanner) cut(line string) bool {
	cells := s.rec.Cells[:0]
	if len(s.sep) == 1 {
		sep := s.sep[0]
		for {
			i := strings.IndexByte(line, sep)
			if i < 0 {
				break
			}
			if len(cells) >= s.limits.Columns {
				return false
			}
			cells = append(cells, line[:i])
			line = line[i+1:]
		}
	} else {
		sep := string(s.sep)
		for {
			before, after, found := strings.Cut(line, sep)
			if !found {
				break
			}
			if len(cells) >= s.limits.Columns {
				return false
			}
			cells = append(cells, before)
			line = after
		}
	}
	cells = append(cells, line)
	s.rec.Cells = cells
	return true
}

// lineEnd finds the end of the line that goes on at from, and where the next
// one begins; both equal the length of what is left if the file ends first.
// Offsets are relative to start and survive filling.
func (s *scanner) lineEnd(from int) (end, next int, err error) {
	for i := from; ; {
		window := s.buf[s.start+i : s.end]
		k := bytes.IndexByte(window, '\n')
		if s.loneCR {
			k = lineBreak(window)
		}
		if k >= 0 {
			end = i + k
			if window[k] == '\r' {
				next = end + 1
				if c, ok, err := s.at(next); err != nil {
					return 0, 0, err
				} else if ok && c == '\n' {
					next++
				}
				return end, next, nil
			}
			next = end + 1
			if end > from && s.buf[s.start+end-1] == '\r' {
				end--
			}
			return end, next, nil
		}
		i += len(window)
		if i > s.limits.RowBytes {
			return 0, 0, s.tooLong()
		}
		if more, err := s.fill(); err != nil {
			return 0, 0, err
		} else if !more {
			return i, i, nil
		}
	}
}

// lineBreak is the index of the first CR or LF, or -1.
func lineBreak(p []byte) int {
	for i, c := range p {
		if c == '\n' || c == '\r' {
			return i
		}
	}
	return -1
}

// at gives the byte at an offset; ok is false behind the end of the file.
func (s *scanner) at(i int) (c byte, ok bool, err error) {
	for s.start+i >= s.end {
		if more, err := s.fill(); err != nil || !more {
			return 0, false, err
		}
	}
	return s.buf[s.start+i], true, nil
}

// sepAt tells whether the delimiter stands at an offset.
func (s *scanner) sepAt(i int) (bool, error) {
	if _, ok, err := s.at(i + len(s.sep) - 1); err != nil || !ok {
		return false, err
	}
	return bytes.HasPrefix(s.buf[s.start+i:s.end], s.sep), nil
}

// fill reads more behind what is left; false is the end of the file.
func (s *scanner) fill() (bool, error) {
	if s.eof {
		return false, nil
	}
	if s.start > 0 {
		s.end = copy(s.buf, s.buf[s.start:s.end])
		s.start = 0
	}
	if s.end == len(s.buf) {
		bigger := make([]byte, 2*len(s.buf))
		copy(bigger, s.buf)
		s.buf = bigger
	}
	for range 100 {
		n, err := s.r.Read(s.buf[s.end:])
		s.end += n
		if err == io.EOF {
			s.eof = true
			return n > 0, nil
		}
		if err != nil {
			return false, fmt.Errorf("read line %d: %w", s.line, err)
		}
		if n > 0 {
			return true, nil
		}
	}
	return false, fmt.Errorf("read line %d: %w", s.line, io.ErrNoProgress)
}

func (s *scanner) tooLong() error {
	return &schema.UploadError{Code: "TOO_LARGE", Message: fmt.Sprintf(
		"line %d has more than %d bytes; check the line ends and the delimiter of the file", s.line, s.limits.RowBytes)}
}

func (s *scanner) tooWide() error {
	return &schema.UploadError{Code: "TOO_LARGE", Message: fmt.Sprintf(
		"line %d has more than %d cells; check the delimiter of the file", s.line, s.limits.Columns)}
}
