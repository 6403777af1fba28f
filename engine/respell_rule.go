package engine

import (
	"context"
	"errors"
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
	if l.Aliases != nil {
		return allAliased(ctx, sn, l, keys, limit, budget)
	}
	spelt, anew, entries := spellings(sn, l, [][]column.Value{keys}, new(ruleMemory))
	texts, shorter := make([]string, len(keys)), make([]string, len(keys))
	for m := range keys {
		texts[m], shorter[m] = spelt[m][0], anew[m][0]
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

// spellings is the questions as columns of texts, the shorter spellings of their numbers
// beside them, "" where there is none, and the match entries that have any.
func spellings(sn *answers.Snapshot, l *schema.Lookup, questions [][]column.Value, memory *ruleMemory) (keys, shorter [][]string, entries []int) {
	n := len(questions)
	size := 2 * n * len(l.Match)
	all := slices.Grow(memory.texts[:0], size)[:size]
	clear(all)
	memory.texts = all
	for m := range l.Match {
		match, groups := &l.Match[m], false
		if match.MatchMode().Measures() {
			c, ok := sn.Column(match.Column)
			groups = ok && match.Values(sn.Version().Columns[c].Notation).GroupsByPoint()
		}
		texts, anew := all[2*n*m:2*n*m+n], all[2*n*m+n:2*n*(m+1)]
		hashed, some := match.MatchMode().Hashed(), false
		for i, question := range questions {
			key := question[m]
			texts[i] = key.Text
			switch {
			case hashed:
				anew[i] = shortest(key)
				some = some || anew[i] != ""
			case groups:
				texts[i] = certain(key)
			}
		}
		keys, shorter = append(keys, texts), append(shorter, anew)
		if some {
			entries = append(entries, m)
		}
	}
	return keys, shorter, entries
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
			if !slices.ContainsFunc(cells, func(cell string) bool { return answers.Equal(l.Match[m].MatchMode(), cell, texts[m]) }) {
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

// firstSpelled finds the row that comes first for each of several questions, spelt as
// allSpelled spells them. Of several rows of which the policy wants one only, or wants
// them to agree or to be put together, it is the first.
func firstSpelled(ctx context.Context, sn *answers.Snapshot, l *schema.Lookup, questions [][]column.Value, budget *answers.Budget, memory *ruleMemory) ([]answers.Found, error) {
	one := *l
	one.Outputs = nil
	switch one.Policy() {
	case schema.PolicyUnique, schema.PolicyAny, schema.PolicyCollect:
		one.HitPolicy, one.Aggregate = schema.PolicyFirst, ""
	}
	keys, shorter, entries := spellings(sn, l, questions, memory)
	if err := sn.Answer(ctx, &one, keys, &memory.found, budget); err != nil {
		return nil, err
	}
	found := memory.found.Found
	if len(entries) == 0 {
		return found, nil
	}
	var unsure []int32 // questions that another spelling may answer
	for t := range found {
		if found[t].Unreached || !slices.ContainsFunc(entries, func(m int) bool { return shorter[m][t] != "" }) {
			continue
		}
		if found[t].Row >= 0 && found[t].Alias == 0 {
			own := slices.DeleteFunc(slices.Clone(entries), func(m int) bool { return shorter[m][t] == "" })
			texts := make([]string, len(keys))
			for m := range keys {
				texts[m] = keys[m][t]
			}
			sure, err := spelledBy(ctx, sn, l, own, texts, []int32{found[t].Row})
			if err != nil {
				return nil, err
			}
			if sure {
				continue
			}
		}
		unsure = append(unsure, int32(t))
	}
	if len(entries) > maxMixed {
		return found, eachSpelled(ctx, sn, l, questions, unsure, found, budget)
	}
	for _, mask := range masks(len(entries)) {
		again := make([][]string, len(keys))
		var asked, rest []int32
		for _, t := range unsure {
			if !spelledAnew(shorter, entries, mask, t) {
				rest = append(rest, t)
				continue
			}
			asked = append(asked, t)
			for m := range keys {
				text := keys[m][t]
				if i := slices.Index(entries, m); i >= 0 && mask&(1<<i) != 0 {
					text = shorter[m][t]
				}
				again[m] = append(again[m], text)
			}
		}
		if len(asked) == 0 {
			continue
		}
		var batch answers.Batch
		if err := sn.Answer(ctx, &one, again, &batch, budget); err != nil {
			return nil, err
		}
		for i, t := range asked {
			switch f := batch.Found[i]; {
			case f.Alias != 0:
				if found[t].Row < 0 && found[t].Alias == 0 {
					found[t] = f
				}
				rest = append(rest, t) // A row that the lookup has for another spelling goes before an alias.
			case f.Row >= 0, f.Unreached:
				found[t] = f
			default:
				rest = append(rest, t)
			}
		}
		unsure = rest
	}
	return found, nil
}

// eachSpelled finds the row of some questions one by one: which spellings are tried depends
// on how many numbers a question has.
func eachSpelled(ctx context.Context, sn *answers.Snapshot, l *schema.Lookup, questions [][]column.Value, some []int32, found []answers.Found, budget *answers.Budget) error {
	for _, t := range some {
		rows, err := allSpelled(ctx, sn, l, questions[t], 1, budget)
		switch {
		case errors.Is(err, answers.ErrSpent):
			found[t] = answers.Found{Row: -1, Other: -1, Unreached: true}
		case err != nil:
			return err
		case len(rows) > 0:
			found[t] = answers.Found{Row: rows[0], Other: -1}
		}
	}
	return nil
}

// spelledAnew says that a question has a shorter spelling in each entry of a mask.
func spelledAnew(shorter [][]string, entries []int, mask uint32, t int32) bool {
	for i, m := range entries {
		if mask&(1<<i) != 0 && shorter[m][t] == "" {
			return false
		}
	}
	return true
}
