package rules

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// A source is the text of a rule set, by lines.
type source struct {
	lines []string
	json  bool
}

func newSource(data []byte) *source {
	return &source{lines: strings.Split(strings.TrimPrefix(string(data), "\ufeff"), "\n")}
}

func (s *source) problem(rule, expression string, at position, format string, args ...any) *Problem {
	p := &Problem{Rule: rule, Expression: expression, Line: at.line, Column: at.column, Message: fmt.Sprintf(format, args...)}
	if s != nil && at.line >= 1 && at.line <= len(s.lines) {
		p.Snippet = snippet(s.lines[at.line-1], at.column)
	}
	return p
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
	if s == nil || p.line < 1 || p.line > len(s.lines) || len(value) > maxLocated {
		return p.position
	}
	w := walker{lines: s.lines, line: p.line - 1, column: p.column - 1, quoting: p.quoting}
	if !w.enter() {
		return p.position
	}
	count := 0
	for _, r := range value {
		if !w.align(r) {
			return p.position
		}
		if count == offset {
			return position{w.line + 1, w.column + 1}
		}
		count++
		w.step(r)
	}
	if w.line >= len(w.lines) {
		return p.position
	}
	return position{w.line + 1, w.column + 1} // the end of the expression
}

// A walker goes through the source of a scalar, a character of its value a step.
type walker struct {
	lines        []string
	line, column int // from 0; the column counts characters
	quoting      quoting
	runes        []rune // of the line
	end          int    // of the line without white space behind it
	width        int    // characters that write the next character of the value
	block        int    // indentation of a block scalar
}

// enter goes to the first character of the value.
func (w *walker) enter() bool {
	w.load()
	switch w.quoting {
	case single, double:
		w.column++
	case literal, folded:
		w.line++
		first := w.line
		for first < len(w.lines) && strings.TrimSpace(w.lines[first]) == "" {
			first++
		}
		if first < len(w.lines) {
			w.block = len(w.lines[first]) - len(strings.TrimLeft(w.lines[first], " "))
		}
		w.load()
		w.column = min(w.block, len(w.runes))
	}
	return w.line < len(w.lines)
}

func (w *walker) load() {
	w.runes, w.end = nil, 0
	if w.line >= len(w.lines) {
		return
	}
	w.runes = []rune(strings.TrimRight(w.lines[w.line], "\r"))
	for i, r := range w.runes {
		if r != ' ' && r != '\t' {
			w.end = i + 1
		}
	}
}

func (w *walker) indent() {
	for w.column < len(w.runes) && (w.runes[w.column] == ' ' || w.runes[w.column] == '\t') {
		w.column++
	}
}

// align makes sure that the source at this point writes r, and sets the width.
func (w *walker) align(r rune) bool {
	if w.column >= len(w.runes) { // a line's end stands for a space or a line feed
		return r == ' ' || r == '\n'
	}
	w.width = 1
	c := w.runes[w.column]
	switch {
	case w.quoting == double && c == '\\':
		w.width = escapeWidth(w.runes[w.column:])
		return w.width > 0
	case w.quoting == single && c == '\'':
		w.width = 2
		return r == '\''
	case c == r:
		return true
	case (c == ' ' || c == '\t') && (r == ' ' || r == '\n'):
		// White space before a folded line's end.
		return w.column >= w.end
	}
	return c == utf8.RuneError || r == utf8.RuneError
}

// step goes behind the character r of the value.
func (w *walker) step(r rune) {
	if w.column < len(w.runes) && (r != '\n' || w.quoting == double) {
		if w.column < w.end {
			w.column += w.width
			return
		}
		if w.quoting == literal || w.quoting == raw {
			w.column++
			return
		}
	}
	w.line++
	w.load()
	for w.quoting != literal && w.quoting != raw && r == ' ' && w.line < len(w.lines) && strings.TrimSpace(w.lines[w.line]) == "" {
		w.line++
		w.load()
	}
	if w.quoting >= literal {
		w.column = min(w.block, len(w.runes))
		return
	}
	w.column = 0
	w.indent()
}

// escapeWidth is how many characters an escape of a double-quoted scalar takes.
func escapeWidth(runes []rune) int {
	if len(runes) < 2 {
		return 0
	}
	switch runes[1] {
	case 'x':
		return min(4, len(runes))
	case 'U':
		return min(10, len(runes))
	case 'u':
		// Beyond the basic plane JSON needs a pair.
		if len(runes) >= 12 && runes[6] == '\\' && runes[7] == 'u' && (runes[2] == 'd' || runes[2] == 'D') && strings.ContainsRune("89abAB", runes[3]) {
			return 12
		}
		return min(6, len(runes))
	}
	return 2
}
