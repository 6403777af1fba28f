package match

import (
	"hash/maphash"
	"math/bits"

	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// A Hasher gives rows 64-bit hashes of some of their cells. Two rows with the
// same hash are taken for equal: with a random seed, one wrong pair among ten
// million rows is a matter of one upload in hundreds of thousands.
type Hasher struct {
	seed    maphash.Seed
	sums    []uint64
	blank   []bool // the cell of some part is empty
	values  []uint64
	empties []bool
	scratch []byte
}

// NewHasher makes one with a seed of its own: its hashes are not those of another.
func NewHasher() *Hasher { return &Hasher{seed: maphash.MakeSeed()} }

// Sums are the hashes of the rows since Start, valid until the next one.
func (h *Hasher) Sums() []uint64 { return h.sums }

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
}

// Add takes in one cell of every row. An empty one makes its row blank unless
// matchEmpty.
func (h *Hasher) Add(mode schema.Mode, matchEmpty bool, c *column.Chunk) {
	h.values, h.empties = h.values[:0], h.empties[:0]
	for v := range c.Values() {
		text := c.Value(v)
		as := mode != schema.ModeNormalized
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
	for row := range h.sums {
		v := c.Code(row)
		h.sums[row] = mixHash(h.sums[row], h.values[v])
		h.blank[row] = h.blank[row] || h.empties[v]
	}
}

// AddEmpty takes in an empty cell of every row.
func (h *Hasher) AddEmpty(matchEmpty bool) {
	empty := maphash.String(h.seed, "")
	for row := range h.sums {
		h.sums[row] = mixHash(h.sums[row], empty)
		h.blank[row] = h.blank[row] || !matchEmpty
	}
}

func mixHash(sum, cell uint64) uint64 {
	hi, lo := bits.Mul64(sum^cell^0x9e3779b97f4a7c15, 0xd6e8feb86659fd93)
	return hi ^ lo ^ bits.RotateLeft64(cell, 29)
}
