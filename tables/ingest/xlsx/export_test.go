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
