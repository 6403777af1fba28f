package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"tablestep/api/shape"
	"tablestep/tables"
)

// What GET answers has an ETag, which names the state of the thing. A change that brings it
// along as If-Match is made only to a thing that is in that state still: else it is a
// SupersededError, which is answered with 412 and tells what is there now. Without If-Match a
// change goes through.

// setTag tells the state of a thing.
func setTag(c *fiber.Ctx, s tables.State) { c.Set(fiber.HeaderETag, `"`+s.String()+`"`) }

// expected are the states that a request wants to change, nil where it does not say.
func expected(c *fiber.Ctx) (tables.Expected, error) {
	raw := strings.TrimSpace(c.Get(fiber.HeaderIfMatch))
	if raw == "" {
		return nil, nil
	}
	if raw == tables.AnyState {
		return tables.Expected{tables.AnyState}, nil
	}
	var tags tables.Expected
	for part := range strings.SplitSeq(raw, ",") {
		// A proxy that compresses answers makes tags weak; they name the same state.
		quoted := strings.TrimPrefix(strings.TrimSpace(part), "W/")
		tag, err := strconv.Unquote(quoted)
		if err != nil || !strings.HasPrefix(quoted, `"`) || tag == tables.AnyState {
			return nil, fiber.NewError(fiber.StatusBadRequest, fmt.Sprintf("If-Match: %q is no tag; send the ETag of the answer as it came, quotes included", strings.TrimSpace(part)))
		}
		tags = append(tags, tag)
	}
	return tags, nil
}

// A SupersededError says that somebody was faster. Whoever answers with it puts the code in,
// as with every error.
type SupersededError struct {
	Answer shape.Superseded
	err    error
}

// Error is for logs.
func (e *SupersededError) Error() string { return e.err.Error() }

// Unwrap is why.
func (e *SupersededError) Unwrap() error { return e.err }

// superseded makes a SupersededError of an error that is a *tables.MovedError; any other one
// is returned as it is. now gives the thing as it is now and what differs in it from one of
// its versions (0: none is known); it is not asked where the thing was deleted.
func (a *API) superseded(err error, now func(to, from int) (current any, changed []string, err error)) error {
	var moved *tables.MovedError
	if !errors.As(err, &moved) {
		return err
	}
	s := &SupersededError{err: err, Answer: shape.Superseded{
		Error: shape.Error{Message: moved.Error(), Details: shape.List[shape.Detail]{}}, Changed: shape.List[string]{},
	}}
	if moved.There {
		from, to := between(moved)
		current, changed, err := now(to, from)
		if err != nil {
			return err
		}
		if s.Answer.Current, err = json.Marshal(current); err != nil {
			return fmt.Errorf("tell what %s is now: %w", moved.Thing, err)
		}
		s.Answer.Changed = append(s.Answer.Changed, changed...)
	}
	by, at, err := a.store.LastChange(moved.Thing)
	if err != nil {
		return err
	}
	if s.Answer.By = by; !at.IsZero() {
		s.Answer.At = &at
	}
	return s
}

// Superseded is the answer, but for its code, to an error that says that somebody was faster;
// false where it says something else.
func Superseded(err error) (answer shape.Superseded, ok bool) {
	if thing, ok := errors.AsType[*SupersededError](err); ok {
		return thing.Answer, true
	}
	if rows, ok := errors.AsType[*tables.RowsMovedError](err); ok {
		return rowsSuperseded(rows), true
	}
	return answer, false
}

// rowsSuperseded tells what has become of the rows that a change was made for.
func rowsSuperseded(moved *tables.RowsMovedError) shape.Superseded {
	s := shape.Superseded{
		Error:   shape.Error{Message: moved.Error(), Details: shape.List[shape.Detail]{}},
		Current: fmt.Appendf(nil, `{"version":%d}`, moved.Current), Changed: append(shape.List[string]{}, moved.Changed...), By: moved.By,
	}
	if !moved.At.IsZero() {
		s.At = &moved.At
	}
	return s
}

// between are the version that the request knew and the one that is in its way: the live
// ones, or where these are the same the newest ones.
func between(moved *tables.MovedError) (from, to int) {
	live, newest := 0, 0
	if tag := moved.Expected[0]; tag != tables.AnyState {
		was, rest, two := strings.Cut(tag, ".")
		live, _ = strconv.Atoi(was) // A tag that is none of ours is no version.
		if newest = live; two {
			newest, _ = strconv.Atoi(rest)
		}
	}
	if live == moved.Now.Live && newest != moved.Now.Newest {
		return newest, moved.Now.Newest
	}
	return live, moved.Now.Live
}

// differing are the fields in which two shapes differ, as JSON has them, but for those that
// say which version it is.
func differing(from, to any) ([]string, error) {
	var fields [2]map[string]any
	for i, side := range []any{from, to} {
		raw, err := json.Marshal(side)
		if err == nil {
			err = json.Unmarshal(raw, &fields[i])
		}
		if err != nil {
			return nil, fmt.Errorf("compare two versions: %w", err)
		}
		delete(fields[i], "version")
		delete(fields[i], "guessed")
	}
	changed := map[string]bool{}
	for name, value := range fields[0] {
		if other, ok := fields[1][name]; !ok || !reflect.DeepEqual(value, other) {
			changed[name] = true
		}
	}
	for name := range fields[1] {
		if _, ok := fields[0][name]; !ok {
			changed[name] = true
		}
	}
	return slices.Sorted(maps.Keys(changed)), nil
}

// lookupNow is a lookup as a version of it has it, and what differs from another one. Version
// 0 is the lookup as it is guessed or live.
func (a *API) lookupNow(table, lookup string) func(to, from int) (any, []string, error) {
	return func(to, from int) (any, []string, error) {
		versions, err := a.store.LookupVersions(table, lookup)
		if err != nil {
			return nil, nil, err
		}
		find := func(number int) *shape.Lookup {
			for i := range versions {
				if versions[i].Number == number {
					return new(describeLookup(&versions[i].Lookup))
				}
			}
			return nil
		}
		current := find(to)
		if current == nil {
			if t, ok := a.store.Catalog().Table(table); ok {
				if l, ok := t.Lookup(lookup); ok {
					current = new(describeLookup(&l))
				}
			}
		}
		before := find(from)
		if current == nil || before == nil {
			return current, nil, nil
		}
		changed, err := differing(before, current)
		return current, changed, err
	}
}

// ruleSetNow is a rule set as a version of it has it, and the rules that differ from another
// one.
func (a *API) ruleSetNow(name string) func(to, from int) (any, []string, error) {
	return func(to, from int) (any, []string, error) {
		r, versions, err := a.store.WholeRuleSet(name)
		if err != nil {
			return nil, nil, err
		}
		current := &shape.WholeRuleSet{RuleSet: describeRuleSet(r), Versions: describeRuleSetVersions(r, versions)}
		known := false
		for _, v := range versions {
			if v.Number == to {
				current.Source = v.Source
			}
			known = known || v.Number == from
		}
		if !known || from == to || to == 0 {
			return current, nil, nil
		}
		d, err := a.engine.DiffRuleSet(name, from, to)
		if err != nil {
			return nil, nil, err
		}
		var changed []string
		for _, c := range d.Changed {
			changed = append(changed, c.Rule)
		}
		changed = slices.Concat(changed, d.Added, d.Removed)
		if len(d.Policy) > 0 {
			changed = append(changed, "hitPolicy")
		}
		slices.Sort(changed)
		return current, slices.Compact(changed), nil
	}
}
