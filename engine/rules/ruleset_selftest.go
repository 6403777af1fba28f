package rules

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tablestep/tables/column"
)

// A TestResult is the outcome of one of a rule set's own tests.
type TestResult struct {
	Name    string `json:"name"`
	Passed  bool   `json:"passed"`
	Message string `json:"message,omitempty"` // what differs, a line each; empty if it passed
	Line    int    `json:"line,omitempty"`    // of the test in the source; 0 if not known
}

// RunTests runs the rule set's own tests, each on a batch of one lead. A rule set
// with a test that fails must not be published. The tables are the real ones; now
// is what now() gives.
func (p *Program) RunTests(ctx context.Context, tables Tables, now time.Time) ([]TestResult, error) {
	results := make([]TestResult, 0, len(p.tests))
	for i := range p.tests {
		t := &p.tests[i]
		var out Results
		if err := p.Run(ctx, BatchOf(t.Given, tables, now), &out); err != nil {
			return nil, fmt.Errorf("test %q: %w", t.Name, err)
		}
		differences := t.Want.compare(&out, p)
		results = append(results, TestResult{
			Name: t.Name, Passed: len(differences) == 0, Message: strings.Join(differences, "\n"), Line: t.place.line,
		})
	}
	return results, nil
}

// BatchOf makes a batch of one lead of values a scope: nil, bool, int, float64 and
// string. Names are found in any case where only one is so called.
func BatchOf(given map[string]map[string]any, tables Tables, now time.Time) *Batch {
	return &Batch{
		Rows: 1, Tables: tables, Now: now,
		Column: func(ref Ref) column.Vector {
			values, ok := given[string(ref.Scope)]
			v := columnValue(fromAny(givenOf(given, ref)))
			// A test that gives a row has one, also where the row has no columns.
			if ref.Name == "" && ok && values != nil {
				v = column.Value{Kind: column.Bool, Text: "true"} // the row itself
			}
			if v.Kind == column.Null {
				return column.Vector{Codes: []uint32{0}, Values: []column.Value{{}}}
			}
			return column.Vector{Codes: []uint32{1}, Values: []column.Value{{}, v}}
		},
	}
}

// nameIn is the name under which values have a field: the very one, else the only one
// that differs by case.
func nameIn(values map[string]any, name string) string {
	if _, ok := values[name]; ok {
		return name
	}
	found := ""
	for other := range values {
		switch {
		case !strings.EqualFold(other, name):
		case found != "":
			return name
		default:
			found = other
		}
	}
	return found
}

// givenOf is what a test gives for a field. A custom field of the program's members may
// be given among Marketo's own, as rules may read it.
func givenOf(given map[string]map[string]any, ref Ref) any {
	values := given[string(ref.Scope)]
	v, ok := values[nameIn(values, ref.Name)]
	other := Scope("")
	switch ref.Scope {
	case ScopeMember:
		other = ScopeCustom
	case ScopeCustom:
		other = ScopeMember
	}
	if !ok && other != "" {
		values = given[string(other)]
		v = values[nameIn(values, ref.Name)]
	}
	return v
}

// columnValue is fromColumn's inverse.
func columnValue(v value) column.Value {
	s, _ := asText(v)
	switch v.kind {
	case kindNil:
		return column.Value{}
	case kindBool:
		return column.Value{Kind: column.Bool, Text: s}
	case kindInt, kindFloat:
		return column.Value{Kind: column.Number, Text: s}
	}
	return column.Value{Kind: column.Text, Text: s}
}

// compare lists what differs from what is wanted.
func (w *Want) compare(out *Results, p *Program) []string {
	if f := out.Failure(0); f != nil {
		// A part of the message will do, so that tests outlive better wording.
		if w.Error != "" && strings.Contains(f.Error(), w.Error) {
			return nil
		}
		if w.Error != "" {
			return []string{fmt.Sprintf("the lead fails with another message than %q: %v", w.Error, f)}
		}
		return []string{"the lead fails: " + f.Error()}
	}
	var differences []string
	if w.Error != "" {
		differences = append(differences, fmt.Sprintf("the lead does not fail; wanted is %q", w.Error))
	}
	// Nil is not said; empty is: no rule may act.
	if fired := out.RulesFired(0); w.Rules != nil && !slices.Equal(fired, w.Rules) {
		differences = append(differences, fmt.Sprintf("rules: wanted are [%s], those that acted are [%s]", strings.Join(w.Rules, ", "), strings.Join(fired, ", ")))
	}
	for _, group := range []struct {
		activity bool
		want     map[string]any
	}{{false, w.Set}, {true, w.Activity}} {
		// In a fixed order, so that messages compare.
		for _, name := range slices.Sorted(maps.Keys(group.want)) {
			target := Target{group.activity, name}
			if d := compareWrite(out, target, fromAny(group.want[name]), p); d != "" {
				differences = append(differences, d)
			}
		}
	}
	return differences
}

// compareWrite says how a write differs from the one that is wanted; nil wants
// none.
func compareWrite(out *Results, target Target, want value, p *Program) string {
	var got Value
	written := false
	for i := range out.Outputs {
		if out.Outputs[i].Target == target {
			got, written = out.Outputs[i].At(0)
		}
	}
	switch {
	case want.isNil() && !written:
		return ""
	case want.isNil():
		return fmt.Sprintf("%s: wanted is no write, written is %s", target, got)
	case !slices.Contains(p.targets, target):
		return fmt.Sprintf("%s: wanted is %s, but no rule writes it", target, describe(want))
	case !written:
		return fmt.Sprintf("%s: wanted is %s, nothing is written", target, describe(want))
	}
	s, _ := asText(want)
	// Equal by value, and of the same kind: the text "5" is not the number 5.
	same := s == got.Text
	switch got.Kind {
	case Number:
		n, ok := parseNumber(got.Text)
		same = ok && want.isNumber() && equal(n, want)
	case Bool:
		same = same && want.kind == kindBool
	case Text, Date, DateTime:
		same = same && want.kind == kindText
	case Clear:
		same = want.kind == kindText && s == "clear()"
	}
	if same {
		return ""
	}
	return fmt.Sprintf("%s: wanted is %s, written is %s", target, describe(want), got)
}

// String is the value as an expression writes it, for messages.
func (v Value) String() string {
	switch v.Kind {
	case Nothing:
		return "nothing"
	case Text:
		return describe(text(v.Text))
	case Clear:
		return "clear()"
	case Date, DateTime:
		return fmt.Sprintf("the %s %s", v.Kind, v.Text)
	}
	return v.Text
}
