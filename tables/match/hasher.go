package match

import (
	"hash/maphash"
	"math/bits"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/schema"
)

// A Hasher gives rows 64-bit hashes of some of their cells. Two rows with the
// same hash are taken for equal: with a random seed, one wrong pair among ten
// million rows is a matter of one upload in hundreds of thousands.
type Hasher struct {
	seed    maphash.Seed
	sums    []uint64
	blank   []bool // the cell of some part is empty
	further []Further
	other   []Further
	doubled int // parts so far whose cells may have two keys
	values  []uint64
	seconds []uint64 // beside values; 0 where there is one key only
	empties []bool
	scratch []byte
}

// A Further is one more hash of a row some of whose cells have two keys: in the modes loose
// and company a cell may (see spelling). Two rows that have a hash in common have a key in
// common.
type Further struct {
	Row int // of those since Start, from 0
	Sum uint64
}

// NewHasher makes one with a seed of its own: its hashes are not those of another.
func NewHasher() *Hasher { return &Hasher{seed: maphash.MakeSeed()} }

// Sums are the hashes of the rows since Start, valid until the next one.
func (h *Hasher) Sums() []uint64 { return h.sums }

// Further are the hashes, beside Sums, of the rows since Start that have more than one, by
// row. They are valid until the next Start.
func (h *Hasher) Further() []Further { return h.further }

// Blank says of the rows since Start whether a cell of theirs is empty that must not be.
func (h *Hasher) Blank() []bool { return h.blank }

// Start begins with rows that have no cells yet.
func (h *Hasher) Start(rows int) {
	if cap(h.sums) < rows {
		h.sums, h.blank = make([]uint64, rows), make([]bool, rows)
	}
	h.sums, h.blank = h.sums[:rows], h.blank[:rows]
	clear(h.sums)
	clear(h.blank)
	h.further, h.doubled = h.further[:0], 0
}

// Add takes in one cell of every row. An empty one makes its row blank unless
// matchEmpty.
func (h *Hasher) Add(mode schema.Mode, matchEmpty bool, c *column.Chunk) {
	h.values, h.empties, h.seconds = h.values[:0], h.empties[:0], h.seconds[:0]
	if mode.Paired() {
		h.addKeys(mode, matchEmpty, c)
		return
	}
	for v := range c.Values() {
		text := c.Value(v)
		as := mode == schema.ModeExact
		if !as {
			h.scratch, as = column.AppendUnlessNormal(h.scratch[:0], text)
		}
		if !as {
			h.values = append(h.values, maphash.Bytes(h.seed, h.scratch))
			h.empties = append(h.empties, len(h.scratch) == 0 && !matchEmpty)
			continue
		}
		h.values = append(h.values, maphash.String(h.seed, text))
		h.empties = append(h.empties, text == "" && !matchEmpty)
	}
	h.mix(c)
}

// addKeys takes in cells that may have two keys.
func (h *Hasher) addKeys(mode schema.Mode, matchEmpty bool, c *column.Chunk) {
	form, _ := index.FormOf(mode)
	// Of the parts beyond those only the first keys count, so that rows whose cells there have
	// only a second key in common are not told.
	both, some := h.doubled < index.MaxDoubled, false
	h.doubled++
	for v := range c.Values() {
		var second int
		h.scratch, second = form.AppendKeys(h.scratch[:0], c.Value(v))
		h.values = append(h.values, maphash.Bytes(h.seed, h.scratch[:second]))
		h.empties = append(h.empties, second == 0 && !matchEmpty)
		sum := uint64(0)
		if both && second < len(h.scratch) {
			some, sum = true, max(maphash.Bytes(h.seed, h.scratch[second:]), 1)
		}
		h.seconds = append(h.seconds, sum)
	}
	if some {
		h.branch(c)
		return
	}
	h.mix(c)
}

// mix adds the hashes of values, and empties, to all rows.
func (h *Hasher) mix(c *column.Chunk) {
	for row := range h.sums {
		v := c.Code(row)
		h.sums[row] = mixHash(h.sums[row], h.values[v])
		h.blank[row] = h.blank[row] || h.empties[v]
	}
	for i := range h.further {
		f := &h.further[i]
		f.Sum = mixHash(f.Sum, h.values[c.Code(f.Row)])
	}
}

// branch is mix where values have two keys: each hash of a row goes on with both.
func (h *Hasher) branch(c *column.Chunk) {
	further := h.other[:0]
	before := h.further
	for row := range h.sums {
		v := c.Code(row)
		if second := h.seconds[v]; second != 0 {
			further = append(further, Further{row, mixHash(h.sums[row], second)})
		}
		for ; len(before) > 0 && before[0].Row == row; before = before[1:] {
			further = append(further, Further{row, mixHash(before[0].Sum, h.values[v])})
			if second := h.seconds[v]; second != 0 {
				further = append(further, Further{row, mixHash(before[0].Sum, second)})
			}
		}
		h.sums[row] = mixHash(h.sums[row], h.values[v])
		h.blank[row] = h.blank[row] || h.empties[v]
	}
	h.further, h.other = further, h.further
}

// AddEmpty takes in an empty cell of every row.
func (h *Hasher) AddEmpty(matchEmpty bool) {
	empty := maphash.String(h.seed, "")
	for row := range h.sums {
		h.sums[row] = mixHash(h.sums[row], empty)
		h.blank[row] = h.blank[row] || !matchEmpty
	}
	for i := range h.further {
		h.further[i].Sum = mixHash(h.further[i].Sum, empty)
	}
}

func mixHash(sum, cell uint64) uint64 {
	hi, lo := bits.Mul64(sum^cell^0x9e3779b97f4a7c15, 0xd6e8feb86659fd93)
	return hi ^ lo ^ bits.RotateLeft64(cell, 29)
}
