package charset

import (
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// Guess tells what a text is most likely written in that is not UTF-8, by its name in the
// IANA's list where it has one. A text without bytes beyond ASCII is windows-1252.
// Of sets that are as likely the first one is told, of singles or else of doubles.
func Guess(sample []byte) (string, encoding.Encoding) {
	var name string
	var in encoding.Encoding = charmap.Windows1252
	best := 0.0
	t := count(sample)
	for _, s := range singles() {
		if worth := s.weigh(t); name == "" || worth > best {
			name, in, best = s.name, s.table, worth
		}
	}
	for _, d := range doubles() {
		if worth := d.weigh(sample); worth > best {
			name, in, best = d.name, d.in, worth
		}
	}
	return name, in
}
