package index

import (
	"cmp"
	"math/bits"
	"slices"
)

// hitWork is what a row takes on its way into Hits, and maxRun how many go in one
// go.
const (
	hitWork = 6
	maxRun  = 4096
)

// emit brings the hits into the order of rows and keeps as many as are needed.
func (b *batch) emit(need int, hits *Hits) {
	if need == Best {
		b.onlyBest()
	}
	if !slices.IsSortedFunc(b.hits, byRow) {
		sortBy(&b.work.meter, b.hits, byRow)
	}
	if need > All && len(b.hits) > need {
		b.hits = b.hits[:need]
	}
	for _, h := range b.hits {
		hits.Rows = append(hits.Rows, h.row)
		hits.Scores = append(hits.Scores, h.score)
		hits.Ranks = append(hits.Ranks, h.rank)
	}
}

// onlyBest leaves the first of the hits with the highest rank.
func (b *batch) onlyBest() {
	if len(b.hits) < 2 {
		return
	}
	best := b.hits[0]
	for _, h := range b.hits[1:] {
		if h.rank > best.rank || h.rank == best.rank && h.row < best.row {
			best = h
		}
	}
	if work := 2 * len(b.hits); work > little {
		b.work.meter.Spend(work)
	}
	b.hits = append(b.hits[:0], best)
}

func byRow(a, b hit) int { return cmp.Compare(a.row, b.row) }

// sortBy sorts. A long list is sorted in pieces of work: once the meter has
// stopped, any two are as good as equal, and the sort ends soon.
func sortBy[T any](m *Meter, list []T, compare func(a, b T) int) {
	const (
		long       = 1 << 12
		comparison = 6
	)
	if len(list) <= long {
		if work := comparison * len(list) * bits.Len(uint(len(list))); work > little {
			m.Spend(work)
		}
		slices.SortFunc(list, compare)
		return
	}
	slices.SortFunc(list, func(a, b T) int {
		if !m.Spend(comparison) {
			return 0
		}
		return compare(a, b)
	})
}

// sortNumbers is sortBy for numbers.
func sortNumbers(m *Meter, list []int32) {
	const long, comparison = 1 << 12, 4
	if len(list) < 2 {
		return
	}
	if len(list) > long {
		sortBy(m, list, cmp.Compare[int32])
		return
	}
	if work := comparison * len(list) * bits.Len(uint(len(list))); work > little {
		m.Spend(work)
	}
	slices.Sort(list)
}
