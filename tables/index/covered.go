package index

import (
	"context"
	"iter"
)

// Covered yields, for each row that no value can hit without an earlier one, that row with
// the earliest such: under hit policy first it is never the answer. It knows of cells that are
// equal, of cells that mean anything, and of those that have an earlier one in them, at the
// place that counts in modes contains, prefix, suffix, domain and words. It ends with the
// first error, which may be ErrSpent.
func Covered(ctx context.Context, parts []Part, budget *Budget) iter.Seq2[Pair, error] {
	return earliest(ctx, parts, true, budget, "find covered rows", (*search).earliest)
}

// A covering kernel knows which entries match wherever an entry does.
type covering interface {
	// covers adds those entries, in any order, each once, itself among them.
	covers(w *work, entry int32, dst []int32) []int32
}

func (k *pieces) covers(w *work, entry int32, dst []int32) []int32 {
	return scan(k.found, k.cells.at(entry), w, dst)
}

func (k *affixes) covers(w *work, entry int32, dst []int32) []int32 {
	return k.each(k.texts.at(entry), dst, &w.meter)
}

func (k *wordSets) covers(w *work, entry int32, dst []int32) []int32 {
	for _, f := range k.find(&value{words: k.sets.of(entry)}, w, nil) {
		dst = append(dst, f.entry)
	}
	return dst
}

// coveredBy is what a kernel knows of that.
func coveredBy(k kernel, w *work) func(entry int32, dst []int32) []int32 {
	c, ok := k.(covering)
	if !ok {
		return onlyItself
	}
	return func(entry int32, dst []int32) []int32 { return c.covers(w, entry, dst) }
}

// covers leaves out what only addresses would share.
func (k domains) covers(w *work, entry int32, dst []int32) []int32 {
	if address(k.texts.at(entry)) {
		return append(dst, entry)
	}
	return k.affixes.covers(w, entry, dst)
}

// covers knows only of the entry that means anything.
func (k *conditions) covers(_ *work, entry int32, dst []int32) []int32 {
	if k.any != none && k.any != entry {
		dst = append(dst, k.any)
	}
	return append(dst, entry)
}
