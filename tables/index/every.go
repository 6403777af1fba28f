package index

import (
	"context"

	"tablestep/tables/column"
)

// everyRow is the index of a key without parts: all rows match the one tuple that there is.
type everyRow int

// Every is the index of a key that asks for nothing, over so many rows. A batch of it is one
// tuple, of no values.
func Every(rows int) Index { return everyRow(rows) }

// everyWork is what a hit takes.
const everyWork = 2

func (n everyRow) Probe(ctx context.Context, _ [][]string, need int, hits *Hits, budget *Budget) error {
	hits.reset()
	var m Meter
	if err := m.Start(ctx, budget); err != nil {
		return err
	}
	most := int(n)
	switch {
	case need == Best:
		most = min(most, 1) // All are equals, of which the first row is the best.
	case need != All:
		most = min(most, need)
	}
	for first := 0; first < most; first += column.MaxRows {
		some := min(column.MaxRows, most-first)
		for row := range some {
			hits.Rows = append(hits.Rows, int32(first+row))
			hits.Scores = append(hits.Scores, 1)
			hits.Ranks = append(hits.Ranks, 0)
		}
		if !m.Spend(everyWork * some) {
			return m.Stop()
		}
	}
	hits.Starts = append(hits.Starts, int32(len(hits.Rows)))
	return m.Stop()
}

func (everyRow) TakesEmpty(int) bool { return false }
func (everyRow) Bytes() int64        { return 0 }
func (everyRow) Unread() []Unread    { return nil }
