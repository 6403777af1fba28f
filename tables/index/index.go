package index

import (
	"context"
	"fmt"

	"tablestep/tables/column"
)

// Mode says how a cell is compared with a value.
type Mode string

// The modes there are.
const (
	Exact      Mode = "exact"      // equal byte for byte
	Normalized Mode = "normalized" // equal after column.Normalize
)

// Known says that Build takes the mode.
func (m Mode) Known() bool { return m == Exact || m == Normalized }

// A Part is one column of a key.
type Part struct {
	Mode       Mode
	Cells      *column.Strings
	MatchEmpty bool // an empty cell matches an empty value
}

// How many hits of a tuple are wanted.
const (
	All   = 0
	First = 1
	Two   = 2 // enough to know that a hit is not the only one
)

// An Index answers for one key.
type Index interface {
	// Probe sets hits to the rows that match, the first need of each tuple, or
	// all of them. keys[p][i] is the value of part p in tuple i; all parts have
	// the same number of tuples.
	Probe(ctx context.Context, keys [][]string, need int, hits *Hits) error
	// Bytes is the memory that the index takes beyond the columns.
	Bytes() int64
}

// Hits are the answers to a batch: tuple i was hit by
// Rows[Starts[i]:Starts[i+1]], in ascending order, with the Scores beside them.
type Hits struct {
	Starts []int32
	Rows   []int32
	Scores []float32 // 0 to 1; 1 where a hit is simply a hit
}

// Of is the rows and scores of a tuple.
func (h *Hits) Of(tuple int) (rows []int32, scores []float32) {
	a, b := h.Starts[tuple], h.Starts[tuple+1]
	return h.Rows[a:b], h.Scores[a:b]
}

func (h *Hits) reset() {
	h.Starts, h.Rows, h.Scores = append(h.Starts[:0], 0), h.Rows[:0], h.Scores[:0]
}

// Build makes the index of a key of at least one part. All columns have the same
// length. It looks at ctx now and then.
func Build(ctx context.Context, parts []Part) (Index, error) {
	if len(parts) == 0 {
		return nil, fmt.Errorf("build index: no columns")
	}
	rows := parts[0].Cells.Len()
	for i, p := range parts {
		if !p.Mode.Known() {
			return nil, fmt.Errorf("build index: unknown mode %q", p.Mode)
		}
		if p.Cells.Len() != rows {
			return nil, fmt.Errorf("build index: part %d has %d rows, part 0 has %d", i, p.Cells.Len(), rows)
		}
	}
	return buildHash(ctx, parts)
}
