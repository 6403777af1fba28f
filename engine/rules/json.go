package rules

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// jsonTree reads JSON into the nodes in which YAML comes, with places. YAML
// readers take most JSON but not all of it: tabs between values, \/ and pairs of
// surrogates are theirs to refuse.
func jsonTree(data []byte, src *source) (*yaml.Node, *Problem) {
	start := len(data) - len(bytes.TrimPrefix(data, []byte("\ufeff")))
	r := &jsonReader{data: data[start:]}
	r.dec = json.NewDecoder(bytes.NewReader(r.data))
	r.dec.UseNumber()
	root, err := r.value(0)
	if err == nil {
		r.next()
		if _, end := r.dec.Token(); !errors.Is(end, io.EOF) {
			err = errors.New("there is more text behind the closing brace")
		}
	}
	if err == nil {
		return root, nil
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		// The offset is mostly that behind the character at fault, but not always.
		at := max(int(syntax.Offset)-1, 0)
		if at+1 < len(r.data) && strings.HasPrefix(syntax.Error(), "invalid character '"+string(r.data[at+1])+"'") && r.data[at] != r.data[at+1] {
			at++
		}
		r.seek(at)
	} else if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("the text ends too early")
		r.seek(len(r.data))
	}
	return nil, src.problem("", "", r.at(), "this is not JSON: %v", err)
}

// maxDepth bounds the nesting of a JSON text; a rule set needs five.
const maxDepth = 20

type jsonReader struct {
	data         []byte
	dec          *json.Decoder
	offset       int // up to which line and column count
	line, column int // from 0
}

// seek counts lines and columns up to a byte; it only goes forward.
func (r *jsonReader) seek(offset int) {
	for r.offset < min(offset, len(r.data)) {
		c, n := utf8.DecodeRune(r.data[r.offset:])
		r.offset += n
		r.column++
		if c == '\n' {
			r.line, r.column = r.line+1, 0
		}
	}
}

func (r *jsonReader) at() position { return position{r.line + 1, r.column + 1} }

// next goes to where the next token starts.
func (r *jsonReader) next() position {
	i := int(r.dec.InputOffset())
	for i < len(r.data) && bytes.IndexByte([]byte(" \t\r\n,:"), r.data[i]) >= 0 {
		i++
	}
	r.seek(i)
	return r.at()
}

func (r *jsonReader) value(depth int) (*yaml.Node, error) {
	if depth > maxDepth {
		return nil, errors.New("it is nested too deeply")
	}
	at := r.next()
	token, err := r.dec.Token()
	if err != nil {
		return nil, err
	}
	n := &yaml.Node{Kind: yaml.ScalarNode, Line: at.line, Column: at.column}
	switch t := token.(type) {
	case json.Delim:
		n.Kind, n.Tag = yaml.SequenceNode, "!!seq"
		if t == '{' {
			n.Kind, n.Tag = yaml.MappingNode, "!!map"
		}
		for r.dec.More() {
			// The keys of an object are tokens like its values.
			child, err := r.value(depth + 1)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, child)
		}
		if _, err := r.dec.Token(); err != nil {
			return nil, err
		}
	case string:
		n.Tag, n.Value, n.Style = "!!str", t, yaml.DoubleQuotedStyle
	case json.Number:
		n.Tag, n.Value = "!!float", t.String()
		if _, err := strconv.ParseInt(n.Value, 10, 64); err == nil {
			n.Tag = "!!int"
		}
	case bool:
		n.Tag, n.Value = "!!bool", strconv.FormatBool(t)
	case nil:
		n.Tag, n.Value = "!!null", "null"
	}
	return n, nil
}
