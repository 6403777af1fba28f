package file

import (
	"time"

	"tablestep/engine/queue"
)

// entry is the memory of one unfinished invocation. Everything in it that must
// survive the process also stands in the file.
type entry struct {
	id    queue.ID
	state queue.State
	// at is when an available or retryable entry may be claimed, and when the
	// lease of a running or delivering one runs out. It keeps Go's monotonic
	// reading, so that a jump of the wall clock ends no lease.
	at time.Time
	// due is the at of a delivering entry from before its claim.
	due time.Time
	// accepted is when the invocation came, and since when its attempts began.
	// Like at, they have a monotonic reading, so that a jump of the wall clock
	// makes nothing older.
	accepted, since time.Time
	// fence is the number of the current lease.
	fence uint64
	// ambiguous: an attempt may have arrived without a seen answer.
	ambiguous bool
	// bytes is the size of the body that the next claim hands out, held what of it is
	// counted among the large ones that are leased.
	bytes, held int64
	// ordered: its row says nothing of an earlier claim, so that after a crash its
	// place among the others tells whether it was running.
	ordered bool
	// suspect: may have been running when a process died. It runs alone.
	suspect bool
	// crashes is how often a process died while it ran alone.
	crashes int
	// lost counts leases that ran out and do not stand in the row yet.
	lost int
	// started: the claim has been written down.
	started bool
	// busy: an operation on it is on its way to the disk, so its lease does not
	// run out meanwhile.
	busy bool
	// sealing is what the callback will be sealed with, while running.
	sealing *queue.Sealing
	// kept is the body that the next claim gives out, if it is still in memory.
	kept *queue.Body

	in  *heap // the heap of the index, besides all, that holds it
	pos [2]int
}

// onClock gives a time that was read from the file the monotonic reading that it
// would have, so that its distance from now stays what it is when the wall clock
// jumps later.
func onClock(stored, now time.Time) time.Time {
	if stored.IsZero() {
		return stored
	}
	return now.Add(stored.Sub(now))
}

// heap is an indexed binary heap of entries: a position in each entry makes
// removal from the middle possible in logarithmic time.
type heap struct {
	slot  int // which position of the entries belongs to this heap
	less  func(a, b *entry) bool
	items []*entry
}

func (h *heap) len() int { return len(h.items) }

func (h *heap) top() *entry {
	if len(h.items) == 0 {
		return nil
	}
	return h.items[0]
}

func (h *heap) push(e *entry) {
	e.pos[h.slot] = len(h.items)
	h.items = append(h.items, e)
	h.up(len(h.items) - 1)
}

func (h *heap) remove(e *entry) {
	i, last := e.pos[h.slot], len(h.items)-1
	if i != last {
		h.swap(i, last)
	}
	h.items[last] = nil
	h.items = h.items[:last]
	if i != last && !h.down(i) {
		h.up(i)
	}
}

func (h *heap) swap(i, j int) {
	h.items[i], h.items[j] = h.items[j], h.items[i]
	h.items[i].pos[h.slot], h.items[j].pos[h.slot] = i, j
}

func (h *heap) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !h.less(h.items[i], h.items[parent]) {
			return
		}
		h.swap(i, parent)
		i = parent
	}
}

// down says whether it moved anything.
func (h *heap) down(i int) bool {
	start := i
	for {
		child := 2*i + 1
		if child >= len(h.items) {
			break
		}
		if right := child + 1; right < len(h.items) && h.less(h.items[right], h.items[child]) {
			child = right
		}
		if !h.less(h.items[child], h.items[i]) {
			break
		}
		h.swap(i, child)
		i = child
	}
	return i > start
}

func byID(a, b *entry) bool { return a.id.Compare(b.id) < 0 }

// bySuspicion lets those go first on which fewer processes have died, so that one
// that ends the process does it when the others are through.
func bySuspicion(a, b *entry) bool {
	if a.crashes != b.crashes {
		return a.crashes < b.crashes
	}
	return a.id.Compare(b.id) < 0
}

func byTime(a, b *entry) bool {
	if a.at.Equal(b.at) {
		return a.id.Compare(b.id) < 0
	}
	return a.at.Before(b.at)
}
