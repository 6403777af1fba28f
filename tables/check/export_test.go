package check

import (
	"context"

	"tablestep/tables/scan"
	"tablestep/tables/schema"
)

// Overlaps looks for rows that overlap, with room for so many bytes of columns.
func Overlaps(r scan.Reader, v *schema.Version, lookups []schema.Lookup, room int64) ([]schema.Warning, error) {
	var w Warnings
	err := lookAll(context.Background(), r, overlapLooks(v, lookups, nil, overlapWork, room), &w)
	list := w.All(nil).List
	return list, err
}

// Meanings looks for cells that probably mean something else than their mode takes them for, as Rows does.
func Meanings(ctx context.Context, r scan.Reader, v *schema.Version, lookups []schema.Lookup, w *Warnings) error {
	return lookAll(ctx, r, meaningLooks(v, lookups), w)
}

// Together is how many looks of such memory are taken in one pass.
func Together(memory ...int64) int {
	looks := make([]look, len(memory))
	for i := range looks {
		looks[i].memory = memory[i]
	}
	return together(looks)
}

// The bounds that tests go up to.
const (
	PassBytes  = passBytes
	MaxPerCode = maxWarningsPerCode
	MaxAll     = maxWarnings
)
