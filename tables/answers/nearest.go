package answers

import (
	"context"
	"fmt"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/match"
	"tablestep/tables/scan"
	"tablestep/tables/schema"
)

// Nearest is the row that a tuple without a hit came nearest to, by the similarity
// of fuzzy matching in the match entries that compare texts; of the others all
// hold. row is counted from 0, score is the mean similarity, and cells[m] is the
// cell of l.Match[m], that of a range in two columns with ".." between them. ok is
// false where nothing comes near. It reads the whole columns: it is for explaining
// a miss to a person, not for answering a batch. The error wraps ErrSpent where
// the budget does not suffice.
func (sn *Snapshot) Nearest(ctx context.Context, l *schema.Lookup, key []string, budget *Budget) (row int, score float32, cells []string, ok bool, err error) {
	fail := func(err error) (int, float32, []string, bool, error) {
		return -1, 0, nil, false, fmt.Errorf("nearest miss of lookup %q of table %q: %w", l.Name, sn.table, err)
	}
	spec, err := sn.missed(l, key)
	if err != nil {
		return fail(err)
	}
	near, ok, err := sn.nearest(ctx, spec, key, budget)
	if err != nil {
		return fail(err)
	}
	if !ok {
		return -1, 0, nil, false, nil
	}
	if cells, err = sn.keyCells(ctx, spec, near.Row); err != nil {
		return fail(err)
	}
	return near.Row, near.Score, cells, true, nil
}

// missed is the key of a lookup that a tuple did not hit.
func (sn *Snapshot) missed(l *schema.Lookup, tuple []string) (match.Key, error) {
	key, err := match.KeyOf(sn.version, l)
	if err != nil {
		return key, err
	}
	if len(tuple) != len(l.Match) || len(tuple) == 0 {
		return key, fmt.Errorf("%w: %d values for %d match entries", schema.ErrInvalid, len(tuple), len(l.Match))
	}
	return key.Local(sn.cache.options.Zone), nil
}

// keyCells are the cells of a row that values are held against, part by part.
func (sn *Snapshot) keyCells(ctx context.Context, spec match.Key, row int) ([]string, error) {
	cells := make([]string, len(spec.Parts))
	at, texts := []int32{int32(row)}, make([]string, 1)
	for m, p := range spec.Parts {
		if err := sn.Gather(ctx, p.Column, at, texts); err != nil {
			return nil, err
		}
		cells[m] = texts[0]
		if p.To >= 0 {
			if err := sn.Gather(ctx, p.To, at, texts); err != nil {
				return nil, err
			}
			cells[m] += ".." + texts[0]
		}
	}
	return cells, nil
}

// nearest searches the columns in memory, or row group by row group.
func (sn *Snapshot) nearest(ctx context.Context, spec match.Key, key []string, budget *Budget) (best index.Near, ok bool, err error) {
	if sn.columns != nil {
		return index.Nearest(ctx, spec.IndexParts(func(c int) *column.Strings { return sn.columns[c] }), key, budget)
	}
	columns := spec.Columns()
	err = scan.Each(ctx, sn.reader, columns, func(first int, chunks []*column.Chunk) error {
		cells := make(map[int]*column.Strings, len(columns))
		for i, c := range columns {
			cells[c] = column.NewStrings([]*column.Chunk{chunks[i]})
		}
		near, some, err := index.Nearest(ctx, spec.IndexParts(func(c int) *column.Strings { return cells[c] }), key, budget)
		if err != nil {
			return err
		}
		if some && (!ok || near.Score > best.Score) {
			near.Row += first
			best, ok = near, true
		}
		return nil
	})
	return best, ok, err
}
