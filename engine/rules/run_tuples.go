package rules

import (
	"math/bits"
)

// A combination numbers the distinct tuples of several fields of a batch.
type combination struct {
	codes    []uint32 // by row
	distinct int
}

// combine numbers the tuples of fields over all rows. The numbers serve every
// unit that reads the same fields.
func (r *runner) combine(support []int) *combination {
	key := make([]byte, 0, 16)
	for _, id := range support {
		key = append(key, byte(id), byte(id>>8))
	}
	if c, ok := r.combos[string(key)]; ok {
		return c
	}
	f := &r.m.fields[support[0]]
	// The columns are joined one by one, so pairs are all that is ever numbered.
	c := &combination{codes: f.codes, distinct: len(f.raw)}
	for _, id := range support[1:] {
		f := &r.m.fields[id]
		c = r.pair(c, f.codes, len(f.raw))
	}
	if r.combos == nil {
		r.combos = make(map[string]*combination)
	}
	r.combos[string(key)] = c
	return c
}

// pair numbers the pairs of two columns of codes: by a table of all possible pairs
// if that is not much larger than the batch, else by a hash table.
func (r *runner) pair(a *combination, codes []uint32, distinct int) *combination {
	out := &combination{codes: r.words.take(r.rows)}
	if possible := uint64(a.distinct) * uint64(distinct); possible <= uint64(4*r.rows+256) {
		table := r.words.take(int(possible)) // number of a pair, plus 1
		for row := range out.codes {
			slot := &table[int(a.codes[row])*distinct+int(codes[row])]
			if *slot == 0 {
				out.distinct++
				*slot = uint32(out.distinct)
			}
			out.codes[row] = *slot - 1
		}
		return out
	}
	// At most half full, so that a search ends soon.
	size := 1 << bits.Len(uint(2*r.rows))
	slots := r.words.take(size) // a row of the pair, plus 1
	mask := uint64(size - 1)
	for row := range out.codes {
		x, y := a.codes[row], codes[row]
		hash := (uint64(x)<<32 | uint64(y)) * 0x9e3779b97f4a7c15
		at := (hash ^ hash>>29) & mask
		for {
			first := slots[at]
			if first == 0 {
				slots[at] = uint32(row) + 1
				out.codes[row] = uint32(out.distinct)
				out.distinct++
				break
			}
			if a.codes[first-1] == x && codes[first-1] == y {
				out.codes[row] = out.codes[first-1]
				break
			}
			at = (at + 1) & mask
		}
	}
	return out
}
