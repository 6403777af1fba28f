package strict

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"tablestep/tables/typos"
)

// A walker goes along a text and a shape at the same time, up to the first place where they
// part.
type walker struct {
	text []byte
	dec  *json.Decoder
	at   int // offset of the token at hand
}

// misfit finds the first key or value that a shape has no place for, nil where there is none
// that can be seen from the shape alone. The text is JSON.
func misfit(text []byte, to any) *Mistake {
	w := &walker{text: text, dec: json.NewDecoder(bytes.NewReader(text))}
	w.dec.UseNumber()
	m, _ := w.value(reflect.TypeOf(to).Elem())
	return m
}

// next reads a token; ok is false at the end.
func (w *walker) next() (token json.Token, ok bool) {
	w.at = skip(w.text, int(w.dec.InputOffset()))
	token, err := w.dec.Token()
	return token, err == nil
}

// value reads a value that has to fit a type. A nil type takes anything. ok is false where
// the text has ended.
func (w *walker) value(t reflect.Type) (m *Mistake, ok bool) {
	token, ok := w.next()
	if !ok {
		return nil, false
	}
	if t = plain(t); t != nil && reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return w.own(t, token)
	}
	if token == nil { // null leaves every shape as it is
		return nil, true
	}
	if t != nil && !takes(t, token) {
		return at(w.text, w.at, "%s must stand here, and not %s", wordOf(t), wordOfToken(token)), true
	}
	switch token {
	case json.Delim('{'):
		return w.object(t)
	case json.Delim('['):
		var element reflect.Type
		if t != nil {
			element = t.Elem()
		}
		return w.list(element)
	}
	return nil, true
}

// own lets a type that reads its text itself read it.
func (w *walker) own(t reflect.Type, token json.Token) (m *Mistake, ok bool) {
	start := w.at
	if delim, nested := token.(json.Delim); nested {
		if m, ok = w.rest(delim); m != nil || !ok {
			return m, ok
		}
	}
	raw := w.text[start:w.dec.InputOffset()]
	if err := json.Unmarshal(raw, reflect.New(t).Interface()); err != nil {
		if t == reflect.TypeFor[time.Time]() {
			return at(w.text, start, "a time such as \"2026-11-20T08:00:00Z\" must stand here"), true
		}
		return at(w.text, start, "this cannot be read: %s", strings.TrimPrefix(err.Error(), "json: ")), true
	}
	return nil, true
}

// rest reads what is behind an opening bracket, whatever it is.
func (w *walker) rest(open json.Delim) (*Mistake, bool) {
	if open == '{' {
		return w.object(nil)
	}
	return w.list(nil)
}

// list reads what is behind an opening bracket of a list.
func (w *walker) list(element reflect.Type) (*Mistake, bool) {
	for w.dec.More() {
		if m, ok := w.value(element); m != nil || !ok {
			return m, ok
		}
	}
	_, ok := w.next()
	return nil, ok
}

// object reads what is behind an opening brace.
func (w *walker) object(t reflect.Type) (*Mistake, bool) {
	for w.dec.More() {
		token, ok := w.next()
		if !ok {
			return nil, false
		}
		key, _ := token.(string)
		var value reflect.Type
		switch {
		case t == nil:
		case t.Kind() == reflect.Map:
			value = t.Elem()
		default:
			known := keys(t)
			f, ok := known.find(key)
			if !ok {
				return w.unknown(key, known), true
			}
			value = f
		}
		if m, ok := w.value(value); m != nil || !ok {
			return m, ok
		}
	}
	_, ok := w.next()
	return nil, ok
}

// unknown refuses a key.
func (w *walker) unknown(key string, known fields) *Mistake {
	var names []string
	for _, f := range known {
		names = append(names, f.name)
	}
	if near := typos.Nearest(key, names); near != "" {
		return at(w.text, w.at, "there is no key %q here; did you mean %q?", shortened(key), near)
	}
	return at(w.text, w.at, "there is no key %q here; there are %s", shortened(key), strings.Join(names, ", "))
}

// shortened is a stranger's text in a message.
func shortened(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// fields are the keys of an object, in the order in which they are declared.
type fields []field

type field struct {
	name string
	of   reflect.Type
}

// find is the type of a key. Like encoding/json it does not look at the case.
func (f fields) find(key string) (reflect.Type, bool) {
	for i := range f {
		if strings.EqualFold(f[i].name, key) {
			return f[i].of, true
		}
	}
	return nil, false
}

// keys are the fields of a struct as encoding/json names them, those of embedded structs
// among them.
func keys(t reflect.Type) fields {
	var list fields
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" || !f.IsExported() || f.Anonymous && name == "" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		list = append(list, field{name, f.Type})
	}
	return list
}

// plain is a type without pointers; nil for one that takes any value.
func plain(t reflect.Type) reflect.Type {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil || t.Kind() == reflect.Interface {
		return nil
	}
	return t
}

// takes says whether a value that begins with a token can fit a type.
func takes(t reflect.Type, token json.Token) bool {
	switch token := token.(type) {
	case json.Delim:
		if token == '[' {
			return t.Kind() == reflect.Slice || t.Kind() == reflect.Array
		}
		return t.Kind() == reflect.Struct || t.Kind() == reflect.Map
	case string:
		return t.Kind() == reflect.String || t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8
	case bool:
		return t.Kind() == reflect.Bool
	default:
		return t.Kind() >= reflect.Int && t.Kind() <= reflect.Float64
	}
}

// wordOf is a type in words of JSON.
func wordOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Slice, reflect.Array:
		return "a list in [ ]"
	case reflect.Struct, reflect.Map:
		return "an object in { }"
	case reflect.String:
		return "a text in quotes"
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number"
	default:
		return "a whole number"
	}
}

// wordOfToken is what begins with a token.
func wordOfToken(token json.Token) string {
	switch token := token.(type) {
	case json.Delim:
		if token == '[' {
			return "a list"
		}
		return "an object"
	case string:
		return "a text"
	case bool:
		return "true or false"
	default:
		return "a number"
	}
}
