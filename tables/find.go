package tables

import (
	"context"
	"fmt"

	"tablestep/tables/column"
	"tablestep/tables/index"
)

// A Found is what the hit policy of a lookup makes of the hits of one tuple.
type Found struct {
	Row       int32   // counted from 0; -1 is none
	Score     float32 // 0 to 1
	Ambiguous bool    // several rows hit and the policy wants one; Row is the first of them
	Other     int32   // a second row for the message when Ambiguous, else -1
}

// Find looks up a batch of tuples: keys[m][i] is the value of l.Match[m] in tuple
// i, and found[i] its answer. Any Lookup will do, one of the table's or one that
// a flow step has changed; an index for its columns and modes is built on first
// use. It fails with ErrColumnNotFound or ErrInvalid for a lookup that does not
// fit the version.
func (sn *Snapshot) Find(ctx context.Context, l *Lookup, keys [][]string, found []Found) error {
	key, err := sn.key(l, keys, len(found))
	if err != nil {
		return err
	}
	need, err := l.HitPolicy.need()
	if err != nil {
		return err
	}
	hits := sn.store.cache.hits.Get().(*index.Hits)
	defer sn.store.cache.hits.Put(hits)
	if sn.columns != nil {
		ix, err := sn.index(ctx, key)
		if err != nil {
			return fmt.Errorf("index table %q: %w", sn.table, err)
		}
		if err := ix.Probe(ctx, keys, need, hits); err != nil {
			return fmt.Errorf("look up in table %q: %w", sn.table, err)
		}
	} else if err := sn.probeBlocks(ctx, key, keys, need, hits); err != nil {
		return fmt.Errorf("look up in table %q: %w", sn.table, err)
	}
	for i := range found {
		rows, scores := hits.Of(i)
		found[i] = l.HitPolicy.settle(rows, scores)
	}
	return nil
}

// key resolves the columns of a lookup and checks the shape of the batch.
func (sn *Snapshot) key(l *Lookup, keys [][]string, tuples int) (keySpec, error) {
	key := keySpec{lookup: l.Name}
	if len(l.Match) == 0 || len(keys) != len(l.Match) {
		return key, fmt.Errorf("%w: lookup %q of table %q: %d values for %d match entries", ErrInvalid, l.Name, sn.table, len(keys), len(l.Match))
	}
	for i, m := range l.Match {
		c, ok := sn.Column(m.Column)
		if !ok {
			return key, fmt.Errorf("%w: %q in version %d of table %q", ErrColumnNotFound, short(m.Column), sn.version.Number, sn.table)
		}
		if !index.Mode(m.mode()).Known() {
			return key, fmt.Errorf("%w: mode %q", ErrInvalid, short(string(m.Mode)))
		}
		if len(keys[i]) != tuples {
			return key, fmt.Errorf("%w: %d values of %q for %d tuples", ErrInvalid, len(keys[i]), short(m.Column), tuples)
		}
		key.columns = append(key.columns, c)
		key.modes = append(key.modes, m.mode())
		key.matchEmpty = append(key.matchEmpty, m.MatchEmpty)
	}
	return key, nil
}

// need is how many hits of a tuple a policy has to see.
func (p HitPolicy) need() (int, error) {
	switch p {
	case PolicyFirst, "":
		return index.First, nil
	case PolicyUnique:
		return index.Two, nil
	}
	return 0, fmt.Errorf("%w: hit policy %q", ErrInvalid, short(string(p)))
}

// settle makes one answer of the hits of a tuple, which are in row order. This is
// where the policies differ.
func (p HitPolicy) settle(rows []int32, scores []float32) Found {
	if len(rows) == 0 {
		return Found{Row: -1, Other: -1}
	}
	f := Found{Row: rows[0], Score: scores[0], Other: -1}
	if p == PolicyUnique && len(rows) > 1 {
		f.Ambiguous, f.Other = true, rows[1]
	}
	return f
}

// probeBlocks does what one index would do for a version too large to hold: for
// each row group it makes the index of that group, asks it, and lets it go. It
// ends when every tuple has what it needs.
func (sn *Snapshot) probeBlocks(ctx context.Context, key keySpec, keys [][]string, need int, hits *index.Hits) error {
	type hit struct {
		tuple, row int32
		score      float32
	}
	var (
		all   []hit
		block index.Hits
	)
	tuples := len(keys[0])
	count := make([]int, tuples)
	open := tuples // tuples that need more
	parts := make([]index.Part, len(key.columns))
	err := sn.store.eachGroup(ctx, sn.version, key.columns, func(first int, chunks []*column.Chunk) error {
		for i, chunk := range chunks {
			cells := column.NewStrings([]*column.Chunk{chunk})
			parts[i] = index.Part{Mode: index.Mode(key.modes[i]), Cells: cells, MatchEmpty: key.matchEmpty[i]}
		}
		ix, err := index.Build(ctx, parts)
		if err != nil {
			return err
		}
		if err := ix.Probe(ctx, keys, need, &block); err != nil {
			return err
		}
		for tuple := range tuples {
			rows, scores := block.Of(tuple)
			for i, row := range rows {
				if need != index.All && count[tuple] == need {
					break
				}
				all = append(all, hit{int32(tuple), row + int32(first), scores[i]})
				if count[tuple]++; count[tuple] == need {
					open--
				}
			}
		}
		if open == 0 {
			return errStop
		}
		return nil
	})
	if err != nil {
		return err
	}
	// Sorted by tuple; within a tuple the rows are in order already.
	hits.Starts = append(hits.Starts[:0], 0)
	for tuple := range tuples {
		hits.Starts = append(hits.Starts, hits.Starts[tuple]+int32(count[tuple]))
		count[tuple] = int(hits.Starts[tuple])
	}
	hits.Rows, hits.Scores = make([]int32, len(all)), make([]float32, len(all))
	for _, h := range all {
		hits.Rows[count[h.tuple]], hits.Scores[count[h.tuple]] = h.row, h.score
		count[h.tuple]++
	}
	return nil
}
