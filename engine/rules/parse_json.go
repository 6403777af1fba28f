package rules

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// jsonTree reads JSON into the nodes in which YAML comes, with places. YAML
// readers take most JSON but not all of it: tabs between values, \/ and pairs of
// surrogates are theirs to refuse.
func jsonTree(data []byte, src *source) (*yaml.Node, *Problem) {
	start := len(data) - len(bytes.TrimPrefix(data, []byte("\ufeff")))
	r := &jsonReader{data: data[start:], src: src}
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
	// At first the token at hand; a syntax error may be behind it.
	fault := r.at
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		// The offset is mostly that behind the character at fault, but not always.
		at := max(int(syntax.Offset)-1, 0)
		if at+1 < len(r.data) && strings.HasPrefix(syntax.Error(), "invalid character '"+string(r.data[at+1])+"'") && r.data[at] != r.data[at+1] {
			at++
		}
		fault = max(fault, at)
	} else if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("the text ends too early")
		fault = len(r.data)
	}
	return nil, src.problem("", "", src.position(min(fault, len(r.data))), "this is not JSON: %v", err)
}

// maxDepth bounds the nesting of a JSON text; a rule set needs five.
const maxDepth = 20

// A jsonReader reads tokens with their places.
type jsonReader struct {
	data []byte // the text of src
	src  *source
	dec  *json.Decoder
	at   int // offset of the token at hand
}

// next goes to where the next token starts.
func (r *jsonReader) next() int {
	r.at = int(r.dec.InputOffset())
	for r.at < len(r.data) && bytes.IndexByte([]byte(" \t\r\n,:"), r.data[r.at]) >= 0 {
		r.at++
	}
	return r.at
}

// value reads one value with all that is in it. What closes the bracket is read as well.
func (r *jsonReader) value(depth int) (*yaml.Node, error) {
	if depth > maxDepth {
		return nil, errors.New("it is nested too deeply")
	}
	at := r.src.position(r.next())
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
		// In quotes, so that a text that looks like a number stays a text.
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
