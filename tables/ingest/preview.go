package ingest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
	"unicode/utf8"

	"tablestep/tables/ingest/record"
	"tablestep/tables/ingest/xlsx"
	"tablestep/tables/schema"
)

// A Preview is the beginning of a file, as an upload with the same Options would read it.
type Preview struct {
	Used
	Sheets []PreviewSheet // of a workbook, in order
	// Lines are the first lines of a file or rows of a sheet, at most previewLines: line n
	// is Lines[n-1]. A blank one has no cells, and neither has one that is the continuation
	// of the line before, inside quotes.
	Lines [][]string
}

// A PreviewSheet is a sheet of a workbook.
type PreviewSheet struct {
	Name   string
	Rows   int // that hold something, those of titles and header included; -1: they were not counted
	Hidden bool
}

const (
	previewLines = 20
	previewCell  = 500     // bytes of a cell that are shown
	previewText  = 1 << 20 // bytes of all cells that are shown
)

// countTime is how long the rows of all sheets of one workbook are counted. A row takes about
// a microsecond a cell.
const countTime = 3 * time.Second

// Look reads the beginning of the file at path. That may be the first part of a CSV file: the
// caller gives it away, and half a character at its end is cut off. Of a workbook it is
// the whole, because its list of parts is at the end. HeaderRow is 0 where none is
// found. The error is a *schema.UploadError for what cannot be a table.
func Look(path string, o Options) (_ *Preview, err error) {
	o.Limits = o.Limits.OrDefaults()
	kind, err := sniff(path, o)
	if err != nil {
		return nil, fmt.Errorf("look at upload: %w", err)
	}
	p := &Preview{}
	f := &File{name: o.Name, limits: o.Limits, warn: newWarnings(), look: p.read}
	switch {
	case kind.refusal != "":
		err = record.Refuse(kind.refusal, kind.what)
	case kind.format == XLSX:
		if err = f.openXLSX(path, o); f.book != nil && err == nil {
			p.Sheets, err = countSheets(f.book, time.Now().Add(countTime))
		}
	default:
		if o.Encoding == "" {
			err = dropHalfCharacter(path)
		}
		if err == nil {
			err = f.openCSV(path, o)
		}
	}
	if err != nil {
		err = f.explain(err)
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	p.Used = f.used
	return p, nil
}

// read copies the first lines.
func (p *Preview) read(open func() (source, error)) (err error) {
	src, err := open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	size := 0
	for size < previewText {
		rec, err := src.Next()
		if errors.Is(err, io.EOF) || err == nil && rec.Place > previewLines {
			return nil
		}
		if err != nil {
			return err
		}
		for len(p.Lines) < rec.Place {
			p.Lines = append(p.Lines, nil)
		}
		if !rec.Written {
			continue
		}
		cells := make([]string, len(rec.Cells))
		for i, cell := range rec.Cells {
			cells[i] = schema.Cut(cell, previewCell)
			size += len(cells[i]) + 1
		}
		p.Lines[rec.Place-1] = cells
	}
	return nil
}

// countSheets counts the rows of each sheet until the time is over. A sheet that cannot be
// read does not hide the others: its rows are not counted.
func countSheets(book *xlsx.Workbook, until time.Time) ([]PreviewSheet, error) {
	var sheets []PreviewSheet
	for _, s := range book.Sheets() {
		rows, err := countRows(book, s, until)
		if err != nil {
			if _, refused := errors.AsType[*schema.UploadError](err); !refused {
				return nil, err
			}
			rows = -1
		}
		sheets = append(sheets, PreviewSheet{Name: s.Name, Hidden: s.Hidden, Rows: rows})
	}
	return sheets, nil
}

func countRows(book *xlsx.Workbook, s xlsx.Sheet, until time.Time) (rows int, err error) {
	if time.Now().After(until) {
		return -1, nil
	}
	records, err := book.Skim(s)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, records.Close()) }()
	for n := 1; ; n++ {
		rec, err := records.Next()
		switch {
		case errors.Is(err, io.EOF):
			return rows, nil
		case err != nil:
			return 0, err
		case n%1024 == 0 && time.Now().After(until):
			return -1, nil
		}
		if rec.Written {
			rows++
		}
	}
}

// dropHalfCharacter cuts off a character of UTF-8 that is broken off at the end of a file which
// is UTF-8 beyond ASCII in all that comes before: else the file would be taken for another
// encoding. Of a file that is whole and not UTF-8 nothing is cut off.
func dropHalfCharacter(path string) (err error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("look at upload: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	var (
		buf    = make([]byte, 64<<10)
		kept   = 0 // half a character at the end of the piece before
		size   int64
		beyond bool // there is something that is not ASCII
	)
	for {
		n, err := io.ReadFull(file, buf[kept:])
		size += int64(n)
		piece := buf[:kept+n]
		whole := len(piece) - halfCharacter(piece)
		if !utf8.Valid(piece[:whole]) {
			return nil
		}
		beyond = beyond || slices.ContainsFunc(piece[:whole], func(b byte) bool { return b >= utf8.RuneSelf })
		kept = copy(buf, piece[whole:])
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("look at upload: %w", err)
		}
	}
	if kept == 0 || !beyond {
		return nil
	}
	if err := file.Truncate(size - int64(kept)); err != nil {
		return fmt.Errorf("look at upload: %w", err)
	}
	return nil
}

// halfCharacter is how many bytes at the end begin a character of UTF-8 and do not end it.
func halfCharacter(piece []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(piece); n++ {
		if tail := piece[len(piece)-n:]; utf8.RuneStart(tail[0]) {
			if tail[0] >= utf8.RuneSelf && !utf8.FullRune(tail) {
				return n
			}
			return 0
		}
	}
	return 0
}
