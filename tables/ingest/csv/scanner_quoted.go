package csv

import (
	"fmt"
	"slices"

	"tablestep/tables/ingest/record"
	"tablestep/tables/schema"
)

// A quoteMode is how a second reading of a doubtful record treats quotes.
type quoteMode int

const (
	usualQuotes   quoteMode = iota // a quoted cell may go over lines; stray quotes only in its first line
	oneLineQuotes                  // a quote that is not closed in its line is a character
	strayQuotes                    // stray quotes in any line
)

// strayLook is how far a reading with stray quotes looks for the end of a cell.
const strayLook = 64 << 10

// A draft is one reading of a record that contains quotes.
type draft struct {
	text     []byte // cells, unescaped, end to end
	ends     []int  // where each cell ends in text
	findings []record.Finding
	next     int    // offset behind the record
	lines    int    // line ends in the record
	over     bool   // a quoted cell goes over a line end
	quoted   []bool // whether each cell stands in quotes
	failed   bool   // a quote at the start of a cell was taken as a character
	tooLong  bool   // because its cell would have been too long

	lineEnd, lineNext int // of the line that is being read; a cache
}

func (d *draft) reset() {
	*d = draft{text: d.text[:0], ends: d.ends[:0], findings: d.findings[:0], quoted: d.quoted[:0], lineEnd: -1}
}

// quotedRecord reads the record at start, which has a quote in its first line.
//
// The usual reading is that of encoding/csv, with guesses where that fails. It
// is doubted where the number of cells is wrong: a quote that swallowed lines
// shows as one record with too few or too many cells. Then another reading is
// tried, and taken only if it has the right number. Every guess is a finding.
func (s *scanner) quotedRecord() error {
	d := &s.usual
	if err := s.parse(d, 0, usualQuotes); err != nil {
		return err
	}
	switch {
	case s.expected > 1 && len(d.ends) == s.expected && d.over && s.budget > 0:
		if rows, err := s.likeRows(d); err != nil {
			return err
		} else if rows {
			at := longestDraft(d)
			d.findings = append(d.findings, record.Finding{Code: "ROWS_IN_CELL", Cell: at})
		}
	case s.expected > 0 && len(d.ends) != s.expected:
		mode := oneLineQuotes
		if !d.over {
			mode = strayQuotes
		}
		if (d.over || d.failed) && s.budget > 0 {
			looked := s.looked
			if err := s.parse(&s.second, 0, mode); err != nil {
				return err
			}
			s.budget -= s.second.next + s.looked - looked
			if len(s.second.ends) == s.expected && (mode == oneLineQuotes || s.second.over) {
				d = &s.second
			}
		}
	}
	if d.tooLong && s.expected > 0 {
		rows, err := s.rowsFollow(d)
		if err != nil {
			return err
		}
		if !rows || len(d.ends) != s.expected {
			return &schema.UploadError{Code: "TOO_LARGE", Message: fmt.Sprintf(
				"line %d begins a cell in quotes that has more than %d bytes or is never closed; close the quote, or shorten the cell", s.line, s.limits.CellBytes)}
		}
	}
	s.take(d)
	return nil
}

// rowsFollow tells a quote that is never closed from a text that is too long:
// behind the former come lines that are rows.
func (s *scanner) rowsFollow(d *draft) (bool, error) {
	line := &s.second
	if d == line {
		line = &s.usual
	}
	at := d.next
	for range 3 {
		if _, ok, err := s.at(at); err != nil || !ok {
			return err == nil, err
		}
		if err := s.parse(line, at, oneLineQuotes); err != nil {
			return false, err
		}
		if n := len(line.ends); n != s.expected && (n > 1 || len(line.text) > 0) {
			return false, nil
		}
		at = line.next
	}
	return true, nil
}

// take makes the record of a draft and moves behind it.
func (s *scanner) take(d *draft) {
	text := string(d.text)
	cells := s.rec.Cells[:0]
	from := 0
	for _, end := range d.ends {
		cells = append(cells, text[from:end])
		from = end
	}
	s.rec.Cells = cells
	s.rec.Quoted = d.quoted
	s.rec.Written = text != "" || slices.Contains(d.quoted, true)
	for _, f := range d.findings {
		if f.Cell < len(cells) {
			f.Text = cells[f.Cell]
		}
		s.rec.Findings = append(s.rec.Findings, f)
	}
	if d.over && d.lines > ManyLines {
		at := longestDraft(d)
		s.rec.Findings = append(s.rec.Findings, record.Finding{Code: "MANY_LINES", Cell: at, Text: cells[at]})
	}
	s.start += d.next
	s.budget += d.next
	s.line += max(d.lines, 1)
}

// likeRows tells whether each line of a record over several lines would make a
// full record of its own. Then a quote may be missing, although all fits. A
// delimiter before a space is more likely punctuation in a text.
func (s *scanner) likeRows(d *draft) (bool, error) {
	for at := 0; at < d.next; at = s.second.next {
		looked := s.looked
		if err := s.parse(&s.second, at, oneLineQuotes); err != nil {
			return false, err
		}
		s.budget -= s.second.next - at + s.looked - looked
		if len(s.second.ends) != s.expected {
			return false, nil
		}
		for _, end := range s.second.ends {
			if end < len(s.second.text) && s.second.text[end] == ' ' {
				return false, nil
			}
		}
	}
	return true, nil
}

// longestDraft is the cell of a draft that has the most text.
func longestDraft(d *draft) int {
	at, most, from := 0, -1, 0
	for i, end := range d.ends {
		if end-from > most {
			at, most = i, end-from
		}
		from = end
	}
	return at
}

// parse reads the record that begins at offset i into d.
func (s *scanner) parse(d *draft, i int, mode quoteMode) error {
	d.reset()
	for more := true; more; {
		var err error
		if i, more, err = s.cell(d, i, mode); err != nil {
			return err
		}
		if i > s.limits.RowBytes {
			return s.tooLong()
		}
		if len(d.ends) >= s.limits.Columns {
			return s.tooWide()
		}
		d.ends = append(d.ends, len(d.text))
		d.next = i
	}
	return nil
}
