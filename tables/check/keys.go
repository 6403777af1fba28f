package check

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tablestep/tables/column"
	"tablestep/tables/match"
	"tablestep/tables/scan"
	"tablestep/tables/schema"
)

// A keyCheck is one way to hold a version's rows against each other: by a key,
// and with what the hit policy makes of two rows with the same.
type keyCheck struct {
	match.Key
	policy  schema.HitPolicy
	outputs []int // PolicyAny: that have to agree
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
		looks[i] = check.look(v)
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
	if check.policy == schema.PolicyAny {
		check.outputs = l.OutputColumns(v)
	}
	return check, true
}

func (k keyCheck) same(o keyCheck) bool {
	return slices.EqualFunc(k.Parts, o.Parts, match.Part.Same) && k.policy == o.policy && slices.Equal(k.outputs, o.outputs)
}

// look looks at all rows.
func (k keyCheck) look(v *schema.Version) look {
	w := new(Warnings)
	memory := match.NumbersBytes(v.Rows)
	if k.Has(schema.ModeExact) {
		memory *= 2
	}
	if k.policy == schema.PolicyAny {
		memory += 8 * int64(v.Rows)
	}
	var (
		hasher, normal, outputs *match.Hasher
		seen, forms             *match.Numbers
		sums                    []uint64 // of the outputs of all rows so far
	)
	begin := func() {
		hasher, seen = match.NewHasher(), match.NewNumbers(v.Rows)
		if k.Has(schema.ModeExact) {
			normal, forms = match.NewHasher(), match.NewNumbers(v.Rows)
		}
		if k.policy == schema.PolicyAny {
			outputs = match.NewHasher()
		}
	}
	columns, alike := k.Columns(), 0 // rows without a key of their own
	where, whose := v.NamesOf(columns), ""
	if k.Lookup != "" {
		whose = fmt.Sprintf(" in lookup %q", k.Lookup)
	}
	take := func(first int, chunks []*column.Chunk) error {
		if hasher == nil {
			begin() // not before: another pass may come first
		}
		shown := chunks[len(k.Parts):]
		chunks = chunks[:len(k.Parts)]
		hasher.Start(chunks[0].Len())
		for i, chunk := range chunks {
			hasher.Add(k.Parts[i].Mode, k.Parts[i].MatchEmpty, chunk)
		}
		if normal != nil {
			normal.Start(chunks[0].Len())
			for i, chunk := range chunks {
				normal.Add(schema.ModeNormalized, k.Parts[i].MatchEmpty, chunk)
			}
		}
		if outputs != nil {
			outputs.Start(chunks[0].Len())
			for _, chunk := range shown {
				outputs.Add(schema.ModeExact, true, chunk)
			}
			sums = append(sums, outputs.Sums()...)
		}
		blank := hasher.Blank()
		for row, sum := range hasher.Sums() {
			number := first + row + 1
			if blank[row] {
				alike++
				w.Add(number, where, schema.WarnEmptyKey, "no key%s: no lead can match this row", whose)
				continue
			}
			if other, again := seen.First(sum, number); again {
				alike++
				if outputs == nil || sums[number-1] != sums[other-1] {
					k.duplicate(w, number, other, where, whose, chunks, row)
				}
				continue
			}
			if normal == nil {
				continue
			}
			if other, again := forms.First(normal.Sums()[row], number); again {
				if w.Wants(schema.WarnKeyVariant) {
					w.Add(number, where, schema.WarnKeyVariant, "the key (%s) differs from that of row %d only by case, spaces, invisible characters or the kind of a dash, quote or apostrophe, which mode exact%s tells apart", keyText(chunks, row), other, whose)
				} else {
					w.Skip(schema.WarnKeyVariant, 1)
				}
			}
		}
		return nil
	}
	end := func(context.Context) error {
		if k.counted && alike == 0 {
			v.Columns[columns[0]].Distinct = v.Rows // what the description says of many is an estimate
		}
		return nil
	}
	return look{task: scan.Task{Columns: append(columns, k.outputs...), Take: take}, memory: memory, warnings: w, end: end}
}

// duplicate warns of two rows with the same key, unless the policy means them to
// be there.
func (k keyCheck) duplicate(w *Warnings, number, other int, where, whose string, chunks []*column.Chunk, row int) {
	code, says := schema.WarnDuplicateKey, "a lead that wants one row gets the first"
	switch k.policy {
	case schema.PolicyUnique:
		code, says = schema.WarnOverlap, "hit policy unique gives a lead with it neither of them"
	case schema.PolicyAny:
		code, says = schema.WarnOverlap, "hit policy any gives a lead with it neither of them, because their outputs differ"
	case schema.PolicyPriority, schema.PolicyCollect:
		return
	}
	if !w.Wants(code) {
		w.Skip(code, 1)
		return
	}
	w.Add(number, where, code, "the same key%s as row %d (%s): %s", whose, other, keyText(chunks, row), says)
}

// keyText shows the key of a row of a group.
func keyText(chunks []*column.Chunk, row int) string {
	texts := make([]string, len(chunks))
	for i, chunk := range chunks {
		texts[i] = fmt.Sprintf("%q", schema.Excerpt(chunk.At(row)))
	}
	return strings.Join(texts, ", ")
}
