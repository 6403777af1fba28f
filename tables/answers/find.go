package answers

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"tablestep/tables/index"
	"tablestep/tables/match"
	"tablestep/tables/scan"
	"tablestep/tables/schema"
)

// A Found is what the hit policy of a lookup makes of the hits of one tuple.
type Found struct {
	Row       int32   // counted from 0; -1 is none; with PolicyCollect the first hit
	Score     float32 // of Row, 0 to 1
	Ambiguous bool    // several rows hit and the policy wants one, or wants them to agree; Row is the first of them
	Other     int32   // a second row for the message when Ambiguous, else -1
	Hits      int32   // rows that hit, as far as the policy looks: 1 at most for PolicyFirst and PolicyBest, 2 for PolicyUnique
	Problem   string  // why the hits could not be brought together, with row and column; else empty
	Alias     int     // not 0: no row hit, and the alias of this id says what is meant: Row, or where that is -1 that it is known to have none
	Busy      int32   // PolicyRotate: how many rows hit of which none is free; Row is -1
	Unreached bool    // the budget was spent before the tuple was looked up to its end; nothing else is known of it
}

// A Batch is the answers to a batch of tuples. The caller owns it; the next Answer into it
// uses its memory again.
type Batch struct {
	Found []Found
	Cells [][]string // Cells[o][t] is the text of l.Outputs[o] for tuple t; empty where nothing was found, or Found says Ambiguous or Problem; else a constant is its own text

	rows []int32 // of each tuple, -1 where no cells are wanted
	fold fold
}

// TakesEmpty says that a row has a cell that holds for an empty value of a match entry, or
// may have one. It is known once tuples were looked up.
func (b *Batch) TakesEmpty(entry int) bool { return b.fold.takes&(1<<entry) != 0 }

// Answer looks up a batch of tuples and fetches the texts of the lookup's outputs:
// keys[m][t] is the value of l.Match[m] in tuple t. Any Lookup will do, one of the
// table's or one that a flow step has changed; an index for its columns and modes
// is built on first use. It fails with ErrColumnNotFound or ErrInvalid for a
// lookup that does not fit the version. A row with a cell that its mode does not
// understand hits nothing: versions may be older than the rules by which they are read.
//
// Where the budget is spent before all tuples are looked up, those that were
// reached have their answers and Found tells the others, and that is no error.
// Loading a version, making an index that is kept and reading from the disk is no work
// of the budget; a row that is indexed for this batch alone is blockWork.
//
// A lookup without match entries has one tuple, whose keys are none. Under PolicyRotate only
// the hits are found: whose turn it is, Turn is told.
func (sn *Snapshot) Answer(ctx context.Context, l *schema.Lookup, keys [][]string, out *Batch, budget *Budget) error {
	if err := sn.answer(ctx, l, keys, out, budget); err != nil || out.fold.policy == schema.PolicyRotate {
		return err
	}
	if err := sn.cellsOf(ctx, out); err != nil {
		return err
	}
	out.constants(l.Outputs)
	return nil
}

// Find is Answer without the texts and without a bound on its work; found[t] is
// the answer to tuple t.
func (sn *Snapshot) Find(ctx context.Context, l *schema.Lookup, keys [][]string, found []Found) error {
	if tuples := tuplesOf(keys); tuples != len(found) {
		return fmt.Errorf("%w: room for %d answers to %d tuples", schema.ErrInvalid, len(found), tuples)
	}
	out := sn.cache.answers.Get().(*Batch)
	defer func() {
		clear(out.Found)
		sn.cache.answers.Put(out)
	}()
	if err := sn.answer(ctx, l, keys, out, nil); err != nil {
		return err
	}
	copy(found, out.Found)
	return nil
}

// MeansAnything sets free[i] to whether the cell of row rows[i] in a match entry of a lookup
// means anything.
func (sn *Snapshot) MeansAnything(ctx context.Context, l *schema.Lookup, entry int, rows []int32, free []bool) error {
	key, err := match.KeyOf(sn.version, l)
	if err != nil {
		return fmt.Errorf("lookup %q of table %q: %w", l.Name, sn.table, err)
	}
	cells := make([]string, len(rows))
	if err := sn.Gather(ctx, key.Parts[entry].Column, rows, cells); err != nil {
		return err
	}
	wild := index.NewAnything(key.Parts[entry].Mode, key.Parts[entry].Anything)
	for i, cell := range cells {
		free[i] = wild.Has(cell)
	}
	return nil
}

// Equal says that a cell and a value match in a mode that compares for equality.
func Equal(mode schema.Mode, cell, value string) bool {
	form, ok := index.FormOf(mode)
	if !ok {
		return cell == value
	}
	cells, values := [2]string{}, [2]string{}
	cells[0], cells[1] = form.Keys(cell)
	values[0], values[1] = form.Keys(value)
	for _, c := range cells {
		if c != "" && slices.Contains(values[:], c) {
			return true
		}
	}
	return cells[0] == values[0] // both empty
}

// Check says whether Answer can take a lookup, as far as that can be told without
// reading cells: nil, ErrColumnNotFound or ErrInvalid.
func (sn *Snapshot) Check(l *schema.Lookup) error {
	var f fold
	if _, err := sn.resolve(l, &f); err != nil {
		return fmt.Errorf("lookup %q of table %q: %w", l.Name, sn.table, err)
	}
	return nil
}

// resolve finds the columns of a lookup and prepares the fold.
func (sn *Snapshot) resolve(l *schema.Lookup, f *fold) (match.Key, error) {
	if len(l.Match) == 0 && !l.MatchesAll() {
		return match.Key{}, fmt.Errorf("%w: no match entries", schema.ErrInvalid)
	}
	key, err := match.KeyOf(sn.version, l)
	if err != nil {
		return key, err
	}
	key = key.Local(sn.cache.options.Zone)
	f.outputs = f.outputs[:0]
	for _, o := range l.Outputs {
		if o.Constant() {
			continue
		}
		c, ok := sn.Column(o.Column)
		if !ok {
			return key, fmt.Errorf("%w: %q in version %d", schema.ErrColumnNotFound, schema.Excerpt(o.Column), sn.version.Number)
		}
		f.outputs = append(f.outputs, c)
	}
	f.limited = key.Limited()
	f.policy, f.aggregate, f.separator, f.priority = l.Policy(), l.Aggregate, l.ListSeparator(), -1
	switch f.policy {
	case schema.PolicyFirst, schema.PolicyUnique, schema.PolicyAny:
	case schema.PolicyBest:
		if !key.Ranked() {
			f.policy = schema.PolicyFirst // All hits are equals.
		}
	case schema.PolicyPriority:
		c, ok := sn.Column(l.PriorityColumn)
		if !ok {
			return key, fmt.Errorf("%w: priority column %q in version %d", schema.ErrColumnNotFound, schema.Excerpt(l.PriorityColumn), sn.version.Number)
		}
		f.priority = c
	case schema.PolicyCollect:
		if !slices.Contains(schema.Aggregates(), f.aggregate) {
			return key, fmt.Errorf("%w: aggregate %q: use one of %s", schema.ErrInvalid, schema.Excerpt(string(f.aggregate)), schema.Joined(schema.Aggregates()))
		}
	case schema.PolicyRotate:
		if _, err := rosterColumns(sn.version, l); err != nil {
			return key, err
		}
	default:
		return key, fmt.Errorf("%w: hit policy %q: use one of %s", schema.ErrInvalid, schema.Excerpt(string(f.policy)), schema.Joined(schema.HitPolicies()))
	}
	return key, nil
}

// answer is Answer but for the texts that cellsOf fetches.
func (sn *Snapshot) answer(ctx context.Context, l *schema.Lookup, keys [][]string, out *Batch, budget *Budget) error {
	f := &out.fold
	key, err := sn.resolve(l, f)
	if err == nil {
		err = checkShape(l, keys)
	}
	if err != nil {
		return fmt.Errorf("lookup %q of table %q: %w", l.Name, sn.table, err)
	}
	f.start(sn.version, out, tuplesOf(keys), sn.columns == nil)
	hits := sn.cache.hits.Get().(*index.Hits)
	defer func() {
		if cap(hits.Rows) <= maxPooledHits {
			sn.cache.hits.Put(hits)
		}
		f.release()
	}()
	if budget.Spent() {
		f.miss(0)
		f.finish()
		return nil
	}
	whole, err := sn.index(ctx, key)
	switch {
	case errors.Is(err, errNoIndex):
		err = sn.answerBlocks(ctx, key, keys, f, hits, budget)
	case err == nil:
		f.block(whole)
		err = f.probe(ctx, whole.index, keys, hits, budget)
	}
	if err == nil && l.Aliases != nil {
		err = sn.aliased(ctx, l.Aliases, keys, f)
	}
	if err != nil {
		return fmt.Errorf("look up in table %q: %w", sn.table, err)
	}
	f.finish()
	return nil
}

// tuplesOf is how many tuples there are: one where nothing is matched.
func tuplesOf(keys [][]string) int {
	if len(keys) == 0 {
		return 1
	}
	return len(keys[0])
}

// checkShape says that there is a value of every match entry in every tuple.
func checkShape(l *schema.Lookup, keys [][]string) error {
	if len(keys) != len(l.Match) {
		return fmt.Errorf("%w: %d values for %d match entries", schema.ErrInvalid, len(keys), len(l.Match))
	}
	for i := range keys {
		if len(keys[i]) != len(keys[0]) {
			return fmt.Errorf("%w: %d values of %q for %d tuples", schema.ErrInvalid, len(keys[i]), schema.Excerpt(l.Match[i].Column), len(keys[0]))
		}
	}
	return nil
}

// answerBlocks answers block by block, until every tuple has what it needs or the
// budget is spent.
func (sn *Snapshot) answerBlocks(ctx context.Context, key match.Key, keys [][]string, f *fold, hits *index.Hits, budget *Budget) error {
	return sn.eachBlock(ctx, key, keys, f.columns(), budget, f.enough, func(b *block) error {
		f.block(b)
		if err := f.probe(ctx, b.index, keys, hits, budget); err != nil {
			return err
		}
		last := b.numbers == nil && b.first+b.rows == sn.version.Rows
		switch {
		case f.done():
			return scan.ErrStop
		case budget.Spent() && !last:
			f.miss(0)
			return scan.ErrStop
		}
		return nil
	})
}

// cellsOf fetches the texts of the outputs that the fold has not made.
func (sn *Snapshot) cellsOf(ctx context.Context, out *Batch) error {
	f := &out.fold
	if f.makesCells() {
		return nil
	}
	out.rows = out.rows[:0]
	for t := range out.Found {
		row := out.Found[t].Row
		if out.Found[t].Ambiguous {
			row = -1
		}
		out.rows = append(out.rows, row)
	}
	if sn.columns == nil {
		return sn.gather(ctx, f.outputs, out.rows, out.Cells)
	}
	for o, c := range f.outputs {
		if err := sn.Gather(ctx, c, out.rows, out.Cells[o]); err != nil {
			return err
		}
	}
	return nil
}
