package main

import (
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"

	"tablestep/tables"
)

// The memory of the process, of which OPERATING.md makes a promise: one and a half
// times the tables' budget, and processBase for everything else.
//
// The garbage collector lets a heap grow to twice of what is alive. That is cheap
// for requests and dear for tables, which stay: a budget of 2 GiB would take 4. So
// the heap has a limit, which the runtime keeps by collecting more often as it comes
// near, and which is far away where the tables are small beside their budget.
// Whatever else is alive may still double: a limit that is below it would have the
// collector run all the time.
const (
	processBase = 128 << 20

	// heapBase is the part of it that the limit leaves to the heap: a collection
	// takes its time, and not all memory is heap.
	heapBase = 96 << 20
)

// heapLimit is the limit for a budget of which some is used, where so much is alive
// in all.
func heapLimit(budget, used, live int64) int64 {
	others := max(live-used, 0)
	return budget + budget/2 + max(heapBase, 2*others)
}

// A heapGuard sets the limit anew after each collection.
type heapGuard struct {
	store  *tables.Store
	before int64 // the limit that was found

	mu      sync.Mutex // guards the fields below
	limit   int64      // that was set last
	stopped bool
}

// guardHeap keeps the heap within its limit until it is stopped; nil where somebody
// has set one from outside, who knows better.
func guardHeap(store *tables.Store) *heapGuard {
	before := debug.SetMemoryLimit(-1)
	if before != math.MaxInt64 {
		return nil
	}
	g := &heapGuard{store: store, before: before}
	g.set()
	g.watch()
	return g
}

// sentinel is collected at the next collection, and so tells of it.
type sentinel struct{ guard *heapGuard }

func (g *heapGuard) watch() {
	runtime.AddCleanup(&sentinel{g}, func(g *heapGuard) {
		if g.set() {
			g.watch()
		}
	}, g)
}

// set sets the limit; false once the guard was stopped.
func (g *heapGuard) set() bool {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	m := g.store.Memory()
	limit := heapLimit(m.Budget, m.Used, int64(live[0].Value.Uint64()))
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.stopped {
		return false
	}
	// Setting it stops the world for a moment; a sixteenth more or less is not
	// worth that.
	if limit < g.limit-g.limit/16 || limit > g.limit+g.limit/16 {
		g.limit = limit
		debug.SetMemoryLimit(limit)
	}
	return true
}

// stop leaves the heap as it was found.
func (g *heapGuard) stop() {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stopped = true
	debug.SetMemoryLimit(g.before)
}
