package tables

import (
	"hash/maphash"
	"math/bits"

	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// A rowHasher gives rows 64-bit hashes of some of their cells. Two rows with the
// same hash are taken for equal: with a random seed, one wrong pair among ten
// million rows is a matter of one upload in hundreds of thousands.
type rowHasher struct {
	seed    maphash.Seed
	sums    []uint64
	blank   []bool // the cell of some part is empty
	values  []uint64
	empties []bool
	scratch []byte
}

func newRowHasher() *rowHasher { return &rowHasher{seed: maphash.MakeSeed()} }

// start begins with rows that have no cells yet.
func (h *rowHasher) start(rows int) {
	if cap(h.sums) < rows {
		h.sums, h.blank = make([]uint64, rows), make([]bool, rows)
	}
	h.sums, h.blank = h.sums[:rows], h.blank[:rows]
	clear(h.sums)
	clear(h.blank)
}

// add takes in one cell of every row. An empty one makes its row blank unless
// matchEmpty.
func (h *rowHasher) add(mode schema.Mode, matchEmpty bool, c *column.Chunk) {
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

// addEmpty takes in an empty cell of every row.
func (h *rowHasher) addEmpty(matchEmpty bool) {
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

// hashRows is a map from the hash of a row to a number, in 12 bytes an entry.
type hashRows struct {
	hashes []uint64 // 0 is free
	rows   []uint32
	count  int
}

// newHashRows makes room for so many entries; with more it grows.
func newHashRows(entries int) *hashRows {
	t := new(hashRows)
	t.make(entries)
	return t
}

func (t *hashRows) make(entries int) {
	n := entries + entries/3 + 2
	t.hashes, t.rows = make([]uint64, n), make([]uint32, n)
}

// find is the place of a hash, or the free place where it would stand.
func (t *hashRows) find(hash uint64) (place int, found bool) {
	if hash == 0 {
		hash = 1
	}
	hi, _ := bits.Mul64(hash, uint64(len(t.hashes)))
	for place = int(hi); ; {
		switch t.hashes[place] {
		case hash:
			return place, true
		case 0:
			return place, false
		}
		if place++; place == len(t.hashes) {
			place = 0
		}
	}
}

// first is the number that the hash got first, and whether that was before: a new
// hash gets row.
func (t *hashRows) first(hash uint64, row int) (first int, again bool) {
	place, found := t.find(hash)
	if found {
		return int(t.rows[place]), true
	}
	if 4*(t.count+1) > 3*len(t.hashes) {
		t.grow()
		place, _ = t.find(hash)
	}
	t.hashes[place], t.rows[place] = max(hash, 1), uint32(row)
	t.count++
	return row, false
}

// grow makes room for half as many entries more.
func (t *hashRows) grow() {
	hashes, rows := t.hashes, t.rows
	t.make(t.count + t.count/2 + 64)
	for i, hash := range hashes {
		if hash != 0 {
			place, _ := t.find(hash)
			t.hashes[place], t.rows[place] = hash, rows[i]
		}
	}
}
