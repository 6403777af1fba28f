package check

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/bits"
	"slices"
	"time"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/match"
	"tablestep/tables/scan"
	"tablestep/tables/schema"
)

// The bounds of a table that is searched for rows that overlap: the search holds
// the columns of the key in memory, and the uploader waits for it.
const (
	maxOverlapRows  = 200_000
	maxOverlapBytes = 256 << 20
	overlapWork     = 10 * index.Second // for all lookups of an upload
)

// overlapLooks look for rows that stand in each other's way under lookups with other
// modes than those that compare for equality, which keyLooks looks after. work bounds
// all of them together, and room the bytes of columns that one of them holds.
//
//   - Under unique, two rows that one value can hit; under any, if their outputs
//     differ.
//   - Ranges that overlap, under every policy but collect: also rows of one key that are valid
//     at the same time.
//   - Under first and best, a row whose cells say the same as those of an earlier
//     one, which therefore is never the answer; under first also one that is hit only
//     together with an earlier one, as "vice president" with "president" in contains. Equal limits (atLeast, atMost) say the same
//     however they are written.
//   - A row without a key, which nothing hits. Where not all match entries must hold, that is
//     one with too few cells.
func overlapLooks(v *schema.Version, lookups []schema.Lookup, zone *time.Location, work, room int64) []look {
	var looks []look
	budget := index.NewBudget(work, index.Yield)
	for i := range lookups {
		l := &lookups[i]
		key, err := match.KeyOf(v, l)
		if err != nil || len(l.Match) == 0 || key.Hashed() {
			continue
		}
		key = key.Local(zone)
		o := &overlaps{version: v, lookup: l, key: key, columns: key.Columns(), budget: budget, work: work, left: room}
		if l.Policy() == schema.PolicyAny {
			o.outputs = l.OutputColumns(v)
		}
		looks = append(looks, o.look())
	}
	return looks
}

// overlaps is the search for one lookup.
type overlaps struct {
	version  *schema.Version
	lookup   *schema.Lookup
	key      match.Key
	warnings Warnings
	columns  []int // of the key
	outputs  []int // that have to agree under any
	chunks   map[int][]*column.Chunk
	left     int64 // bytes of chunks that may come yet; below 0 they were too many
	cells    map[int]*column.Strings
	budget   *index.Budget
	work     int64
}

// look warns of rows without a key while they go by, and gathers the columns for the
// search that follows, if there is one.
func (o *overlaps) look() look {
	l := look{warnings: &o.warnings, end: o.search}
	l.task = scan.Task{Columns: o.columns, Take: func(first int, chunks []*column.Chunk) error {
		o.blanks(first, chunks)
		return nil
	}}
	switch {
	case !o.searched():
		l.end = nil
	case o.version.Rows > maxOverlapRows:
		o.left = -1
	default:
		l.memory = min(o.version.Memory, o.left)
		l.task.Columns = slices.Concat(o.columns, o.outputs)
		o.chunks = make(map[int][]*column.Chunk, len(l.task.Columns))
		l.task.Take = func(first int, chunks []*column.Chunk) error {
			o.blanks(first, chunks)
			o.gather(l.task.Columns, chunks)
			return nil
		}
	}
	return l
}

// searched says that the hit policy bears no rows that overlap.
func (o *overlaps) searched() bool {
	policy := o.lookup.Policy()
	return policy != schema.PolicyCollect && policy != schema.PolicyRotate && (policy != schema.PolicyPriority || o.key.Has(schema.ModeRange))
}

// gather keeps the columns of a row group, unless they have become too much.
func (o *overlaps) gather(columns []int, chunks []*column.Chunk) {
	for i, c := range columns {
		if o.left < 0 {
			o.chunks = nil
			return
		}
		if slices.Index(columns, c) == i { // A column may be of the key and an output.
			o.chunks[c] = append(o.chunks[c], chunks[i])
			o.left -= chunks[i].Bytes()
		}
	}
}

// search looks at the rows that were gathered.
func (o *overlaps) search(ctx context.Context) error {
	if o.left < 0 {
		o.warnings.Add(0, o.where(), schema.WarnNotChecked, "the table is too large to look for rows that overlap in lookup %q: that is done up to %d rows and %d MiB of the key's columns",
			o.lookup.Name, maxOverlapRows, maxOverlapBytes>>20)
		return nil
	}
	o.cells = make(map[int]*column.Strings, len(o.chunks))
	for c, chunks := range o.chunks {
		o.cells[c] = column.NewStrings(chunks)
	}
	err := o.pairs(ctx)
	if errors.Is(err, index.ErrSpent) {
		o.warnings.Add(0, o.where(), schema.WarnNotChecked, "looking for rows that overlap in lookup %q was ended after %v s of work: there may be more than are told",
			o.lookup.Name, float64(o.work)/float64(index.Second))
		return nil
	}
	return err
}

// pairs finds the rows that stand in each other's way.
func (o *overlaps) pairs(ctx context.Context) error {
	policy := o.lookup.Policy()
	parts := o.key.IndexParts(func(c int) *column.Strings { return o.cells[c] })
	switch {
	case policy == schema.PolicyAny:
		return o.disagreeing(ctx, parts)
	case policy == schema.PolicyUnique:
		return o.warn(o.overlapping(ctx, parts), schema.WarnOverlap, "one value can hit it and row %d (%s) in lookup %q: hit policy unique gives such a lead neither of them")
	case o.key.Has(schema.ModeRange) && !o.key.Some():
		return o.warn(index.Overlaps(ctx, parts, o.budget), schema.WarnRangesOverlap, "its range overlaps that of row %d (%s) in lookup %q: hit policy "+string(policy)+" decides which of them a lead gets")
	}
	if policy == schema.PolicyFirst && !o.key.Some() {
		return o.covered(ctx, parts)
	}
	return o.warn(index.DuplicatesSome(ctx, parts, o.key.Require, o.budget), schema.WarnDuplicateKey, saysTheSame)
}

// covered warns of rows that say the same as an earlier one, and of others that no value hits
// without an earlier one.
func (o *overlaps) covered(ctx context.Context, parts []index.Part) error {
	same := map[int]bool{}
	equal := func(yield func(index.Pair, error) bool) {
		for pair, err := range index.Duplicates(ctx, parts, o.budget) {
			same[pair.Second] = true
			if !yield(pair, err) {
				return
			}
		}
	}
	if err := o.warn(equal, schema.WarnDuplicateKey, saysTheSame); err != nil {
		return err
	}
	others := func(yield func(index.Pair, error) bool) {
		for pair, err := range index.Covered(ctx, parts, o.budget) {
			if (err != nil || !same[pair.Second]) && !yield(pair, err) {
				return
			}
		}
	}
	return o.warn(others, schema.WarnDuplicateKey, "every value that hits it hits row %d (%s) in lookup %q as well, which comes first: no lead gets this row")
}

const saysTheSame = "it says the same as row %d (%s) in lookup %q: no lead gets this row"

// overlapping finds the rows that one value can hit together with an earlier one.
func (o *overlaps) overlapping(ctx context.Context, parts []index.Part) iter.Seq2[index.Pair, error] {
	return index.OverlapsSome(ctx, parts, o.key.Require, o.budget)
}

// where names the columns of the key.
func (o *overlaps) where() string { return o.version.NamesOf(o.columns) }

// warn writes pairs out.
func (o *overlaps) warn(pairs iter.Seq2[index.Pair, error], code, format string) error {
	for pair, err := range pairs {
		if err != nil {
			return err
		}
		if !o.warnings.Wants(code) {
			o.warnings.Skip(code, 1)
			continue
		}
		o.warnings.Add(pair.Second+1, o.where(), code, format+"%[4]s", pair.First+1, o.texts(pair.First, o.columns), o.lookup.Name, o.common(pair))
	}
	return nil
}

// texts shows some cells of a row.
func (o *overlaps) texts(row int, columns []int) string {
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
func (o *overlaps) disagreeing(ctx context.Context, parts []index.Part) error {
	classes, count := o.classes()
	if count < 2 {
		return nil
	}
	some := false
	for _, err := range o.overlapping(ctx, parts) {
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
		for pair, err := range o.overlapping(ctx, o.ordered(order)) {
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
	}, schema.WarnOverlap, "one value can hit it and row %d (%s) in lookup %q, and their outputs differ: hit policy any gives such a lead neither of them")
}

// classes numbers the rows by their outputs.
func (o *overlaps) classes() (classes []int, count int) {
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
func (o *overlaps) ordered(order []int) []index.Part {
	sorted := map[int]*column.Strings{}
	texts := make([]string, len(order))
	return o.key.IndexParts(func(c int) *column.Strings {
		if sorted[c] == nil {
			for i, row := range order {
				texts[i] = o.cells[c].At(row)
			}
			sorted[c] = column.FromStrings(texts)
		}
		return sorted[c]
	})
}

// blanks warns of rows with an empty cell that nothing matches, or with more of them than may
// be where not all entries must hold; chunks begin with the columns of the key.
func (o *overlaps) blanks(first int, chunks []*column.Chunk) {
	blank := make([]int, chunks[0].Len()) // cells of a row
	spare, at := 0, 0
	if o.key.Some() {
		spare = len(o.key.Parts) - o.key.Require
	}
	for _, p := range o.key.Parts {
		cells := chunks[at]
		at++
		var to *column.Chunk
		if p.To >= 0 {
			to = chunks[at]
			at++
		}
		wild := index.NewAnything(p.Mode, p.Anything)
		if p.MatchEmpty || wild.Has("") {
			continue
		}
		for row := range blank {
			cell := cells.At(row)
			empty := cell == "" || p.Mode != schema.ModeExact && column.Blank(cell)
			if empty && (to == nil || column.Blank(to.At(row))) {
				blank[row]++
			}
		}
	}
	for row, cells := range blank {
		if cells > spare {
			o.warnings.Add(first+row+1, o.where(), schema.WarnEmptyKey, "no key in lookup %q: no lead can match this row", o.lookup.Name)
		}
	}
}
