package ingest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"

	"tablestep/tables/ingest/csv"
)

// sniffBytes is how much of a file is looked at to tell what it is.
const sniffBytes = 4096

// A kind is what a file turned out to be.
type kind struct {
	format  Format // what can be read
	refusal string // or the code why not
	what    string // the thing in words: "a PNG picture"
}

// magics are the beginnings of files that are no table, whatever their name.
func magics() []struct{ prefix, what string } {
	return []struct{ prefix, what string }{
		{"\x89PNG\r\n\x1a\n", "a PNG picture"},
		{"\xff\xd8\xff", "a JPEG picture"},
		{"GIF87a", "a GIF picture"},
		{"GIF89a", "a GIF picture"},
		{"%PDF-", "a PDF document"},
		{"%!PS", "a PostScript document"},
		{"{\\rtf", "an RTF document"},
		{"\x1f\x8b", "a gzip archive; unpack it first"},
		{"BZh", "a bzip2 archive; unpack it first"},
		{"\xfd7zXZ\x00", "an xz archive; unpack it first"},
		{"\x28\xb5\x2f\xfd", "a zstd archive; unpack it first"},
		{"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it first"},
		{"Rar!\x1a\x07", "a RAR archive; unpack it first"},
		{"SQLite format 3\x00", "an SQLite database"},
		{"PAR1", "a Parquet file"},
		{"\x7fELF", "a program"},
		{"MZ\x90\x00", "a program"},
	}
}

// sniff tells by content what the file at path is. Where the caller named an
// encoding, bytes that look strange are not held against the file.
func sniff(path string, o Options) (kind, error) {
	file, err := os.Open(path)
	if err != nil {
		return kind{}, err
	}
	defer func() { _ = file.Close() }() // nothing was written
	head := make([]byte, sniffBytes)
	n, err := io.ReadFull(file, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return kind{}, err
	}
	head = head[:n]
	switch {
	case len(bytes.Trim(head, " \t\r\n\xef\xbb\xbf")) == 0 && n < sniffBytes:
		return kind{refusal: "FILE_EMPTY"}, nil
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return kind{format: XLSX}, nil
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		return sniffOLE(file)
	}
	for _, m := range magics() {
		if bytes.HasPrefix(head, []byte(m.prefix)) {
			return kind{refusal: "NOT_A_TABLE", what: m.what}, nil
		}
	}
	if what := sniffText(head); what != "" {
		return kind{refusal: "NOT_A_TABLE", what: what}, nil
	}
	if o.Encoding == "" && csv.Binary(head) && !csv.Separated(head) {
		return kind{refusal: "NOT_A_TABLE", what: "neither text nor a workbook"}, nil
	}
	return kind{format: CSV}, nil
}

// sniffText recognises texts that are no CSV.
func sniffText(head []byte) string {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	low := bytes.ToLower(text[:min(len(text), 512)])
	switch {
	case bytes.HasPrefix(low, []byte("<?xml")) && bytes.Contains(low, []byte("urn:schemas-microsoft-com:office:spreadsheet")):
		return "an XML spreadsheet of Excel 2003; open it in a spreadsheet program and save it as .xlsx or CSV"
	case bytes.HasPrefix(low, []byte("<!doctype html")), bytes.HasPrefix(low, []byte("<html")), bytes.HasPrefix(low, []byte("<table")):
		return "an HTML page; open it in a spreadsheet program and save it as .xlsx or CSV"
	case bytes.HasPrefix(low, []byte("<?xml")), bytes.HasPrefix(low, []byte("<!doctype")):
		return "an XML document"
	case isJSON(text):
		return "JSON; make a CSV of it"
	}
	return ""
}

// isJSON tells whether a text begins like JSON that holds records: an object
// with a value, or a list of objects or lists.
func isJSON(text []byte) bool {
	if len(text) == 0 || text[0] != '{' && text[0] != '[' {
		return false
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	for n := 0; ; n++ {
		token, err := dec.Token()
		if err != nil {
			return n > 1 && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF))
		}
		if _, nested := token.(json.Delim); n == 1 && text[0] == '[' && !nested {
			return false
		}
	}
}

// sniffOLE tells an old workbook from an encrypted new one: the latter holds a
// stream called EncryptedPackage.
func sniffOLE(file io.ReadSeeker) (kind, error) {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return kind{}, err
	}
	wide := func(s string) []byte { return []byte(strings.Join(strings.Split(s, ""), "\x00") + "\x00") }
	encrypted, book, book5 := wide("EncryptedPackage"), wide("Workbook"), wide("Book")
	found := kind{refusal: "NOT_A_TABLE", what: "a document of an old Office program"}
	buf := make([]byte, 64<<10)
	kept := 0
	for {
		n, err := io.ReadFull(file, buf[kept:])
		window := buf[:kept+n]
		if bytes.Contains(window, encrypted) {
			return kind{refusal: "PASSWORD_PROTECTED"}, nil
		}
		if bytes.Contains(window, book) || bytes.Contains(window, book5) {
			found = kind{refusal: "XLS_OLD"}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return found, nil
		}
		if err != nil {
			return kind{}, err
		}
		kept = copy(buf, window[len(window)-len(encrypted):])
	}
}
