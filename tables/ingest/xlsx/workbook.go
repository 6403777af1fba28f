package xlsx

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"tablestep/tables/ingest/record"
	"tablestep/tables/schema"
)

const (
	xmlBuffer      = 64 << 10
	directoryEntry = 512 // bytes that an entry of a zip's directory may take on average
)

// Options are what the caller decides about a workbook.
type Options struct {
	TempDir string // folder for what does not fit in memory; "" is the system's
	Limits  record.Limits
}

// A Workbook is an XLSX file: a zip of XML parts. Nothing is unpacked but the
// parts that make up the one sheet that is read, and they are streamed.
type Workbook struct {
	file   *os.File
	parts  map[string]*zip.File // by lower-case name with slashes
	limits record.Limits

	sheets   []Sheet
	date1904 bool
	styles   *styles
	texts    *sharedTexts
	exported bool // the document property says that we wrote it
}

// Open opens the zip, refuses what is no workbook or is a trap, and
// reads the parts that all sheets share.
func Open(path string, o Options) (_ *Workbook, err error) {
	o.Limits = o.Limits.OrDefaults()
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	w := &Workbook{file: file, limits: o.Limits, parts: map[string]*zip.File{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.Close())
		}
	}()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	directory := &cappedReaderAt{r: file, left: int64(o.Limits.Entries+1000) * directoryEntry}
	z, err := zip.NewReader(directory, info.Size())
	if errors.Is(err, errDirectory) || err == nil && len(z.File) > o.Limits.Entries {
		return nil, &schema.UploadError{Code: "TOO_LARGE", Message: fmt.Sprintf(
			"the zip of the workbook has more than %d entries; that is no workbook a spreadsheet program writes", o.Limits.Entries)}
	}
	if err != nil {
		return nil, damaged("the zip", err)
	}
	directory.left = -1
	for _, part := range z.File {
		name := strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(part.Name, `\`, "/"), "/"))
		if _, twice := w.parts[name]; !twice {
			w.parts[name] = part
		}
	}
	if _, ok := w.parts["[content_types].xml"]; !ok || w.parts["mimetype"] != nil {
		return nil, notAWorkbook(z)
	}
	if err := w.refuseDoctypes(); err != nil {
		return nil, err
	}
	if err := w.readShared(z, o); err != nil {
		return nil, err
	}
	return w, nil
}

// readShared reads everything but the sheets.
func (w *Workbook) readShared(z *zip.Reader, o Options) error {
	root, err := w.relations("")
	if err != nil {
		return err
	}
	main := "xl/workbook.xml"
	for _, r := range root {
		switch r.kind {
		case "officeDocument":
			main = r.target
		case "custom-properties":
			if w.exported, err = w.readMark(r.target); err != nil {
				return err
			}
		}
	}
	if w.part(main) == nil || strings.HasSuffix(strings.ToLower(main), ".bin") {
		return notAWorkbook(z)
	}
	relations, err := w.relations(main)
	if err != nil {
		return err
	}
	if err := w.readBook(main, relations); err != nil {
		return err
	}
	w.styles = &styles{date1904: w.date1904}
	for _, r := range relations {
		switch r.kind {
		case "styles":
			err = w.readStyles(r.target)
		case "sharedStrings":
			w.texts, err = w.readTexts(r.target, o.TempDir)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Close closes the file and removes what was spilled.
func (w *Workbook) Close() error {
	var err error
	if w.texts != nil {
		err = w.texts.Close()
	}
	return errors.Join(err, w.file.Close())
}

func (w *Workbook) part(name string) *zip.File {
	return w.parts[strings.ToLower(strings.TrimPrefix(name, "/"))]
}

// A part is one XML part that is being read.
type part struct {
	*xmlScanner
	closer io.Closer
}

// open starts to read a part, within the limit of what it may unzip to.
func (w *Workbook) open(name string, buffer int) (*part, error) {
	file := w.part(name)
	if file == nil {
		return nil, damaged(name, errors.New("the part is missing"))
	}
	if file.UncompressedSize64 > uint64(w.limits.UnzipSizeLimit) {
		return nil, w.tooLarge(name)
	}
	rc, err := file.Open()
	if err != nil {
		return nil, damaged(name, err)
	}
	limited := bufio.NewReaderSize(&cappedReader{r: rc, left: w.limits.UnzipSizeLimit}, max(buffer, 16))
	head, _ := limited.Peek(4) // A read error comes back with the first token.
	return &part{xmlScanner: newXMLScanner(utf8XML(limited, head), buffer, 8*w.limits.CellBytes), closer: rc}, nil
}

// Close ends the reading of a part. What the unpacker reports here is what
// reading reported before, if it got so far.
func (p *part) Close() { _ = p.closer.Close() }

// fail words an error of reading a part.
func (w *Workbook) fail(name string, err error) error {
	var refused *schema.UploadError
	var disk *fs.PathError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		return err
	case errors.As(err, &disk):
		return fmt.Errorf("read %s: %w", name, err)
	case errors.Is(err, errDoctype):
		return &schema.UploadError{Code: "DOCTYPE", Message: fmt.Sprintf(
			"%s of the workbook has a document type declaration, which no spreadsheet program writes; save the workbook again with one", name)}
	case errors.Is(err, errCapped):
		return w.tooLarge(name)
	case errors.Is(err, errXMLToken):
		return &schema.UploadError{Code: "TOO_LARGE", Message: fmt.Sprintf("%s of the workbook holds a text or tag of more than %d bytes", name, 8*w.limits.CellBytes)}
	}
	return damaged(name, err)
}

func (w *Workbook) tooLarge(name string) error {
	return &schema.UploadError{Code: "TOO_LARGE", Message: fmt.Sprintf(
		"%s of the workbook unpacks to more than the %d bytes that are allowed; save the sheet as CSV", name, w.limits.UnzipSizeLimit)}
}

// damaged refuses a workbook that breaks off or contradicts itself.
func damaged(thing string, err error) error {
	return &schema.UploadError{Code: "DAMAGED", Message: fmt.Sprintf(
		"the workbook is damaged: %s: %v; open it in a spreadsheet program and save it again", thing, err)}
}
