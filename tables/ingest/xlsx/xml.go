package xlsx

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"tablestep/tables/schema"
)

// What the XML scanner refuses.
var (
	errDoctype  = errors.New("it holds a document type declaration")
	errXMLToken = errors.New("it holds a piece of text or markup that is too long")
)

// xmlDepth is how deep elements may nest; a sheet needs about eight levels.
const xmlDepth = 200

type xmlKind int

const (
	xmlEOF xmlKind = iota
	xmlStart
	xmlEnd
	xmlText
)

// An xmlScanner pulls elements and texts out of the XML of a workbook part. It
// knows what those parts use: elements, attributes, texts, CDATA, the five
// named entities and character references. Comments and processing
// instructions are skipped, a DOCTYPE is refused, and a document whose tags do
// not match or that ends too early is an error. No token is larger in memory
// than a limit, whatever a stranger sends: that is why encoding/xml is not used
// here, and two passes over a sheet of 20,000 rows take less than a third of
// the time of one of excelize's, which does (BenchmarkXLSX: 66 ms against 234).
type xmlScanner struct {
	r          io.Reader
	most       int    // bytes of one token
	buf        []byte // unread is buf[start:end]
	start, end int
	eof        bool

	// Of the current token; valid until the next call.
	name  []byte // without prefix
	attrs []xmlAttr
	text  []byte

	open    []byte // full names of the open elements, end to end
	marks   []int  // where each begins in open
	empty   bool   // an <element/> is still to be closed
	rooted  bool
	decoded []byte // for texts with references
}

type xmlAttr struct{ name, value []byte }

func newXMLScanner(r io.Reader, buffer, most int) *xmlScanner {
	return &xmlScanner{r: r, most: most, buf: make([]byte, buffer)}
}

// attr gives an attribute of the current element, nil if there is none.
func (x *xmlScanner) attr(name string) []byte {
	for i := range x.attrs {
		if string(x.attrs[i].name) == name {
			return x.attrs[i].value
		}
	}
	return nil
}

// depth is how many elements are open.
func (x *xmlScanner) depth() int { return len(x.marks) }

// skip reads to the end of the element that was just started.
func (x *xmlScanner) skip() error {
	for depth := x.depth() - 1; ; {
		kind, err := x.next()
		if err != nil {
			return err
		}
		if kind == xmlEnd && x.depth() == depth {
			return nil
		}
	}
}

// next gives the next token.
func (x *xmlScanner) next() (xmlKind, error) {
	if x.empty {
		x.empty = false
		return xmlEnd, x.pop(nil)
	}
	for {
		if x.start == x.end {
			more, err := x.fill()
			if err != nil {
				return xmlEOF, err
			}
			if !more {
				if x.depth() > 0 || !x.rooted {
					return xmlEOF, fmt.Errorf("xml: %w", io.ErrUnexpectedEOF)
				}
				return xmlEOF, nil
			}
		}
		if x.buf[x.start] != '<' {
			raw, err := x.upToTag()
			if err != nil {
				return xmlEOF, err
			}
			if x.depth() == 0 {
				if len(bytes.Trim(raw, " \t\r\n\xef\xbb\xbf")) > 0 {
					return xmlEOF, errors.New("xml: text outside the root element")
				}
				continue
			}
			x.text, err = x.decode(raw)
			return xmlText, err
		}
		kind, err := x.markup()
		if err != nil || kind != xmlEOF {
			return kind, err
		}
	}
}

// fill reads more behind what is left. Tokens that refer to the buffer die.
func (x *xmlScanner) fill() (bool, error) {
	if x.eof {
		return false, nil
	}
	if x.start > 0 {
		x.end = copy(x.buf, x.buf[x.start:x.end])
		x.start = 0
	}
	if x.end == len(x.buf) {
		if x.end > x.most {
			return false, errXMLToken
		}
		bigger := make([]byte, 2*len(x.buf))
		copy(bigger, x.buf)
		x.buf = bigger
	}
	for range 100 {
		n, err := x.r.Read(x.buf[x.end:])
		x.end += n
		if errors.Is(err, io.EOF) {
			x.eof = true
			return n > 0, nil
		}
		if err != nil {
			return false, err
		}
		if n > 0 {
			return true, nil
		}
	}
	return false, io.ErrNoProgress
}

// upToTag takes the text before the next tag.
func (x *xmlScanner) upToTag() ([]byte, error) {
	for seen := 0; ; {
		if i := bytes.IndexByte(x.buf[x.start+seen:x.end], '<'); i >= 0 {
			raw := x.buf[x.start : x.start+seen+i]
			x.start += seen + i
			return raw, nil
		}
		seen = x.end - x.start
		if more, err := x.fill(); err != nil {
			return nil, err
		} else if !more {
			raw := x.buf[x.start:x.end]
			x.start = x.end
			return raw, nil
		}
	}
}

// upTo takes what stands before a closing mark, and steps over the mark.
func (x *xmlScanner) upTo(mark string, from int) ([]byte, error) {
	for seen := from; ; {
		if x.start+seen < x.end {
			if i := bytes.Index(x.buf[x.start+seen:x.end], []byte(mark)); i >= 0 {
				raw := x.buf[x.start+from : x.start+seen+i]
				x.start += seen + i + len(mark)
				return raw, nil
			}
			seen = max(from, x.end-x.start-len(mark)+1)
		}
		if more, err := x.fill(); err != nil {
			return nil, err
		} else if !more {
			return nil, fmt.Errorf("xml: %w", io.ErrUnexpectedEOF)
		}
	}
}

// has tells whether what is left begins with a mark.
func (x *xmlScanner) has(mark string) (bool, error) {
	for x.end-x.start < len(mark) {
		if !bytes.HasPrefix([]byte(mark), x.buf[x.start:x.end]) {
			return false, nil
		}
		if more, err := x.fill(); err != nil || !more {
			return false, err
		}
	}
	return bytes.HasPrefix(x.buf[x.start:x.end], []byte(mark)), nil
}

// markup reads what begins with <. It gives xmlEOF for what is skipped.
func (x *xmlScanner) markup() (xmlKind, error) {
	if x.end-x.start < 2 {
		if more, err := x.fill(); err != nil {
			return xmlEOF, err
		} else if !more {
			return xmlEOF, fmt.Errorf("xml: %w", io.ErrUnexpectedEOF)
		}
	}
	switch x.buf[x.start+1] {
	case '!':
		return x.declaration()
	case '?':
		_, err := x.upTo("?>", 2)
		return xmlEOF, err
	case '/':
		raw, err := x.upTo(">", 2)
		if err != nil {
			return xmlEOF, err
		}
		for len(raw) > 0 && isXMLSpace(raw[len(raw)-1]) {
			raw = raw[:len(raw)-1]
		}
		return xmlEnd, x.pop(raw)
	}
	raw, err := x.tag()
	if err != nil {
		return xmlEOF, err
	}
	return xmlStart, x.element(raw)
}

func (x *xmlScanner) declaration() (xmlKind, error) {
	if comment, err := x.has("<!--"); err != nil {
		return xmlEOF, err
	} else if comment {
		_, err := x.upTo("-->", 4)
		return xmlEOF, err
	}
	if cdata, err := x.has("<![CDATA["); err != nil {
		return xmlEOF, err
	} else if !cdata {
		return xmlEOF, errDoctype
	}
	raw, err := x.upTo("]]>", 9)
	if err != nil {
		return xmlEOF, err
	}
	if x.depth() == 0 {
		return xmlEOF, errors.New("xml: text outside the root element")
	}
	x.text, err = x.plain(raw)
	return xmlText, err
}

// tag takes a start tag without its angle brackets; > may stand in a value.
func (x *xmlScanner) tag() ([]byte, error) {
	quote := byte(0)
	for i := 1; ; {
		for ; x.start+i < x.end; i++ {
			c := x.buf[x.start+i]
			switch {
			case quote != 0:
				if c == quote {
					quote = 0
				}
			case c == '"' || c == '\'':
				quote = c
			case c == '>':
				raw := x.buf[x.start+1 : x.start+i]
				x.start += i + 1
				return raw, nil
			case c == '<':
				return nil, errors.New("xml: < inside a tag")
			}
		}
		if more, err := x.fill(); err != nil {
			return nil, err
		} else if !more {
			return nil, fmt.Errorf("xml: %w", io.ErrUnexpectedEOF)
		}
	}
}

// element opens the element of a start tag.
func (x *xmlScanner) element(raw []byte) error {
	if n := len(raw); n > 0 && raw[n-1] == '/' {
		x.empty = true
		raw = raw[:n-1]
	}
	n := 0
	for n < len(raw) && !isXMLSpace(raw[n]) {
		n++
	}
	if n == 0 {
		return errors.New("xml: a tag without a name")
	}
	if x.depth() == 0 && x.rooted {
		return errors.New("xml: a second root element")
	}
	if x.depth() >= xmlDepth {
		return errors.New("xml: elements nest too deep")
	}
	x.rooted = true
	x.marks = append(x.marks, len(x.open))
	x.open = append(x.open, raw[:n]...)
	x.name = localName(raw[:n])
	return x.attributes(raw[n:])
}

func (x *xmlScanner) attributes(raw []byte) error {
	x.attrs = x.attrs[:0]
	for {
		for len(raw) > 0 && isXMLSpace(raw[0]) {
			raw = raw[1:]
		}
		if len(raw) == 0 {
			return nil
		}
		eq := bytes.IndexByte(raw, '=')
		if eq <= 0 {
			return errors.New("xml: an attribute without a value")
		}
		name := raw[:eq]
		for len(name) > 0 && isXMLSpace(name[len(name)-1]) {
			name = name[:len(name)-1]
		}
		raw = raw[eq+1:]
		for len(raw) > 0 && isXMLSpace(raw[0]) {
			raw = raw[1:]
		}
		if len(raw) < 2 || raw[0] != '"' && raw[0] != '\'' {
			return errors.New("xml: an attribute without quotes")
		}
		end := bytes.IndexByte(raw[1:], raw[0])
		if end < 0 {
			return errors.New("xml: an attribute without an end")
		}
		value := raw[1 : 1+end]
		if bytes.IndexByte(value, '&') >= 0 {
			var err error
			if value, err = appendDecoded(nil, value); err != nil {
				return err
			}
		}
		if !utf8.Valid(value) {
			return errXMLUTF8()
		}
		x.attrs = append(x.attrs, xmlAttr{localName(name), value})
		raw = raw[end+2:]
	}
}

// pop closes the innermost element; nil closes an <element/>.
func (x *xmlScanner) pop(name []byte) error {
	if x.depth() == 0 {
		return errors.New("xml: an end tag without a start")
	}
	mark := x.marks[len(x.marks)-1]
	opened := x.open[mark:]
	if name != nil && !bytes.Equal(name, opened) {
		return fmt.Errorf("xml: <%s> is closed by </%s>", short(opened), short(name))
	}
	x.name = localName(opened)
	x.marks = x.marks[:len(x.marks)-1]
	x.open = x.open[:mark]
	return nil
}

// short is the beginning of a text for an error.
func short(p []byte) string { return schema.Cut(string(bytes.ToValidUTF8(p, nil)), 40) }

func isXMLSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func localName(name []byte) []byte {
	if _, after, ok := bytes.Cut(name, []byte{':'}); ok {
		return after
	}
	return name
}

func errXMLUTF8() error { return errors.New("xml: bytes that are not UTF-8") }
