package csv

import (
	"bytes"

	"tablestep/tables/ingest/record"
)

// cell appends the cell at offset i to d; more tells that a delimiter follows.
func (s *scanner) cell(d *draft, i int, mode quoteMode) (next int, more bool, err error) {
	c, _, err := s.at(i) // 0 at the end of the file
	if err != nil {
		return 0, false, err
	}
	quote, before := i, []string(nil)
	if c == ' ' || c == record.Mark[0] {
		if quote, c, before, err = s.opening(i); err != nil {
			return 0, false, err
		}
	}
	if c == '=' {
		if next, more, read, err := s.formulaCell(d, quote); err != nil || read {
			return next, more, err
		}
	}
	unclosed := false
	text := len(d.text)
	if c == '"' {
		findings, lines := len(d.findings), d.lines
		next, more, closed, err := s.quotedCell(d, quote+1, mode)
		if err != nil {
			return 0, false, err
		}
		if closed {
			for _, code := range before {
				d.find(code)
			}
			if s.escapes {
				s.unescape(d, text)
			}
			if text < len(d.text) && d.text[text] == '=' {
				if n, ok := textFormula(d.text[text:]); ok {
					d.text = d.text[:text+n]
					d.find("TEXT_FORMULA")
				}
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
	k := bytes.Index(rest, s.sep)
	if s.escapes {
		k = s.sepIn(rest)
	}
	if k >= 0 {
		rest, next, more = rest[:k], i+k+len(s.sep), true
	} else if d.lineNext > d.lineEnd {
		d.lines++
	}
	if !unclosed && bytes.IndexByte(rest, '"') >= 0 && (!s.escapes || s.hasQuote(rest)) {
		d.find("BARE_QUOTE")
	}
	d.text = append(d.text, rest...)
	if s.escapes {
		s.unescape(d, text)
	}
	d.quoted = append(d.quoted, false)
	return next, more, nil
}

// opening skips what may stand before a quote that opens a cell: spaces, and byte order
// marks where files were put together. It gives the first other byte, 0 at the end of the
// file, and what was skipped as codes.
func (s *scanner) opening(i int) (at int, c byte, before []string, err error) {
	spaces, marks := false, false
	for at = i; ; {
		c, ok, err := s.at(at)
		if err != nil || !ok {
			return at, 0, nil, err
		}
		switch {
		case c == ' ':
			at++
			spaces = true
		case c == record.Mark[0]:
			if _, ok, err := s.at(at + len(record.Mark) - 1); err != nil || !ok {
				return at, c, nil, err
			}
			if !bytes.HasPrefix(s.buf[s.start+at:s.end], []byte(record.Mark)) {
				return at, c, nil, nil
			}
			at += len(record.Mark)
			marks = true
		default:
			return at, c, skipped(spaces, marks), nil
		}
	}
}

// skipped names what stood before a quote; nil, which is nearly always so, costs nothing.
func skipped(spaces, marks bool) (codes []string) {
	if spaces {
		codes = append(codes, "SPACE_AROUND_QUOTES")
	}
	if marks {
		codes = append(codes, "MARK_INSIDE")
	}
	return codes
}

// find notes a finding about the cell being read; its text is added later.
func (d *draft) find(code string) {
	for i := len(d.findings) - 1; i >= 0 && d.findings[i].Cell == len(d.ends); i-- {
		if d.findings[i].Code == code {
			return
		}
	}
	d.findings = append(d.findings, record.Finding{Code: code, Cell: len(d.ends)})
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
		if q >= 0 && s.escapes && escaped(segment) {
			d.text = append(d.text, '"')
			k = q + 1
			continue
		}
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
