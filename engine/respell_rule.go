package engine

import (
	"context"
	"slices"

	"tablestep/tables/answers"
	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// allSpelled finds the rows that rules ask a table for, as a table lookup finds those of
// leads: where texts are compared, a number is looked up by the spelling that came and, if
// that misses, by its shortest one; where it is measured, it is what it is. A row that a
// cell hits which means anything says nothing about the spelling.
func allSpelled(ctx context.Context, sn *answers.Snapshot, l *schema.Lookup, keys []column.Value, limit int, budget *answers.Budget) ([]int32, error) {
	texts, shorter := make([]string, len(keys)), make([]string, len(keys))
	var entries []int // with another spelling
	for m, key := range keys {
		texts[m] = key.Text
		switch match := &l.Match[m]; {
		case match.MatchMode().Hashed():
			if shorter[m] = shortest(key); shorter[m] != "" {
				entries = append(entries, m)
			}
		case match.MatchMode().Measures():
			if c, ok := sn.Column(match.Column); ok && match.Values(sn.Version().Columns[c].Notation).GroupsByPoint() {
				texts[m] = certain(key)
			}
		}
	}
	found, err := sn.All(ctx, l, texts, limit, budget)
	if err != nil || len(entries) == 0 {
		return found, err
	}
	if sure, err := spelledBy(ctx, sn, l, entries, texts, found); err != nil || sure {
		return found, err
	}
	for _, mask := range masks(len(entries)) {
		again := slices.Clone(texts)
		for i, m := range entries {
			if mask&(1<<i) != 0 {
				again[m] = shorter[m]
			}
		}
		rows, err := sn.All(ctx, l, again, limit, budget)
		if err != nil {
			return nil, err
		}
		if len(rows) > 0 {
			return rows, nil
		}
	}
	return found, nil
}

// spelledBy says that a row was found by the spelling of the keys, and not only by cells
// that mean anything, nor, where not all entries must hold, by other entries.
func spelledBy(ctx context.Context, sn *answers.Snapshot, l *schema.Lookup, entries []int, texts []string, rows []int32) (bool, error) {
	if len(rows) == 0 {
		return false, nil
	}
	if l.Some() {
		cells := make([]string, len(rows))
		for _, m := range entries {
			c, _ := sn.Column(l.Match[m].Column) // which the rows were found by
			if err := sn.Gather(ctx, c, rows, cells); err != nil {
				return false, err
			}
			if !slices.ContainsFunc(cells, func(cell string) bool { return spells(l.Match[m].MatchMode(), cell, texts[m]) }) {
				return false, nil
			}
		}
		return true, nil
	}
	for _, m := range entries {
		if len(l.Match[m].Anything) == 0 {
			continue
		}
		free := make([]bool, len(rows))
		if err := sn.MeansAnything(ctx, l, m, rows, free); err != nil {
			return false, err
		}
		if !slices.Contains(free, false) {
			return false, nil
		}
	}
	return true, nil
}
