package ingest

import (
	"bytes"
	"fmt"
	"slices"

	"tablestep/tables"
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
	findings []finding
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
			d.findings = append(d.findings, finding{code: "ROWS_IN_CELL", cell: at})
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
			return &tables.UploadError{Code: "TOO_LARGE", Message: fmt.Sprintf(
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
	cells := s.rec.cells[:0]
	from := 0
	for _, end := range d.ends {
		cells = append(cells, text[from:end])
		from = end
	}
	s.rec.cells = cells
	s.rec.quoted = d.quoted
	s.rec.written = text != "" || slices.Contains(d.quoted, true)
	for _, f := range d.findings {
		if f.cell < len(cells) {
			f.text = cells[f.cell]
		}
		s.rec.findings = append(s.rec.findings, f)
	}
	if d.over && d.lines > manyLines {
		at := longestDraft(d)
		s.rec.findings = append(s.rec.findings, finding{"MANY_LINES", at, cells[at]})
	}
	s.start += d.next
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

// cell appends the cell at offset i to d; more tells that a delimiter follows.
func (s *scanner) cell(d *draft, i int, mode quoteMode) (next int, more bool, err error) {
	quote := i
	c, ok, err := s.at(quote)
	for ; err == nil && ok && c == ' '; c, ok, err = s.at(quote) {
		quote++
	}
	if err != nil {
		return 0, false, err
	}
	unclosed := false
	if ok && c == '"' {
		text, findings, lines := len(d.text), len(d.findings), d.lines
		next, more, closed, err := s.quotedCell(d, quote+1, mode)
		if err != nil {
			return 0, false, err
		}
		if closed {
			if quote > i {
				d.find("SPACE_AROUND_QUOTES")
			}
			d.quoted = append(d.quoted, true)
			return next, more, nil
		}
		d.text, d.findings, d.lines = d.text[:text], d.findings[:findings], lines
		d.failed, unclosed = true, true
		d.find("UNCLOSED_QUOTE")
	}
	if i > d.lineEnd {
		if d.lineEnd, d.lineNext, err = s.lineEnd(i); err != nil {
			return 0, false, err
		}
	}
	rest := s.buf[s.start+i : s.start+d.lineEnd]
	next = d.lineNext
	if k := bytes.Index(rest, s.sep); k >= 0 {
		rest, next, more = rest[:k], i+k+len(s.sep), true
	} else if d.lineNext > d.lineEnd {
		d.lines++
	}
	if !unclosed && bytes.IndexByte(rest, '"') >= 0 {
		d.find("BARE_QUOTE")
	}
	d.text = append(d.text, rest...)
	d.quoted = append(d.quoted, false)
	return next, more, nil
}

// find notes a finding about the cell being read; its text is added later.
func (d *draft) find(code string) {
	for i := len(d.findings) - 1; i >= 0 && d.findings[i].cell == len(d.ends); i-- {
		if d.findings[i].code == code {
			return
		}
	}
	d.findings = append(d.findings, finding{code: code, cell: len(d.ends)})
}

// quotedCell appends the cell whose text begins behind the quote before k.
// closed is false if the mode allows no end for it: the quote is no quote.
func (s *scanner) quotedCell(d *draft, k int, mode quoteMode) (next int, more, closed bool, err error) {
	opened, stray, over := k, false, false
	look := s.limits.CellBytes
	if mode == strayQuotes {
		look = min(look, strayLook)
	}
	for {
		q, err := s.quoteAt(k, opened+2*look)
		if err != nil {
			return 0, false, false, err
		}
		segment := s.buf[s.start+k : s.start+max(k, q)]
		if n := countLines(segment, s.loneCR); n > 0 {
			d.lines += n
			over = true
		}
		d.text = append(d.text, segment...)
		if over && (mode == oneLineQuotes || stray && mode != strayQuotes) {
			return 0, false, false, nil
		}
		if q < 0 || q-opened > 2*look {
			d.tooLong = d.tooLong || q != endOfFile
			return 0, false, false, nil
		}
		if next, more, closed, err = s.closing(d, q+1); err != nil || closed {
			d.over = d.over || over
			return next, more, closed, err
		}
		if c, _, err := s.at(q + 1); err != nil {
			return 0, false, false, err
		} else if c == '"' {
			d.text = append(d.text, '"')
			k = q + 2
			continue
		}
		if over && mode != strayQuotes {
			return 0, false, false, nil
		}
		stray = true
		d.find("INNER_QUOTE")
		d.text = append(d.text, '"')
		k = q + 1
	}
}

// closing tells whether a quote just before i ends its cell: a delimiter, a
// line end or the end of the file follows, perhaps after spaces.
func (s *scanner) closing(d *draft, i int) (next int, more, closed bool, err error) {
	k := i
	c, ok, err := s.at(k)
	for ; err == nil && ok && c == ' '; c, ok, err = s.at(k) {
		k++
	}
	if err != nil {
		return 0, false, false, err
	}
	sep, err := s.sepAt(k)
	if err != nil {
		return 0, false, false, err
	}
	switch {
	case !ok:
		next = k
	case sep:
		next, more = k+len(s.sep), true
	case c == '\n' || c == '\r':
		next = k + 1
		if c == '\r' {
			if c, ok, err := s.at(next); err != nil {
				return 0, false, false, err
			} else if ok && c == '\n' {
				next++
			}
		}
		d.lines++
	default:
		return 0, false, false, nil
	}
	if k > i {
		d.find("SPACE_AROUND_QUOTES")
	}
	return next, more, true, nil
}

// What quoteAt gives where there is no quote.
const (
	endOfFile = -1
	tooFar    = -2
)

// quoteAt is the offset of the first quote at or behind k and not behind most.
func (s *scanner) quoteAt(k, most int) (int, error) {
	for i := k; ; {
		window := s.buf[s.start+i : s.end]
		if q := bytes.IndexByte(window, '"'); q >= 0 {
			s.looked += q
			return i + q, nil
		}
		i += len(window)
		s.looked += len(window)
		if i > most {
			return tooFar, nil
		}
		if more, err := s.fill(); err != nil {
			return 0, err
		} else if !more {
			return endOfFile, nil
		}
	}
}

// countLines counts the line ends in a text; CR LF is one.
func countLines(p []byte, loneCR bool) int {
	n := bytes.Count(p, []byte{'\n'})
	if loneCR {
		n += bytes.Count(p, []byte{'\r'}) - bytes.Count(p, []byte("\r\n"))
	}
	return n
}
