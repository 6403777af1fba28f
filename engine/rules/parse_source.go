package rules

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"
)

// A source is the text of a rule set, with an index of its lines and characters. A
// place in it is found in steps that do not grow with the length of a line: a rule
// set that a program sends as JSON mostly is one line.
type source struct {
	text   string
	starts []int // offset of each line
	// before is how many characters start in front of each block of blockSize bytes.
	before []int
	json   bool
}

// blockSize is how many bytes at most are walked over to find a character.
const blockSize = 64

// newSource finds where the lines begin, once: places are asked for by the thousand.
func newSource(text string) *source {
	s := &source{text: strings.TrimPrefix(text, "\ufeff"), starts: []int{0}}
	s.before = make([]int, 0, len(s.text)/blockSize+1)
	characters := 0
	for i := range len(s.text) {
		if i%blockSize == 0 {
			s.before = append(s.before, characters)
		}
		if utf8.RuneStart(s.text[i]) {
			characters++
		}
		if s.text[i] == '\n' {
			s.starts = append(s.starts, i+1)
		}
	}
	return s
}

// characters is how many characters start in front of an offset.
func (s *source) characters(offset int) int {
	block := min(offset/blockSize, len(s.before)-1)
	if block < 0 {
		return 0
	}
	n := s.before[block]
	for i := block * blockSize; i < offset; i++ {
		if utf8.RuneStart(s.text[i]) {
			n++
		}
	}
	return n
}

// end is the offset behind a line (from 0), without its line feed.
func (s *source) end(line int) int {
	if line+1 < len(s.starts) {
		return s.starts[line+1] - 1
	}
	return len(s.text)
}

// line is the text of a line, counted from 0.
func (s *source) line(line int) string { return s.text[s.starts[line]:s.end(line)] }

// offset is where a position is in the text; one behind its line's end is that end.
// The position's line must be there.
func (s *source) offset(p position) int {
	start, end := s.starts[p.line-1], s.end(p.line-1)
	wanted := s.characters(start) + p.column - 1
	block := sort.SearchInts(s.before, wanted+1) - 1 // the last one that starts with no more
	if block < 0 {
		return start
	}
	n := s.before[block]
	for at := block * blockSize; at < end; at++ {
		if !utf8.RuneStart(s.text[at]) {
			continue
		}
		if n == wanted && at >= start {
			return at
		}
		n++
	}
	return end
}

// position is the line and column of an offset.
func (s *source) position(offset int) position {
	line, found := slices.BinarySearch(s.starts, offset)
	if !found {
		line--
	}
	return position{line + 1, s.characters(offset) - s.characters(s.starts[line]) + 1}
}

func (s *source) problem(rule, expression string, at position, format string, args ...any) *Problem {
	p := &Problem{Rule: rule, Expression: expression, Line: at.line, Column: at.column, Message: fmt.Sprintf(format, args...)}
	if at.line >= 1 && at.line <= len(s.starts) {
		p.Snippet = s.snippet(at)
	}
	return p
}

// maxSnippet is how many characters of a line a snippet shows.
const maxSnippet = 100

// snippet draws a caret under a position.
func (s *source) snippet(at position) string {
	start, end := s.starts[at.line-1], s.end(at.line-1)
	here := s.offset(at)
	// Around the place there are enough characters if there are as many bytes.
	from, to := here, here
	for n := 0; n < maxSnippet && from > start; n++ {
		_, size := utf8.DecodeLastRuneInString(s.text[start:from])
		from -= size
	}
	for n := 0; n < maxSnippet && to < end; n++ {
		_, size := utf8.DecodeRuneInString(s.text[to:end])
		to += size
	}
	around := s.text[from:to]
	if to == end {
		around = strings.TrimRight(around, "\r")
	}
	caret := utf8.RuneCountInString(s.text[from:here])
	runes := []rune(strings.ToValidUTF8(around, "�"))
	caret = min(caret, len(runes))
	if len(runes) > maxSnippet {
		first := max(0, min(caret-maxSnippet/2, len(runes)-maxSnippet))
		runes = runes[first:min(first+maxSnippet, len(runes))]
		caret -= first
	}
	for i, r := range runes {
		if r < ' ' {
			runes[i] = ' ' // a tab has no known width
		}
	}
	return "  | " + string(runes) + "\n  | " + strings.Repeat(" ", caret) + "^"
}

// A position is a line and a column, both from 1; the column counts characters.
type position struct{ line, column int }

// A place is where a scalar of the source starts and how it is written there.
type place struct {
	position
	quoting quoting
}

// quoting is the way a scalar is written.
type quoting uint8

const (
	plain quoting = iota
	single
	double
	literal // block with |
	folded  // block with >
	raw     // the source is the scalar
)

// maxLocated is the length of a scalar, in bytes, beyond which nobody looks for a
// place in it.
const maxLocated = 64 << 10

// locate finds where the character number offset of a scalar's value stands in
// the source. It walks value and source side by side; where they part (which no
// writing of a scalar is known to cause) the place of the scalar is returned.
func (s *source) locate(p place, value string, offset int) position {
	if p.line < 1 || p.line > len(s.starts) || len(value) > maxLocated {
		return p.position
	}
	w := walker{source: s, line: p.line - 1, quoting: p.quoting}
	w.load()
	w.at = s.offset(p.position)
	if !w.enter() {
		return p.position
	}
	count := 0
	for _, r := range value {
		if !w.align(r) {
			return p.position
		}
		if count == offset {
			return w.position()
		}
		count++
		w.step(r)
	}
	if w.line >= len(s.starts) {
		return p.position
	}
	return w.position() // the end of the expression
}

// A walker goes through the source of a scalar, a character of its value a step.
type walker struct {
	*source
	line    int // from 0
	at      int // offset in the text
	stop    int // of the line, without carriage returns behind it
	inked   int // of the line, without white space behind it
	quoting quoting
	width   int // bytes that write the next character of the value
	block   int // indentation of a block scalar
}

func (w *walker) position() position {
	return position{w.line + 1, w.characters(w.at) - w.characters(w.starts[w.line]) + 1}
}

// enter goes to the first character of the value.
func (w *walker) enter() bool {
	switch w.quoting {
	case single, double:
		w.at++
	case literal, folded:
		w.line++
		first := w.line
		for first < len(w.starts) && strings.TrimSpace(w.source.line(first)) == "" {
			first++
		}
		if first < len(w.starts) {
			line := w.source.line(first)
			w.block = len(line) - len(strings.TrimLeft(line, " "))
		}
		w.load()
		w.indent()
	}
	return w.line < len(w.starts)
}

// load takes the measures of the line.
func (w *walker) load() {
	if w.line >= len(w.starts) {
		w.at, w.stop, w.inked = len(w.text), len(w.text), len(w.text)
		return
	}
	start := w.starts[w.line]
	line := strings.TrimRight(w.source.line(w.line), "\r")
	w.at, w.stop = start, start+len(line)
	w.inked = start + len(strings.TrimRight(line, " \t"))
}

// indent goes behind the indentation of a block scalar.
func (w *walker) indent() { w.at = min(w.at+w.block, w.stop) }

// align makes sure that the source at this point writes r, and sets the width.
func (w *walker) align(r rune) bool {
	if w.at >= w.stop { // a line's end stands for a space or a line feed
		return r == ' ' || r == '\n'
	}
	c, size := utf8.DecodeRuneInString(w.text[w.at:w.stop])
	w.width = size
	switch {
	case w.quoting == double && c == '\\':
		w.width = escapeWidth(w.text[w.at:w.stop])
		return w.width > 0
	case w.quoting == single && c == '\'':
		w.width = 2
		return r == '\''
	case c == r:
		return true
	case (c == ' ' || c == '\t') && (r == ' ' || r == '\n'):
		// White space before a folded line's end.
		return w.at >= w.inked
	}
	return c == utf8.RuneError || r == utf8.RuneError
}

// step goes behind the character r of the value.
func (w *walker) step(r rune) {
	if w.at < w.stop && (r != '\n' || w.quoting == double) {
		if w.at < w.inked {
			w.at += w.width
			return
		}
		if w.quoting == literal || w.quoting == raw {
			w.at++
			return
		}
	}
	w.line++
	w.load()
	for w.quoting != literal && w.quoting != raw && r == ' ' && w.line < len(w.starts) && strings.TrimSpace(w.source.line(w.line)) == "" {
		w.line++
		w.load()
	}
	if w.quoting >= literal {
		w.indent()
		return
	}
	for w.at < w.stop && (w.text[w.at] == ' ' || w.text[w.at] == '\t') {
		w.at++
	}
}

// escapeWidth is how many bytes an escape of a double-quoted scalar takes.
func escapeWidth(s string) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case 'x':
		return min(4, len(s))
	case 'U':
		return min(10, len(s))
	case 'u':
		// Beyond the basic plane JSON needs a pair.
		if len(s) >= 12 && s[6] == '\\' && s[7] == 'u' && (s[2] == 'd' || s[2] == 'D') && strings.ContainsRune("89abAB", rune(s[3])) {
			return 12
		}
		return min(6, len(s))
	}
	_, size := utf8.DecodeRuneInString(s[1:])
	return 1 + size
}
