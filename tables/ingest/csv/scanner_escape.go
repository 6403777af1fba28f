package csv

import "bytes"

// escaped tells whether what stands behind p is a character and no sign of its own: an
// odd number of backslashes is before it.
func escaped(p []byte) bool {
	n := 0
	for n < len(p) && p[len(p)-1-n] == '\\' {
		n++
	}
	return n%2 == 1
}

// sepIn is where the first delimiter that is one stands in the rest of a line, or -1.
func (s *scanner) sepIn(rest []byte) int {
	for from := 0; ; {
		k := bytes.Index(rest[from:], s.sep)
		if k < 0 {
			return -1
		}
		if !escaped(rest[:from+k]) {
			return from + k
		}
		from += k + len(s.sep)
	}
}

// hasQuote tells whether a cell without quotes around it has one inside that is a sign.
func (s *scanner) hasQuote(cell []byte) bool {
	for from := 0; ; {
		k := bytes.IndexByte(cell[from:], '"')
		if k < 0 {
			return false
		}
		if !escaped(cell[:from+k]) {
			return true
		}
		from += k + 1
	}
}

// unescape takes the backslashes away from d.text[from:] that stand before a quote, a
// delimiter or another backslash. All others stay: C:\dir, \n.
func (s *scanner) unescape(d *draft, from int) {
	cell := d.text[from:]
	n := 0
	for i := 0; i < len(cell); i++ {
		if cell[i] == '\\' && i+1 < len(cell) && (cell[i+1] == '"' || cell[i+1] == '\\' || bytes.HasPrefix(cell[i+1:], s.sep)) {
			i++
		}
		cell[n] = cell[i]
		n++
	}
	d.text = d.text[:from+n]
}
