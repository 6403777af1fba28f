package xlsx

import (
	"errors"
	"io"
	"path"
)

// refuseDoctypes looks at the beginning of every XML part: a document type
// declaration can only stand before the root element.
func (w *Workbook) refuseDoctypes() error {
	for name := range w.parts {
		if ext := path.Ext(name); ext != ".xml" && ext != ".rels" && ext != ".vml" {
			continue
		}
		p, err := w.open(name, 1024)
		if err != nil {
			continue // A part that cannot be opened is an error if it is needed.
		}
		_, err = p.next()
		p.Close()
		if errors.Is(err, errDoctype) {
			return w.fail(name, err)
		}
	}
	return nil
}

var (
	errCapped    = errors.New("more bytes than allowed")
	errDirectory = errors.New("directory larger than allowed")
)

// A cappedReader fails once more bytes came than allowed, whatever the zip's
// directory said.
type cappedReader struct {
	r    io.Reader
	left int64
}

func (c *cappedReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.left -= int64(n); c.left < 0 {
		return 0, errCapped
	}
	return n, err
}

// A cappedReaderAt bounds what is read while the directory of a zip is parsed;
// after that (left < 0) it has no bound.
type cappedReaderAt struct {
	r    io.ReaderAt
	left int64
}

func (c *cappedReaderAt) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.r.ReadAt(p, off)
	if c.left >= 0 {
		if c.left -= int64(n); c.left < 0 {
			return 0, errDirectory
		}
	}
	return n, err
}
