package answers

import (
	"slices"

	"tablestep/tables/schema"
)

// constants makes Cells those of all outputs, where the fold knows only the columns: these
// move to their places, and a constant has its text for every tuple that a row was found for.
func (b *Batch) constants(outputs []schema.Output) {
	columns := len(b.Cells)
	if columns == len(outputs) {
		return
	}
	b.Cells = slices.Grow(b.Cells, len(outputs)-columns)[:len(outputs)]
	// From the last one on, so that no column is written over before it has moved. What was
	// where a column goes to is memory for a constant before it.
	for o := len(outputs) - 1; o >= 0; o-- {
		if !outputs[o].Constant() {
			columns--
			b.Cells[o], b.Cells[columns] = b.Cells[columns], b.Cells[o]
			continue
		}
		texts := slices.Grow(b.Cells[o][:0], len(b.Found))[:len(b.Found)]
		for t := range texts {
			texts[t] = ""
			if f := &b.Found[t]; f.Row >= 0 && !f.Ambiguous && f.Problem == "" && !f.Unreached {
				texts[t] = outputs[o].Value
			}
		}
		b.Cells[o] = texts
	}
}
