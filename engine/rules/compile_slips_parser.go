package rules

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr/file"
)

// misread says in words why an expression could not be parsed in which no slip was found,
// and where. The parser's own messages are for programmers, and none of them is passed on.
func misread(text string, err error) (at int, message string) {
	f, ok := errors.AsType[*file.Error](err)
	if !ok {
		return 0, "this is no expression that can be read"
	}
	list := tokens(text)
	switch {
	case strings.HasPrefix(f.Message, "unexpected token EOF"), strings.HasPrefix(f.Message, "unexpected end"):
		return unfinished(list)
	case strings.HasPrefix(f.Message, "unexpected token") && len(list) > 0 && list[0].is("if") && !slices.ContainsFunc(list, func(t token) bool { return t.is("{") }):
		return 0, "if needs braces around its values: if condition { value } else { other }"
	case strings.HasPrefix(f.Message, "unexpected token"):
		return f.From, misplaced(list, f.From)
	case strings.HasPrefix(f.Message, "literal not terminated"):
		return endless(list)
	case strings.HasPrefix(f.Message, "unrecognized character"):
		r := []rune(text)[min(f.From, len([]rune(text))-1)]
		return f.From, fmt.Sprintf("the character %c has no meaning in an expression; a text stands in quotes", r)
	case strings.HasPrefix(f.Message, "expected name"):
		return afterDot(list, f.From), `the name of a field or a column is missing behind the dot; one with a space or a sign in it stands in brackets, as in lead["Lead Score"]`
	case strings.HasPrefix(f.Message, "a map key"):
		return f.From, `a key of a mapping is a text or a name, as in {"US": 1}, or stands in brackets of its own`
	case strings.Contains(f.Message, "cannot be mixed"):
		return f.From, "?? cannot stand beside another operator without brackets; write (a ?? b) in brackets of its own"
	case strings.HasPrefix(f.Message, "invalid char escape"), strings.Contains(f.Message, "unescape"):
		return f.From, `a \ in a text begins an escape, and this one is not known; write \\ for the character itself, or put the text between backquotes`
	case strings.HasPrefix(f.Message, "bad number"):
		return f.From, "this is no number; a text stands in quotes"
	case strings.HasPrefix(f.Message, "invalid "), strings.Contains(f.Message, "literal is too large"):
		return numberBefore(list, f.From), "this number cannot be read, or is too large; a whole number has at most 18 digits, and one beyond that a point, as in 1e20"
	case strings.HasPrefix(f.Message, "unclosed comment"):
		return f.From, "the comment has no end; write */ behind it"
	case strings.HasPrefix(f.Message, "wrap predicate"):
		return f.From, "let inside of a function with a condition needs braces: any(list, {let x = lower(#); x == \"vp\"})"
	case strings.HasPrefix(f.Message, "expected at least"):
		return f.From, "this function needs a list and a condition, as in any(words(lead.title), # == \"vp\")"
	case strings.Contains(f.Message, "maximum allowed nodes"):
		return 0, "the expression has too many parts; use several rules, or a table"
	}
	return f.From, "this is no expression that can be read"
}

// unfinished is an expression that ends too early: a bracket that is not closed, or
// something that is missing behind the last token.
func unfinished(list []token) (at int, message string) {
	if len(list) == 0 {
		return 0, "the expression is empty"
	}
	last := list[len(list)-1]
	if last.is(".", "?.") {
		return last.at, "the name of a field is missing behind the dot, as in lead.country"
	}
	if !last.ends() && !last.is("(", "[", "{") {
		return last.at, fmt.Sprintf("the expression ends too early: something is missing behind %s", last.text)
	}
	if open, ok := unclosed(list); ok {
		return open.at, fmt.Sprintf("%s is not closed; %s is missing", open.text, closing(open.text))
	}
	for _, t := range list {
		switch {
		case t.is("if"):
			return t.at, "if needs an else: if condition { value } else { other }"
		case t.is("?"):
			return t.at, "? needs the other value behind a colon: condition ? value : other"
		case t.is("let"):
			return t.at, "let needs the expression that uses its value, behind a ; as in let x = lower(lead.title); x contains \"vp\""
		}
	}
	return last.at, "the expression ends too early: something is missing behind " + last.text
}

// unclosed is the innermost bracket without an end.
func unclosed(list []token) (token, bool) {
	var open []token
	for _, t := range list {
		switch {
		case t.is("(", "[", "{"):
			open = append(open, t)
		case t.is(")", "]", "}") && len(open) > 0:
			open = open[:len(open)-1]
		}
	}
	if len(open) == 0 {
		return token{}, false
	}
	return open[len(open)-1], true
}

// closing is the bracket that closes another.
func closing(open string) string {
	return map[string]string{"(": ")", "[": "]", "{": "}"}[open]
}

// misplaced is a token that cannot stand where it does.
func misplaced(list []token, from int) string {
	var before token
	for i, t := range list {
		if t.end <= from {
			before = t
			continue
		}
		if t.is(")", "]", "}") {
			if open, ok := unclosed(list[:i]); !ok {
				return t.text + " closes nothing; no " + map[string]string{")": "(", "]": "[", "}": "{"}[t.text] + " is open"
			} else if closing(open.text) != t.text {
				return fmt.Sprintf("%s cannot close %s; %s is missing", t.text, open.text, closing(open.text))
			}
			if before.kind != noToken && !before.ends() {
				return fmt.Sprintf("something is missing between %s and %s", before.text, t.text)
			}
		}
		switch {
		case before.ends() && (t.kind != signToken || t.is("(", "[", "{")) && !isOperatorWord(t.text):
			return fmt.Sprintf("an operator is missing between %s and %s, such as and, == or +; a text stands in quotes", before.text, t.text)
		case before.kind != noToken && !before.ends():
			return fmt.Sprintf("%s cannot stand behind %s; something is missing between them", t.text, before.text)
		case t.text == ",":
			return "a comma stands between the elements of a list or the arguments of a function only; a number is written with a point"
		}
		return t.text + " cannot stand here"
	}
	return "the expression ends too early"
}

// endless is a text without an end: the last token, as its quote takes all that follows.
func endless(list []token) (at int, message string) {
	for _, t := range slices.Backward(list) {
		if t.kind == textToken {
			if strings.ContainsAny(t.text, "“”‘’") {
				return t.at, fmt.Sprintf("the text that begins here has no end; a curly quote is none, write %s", t.text[:1])
			}
			return t.at, fmt.Sprintf("the text that begins here has no end; write %s behind it", t.text[:1])
		}
	}
	return 0, "a text has no end; write a quote behind it"
}

// numberBefore is the place of the number that has been read last.
func numberBefore(list []token, from int) int {
	for _, t := range slices.Backward(list) {
		if t.kind == numberToken && t.at < from {
			return t.at
		}
	}
	return from
}

// afterDot is the place of the dot in front of what is no name.
func afterDot(list []token, from int) int {
	for _, t := range slices.Backward(list) {
		if t.is(".", "?.") && t.at <= from {
			return t.at
		}
	}
	return from
}
