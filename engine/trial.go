package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"tablestep/tables"
	"tablestep/tables/schema"
)

// FailedTests runs the tests of lookups as leads are answered, one lead at a time, so that none sees how another
// one spells its fields. The lookup's rule set does not run, and the mapping counts as one that sends and takes all fields
// that are named: what comes of a test does not depend on what Marketo was told last. All tests together
// may do as much work as the lookups of a batch.
func (e *Engine) FailedTests(ctx context.Context, t *tables.Trial) (failed []tables.FailedTest, err error) {
	err = e.guarded(ctx, func(w *world) error {
		failed, w.trial, w.flat = nil, t, true
		ws, now := new(Workspace), w.occasion.at
		for i := range t.Tested {
			l := &t.Tested[i]
			w.mapping = mappingOf(l)
			for n := range l.Tests {
				w.occasion.at = cmp.Or(l.Tests[n].AsOf, now)
				message, err := w.runTest(ctx, ws, l, n)
				if err != nil {
					return err
				}
				if message != "" {
					failed = append(failed, tables.FailedTest{Lookup: l.Name, Message: message})
				}
			}
		}
		return nil
	})
	return failed, err
}

// mappingOf is a mapping with all fields that a lookup and its tests name.
func mappingOf(l *schema.Lookup) *Mapping {
	var m Mapping
	for i := range l.Match {
		m.Invocation = append(append(m.Invocation, l.Match[i].Field), l.Match[i].More...)
	}
	for i := range l.Outputs {
		m.Callback = append(m.Callback, l.Outputs[i].Field)
	}
	m.Invocation = append(m.Invocation, m.Callback...)
	return &m
}

// runTest says what is wrong with what came of a test; empty: nothing.
func (w *world) runTest(ctx context.Context, ws *Workspace, l *schema.Lookup, n int) (string, error) {
	test := &l.Tests[n]
	w.now = w.occasion.at
	r, err := w.answerTest(ctx, ws, l, test)
	if err != nil {
		return "", fmt.Errorf("%s of lookup %q: %w", test.Title(n), l.Name, err)
	}
	differences, err := differs(test, r)
	if err != nil {
		return "", fmt.Errorf("%s of lookup %q: %w", test.Title(n), l.Name, err)
	}
	if len(differences) == 0 {
		return "", nil
	}
	why := ""
	if r.Reason != "" {
		// The version of an upload has no number yet.
		why = ": " + strings.ReplaceAll(r.Reason, " (version 0)", "")
	}
	return fmt.Sprintf("lookup %q, %s: of the lead %s %s%s", l.Name, test.Title(n), schema.Excerpt(string(test.Lead)), strings.Join(differences, ", and "), why), nil
}

// answerTest is the answer to the lead of a test.
func (w *world) answerTest(ctx context.Context, ws *Workspace, l *schema.Lookup, test *schema.Test) (*Record, error) {
	lead, err := withID(test.Lead)
	if err != nil {
		return nil, err
	}
	name := w.trial.Table
	if l.Name != name {
		name += "/" + l.Name
	}
	type item struct {
		Type string            `json:"objectType"`
		Lead json.RawMessage   `json:"objectContext"`
		Flow map[string]string `json:"flowStepContext"`
	}
	body, err := json.Marshal(map[string][]item{"objectData": {{"lead", lead, map[string]string{"table": name, "ruleSet": None}}}})
	if err != nil {
		return nil, err
	}
	if err := ws.own.Decode(body); err != nil {
		return nil, err
	}
	if _, _, _, err := w.evaluate(ctx, ws, &ws.own); err != nil {
		return nil, err
	}
	return &ws.records()[0], nil
}

// differs says how an answer differs from what a test wants.
func differs(test *schema.Test, r *Record) (differences []string, err error) {
	missed := r.LookedUp && !r.Matched && (r.Code == "" || r.Code == CodeValueNotFound || r.Code == CodeKeyEmpty)
	wantsMiss := test.Matched != nil && !*test.Matched
	switch {
	case r.Code != "" && !(missed && wantsMiss):
		return []string{fmt.Sprintf("%s, and it fails with %s", wantedOf(test), r.Code)}, nil
	case wantsMiss && !missed:
		differences = append(differences, fmt.Sprintf("wanted is that no row is hit, and row %d is", r.Row))
	case test.Matched != nil && *test.Matched && !r.Matched:
		differences = append(differences, "wanted is that a row is hit, and none is")
	}
	want := map[string]json.RawMessage{}
	if len(test.Want) > 0 {
		if err := json.Unmarshal(test.Want, &want); err != nil {
			return nil, err
		}
	}
	for _, field := range slices.Sorted(maps.Keys(want)) {
		got, written := valueOf(r.Fields, field)
		if sameValue(string(want[field]), got, written) {
			continue
		}
		came := "nothing is written"
		if written {
			came = "written is " + schema.Excerpt(got)
		}
		wanted := schema.Excerpt(string(want[field]))
		if wanted == "null" {
			wanted = "not written"
		}
		differences = append(differences, fmt.Sprintf("wanted is %s %s, and %s", field, wanted, came))
	}
	return differences, nil
}

// wantedOf is in words what a test wants.
func wantedOf(test *schema.Test) string {
	switch {
	case len(test.Want) > 0:
		return "wanted is " + schema.Excerpt(string(test.Want))
	case *test.Matched:
		return "wanted is that a row is hit"
	}
	return "wanted is that no row is hit"
}

// valueOf finds a field that is written, in any case where none is spelled so.
func valueOf(fields []Value, name string) (value string, written bool) {
	for _, same := range []func(a, b string) bool{func(a, b string) bool { return a == b }, strings.EqualFold} {
		for _, f := range fields {
			if same(f.Name, name) {
				return f.JSON, true
			}
		}
	}
	return "", false
}

// sameValue compares JSON values: numbers by their value, and a text never with a number.
func sameValue(want, got string, written bool) bool {
	if want == "null" || !written {
		return want == "null" && !written
	}
	var wanted, came any
	if json.Unmarshal([]byte(want), &wanted) != nil || json.Unmarshal([]byte(got), &came) != nil {
		return false
	}
	switch wanted := wanted.(type) {
	case string:
		if wanted == schema.Cleared {
			return came == nil || came == "null"
		}
		return came == wanted
	case float64:
		number, ok := came.(float64)
		// Beyond these, two numbers of different digits may be one float64.
		return ok && (want == got || number == wanted && math.Abs(wanted) < 1<<53)
	}
	return came == wanted
}

// trialPlan is a plan for a lookup that is tried.
func (w *world) trialPlan(chosen, lookupName string) *plan {
	table, v := w.trial.Table, w.trial.Snapshot.Version()
	if lookupName == "" {
		lookupName = table
	}
	lookup := schema.Guess(table, v)
	if i := slices.IndexFunc(w.trial.Lookups, func(l schema.Lookup) bool { return l.Name == lookupName }); i >= 0 {
		lookup = w.trial.Lookups[i]
	} else if lookupName != table {
		return failed(CodeTableNotFound, "table %q has no lookup %q", table, lookupName)
	}
	return &plan{name: chosen, table: table, snapshot: w.trial.Snapshot, lookup: lookup, literal: -1, unconfirmed: lookup.Guessed, at: w.now, asOf: w.asOf}
}
