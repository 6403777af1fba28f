package marketo

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds the nesting of a callback; the interface needs six levels.
const maxDepth = 64

// maxDuplicates bounds how many repeated keys of one document are named.
const maxDuplicates = 20

// wideObject is the number of keys from which repeated ones are found through a map.
const wideObject = 16

// document is JSON from a service, decoded without loss: objects are Fields in
// order, arrays []any, numbers json.Number with every digit. encoding/json
// checks the grammar first, so that the reading after it can be short. Its own
// token interface does the same with three times the allocations (128 a lead
// in BenchmarkValidator instead of 41).
type document struct {
	body       []byte
	at         int // The next byte to read.
	path       []step
	duplicates []string
}

// step is one part of the path to the value that is being read: a name, or a
// place in an array where name is empty.
type step struct {
	name  string
	index int
}

// readDocument decodes one JSON value that fills the body. It also gives the
// paths of keys that stand twice in one object, where the later value holds.
func readDocument(body []byte) (value any, duplicates []string, err error) {
	if !utf8.Valid(body) {
		return nil, nil, errors.New("read JSON: the body is not UTF-8")
	}
	if !json.Valid(body) {
		var raw json.RawMessage // Unmarshal says what Valid found.
		return nil, nil, fmt.Errorf("read JSON: %w", json.Unmarshal(body, &raw))
	}
	d := &document{body: body}
	if value, err = d.value(); err != nil {
		return nil, nil, fmt.Errorf("read JSON: %w", err)
	}
	return value, d.duplicates, nil
}

// next gives the next byte that is not white space, without reading it.
func (d *document) next() byte {
	for {
		switch c := d.body[d.at]; c {
		case ' ', '\t', '\n', '\r':
			d.at++
		default:
			return c
		}
	}
}

func (d *document) value() (any, error) {
	switch c := d.next(); c {
	case '{', '[':
		if len(d.path) == maxDepth {
			return nil, fmt.Errorf("%s is nested more than %d deep", d.where(), maxDepth)
		}
		d.at++
		d.path = append(d.path, step{})
		defer func() { d.path = d.path[:len(d.path)-1] }()
		if c == '{' {
			return d.object()
		}
		return d.array()
	case '"':
		return d.text()
	default:
		switch word := d.word(); word {
		case "null":
			return nil, nil
		case "true", "false":
			return word == "true", nil
		default:
			return json.Number(word), nil
		}
	}
}

// word reads a number or a literal.
func (d *document) word() string {
	start := d.at
	for d.at < len(d.body) {
		switch d.body[d.at] {
		case ',', '}', ']', ' ', '\t', '\n', '\r':
			return string(d.body[start:d.at])
		}
		d.at++
	}
	return string(d.body[start:])
}

// text reads a string.
func (d *document) text() (string, error) {
	start, escaped := d.at, false
	for d.at++; d.body[d.at] != '"'; d.at++ {
		if d.body[d.at] == '\\' {
			escaped = true
			d.at++
		}
	}
	d.at++
	if !escaped {
		return string(d.body[start+1 : d.at-1]), nil
	}
	var text string
	err := json.Unmarshal(d.body[start:d.at], &text)
	return text, err
}

func (d *document) object() (Fields, error) {
	fields := Fields{}
	var places map[string]int
	for d.next() != '}' {
		if d.body[d.at] == ',' {
			d.at++
			d.next()
		}
		name, err := d.text()
		if err != nil {
			return nil, err
		}
		d.next()
		d.at++ // The colon.
		d.path[len(d.path)-1].name = name
		value, err := d.value()
		if err != nil {
			return nil, err
		}
		place, known := places[name]
		if places == nil {
			place = fields.place(name)
			known = place >= 0
		}
		if known {
			fields[place].Value = value
			if len(d.duplicates) < maxDuplicates {
				d.duplicates = append(d.duplicates, d.where())
			}
			continue
		}
		fields = append(fields, Field{Name: name, Value: value})
		if places != nil {
			places[name] = len(fields) - 1
		} else if len(fields) == wideObject {
			places = make(map[string]int, 4*wideObject)
			for i := range fields {
				places[fields[i].Name] = i
			}
		}
	}
	d.at++
	return fields, nil
}

func (d *document) array() ([]any, error) {
	list := []any{}
	for d.next() != ']' {
		if d.body[d.at] == ',' {
			d.at++
		}
		d.path[len(d.path)-1].index = len(list)
		value, err := d.value()
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	d.at++
	return list, nil
}

// where gives the path to the value that is being read.
func (d *document) where() string {
	var b strings.Builder
	for _, s := range d.path {
		if s.name == "" {
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(pathName(s.name))
	}
	return b.String()
}

// pathName gives a key as a part of a path: printable and at most 64 bytes.
func pathName(name string) string {
	const limit = 64
	if len(name) > limit {
		name = strings.ToValidUTF8(name[:limit], "") + "…"
	}
	return printable(name)
}

// kindOf names the JSON kind of a decoded value.
func kindOf(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case json.Number:
		return "number"
	case []any:
		return "array"
	default:
		return "object"
	}
}
