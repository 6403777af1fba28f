package engine

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"tablestep/tables"
	"tablestep/tables/answers"
	"tablestep/tables/schema"
)

// A SlowLookup is a lookup that did not get through a batch in the time that there
// is. It is told for as long as version and lookup stay what they were.
type SlowLookup struct {
	Table   string
	Lookup  string
	Version int
	Pace    string // in words
}

// What is kept of lookups that take long.
const (
	noted    = answers.Second / 1000 // the least work of a batch that is worth a note
	maxPaces = 1000                  // lookups
)

// Slow is what was seen of lookups that take long. It is there for the choice of the
// lane, and to be told.
type slow struct {
	some atomic.Bool // whether anything was seen
	mu   sync.Mutex  // guards seen
	seen map[slowKey]slowLookup
}

type slowKey struct{ table, lookup string }

type slowLookup struct {
	version int
	lookup  schema.Lookup // as it was in the catalog
	work    int64         // units a lead
	spent   bool          // leads were not reached
}

// note takes in what a lookup took for some leads of a batch.
func (s *slow) note(catalog *tables.Catalog, table, lookup string, version int, leads int, work int64, spent bool) {
	if work < noted && !spent || leads == 0 {
		return
	}
	t, ok := catalog.Table(table)
	if !ok {
		return
	}
	l, ok := t.Lookup(lookup)
	if !ok {
		return
	}
	key := slowKey{table, l.Name}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := slowLookup{version: version, lookup: l, work: work / int64(leads)}
	// Another lookup of the batch may have left it little to work with.
	n.spent = spent && (2*work > answers.BatchWork || 1000*n.work > answers.BatchWork)
	if o, ok := s.seen[key]; ok && o.version == version && reflect.DeepEqual(o.lookup, l) {
		n.spent, n.work = n.spent || o.spent, max(n.work, o.work)
	}
	s.keep(key, n)
}

// keep keeps what was seen of a lookup. Where there is too much, all else is forgotten:
// what is still slow is seen again. The caller has the lock.
func (s *slow) keep(key slowKey, n slowLookup) {
	if s.seen == nil || len(s.seen) >= maxPaces {
		s.seen = map[slowKey]slowLookup{}
	}
	s.seen[key] = n
	s.some.Store(true)
}

// expects says that a batch of so many leads will probably take long.
func (s *slow) expects(catalog *tables.Catalog, choices []string, leads int) bool {
	if !s.some.Load() {
		return false
	}
	choices = withChains(catalog, choices)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, choice := range choices {
		table, lookup, _ := strings.Cut(choice, "/")
		key := slowKey{table, cmp.Or(lookup, table)}
		n, ok := s.seen[key]
		if ok && n.work*int64(leads) > int64(fastTime) && n.stands(catalog, key) {
			return true
		}
	}
	return false
}

// stands says that version and lookup are still what they were.
func (n *slowLookup) stands(catalog *tables.Catalog, key slowKey) bool {
	t, ok := catalog.Table(key.table)
	if !ok || t.Live == nil || t.Live.Number != n.version {
		return false
	}
	l, ok := t.Lookup(key.lookup)
	return ok && reflect.DeepEqual(l, n.lookup)
}

// SlowLookups are the lookups that leads of some batch were not reached in, by
// name.
func (e *Engine) SlowLookups() []SlowLookup {
	s, catalog := &e.evaluator.slow, e.evaluator.store.Catalog()
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []SlowLookup
	for key, n := range s.seen {
		if n.spent && n.stands(catalog, key) {
			pace := answers.Pace{Work: 1000 * n.work}
			list = append(list, SlowLookup{Table: key.table, Lookup: key.lookup, Version: n.version, Pace: pace.String()})
		}
	}
	slices.SortFunc(list, func(a, b SlowLookup) int {
		return cmp.Or(cmp.Compare(a.Table, b.Table), cmp.Compare(a.Lookup, b.Lookup))
	})
	return list
}

// A tooSlow is a lookup in a rule that the work of the batch did not suffice for.
type tooSlow struct {
	table, lookup string
	version       int
}

func (e *tooSlow) Error() string { return string(appendTooSlow(nil, e.table, e.lookup, e.version)) }

// appendTooSlow says that a lead was not reached, and what to do.
func appendTooSlow(b []byte, table, lookup string, version int) []byte {
	return fmt.Appendf(b, "table %s, lookup %s (version %d) is too slow: the lead was not reached in %d s of work for the batch; %s",
		table, lookup, version, answers.BatchWork/answers.Second, answers.WaysOut)
}
