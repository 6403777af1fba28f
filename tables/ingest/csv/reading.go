package csv

import (
	"bytes"
	"slices"
	"strings"

	"tablestep/tables/ingest/record"
)

// A reading is what one candidate makes of a sample.
type reading struct {
	sep     rune
	escapes bool
	rows    [][]string   // records that are not blank
	gaps    []bool       // whether a blank line stands before each of rows
	width   int          // the most frequent number of cells
	score   float64      // the share of records of that width; one more if the first is such
	clean   int          // records of that width without a guess
	guesses int          // records that could be cut only by a guess
	headed  bool         // the first record has the width
	prose   bool         // the sign is punctuation
	block   record.Block // in rows
}

// read cuts a sample with a delimiter, with backslashes as signs where more records
// come out right so.
func read(sample []byte, sep rune, limits record.Limits) reading {
	plain := cutSample(sample, sep, false, limits)
	if bytes.Contains(sample, []byte(`\"`)) || bytes.Contains(sample, []byte(`\`+string(sep))) {
		if r := cutSample(sample, sep, true, limits); r.clean > plain.clean && r.guesses <= plain.guesses {
			return r
		}
	}
	return plain
}

// cutSample finds the most frequent number of cells and the share of the records that
// have it, plus one if the first record has it. A record that can be cut only by
// guessing at its quotes is half a witness.
func cutSample(sample []byte, sep rune, escapes bool, limits record.Limits) reading {
	r := reading{sep: sep, escapes: escapes, prose: prose(sample, sep)}
	s := newScanner(bytes.NewReader(sample), sep, true, limits)
	s.escapes = escapes
	weights := map[int]float64{}
	cleans := map[int]int{}
	var widths []int
	gap := false
	for len(r.rows) < sampleRecords {
		rec, err := s.next()
		if err != nil {
			break
		}
		if !rec.Written {
			gap = true
			continue
		}
		n := len(rec.Cells)
		r.rows, r.gaps, widths = append(r.rows, slices.Clone(rec.Cells)), append(r.gaps, gap), append(widths, n)
		gap = false
		if guessed(rec) {
			weights[n] += 0.5
			r.guesses++
		} else {
			weights[n]++
			cleans[n]++
		}
	}
	for w, n := range weights {
		if n > weights[r.width] || n == weights[r.width] && w > r.width {
			r.width = w
		}
	}
	if r.width == 0 {
		return r
	}
	r.clean = cleans[r.width]
	r.score = weights[r.width] / float64(len(r.rows))
	if r.headed = widths[0] == r.width; r.headed {
		r.score++
	}
	r.block = record.BlockOf(widths)
	return r
}

// guessed tells whether a record could be cut only by a guess. What is known and only
// told is none.
func guessed(rec *record.Record) bool {
	return slices.ContainsFunc(rec.Findings, func(f record.Finding) bool { return f.Code != "TEXT_FORMULA" && f.Code != "MARK_INSIDE" })
}

// fits tells whether all records but for a few have one width of two or more.
func (r reading) fits() bool { return r.width > 1 && r.headed && !r.prose && r.score >= 1.9 }

// full are the records of the most frequent width.
func (r reading) full() (rows [][]string) {
	for _, cells := range r.rows {
		if len(cells) == r.width {
			rows = append(rows, cells)
		}
	}
	return rows
}

// area is how many delimiters the block has.
func (r reading) area() int { return r.block.Full * (r.block.Width - 1) }

// tableBelow tells whether the block of a sample is a table with titles above or footers
// below: what surrounds it is short, its records are of one width, and its first one
// reads like a header. One line above a list says little: `Codes` above `A;B` is the
// header of a column whose cells are lists, as programs write them with semicolons and
// pipes; there a blank line, or a header unlike the rows, must speak for a title.
func (r reading) tableBelow() bool {
	b := r.block
	if b.Width < 2 || b.First > mostTitles || len(r.rows)-1-b.Last > mostFooters || 5*b.Full < 4*b.Records() {
		return false
	}
	if !nameLike(r.rows[b.First]) || r.proseIn(r.rows[b.First:b.Last+1]) {
		return false
	}
	around := b.First + len(r.rows) - 1 - b.Last
	told := r.gaps[b.First] || record.Contrast(r.rows[b.First:b.Last+1])
	switch {
	case told:
		return true
	case (b.First == 1 || b.Width == 2) && (r.sep == ';' || r.sep == '|'):
		return false
	}
	return b.Width > 2 || b.Full >= around
}

// nameLike tells whether texts could be the names of all columns of a table.
func nameLike(cells []string) bool {
	for _, cell := range cells {
		if strings.TrimSpace(cell) == "" {
			return false
		}
	}
	return record.NameLike(cells)
}

// listed tells whether the reading would cut lists in the cells of one column: its first
// line, the header, has no such sign.
func (r reading) listed() bool {
	return (r.sep == ';' || r.sep == '|') && len(r.rows[0]) == 1
}

// proseIn tells whether a space follows the delimiter wherever it stands in some records.
func (r reading) proseIn(rows [][]string) bool {
	if r.sep != ',' && r.sep != ';' {
		return false
	}
	for _, cells := range rows {
		for _, cell := range cells[1:] {
			if !strings.HasPrefix(cell, " ") {
				return false
			}
		}
	}
	return true
}

// prose tells whether a comma or semicolon is punctuation: it stands in no
// header, and a space follows it every time.
func prose(sample []byte, sep rune) bool {
	if sep != ',' && sep != ';' {
		return false
	}
	first, rest := sample, []byte(nil)
	if i := bytes.IndexAny(bytes.TrimLeft(sample, "\r\n"), "\r\n"); i >= 0 {
		first, rest = sample[:i], sample[i:]
	}
	if bytes.IndexByte(first, byte(sep)) >= 0 {
		return false
	}
	all := bytes.Count(rest, []byte{byte(sep)})
	return all > 0 && bytes.Count(rest, []byte{byte(sep), ' '}) == all
}
