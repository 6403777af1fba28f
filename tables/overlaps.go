package tables

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/bits"
	"slices"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/schema"
)

// The bounds of a table that is searched for rows that overlap: the search holds
// the columns of the key in memory, and the uploader waits for it.
const (
	maxOverlapRows  = 200_000
	maxOverlapBytes = 256 << 20
	overlapWork     = 10 * Second // for all lookups of an upload
)

// checkOverlaps warns of rows that stand in each other's way under lookups with
// other modes than those that compare for equality, which checkKeys looks after.
//
//   - Under unique, two rows that one value can hit; under any, if their outputs
//     differ.
//   - Ranges that overlap, under every policy but collect.
//   - Under first and best, a row whose cells say the same as those of an earlier
//     one, which therefore is never the answer.
//   - A row without a key, which nothing hits.
func (s *Store) checkOverlaps(ctx context.Context, v *schema.Version, lookups []schema.Lookup, w *warnings) error {
	work := cmp.Or(s.options.overlapWork, overlapWork)
	budget := NewBudget(work, yield)
	for i := range lookups {
		l := &lookups[i]
		spec, err := specOf(v, l)
		if err != nil || len(l.Match) == 0 || spec.hashed() {
			continue
		}
		o := &overlapCheck{store: s, version: v, lookup: l, spec: spec, warnings: w, columns: spec.columns(), budget: budget, work: work}
		if l.Policy() == schema.PolicyAny {
			o.outputs = l.OutputColumns(v)
		}
		if err := o.run(ctx); err != nil {
			return err
		}
	}
	return nil
}

// overlapCheck is the search for one lookup.
type overlapCheck struct {
	store    *Store
	version  *schema.Version
	lookup   *schema.Lookup
	spec     keySpec
	warnings *warnings
	columns  []int // of the key
	outputs  []int // that have to agree under any
	cells    map[int]*column.Strings
	budget   *Budget
	work     int64
}

var errTooMuch = errors.New("too much text")

func (o *overlapCheck) run(ctx context.Context) error {
	if err := o.blanks(ctx); err != nil {
		return err
	}
	policy, ranges := o.lookup.Policy(), o.spec.has(schema.ModeRange)
	if policy == schema.PolicyCollect || policy == schema.PolicyPriority && !ranges {
		return nil
	}
	err := errTooMuch
	if o.version.Rows <= maxOverlapRows {
		err = o.load(ctx)
	}
	if errors.Is(err, errTooMuch) {
		o.warnings.add(0, o.where(), WarnNotChecked, "the table is too large to look for rows that overlap in lookup %q: that is done up to %d rows and %d MiB of the key's columns",
			o.lookup.Name, maxOverlapRows, maxOverlapBytes>>20)
		return nil
	}
	if err != nil {
		return err
	}
	err = o.search(ctx, policy, ranges)
	if errors.Is(err, ErrSpent) {
		o.warnings.add(0, o.where(), WarnNotChecked, "looking for rows that overlap in lookup %q was ended after %v s of work: there may be more than are told",
			o.lookup.Name, float64(o.work)/float64(Second))
		return nil
	}
	return err
}

// search looks at the rows that are loaded.
func (o *overlapCheck) search(ctx context.Context, policy schema.HitPolicy, ranges bool) error {
	parts := o.spec.indexParts(func(c int) *column.Strings { return o.cells[c] })
	switch {
	case policy == schema.PolicyAny:
		return o.disagreeing(ctx, parts)
	case policy == schema.PolicyUnique:
		return o.warn(index.Overlaps(ctx, parts, o.budget), WarnOverlap, "one value can hit it and row %d (%s) in lookup %q: hit policy unique gives such a lead neither of them")
	case ranges:
		return o.warn(index.Overlaps(ctx, parts, o.budget), WarnOverlap, "its range overlaps that of row %d (%s) in lookup %q: hit policy "+string(policy)+" decides which of them a lead gets")
	}
	return o.warn(index.Duplicates(ctx, parts, o.budget), WarnDuplicateKey, "it says the same as row %d (%s) in lookup %q: no lead gets this row")
}

// where names the columns of the key.
func (o *overlapCheck) where() string { return o.version.NamesOf(o.columns) }

// load reads the columns.
func (o *overlapCheck) load(ctx context.Context) error {
	wanted := slices.Concat(o.columns, o.outputs)
	slices.Sort(wanted)
	wanted = slices.Compact(wanted)
	chunks := make([][]*column.Chunk, len(wanted))
	left := int64(maxOverlapBytes)
	err := o.store.eachGroup(ctx, o.version, wanted, func(_ int, group []*column.Chunk) error {
		for i, chunk := range group {
			chunks[i] = append(chunks[i], chunk)
			if left -= chunk.Bytes(); left < 0 {
				return errTooMuch
			}
		}
		return nil
	})
	o.cells = make(map[int]*column.Strings, len(wanted))
	for i, c := range wanted {
		o.cells[c] = column.NewStrings(chunks[i])
	}
	return err
}

// warn writes pairs out.
func (o *overlapCheck) warn(pairs iter.Seq2[index.Pair, error], code, format string) error {
	for pair, err := range pairs {
		if err != nil {
			return err
		}
		if !o.warnings.wants(code) {
			o.warnings.skip(code, 1)
			continue
		}
		o.warnings.add(pair.Second+1, o.where(), code, format, pair.First+1, o.texts(pair.First, o.columns), o.lookup.Name)
	}
	return nil
}

// texts shows some cells of a row.
func (o *overlapCheck) texts(row int, columns []int) string {
	var list []byte
	for i, c := range columns {
		if i > 0 {
			list = append(list, ", "...)
		}
		list = fmt.Appendf(list, "%q", schema.Excerpt(o.cells[c].At(row)))
	}
	return string(list)
}

// disagreeing warns of rows that overlap and have different outputs. Overlaps
// tells of each row only the earliest that it overlaps, which may agree with it
// while a later one does not. So the rows are numbered by their outputs, and for
// each bit of the numbers those without it are put before those with it: then the
// earliest one that overlaps a row of the second half is of the first half, if
// any is, and two rows with different outputs are in different halves once.
func (o *overlapCheck) disagreeing(ctx context.Context, parts []index.Part) error {
	classes, count := o.classes()
	if count < 2 {
		return nil
	}
	some := false
	for _, err := range index.Overlaps(ctx, parts, o.budget) {
		if err != nil {
			return err
		}
		some = true
		break
	}
	if !some {
		return nil
	}
	partner := map[int]int{} // the earlier one of a row
	for bit := range bits.Len(uint(count - 1)) {
		halves := [2][]int{}
		for row, class := range classes {
			half := class >> bit & 1
			halves[half] = append(halves[half], row)
		}
		order := slices.Concat(halves[0], halves[1])
		for pair, err := range index.Overlaps(ctx, o.ordered(order), o.budget) {
			if err != nil {
				return err
			}
			if pair.First >= len(halves[0]) || pair.Second < len(halves[0]) {
				continue
			}
			a, b := order[pair.First], order[pair.Second]
			earlier, later := min(a, b), max(a, b)
			if known, ok := partner[later]; !ok || earlier < known {
				partner[later] = earlier
			}
		}
	}
	return o.warn(func(yield func(index.Pair, error) bool) {
		for _, row := range slices.Sorted(maps.Keys(partner)) {
			if !yield(index.Pair{First: partner[row], Second: row}, nil) {
				return
			}
		}
	}, WarnOverlap, "one value can hit it and row %d (%s) in lookup %q, and their outputs differ: hit policy any gives such a lead neither of them")
}

// classes numbers the rows by their outputs.
func (o *overlapCheck) classes() (classes []int, count int) {
	numbers := map[string]int{}
	classes = make([]int, o.version.Rows)
	var key []byte
	for row := range classes {
		key = key[:0]
		for _, c := range o.outputs {
			text := o.cells[c].At(row)
			key = append(fmt.Appendf(key, "%d:", len(text)), text...)
		}
		class, ok := numbers[string(key)]
		if !ok {
			class = len(numbers)
			numbers[string(key)] = class
		}
		classes[row] = class
	}
	return classes, len(numbers)
}

// ordered are the parts with their rows in another order.
func (o *overlapCheck) ordered(order []int) []index.Part {
	sorted := map[int]*column.Strings{}
	texts := make([]string, len(order))
	return o.spec.indexParts(func(c int) *column.Strings {
		if sorted[c] == nil {
			for i, row := range order {
				texts[i] = o.cells[c].At(row)
			}
			sorted[c] = column.FromStrings(texts)
		}
		return sorted[c]
	})
}

// blanks warns of rows with an empty cell that nothing matches.
func (o *overlapCheck) blanks(ctx context.Context) error {
	return o.store.eachGroup(ctx, o.version, o.columns, func(first int, chunks []*column.Chunk) error {
		blank := make([]bool, chunks[0].Len())
		at := 0
		for _, p := range o.spec.parts {
			cells := chunks[at]
			at++
			var to *column.Chunk
			if p.to >= 0 {
				to = chunks[at]
				at++
			}
			if p.matchEmpty || p.mode == schema.ModeCondition {
				continue
			}
			for row := range blank {
				cell := cells.At(row)
				empty := cell == "" || p.mode != schema.ModeExact && blankCell(cell)
				blank[row] = blank[row] || empty && (to == nil || blankCell(to.At(row)))
			}
		}
		for row, empty := range blank {
			if empty {
				o.warnings.add(first+row+1, o.where(), WarnEmptyKey, "no key in lookup %q: no lead can match this row", o.lookup.Name)
			}
		}
		return nil
	})
}
