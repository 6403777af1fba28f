package answers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/schema"
)

// A fold is a hit policy at work on a batch: it takes in the hits of each tuple in
// order of their rows, block by block, and makes answers of them. A version in
// memory is one block. What it keeps of a tuple does not grow with its hits.
type fold struct {
	policy    schema.HitPolicy
	aggregate schema.Aggregate
	separator string
	outputs   []int // columns
	priority  int   // column; -1 where it is not wanted
	limited   bool  // only the rows with the closest limits of all blocks are hits

	version *schema.Version
	out     *Batch
	borrow  bool // cells are kept as they are: their block stays
	open    int  // tuples that a policy with a bound wants more hits of

	at     *block            // whose hits are taken in
	cells  []*column.Strings // of the outputs in the block
	prices *column.Strings   // of the priority column in the block

	ranks  []uint64      // PolicyBest: of the tuple's row
	order  []priority    // PolicyPriority: of the tuple's row
	totals []total       // PolicyCollect: of output o and tuple t at o*tuples+t
	lists  [][]Hit       // PolicyRotate: all hits of a tuple
	listed int           // hits in them
	limits []index.Limit // where it is limited: of tuple t from width*t on, once it has a hit
	width  int

	meter index.Meter

	takes uint32 // bit m: an empty value of match entry m can hit a row

	heavy []int      // tuples with more hits than a first probe gives
	keys  [][]string // of some of them
}

// priority is the number of a row; what is none comes last.
type priority struct {
	number schema.Decimal
	given  bool
}

// before says that a row goes before another that comes first in the table.
func (p priority) before(o priority) bool {
	return p.given && (!o.given || p.number.Compare(o.number) < 0)
}

// The bounds of the hits that are in memory at once, 16 bytes each. A tuple may
// hit every row, and a batch a thousand times every row.
const (
	maxHits       = 1 << 21
	maxPooledHits = 1 << 17
	usualHits     = 256 // of a tuple
)

// start empties the answers.
func (f *fold) start(v *schema.Version, out *Batch, tuples int, blocks bool) {
	f.version, f.out, f.borrow, f.open = v, out, !blocks, tuples
	f.limits, f.width, f.takes = f.limits[:0], 0, 0
	out.Found = slices.Grow(out.Found[:0], tuples)[:tuples]
	for t := range out.Found {
		out.Found[t] = Found{Row: -1, Other: -1}
	}
	for len(out.Cells) < len(f.outputs) {
		if len(out.Cells) < cap(out.Cells) {
			out.Cells = out.Cells[:len(out.Cells)+1] // with the memory of an earlier batch
		} else {
			out.Cells = append(out.Cells, nil)
		}
	}
	out.Cells = out.Cells[:len(f.outputs)]
	for o := range out.Cells {
		out.Cells[o] = slices.Grow(out.Cells[o][:0], tuples)[:tuples]
		clear(out.Cells[o])
	}
	switch f.policy {
	case schema.PolicyBest:
		f.ranks = slices.Grow(f.ranks[:0], tuples)[:tuples]
	case schema.PolicyPriority:
		f.order = slices.Grow(f.order[:0], tuples)[:tuples]
	case schema.PolicyCollect:
		n := tuples * len(f.outputs)
		f.totals = slices.Grow(f.totals[:0], n)[:n]
		for i := range f.totals {
			f.totals[i].reset()
		}
	case schema.PolicyRotate:
		f.startLists(tuples)
	}
}

// release lets go what is not the caller's.
func (f *fold) release() {
	f.version, f.out, f.prices, f.at = nil, nil, nil, nil
	clear(f.cells)
	clear(f.order)
	clear(f.limits)
	for _, keys := range f.keys {
		clear(keys)
	}
}

// columns are those beside the key that it reads while it takes in hits.
func (f *fold) columns() []int {
	switch {
	case f.policy == schema.PolicyPriority:
		return []int{f.priority}
	case f.makesCells():
		return f.outputs
	}
	return nil
}

// notation is how numbers and dates of a column are written.
func (f *fold) notation(column int) schema.Notation { return f.version.Columns[column].Notation }

// makesCells says that the texts are there when the hits are taken in.
func (f *fold) makesCells() bool {
	return f.policy == schema.PolicyAny || f.policy == schema.PolicyCollect
}

// block goes on to a block.
func (f *fold) block(b *block) {
	f.at = b
	f.cells = f.cells[:0]
	switch {
	case f.policy == schema.PolicyPriority:
		f.prices = b.cells(f.priority)
	case f.makesCells():
		for _, c := range f.outputs {
			f.cells = append(f.cells, b.cells(c))
		}
	}
}

// enough is how many rows are worth an index of their own while blocks are made.
func (f *fold) enough() int {
	if f.wantsAll() {
		return column.MaxRows
	}
	return f.open
}

// wantsAll says that the last row of the version may still change an answer.
func (f *fold) wantsAll() bool { return f.limited || need(f.policy) <= index.All }

// done says that no further block can change an answer.
func (f *fold) done() bool { return !f.wantsAll() && f.open == 0 }

// probe asks the index of a block. Where all hits are wanted and could be too many
// at once, it asks for some of each tuple first, and for all of those tuples that
// have more, few at a time. Tuples that the budget did not suffice for are missed.
func (f *fold) probe(ctx context.Context, ix index.Index, keys [][]string, hits *index.Hits, budget *Budget) error {
	tuples, rows := len(f.out.Found), f.at.rows
	need := need(f.policy)
	limit := need
	if need == index.All && int64(tuples)*int64(rows) > maxHits {
		limit = usualHits
	}
	if err := f.ask(ctx, ix, keys, limit, hits, budget); err != nil {
		return err
	}
	f.takesEmpty(ix, len(keys))
	f.heavy = f.heavy[:0]
	reached := 0
	for t := range hits.Len() {
		if need == index.All && limit != index.All && int(hits.Starts[t+1]-hits.Starts[t]) == limit {
			f.heavy = append(f.heavy, t)
		} else if !f.take(t, hits, t) {
			break
		}
		reached++
	}
	if err := f.settled(); err != nil {
		return err
	}
	if reached < tuples {
		f.miss(reached)
	}
	for some := range slices.Chunk(f.heavy, max(1, maxHits/rows)) {
		for len(f.keys) < len(keys) {
			f.keys = append(f.keys, nil)
		}
		for p := range keys {
			f.keys[p] = f.keys[p][:0]
			for _, t := range some {
				f.keys[p] = append(f.keys[p], keys[p][t])
			}
		}
		if err := f.ask(ctx, ix, f.keys[:len(keys)], index.All, hits, budget); err != nil {
			return err
		}
		for i, t := range some {
			if i >= hits.Len() || !f.take(t, hits, i) {
				f.missed(t)
			}
		}
		if err := f.settled(); err != nil {
			return err
		}
	}
	return nil
}

// takesEmpty notes for which match entries an empty value can hit a row of an index.
func (f *fold) takesEmpty(ix index.Index, parts int) {
	for p := range parts {
		if ix.TakesEmpty(p) {
			f.takes |= 1 << p
		}
	}
}

// graceWork is for taking in the hits that were found when the budget had just
// been spent; for nearly all batches that is plenty.
const graceWork = index.Second / 100

// ask probes and starts the meter of taking the hits in. That the budget is spent
// is told by how many tuples the hits have.
func (f *fold) ask(ctx context.Context, ix index.Index, keys [][]string, need int, hits *index.Hits, budget *Budget) error {
	err := ix.Probe(ctx, keys, need, hits, budget)
	if err != nil && !errors.Is(err, index.ErrSpent) {
		return err
	}
	if budget.Spent() {
		budget = budget.Grace(graceWork)
	}
	return f.meter.Start(ctx, budget)
}

// settled ends taking in; a budget that was spent over it is no error.
func (f *fold) settled() error {
	if err := f.meter.Stop(); err != nil && !errors.Is(err, index.ErrSpent) {
		return err
	}
	return nil
}

// miss marks the tuples from one on that want more hits.
func (f *fold) miss(from int) {
	for t := from; t < len(f.out.Found); t++ {
		hits := f.out.Found[t].Hits
		switch need := need(f.policy); {
		case f.limited: // The closest limit may be among the rows that were not looked at.
			f.missed(t)
		case need == index.First && hits >= 1, need == index.Two && hits >= 2:
		default:
			f.missed(t)
		}
	}
}

// missed marks a tuple.
func (f *fold) missed(t int) {
	f.out.Found[t] = Found{Row: -1, Other: -1, Unreached: true}
	if f.policy == schema.PolicyRotate {
		f.lists[t] = f.lists[t][:0]
	}
	for o := range f.out.Cells {
		f.out.Cells[o][t] = ""
	}
}

// take takes in the hits of a tuple, which are those of place at of the probe.
// This is where the policies differ. False says that the work stopped.
func (f *fold) take(t int, hits *index.Hits, at int) bool {
	rows, scores := hits.Of(at)
	found := &f.out.Found[t]
	if len(rows) == 0 || found.Unreached || f.limited && !f.closest(t, hits.LimitsOf(at)) {
		return true
	}
	if found.Hits == 0 {
		found.Row, found.Score = f.at.number(rows[0]), scores[0]
	}
	switch f.policy {
	case schema.PolicyFirst:
		if found.Hits == 0 {
			found.Hits = 1
			f.open--
		}
	case schema.PolicyUnique:
		f.unique(found, rows)
	case schema.PolicyAny:
		f.any(t, found, rows)
	case schema.PolicyBest:
		rank := hits.RanksOf(at)[0]
		if found.Hits == 0 || rank > f.ranks[t] {
			f.ranks[t] = rank
			found.Hits, found.Row, found.Score = 1, f.at.number(rows[0]), scores[0]
		}
	case schema.PolicyPriority:
		for i, row := range rows {
			if !f.meter.Spend(numberWork) {
				return false
			}
			var p priority
			p.number, p.given = f.notation(f.priority).Decimal(f.prices.At(int(row)))
			if found.Hits++; found.Hits == 1 || p.before(f.order[t]) {
				f.order[t] = f.keptPriority(p, int(row))
				found.Row, found.Score = f.at.number(row), scores[i]
			}
		}
	case schema.PolicyCollect:
		f.collect(t, found, rows)
	case schema.PolicyRotate:
		f.list(t, found, rows, scores)
	}
	return !f.meter.Stopped()
}

// closest says that hits with these limits count beside those that a tuple has. Closer
// ones take their place.
func (f *fold) closest(t int, limits []index.Limit) bool {
	if f.width == 0 {
		f.width = len(limits)
		f.limits = slices.Grow(f.limits, len(f.out.Found)*f.width)[:len(f.out.Found)*f.width]
	}
	known := f.limits[t*f.width : (t+1)*f.width]
	if found := &f.out.Found[t]; found.Hits > 0 {
		switch c := index.CompareLimits(limits, known); {
		case c < 0:
			return false
		case c == 0:
			return true
		}
		*found = Found{Row: -1, Other: -1}
		for o := range f.out.Cells {
			f.out.Cells[o][t] = ""
		}
		if f.policy == schema.PolicyCollect {
			for o := range f.outputs {
				f.totals[o*len(f.out.Found)+t].reset()
			}
		}
		if f.policy == schema.PolicyRotate {
			f.lists[t] = f.lists[t][:0]
		}
	}
	for i, l := range limits {
		known[i] = l
		if !f.borrow {
			known[i] = index.CloneLimit(l)
		}
	}
	return true
}

// What a hit takes: to be put in its place in a list, to have its number read, and
// to have a cell compared or added.
const (
	rankWork   = 2
	numberWork = 60
	addWork    = 30
)

func (f *fold) unique(found *Found, rows []int32) {
	for _, row := range rows {
		switch found.Hits {
		case 0:
			found.Hits = 1
		case 1:
			found.Hits = 2
			found.Ambiguous, found.Other = true, f.at.number(row)
			f.open--
		}
	}
}

// any compares every hit with the first one.
func (f *fold) any(t int, found *Found, rows []int32) {
	for _, row := range rows {
		if found.Hits++; found.Hits == 1 {
			for o, cells := range f.cells {
				f.out.Cells[o][t] = f.kept(cells.At(int(row)))
			}
			continue
		}
		if !f.meter.Spend(addWork * (1 + len(f.cells))) {
			return
		}
		for o, cells := range f.cells {
			if found.Ambiguous {
				break
			}
			if cells.At(int(row)) != f.out.Cells[o][t] {
				found.Ambiguous, found.Other = true, f.at.number(row)
			}
		}
	}
}

func (f *fold) collect(t int, found *Found, rows []int32) {
	found.Hits += int32(len(rows))
	if f.aggregate == schema.AggregateCount || found.Problem != "" {
		return
	}
	for _, row := range rows {
		for o, cells := range f.cells {
			cell := cells.At(int(row))
			if !f.meter.Spend(numberWork + len(cell)) {
				return
			}
			if f.aggregate == schema.AggregateMin || f.aggregate == schema.AggregateMax {
				cell = f.kept(cell) // The others keep nothing of it.
			}
			total := &f.totals[o*len(f.out.Found)+t]
			if problem := total.add(f.aggregate, f.separator, cell, f.notation(f.outputs[o])); problem != "" {
				found.Problem = fmt.Sprintf("row %d, column %q: %s", f.at.number(row)+1, f.version.Columns[f.outputs[o]].Name, problem)
				return
			}
		}
	}
}

// kept is a cell that outlives its block: a thousand texts from all over a table
// that does not fit into memory must not keep all of its blocks there.
func (f *fold) kept(cell string) string {
	if f.borrow {
		return cell
	}
	return strings.Clone(cell)
}

// keptPriority is the number of a row that outlives its block.
func (f *fold) keptPriority(p priority, row int) priority {
	if f.borrow || !p.given {
		return p
	}
	p.number, p.given = f.notation(f.priority).Decimal(strings.Clone(f.prices.At(row)))
	return p
}

// finish writes what the fold makes of texts. Tuples that are not to be answered
// have none.
func (f *fold) finish() {
	if !f.makesCells() {
		return
	}
	for t := range f.out.Found {
		found := &f.out.Found[t]
		for o := range f.outputs {
			cell := &f.out.Cells[o][t]
			switch {
			case found.Ambiguous || found.Problem != "" || found.Unreached:
				*cell = ""
			case f.policy == schema.PolicyCollect && found.Hits > 0:
				*cell = f.totals[o*len(f.out.Found)+t].result(f.aggregate, found.Hits)
			}
		}
	}
}

// need is how many hits of a tuple a policy has to see.
func need(p schema.HitPolicy) int {
	switch p {
	case schema.PolicyFirst:
		return index.First
	case schema.PolicyUnique:
		return index.Two
	case schema.PolicyBest:
		return index.Best
	}
	return index.All
}
