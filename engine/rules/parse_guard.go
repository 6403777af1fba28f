package rules

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// guard looks at the text of an expression before any parser does: a parser that
// calls itself a level of brackets is brought down by enough of them. It returns
// the character at which the text goes too far and why, or an empty message.
func guard(s string, l Limits) (offset int, message string) {
	if len(s) > l.Source {
		return 0, fmt.Sprintf("the expression has %d bytes; at most %d are allowed", len(s), l.Source)
	}
	if !utf8.ValidString(s) {
		return 0, "the expression is not UTF-8"
	}
	g := scan{text: []rune(s)}
	return g.run(l.Nesting)
}

// A scan goes through an expression's characters, past texts and comments, and
// counts what makes the parser call itself: open brackets, operators in front of
// operands, and branches of conditionals.
type scan struct {
	text []rune
	i    int
}

// run counts from above: what it cannot tell apart, such as an operator between operands,
// counts as nesting until the next operand, and no further.
func (g *scan) run(most int) (int, string) {
	depth, prefix, branches := 0, 0, 0
	for g.i < len(g.text) {
		at := g.i
		c := g.text[g.i]
		switch {
		case c == '"' || c == '\'' || c == '`':
			g.quoted(c)
			prefix = 0
			continue
		case c == '/' && g.next() == '/':
			g.until("\n")
			continue
		case c == '/' && g.next() == '*':
			g.until("*/")
			continue
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			depth = max(0, depth-1)
			prefix = 0
		// The question mark of a conditional, and not that of ?? or ?. .
		case c == '?' && g.next() != '?' && g.next() != '.' && (at == 0 || g.text[at-1] != '?'):
			branches++
		case c == '!' || c == '-' || c == '+' || c == '*' || c == '^':
			prefix++
		case unicode.IsLetter(c) || c == '_' || c == '$':
			switch g.word() {
			case "not":
				prefix++
			case "if", "let":
				branches++
			default:
				prefix = 0
			}
			if depth+prefix+branches > most {
				return at, fmt.Sprintf("the expression is nested more than %d levels deep here", most)
			}
			continue
		case unicode.IsSpace(c):
		default:
			prefix = 0
		}
		if depth+prefix+branches > most {
			return at, fmt.Sprintf("the expression is nested more than %d levels deep here", most)
		}
		g.i++
	}
	return 0, ""
}

// next is the character behind the one that is looked at, 0 at the end.
func (g *scan) next() rune {
	if g.i+1 < len(g.text) {
		return g.text[g.i+1]
	}
	return 0
}

// quoted goes behind the end of a text. One in backquotes knows no escapes.
func (g *scan) quoted(quote rune) {
	for g.i++; g.i < len(g.text); g.i++ {
		switch g.text[g.i] {
		case '\\':
			if quote != '`' {
				g.i++
			}
		case quote:
			g.i++
			return
		}
	}
}

// until goes behind the end of a comment, or of everything where it has none; the parser
// says what is wrong then.
func (g *scan) until(end string) {
	rest := string(g.text[g.i:])
	if before, _, ok := strings.Cut(rest, end); ok {
		g.i += utf8.RuneCountInString(before) + len(end)
		return
	}
	g.i = len(g.text)
}

// word reads a name or a word operator, and goes behind it.
func (g *scan) word() string {
	start := g.i
	for g.i < len(g.text) && (unicode.IsLetter(g.text[g.i]) || unicode.IsDigit(g.text[g.i]) || g.text[g.i] == '_' || g.text[g.i] == '$') {
		g.i++
	}
	return string(g.text[start:g.i])
}
