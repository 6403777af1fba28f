package match

import "math/bits"

// Numbers gives the hashes of rows a number each, in 16 bytes an entry.
type Numbers struct {
	hashes []uint64 // 0 is free
	rows   []uint32
	count  int
}

// NewNumbers makes room for so many entries; with more it grows.
func NewNumbers(entries int) *Numbers {
	t := new(Numbers)
	t.make(entries)
	return t
}

func (t *Numbers) make(entries int) {
	n := places(entries)
	t.hashes, t.rows = make([]uint64, n), make([]uint32, n)
}

// NumbersBytes is the memory that numbers with room for so many entries take.
func NumbersBytes(entries int) int64 { return 12 * int64(places(entries)) }

// places is how many there are for so many entries: a quarter and some stay free.
func places(entries int) int { return entries + entries/3 + 2 }

// find is the place of a hash, or the free place where it would stand.
func (t *Numbers) find(hash uint64) (place int, found bool) {
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

// Of is the number of a hash.
func (t *Numbers) Of(hash uint64) (number int, ok bool) {
	place, found := t.find(hash)
	if !found {
		return 0, false
	}
	return int(t.rows[place]), true
}

// First is the number that the hash got first, and whether that was before: a new
// hash gets row.
func (t *Numbers) First(hash uint64, row int) (first int, again bool) {
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
func (t *Numbers) grow() {
	hashes, rows := t.hashes, t.rows
	t.make(t.count + t.count/2 + 64)
	for i, hash := range hashes {
		if hash != 0 {
			place, _ := t.find(hash)
			t.hashes[place], t.rows[place] = hash, rows[i]
		}
	}
}
