package tables

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// A keyCheck is one way to hold a version's rows against each other: by a key,
// and with what the hit policy makes of two rows with the same.
type keyCheck struct {
	keySpec
	policy  schema.HitPolicy
	outputs []int // PolicyAny: that have to agree
}

// checkKeys sets the version's Key and warns of rows that cannot be found by
// theirs.
func (s *Store) checkKeys(ctx context.Context, table string, live, v *schema.Version, lookups []schema.Lookup, given []string, w *warnings) error {
	checks := make([]keyCheck, 0, len(lookups)+1)
	v.Key, v.KeyGiven = slices.Clone(given), given != nil
	checked := false // what the rows of the table are known by is the default lookup's business
	for i := range lookups {
		l := &lookups[i]
		check, ok := keyCheckOf(v, l)
		if !ok {
			// A key that nobody looks up by is checked if a person has named it.
			checked = checked || l.Name == table && given == nil
			continue
		}
		if l.Name == table {
			checked = true
			if v.Key == nil {
				for _, p := range check.parts {
					v.Key = append(v.Key, v.Columns[p.column].Name)
				}
			}
		}
		if !slices.ContainsFunc(checks, check.same) {
			checks = append(checks, check)
		}
	}
	if v.Key == nil {
		v.KeepKey(live)
	}
	if v.Key == nil {
		clean, err := s.guessKey(ctx, v)
		if err != nil {
			return err
		}
		checked = checked || clean
	}
	if !checked {
		check := keyCheck{policy: schema.PolicyFirst}
		for _, name := range v.Key {
			c, _ := v.Column(name)
			check.parts = append(check.parts, matchPart{column: c, to: -1, mode: schema.ModeNormalized})
		}
		if !slices.ContainsFunc(checks, check.same) {
			checks = append(checks, check)
		}
	}
	for _, check := range checks {
		if err := s.warnKeys(ctx, v, check, w); err != nil {
			return err
		}
	}
	return nil
}

// keyCheckOf is the check of a lookup's key; false where rows cannot be told apart
// by it, because a column is gone or a mode compares otherwise than for equality.
func keyCheckOf(v *schema.Version, l *schema.Lookup) (keyCheck, bool) {
	spec, err := specOf(v, l)
	if err != nil || len(l.Match) == 0 || !spec.hashed() {
		return keyCheck{}, false
	}
	check := keyCheck{keySpec: spec, policy: l.Policy()}
	if check.policy == schema.PolicyAny {
		check.outputs = l.OutputColumns(v)
	}
	return check, true
}

func (k keyCheck) same(o keyCheck) bool {
	return slices.Equal(k.parts, o.parts) && k.policy == o.policy && slices.Equal(k.outputs, o.outputs)
}

// guessKey takes the first column that tells all rows apart, or else the first
// one. clean says that nothing is wrong with the key.
func (s *Store) guessKey(ctx context.Context, v *schema.Version) (clean bool, err error) {
	for i, c := range v.Columns {
		// Counting may be off by a few per cent; far from unique is out at once.
		if c.Empty*100 > v.Rows || c.Distinct*10 < (v.Rows-c.Empty)*9 || c.Empty == v.Rows {
			continue
		}
		unique, blanks, err := s.unique(ctx, v, i)
		if err != nil {
			return false, err
		}
		if unique && blanks*100 <= v.Rows {
			v.Key = []string{c.Name}
			v.Columns[i].Distinct = v.Rows - c.Empty
			return blanks == 0, nil
		}
	}
	v.Key = []string{v.Columns[0].Name}
	return false, nil
}

// unique says that no two rows have the same cell after normalisation, those
// without one left aside.
func (s *Store) unique(ctx context.Context, v *schema.Version, col int) (unique bool, blanks int, err error) {
	hasher, seen := newRowHasher(), newHashRows(v.Rows)
	unique = true
	err = s.eachGroup(ctx, v, []int{col}, func(first int, chunks []*column.Chunk) error {
		if chunks[0].HasDictionary() && chunks[0].Values()+v.Columns[col].Empty < chunks[0].Len() {
			unique = false
			return errStop
		}
		hasher.start(chunks[0].Len())
		hasher.add(schema.ModeNormalized, false, chunks[0])
		for row, sum := range hasher.sums {
			if hasher.blank[row] {
				blanks++
				continue
			}
			if _, again := seen.first(sum, first+row); again {
				unique = false
				return errStop
			}
		}
		return nil
	})
	return unique, blanks, err
}

// warnKeys looks at all rows.
func (s *Store) warnKeys(ctx context.Context, v *schema.Version, check keyCheck, w *warnings) error {
	hasher, seen := newRowHasher(), newHashRows(v.Rows)
	var normal *rowHasher
	var forms *hashRows
	if check.has(schema.ModeExact) {
		normal, forms = newRowHasher(), newHashRows(v.Rows)
	}
	var outputs *rowHasher
	var sums []uint64 // of the outputs of all rows so far
	if check.policy == schema.PolicyAny {
		outputs = newRowHasher()
	}
	columns := check.columns()
	where, whose := v.NamesOf(columns), ""
	if check.lookup != "" {
		whose = fmt.Sprintf(" in lookup %q", check.lookup)
	}
	return s.eachGroup(ctx, v, append(columns, check.outputs...), func(first int, chunks []*column.Chunk) error {
		shown := chunks[len(check.parts):]
		chunks = chunks[:len(check.parts)]
		hasher.start(chunks[0].Len())
		for i, chunk := range chunks {
			hasher.add(check.parts[i].mode, check.parts[i].matchEmpty, chunk)
		}
		if normal != nil {
			normal.start(chunks[0].Len())
			for i, chunk := range chunks {
				normal.add(schema.ModeNormalized, check.parts[i].matchEmpty, chunk)
			}
		}
		if outputs != nil {
			outputs.start(chunks[0].Len())
			for _, chunk := range shown {
				outputs.add(schema.ModeExact, true, chunk)
			}
			sums = append(sums, outputs.sums...)
		}
		for row, sum := range hasher.sums {
			number := first + row + 1
			if hasher.blank[row] {
				w.add(number, where, WarnEmptyKey, "no key%s: no lead can match this row", whose)
				continue
			}
			if other, again := seen.first(sum, number); again {
				if outputs == nil || sums[number-1] != sums[other-1] {
					check.duplicate(w, number, other, where, whose, chunks, row)
				}
				continue
			}
			if normal == nil {
				continue
			}
			if other, again := forms.first(normal.sums[row], number); again {
				if w.wants(WarnKeyVariant) {
					w.add(number, where, WarnKeyVariant, "the key (%s) differs from that of row %d only by case or spaces, which mode exact%s tells apart", keyText(chunks, row), other, whose)
				} else {
					w.skip(WarnKeyVariant, 1)
				}
			}
		}
		return nil
	})
}

// duplicate warns of two rows with the same key, unless the policy means them to
// be there.
func (k keyCheck) duplicate(w *warnings, number, other int, where, whose string, chunks []*column.Chunk, row int) {
	code, says := WarnDuplicateKey, "a lead that wants one row gets the first"
	switch k.policy {
	case schema.PolicyUnique:
		code, says = WarnOverlap, "hit policy unique gives a lead with it neither of them"
	case schema.PolicyAny:
		code, says = WarnOverlap, "hit policy any gives a lead with it neither of them, because their outputs differ"
	case schema.PolicyPriority, schema.PolicyCollect:
		return
	}
	if !w.wants(code) {
		w.skip(code, 1)
		return
	}
	w.add(number, where, code, "the same key%s as row %d (%s): %s", whose, other, keyText(chunks, row), says)
}

// keyText shows the key of a row of a group.
func keyText(chunks []*column.Chunk, row int) string {
	texts := make([]string, len(chunks))
	for i, chunk := range chunks {
		texts[i] = fmt.Sprintf("%q", schema.Excerpt(chunk.At(row)))
	}
	return strings.Join(texts, ", ")
}
