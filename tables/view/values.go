package view

import (
	"cmp"
	"context"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"

	"tablestep/tables/column"
	"tablestep/tables/scan"
	"tablestep/tables/schema"
)

// Values are the most frequent texts of one column.
type Values struct {
	Version int
	Column  string
	Rows    int // of the version
	Empty   int // cells without a character, which are no values
	Values  []Value
	Rest    int // rows with values that are not listed
	// Unsure: a value that is not listed may be as frequent as the last ones, because the
	// column has more different values than are counted. The counts are right.
	Unsure bool
}

// A Value is a text as it stands in the cells, not in normal form.
type Value struct {
	Text  string
	Cut   bool // Text is the beginning: it has maxShown bytes and …
	Count int
}

const (
	maxTop = 1000
	// maxCounted is how many different values are counted at once: about 8 MB.
	maxCounted = 1 << 17
	// maxShown is how much of a cell is shown, in bytes, where cells of one kind are listed.
	maxShown = 1000
)

// ValuesOf counts the values of a column and gives the top most frequent ones; of those that
// are as frequent the one that comes first in the file is first.
//
// It walks over the column once, and a second time where it has more than maxCounted values:
// in the first walk the rarer ones are then forgotten from time to time, and in the second
// those that are left are counted (the heavy hitters of Misra and Gries). Values are told
// apart by their hashes.
func ValuesOf(ctx context.Context, of Side, name string, top int) (*Values, error) {
	return valuesOf(ctx, of, name, top, maxCounted)
}

// valuesOf is ValuesOf with room for so many different values.
func valuesOf(ctx context.Context, of Side, name string, top, most int) (*Values, error) {
	c, err := columnOf(of.Version, "column", name)
	if err != nil {
		return nil, err
	}
	if top < 1 || top > maxTop {
		return nil, fmt.Errorf("%w: top %d: 1 to %d", schema.ErrInvalid, top, maxTop)
	}
	counts := newCounter(most)
	if err := counts.walk(ctx, of, c); err != nil {
		return nil, err
	}
	lost := counts.lost
	if lost > 0 {
		counts.recount()
		if err := counts.walk(ctx, of, c); err != nil {
			return nil, err
		}
	}
	result := &Values{Version: of.Version.Number, Column: of.Version.Columns[c].Name, Rows: of.Version.Rows, Empty: counts.empty}
	best := counts.top(top)
	result.Rest = result.Rows - result.Empty
	rows := make([]int, len(best))
	for i, t := range best {
		rows[i] = t.first
		result.Rest -= t.count
	}
	result.Unsure = lost > 0 && (len(best) < top || best[len(best)-1].count < lost)
	texts, err := of.fetch(ctx, []int{c}, rows)
	if err != nil {
		return nil, err
	}
	for i, t := range best {
		text := texts[i].Cells[0]
		result.Values = append(result.Values, Value{Text: schema.Cut(text, maxShown), Cut: len(text) > maxShown, Count: t.count})
	}
	return result, nil
}

// A counter counts the values of a column in bounded memory.
type counter struct {
	most   int // values that are kept
	seed   maphash.Seed
	counts map[uint64]tally // by the hash of the value
	empty  int
	lost   int  // at most so many of any one value have been forgotten
	closed bool // values that are not there are not taken up
	chunk  []tally
}

// A tally is one value.
type tally struct{ count, first int }

func newCounter(most int) *counter {
	return &counter{most: most, seed: maphash.MakeSeed(), counts: map[uint64]tally{}}
}

// recount begins anew with the values that are left.
func (c *counter) recount() {
	for hash := range c.counts {
		c.counts[hash] = tally{}
	}
	c.empty, c.closed = 0, true
}

func (c *counter) walk(ctx context.Context, of Side, column int) error {
	return scan.Each(ctx, of.Reader, []int{column}, c.add)
}

// add counts one chunk: its values in the chunk first, then each of them once.
func (c *counter) add(first int, chunks []*column.Chunk) error {
	chunk := chunks[0]
	c.chunk = slices.Grow(c.chunk[:0], chunk.Values())[:chunk.Values()]
	clear(c.chunk)
	for row := range chunk.Len() {
		t := &c.chunk[chunk.Code(row)]
		if t.count++; t.count == 1 {
			t.first = first + row
		}
	}
	for v, t := range c.chunk {
		text := chunk.Value(v)
		if text == "" {
			c.empty += t.count
			continue
		}
		if t.count == 0 {
			continue // a value that no row has
		}
		hash := maphash.String(c.seed, text)
		was, known := c.counts[hash]
		if !known && c.closed {
			continue
		}
		if was.count > 0 {
			t = tally{was.count + t.count, was.first}
		}
		c.counts[hash] = t
	}
	for len(c.counts) > c.most {
		c.forget()
	}
	return nil
}

// forget takes as much from every value as the middle one has, so that half of them go. As much
// has then been taken from so many others that no value has lost more than a share of
// 2/most of all rows.
func (c *counter) forget() {
	all := make([]int, 0, len(c.counts))
	for _, t := range c.counts {
		all = append(all, t.count)
	}
	slices.Sort(all)
	middle := all[len(all)/2]
	c.lost += middle
	maps.DeleteFunc(c.counts, func(_ uint64, t tally) bool { return t.count <= middle })
	for hash, t := range c.counts {
		t.count -= middle
		c.counts[hash] = t
	}
}

// top are the most frequent ones.
func (c *counter) top(n int) []tally {
	all := slices.SortedFunc(maps.Values(c.counts), func(a, b tally) int {
		return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.first, b.first))
	})
	return all[:min(n, len(all))]
}
