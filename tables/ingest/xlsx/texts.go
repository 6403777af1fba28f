package xlsx

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"tablestep/tables/schema"
)

// maxTexts is how many shared texts a workbook may have.
const maxTexts = 16 << 20

// sharedTexts are the texts that cells refer to by number. They lie end to end
// in one string; what goes beyond a limit, in a file.
type sharedTexts struct {
	text  strings.Builder
	ends  []int64 // where each text ends; those behind text.Len() lie in spill
	spill *os.File
	out   *bufio.Writer
}

func (t *sharedTexts) Close() error {
	if t.spill == nil {
		return nil
	}
	return errors.Join(t.spill.Close(), os.Remove(t.spill.Name()))
}

// get gives a text; false means that there is none of that number.
func (t *sharedTexts) get(i int) (string, bool, error) {
	if t == nil || i < 0 || i >= len(t.ends) {
		return "", false, nil
	}
	from := int64(0)
	if i > 0 {
		from = t.ends[i-1]
	}
	to, kept := t.ends[i], int64(t.text.Len())
	if to <= kept {
		return t.text.String()[from:to], true, nil
	}
	buf := make([]byte, to-from)
	if _, err := t.spill.ReadAt(buf, from-kept); err != nil {
		return "", false, fmt.Errorf("read shared text %d: %w", i, err)
	}
	return string(buf), true, nil
}

func (t *sharedTexts) add(text []byte, most int64, dir string) error {
	end := int64(len(text))
	if n := len(t.ends); n > 0 {
		end += t.ends[n-1]
	}
	if len(t.ends) >= maxTexts {
		return &schema.UploadError{Code: "TOO_LARGE", Message: fmt.Sprintf("the workbook has more than %d different texts; save the sheet as CSV", maxTexts)}
	}
	t.ends = append(t.ends, end)
	if t.spill == nil {
		if end <= most {
			_, err := t.text.Write(text)
			return err
		}
		var err error
		if t.spill, err = os.CreateTemp(dir, "tablestep-ingest-*"); err != nil {
			return fmt.Errorf("make a file for shared texts: %w", err)
		}
		t.out = bufio.NewWriterSize(t.spill, 64<<10)
	}
	_, err := t.out.Write(text)
	return err
}

// readTexts reads the shared texts. A text may be made of runs with their own
// fonts; the phonetic runs beside them (rPh) are no part of it.
func (w *Workbook) readTexts(name, dir string) (_ *sharedTexts, err error) {
	t := &sharedTexts{}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.Close())
		}
	}()
	var text []byte
	err = w.each(name, func(p *part) (err error) {
		if string(p.name) != "si" {
			return nil
		}
		if text, err = richText(p.xmlScanner, text[:0]); err != nil {
			return err
		}
		return t.add(text, w.limits.UnzipXMLSizeLimit, dir)
	})
	if err != nil {
		return nil, err
	}
	if t.out != nil {
		if err := t.out.Flush(); err != nil {
			return nil, fmt.Errorf("keep shared texts: %w", err)
		}
	}
	return t, nil
}

// richText appends the text of an <si> or <is>, to its end tag.
func richText(x *xmlScanner, dst []byte) ([]byte, error) {
	from := len(dst)
	depth := x.depth() - 1
	inText := false
	for {
		kind, err := x.next()
		if err != nil {
			return dst, err
		}
		switch kind {
		case xmlStart:
			switch string(x.name) {
			case "rPh", "rPr", "phoneticPr":
				if err := x.skip(); err != nil {
					return dst, err
				}
			case "t":
				inText = true
			}
		case xmlText:
			if inText {
				dst = append(dst, x.text...)
				if len(dst)-from > x.most {
					return dst, errXMLToken
				}
			}
		case xmlEnd:
			inText = false
			if x.depth() == depth {
				return append(dst[:from], unescape(dst[from:])...), nil
			}
		case xmlEOF:
			return dst, io.ErrUnexpectedEOF
		}
	}
}

// unescape resolves the _xHHHH_ by which workbooks write characters that XML
// cannot hold, in place.
func unescape(p []byte) []byte {
	if !bytes.Contains(p, []byte("_x")) {
		return p
	}
	out := p[:0]
	for i := 0; i < len(p); {
		if r, ok := escaped(p[i:]); ok {
			out = append(out, string(r)...)
			i += 7
			continue
		}
		out = append(out, p[i])
		i++
	}
	return out
}

// escaped reads an _xHHHH_ at the start of p. Half of a surrogate pair is no
// character and stays as it is written.
func escaped[T []byte | string](p T) (rune, bool) {
	if len(p) < 7 || p[0] != '_' || p[1] != 'x' || p[6] != '_' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(p[2:6]), 16, 16)
	if err != nil || n >= 0xD800 && n < 0xE000 {
		return 0, false
	}
	return rune(n), true
}
