package check

import (
	"math"
	"math/bits"
)

// distinct counts different hashes: exactly while they are few, and from then on
// with a HyperLogLog of 4,096 registers, whose error is about 1.6 %.
type distinct struct {
	most      int      // exact up to so many
	count     int      // entries of set
	set       []uint64 // open addressing, 0 is free
	zero      bool     // the hash 0 was seen
	registers []uint8
}

const (
	registerBits = 12
	// exactTotal is how many hashes all columns of a table together keep.
	exactTotal = 4 << 20
)

func newDistinct(columns int) distinct {
	return distinct{most: min(1<<17, max(1<<8, exactTotal/columns))}
}

func (d *distinct) add(hash uint64) {
	switch {
	case d.registers != nil:
		d.register(hash)
	case hash == 0:
		d.zero = true
	default:
		if 4*d.count >= 3*len(d.set) {
			d.grow()
			if d.registers != nil {
				d.register(hash)
				return
			}
		}
		if insert(d.set, hash) {
			d.count++
		}
	}
}

func insert(set []uint64, hash uint64) bool {
	mask := uint64(len(set) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		switch set[i] {
		case 0:
			set[i] = hash
			return true
		case hash:
			return false
		}
	}
}

// grow doubles the set, or goes over to registers.
func (d *distinct) grow() {
	old := d.set
	if d.count >= d.most {
		d.registers = make([]uint8, 1<<registerBits)
		for _, hash := range old {
			if hash != 0 {
				d.register(hash)
			}
		}
		d.set = nil
		return
	}
	d.set = make([]uint64, max(64, 2*len(old)))
	for _, hash := range old {
		if hash != 0 {
			insert(d.set, hash)
		}
	}
}

func (d *distinct) register(hash uint64) {
	rank := uint8(bits.LeadingZeros64(hash<<registerBits|1<<(registerBits-1)) + 1)
	if r := &d.registers[hash>>(64-registerBits)]; *r < rank {
		*r = rank
	}
}

// exact says that total is not an estimate.
func (d *distinct) exact() bool { return d.registers == nil }

func (d *distinct) total() int {
	if d.exact() {
		n := d.count
		if d.zero {
			n++
		}
		return n
	}
	const m = 1 << registerBits
	sum, zeros := 0.0, 0
	for _, r := range d.registers {
		sum += math.Ldexp(1, -int(r))
		if r == 0 {
			zeros++
		}
	}
	alpha := 0.7213 / (1 + 1.079/m)
	estimate := alpha * m * m / sum
	if estimate <= 2.5*m && zeros > 0 {
		estimate = m * math.Log(m/float64(zeros))
	}
	return int(math.Round(estimate))
}
