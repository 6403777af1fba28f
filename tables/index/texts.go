package index

import (
	"errors"
	"hash/maphash"
	"math"
)

// errTooMuchText is why a column cannot be indexed. Snapshots are kept far
// smaller than this.
var errTooMuchText = errors.New("the distinct cells of a column take more than 4 GiB")

// texts is a list of texts in one arena.
type texts struct {
	arena string
	ends  []uint32
}

func (t *texts) len() int { return len(t.ends) }

func (t *texts) at(i int32) string {
	if i == 0 {
		return t.arena[:t.ends[0]]
	}
	return t.arena[t.ends[i-1]:t.ends[i]]
}

func (t *texts) bytes() int64 { return int64(len(t.arena)) + 4*int64(len(t.ends)) }

// intern gives texts numbers in the order of their first coming.
type intern struct {
	seed  maphash.Seed
	slots []uint64 // hash in the upper half, number+1 in the lower; 0 is free
	arena []byte
	ends  []uint32
}

func newIntern() *intern {
	return &intern{seed: maphash.MakeSeed(), slots: make([]uint64, 64)}
}

// number is the number of a text, a new one if need be.
func (n *intern) number(text string) (int32, error) {
	tag := maphash.String(n.seed, text) &^ lower
	slot := n.place(tag)
	for n.slots[slot] != 0 {
		if s := n.slots[slot]; s&^lower == tag {
			id := int(s&lower) - 1
			from := uint32(0)
			if id > 0 {
				from = n.ends[id-1]
			}
			if string(n.arena[from:n.ends[id]]) == text {
				return int32(id), nil
			}
		}
		slot = (slot + 1) & (len(n.slots) - 1)
	}
	if len(n.arena)+len(text) > math.MaxUint32 {
		return 0, errTooMuchText
	}
	n.arena = append(n.arena, text...)
	n.ends = append(n.ends, uint32(len(n.arena)))
	n.slots[slot] = tag | uint64(len(n.ends))
	if 4*len(n.ends) > 3*len(n.slots) {
		n.grow()
	}
	return int32(len(n.ends) - 1), nil
}

func (n *intern) place(tag uint64) int { return int(tag>>32) & (len(n.slots) - 1) }

func (n *intern) grow() {
	old := n.slots
	n.slots = make([]uint64, 2*len(old))
	for _, s := range old {
		if s == 0 {
			continue
		}
		slot := n.place(s &^ lower)
		for n.slots[slot] != 0 {
			slot = (slot + 1) & (len(n.slots) - 1)
		}
		n.slots[slot] = s
	}
}

// texts are the texts so far.
func (n *intern) texts() texts { return texts{arena: string(n.arena), ends: n.ends} }

// dictionary is what finds the number of a text once all texts are in.
func (n *intern) dictionary() *dictionary {
	return &dictionary{seed: n.seed, slots: n.slots, texts: n.texts()}
}

// dictionary finds the number of a text.
type dictionary struct {
	texts
	seed  maphash.Seed
	slots []uint64
}

// find is the number of a text, or none.
func (d *dictionary) find(text string) int32 {
	tag := maphash.String(d.seed, text) &^ lower
	slot := int(tag>>32) & (len(d.slots) - 1)
	for {
		s := d.slots[slot]
		if s == 0 {
			return none
		}
		if s&^lower == tag {
			if id := int32(s&lower) - 1; d.at(id) == text {
				return id
			}
		}
		slot = (slot + 1) & (len(d.slots) - 1)
	}
}

// findAll is find for many texts: dst[i] is the number of texts[i], or none. It walks over
// them several times, so that the reads of a step overlap. What it returns is of no use, but
// keeps the reads ahead from being compiled away.
func (d *dictionary) findAll(texts []string, p *probe, dst []int32) (touched uint64) {
	p.slots, p.sums = resize(p.slots, len(texts)), resize(p.sums, len(texts))
	mask := len(d.slots) - 1
	for i, text := range texts {
		tag := maphash.String(d.seed, text) &^ lower
		slot := int(tag>>32) & mask
		p.sums[i].hash, p.slots[i] = tag, slot
		touched += d.slots[slot]
	}
	for i := range texts {
		dst[i], p.slots[i] = d.candidate(p.slots[i], p.sums[i].hash)
		if dst[i] != none {
			touched += uint64(d.ends[dst[i]])
		}
	}
	for i := range texts {
		if dst[i] != none {
			if text := d.at(dst[i]); text != "" {
				touched += uint64(text[0])
			}
		}
	}
	for i, text := range texts {
		for dst[i] != none && d.at(dst[i]) != text {
			dst[i], p.slots[i] = d.candidate((p.slots[i]+1)&mask, p.sums[i].hash)
		}
	}
	return touched
}

// candidate walks on to a number with a tag.
func (d *dictionary) candidate(slot int, tag uint64) (number int32, at int) {
	for {
		switch s := d.slots[slot]; {
		case s == 0:
			return none, slot
		case s&^lower == tag:
			return int32(s&lower) - 1, slot
		}
		slot = (slot + 1) & (len(d.slots) - 1)
	}
}

func (d *dictionary) bytes() int64 { return d.texts.bytes() + 8*int64(len(d.slots)) }

// lists is a list of numbers for each of a row of things, in one arena.
type lists struct {
	starts  []uint32 // one more than there are things
	numbers []int32
}

// newLists makes lists of pairs (thing, number), which keep their order within a
// thing.
func newLists(things int, pairs []pair) lists {
	l := lists{starts: make([]uint32, things+1), numbers: make([]int32, len(pairs))}
	for _, p := range pairs {
		l.starts[p.thing+1]++
	}
	for i := range things {
		l.starts[i+1] += l.starts[i]
	}
	next := append([]uint32(nil), l.starts[:things]...)
	for _, p := range pairs {
		l.numbers[next[p.thing]] = p.number
		next[p.thing]++
	}
	return l
}

type pair struct{ thing, number int32 }

func (l *lists) of(thing int32) []int32 { return l.numbers[l.starts[thing]:l.starts[thing+1]] }

func (l *lists) bytes() int64 { return 4 * int64(len(l.starts)+len(l.numbers)) }
