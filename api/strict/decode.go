package strict

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// A Mistake is a place in a text, and what is wrong there.
type Mistake struct {
	Line, Column int
	Message      string // with the way out
	Snippet      string // the line, and a caret below the place
}

// Error tells the place, the message and the line.
func (m *Mistake) Error() string {
	return fmt.Sprintf("line %d, column %d: %s\n%s", m.Line, m.Column, m.Message, m.Snippet)
}

// Decode reads one JSON value into what to points to. A key that to does not have is
// refused, since it is mostly a misspelt one. The error is a *Mistake.
func Decode(text []byte, to any) error {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if len(bytes.TrimSpace(text)) == 0 {
		return at(text, len(text), "there is no JSON: the text is empty")
	}
	if bytes.IndexByte(text, 0) >= 0 || bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) {
		// JSON has no such sign; a shell of Windows writes it into every file.
		return at(text, 0, "this is UTF-16 or no text at all: save it as UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return explain(text, to, err)
	}
	end := int(d.InputOffset())
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return at(text, skip(text, end), "there is more than one JSON value: the text goes on behind the first one")
	}
	return nil
}

// explain finds the place at which a text was refused.
func explain(text []byte, to any, err error) *Mistake {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return misspelt(text, syntax)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return unended(text)
	}
	if m := misfit(text, to); m != nil {
		return m
	}
	// A number that is too large, or a type that reads its text itself.
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return at(text, lastToken(text, int(wrong.Offset)), "%s cannot stand for %s", wrong.Value, wordOf(wrong.Type))
	}
	return at(text, 0, "this cannot be read: %s", strings.TrimPrefix(err.Error(), "json: "))
}

// misspelt says what is wrong where the text is no JSON.
func misspelt(text []byte, syntax *json.SyntaxError) *Mistake {
	if strings.Contains(syntax.Error(), "unexpected end") {
		return unended(text)
	}
	// The offset is that behind the character at fault.
	fault := min(max(int(syntax.Offset)-1, 0), len(text)-1)
	before := bytes.TrimRight(text[:fault], " \t\r\n")
	last := byte(0)
	if len(before) > 0 {
		last = before[len(before)-1]
	}
	r, _ := utf8.DecodeRune(text[fault:])
	rest := text[fault:]
	switch {
	case len(before) == 0 && r != '{' && r != '[':
		return at(text, fault, "this is no JSON: it must begin with {")
	case (r == '}' || r == ']') && last == ',':
		return at(text, len(before)-1, "a comma stands before %c: take it away", r)
	case r == ',' && (last == ',' || last == '{' || last == '['):
		return at(text, fault, "there is a comma too many: take it away")
	case r == '\'' || strings.ContainsRune("“”„‘’«»", r):
		return at(text, fault, "%c is no quote of JSON: write \"", r)
	case r == '#' || bytes.HasPrefix(rest, []byte("//")) || bytes.HasPrefix(rest, []byte("/*")):
		return at(text, fault, "JSON has no comments: take it away")
	case strings.Contains(syntax.Error(), "after object key:value pair"), strings.Contains(syntax.Error(), "after array element"):
		return at(text, fault, "a comma is missing before this")
	case strings.Contains(syntax.Error(), "after object key"):
		return at(text, fault, "a colon is missing before this")
	case strings.Contains(syntax.Error(), "object key string"):
		return at(text, fault, "a key must stand here, in quotes (\")")
	case strings.Contains(syntax.Error(), "in string literal") && r < ' ':
		return at(text, fault, "a text in quotes ends before the line does: a \" is missing, or a line break must be written as \\n")
	case strings.Contains(syntax.Error(), "in string escape code"):
		return at(text, fault, "a text has a \\ that begins nothing: write it twice (\\\\)")
	case strings.Contains(syntax.Error(), "beginning of value"):
		return at(text, fault, "a value must stand here; a text stands in quotes (\")")
	}
	return at(text, fault, "this is no JSON: %s", syntax)
}

// unended says that the text ends too early.
func unended(text []byte) *Mistake {
	end := len(bytes.TrimRight(text, " \t\r\n"))
	return at(text, end, "the text ends too early: a }, a ] or a \" is missing")
}

// at makes a mistake at an offset.
func at(text []byte, offset int, format string, args ...any) *Mistake {
	offset = min(max(offset, 0), len(text))
	start := bytes.LastIndexByte(text[:offset], '\n') + 1
	end := len(text)
	if i := bytes.IndexByte(text[offset:], '\n'); i >= 0 {
		end = offset + i
	}
	return &Mistake{
		Line: bytes.Count(text[:start], []byte("\n")) + 1, Column: utf8.RuneCount(text[start:offset]) + 1,
		Message: fmt.Sprintf(format, args...), Snippet: snippet(text[start:end], offset-start),
	}
}

// mostShown is how many characters of a line a snippet has.
const mostShown = 100

// snippet is a line with a caret below an offset. Of a long line the part around it is
// shown, and what has no width of its own as a space.
func snippet(line []byte, offset int) string {
	caret := utf8.RuneCount(line[:offset])
	// Bytes far from the place need not be made characters; no character has more than four.
	cut := max(0, offset-utf8.UTFMax*mostShown)
	for cut > 0 && !utf8.RuneStart(line[cut]) {
		cut--
	}
	caret -= utf8.RuneCount(line[:cut])
	shown := []rune(string(line[cut:min(len(line), offset+utf8.UTFMax*mostShown)])) // U+FFFD for a byte that is none
	caret = min(caret, len(shown))
	if len(shown) > mostShown {
		first := max(0, min(caret-mostShown/2, len(shown)-mostShown))
		shown = shown[first : first+mostShown]
		caret -= first
	}
	for i, r := range shown {
		if r < ' ' || r == 0x7f {
			shown[i] = ' '
		}
	}
	return "| " + strings.TrimRight(string(shown), " ") + "\n| " + strings.Repeat(" ", caret) + "^"
}

// skip is the offset of the next token.
func skip(text []byte, offset int) int {
	for offset < len(text) && strings.IndexByte(" \t\r\n,:", text[offset]) >= 0 {
		offset++
	}
	return offset
}

// lastToken is where the token begins that ends at an offset.
func lastToken(text []byte, end int) int {
	d := json.NewDecoder(bytes.NewReader(text))
	for {
		start := skip(text, int(d.InputOffset()))
		if _, err := d.Token(); err != nil || int(d.InputOffset()) >= end {
			return start
		}
	}
}
