package index

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// pieces is the kernel of mode Contains: the cell stands in the value, anywhere. The rank
// is the number of its characters.
//
// One walk of an automaton over the value finds all cells, whatever their number and
// lengths and whatever they share.
type pieces struct {
	cells *texts
	found *automaton
	ranks []uint32
}

func newContains(entries *texts, _ Part, m *Meter) (kernel, error) {
	k := &pieces{cells: entries, ranks: make([]uint32, entries.len())}
	for e := range k.ranks {
		cell := entries.at(int32(e))
		if !m.Spend(len(cell)) {
			break
		}
		k.ranks[e] = uint32(utf8.RuneCountInString(cell))
	}
	var err error
	k.found, err = newAutomaton(entries, m)
	return k, err
}

func (k *pieces) prepare(*value, *work) bool { return true }

func (k *pieces) find(v *value, w *work, dst []found) []found {
	w.entries = scan(k.found, v.text, w, w.entries[:0])
	for _, e := range w.entries {
		dst = append(dst, k.hit(e))
	}
	return dst
}

func (k *pieces) verify(v *value, w *work, entry int32) (found, bool) {
	cell := k.cells.at(entry)
	if len(cell) > len(v.text) {
		return found{}, false
	}
	if work := len(v.text); work > little { // the search looks at some bytes at once, mostly
		w.meter.Spend(work)
	}
	if !strings.Contains(v.text, cell) {
		return found{}, false
	}
	return k.hit(entry), true
}

func (k *pieces) hit(entry int32) found {
	return found{entry: entry, score: 1, rank: k.ranks[entry]}
}

// overlaps: any two cells can stand in one value. Those are reported of which one stands
// in the other, for then every value that has the longer one has both.
func (k *pieces) overlaps(w *work) func(int32, []int32) []int32 {
	around := k.around(w)
	var queue []int32
	return func(entry int32, dst []int32) []int32 {
		from := len(dst)
		dst = scan(k.found, k.cells.at(entry), w, dst) // itself among them
		queue = append(queue[:0], entry)
		for len(queue) > 0 {
			inner := queue[len(queue)-1]
			queue = queue[:len(queue)-1]
			for _, outer := range around.of(inner) {
				if w.meter.Spend(standsWork) && !w.marked(outer) {
					dst, queue = append(dst, outer), append(queue, outer)
				}
			}
		}
		for _, e := range dst[from:] {
			w.seen[e>>6] = 0
		}
		sortNumbers(&w.meter, dst[from:])
		return dst[:from+len(slices.Compact(dst[from:]))]
	}
}

// marked marks an entry and says that it was before.
func (w *work) marked(entry int32) bool {
	bit := uint64(1) << (entry & 63)
	was := w.seen[entry>>6]&bit != 0
	w.seen[entry>>6] |= bit
	return was
}

// around are the cells of which a cell is a part. Those are left out that have another cell
// in between, as it is a part of that one there: so a cell is listed under the longest
// places of others in it, and never under more than it has characters.
func (k *pieces) around(w *work) lists {
	var pairs []pair
	var places []standing
	for e := range int32(k.cells.len()) {
		text := k.cells.at(e)
		if !w.meter.Spend(2 * scanWork * len(text)) {
			break
		}
		places = k.places(e, places[:0])
		first := len(text)
		for _, p := range slices.Backward(places) {
			if p.from >= first {
				continue // It stands in one that ends behind it.
			}
			first = p.from
			pairs = append(pairs, pair{p.entry, e})
		}
	}
	return newLists(k.cells.len(), pairs)
}

// standing is where an entry begins in another one.
type standing struct {
	entry int32
	from  int
}

// places are, for each place in a cell where other ones end, the longest of them, in the
// order of their ends.
func (k *pieces) places(entry int32, dst []standing) []standing {
	a, node := k.found, int32(0)
	text := k.cells.at(entry)
	for i := range len(text) {
		node = a.next(node, text[i])
		at := node
		if a.ends[at] == none || a.ends[at] == entry {
			at = a.chain[at]
		}
		if at != 0 {
			other := a.ends[at]
			dst = append(dst, standing{other, i + 1 - len(k.cells.at(other))})
		}
	}
	return dst
}

func (k *pieces) bytes() int64 { return k.found.bytes() + 4*int64(len(k.ranks)) }
