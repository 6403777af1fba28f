package check

import (
	"context"
	"slices"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/match"
	"tablestep/tables/scan"
	"tablestep/tables/schema"
)

// meaningLooks look at the cells of each match entry.
//
//   - A bare - or *, where it does not mean anything (ANYTHING). People write either for
//     "all others", and the row then waits for a value that no lead has.
//   - Single numbers or dates all over a column of spans, or of equal texts where they look
//     like steps (THRESHOLDS): a value between two of them hits nothing.
//   - A text that looks like a span (LOOKS_LIKE_SPAN), or like a list or a test in words
//     (LOOKS_LIKE_TEST), in a decision table: it is compared for equality.
//   - An e-mail address among domains (LOOKS_LIKE_ADDRESS): all of its host are hit.
func meaningLooks(v *schema.Version, lookups []schema.Lookup) []look {
	var looks []look
	var seen []match.Part
	for i := range lookups {
		key, err := match.KeyOf(v, &lookups[i])
		if err != nil {
			continue
		}
		for _, p := range key.Parts {
			if slices.ContainsFunc(seen, p.Same) {
				continue
			}
			seen = append(seen, p)
			m := &meaning{part: p, lookup: key.Lookup, name: v.Columns[p.Column].Name, wild: index.NewAnything(p.Mode, p.Anything)}
			m.steps = stepsOf(p, v.Columns[p.Column].Notation)
			looks = append(looks, look{task: scan.Task{Columns: []int{p.Column}, Take: m.take}, warnings: &m.warnings, end: m.end})
		}
	}
	return looks
}

// meaning is the look at one column in one mode.
type meaning struct {
	part     match.Part
	lookup   string
	name     string // of the column
	wild     index.Anything
	steps    *steps // nil where the mode is not one that steps are mistaken for
	warnings Warnings
}

func (m *meaning) take(first int, chunks []*column.Chunk) error {
	cells := chunks[0]
	for value := range cells.Values() {
		cell := cells.Value(value)
		switch sign := bareSign(cell); {
		case sign != "" && !m.wild.Has(cell):
			m.each(first, cells, value, schema.WarnAnything,
				"in lookup %q, mode %s, the cell means the sign %[3]q itself and nothing else; if it means anything, name it in the match entry: \"anything\": [%[3]q]", m.lookup, m.part.Mode, sign)
		case m.part.Mode == schema.ModeCondition:
			if h, ok := index.HintOf(cell, m.part.Notation); ok && !m.wild.Has(cell) {
				code := schema.WarnLooksLikeTest
				if h.Span {
					code = schema.WarnLooksLikeSpan
				}
				m.each(first, cells, value, code, "in lookup %q, mode %s, %s", m.lookup, m.part.Mode, h.Message)
			}
		case m.part.Mode == schema.ModeDomain && index.HasAddress(cell):
			m.each(first, cells, value, schema.WarnAddress,
				"%q is an e-mail address: in lookup %q, mode %s, all addresses of its host hit this row; write the host alone, or match the address in mode %s", schema.Excerpt(cell), m.lookup, m.part.Mode, schema.ModeNormalized)
		}
	}
	if m.steps != nil && !m.steps.take(cells) {
		m.steps = nil
	}
	return nil
}

// each warns of every row that has a value.
func (m *meaning) each(first int, cells *column.Chunk, value int, code, format string, args ...any) {
	for row := range cells.Len() {
		if cells.Code(row) != value {
			continue
		}
		m.warnings.Add(first+row+1, m.name, code, format, args...)
	}
}

func (m *meaning) end(context.Context) error {
	switch {
	case m.steps == nil || !m.steps.some():
	case m.part.Now:
		m.warnings.Add(0, m.name, schema.WarnThresholds,
			"the cells are single %s: in lookup %q each row is valid on that one alone; if it is valid from there on, write 2026-01-31.. in its cell, or name the column of the last days in the match entry: columnTo",
			m.steps.kind(), m.lookup)
	default:
		m.warnings.Add(0, m.name, schema.WarnThresholds,
			"the cells are single %s: in lookup %q, mode %s, each is hit by itself alone, and a value between two of them hits nothing; if each holds from there on, use mode %s, and if up to there, mode %s",
			m.steps.kind(), m.lookup, m.part.Mode, schema.ModeAtLeast, schema.ModeAtMost)
	}
	return nil
}
