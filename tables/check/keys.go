package check

import (
	"context"
	"slices"

	"tablestep/tables/match"
	"tablestep/tables/scan"
	"tablestep/tables/schema"
)

// A keyCheck is one way to hold a version's rows against each other: by a key,
// and with what the hit policy makes of two rows with the same.
type keyCheck struct {
	match.Key
	policy  schema.HitPolicy
	outputs []int // under PolicyAny, and where keys that differ may be one: that have to agree
	counted bool  // the cells of its one column are counted on the way
}

// keyLooks sets the version's Key and looks for rows that cannot be found by theirs.
func keyLooks(ctx context.Context, r scan.Reader, v *schema.Version, u Upload) ([]look, error) {
	checks, err := keyChecks(ctx, r, v, u)
	if err != nil {
		return nil, err
	}
	looks := make([]look, len(checks))
	for i, check := range checks {
		looks[i] = newKeyLook(check, v, r).look()
	}
	return looks, nil
}

// keyChecks sets the version's Key and says by which keys its rows are to be held
// against each other.
func keyChecks(ctx context.Context, r scan.Reader, v *schema.Version, u Upload) ([]keyCheck, error) {
	checks := make([]keyCheck, 0, len(u.Lookups)+1)
	v.Key, v.KeyGiven = slices.Clone(u.Key), u.Key != nil
	checked := false // what the rows of the table are known by is the default lookup's business
	for i := range u.Lookups {
		l := &u.Lookups[i]
		check, ok := keyCheckOf(v, l)
		if !ok {
			// A key that nobody looks up by is checked if a person has named it.
			checked = checked || l.Name == u.Table && u.Key == nil
			continue
		}
		if l.Name == u.Table {
			checked = true
			if v.Key == nil {
				for _, p := range check.Parts {
					v.Key = append(v.Key, v.Columns[p.Column].Name)
				}
			}
		}
		if !slices.ContainsFunc(checks, check.same) {
			checks = append(checks, check)
		}
	}
	if v.Key == nil {
		v.KeepKey(u.Live)
	}
	if v.Key == nil {
		if err := guessKey(ctx, r, v); err != nil {
			return nil, err
		}
	}
	if !checked {
		check := keyCheck{policy: schema.PolicyFirst, counted: len(v.Key) == 1}
		for _, name := range v.Key {
			c, _ := v.Column(name)
			check.Parts = append(check.Parts, match.Part{Column: c, To: -1, Mode: schema.ModeNormalized})
		}
		if !slices.ContainsFunc(checks, check.same) {
			checks = append(checks, check)
		}
	}
	return checks, nil
}

// keyCheckOf is the check of a lookup's key; false where rows cannot be told apart
// by it, because a column is gone or a mode compares otherwise than for equality.
func keyCheckOf(v *schema.Version, l *schema.Lookup) (keyCheck, bool) {
	key, err := match.KeyOf(v, l)
	if err != nil || len(l.Match) == 0 || !key.Hashed() {
		return keyCheck{}, false
	}
	check := keyCheck{Key: key, policy: l.Policy()}
	if check.policy == schema.PolicyAny || key.Formed() {
		check.outputs = l.OutputColumns(v)
	}
	return check, true
}

func (k keyCheck) same(o keyCheck) bool {
	return slices.EqualFunc(k.Parts, o.Parts, match.Part.Same) && k.policy == o.policy && slices.Equal(k.outputs, o.outputs)
}
