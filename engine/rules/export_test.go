package rules

import (
	"context"
	"strings"
	"time"
)

// Call calls a function of rules with Go values, as kernels call it: for oracles
// that hold everything around functions against expr. ok is false if there is no
// such function.
func Call(ctx context.Context, name string, tables Tables, now time.Time, args ...any) (result any, ok bool, err error) {
	if f := theLanguage().functions[name]; f != nil {
		limits := Limits{}.withDefaults()
		m := &machine{limits: limits, effort: limits.Effort, tables: tables, ctx: ctx, now: now, left: func() time.Duration { return time.Second }}
		values := make([]value, len(args))
		for i := range args {
			values[i] = fromAny(args[i])
		}
		var v value
		if f.plain != nil {
			v, err = f.runPlain(m, values[0])
		} else {
			v, err = f.run(m, values)
		}
		return toAny(v), true, err
	}
	return nil, false, nil
}

// CellOf reads a column of a row that Call has given.
func CellOf(row, name any) (any, error) {
	v, err := part(fromAny(row), fromAny(name))
	return toAny(v), err
}

// Takes is the kinds of a function's arguments, all of them.
func Takes(name string) []string {
	for _, f := range allFunctions() {
		if f.name == name {
			_, most := f.arity()
			kinds := make([]string, max(most, len(strings.Fields(f.takes))))
			for i := range kinds {
				kinds[i] = f.argument(i)
			}
			return kinds
		}
	}
	return nil
}

// NilOf is what the table says a function makes of nil.
func NilOf(name string) string {
	for _, f := range allFunctions() {
		if f.name == name {
			return f.nils
		}
	}
	return ""
}

// Place is line and column of an offset of a text, and the offset of that place.
func Place(text string, offset int) (line, column, back int) {
	s := newSource(text)
	p := s.position(offset)
	return p.line, p.column, s.offset(p)
}

// An Operator documents an operator of expressions, from the table that evaluates it.
type Operator struct {
	Names    []string // all ways to write it
	Text     string   // what it does, one or two sentences
	Nil      string   // what nil on a side makes of it, as the end of a sentence
	Examples []Example
}

// Operators lists all operators between two expressions, in the order in which
// people learn them.
func Operators() []Operator {
	var docs []Operator
	for _, o := range operations() {
		docs = append(docs, Operator{Names: o.names, Text: o.text, Nil: o.nils.String(), Examples: o.examples})
	}
	return docs
}

// RunAlone is Run where each lead asks the tables by itself, as it comes to a lookup.
func (p *Program) RunAlone(ctx context.Context, batch *Batch, out *Results) error {
	return newRunner(p).run(ctx, batch, out)
}

// MaxRounds and MaxAnswers bound what is asked for an expression and kept of a run.
const (
	MaxRounds  = maxRounds
	MaxAnswers = maxAnswers
)

// CommonMail are the domains that emailProblem finds mistyped.
func CommonMail() []string { return commonMail() }
