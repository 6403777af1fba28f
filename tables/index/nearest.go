package index

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"unicode/utf8"

	"tablestep/tables/column"
	"tablestep/tables/schema"
	"tablestep/tables/spelling"
	"tablestep/tables/typos"
)

// nearEnough is the least similarity of a near miss that is worth a word.
const nearEnough = 0.5

// A Near is the row that comes nearest to a tuple.
type Near struct {
	Row   int     // counted from 0
	Score float32 // mean similarity of the parts, 0 to 1
}

// Nearest is the row that a tuple would have hit, had cell and value been compared
// with more patience: by the similarity of mode Fuzzy in the parts that compare
// texts, of their first keys where it has a form in which they may have two; of the other
// parts all must hold. ok is false where no row comes near.
// key[p] is the value of part p.
//
// It reads the whole columns, and builds an index of the parts that do not
// compare texts: it is for explaining a miss, not for finding hits. Building that
// index is no work of the budget.
func Nearest(ctx context.Context, parts []Part, key []string, budget *Budget) (near Near, ok bool, err error) {
	if err := checkParts(parts); err != nil {
		return near, false, fmt.Errorf("find nearest row: %w", err)
	}
	if len(key) != len(parts) {
		return near, false, fmt.Errorf("find nearest row: %d values for %d parts", len(key), len(parts))
	}
	n := nearest{best: nearEnough}
	var rest []Part
	var values [][]string
	for i, p := range parts {
		switch p.Mode {
		case schema.ModeRange, schema.ModeAtLeast, schema.ModeAtMost, schema.ModeWildcard, schema.ModeRegex, schema.ModeCIDR, schema.ModeCondition:
			rest = append(rest, p)
			values = append(values, []string{key[i]})
		default:
			text := column.Normalize(key[i])
			form, _ := FormOf(p.Mode) // Normalized, where it names none.
			if p.Mode == schema.ModeFuzzy {
				form, _ = FormOf(p.Form)
			}
			switch {
			case p.Mode == schema.ModeDomain:
				text = host(text)
			case form != spelling.Normalized:
				text, _ = form.Keys(key[i])
			}
			t := nearText{mode: p.Mode, form: form, wild: NewAnything(p.Mode, p.Anything), cells: p.Cells, chars: utf8.RuneCountInString(text)}
			if t.chars <= maxFuzzy {
				t.masks.Set([]rune(text))
			}
			n.texts = append(n.texts, t)
		}
	}
	if len(n.texts) == 0 {
		return near, false, nil
	}
	var hits Hits
	if len(rest) > 0 {
		err = holding(ctx, rest, values, &hits, budget)
	}
	if err == nil {
		err = n.meter.Start(ctx, budget)
	}
	if err == nil {
		if len(rest) == 0 {
			n.all(parts[0].Cells.Len())
		} else {
			n.rows(hits.Rows)
		}
		err = n.meter.Stop()
	}
	if err != nil {
		return near, false, fmt.Errorf("find nearest row: %w", err)
	}
	return n.near, n.found, nil
}

// holding finds the rows that hold in all parts, those with a closer limit first.
func holding(ctx context.Context, parts []Part, values [][]string, hits *Hits, budget *Budget) error {
	alone := make([]bool, len(parts))
	for i := range alone {
		alone[i] = true
	}
	m, err := buildMixed(ctx, parts, alone, layout(parts))
	if err != nil {
		return err
	}
	limited := m.terms[m.plain:]
	m.plain = len(m.terms) // All limits that hold, not only the closest.
	if err := m.Probe(ctx, values, All, hits, budget); err != nil || len(limited) == 0 {
		return err
	}
	slices.SortStableFunc(hits.Rows, func(a, b int32) int {
		for _, t := range limited {
			if c := cmp.Compare(t.closeness(b), t.closeness(a)); c != 0 {
				return c
			}
		}
		return 0
	})
	return nil
}

// nearest is the search for one tuple.
type nearest struct {
	meter Meter
	texts []nearText
	form  []byte
	best  float64
	near  Near
	found bool
}

type nearText struct {
	mode  schema.Mode
	form  spelling.Form
	wild  Anything
	cells *column.Strings
	chars int // of the value
	masks typos.Masks
}

func (n *nearest) all(rows int) {
	for row := 0; row < rows && n.meter.Spend(tupleWork); row++ {
		n.row(row)
	}
}

func (n *nearest) rows(rows []int32) {
	for _, row := range rows {
		if !n.meter.Spend(tupleWork) {
			return
		}
		n.row(int(row))
	}
}

// row keeps a row if it is nearer than all before it.
func (n *nearest) row(row int) {
	total := float64(len(n.texts)) // what the parts can still reach together
	least := n.best * total
	for i := range n.texts {
		t := &n.texts[i]
		total += n.similarity(t, row, 1-(total-least)) - 1
		if total < least || n.found && total <= least {
			return
		}
	}
	n.best = total / float64(len(n.texts))
	n.near, n.found = Near{Row: row, Score: float32(n.best)}, true
}

// similarity is that of a cell with the value, or 0 where it is below the least
// that still matters.
func (n *nearest) similarity(t *nearText, row int, least float64) float64 {
	cell := t.cells.At(row)
	if !n.meter.Spend(2 * len(cell)) {
		return 0
	}
	if t.wild.Has(cell) {
		return 1
	}
	if t.form != spelling.Normalized {
		n.meter.Spend(keyWork + keyByteWork*len(cell))
		keys, second := t.form.AppendKeys(n.form[:0], cell)
		n.form = keys[:second]
	} else {
		n.form = column.AppendNormalized(n.form[:0], cell)
	}
	count := utf8.RuneCount(n.form)
	if count == 0 || t.chars == 0 || count > maxFuzzy || t.chars > maxFuzzy {
		return 0
	}
	text := string(n.form)
	if t.mode == schema.ModeDomain {
		text = host(text)
		count = utf8.RuneCountInString(text)
	}
	longer := max(count, t.chars)
	limit := min(int((1-least)*float64(longer)+1e-6), longer)
	d, ok := t.masks.DistanceOf(text, count, limit)
	n.meter.Spend(t.masks.Work())
	if !ok {
		return 0
	}
	return similarity(d, longer)
}
