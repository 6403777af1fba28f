package tables

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"tablestep/tables/schema"
)

// A State is what a thing is at a moment, told by the numbers of its versions: who changes it
// on the ground of what he saw says which state that was. Numbers are never used twice, so
// two equal states of a name are the same. The zero value is that of a thing that has no
// versions: a lookup that is guessed, or one that is not there.
type State struct {
	Live   int // 0: none is
	Newest int
}

// String is the state as a tag: the live version and, where another one is the newest, that
// behind a point.
func (s State) String() string {
	if s.Live == s.Newest {
		return strconv.Itoa(s.Live)
	}
	return strconv.Itoa(s.Live) + "." + strconv.Itoa(s.Newest)
}

// Expected are the states, as tags, of which a thing that is changed has to have one; nil is
// any, and AnyState is any of a thing that is there.
type Expected []string

// AnyState is the tag of every state of a thing that is there.
const AnyState = "*"

// A MovedError says that a thing is not in the state that was expected: somebody was faster.
// It is ErrConflict to whoever does not look closer.
type MovedError struct {
	Thing    Thing
	Expected Expected
	Now      State
	There    bool // it has not been deleted
}

// Error names the thing and the way out.
func (e *MovedError) Error() string {
	if !e.There {
		return fmt.Sprintf("%s is not there any more: somebody has deleted it meanwhile", e.Thing)
	}
	return fmt.Sprintf("%s has been changed meanwhile: look at what it is now, and make your change to that", e.Thing)
}

// Is says that it is a conflict.
func (e *MovedError) Is(target error) bool { return errors.Is(target, schema.ErrConflict) }

// state is that of a record, which may be nil.
func (r *Record) state() (s State) {
	if r == nil || !r.Head.Deleted.IsZero() {
		return s
	}
	s.Live = r.Head.Live
	for _, m := range r.Made {
		s.Newest = max(s.Newest, m.Number)
	}
	return s
}

// state is that of a thing; there is false where there is none. A default lookup is there as
// long as its table is.
func (f *family) state(t Thing) (s State, there bool) {
	if f == nil || len(f.Things) == 0 || !f.own().Head.Deleted.IsZero() {
		return s, false
	}
	r := f.Things[t.Lookup]
	return r.state(), t.Lookup == DefaultLookup || r != nil && r.Head.Deleted.IsZero()
}

// expect refuses a change of a thing that is in another state.
func (c *change) expect(t Thing, expected Expected) error {
	if expected == nil {
		return nil
	}
	now, there := (&family{Records: c.records(t.Name)}).state(t)
	if there && (slices.Contains(expected, AnyState) || slices.Contains(expected, now.String())) {
		return nil
	}
	return &MovedError{Thing: t, Expected: expected, Now: now, There: there}
}

// LookupState is the state of a lookup; there is false where there is none.
func (s *Store) LookupState(table, lookup string) (state State, there bool) {
	t := lookupOf(table, lookup)
	return s.catalog.Load().families[t.Name].state(t)
}

// RuleSetState is the state of a rule set; there is false where there is none.
func (s *Store) RuleSetState(name string) (state State, there bool) {
	t := Thing{Name: Name{Kind: KindRuleSet, Name: name}}
	return s.catalog.Load().families[t.Name].state(t)
}

// LastChange says who changed a thing last, and when; empty where the history has it no more.
func (s *Store) LastChange(t Thing) (by string, at time.Time, err error) {
	if s.catalog.Load().families[t.Name] == nil {
		return "", at, nil // It never was.
	}
	events, err := s.history(t.Name)
	if err != nil {
		return "", at, err
	}
	lookup := ""
	if t.kind() == kindLookup {
		lookup = lookupName(t.Name.Name, t.Lookup)
	}
	for _, e := range events {
		_, together := e.Lookups[lookup]
		if lookup == "" || e.Lookup == lookup || together || e.Action == ActionDelete || e.Action == ActionRestore {
			return e.By, e.At, nil
		}
	}
	return "", at, nil
}
