package strict

import (
	"bytes"
	"encoding/json"
)

// Place is the place in a text of a text value, which a check behind the shape has refused,
// with the words of that check. The value is looked for in entry n, from 0, of the list
// under a key; without a key in all of the text. Where it is not there the entry's own place
// is told; nil: not even that can be told.
func Place(text []byte, list string, n int, value, message string) *Mistake {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	from, to := 0, len(text)
	if list != "" {
		var ok bool
		if from, to, ok = entry(text, list, n); !ok {
			return nil
		}
	}
	w := &walker{text: text[:to], dec: json.NewDecoder(bytes.NewReader(text[:to]))}
	for {
		token, ok := w.next()
		switch {
		case !ok && list == "":
			return nil
		case !ok:
			return at(text, from, "%s", message)
		case w.at >= from && token == value && value != "" && !w.isKey():
			return at(text, w.at, "%s", message)
		}
	}
}

// isKey says whether the text at hand is the name of a value.
func (w *walker) isKey() bool {
	rest := bytes.TrimLeft(w.text[w.dec.InputOffset():], " \t\r\n")
	return len(rest) > 0 && rest[0] == ':'
}

// entry is where an entry of a list at the top of an object begins and ends.
func entry(text []byte, list string, n int) (from, to int, ok bool) {
	w := &walker{text: text, dec: json.NewDecoder(bytes.NewReader(text))}
	if token, ok := w.next(); !ok || token != json.Delim('{') {
		return 0, 0, false
	}
	for w.dec.More() {
		key, ok := w.next()
		if !ok {
			return 0, 0, false
		}
		if key != list {
			if m, ok := w.value(nil); m != nil || !ok {
				return 0, 0, false
			}
			continue
		}
		if token, ok := w.next(); !ok || token != json.Delim('[') {
			return 0, 0, false
		}
		for i := 0; w.dec.More(); i++ {
			start := skip(text, int(w.dec.InputOffset()))
			if m, ok := w.value(nil); m != nil || !ok {
				return 0, 0, false
			}
			if i == n {
				return start, int(w.dec.InputOffset()), true
			}
		}
		return 0, 0, false
	}
	return 0, 0, false
}
