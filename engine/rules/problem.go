package rules

import (
	"fmt"
	"strings"
)

// A Problem is one mistake in the text of a rule set, with its place.
type Problem struct {
	Rule       string `json:"rule,omitempty"`       // empty if it is not in a rule
	Expression string `json:"expression,omitempty"` // when, set.FIELD, activity.NAME; empty if it is not in an expression
	Line       int    `json:"line,omitempty"`       // from 1; 0 if the place is not known
	Column     int    `json:"column,omitempty"`     // from 1, in characters
	Message    string `json:"message"`
	Snippet    string `json:"snippet,omitempty"` // the line and a caret under the place, on two lines; may be empty
}

// Error names the rule, the expression and the place, and shows the place.
func (p *Problem) Error() string {
	var b strings.Builder
	if p.Rule != "" {
		fmt.Fprintf(&b, "rule %q, ", p.Rule)
	}
	if p.Expression != "" {
		b.WriteString(p.Expression + ", ")
	}
	if p.Line > 0 {
		fmt.Fprintf(&b, "line %d, ", p.Line)
	}
	if p.Line > 0 && p.Column > 0 { // of a test the line alone is known
		fmt.Fprintf(&b, "column %d, ", p.Column)
	}
	text := strings.TrimSuffix(b.String(), ", ")
	if text != "" {
		text += ": "
	}
	text += p.Message
	if p.Snippet != "" {
		text += "\n" + p.Snippet
	}
	return text
}

// Problems is all mistakes that were found, in the order of the text.
type Problems []*Problem

// Error shows all problems.
func (p Problems) Error() string {
	texts := make([]string, len(p))
	for i := range p {
		texts[i] = p[i].Error()
	}
	return strings.Join(texts, "\n")
}

// Unwrap lets errors.As find a *Problem.
func (p Problems) Unwrap() []error {
	errs := make([]error, len(p))
	for i := range p {
		errs[i] = p[i]
	}
	return errs
}
