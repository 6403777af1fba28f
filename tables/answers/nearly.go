package answers

import (
	"context"
	"errors"
	"fmt"

	"tablestep/tables/index"
	"tablestep/tables/schema"
)

// Nearly is the row in which most match entries of a lookup hold for a tuple that it does not
// hit, where not all of them must: of several the one that is most specific. holds[m] says
// whether l.Match[m] holds there; row and cells are those of Nearest. ok is false where no
// entry holds in any row, and where all entries must. It answers from the lookup's own index.
// The error wraps ErrSpent where the budget does not suffice.
func (sn *Snapshot) Nearly(ctx context.Context, l *schema.Lookup, key []string, budget *Budget) (row int, holds []bool, cells []string, ok bool, err error) {
	fail := func(err error) (int, []bool, []string, bool, error) {
		return -1, nil, nil, false, fmt.Errorf("nearest miss of lookup %q of table %q: %w", l.Name, sn.table, err)
	}
	spec, err := sn.missed(l, key)
	if err != nil {
		return fail(err)
	}
	if !spec.Some() {
		return -1, nil, nil, false, nil
	}
	var near index.Partial
	take := func(b *block) error {
		some, found, err := index.Nearly(ctx, b.index, key, budget)
		if err != nil {
			return err
		}
		if found && (!ok || some.Rank > near.Rank) {
			some.Row = int(b.number(int32(some.Row)))
			near, ok = some, true
		}
		return nil
	}
	whole, err := sn.index(ctx, spec)
	switch {
	case err == nil:
		err = take(whole)
	case errors.Is(err, errNoIndex):
		keys := make([][]string, len(key))
		for m := range key {
			keys[m] = key[m : m+1]
		}
		err = sn.eachBlock(ctx, spec, keys, nil, budget, func() int { return sn.version.Rows }, take)
	}
	if err == nil && ok {
		cells, err = sn.keyCells(ctx, spec, near.Row)
	}
	if err != nil {
		return fail(err)
	}
	if !ok {
		return -1, nil, nil, false, nil
	}
	return near.Row, near.Holds, cells, true, nil
}
