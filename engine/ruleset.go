package engine

import (
	"errors"
	"fmt"

	"tablestep/engine/rules"
)

// A RuleSetError is what is wrong with a rule set: its text, or its own tests.
type RuleSetError struct {
	Problems []RuleProblem
}

// A RuleProblem is one mistake, with its place.
type RuleProblem struct {
	Rule       string `json:"rule,omitempty"`
	Expression string `json:"expression,omitempty"`
	Line       int    `json:"line,omitempty"`
	Column     int    `json:"column,omitempty"`
	Message    string `json:"message"`
	Snippet    string `json:"snippet,omitempty"` // the line, and a caret below the place
}

func (e *RuleSetError) Error() string {
	if len(e.Problems) == 0 {
		return "the rule set is wrong"
	}
	p := rules.Problem(e.Problems[0])
	text := p.Error()
	if more := len(e.Problems) - 1; more > 0 {
		text += fmt.Sprintf("\nand %d more problems", more)
	}
	return text
}

// A RuleSetReport is what a check of a rule set found that does not stop it.
type RuleSetReport struct {
	Name     string        `json:"name"`
	Rules    []string      `json:"rules"`
	Tables   []string      `json:"tables"`
	Fields   []string      `json:"fields"` // that it reads
	Tests    []RuleTest    `json:"tests"`
	Warnings []RuleProblem `json:"warnings"`
}

// A RuleTest is the outcome of one of a rule set's own tests.
type RuleTest struct {
	Name    string `json:"name"`
	Passed  bool   `json:"passed"`
	Message string `json:"message,omitempty"`
	Line    int    `json:"line,omitempty"`
}

// ruleSetError turns the problems of a rule set into an error of ours.
func ruleSetError(err error) error {
	var problems rules.Problems
	var one *rules.Problem
	switch {
	case errors.As(err, &problems):
	case errors.As(err, &one):
		problems = rules.Problems{one}
	default:
		return err
	}
	e := new(RuleSetError)
	for _, p := range problems {
		e.Problems = append(e.Problems, RuleProblem(*p))
	}
	return e
}
