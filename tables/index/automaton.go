package index

import (
	"math/bits"
)

// automaton finds all of a set of literals in a text in one pass (Aho and
// Corasick), whatever their number. Its edges are one hash table; those of the
// root, where most steps begin, are an array.
type automaton struct {
	root  [256]int32
	slots []edge  // 0 is free
	fail  []int32 // of a node: the node of the longest ending of its text
	ends  []int32 // of a node: the literal that it is, or none
	chain []int32 // of a node: the next node on its way of failures that is a literal, or 0

	literals int
}

// edge leads from a node, by a byte, to another one, which is in the upper bits; to 0, the
// root, leads none. An automaton of many cells is mostly edges: in 8 bytes each, a walk
// over a value finds more of them near.
type edge uint64

const (
	nodeBits = 28
	edgeKey  = 1<<(nodeBits+8) - 1 // node and byte
	maxNodes = 1<<nodeBits - 1
)

func newEdge(node int32, c byte, to int32) edge {
	return edge(to)<<(nodeBits+8) | edge(node)<<8 | edge(c)
}

func (e edge) key() uint64 { return uint64(e & edgeKey) }

func (e edge) to() int32 { return int32(e >> (nodeBits + 8)) }

// newAutomaton makes an automaton of different, non-empty literals.
func newAutomaton(literals *texts, m *Meter) (*automaton, error) {
	a := &automaton{literals: literals.len(), fail: []int32{0}, ends: []int32{none}, chain: []int32{0}, slots: make([]edge, 64)}
	edges := 0
	var parents []int32
	var labels []byte
	parents, labels = append(parents, 0), append(labels, 0)
	for l := range int32(literals.len()) {
		node := int32(0)
		text := literals.at(l)
		if !m.Spend(20 * len(text)) {
			return a, nil
		}
		if len(a.fail)+len(text) > maxNodes {
			return nil, errTooMuchText
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
					a.put(newEdge(node, text[i], next))
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
	return a, nil
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
	slot := a.place(e.key())
	for a.slots[slot] != 0 {
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
		if e != 0 {
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
		if e == 0 || e.key() == key {
			return e.to()
		}
		if slot++; slot == len(a.slots) {
			slot = 0
		}
	}
}

// scanWork is what a byte takes, standsWork what a literal takes that stands there, and
// scanRun how many bytes are charged at once.
const (
	scanWork   = 5
	standsWork = 10
	scanRun    = 256
)

// scan adds the literals that stand in a text, each once. Where one ends in the text, those
// that it ends with do, too, and come after it in the chain. At one that was met before the
// chain has been followed, so a text costs its length and what it has of different
// literals, also where they are parts of each other and stand in it thousands of times.
func scan[T string | []byte](a *automaton, text T, w *work, dst []int32) []int32 {
	if words := (a.literals + 63) / 64; cap(w.seen) < words {
		w.seen = make([]uint64, words)
	}
	seen := w.seen[:cap(w.seen)]
	all := len(dst)
	node := int32(0)
	for from := 0; from < len(text); from += scanRun {
		to := min(from+scanRun, len(text))
		if work := scanWork * (to - from); work > little && !w.meter.Spend(work) {
			break
		}
		known := len(dst)
		for i := from; i < to; i++ {
			node = a.next(node, text[i])
			at := node
			if a.ends[at] == none {
				at = a.chain[at]
			}
			for ; at != 0; at = a.chain[at] {
				l := a.ends[at]
				if seen[l>>6]&(1<<(l&63)) != 0 {
					break
				}
				seen[l>>6] |= 1 << (l & 63)
				dst = append(dst, l)
			}
		}
		if work := standsWork * (len(dst) - known); work > little && !w.meter.Spend(work) {
			break
		}
	}
	for _, l := range dst[all:] {
		seen[l>>6] = 0
	}
	return dst
}

// next is the node of the longest ending of a text that has one, with one byte more.
func (a *automaton) next(node int32, c byte) int32 {
	next := a.step(node, c)
	for next == 0 && node != 0 {
		node = a.fail[node]
		next = a.step(node, c)
	}
	return next
}

func (a *automaton) bytes() int64 {
	return 1024 + 8*int64(len(a.slots)) + 12*int64(len(a.fail))
}
