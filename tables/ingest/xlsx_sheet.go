package ingest

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"tablestep/tables/schema"
)

// maxMerges is how many merged ranges are remembered for warnings.
const maxMerges = 1000

// A sheetSource gives the rows of one sheet. It streams the sheet's part once;
// rows without a cell that has a value are not there.
type sheetSource struct {
	book  *workbook
	sheet sheet
	part  *part
	owner bool // closes the workbook too

	rec     record
	row     int // of the sheet, from 1
	inData  bool
	ended   bool
	seen    []int  // for each column, the row that last had a cell in it
	own     []byte // texts of the row that are not shared, end to end
	spans   []span // where they lie
	value   []byte
	skimmed bool // only whether cells hold something matters

	hiddenRows int
	firstBlind int // first hidden row
	hiddenCols [][2]int
	merges     []cellRange
}

// A span is the place of one cell's text in the row's own texts.
type span struct{ cell, from, to int }

// A cellRange is a rectangle of cells; columns from 0, rows from 1.
type cellRange struct {
	name                     string
	column, row, columns, to int
}

func newSheetSource(book *workbook, s sheet) (*sheetSource, error) {
	p, err := book.open(s.part, xmlBuffer)
	if err != nil {
		return nil, err
	}
	return &sheetSource{book: book, sheet: s, part: p}, nil
}

func (s *sheetSource) expect(int) {}

// skim makes later records cheap: a cell that holds something is not "".
func (s *sheetSource) skim() { s.skimmed = true }

func (s *sheetSource) Close() error {
	s.part.Close()
	if s.owner {
		return s.book.Close()
	}
	return nil
}

// next gives the next row that has a cell element.
func (s *sheetSource) next() (*record, error) {
	for {
		kind, err := s.part.next()
		if err != nil {
			return nil, s.book.fail(s.sheet.part, err)
		}
		switch {
		case kind == xmlEOF:
			return nil, io.EOF
		case kind == xmlEnd && string(s.part.name) == "sheetData":
			s.inData, s.ended = false, true
		case kind != xmlStart:
		case s.inData && string(s.part.name) == "row":
			if err := s.readRow(); err != nil {
				return nil, s.book.fail(s.sheet.part, err)
			}
			if len(s.rec.cells) > 0 {
				return &s.rec, nil
			}
		default:
			s.look()
		}
	}
}

// look takes notice of elements around the rows.
func (s *sheetSource) look() {
	x := s.part
	switch string(x.name) {
	case "sheetData":
		s.inData = !s.ended
	case "col":
		if isTrue(x.attr("hidden")) {
			from, err1 := strconv.Atoi(string(x.attr("min")))
			to, err2 := strconv.Atoi(string(x.attr("max")))
			if err1 == nil && err2 == nil && len(s.hiddenCols) < maxMerges {
				s.hiddenCols = append(s.hiddenCols, [2]int{from - 1, to - 1})
			}
		}
	case "mergeCell":
		ref := string(x.attr("ref"))
		first, last, _ := strings.Cut(ref, ":")
		c1, r1, ok1 := cellRef(first)
		c2, r2, ok2 := cellRef(last)
		if ok1 && ok2 && len(s.merges) < maxMerges {
			s.merges = append(s.merges, cellRange{ref, c1, r1, c2, r2})
		}
	}
}

// readRow reads the cells of a <row> into the record.
func (s *sheetSource) readRow() error {
	x := s.part
	number := s.row + 1
	if r := x.attr("r"); r != nil {
		n, err := strconv.Atoi(string(r))
		if err != nil || n < 1 {
			return fmt.Errorf("row number %q", excerptBytes(r))
		}
		if n <= s.row {
			return fmt.Errorf("row %d comes after row %d", n, s.row)
		}
		number = n
	}
	hidden := isTrue(x.attr("hidden"))
	s.row = number
	s.rec.cells, s.rec.findings = s.rec.cells[:0], s.rec.findings[:0]
	s.rec.place, s.rec.written = number, false
	s.own, s.spans = s.own[:0], s.spans[:0]
	depth := x.depth() - 1
	column := -1
	for {
		kind, err := x.next()
		if err != nil {
			return err
		}
		if kind == xmlEnd && x.depth() == depth {
			break
		}
		if kind != xmlStart {
			continue
		}
		if string(x.name) != "c" {
			if err := x.skip(); err != nil {
				return err
			}
			continue
		}
		if column, err = s.readCell(column + 1); err != nil {
			return err
		}
	}
	if len(s.spans) > 0 {
		text := string(s.own)
		for _, sp := range s.spans {
			s.rec.cells[sp.cell] = text[sp.from:sp.to]
		}
	}
	if hidden && s.rec.written {
		if s.hiddenRows++; s.hiddenRows == 1 {
			s.firstBlind = number
		}
	}
	return nil
}

// finish warns of what a person does not see, or sees differently.
func (s *sheetSource) finish(f *File) {
	if s.hiddenRows > 0 {
		f.warn.addOnce("HIDDEN_ROWS", schema.Warning{Message: fmt.Sprintf(
			"%d rows of sheet %q are hidden, the first is row %d of the sheet; they are read all the same. Delete them if they should not count", s.hiddenRows, s.sheet.name, s.firstBlind)})
	}
	var hidden []string
	for _, cols := range s.hiddenCols {
		for i, from := range f.take {
			if from >= cols[0] && from <= cols[1] && len(hidden) < warningsKept {
				hidden = append(hidden, f.columns[i])
			}
		}
	}
	if len(hidden) > 0 {
		f.warn.addOnce("HIDDEN_COLUMNS", schema.Warning{Message: fmt.Sprintf(
			"hidden columns of sheet %q are read all the same: %s", s.sheet.name, quoteAll(hidden))})
	}
	for _, m := range s.merges {
		if m.to < f.used.HeaderRow || m.column >= f.width {
			continue
		}
		w := schema.Warning{Row: f.places.row(m.row), Message: fmt.Sprintf(
			"the cells %s of sheet %q are merged; the text stands in the first one, %s%d, and the others are empty. Unmerge them and fill in each cell",
			m.name, s.sheet.name, columnLetters(m.column), m.row)}
		for i, from := range f.take {
			if from == m.column {
				w.Column = f.columns[i]
			}
		}
		f.warn.add("MERGED_CELLS", func() schema.Warning { return w })
	}
}
