package rules

import (
	"slices"
	"unicode"
)

// A token is a part of an expression's text: a word, a number, a text in quotes, or a
// sign. Comments and white space are none.
type token struct {
	kind    tokenKind
	text    string // of a text with its quotes
	at, end int    // characters from 0
}

type tokenKind uint8

const (
	noToken tokenKind = iota // before the first one and behind the last one
	wordToken
	numberToken
	textToken
	signToken
)

// signs are those of more than one character that are one slip, or one operator.
var signs = []string{"===", "!==", "<>", "=<", "=>", "==", "!=", "<=", ">=", "&&", "||", "??", "?.", "..", "**", "++", "+=", "-=", "*=", "/=", ":=", "=~", "!~", "->", "::", "{{", "}}", "${"} //nolint:gochecknoglobals // a constant

// tokens takes a text apart. It takes any text, also one that is no expression.
func tokens(text string) []token {
	g := scan{text: []rune(text)}
	var list []token
	add := func(kind tokenKind, from int) {
		list = append(list, token{kind, string(g.text[from:g.i]), from, g.i})
	}
	for g.i < len(g.text) {
		at, c := g.i, g.text[g.i]
		switch {
		case unicode.IsSpace(c):
			g.i++
		case c == '/' && g.next() == '/':
			g.until("\n")
		case c == '/' && g.next() == '*':
			g.until("*/")
		case c == '"' || c == '\'' || c == '`':
			g.quoted(c)
			g.i = min(g.i, len(g.text))
			add(textToken, at)
		case unicode.IsDigit(c):
			g.number()
			add(numberToken, at)
		case unicode.IsLetter(c) || c == '_' || c == '$' && g.next() != '{':
			g.word()
			add(wordToken, at)
		default:
			g.i++
			for _, s := range signs {
				if end := at + len(s); end <= len(g.text) && string(g.text[at:end]) == s {
					g.i = end
					break
				}
			}
			add(signToken, at)
		}
	}
	return list
}

// number goes behind a number, with what hangs on it: 10d is one token, and no number.
func (g *scan) number() {
	for g.i < len(g.text) {
		c := g.text[g.i]
		point := c == '.' && unicode.IsDigit(g.next())
		if !point && !unicode.IsDigit(c) && !unicode.IsLetter(c) && c != '_' {
			return
		}
		g.i++
	}
}

// is says that a token is one of some words or signs.
func (t token) is(texts ...string) bool {
	return (t.kind == wordToken || t.kind == signToken) && slices.Contains(texts, t.text)
}

// ends says that an operand may end with the token, so that an operator is due.
func (t token) ends() bool {
	switch t.kind {
	case numberToken, textToken:
		return true
	case wordToken:
		return !isOperatorWord(t.text)
	}
	return t.is(")", "]", "}")
}

// isOperatorWord says that a word stands between or in front of operands.
func isOperatorWord(word string) bool {
	switch word {
	case "not", "in", "or", "and", "matches", "contains", "startsWith", "endsWith", "let", "if", "else":
		return true
	}
	return false
}
