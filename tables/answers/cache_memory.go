package answers

import (
	"runtime"
	"weak"
)

// memory counts what snapshots take, from the start of a load until the garbage
// collector has what was loaded. Nobody says when he is done with a snapshot, so
// one that was let go counts until the collector finds that nobody holds it.
//
//	      take            charge           the collector has it
//	free ──────► taken ───────────► charged ────────────────────► free
//	             by a load, or an   a snapshot or an index, in
//	             index in the       the cache or held by a batch
//	             making
//
// The cache's lock guards it.
type memory struct {
	budget  int64
	taken   int64
	charged int64
	cached  int64 // of charged: what the cache itself holds
}

// A charge is what one object is counted with.
type charge struct{ bytes int64 }

// take takes room, if there is any.
func (m *memory) take(bytes int64) bool {
	if m.taken+m.charged+bytes > m.budget {
		return false
	}
	m.taken += bytes
	return true
}

// give gives back what was taken.
func (m *memory) give(bytes int64) { m.taken -= bytes }

// beyond is how much is missing for bytes once the collector has all that nobody
// but the cache holds.
func (m *memory) beyond(bytes int64) int64 { return m.taken + m.cached + bytes - m.budget }

// count charges an object until the collector has it.
func count[T any](c *Cache, object *T, bytes int64) *charge {
	to := &charge{bytes}
	c.memory.charged += bytes
	runtime.AddCleanup(object, c.collected, to)
	return to
}

// collected is called when the collector has an object.
func (c *Cache) collected(from *charge) {
	c.mu.Lock()
	c.memory.charged -= from.bytes
	c.mu.Unlock()
	select {
	case c.freed <- struct{}{}:
	default:
	}
}

// takeForIndex takes room for an index of a snapshot, which for its first one has
// some already. A snapshot that gets none at all is of no use in memory: it is let
// go until there is room for both.
func (c *Cache) takeForIndex(sn *Snapshot, bytes int64) (taken int64, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.holder(sn)
	if !c.memory.take(max(bytes-sn.spare, 0)) {
		if e != nil && sn.spare > 0 {
			e.need = sn.charge.bytes - sn.spare + bytes
			c.letGo(e)
			e.last = weak.Pointer[Snapshot]{}
		}
		return 0, false
	}
	taken = max(bytes, sn.spare)
	c.memory.taken += sn.spare
	c.memory.charged -= sn.spare
	sn.charge.bytes -= sn.spare
	if e != nil {
		c.grow(e, -sn.spare)
	}
	sn.spare = 0
	return taken, true
}

// indexed gives back what was taken for an index, and counts the index if there is
// one. grown is by how much the indexes that are kept have grown, or shrunk where
// others made way.
func (c *Cache) indexed(sn *Snapshot, taken, grown int64, made *block) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.memory.give(taken)
	if made == nil {
		return
	}
	count(c, made, made.index.Bytes())
	sn.kept += grown
	if e := c.holder(sn); e != nil {
		c.grow(e, grown)
		c.shed(e)
	}
}

// Memory is what the tables take at the moment.
type Memory struct {
	Budget int64 // Options.Budget
	Used   int64 // of snapshots and indexes that are there or in the making, those included that only a batch holds
	Cached int64 // of Used: what stays for the next batch
	Loaded int   // versions that stay
}

// Memory tells what the tables take at the moment.
func (c *Cache) Memory() Memory {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := Memory{Budget: c.memory.budget, Used: c.memory.taken + c.memory.charged, Cached: c.memory.cached}
	for _, e := range c.entries {
		if e.snapshot != nil {
			m.Loaded++
		}
	}
	return m
}
