package csv

import (
	"bytes"
	"unicode/utf8"

	"tablestep/tables/ingest/record"
)

// plainSigns separate cells and do hardly anything else, so a file whose lines all have
// one of them alike is cut there.
func plainSigns() []rune {
	return []rune{'^', '~', '¦', '§', '¬', '\x1f', '\x1e', '\x1d', '\x1c', '\x01', '\x02', '\x03', '\x04', '\x05', '\x06', '\x07', '\x08'}
}

// doubtfulSigns may separate cells, or belong to times, paths and lists.
func doubtfulSigns() []rune { return []rune{':', '/', '=', '#', '*', '!', '\\', '>'} }

// furtherSign looks in a file of one column for a sign that all lines have equally
// often. plain tells that it is a delimiter beyond doubt; 0 is none. A usual delimiter
// that all lines but the first have is doubtful: the first may be a title.
func furtherSign(sample []byte) (sign rune, plain bool) {
	lines := sampleLines(sample)
	if len(lines) < 2 {
		return 0, false
	}
	for _, r := range plainSigns() {
		if alike(lines, r) && nameLike(cutAt(lines[0], r)) {
			return r, true
		}
	}
	for _, r := range doubtfulSigns() {
		if alike(lines, r) {
			return r, false
		}
	}
	for _, r := range []rune{';', '|', '\t', ','} {
		if len(lines) > 2 && alike(lines[1:], r) && !(reading{sep: r}).proseIn(cutAll(lines[1:], r)) {
			return r, false
		}
	}
	return 0, false
}

// sampleLines are the lines of a sample that are not blank, some hundred of them.
func sampleLines(sample []byte) (lines [][]byte) {
	for line := range bytes.FieldsFuncSeq(sample, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if len(bytes.TrimSpace(line)) > 0 {
			lines = append(lines, line)
		}
		if len(lines) == sampleRecords {
			break
		}
	}
	return lines
}

// alike tells whether all lines have a sign, and equally often.
func alike(lines [][]byte, sign rune) bool {
	p := []byte(string(sign))
	n := bytes.Count(lines[0], p)
	for _, line := range lines {
		if n == 0 || bytes.Count(line, p) != n {
			return false
		}
	}
	return true
}

func cutAt(line []byte, sign rune) (cells []string) {
	for cell := range bytes.SplitSeq(line, []byte(string(sign))) {
		cells = append(cells, string(cell))
	}
	return cells
}

func cutAll(lines [][]byte, sign rune) (rows [][]string) {
	for _, line := range lines {
		rows = append(rows, cutAt(line, sign))
	}
	return rows
}

// Separated tells whether the control characters in the beginning of a file are nothing
// but delimiters, as in the dumps of some databases: all are the same, and all lines
// have equally many. head may end within a line.
func Separated(head []byte) bool {
	if i := bytes.LastIndexByte(head, '\n'); i > 0 {
		head = head[:i]
	}
	if !utf8.Valid(head) {
		return false
	}
	sign, plain := furtherSign(head)
	return plain && sign < ' ' && controls(head) == bytes.Count(head, []byte{byte(sign)})
}

// Told are the codes of what was found out about the file as a whole and should be told.
func (f *File) Told() (codes []record.Finding) {
	if f.d.unusual {
		codes = append(codes, record.Finding{Code: "DELIMITER_FOUND", Cell: -1, Text: string(f.d.sep)})
	}
	if f.d.wrapped {
		codes = append(codes, record.Finding{Code: "LINES_IN_QUOTES", Cell: -1})
	}
	if f.d.escapes {
		codes = append(codes, record.Finding{Code: "BACKSLASHES", Cell: -1})
	}
	if f.d.doubt != 0 {
		codes = append(codes, record.Finding{Code: "ONE_COLUMN", Cell: -1, Text: string(f.d.doubt)})
	}
	return codes
}
