package engine

import (
	"context"
	"math/bits"
	"slices"
	"strings"

	"tablestep/tables/answers"
	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// A JSON number can be spelled in several ways: 5, 5.0 and 5e0 are one number. Where
// texts are compared, a lead is looked up by the spelling that came, and if that misses,
// by the shortest one; a string is never spelled anew. No float64 comes in between: ids
// of any length keep their digits.

// shortest is the shortest spelling of a JSON number; "" of another value, and of a
// number that has it already.
func shortest(v column.Value) string {
	if v.Kind != column.Number || v.Text != "-0" && !strings.ContainsAny(v.Text, ".eE") {
		return ""
	}
	d, ok := schema.ParseDecimal(v.Text)
	if !ok {
		return ""
	}
	if text := d.Shortest(); text != v.Text {
		return text
	}
	return ""
}

// certain spells a JSON number so that a column in which points group digits reads it as
// what it is: 1.234 as 1.2340, which is no number with groups.
func certain(v column.Value) string {
	if v.Kind != column.Number || !strings.ContainsAny(v.Text, ".eE") {
		return v.Text
	}
	d, ok := schema.ParseDecimal(v.Text)
	if !ok {
		return v.Text
	}
	const group = 3
	text := d.Shortest()
	if _, decimals, _ := strings.Cut(text, "."); len(decimals) == group {
		text += "0"
	}
	return text
}

// groupsByPoint says that numbers of a match entry have a point between groups of digits.
func (p *plan) groupsByPoint(m int) bool {
	return p.lookup.Match[m].MatchMode().Measures() && p.values(m).GroupsByPoint()
}

// maxMixed is of how many match entries every combination of spellings is tried; where
// there are more, those that came and those that are shortest.
const maxMixed = 4

// respell looks up anew, by shorter spellings of their JSON numbers, the tuples that
// nothing was found for. A row that a cell hits which means anything says nothing about
// the spelling: a row that the other spelling hits goes before it.
func (ws *Workspace) respell(ctx context.Context, w *world, p *plan) error {
	var entries []int
	for m, texts := range ws.tuples.shorter {
		if texts != nil {
			entries = append(entries, m)
		}
	}
	if len(entries) == 0 {
		return nil
	}
	missed, err := ws.missed(ctx, p, entries)
	if err != nil {
		return err
	}
	for _, mask := range masks(len(entries)) {
		var left []int32 // of missed: the tuples that have such a spelling
		for _, t := range missed {
			if ws.spelled(entries, mask, t) {
				left = append(left, t)
			}
		}
		if len(left) == 0 {
			continue
		}
		keys := make([][]string, len(ws.tuples.keys))
		for m, key := range ws.tuples.keys {
			for _, t := range left {
				text := key[t]
				if i := slices.Index(entries, m); i >= 0 && mask&(1<<i) != 0 {
					text = ws.tuples.shorter[m][t]
				}
				keys[m] = append(keys[m], text)
			}
		}
		var again answers.Batch
		if err := p.snapshot.Answer(ctx, &p.lookup, keys, &again, w.budget); err != nil {
			return err
		}
		for i, t := range left {
			f := &again.Found[i]
			if f.Row < 0 && !f.Unreached && f.Alias == 0 || f.Alias != 0 && (ws.found.Found[t].Alias != 0 || ws.found.Found[t].Row >= 0) {
				continue
			}
			ws.found.Found[t] = *f
			ws.found.TakeHits(int(t), &again, i)
			for o := range again.Cells {
				ws.found.Cells[o][t] = again.Cells[o][i]
			}
			if f.Alias != 0 {
				continue // A row that the lookup has for another spelling goes before an alias.
			}
			missed = slices.DeleteFunc(missed, func(other int32) bool { return other == t })
		}
	}
	return nil
}

// masks are the combinations of n entries, those with fewest first.
func masks(n int) []uint32 {
	if n > maxMixed {
		return []uint32{1<<n - 1}
	}
	var list []uint32
	for mask := uint32(1); mask < 1<<n; mask++ {
		list = append(list, mask)
	}
	slices.SortStableFunc(list, func(a, b uint32) int { return bits.OnesCount32(a) - bits.OnesCount32(b) })
	return list
}

// spelled says that a tuple has a shorter spelling in each entry of a mask.
func (ws *Workspace) spelled(entries []int, mask uint32, t int32) bool {
	for i, m := range entries {
		if mask&(1<<i) != 0 && ws.tuples.shorter[m][t] == "" {
			return false
		}
	}
	return true
}

// missed are the tuples with a shorter spelling that nothing was found for, or only a row
// whose cell means anything there.
func (ws *Workspace) missed(ctx context.Context, p *plan, entries []int) ([]int32, error) {
	var missed, hit []int32 // tuples
	for t := range ws.found.Found {
		if !slices.ContainsFunc(entries, func(m int) bool { return ws.tuples.shorter[m][t] != "" }) {
			continue
		}
		switch f := &ws.found.Found[t]; {
		case f.Unreached:
		case f.Row < 0, f.Alias != 0:
			missed = append(missed, int32(t))
		default:
			hit = append(hit, int32(t))
		}
	}
	if p.lookup.Some() && len(hit) > 0 {
		return ws.unheld(ctx, p, entries, missed, hit)
	}
	for _, m := range entries {
		if len(p.lookup.Match[m].Anything) == 0 || len(hit) == 0 {
			continue
		}
		rows, free := make([]int32, len(hit)), make([]bool, len(hit))
		for i, t := range hit {
			rows[i] = ws.found.Found[t].Row
		}
		if err := p.snapshot.MeansAnything(ctx, &p.lookup, m, rows, free); err != nil {
			return nil, err
		}
		for i, t := range hit {
			if free[i] && ws.tuples.shorter[m][t] != "" && !slices.Contains(missed, t) {
				missed = append(missed, t)
			}
		}
	}
	return missed, nil
}

// unheld adds to missed the tuples that a row was found for in which an entry with a shorter
// spelling does not hold by the one that came: where not all entries must hold, the others
// were enough. The rows that they hit are hit by the shorter spelling, too.
func (ws *Workspace) unheld(ctx context.Context, p *plan, entries []int, missed, hit []int32) ([]int32, error) {
	rows, cells := make([]int32, len(hit)), make([]string, len(hit))
	for i, t := range hit {
		rows[i] = ws.found.Found[t].Row
	}
	for _, m := range entries {
		entry := &p.lookup.Match[m]
		c, _ := p.snapshot.Column(entry.Column) // which the answer was found by
		if err := p.snapshot.Gather(ctx, c, rows, cells); err != nil {
			return nil, err
		}
		for i, t := range hit {
			if ws.tuples.shorter[m][t] != "" && !answers.Equal(entry.MatchMode(), cells[i], ws.tuples.keys[m][t]) && !slices.Contains(missed, t) {
				missed = append(missed, t)
			}
		}
	}
	return missed, nil
}
