package index

import "context"

// A Partial is a row in which some parts of a key hold.
type Partial struct {
	Row   int    // counted from 0
	Holds []bool // part by part
	Rank  uint64 // as that of hits: of several rows, the one with the highest comes nearest
}

// Nearly is the row in which most parts of a key hold for a tuple, by cells that ask for
// something: of the rows that are no hits because too few hold, the one that comes nearest.
// key[p] is the value of part p. ok is false where no part holds in any row, or where the
// index wants all parts to hold.
func Nearly(ctx context.Context, ix Index, key []string, budget *Budget) (near Partial, ok bool, err error) {
	s, is := ix.(*some)
	if !is {
		return near, false, nil
	}
	one := &some{need: 1, mixed: s.mixed, equals: s.equals, names: s.names, exact: s.exact, codes: s.codes, held: s.held}
	one.scratch.New = func() any { return new(someBatch) }
	keys := make([][]string, len(key))
	for p := range key {
		keys[p] = key[p : p+1]
	}
	var hits Hits
	if err := one.Probe(ctx, keys, Best, &hits, budget); err != nil {
		return near, false, err
	}
	best := hits.Best(0)
	if best < 0 || hits.Ranks[best]>>s.held == 0 {
		return near, false, nil // Only cells that mean anything hold.
	}
	near = Partial{Row: int(hits.Rows[best]), Rank: hits.Ranks[best]}
	near.Holds, err = one.holding(ctx, keys, hits.Rows[best], budget)
	return near, err == nil, err
}

// holding says which parts hold in a row for a tuple.
func (s *some) holding(ctx context.Context, keys [][]string, row int32, budget *Budget) ([]bool, error) {
	b := s.scratch.Get().(*someBatch)
	defer b.release()
	if err := b.work.meter.Start(ctx, budget); err != nil {
		return nil, err
	}
	holds := make([]bool, len(keys))
	if b.values(s.mixed, keys) && b.equals(s, keys) {
		b.parts(s, 0)
		codes := s.codes[int(row)*len(s.equals):][:len(s.equals)]
		for j := range b.lists {
			_, holds[b.lists[j].term.at] = b.holds(&b.lists[j], row, codes)
		}
	}
	return holds, b.work.meter.Stop()
}
