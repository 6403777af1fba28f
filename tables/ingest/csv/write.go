package csv

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"tablestep/tables/ingest/record"
	"tablestep/tables/schema"
)

// Rows gives the rows of a table in order, then io.EOF.
type Rows interface {
	Next() (schema.Row, error)
}

// Write writes a table as UTF-8 with commas and LF. Cells that a spreadsheet
// program would take for a formula are defused, and the file then carries the mark of
// File.Exported. So does a table of one column with a sign in its name, which could be
// read as the header of several columns. Any other file is plain.
func Write(w io.Writer, columns []string, rows Rows) error {
	out := csvWriter{w: bufio.NewWriterSize(w, 64<<10), one: len(columns) == 1}
	out.marked = out.one && strings.ContainsFunc(columns[0], func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != ' ' && r != '_' && r != '-'
	})
	if err := out.record(columns); err != nil {
		return fmt.Errorf("write csv header: %w", err)
	}
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("write csv: %w", err)
		}
		out.lineEnd(false)
		if err := out.record(row.Cells); err != nil {
			return fmt.Errorf("write csv row %d: %w", row.Number, err)
		}
	}
	out.lineEnd(true)
	if err := out.w.Flush(); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	return nil
}

type csvWriter struct {
	w      *bufio.Writer
	one    bool // the table has one column
	marked bool // the end of the file tells that it is an export
}

// lineEnd ends a record. The end of the file is the mark of an export with
// defused cells.
func (c *csvWriter) lineEnd(last bool) {
	if last && c.marked {
		_ = c.w.WriteByte('\r') // A bufio.Writer keeps its error for Flush.
	}
	_ = c.w.WriteByte('\n')
}

func (c *csvWriter) record(cells []string) error {
	empty := true
	for _, cell := range cells {
		empty = empty && cell == ""
	}
	for i, cell := range cells {
		if i > 0 {
			_ = c.w.WriteByte(',')
		}
		switch {
		case record.Dangerous(cell):
			c.marked = true
			c.quoted("'" + cell)
		case i == 0 && empty, c.needsQuotes(cell):
			c.quoted(cell)
		default:
			_, _ = c.w.WriteString(cell)
		}
	}
	// The error of any write above is what an empty one gives.
	_, err := c.w.Write(nil)
	return err
}

func (c *csvWriter) quoted(cell string) {
	_ = c.w.WriteByte('"')
	for {
		before, after, found := strings.Cut(cell, `"`)
		_, _ = c.w.WriteString(before)
		if !found {
			break
		}
		_, _ = c.w.WriteString(`""`)
		cell = after
	}
	_ = c.w.WriteByte('"')
}

// needsQuotes tells whether a cell would be read as something else without
// quotes. Quotes around the other delimiters keep a table of one column from
// being cut at them.
func (c *csvWriter) needsQuotes(cell string) bool {
	if cell == "" {
		return false
	}
	if strings.ContainsAny(cell, ",\"\r\n") || cell == `\.` || c.one && strings.ContainsAny(cell, ";\t|") {
		return true
	}
	r, _ := utf8.DecodeRuneInString(cell)
	return unicode.IsSpace(r)
}
