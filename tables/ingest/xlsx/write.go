package xlsx

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"tablestep/tables/ingest/record"
	"tablestep/tables/schema"
)

// ErrTooBig is a table that does not fit into a sheet: too many rows, columns or
// characters in a cell. It can be written as CSV.
var ErrTooBig = errors.New("does not fit into a workbook; write it as CSV")

// What a sheet can hold.
const (
	sheetRows      = 1_048_576
	sheetColumns   = 16_384
	sheetCellUnits = 32_767 // UTF-16 units
	exportSheet    = "Table"
)

// Rows gives the rows of a table in order, then io.EOF.
type Rows interface {
	Next() (schema.Row, error)
}

// A Beside is a sheet that stands behind the table, for people: a workbook is read by its first one.
type Beside struct {
	Name    string
	Columns []string
	Rows    Rows
}

// Write writes a table as a workbook of one sheet, and of those that stand beside it. Every cell is a text, so
// leading zeros, signs and long numbers stay as they are. Cells that look like
// formulas are defused, and the workbook carries a document property by which
// Open knows to undo that.
//
// excelize writes the frame of the workbook; the sheet is streamed into it,
// because excelize would keep it whole, cut cells at the limit and replace
// control characters. A table that is too big ends in ErrTooBig, after part of
// it was written.
func Write(w io.Writer, columns []string, rows Rows, beside ...Beside) error {
	sheets := append([]Beside{{exportSheet, columns, rows}}, beside...)
	names := make([]string, len(sheets))
	for i, s := range sheets {
		names[i] = s.Name
		if len(s.Columns) > sheetColumns {
			return fmt.Errorf("write xlsx: %d columns: %w", len(s.Columns), ErrTooBig)
		}
	}
	frame, parts, err := xlsxFrame(names)
	if err != nil {
		return fmt.Errorf("write xlsx: %w", err)
	}
	out := zip.NewWriter(w)
	for _, file := range frame.File {
		if slices.Contains(parts, file.Name) {
			continue
		}
		if err := out.Copy(file); err != nil {
			return fmt.Errorf("write xlsx: copy %s: %w", file.Name, err)
		}
	}
	for i, s := range sheets {
		sheet, err := out.Create(parts[i])
		if err != nil {
			return fmt.Errorf("write xlsx: begin sheet: %w", err)
		}
		if err := writeSheet(sheet, s.Columns, s.Rows); err != nil {
			return fmt.Errorf("write xlsx: %w", err)
		}
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("write xlsx: %w", err)
	}
	return nil
}

// Cell styles of the frame.
const (
	styleText   = 1
	styleHeader = 2
)

// xlsxFrame makes a workbook around empty sheets, and names their parts.
func xlsxFrame(names []string) (*zip.Reader, []string, error) {
	book := excelize.NewFile()
	buf, err := func() (*bytes.Buffer, error) {
		if err := book.SetSheetName("Sheet1", names[0]); err != nil {
			return nil, fmt.Errorf("name sheet: %w", err)
		}
		for _, name := range names[1:] {
			if _, err := book.NewSheet(name); err != nil {
				return nil, fmt.Errorf("make sheet: %w", err)
			}
		}
		const text = 49 // The number format @: what is typed stays text.
		for want, style := range []*excelize.Style{nil, {NumFmt: text}, {NumFmt: text, Font: &excelize.Font{Bold: true}}} {
			if style == nil {
				continue
			}
			if got, err := book.NewStyle(style); err != nil || got != want {
				return nil, fmt.Errorf("make style %d: got %d: %w", want, got, err)
			}
		}
		if err := book.SetCustomProps(excelize.CustomProperty{Name: exportProperty, Value: "1"}); err != nil {
			return nil, fmt.Errorf("set mark: %w", err)
		}
		return book.WriteToBuffer()
	}()
	if err = errors.Join(err, book.Close()); err != nil {
		return nil, nil, fmt.Errorf("make workbook: %w", err)
	}
	frame, err := zip.NewReader(bytes.NewReader(buf.Bytes()), int64(buf.Len()))
	if err != nil {
		return nil, nil, fmt.Errorf("open workbook: %w", err)
	}
	parts := make([]string, len(names))
	for i := range names {
		parts[i] = fmt.Sprintf("xl/worksheets/sheet%d.xml", i+1)
	}
	return frame, parts, nil
}

func writeSheet(w io.Writer, columns []string, rows Rows) error {
	out := sheetWriter{w: bufio.NewWriterSize(w, 64<<10)}
	out.text(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n" +
		`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0">` +
		`<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>`)
	if err := out.row(columns, styleHeader); err != nil {
		return fmt.Errorf("header: %w", err)
	}
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := out.row(row.Cells, styleText); err != nil {
			return fmt.Errorf("row %d: %w", row.Number, err)
		}
	}
	out.text("</sheetData></worksheet>")
	return out.w.Flush()
}

type sheetWriter struct {
	w    *bufio.Writer
	rows int
}

// text writes; a bufio.Writer keeps its error for the next row and for Flush.
func (s *sheetWriter) text(t string) { _, _ = s.w.WriteString(t) }

func (s *sheetWriter) row(cells []string, style int) error {
	if s.rows++; s.rows > sheetRows {
		return fmt.Errorf("more than %d rows: %w", sheetRows, ErrTooBig)
	}
	s.text(fmt.Sprintf(`<row r="%d">`, s.rows))
	for i, cell := range cells {
		cell = record.Defuse(cell)
		if len(cell) > sheetCellUnits && utf16Len(cell) > sheetCellUnits {
			return fmt.Errorf("the cell in column %d has more than %d characters: %w", i+1, sheetCellUnits, ErrTooBig)
		}
		s.text(fmt.Sprintf(`<c r="%s%d" s="%d" t="inlineStr"><is><t xml:space="preserve">`, columnLetters(i), s.rows, style))
		s.escape(cell)
		s.text("</t></is></c>")
	}
	s.text("</row>")
	_, err := s.w.Write(nil)
	return err
}

func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}

// escape writes the text of a cell. What XML cannot hold, and CR, which XML
// would change, becomes _xHHHH_; an underscore that would begin such an escape
// is escaped too. Bytes that are not UTF-8 become U+FFFD: they cannot be kept.
func (s *sheetWriter) escape(cell string) {
	from := 0
	for i := 0; i < len(cell); {
		c := cell[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '&' && c != '<' && c != '>' && c != '_' || c == '\t' || c == '\n' {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(cell[i:])
		replaced := ""
		switch {
		case r == '&':
			replaced = "&amp;"
		case r == '<':
			replaced = "&lt;"
		case r == '>':
			replaced = "&gt;"
		case r == '_':
			if looksEscaped(cell[i:]) {
				replaced = "_x005F_"
			}
		case r < ' ' || r == 0xFFFE || r == 0xFFFF:
			replaced = fmt.Sprintf("_x%04X_", r)
		case r == utf8.RuneError && size == 1:
			replaced = "\uFFFD"
		}
		if replaced != "" {
			s.text(cell[from:i])
			s.text(replaced)
			from = i + size
		}
		i += size
	}
	s.text(cell[from:])
}

// looksEscaped tells whether a text begins like _xHHHH. What follows does not
// matter: it may become an underscore when it is escaped itself.
func looksEscaped(s string) bool {
	return len(s) >= 6 && s[1] == 'x' && strings.Trim(s[2:6], "0123456789abcdefABCDEF") == ""
}
