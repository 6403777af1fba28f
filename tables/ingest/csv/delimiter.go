package csv

import (
	"bytes"
	"errors"
	"io"
	"path"
	"strings"

	"tablestep/tables/ingest/record"
)

// delimiterRecords is how many records are cut with each candidate.
const delimiterRecords = 200

// findDelimiter cuts the sample with each usual delimiter and takes the one
// that gives the same number of cells, more than one, in the most records; one
// that cuts the first record so as well goes before one that does not, and of
// equals the one with more cells is taken, then the more usual one. Where none
// does, the table has one column, and a delimiter that does not occur is used.
func findDelimiter(sample []byte, o Options) rune {
	candidates := []rune{',', ';', '\t', '|'}
	tabs := strings.EqualFold(path.Ext(o.Name), ".tsv")
	if tabs {
		candidates = []rune{'\t', ',', ';', '|'}
	}
	best, bestScore, bestWidth := rune(0), 0.0, 0
	for _, c := range candidates {
		width, score := agreement(sample, c, o.Limits)
		if width < 2 || score < 0.5 || prose(sample, c) {
			continue
		}
		if c == '\t' && tabs {
			score += 0.5
		}
		if score > bestScore+0.1 || score > bestScore-0.1 && width > bestWidth {
			best, bestScore, bestWidth = c, score, width
		}
	}
	if best != 0 {
		return best
	}
	for _, c := range candidates {
		if bytes.IndexByte(sample, byte(c)) < 0 || headed(sample, c, o.Limits) {
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

// agreement is the most frequent number of cells and the share of the records
// that have it, plus one if the first record has it. A record that can be cut
// only by guessing at its quotes is half a witness.
func agreement(sample []byte, sep rune, l record.Limits) (width int, score float64) {
	s := newScanner(bytes.NewReader(sample), sep, true, l)
	widths := map[int]float64{}
	first, records := 0, 0
	for records < delimiterRecords {
		rec, err := s.next()
		if err != nil {
			break
		}
		if !rec.Written {
			continue
		}
		if records++; records == 1 {
			first = len(rec.Cells)
		}
		if len(rec.Findings) > 0 {
			widths[len(rec.Cells)] += 0.5
		} else {
			widths[len(rec.Cells)]++
		}
	}
	for w, n := range widths {
		if n > widths[width] || n == widths[width] && w > width {
			width = w
		}
	}
	if width == 0 {
		return 0, 0
	}
	score = widths[width] / float64(records)
	if first == width {
		score++
	}
	return width, score
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
