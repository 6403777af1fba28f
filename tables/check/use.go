package check

import (
	"context"

	"tablestep/tables/column"
	"tablestep/tables/scan"
	"tablestep/tables/schema"
)

// Use makes the findings of a stored version that depend on how its table is used, those of
// schema.ByUse: the ones that an upload of the same rows would have under the same lookups, but for
// the time that lookups take. It sets the version's Key, as Rows does, so it wants a copy of one that
// others see.
func Use(ctx context.Context, r scan.Reader, v *schema.Version, u Upload, w *Warnings) error {
	cells, patterns := CellsOf(v, u.Lookups), PatternsOf(v, u.Lookups)
	err := scan.Each(ctx, r, v.AllColumns(), func(first int, chunks []*column.Chunk) error {
		for c, chunk := range chunks {
			cells[c].Check(w, first+1, chunk)
		}
		return Bad(w, v, patterns, first+1, func(c int) *column.Chunk { return chunks[c] })
	})
	if err != nil {
		return err
	}
	return Rows(ctx, r, v, u, w)
}
