package answers

import (
	"maps"
	"slices"

	"tablestep/tables/schema"
)

// Total is what an aggregate makes of cells that are written as n says.
func Total(a schema.Aggregate, n schema.Notation, cells []string) string {
	var t total
	t.reset()
	for _, cell := range cells {
		if problem := t.add(a, schema.DefaultSeparator, cell, n); problem != "" {
			return problem
		}
	}
	return t.result(a, int32(len(cells)))
}

// Decimals reads two cells as numbers, and compares and adds them.
func Decimals(a, b string) (order int, sum string, isA, isB bool) {
	x, isA := schema.ParseDecimal(a)
	y, isB := schema.ParseDecimal(b)
	if !isA || !isB {
		return 0, "", isA, isB
	}
	return x.Compare(y), Total(schema.AggregateSum, schema.Notation{}, []string{a, b}), true, true
}

// Indexes are the keys whose indexes a snapshot keeps.
func Indexes(sn *Snapshot) []string {
	sn.mu.Lock()
	defer sn.mu.Unlock()
	return slices.Sorted(maps.Keys(sn.indexes))
}

// Lists is how many lists of hashes a cache keeps.
func Lists(c *Cache) int {
	c.hashes.mu.Lock()
	defer c.hashes.mu.Unlock()
	return len(c.hashes.lists)
}

// The bounds that tests go up to.
const (
	MaxIndexes = maxIndexes
	MaxPaces   = maxPaces
	PaceKept   = paceKept
)

// LoadedTables are the tables of which a cache holds a version in memory.
func LoadedTables(c *Cache) (names []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range c.entries {
		if e.snapshot != nil {
			names = append(names, e.table)
		}
	}
	slices.Sort(names)
	return names
}
