package xlsx

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"tablestep/tables/ingest/record"
)

// maxHidden is how many spans of hidden columns are remembered for warnings.
const maxHidden = 1000

// Records gives the rows of one sheet. It streams the sheet's part once;
// rows without a cell that has a value are not there.
type Records struct {
	book  *Workbook
	sheet Sheet
	part  *part

	rec     record.Record
	row     int // of the sheet, from 1
	inData  bool
	ended   bool
	seen    []int  // for each column, the row that last had a cell in it
	own     []byte // texts of the row that are not shared, end to end
	spans   []span // where they lie
	value   []byte
	skimmed bool // only whether cells hold something matters
	merges  mergeReader

	unseen Unseen
}

// Unseen is what a person does not see of a sheet, or sees differently. It is known once
// the sheet has been read.
type Unseen struct {
	Rows     int      // hidden ones that hold something
	FirstRow int      // of them, of the sheet, from 1
	Columns  [][2]int // first and last of hidden ones, from 0
	Merges   []CellRange
}

// Unseen is what was found so far.
func (s *Records) Unseen() Unseen { return s.unseen }

// A span is the place of one cell's text in the row's own texts.
type span struct{ cell, from, to int }

// Records begins to read a sheet, without what lies under the merged cells. The workbook
// stays open meanwhile.
func (w *Workbook) Records(s Sheet, m Merges) (*Records, error) {
	p, err := w.open(s.part, xmlBuffer)
	if err != nil {
		return nil, err
	}
	return &Records{book: w, sheet: s, part: p, merges: mergeReader{left: m.Ranges, fill: m.Fill, columns: w.limits.Columns}}, nil
}

// Expect is for sources that guess; a sheet says itself where each cell stands.
func (s *Records) Expect(int) {}

// Close ends the reading.
func (s *Records) Close() error {
	s.part.Close()
	return nil
}

// Next gives the next row that has a cell element, or io.EOF; it is valid until the next
// call.
func (s *Records) Next() (*record.Record, error) {
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
			if len(s.rec.Cells) > 0 {
				return &s.rec, nil
			}
		default:
			s.look()
		}
	}
}

// look takes notice of elements around the rows.
func (s *Records) look() {
	x := s.part
	switch string(x.name) {
	case "sheetData":
		s.inData = !s.ended
	case "col":
		if isTrue(x.attr("hidden")) {
			from, err1 := strconv.Atoi(string(x.attr("min")))
			to, err2 := strconv.Atoi(string(x.attr("max")))
			if err1 == nil && err2 == nil && len(s.unseen.Columns) < maxHidden {
				s.unseen.Columns = append(s.unseen.Columns, [2]int{from - 1, to - 1})
			}
		}
	case "mergeCell":
		ref := string(x.attr("ref"))
		first, last, _ := strings.Cut(ref, ":")
		c1, r1, ok1 := cellRef(first)
		c2, r2, ok2 := cellRef(last)
		if ok1 && ok2 && len(s.unseen.Merges) < maxMerges {
			s.unseen.Merges = append(s.unseen.Merges, CellRange{min(c1, c2), min(r1, r2), max(c1, c2), max(r1, r2)})
		}
	}
}

// readRow reads the cells of a <row> into the record.
func (s *Records) readRow() error {
	x := s.part
	number := s.row + 1
	if r := x.attr("r"); r != nil {
		n, err := strconv.Atoi(string(r))
		if err != nil || n < 1 {
			return fmt.Errorf("row number %q", short(r))
		}
		if n <= s.row {
			return fmt.Errorf("row %d comes after row %d", n, s.row)
		}
		number = n
	}
	hidden := isTrue(x.attr("hidden"))
	s.row = number
	s.rec.Cells, s.rec.Findings = s.rec.Cells[:0], s.rec.Findings[:0]
	s.rec.Place, s.rec.Written = number, false
	s.own, s.spans = s.own[:0], s.spans[:0]
	s.merges.begin(number)
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
			s.rec.Cells[sp.cell] = text[sp.from:sp.to]
		}
	}
	if len(s.merges.fills) > 0 {
		s.merges.end(s)
	}
	if hidden && s.rec.Written {
		if s.unseen.Rows++; s.unseen.Rows == 1 {
			s.unseen.FirstRow = number
		}
	}
	return nil
}
