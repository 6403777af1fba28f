package csv

import (
	"bytes"
	"errors"
	"io"
	"path"
	"strings"

	"tablestep/tables/ingest/record"
)

// sampleRecords is how many records are cut with each candidate.
const sampleRecords = 200

// The bounds within which what stands around a block of records is titles and footers.
const (
	mostTitles  = 20
	mostFooters = 20
)

// A layout is how the lines of a file are cut into cells.
type layout struct {
	sep     rune
	escapes bool // a backslash makes the quote or delimiter behind it a character
	wrapped bool // whole lines stand in quotes, and are cut once these are off
	unusual bool // sep is none of the usual delimiters
	doubt   rune // the file has one column, and this sign stands alike in all its lines; a quote: they stand in quotes as a whole
}

// usualDelimiters are the candidates, the more usual one first.
func usualDelimiters(name string) (candidates []rune, tabs bool) {
	if strings.EqualFold(path.Ext(name), ".tsv") {
		return []rune{'\t', ',', ';', '|'}, true
	}
	return []rune{',', ';', '\t', '|'}, false
}

// findLayout finds how a sample is cut. Each candidate is a reading of the sample; a
// delimiter that was named is the only candidate.
func findLayout(sample []byte, named rune, o Options) layout {
	candidates, tabs := usualDelimiters(o.Name)
	var best reading
	if named != 0 {
		candidates, tabs = []rune{named}, false
		best = read(sample, named, o.Limits)
	} else {
		best = bestReading(sample, candidates, tabs, o.Limits)
	}
	if w, ok := unwrapSample(sample, best, o.Limits); ok {
		switch in := bestReading(w.text, candidates, tabs, o.Limits); {
		case !in.fits() || !w.convinces(in):
		case named != 0: // What was asked for is done, and questioned.
			return layout{sep: named, escapes: best.escapes, doubt: '"'}
		default:
			return layout{sep: in.sep, escapes: in.escapes, wrapped: true}
		}
	}
	if best.sep != 0 {
		return layout{sep: best.sep, escapes: best.escapes}
	}
	l := layout{sep: absent(sample, candidates, o.Limits)}
	if named != 0 {
		l.sep = named
	}
	if named == 0 && !bytes.ContainsRune(sample, l.sep) {
		sign, plain := furtherSign(sample)
		if plain {
			l.sep, l.unusual = sign, true
		} else {
			l.doubt = sign
		}
	}
	l.escapes = read(sample, l.sep, o.Limits).escapes
	return l
}

// absent is a delimiter for a table of one column: one that does not occur, or one that
// the first record has.
func absent(sample []byte, candidates []rune, limits record.Limits) rune {
	for _, c := range candidates {
		if bytes.IndexByte(sample, byte(c)) < 0 || headed(sample, c, limits) {
			return c
		}
	}
	return candidates[0]
}

// headed tells whether the delimiter stands in the first record: a table of one
// column whose cells contain commas must not be cut at them, but a small file
// with a proper header must, however uneven its rows are. A file of nothing but
// the delimiter is cut as well: it is empty.
func headed(sample []byte, sep rune, l record.Limits) bool {
	s := newScanner(bytes.NewReader(sample), sep, true, l)
	for {
		rec, err := s.next()
		if err != nil {
			return errors.Is(err, io.EOF)
		}
		if rec.Written {
			return len(rec.Cells) > 1
		}
	}
}

// bestReading takes the delimiter that gives the same number of cells, more than one,
// in the most records; one that cuts the first record so as well goes before one that
// does not, and of equals the one with more cells is taken, then the more usual one.
// Where the first record is not cut so, a block of records that follows titles and has
// a header is looked for. Where nothing is found, the reading has no delimiter.
func bestReading(sample []byte, candidates []rune, tabs bool, limits record.Limits) reading {
	readings := make([]reading, len(candidates))
	for i, c := range candidates {
		readings[i] = read(sample, c, limits)
	}
	var best reading
	for _, r := range readings {
		if r.width < 2 || r.score < 0.5 || r.prose {
			continue
		}
		if r.sep == '\t' && tabs {
			r.score += 0.5
		}
		if r.score > best.score+0.1 || r.score > best.score-0.1 && r.width > best.width {
			best = r
		}
	}
	if best.sep != 0 && best.headed && (best.score > 1.8 || !best.proseIn(best.full())) {
		return best
	}
	var below reading
	for _, r := range readings {
		if r.tableBelow() && r.area() > below.area() {
			below = r
		}
	}
	switch {
	case below.sep != 0:
		return below
	case best.listed():
		return reading{}
	}
	return best
}
