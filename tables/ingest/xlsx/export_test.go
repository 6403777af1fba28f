package xlsx

import "io"

// Pull gives what the XML scanner makes of a document: its elements' names, and
// its texts in order.
func Pull(r io.Reader, most int) (names []string, texts string, err error) {
	x := newXMLScanner(r, 64, most)
	for {
		kind, err := x.next()
		if err != nil {
			return names, texts, err
		}
		switch kind {
		case xmlStart:
			names = append(names, string(x.name))
		case xmlText:
			texts += string(x.text)
		case xmlEOF:
			return names, texts, nil
		}
	}
}

// Show gives what becomes of a number in a cell of a number format, and the code of the
// finding, if any.
func Show(code, raw string) (text, found string) {
	s := styles{codes: []string{code}}
	text, found, _ = s.show([]byte(raw), 0)
	return text, found
}

// BuiltinFormat is the code that stands for a number.
func BuiltinFormat(id string) string { return builtinFormat(id) }
