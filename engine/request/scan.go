package request

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"math/bits"
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds the nesting of a request; encoding/json allows 10,000, and a
// request of the interface needs six.
const maxDepth = 200

var (
	errSyntax = errors.New("not valid JSON")
	errDepth  = errors.New("nested too deeply")
)

// A scanner walks the bytes of one JSON text. Its methods leave i behind what
// they have read, and never read past the end.
type scanner struct {
	b    []byte
	i    int
	rest int // where others get the processor next
}

// From restFrom bytes on a text is read in pieces of restEvery, half a millisecond or
// so, with a short sleep between them: 16 MB hold a processor for 60 ms. To yield would
// not do, as the network is looked at when a processor has nothing to do, and else
// every 10 ms only.
const (
	restFrom  = 1 << 20
	restEvery = 128 << 10
)

// RestTime is slept between the pieces of a large text, by whoever goes through one.
const RestTime = 50 * time.Microsecond

func newScanner(text []byte) *scanner {
	s := &scanner{b: text, rest: math.MaxInt}
	if len(text) >= restFrom {
		s.rest = restEvery
	}
	return s
}

// pause is called behind values, where s.i is beyond s.rest.
func (s *scanner) pause() {
	time.Sleep(RestTime)
	s.rest = s.i + restEvery
}

// space skips white space.
func (s *scanner) space() {
	for s.i < len(s.b) {
		switch s.b[s.i] {
		case ' ', '\n', '\r', '\t':
			s.i++
		default:
			return
		}
	}
}

// peek skips white space and returns the next byte, 0 at the end. Requests are
// mostly written without white space, so that is tried first.
func (s *scanner) peek() byte {
	if s.i < len(s.b) && s.b[s.i] > ' ' {
		return s.b[s.i]
	}
	s.space()
	if s.i < len(s.b) {
		return s.b[s.i]
	}
	return 0
}

// take skips white space and consumes c, or says that it was not there.
func (s *scanner) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.i++
	return true
}

// str reads a string and returns the span between its quotes and whether it has
// escapes.
func (s *scanner) str() (start, end int, escaped bool, err error) {
	if !s.take('"') {
		return 0, 0, false, errSyntax
	}
	start = s.i
	for i := s.i; ; {
		i += plainLen(s.b[i:])
		if i == len(s.b) {
			s.i = i
			return 0, 0, false, errSyntax
		}
		switch s.b[i] {
		case '"':
			s.i = i + 1
			return start, i, escaped, nil
		case '\\':
			escaped = true
			n := escapeLen(s.b[i:])
			if n == 0 {
				s.i = i
				return 0, 0, false, errSyntax
			}
			i += n
		default: // a control character
			s.i = i
			return 0, 0, false, errSyntax
		}
	}
}

// unquoted gives what stands between the quotes of a string that has been read; it is
// lent where there are no escapes.
func (s *scanner) unquoted(start, end int, escaped bool) []byte {
	return unquoted(s.b[start:end], escaped)
}

func unquoted(between []byte, escaped bool) []byte {
	if escaped {
		return unescape(between)
	}
	return between
}

// plain reads a string without escapes, or says that there is none here.
func (s *scanner) plain() bool {
	if s.i >= len(s.b) || s.b[s.i] != '"' {
		return false
	}
	end := s.i + 1 + plainLen(s.b[s.i+1:])
	if end == len(s.b) || s.b[end] != '"' {
		return false
	}
	s.i = end + 1
	return true
}

// plainLen returns how many bytes there are before the first quote, backslash or
// control character. It looks at eight bytes at a time: a byte x of a word is zero
// where (x-1)&^x has its high bit, and less than 0x20 where (x-0x20)&^x has it.
// The lowest such bit is exact, which is all that is used.
func plainLen(b []byte) int {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	i := 0
	for ; i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		quote := w ^ ('"' * ones)
		slash := w ^ ('\\' * ones)
		if found := ((quote-ones)&^quote | (slash-ones)&^slash | (w-0x20*ones)&^w) & highs; found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for ; i < len(b); i++ {
		if c := b[i]; c == '"' || c == '\\' || c < 0x20 {
			break
		}
	}
	return i
}

// escapeLen returns the length of the escape at the start of b, 0 if it is none.
func escapeLen(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(b) < 6 {
			return 0
		}
		for _, c := range b[2:6] {
			if !isHex(c) {
				return 0
			}
		}
		return 6
	}
	return 0
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// skip reads one value of any kind and checks it. It says the same as object and
// array would; most of a request is skipped, so it does without their calls.
func (s *scanner) skip(depth int) error {
	switch c := s.peek(); {
	case c == '"':
		return s.skipString()
	case c == '{' || c == '[':
		return s.skipNested(depth, c == '{', c+2) // the closing one stands two behind, in ASCII
	case c == '-' || c >= '0' && c <= '9':
		return s.number()
	default:
		return s.literal()
	}
}

func (s *scanner) skipString() error {
	if s.plain() {
		return nil
	}
	_, _, _, err := s.str()
	return err
}

// skipNested reads the object or array that begins here.
func (s *scanner) skipNested(depth int, keys bool, closing byte) error {
	if depth > maxDepth {
		return errDepth
	}
	s.i++
	if s.take(closing) {
		return nil
	}
	for {
		if keys {
			if err := s.skipString(); err != nil {
				return err
			}
			if !s.take(':') {
				return errSyntax
			}
		}
		if err := s.skip(depth + 1); err != nil {
			return err
		}
		if s.i > s.rest {
			s.pause()
		}
		if s.take(closing) {
			return nil
		}
		if !s.take(',') {
			return errSyntax
		}
	}
}

// object reads an object and calls field for each of its keys, which must read
// the value. start and end are the key's span between its quotes.
func (s *scanner) object(depth int, field func(start, end int, escaped bool) error) error {
	if depth > maxDepth {
		return errDepth
	}
	if !s.take('{') {
		return errSyntax
	}
	return s.members(true, field)
}

// members is the part of object behind the brace, or behind a value where first is
// false.
func (s *scanner) members(first bool, field func(start, end int, escaped bool) error) error {
	for ; ; first = false {
		switch {
		case s.take('}'):
			return nil
		case !first && !s.take(','):
			return errSyntax
		}
		start, end, escaped, err := s.str()
		if err != nil {
			return err
		}
		if !s.take(':') {
			return errSyntax
		}
		if err := field(start, end, escaped); err != nil {
			return err
		}
		if s.i > s.rest {
			s.pause()
		}
	}
}

// array reads an array and calls item with the index of each of its items, which
// must read it.
func (s *scanner) array(depth int, item func(i int) error) error {
	if depth > maxDepth {
		return errDepth
	}
	if !s.take('[') {
		return errSyntax
	}
	if s.take(']') {
		return nil
	}
	for i := 0; ; i++ {
		if err := item(i); err != nil {
			return err
		}
		if s.i > s.rest {
			s.pause()
		}
		if s.take(']') {
			return nil
		}
		if !s.take(',') {
			return errSyntax
		}
	}
}

// number reads a number by the grammar of RFC 8259.
func (s *scanner) number() error {
	i := s.i
	if i < len(s.b) && s.b[i] == '-' {
		i++
	}
	switch {
	case i < len(s.b) && s.b[i] == '0':
		i++
	default:
		n := digits(s.b[i:])
		if n == 0 {
			return errSyntax
		}
		i += n
	}
	if i < len(s.b) && s.b[i] == '.' {
		n := digits(s.b[i+1:])
		if n == 0 {
			return errSyntax
		}
		i += n + 1
	}
	if i < len(s.b) && (s.b[i] == 'e' || s.b[i] == 'E') {
		i++
		if i < len(s.b) && (s.b[i] == '+' || s.b[i] == '-') {
			i++
		}
		n := digits(s.b[i:])
		if n == 0 {
			return errSyntax
		}
		i += n
	}
	s.i = i
	return nil
}

func digits(b []byte) int {
	n := 0
	for n < len(b) && b[n] >= '0' && b[n] <= '9' {
		n++
	}
	return n
}

// literal reads true, false or null.
func (s *scanner) literal() error {
	for _, l := range [...]string{"true", "false", "null"} {
		if bytes.HasPrefix(s.b[s.i:], []byte(l)) {
			s.i += len(l)
			return nil
		}
	}
	return errSyntax
}

// unescape returns the text of a string's span.
func unescape(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' {
			out = append(out, b[i])
			continue
		}
		i++
		switch b[i] {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r := hex4(b[i+1:])
			i += 4
			if utf16.IsSurrogate(r) {
				// Only a pair is a character; a lone half becomes U+FFFD.
				low := rune(0)
				if i+6 < len(b) && b[i+1] == '\\' && b[i+2] == 'u' {
					low = hex4(b[i+3:])
				}
				if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
					i += 6
				}
			}
			out = utf8.AppendRune(out, r)
		default: // the quote, the backslash and the slash stand for themselves
			out = append(out, b[i])
		}
	}
	return out
}

func hex4(b []byte) rune {
	n, err := strconv.ParseUint(string(b[:4]), 16, 32)
	if err != nil {
		return utf8.RuneError
	}
	return rune(n)
}
