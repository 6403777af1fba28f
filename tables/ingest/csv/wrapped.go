package csv

import (
	"bytes"
	"errors"
	"io"
	"slices"

	"tablestep/tables/ingest/record"
)

// noDelimiter cannot stand in UTF-8, so a scanner with it gives each line as one cell.
const noDelimiter = "\xff"

// A lineReader takes the quotes off the lines that stand in quotes as a whole, and
// leaves the others as they are: "00501,""Acme, Inc.""" is 00501,"Acme, Inc.". A
// spreadsheet program writes such files where its delimiter is another one than that of
// the text. It gives as many lines as it reads, so that places stay right.
type lineReader struct {
	lines *scanner
	rest  []byte
	err   error
}

func newLineReader(r io.Reader, loneCR bool, l record.Limits) *lineReader {
	s := newScanner(r, ',', loneCR, l)
	s.sep = []byte(noDelimiter)
	return &lineReader{lines: s}
}

func (l *lineReader) Read(p []byte) (int, error) {
	for len(l.rest) == 0 {
		if l.err != nil {
			return 0, l.err
		}
		line, _, err := l.next()
		if err != nil {
			l.err = err
			continue
		}
		l.rest = append(append(l.rest[:0], line...), '\n')
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}

// next gives a line, and whether it stood in quotes as a whole.
func (l *lineReader) next() (line string, whole bool, err error) {
	rec, err := l.lines.next()
	if err != nil {
		return "", false, err
	}
	whole = len(rec.Quoted) == 1 && rec.Quoted[0] && !slices.ContainsFunc(rec.Findings, func(f record.Finding) bool { return f.Code == "INNER_QUOTE" })
	return rec.Cells[0], whole, nil
}

// A wrapping is a sample whose lines were taken out of their quotes.
type wrapping struct {
	text         []byte
	whole, lines int  // lines that stood in quotes as a whole, and all that are not blank
	quotes       bool // a quote stood inside one of them
}

// unwrapSample takes the lines of a sample out of their quotes. ok is false where none
// stands in quotes as a whole, or where the sample is read well as it is.
func unwrapSample(sample []byte, best reading, limits record.Limits) (w wrapping, ok bool) {
	if best.sep != 0 && best.width > 1 && best.clean == len(best.rows) || bytes.IndexByte(sample, '"') < 0 {
		return wrapping{}, false
	}
	l := newLineReader(bytes.NewReader(sample), true, limits)
	for w.lines < sampleRecords {
		line, whole, err := l.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return wrapping{}, false
		}
		if line != "" {
			w.lines++
		}
		if whole {
			w.whole++
			w.quotes = w.quotes || bytes.IndexByte([]byte(line), '"') >= 0
		}
		w.text = append(append(w.text, line...), '\n')
	}
	return w, w.whole > 0
}

// convinces tells whether the lines are better read without their quotes: then all have
// one width, and either quotes inside show that the line was a line of its own before,
// or all lines are such and their delimiter is no punctuation.
func (w wrapping) convinces(in reading) bool {
	return in.clean == len(in.rows) && (w.quotes || w.whole == w.lines && !in.proseIn(in.rows))
}
