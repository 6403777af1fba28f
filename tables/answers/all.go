package answers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/scan"
	"tablestep/tables/schema"
)

// A hitRow is a row that was hit, with what decides its place in a list.
type hitRow struct {
	row  int32
	rank uint64
	priority
}

// All lists the rows that one tuple hits, counted from 0, at most limit of them:
// the most specific first under PolicyBest, by the priority column under
// PolicyPriority, else in order of the rows. key[m] is the value of l.Match[m].
// The error wraps ErrSpent where the budget does not suffice.
func (sn *Snapshot) All(ctx context.Context, l *schema.Lookup, key []string, limit int, budget *Budget) ([]int32, error) {
	keys := make([][]string, len(key))
	for i := range key {
		keys[i] = key[i : i+1]
	}
	hits, err := sn.all(ctx, l, keys, limit, budget)
	if err != nil {
		return nil, fmt.Errorf("list hits of lookup %q of table %q: %w", l.Name, sn.table, err)
	}
	rows := make([]int32, len(hits))
	for i := range hits {
		rows[i] = hits[i].row
	}
	return rows, nil
}

func (sn *Snapshot) all(ctx context.Context, l *schema.Lookup, keys [][]string, limit int, budget *Budget) ([]hitRow, error) {
	var f fold
	spec, err := sn.resolve(l, &f)
	if err == nil {
		err = checkShape(l, keys)
	}
	if err != nil {
		return nil, err
	}
	need := index.All // what comes first is known only in the end
	if !f.limited && f.policy != schema.PolicyBest && f.policy != schema.PolicyPriority {
		need = limit
	}
	if budget.Spent() {
		return nil, ErrSpent
	}
	var (
		list   []hitRow
		limits []index.Limit // of the rows in list
	)
	// take adds the hits of a block.
	take := func(b *block) error {
		var hits index.Hits
		if err := b.index.Probe(ctx, keys, need, &hits, budget); err != nil {
			return err
		}
		var meter index.Meter
		if err := meter.Start(ctx, budget); err != nil {
			return err
		}
		var (
			prices   *column.Strings
			notation schema.Notation
		)
		if f.priority >= 0 {
			prices, notation = b.cells(f.priority), sn.version.Columns[f.priority].Notation
		}
		rows, _ := hits.Of(0)
		if f.limited && len(rows) > 0 {
			closest := hits.LimitsOf(0)
			switch c := index.CompareLimits(closest, limits); {
			case len(list) > 0 && c < 0:
				return nil
			case len(list) == 0 || c > 0:
				list, limits = list[:0], closest
			}
		}
		for i, row := range rows {
			if len(list) > limit+maxUnsorted {
				list = sortHits(list, f.policy)[:limit]
			}
			if !meter.Spend(numberWork + rankWork*16) {
				break
			}
			h := hitRow{row: b.number(row), rank: hits.RanksOf(0)[i]}
			if prices != nil {
				h.number, h.given = notation.Decimal(prices.At(int(row)))
			}
			list = append(list, h)
		}
		list = sortHits(list, f.policy)
		list = list[:min(len(list), limit)]
		if err := meter.Stop(); err != nil {
			return err
		}
		if need != index.All && len(list) == limit {
			return scan.ErrStop
		}
		return nil
	}
	whole, err := sn.index(ctx, spec)
	if err == nil {
		err = take(whole)
	}
	if errors.Is(err, errNoIndex) {
		var columns []int
		if f.priority >= 0 {
			columns = append(columns, f.priority)
		}
		err = sn.eachBlock(ctx, spec, keys, columns, budget, func() int { return limit - len(list) }, take)
	}
	if err != nil && !errors.Is(err, scan.ErrStop) {
		return nil, err
	}
	if len(list) == 0 && l.Aliases != nil && limit > 0 {
		return sn.allAliased(ctx, l.Aliases, keys)
	}
	return list, nil
}

// maxUnsorted is how many hits wait to be put in order.
const maxUnsorted = 4096

// sortHits puts the hits in the order of a policy.
func sortHits(list []hitRow, p schema.HitPolicy) []hitRow {
	slices.SortStableFunc(list, func(a, b hitRow) int {
		switch {
		case p == schema.PolicyBest && a.rank != b.rank:
			return cmp.Compare(b.rank, a.rank)
		case p == schema.PolicyPriority && a.before(b.priority):
			return -1
		case p == schema.PolicyPriority && b.before(a.priority):
			return 1
		}
		return cmp.Compare(a.row, b.row)
	})
	return list
}
