package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// The bounds of the tests of a lookup.
const (
	MaxTests     = 100
	maxTestBytes = 256 << 10 // of all leads and wants of a lookup, as they are kept
)

// A Test is a lead, and what the lookup has to make of it. It is run before the lookup, or rows of its
// table, go live, and keeps them from it where it fails. The rule set of the lookup does not run.
type Test struct {
	Name string          `json:"name,omitempty"`
	Lead json.RawMessage `json:"lead"`           // an object of the lead's fields
	AsOf time.Time       `json:"asOf,omitzero"`  // the moment that counts; zero is that of the run
	Want json.RawMessage `json:"want,omitempty"` // an object: the value of each field that is written, null where it must not be; empty: none is named
	// Matched says whether a row must be hit; nil: one, or defaults for a lead that none hits, as long as
	// the lead does not fail.
	Matched *bool `json:"matched,omitempty"`
}

// Cleared is what a test wants of a field that is emptied.
const Cleared = "clear()"

// settleTests checks the tests, and gives each the form in which it is kept.
func (l *Lookup) settleTests() error {
	if len(l.Tests) > MaxTests {
		return fmt.Errorf("%w: %d tests, %d are the most", ErrInvalid, len(l.Tests), MaxTests)
	}
	l.Tests = slices.Clone(l.Tests)
	size := 0
	for i := range l.Tests {
		t := &l.Tests[i]
		if err := t.settle(l); err != nil {
			return fmt.Errorf("test %d: %w", i+1, err)
		}
		size += len(t.Lead) + len(t.Want) + len(t.Name)
	}
	if size > maxTestBytes {
		return fmt.Errorf("%w: %d bytes of tests, %d are the most", ErrInvalid, size, maxTestBytes)
	}
	if len(l.Tests) == 0 {
		l.Tests = nil
	}
	return nil
}

func (t *Test) settle(l *Lookup) error {
	if len(t.Name) > maxLabel {
		return fmt.Errorf("%w: name of %d bytes, %d are the most", ErrInvalid, len(t.Name), maxLabel)
	}
	lead, err := objectOf(t.Lead)
	if err != nil {
		return fmt.Errorf("lead: %w", err)
	}
	if lead == nil {
		return fmt.Errorf("%w: it has no lead: give an object of the lead's fields", ErrInvalid)
	}
	want, err := objectOf(t.Want)
	if err != nil {
		return fmt.Errorf("want: %w", err)
	}
	switch {
	case want == nil && t.Matched == nil:
		t.Matched = new(bool) // it wants a miss
	case len(want) == 0 && want != nil && t.Matched == nil:
		return fmt.Errorf("%w: it wants nothing: name a field and its value, or want null where no row may be hit", ErrInvalid)
	}
	settled := map[string]any{}
	for field, value := range want {
		switch value.(type) {
		case nil, string, bool, json.Number:
		default:
			return fmt.Errorf("want: %w: field %q: want a text, a number, true, false, or null where it must not be written", ErrInvalid, Excerpt(field))
		}
		name, err := l.written(field)
		if err != nil {
			return fmt.Errorf("want: %w", err)
		}
		if _, twice := settled[name]; twice {
			return fmt.Errorf("want: %w: field %q stands twice", ErrInvalid, name)
		}
		settled[name] = value
	}
	t.AsOf = t.AsOf.UTC().Round(0)
	if t.Lead, err = json.Marshal(lead); err != nil {
		return fmt.Errorf("lead: %w: %w", ErrInvalid, err)
	}
	t.Want = nil
	if len(settled) == 0 {
		return nil
	}
	if t.Want, err = json.Marshal(settled); err != nil {
		return fmt.Errorf("want: %w: %w", ErrInvalid, err)
	}
	return nil
}

// written is a field that the lookup writes, as its output spells it. What a chain writes is for the
// other lookups to say.
func (l *Lookup) written(field string) (string, error) {
	var fields []string
	for _, o := range l.Outputs {
		if o.Field == field {
			return field, nil
		}
		fields = append(fields, o.Field)
	}
	if i := slices.IndexFunc(fields, func(f string) bool { return strings.EqualFold(f, field) }); i >= 0 {
		return fields[i], nil
	}
	if l.Then != "" || l.Else != "" {
		return field, nil
	}
	return "", fmt.Errorf("%w: field %q: no output writes it%s", ErrInvalid, Excerpt(field), Meant(field, fields))
}

// objectOf reads a JSON object; nothing and null are nil. Numbers keep their digits.
func objectOf(raw json.RawMessage) (map[string]any, error) {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var object map[string]any
	if err := d.Decode(&object); err != nil {
		return nil, fmt.Errorf("%w: it is no JSON object", ErrInvalid)
	}
	if _, err := d.Token(); err != io.EOF { //nolint:errorlint // a Decoder returns io.EOF itself
		return nil, fmt.Errorf("%w: there is more than one JSON object", ErrInvalid)
	}
	return object, nil
}

// Title names a test of a lookup for people; i counts from 0.
func (t *Test) Title(i int) string {
	if t.Name == "" {
		return fmt.Sprintf("test %d", i+1)
	}
	return fmt.Sprintf("test %d %q", i+1, Excerpt(t.Name))
}
