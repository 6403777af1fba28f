package csv

import (
	"bytes"
	"slices"

	"tablestep/tables/ingest/record"
)

// formulaCell reads a cell like ="00501", by which programs keep a spreadsheet from
// taking a code for a number: what a person sees is the text in the quotes. i is where
// the = stands. read is false, and d as it was, where the cell is anything else, a
// formula that computes something included.
func (s *scanner) formulaCell(d *draft, i int) (next int, more, read bool, err error) {
	if c, ok, err := s.at(i + 1); err != nil || !ok || c != '"' {
		return 0, false, false, err
	}
	text, findings, lines, tooLong := len(d.text), len(d.findings), d.lines, d.tooLong
	next, more, closed, err := s.quotedCell(d, i+2, oneLineQuotes)
	if err != nil {
		return 0, false, false, err
	}
	stray := slices.ContainsFunc(d.findings[findings:], func(f record.Finding) bool { return f.Code == "INNER_QUOTE" })
	if !closed || stray {
		d.text, d.findings, d.lines, d.tooLong = d.text[:text], d.findings[:findings], lines, tooLong
		return 0, false, false, nil
	}
	s.unescape(d, text)
	d.find("TEXT_FORMULA")
	d.quoted = append(d.quoted, true)
	return next, more, true, nil
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
