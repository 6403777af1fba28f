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
		case c == '/' && g.peek(1) == '/':
			g.until("\n")
			continue
		case c == '/' && g.peek(1) == '*':
			g.until("*/")
			continue
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			depth = max(0, depth-1)
			prefix = 0
		case c == '?' && g.peek(1) != '?' && g.peek(1) != '.' && (at == 0 || g.text[at-1] != '?'):
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

func (g *scan) peek(n int) rune {
	if g.i+n < len(g.text) {
		return g.text[g.i+n]
	}
	return 0
}

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

func (g *scan) until(end string) {
	rest := string(g.text[g.i:])
	if at := strings.Index(rest, end); at >= 0 {
		g.i += utf8.RuneCountInString(rest[:at]) + len(end)
		return
	}
	g.i = len(g.text)
}

func (g *scan) word() string {
	start := g.i
	for g.i < len(g.text) && (unicode.IsLetter(g.text[g.i]) || unicode.IsDigit(g.text[g.i]) || g.text[g.i] == '_' || g.text[g.i] == '$') {
		g.i++
	}
	return string(g.text[start:g.i])
}
