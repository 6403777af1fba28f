package charset

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// Escape begins each change of set in ISO-2022-JP.
const Escape = 0x1b

// Escaped tells whether a text is ISO-2022-JP: ASCII all through, each escape one of that
// set's, and one of them to characters of two bytes. Other texts with escapes, such as
// what a terminal was sent, are left at the first one.
func Escaped(text io.Reader) (bool, error) {
	r := bufio.NewReader(text)
	found := false
	for {
		c, err := r.ReadByte()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return false, fmt.Errorf("look for escapes: %w", err)
		}
		if c >= utf8.RuneSelf {
			return false, nil
		}
		if c != Escape {
			continue
		}
		to, err := r.Peek(2)
		if err != nil && !errors.Is(err, io.EOF) {
			return false, fmt.Errorf("look for escapes: %w", err)
		}
		switch string(to) {
		case "$@", "$B", "$(":
			found = true
		case "(B", "(J", "(I":
		default:
			return false, nil
		}
	}
}
