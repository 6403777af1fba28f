package index

import (
	"math/bits"
)

// automaton finds all of a set of literals in a text in one pass (Aho and
// Corasick), whatever their number. Its edges are one hash table; those of the
// root, where most steps begin, are an array.
type automaton struct {
	root  [256]int32
	slots []edge
	fail  []int32 // of a node: the node of the longest ending of its text
	ends  []int32 // of a node: the literal that it is, or none
	chain []int32 // of a node: the next node on its way of failures that is a literal, or 0
}

// edge leads from a node, by a byte, to another one; to 0, the root, leads none.
type edge struct {
	key uint64 // node and byte
	to  int32
}

// newAutomaton makes an automaton of different, non-empty literals.
func newAutomaton(literals *texts, m *Meter) *automaton {
	a := &automaton{fail: []int32{0}, ends: []int32{none}, chain: []int32{0}, slots: make([]edge, 64)}
	edges := 0
	var parents []int32
	var labels []byte
	parents, labels = append(parents, 0), append(labels, 0)
	for l := range int32(literals.len()) {
		node := int32(0)
		text := literals.at(l)
		if !m.Spend(20 * len(text)) {
			return a
		}
		for i := range len(text) {
			next := a.step(node, text[i])
			if next == 0 {
				next = int32(len(a.fail))
				a.fail, a.ends, a.chain = append(a.fail, 0), append(a.ends, none), append(a.chain, 0)
				parents, labels = append(parents, node), append(labels, text[i])
				if node == 0 {
					a.root[text[i]] = next
				} else {
					if edges++; 4*edges > 3*len(a.slots) {
						a.grow()
					}
					a.put(edge{uint64(node)<<8 | uint64(text[i]), next})
				}
			}
			node = next
		}
		a.ends[node] = l
	}
	// By depth: the way of failures of a node leads to shallower ones.
	for _, node := range byDepth(parents) {
		parent, c := parents[node], labels[node]
		if parent != 0 {
			back := a.fail[parent]
			for {
				if next := a.step(back, c); next != 0 {
					a.fail[node] = next
					break
				}
				if back == 0 {
					break
				}
				back = a.fail[back]
			}
		}
		if f := a.fail[node]; a.ends[f] != none {
			a.chain[node] = f
		} else {
			a.chain[node] = a.chain[f]
		}
	}
	return a
}

// byDepth is all nodes but the root, shallow ones first. A parent has a lower
// number than its children.
func byDepth(parents []int32) []int32 {
	depth := make([]int32, len(parents))
	var pairs []pair
	deepest := int32(0)
	for node := 1; node < len(parents); node++ {
		depth[node] = depth[parents[node]] + 1
		deepest = max(deepest, depth[node])
		pairs = append(pairs, pair{depth[node], int32(node)})
	}
	l := newLists(int(deepest)+1, pairs)
	return l.numbers
}

func (a *automaton) place(key uint64) int {
	hi, _ := bits.Mul64(key*0x9e3779b97f4a7c15, uint64(len(a.slots)))
	return int(hi)
}

func (a *automaton) put(e edge) {
	slot := a.place(e.key)
	for a.slots[slot].to != 0 {
		if slot++; slot == len(a.slots) {
			slot = 0
		}
	}
	a.slots[slot] = e
}

func (a *automaton) grow() {
	old := a.slots
	a.slots = make([]edge, 2*len(old))
	for _, e := range old {
		if e.to != 0 {
			a.put(e)
		}
	}
}

// step is the node that a byte leads to, 0 where there is none.
func (a *automaton) step(node int32, c byte) int32 {
	if node == 0 {
		return a.root[c]
	}
	key := uint64(node)<<8 | uint64(c)
	slot := a.place(key)
	for {
		e := a.slots[slot]
		if e.to == 0 || e.key == key {
			return e.to
		}
		if slot++; slot == len(a.slots) {
			slot = 0
		}
	}
}

// scanWork is what a byte takes, and scanRun how many are charged at once: each
// may bring up as many literals as end there.
const (
	scanWork = 5
	scanRun  = 256
)

// scan adds the literals that stand in a text; one may come several times.
func scan[T string | []byte](a *automaton, text T, dst []int32, m *Meter) []int32 {
	node := int32(0)
	for from := 0; from < len(text); from += scanRun {
		to := min(from+scanRun, len(text))
		if work := scanWork * (to - from); work > little && !m.Spend(work) {
			return dst
		}
		for i := from; i < to; i++ {
			c := text[i]
			next := a.step(node, c)
			for next == 0 && node != 0 {
				node = a.fail[node]
				next = a.step(node, c)
			}
			node = next
			if a.ends[node] != none {
				dst = append(dst, a.ends[node])
			}
			if a.chain[node] == 0 {
				continue
			}
			known := len(dst)
			for n := a.chain[node]; n != 0; n = a.chain[n] {
				dst = append(dst, a.ends[n])
			}
			if !m.Spend(scanWork * (len(dst) - known)) {
				return dst
			}
		}
	}
	return dst
}

func (a *automaton) bytes() int64 {
	return 1024 + 16*int64(len(a.slots)) + 12*int64(len(a.fail))
}
