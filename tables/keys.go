package tables

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tablestep/tables/column"
)

// A keySpec is a key to hold a version's rows against.
type keySpec struct {
	lookup     string // whose key it is; empty for a guessed one
	columns    []int
	modes      []Mode
	matchEmpty []bool
}

// checkKeys sets the version's Key and warns of rows that cannot be found by
// theirs.
func (s *Store) checkKeys(ctx context.Context, table string, live, v *Version, lookups []Lookup, given []string, w *warnings) error {
	specs := make([]keySpec, 0, len(lookups)+1)
	v.Key, v.keyGiven = slices.Clone(given), given != nil
	checked := false // the default lookup's key is among the specs
	for _, l := range lookups {
		spec, ok := keyOf(v, l)
		if !ok {
			continue
		}
		if l.Name == table {
			checked = true
			if v.Key == nil {
				for _, c := range spec.columns {
					v.Key = append(v.Key, v.Columns[c].Name)
				}
			}
		}
		if !slices.ContainsFunc(specs, spec.same) {
			specs = append(specs, spec)
		}
	}
	if v.Key == nil {
		v.keepKey(live)
	}
	if v.Key == nil {
		clean, err := s.guessKey(ctx, v)
		if err != nil {
			return err
		}
		checked = checked || clean
	}
	if !checked {
		spec := keySpec{}
		for _, name := range v.Key {
			c, _ := v.column(name)
			spec.columns = append(spec.columns, c)
			spec.modes = append(spec.modes, ModeNormalized)
			spec.matchEmpty = append(spec.matchEmpty, false)
		}
		if !slices.ContainsFunc(specs, spec.same) {
			specs = append(specs, spec)
		}
	}
	for _, spec := range specs {
		if err := s.warnKeys(ctx, v, spec, w); err != nil {
			return err
		}
	}
	return nil
}

// keyOf is the key of a lookup; false where rows cannot be told apart by it,
// because a column is gone or a mode compares otherwise than for equality.
func keyOf(v *Version, l Lookup) (keySpec, bool) {
	spec := keySpec{lookup: l.Name}
	for _, m := range l.Match {
		c, ok := v.column(m.Column)
		if !ok || !hashable(m.mode()) {
			return spec, false
		}
		spec.columns = append(spec.columns, c)
		spec.modes = append(spec.modes, m.mode())
		spec.matchEmpty = append(spec.matchEmpty, m.MatchEmpty)
	}
	return spec, len(l.Match) > 0
}

func (k keySpec) same(o keySpec) bool {
	return slices.Equal(k.columns, o.columns) && slices.Equal(k.modes, o.modes) && slices.Equal(k.matchEmpty, o.matchEmpty)
}

func (k keySpec) exact() bool { return slices.Contains(k.modes, ModeExact) }

// keepKey takes over the key of the live version, if that was a good one: an
// upload with its columns in another order, or with its first doubled row, must
// not turn to another key.
func (v *Version) keepKey(live *Version) {
	if live == nil || len(live.Key) == 0 {
		return
	}
	key := make([]string, len(live.Key))
	for i, name := range live.Key {
		at, ok := live.column(name)
		if !ok {
			return
		}
		if c := live.Columns[at]; !live.keyGiven && c.Distinct < live.Rows-c.Empty {
			return
		}
		if at, ok = v.column(name); !ok {
			return
		}
		key[i] = v.Columns[at].Name
	}
	v.Key, v.keyGiven = key, live.keyGiven
}

// guessKey takes the first column that tells all rows apart, or else the first
// one. clean says that nothing is wrong with the key.
func (s *Store) guessKey(ctx context.Context, v *Version) (clean bool, err error) {
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
func (s *Store) unique(ctx context.Context, v *Version, col int) (unique bool, blanks int, err error) {
	hasher, seen := newRowHasher(), newHashRows(v.Rows)
	unique = true
	err = s.eachGroup(ctx, v, []int{col}, func(first int, chunks []*column.Chunk) error {
		if chunks[0].HasDictionary() && chunks[0].Values()+v.Columns[col].Empty < chunks[0].Len() {
			unique = false
			return errStop
		}
		hasher.start(chunks[0].Len())
		hasher.add(ModeNormalized, false, chunks[0])
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
func (s *Store) warnKeys(ctx context.Context, v *Version, spec keySpec, w *warnings) error {
	hasher, seen := newRowHasher(), newHashRows(v.Rows)
	var normal *rowHasher
	var forms *hashRows
	if spec.exact() {
		normal, forms = newRowHasher(), newHashRows(v.Rows)
	}
	names := make([]string, len(spec.columns))
	for i, c := range spec.columns {
		names[i] = v.Columns[c].Name
	}
	where, whose := strings.Join(names, " + "), ""
	if spec.lookup != "" {
		whose = fmt.Sprintf(" in lookup %q", spec.lookup)
	}
	return s.eachGroup(ctx, v, spec.columns, func(first int, chunks []*column.Chunk) error {
		hasher.start(chunks[0].Len())
		for i, chunk := range chunks {
			hasher.add(spec.modes[i], spec.matchEmpty[i], chunk)
		}
		if normal != nil {
			normal.start(chunks[0].Len())
			for i, chunk := range chunks {
				normal.add(ModeNormalized, spec.matchEmpty[i], chunk)
			}
		}
		for row, sum := range hasher.sums {
			number := first + row + 1
			if hasher.blank[row] {
				w.add(number, where, WarnEmptyKey, "no key%s: no lead can match this row", whose)
				continue
			}
			if other, again := seen.first(sum, number); again {
				if w.wants(WarnDuplicateKey) {
					w.add(number, where, WarnDuplicateKey, "the same key%s as row %d (%s): a lead that wants one row gets the first", whose, other, keyText(chunks, row))
				} else {
					w.skip(WarnDuplicateKey, 1)
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

// keyText shows the key of a row of a group.
func keyText(chunks []*column.Chunk, row int) string {
	texts := make([]string, len(chunks))
	for i, chunk := range chunks {
		texts[i] = fmt.Sprintf("%q", short(chunk.At(row)))
	}
	return strings.Join(texts, ", ")
}
