package answers

import (
	"cmp"
	"slices"
)

// A score is how often a version was asked for lately: each ask counts one, and
// with every scoreSpan asks for anything what was counted before is halved. So a
// table that is used much outweighs a walk over many that are used once.
type score struct {
	asks uint32
	span uint64
}

const scoreSpan = 256

func (s *score) count(asked uint64) {
	s.asks = s.now(asked) + 1
	s.span = asked / scoreSpan
}

// now is the score after so many asks.
func (s *score) now(asked uint64) uint32 {
	return s.asks >> min(asked/scoreSpan-s.span, 31)
}

// A version takes the place of others when it was asked for twice as often as all
// of them, and some times more: what is about as much in use as another stays on
// the disk, instead of both being loaded and dropped by turns.
const (
	worthTimes = 2
	worthMore  = 8

	// retryAsks is after how many asks it is looked at again whether a version is
	// worth its place, and pauseAsks after how many where the room that was made
	// for it turned out to be held by somebody.
	retryAsks = 8
	pauseAsks = 64
)

// consider starts to make room for a version, if that is worth it. The lock is held.
func (c *Cache) consider(e *entry, need int64) {
	if c.moving != nil || c.asked < e.retry {
		return
	}
	e.retry = c.asked + retryAsks
	victims, ok := c.victims(e, need)
	if !ok || c.enter() != nil {
		return
	}
	c.moving = e
	for _, v := range victims {
		c.letGo(v)
	}
	go func() {
		defer c.leave()
		c.move(e, need)
	}()
}

// victims are the loaded versions whose place another one is to take, none where
// only the collector has to come; false where there is no room to be had or the
// other one is not worth it.
func (c *Cache) victims(e *entry, need int64) ([]*entry, bool) {
	beyond := c.memory.beyond(need)
	if beyond <= 0 {
		return nil, true
	}
	var loaded []*entry
	for storage, other := range c.entries {
		switch {
		case other == e || other.load != nil:
		case other.snapshot != nil:
			loaded = append(loaded, other)
		case other.score.now(c.asked) == 0 && other.last.Value() == nil:
			delete(c.entries, storage) // long not asked for
		}
	}
	dear := func(e *entry) float64 { return float64(c.worth(e)) / float64(e.bytes+1) }
	slices.SortFunc(loaded, func(a, b *entry) int { return cmp.Compare(dear(a), dear(b)) })
	price := uint32(0)
	for i, other := range loaded {
		beyond -= other.bytes
		if worth := c.worth(other); worth > 0 {
			price += worthTimes*worth + worthMore
		}
		if beyond <= 0 {
			return loaded[:i+1], c.worth(e) >= price
		}
	}
	return nil, false
}

// worth is the score of a version, 0 where it is not its table's live one: the next
// batch will not ask for it.
func (c *Cache) worth(e *entry) uint32 {
	if live, _ := c.options.Live(e.table); live == nil || live.Storage != e.version.Storage {
		return 0
	}
	return max(e.score.now(c.asked), 1)
}

// move loads a version once the collector has found room for it. Those who ask for
// it meanwhile are answered from the disk, and so are those after a load that
// failed: what was wrong is told to them there.
func (c *Cache) move(e *entry, need int64) {
	room := c.collect(func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.memory.take(need)
	})
	if room {
		_, _ = c.load(e, need)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moving = nil
	if !room {
		e.retry = c.asked + pauseAsks
	}
}

// shed lets the least worthy go where an index took more than was taken for it.
func (c *Cache) shed(keep *entry) {
	for c.memory.cached > c.memory.budget {
		var least *entry
		for _, e := range c.entries {
			if e != keep && e.snapshot != nil && (least == nil || c.worth(e) < c.worth(least)) {
				least = e
			}
		}
		if least == nil {
			return
		}
		c.letGo(least)
	}
}
