package csv

import "bytes"

// formulaCell reads a cell like ="00501", by which programs keep a spreadsheet from
// taking a code for a number: what a person sees is the text in the quotes. i is where
// the = stands. read is false, and d as it was, where the cell is anything else, a
// formula that computes something included.
func (s *scanner) formulaCell(d *draft, i int) (next int, more, read bool, err error) {
	if c, ok, err := s.at(i + 1); err != nil || !ok || c != '"' {
		return 0, false, false, err
	}
	text, findings, lines := len(d.text), len(d.findings), d.lines
	for k := i + 2; ; {
		q, err := s.quoteAt(k, i+2+2*s.limits.CellBytes)
		if err != nil {
			return 0, false, false, err
		}
		if q < 0 || countLines(s.buf[s.start+k:s.start+q], true) > 0 {
			break
		}
		d.text = append(d.text, s.buf[s.start+k:s.start+q]...)
		if s.escapes && escaped(s.buf[s.start+k:s.start+q]) {
			d.text, k = append(d.text, '"'), q+1
			continue
		}
		next, more, closed, err := s.closing(d, q+1)
		if err != nil {
			return 0, false, false, err
		}
		if closed {
			if s.escapes {
				s.unescape(d, text)
			}
			d.find("TEXT_FORMULA")
			d.quoted = append(d.quoted, true)
			return next, more, true, nil
		}
		// A quote that is neither doubled nor the last one ends the attempt at once, so that
		// a line full of such beginnings is read once and not once for each.
		if c, _, err := s.at(q + 1); err != nil {
			return 0, false, false, err
		} else if c != '"' {
			break
		}
		d.text, k = append(d.text, '"'), q+2
	}
	d.text, d.findings, d.lines = d.text[:text], d.findings[:findings], lines
	return 0, false, false, nil
}

// textFormula reads the same from a cell whose own quotes are gone: "=""00501""". The
// text is moved to the front of the cell; n is its length.
func textFormula(cell []byte) (n int, ok bool) {
	if len(cell) < 3 || cell[0] != '=' || cell[1] != '"' || cell[len(cell)-1] != '"' {
		return 0, false
	}
	inner := cell[2 : len(cell)-1]
	if bytes.Count(inner, []byte(`""`))*2 != bytes.Count(inner, []byte{'"'}) {
		return 0, false
	}
	for i := 0; i < len(inner); i++ {
		cell[n] = inner[i]
		n++
		if inner[i] == '"' {
			i++ // the other one of the two
		}
	}
	return n, true
}
