package index

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// A Part is one column of a key.
type Part struct {
	Mode       schema.Mode
	Cells      *column.Strings
	To         *column.Strings // mode Range: the upper ends, where Cells has only the lower ones; else nil
	Threshold  float64         // mode Fuzzy: the least similarity, above 0 up to 1; 0 is DefaultThreshold
	MaxErrors  int             // mode Fuzzy: the most errors, beside Threshold; 0 is no bound of its own
	Form       schema.Mode     // mode Fuzzy: in which texts are compared; empty is ModeNormalized
	MatchEmpty bool            // an empty cell matches an empty value, unless it means anything
	Anything   []string        // cells that mean anything, nothing included; nil is as the mode has them
	Notation   schema.Notation // how numbers and dates of the cells are written
	Values     schema.Notation // and those of values that can be read in two ways
	Zone       *time.Location  // whose days the cells are; nil is UTC
	Now        bool            // mode Range: values are moments, as Moment writes them, and cells are when a row is valid
}

// How many hits of a tuple are wanted.
const (
	All   = 0
	First = 1
	Two   = 2  // enough to know that a hit is not the only one
	Best  = -1 // only the first of those with the highest rank
)

// An Index answers for one key.
type Index interface {
	// Probe sets hits to the rows that match, the first need of each tuple, or
	// all of them, or only the best one. Of several indexes, each of other rows, that are
	// asked for the best, the best of all is that of the highest rank, and of equals that of
	// the first index. keys[p][i] is the value of part p in tuple i; all parts have
	// the same number of tuples. Where the budget is spent or ctx ends, hits has
	// the tuples that were reached, the first Len of them, and the error is
	// ErrSpent or that of ctx.
	Probe(ctx context.Context, keys [][]string, need int, hits *Hits, budget *Budget) error
	// TakesEmpty says that a cell of a part may hold for an empty value.
	TakesEmpty(part int) bool
	// Bytes is the memory that the index takes beyond the columns.
	Bytes() int64
	// Unread is what the index could not read, by part of the key; parts without
	// such cells are left out.
	Unread() []Unread
}

// Unread tells of the cells of a part that its mode does not understand. CheckCell refuses
// them when they come in, but a version may be older than the rules that it is read by. Rows
// with such cells hit nothing.
type Unread struct {
	Part  int        // its place in the key
	Rows  int        // how many
	First *CellError // the cell of the first one, with its row
}

// Hits are the answers to a batch: tuple i was hit by
// Rows[Starts[i]:Starts[i+1]], in ascending order, with Scores and Ranks beside
// them.
//
// A score is how alike cell and value are: the similarity of mode Fuzzy, the
// lowest where there are several such parts that hold, and 1 in any other mode.
//
// A rank says which of several hits of a tuple is the most specific: the higher.
// It may be compared among the hits of one tuple, also with those that an index
// of the same parts of other rows gives. Modes rank by characters (prefix,
// suffix, contains, wildcard without its wildcards), labels (domain), words, bits of the
// network (cidr), similarity (fuzzy) and narrowness (range, where half-open spans
// come after the others, by the end that they have); exact, normalized, regex, atLeast
// and atMost do not. A cell that means anything ranks below all others. Of several parts
// the first decides, and the next ones break
// ties; only the parts of mode Condition count together, by how many of them ask
// for something. Where not all parts must hold, how many do by a cell that asks for
// something comes before all that.
//
// Of a key with parts of mode AtLeast or AtMost, all hits of a tuple have the same limits.
// A tuple that is looked up in several indexes, each of other rows, is hit only by the
// rows of those whose limits come first; see CompareLimits.
type Hits struct {
	Starts []int32
	Rows   []int32
	Scores []float32 // above 0 up to 1
	Ranks  []uint64

	limits []Limit // of a tuple at width*tuple
	width  int     // how many parts have limits
}

// Len is how many tuples have been answered.
func (h *Hits) Len() int { return max(len(h.Starts)-1, 0) }

// Of is the rows and scores of a tuple.
func (h *Hits) Of(tuple int) (rows []int32, scores []float32) {
	a, b := h.Starts[tuple], h.Starts[tuple+1]
	return h.Rows[a:b], h.Scores[a:b]
}

// RanksOf is the ranks of the rows of a tuple.
func (h *Hits) RanksOf(tuple int) []uint64 { return h.Ranks[h.Starts[tuple]:h.Starts[tuple+1]] }

// Best is the place, among the rows of a tuple, of the one with the highest rank,
// the first of equals; -1 where there is none. All hits, or the best one, must have been asked for.
func (h *Hits) Best(tuple int) int {
	best := -1
	ranks := h.RanksOf(tuple)
	for i, rank := range ranks {
		if best < 0 || rank > ranks[best] {
			best = i
		}
	}
	return best
}

func (h *Hits) reset() {
	h.Starts = append(h.Starts[:0], 0)
	h.cut(0)
	h.limits, h.width = h.limits[:0], 0
}

// cut forgets the rows from one on.
func (h *Hits) cut(from int) {
	h.Rows, h.Scores, h.Ranks = h.Rows[:from], h.Scores[:from], h.Ranks[:from]
}

// Build makes the index of a key of at least one part. All columns have the same
// length. It looks at ctx now and then. A row with a cell that its mode does not
// understand hits nothing, and is told by Unread; CheckCell finds such cells before.
func Build(ctx context.Context, parts []Part) (Index, error) {
	if err := checkParts(parts); err != nil {
		return nil, fmt.Errorf("build index: %w", err)
	}
	alone := make([]bool, len(parts)) // that one hash table does not serve
	for i, p := range parts {
		wild := NewAnything(p.Mode, p.Anything)
		alone[i] = !p.Mode.Hashed() || wild.in(p.Cells)
	}
	fields := layout(parts)
	several := slices.ContainsFunc(parts, func(p Part) bool { return p.Mode.Paired() })
	switch hashed := !slices.Contains(alone, true); {
	case hashed && several:
		return buildKeyed(ctx, parts, fields)
	case hashed:
		return buildHash(ctx, parts, fields)
	}
	for i, p := range parts {
		alone[i] = alone[i] || p.Mode.Paired() // A row has one key in the hash table among other parts.
	}
	ix, err := buildMixed(ctx, parts, alone, fields)
	if err != nil {
		return nil, fmt.Errorf("build index: %w", err)
	}
	return ix, nil
}

// checkParts refuses what no index can be made of.
func checkParts(parts []Part) error {
	if len(parts) == 0 {
		return errors.New("no columns")
	}
	rows := parts[0].Cells.Len()
	for i, p := range parts {
		switch {
		case !p.Mode.Known():
			return fmt.Errorf("unknown mode %q", p.Mode)
		case p.Cells.Len() != rows:
			return fmt.Errorf("part %d has %d rows, part 0 has %d", i, p.Cells.Len(), rows)
		case p.To != nil && p.Mode != schema.ModeRange:
			return fmt.Errorf("part %d has upper ends, which mode %q does not take", i, p.Mode)
		case p.To != nil && p.To.Len() != rows:
			return fmt.Errorf("part %d has %d upper ends for %d rows", i, p.To.Len(), rows)
		case p.Now && p.Mode != schema.ModeRange:
			return fmt.Errorf("part %d is held against the moment now in mode %q, which does not take it", i, p.Mode)
		case p.MaxErrors < 0:
			return fmt.Errorf("part %d has %d errors at most, which is less than none", i, p.MaxErrors)
		case p.Form != "" && !p.Form.Form():
			return fmt.Errorf("part %d compares texts in the form %q, which is none", i, p.Form)
		case !(p.Threshold >= 0 && p.Threshold <= 1): // NaN as well
			return fmt.Errorf("part %d has the threshold %v, which is not between 0 and 1", i, p.Threshold)
		}
	}
	return nil
}
