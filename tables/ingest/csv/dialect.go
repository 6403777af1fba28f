package csv

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"tablestep/tables/schema"
)

// csvSample is how much of the text is looked at to find the delimiter.
const csvSample = 256 << 10

// A dialect is all that must be known to read a CSV file.
type dialect struct {
	charset
	layout
	stats textStats
	skip  int  // lines before the text begins: Excel's sep= line
	named bool // the caller named the encoding: bytes that do not fit are an error
}

func checkDelimiter(r rune) error {
	switch {
	case r == 0:
	case r == '"', r == '\r', r == '\n', r == ' ', r == utf8.RuneError, !utf8.ValidRune(r):
		return &schema.UploadError{Code: "BAD_DELIMITER", Message: fmt.Sprintf(
			"%q cannot be a delimiter; use a comma, a semicolon, a tab or a pipe", r)}
	}
	return nil
}

// findDialect passes over the file once for the encoding, then looks at the
// beginning of the text for the delimiter.
func findDialect(path string, o Options) (dialect, error) {
	file, err := os.Open(path)
	if err != nil {
		return dialect{}, err
	}
	defer func() { _ = file.Close() }() // nothing was written
	head := make([]byte, 64<<10)
	n, err := io.ReadFull(file, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return dialect{}, err
	}
	head = head[:n]
	d := dialect{named: o.Encoding != ""}
	if d.stats, err = surveyFile(file, false); err == nil && d.stats.invalid > 0 {
		d.stats, err = surveyFile(file, true)
	}
	if err != nil {
		return dialect{}, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return dialect{}, err
	}
	if d.charset, err = findCharset(o.Encoding, head, d.stats, file); err != nil {
		return dialect{}, err
	}
	sample, err := d.sample(file)
	if err != nil {
		return dialect{}, err
	}
	sep, told := sepLine(sample)
	if told {
		d.skip = 1
		sample = sample[bytes.IndexAny(sample, "\r\n"):]
	}
	if o.Delimiter != 0 {
		sep = o.Delimiter
	}
	d.layout = findLayout(sample, sep, o)
	if d.wrapped || d.unusual || d.doubt != 0 {
		plain := d
		plain.layout = layout{sep: ','}
		exported, err := (&File{path: path, d: plain, limits: o.Limits}).Exported()
		if err != nil {
			return dialect{}, err
		}
		if exported { // A table of one column, which looks like anything.
			d = plain
		}
	}
	return d, nil
}

func surveyFile(file io.ReadSeeker, count bool) (textStats, error) {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return textStats{}, err
	}
	return survey(file, count)
}

// sample gives the beginning of the text in UTF-8, cut at a line end.
func (d dialect) sample(file io.ReadSeeker) ([]byte, error) {
	if _, err := file.Seek(int64(d.bom), io.SeekStart); err != nil {
		return nil, err
	}
	sample := make([]byte, csvSample)
	n, err := io.ReadFull(d.text(file), sample)
	sample = sample[:n]
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return sample, nil
	}
	if err != nil {
		return nil, err
	}
	if i := bytes.LastIndexAny(sample, "\r\n"); i > 0 {
		sample = sample[:i]
	}
	return sample, nil
}

// text gives the file's text in UTF-8.
func (d dialect) text(r io.Reader) io.Reader {
	if d.decoder == nil {
		return r
	}
	return d.decoder.NewDecoder().Reader(r)
}

// sepLine reads the line with which Excel is told the delimiter.
func sepLine(sample []byte) (rune, bool) {
	line := sample
	if i := bytes.IndexAny(line, "\r\n"); i >= 0 {
		line = line[:i]
	} else {
		return 0, false
	}
	if len(line) > 2 && line[0] == '"' && line[len(line)-1] == '"' {
		line = line[1 : len(line)-1]
	}
	if len(line) < 5 || !strings.EqualFold(string(line[:4]), "sep=") {
		return 0, false
	}
	r, size := utf8.DecodeRune(line[4:])
	if 4+size != len(line) || checkDelimiter(r) != nil {
		return 0, false
	}
	return r, true
}
