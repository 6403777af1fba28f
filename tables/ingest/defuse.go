package ingest

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// An undoMode says which cells of a file get back what an export put before them.
type undoMode int

const (
	undoNone   undoMode = iota // a stranger's file: apostrophes are data
	undoQuoted                 // a CSV export of ours: cells in quotes
	undoAll                    // a workbook of ours, or a file that the caller calls an export
)

func (f *File) undoes(rec *record, cell int) bool {
	return f.undo == undoAll || f.undo == undoQuoted && cell < len(rec.quoted) && rec.quoted[cell]
}

// Defuse makes a text safe for programs that take a cell beginning with one of
// = + - @ TAB CR for a formula: an apostrophe goes before it. One goes before
// cells as well that already look like that, so that Undefuse can tell them
// apart: Undefuse(Defuse(s)) is s for every s.
func Defuse(s string) string {
	if dangerous(s) {
		return "'" + s
	}
	return s
}

// Undefuse takes away the apostrophe that Defuse put before a text.
func Undefuse(s string) string {
	if s != "" && s[0] == '\'' && dangerous(s) {
		return s[1:]
	}
	return s
}

// dangerous tells whether the first character that is no apostrophe begins a
// formula.
func dangerous(s string) bool {
	for i := range len(s) {
		switch s[i] {
		case '\'':
			continue
		case '=', '+', '-', '@', '\t', '\r':
			return true
		}
		return false
	}
	return false
}

// exportMark tells whether a CSV file is an export of ours with defused cells:
// the header ends with LF, and the file ends with CR LF.
func exportMark(path string, d dialect, l Limits) (undoMode, error) {
	if d.decoder != nil || d.skip > 0 || d.bom > 0 {
		return undoNone, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return undoNone, err
	}
	defer file.Close()
	tail := make([]byte, 2)
	size, err := file.Seek(-2, io.SeekEnd)
	if err != nil {
		return undoNone, nil //nolint:nilerr // Too short to have an end.
	}
	if _, err := file.ReadAt(tail, size); err != nil {
		return undoNone, fmt.Errorf("read the end of the file: %w", err)
	}
	if string(tail) != "\r\n" {
		return undoNone, nil
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return undoNone, err
	}
	s := newScanner(file, d.sep, true, l)
	if _, err := s.next(); errors.Is(err, io.EOF) {
		return undoNone, nil
	} else if err != nil {
		return undoNone, err
	}
	// The scanner stands behind the header; its bytes are still in the buffer.
	if s.start < 2 || s.buf[s.start-1] != '\n' || s.buf[s.start-2] == '\r' {
		return undoNone, nil
	}
	return undoQuoted, nil
}
