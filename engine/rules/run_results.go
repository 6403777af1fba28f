package rules

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"tablestep/tables/column"
)

// A Batch is the leads that a program runs over, in columns.
type Batch struct {
	Rows int
	// Column gives the column of a field, of Rows rows. The zero Vector stands for
	// a field that no lead has. It is asked once a field and Run, for the
	// program's Fields only; what it lends must stay until Run returns.
	Column func(Ref) column.Vector
	Tables Tables    // may be nil if the program looks nothing up
	Now    time.Time // of now(); the zero time is the present
	// Rest, if there is one, is called between evaluations, after a millisecond of
	// work at most. It may wait, which is no work. Its error ends the run.
	Rest func(context.Context) error
}

// Results is what a program made of a batch, in columns. It may be used again
// for the next Run; the slices in it are lent until then.
type Results struct {
	Rows    int
	Fired   []Fired  // rules that acted on at least one lead, in order
	Outputs []Output // one a target of the program, in its order
	// Failures has the failure of each row, nil for those that did not fail; it is
	// nil if none did. A lead that failed has no writes.
	Failures []*Failure

	failed int
}

// Fired is a rule and the leads on which it acted.
type Fired struct {
	Rule string
	Rows []int32 // in no particular order
}

// An Output is what was written to one target: row i gets Values[Codes[i]].
// Values[0] stands for leads to which nothing is written, and is never one that
// was.
type Output struct {
	Target Target
	Codes  []uint32
	Values []Value
}

// At is what is written to a row; ok is false if nothing is.
func (o *Output) At(row int) (v Value, ok bool) {
	if code := o.Codes[row]; code != 0 {
		return o.Values[code], true
	}
	return Value{}, false
}

// A Value is what is written to a field.
type Value struct {
	Kind Kind
	Text string // as JSON writes it, but for Text without quotes
}

// Kind is the type of a Value.
type Kind uint8

// The kinds.
const (
	Nothing  Kind = iota // of Values[0] of an Output
	Text                 // also a change of a score, as "+5"
	Number               // a JSON number
	Bool                 // true or false
	Date                 // RFC 3339 full-date
	DateTime             // ISO 8601 with offset
	Clear                // the field is to be emptied
)

// String names the kind.
func (k Kind) String() string {
	return [...]string{"nothing", "text", "number", "boolean", "date", "datetime", "clear"}[k]
}

// A Failure is why a lead failed.
type Failure struct {
	Rule       string
	Expression string // when, set.FIELD, activity.NAME
	Source     string // the expression
	Message    string
	Line       int // in the rule set; 0 if not known
	Column     int
	Cause      error // what Message tells of
}

// Error names rule and expression.
func (f *Failure) Error() string {
	return fmt.Sprintf("rule %q, %s: %s", f.Rule, f.Expression, f.Message)
}

// Failure is the failure of a row, or nil.
func (r *Results) Failure(row int) *Failure {
	if r.failed == 0 {
		return nil
	}
	return r.Failures[row]
}

// Failed is the number of leads that failed.
func (r *Results) Failed() int { return r.failed }

// RulesFired names the rules that acted on a row, in order.
func (r *Results) RulesFired(row int) []string {
	var names []string
	for _, f := range r.Fired {
		for _, i := range f.Rows {
			if int(i) == row {
				names = append(names, f.Rule)
				break
			}
		}
	}
	return names
}

// JoinRules is the names of the rules that acted, in order and joined, for each row.
func (r *Results) JoinRules(separator string) []string {
	joined := make([]string, r.Rows)
	for _, f := range r.Fired {
		for _, row := range f.Rows {
			if joined[row] == "" {
				joined[row] = f.Rule
			} else {
				joined[row] += separator + f.Rule
			}
		}
	}
	return joined
}

// reset makes room for a batch in the memory of the one before. Code 0 is "no write".
func (r *Results) reset(rows int, targets []Target) {
	r.Rows = rows
	r.Fired = r.Fired[:0]
	r.Failures = nil
	r.failed = 0
	if cap(r.Outputs) < len(targets) {
		r.Outputs = make([]Output, len(targets))
	}
	r.Outputs = r.Outputs[:len(targets)]
	for i := range r.Outputs {
		o := &r.Outputs[i]
		o.Target = targets[i]
		if cap(o.Codes) < rows {
			o.Codes = make([]uint32, rows)
		}
		o.Codes = o.Codes[:rows]
		clear(o.Codes)
		o.Values = append(o.Values[:0], Value{})
	}
}

// fire notes a rule; rows are copied into memory of an earlier Run.
func (r *Results) fire(rule string, rows []int32) {
	if len(r.Fired) < cap(r.Fired) {
		r.Fired = r.Fired[:len(r.Fired)+1]
	} else {
		r.Fired = append(r.Fired, Fired{})
	}
	f := &r.Fired[len(r.Fired)-1]
	f.Rule = rule
	f.Rows = append(f.Rows[:0], rows...)
}

// fail notes why a row failed; the first reason stays, for what follows mostly comes of it.
func (r *Results) fail(row int32, f *Failure) {
	if r.Failures == nil {
		r.Failures = make([]*Failure, r.Rows)
	}
	if r.Failures[row] == nil {
		r.Failures[row] = f
		r.failed++
	}
}

// withdraw takes back what was written to leads that failed.
func (r *Results) withdraw() {
	if r.failed == 0 {
		return
	}
	for i := range r.Outputs {
		for row, f := range r.Failures {
			if f != nil {
				r.Outputs[i].Codes[row] = 0
			}
		}
	}
	kept := 0
	for i := range r.Fired {
		f := &r.Fired[i]
		f.Rows = slices.DeleteFunc(f.Rows, func(row int32) bool { return r.Failures[row] != nil })
		if len(f.Rows) > 0 {
			// A swap, not a copy: each entry keeps memory of its own.
			r.Fired[kept], r.Fired[i] = r.Fired[i], r.Fired[kept]
			kept++
		}
	}
	r.Fired = r.Fired[:kept]
}

// writable is a value as it is written; nil is the Kind Nothing.
func writable(v value) (Value, error) {
	switch v.kind {
	case kindNil:
		return Value{}, nil
	case kindText:
		return Value{Text, v.text}, nil
	case kindBool:
		s, _ := asText(v)
		return Value{Bool, s}, nil
	case kindInt:
		s, _ := asText(v)
		return Value{Number, s}, nil
	case kindFloat:
		if f := v.rawFloat(); math.IsInf(f, 0) || math.IsNaN(f) {
			return Value{}, fmt.Errorf("the result is no number that can be written (%v); was something divided by zero?", f)
		}
		return Value{Number, formatFloat(v.rawFloat())}, nil
	}
	switch x := v.other.(type) {
	case time.Time:
		s := formatTime(x)
		if len(s) == len(time.DateOnly) {
			return Value{Date, s}, nil
		}
		return Value{DateTime, s}, nil
	case clearing:
		return Value{Kind: Clear}, nil
	case []any, []string:
		return Value{}, fmt.Errorf("a list cannot be written; join(list, \", \") makes a text of it")
	}
	return Value{}, fmt.Errorf("%s cannot be written; name a part of it", describe(v))
}
