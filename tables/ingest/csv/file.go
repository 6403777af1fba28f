package csv

import (
	"errors"
	"fmt"
	"io"
	"os"

	"tablestep/tables/ingest/record"
)

// Options are what the caller knows better than the file; zeros are found out.
type Options struct {
	Name      string // the client's file name, as a hint; never a path
	Delimiter rune   // between the cells of a line
	Encoding  string // IANA name of the character set
	Limits    record.Limits
}

// A File is a CSV file whose dialect is known. Its records can be read any number of
// times.
type File struct {
	path   string
	d      dialect
	limits record.Limits
}

// Open finds the dialect of the file at path.
func Open(path string, o Options) (*File, error) {
	if err := checkDelimiter(o.Delimiter); err != nil {
		return nil, err
	}
	o.Limits = o.Limits.OrDefaults()
	d, err := findDialect(path, o)
	if err != nil {
		return nil, err
	}
	return &File{path: path, d: d, limits: o.Limits}, nil
}

// Encoding is the name of the character set; guessed says that the file does not tell.
func (f *File) Encoding() (name string, guessed bool) { return f.d.name, f.d.guessed }

// Delimiter is what stands between the cells of a line.
func (f *File) Delimiter() string { return string(f.d.sep) }

// Exported tells whether the file is an export of ours with defused cells: the header
// ends with LF, and the file ends with CR LF.
func (f *File) Exported() (bool, error) {
	if f.d.decoder != nil || f.d.skip > 0 || f.d.bom > 0 || f.d.wrapped || f.d.escapes {
		return false, nil
	}
	file, err := os.Open(f.path)
	if err != nil {
		return false, err
	}
	defer func() { _ = file.Close() }() // nothing was written
	tail := make([]byte, 2)
	size, err := file.Seek(-2, io.SeekEnd)
	if err != nil {
		return false, nil //nolint:nilerr // Too short to have an end.
	}
	if _, err := file.ReadAt(tail, size); err != nil {
		return false, fmt.Errorf("read the end of the file: %w", err)
	}
	if string(tail) != "\r\n" {
		return false, nil
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return false, err
	}
	s := newScanner(file, f.d.sep, true, f.limits)
	if _, err := s.next(); errors.Is(err, io.EOF) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	// The scanner stands behind the header; its bytes are still in the buffer.
	return s.start >= 2 && s.buf[s.start-1] == '\n' && s.buf[s.start-2] != '\r', nil
}
