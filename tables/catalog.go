package tables

import (
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"tablestep/tables/schema"
	"time"

	bolt "go.etcd.io/bbolt"
)

// A Catalog describes all tables and rule sets at one moment. It is immutable, as
// is everything that it hands out.
type Catalog struct {
	tables   []*Table
	byName   map[string]*Table
	ruleSets []*RuleSet // sorted by name
	damage   []Damage   // of what is neither a table nor a rule set

	pins atomic.Int64 // how many hold it, see Pin
}

// A Table is a named set of rows and the ways it is used.
type Table struct {
	Name     string
	Live     *schema.Version // nil: nothing is published; without its warnings, which Versions reads
	Lookups  []schema.Lookup // the default one first, then by name
	Versions int             // how many are kept
	Updated  time.Time
	Damage   *Damage // not nil: the table is set aside, and Live is nil

	damagedVersions []Damage // that are not live
}

// Tables are all tables, sorted by name. The caller does not change the slice.
func (c *Catalog) Tables() []*Table { return c.tables }

// Table finds a table.
func (c *Catalog) Table(name string) (*Table, bool) {
	t, ok := c.byName[name]
	return t, ok
}

// Lookup finds a lookup; the empty name and the table's own are the default one.
func (t *Table) Lookup(name string) (schema.Lookup, bool) {
	if name == "" {
		name = t.Name
	}
	for _, l := range t.Lookups {
		if l.Name == name {
			return l, true
		}
	}
	return schema.Lookup{}, false
}

// with is a new catalog with a table put in, or taken out where table is nil.
func (c *Catalog) with(name string, table *Table) *Catalog {
	n := &Catalog{byName: make(map[string]*Table, len(c.tables)+1), ruleSets: c.ruleSets, damage: c.damage}
	at, found := slices.BinarySearchFunc(c.tables, name, func(t *Table, name string) int { return strings.Compare(t.Name, name) })
	n.tables = append(n.tables, c.tables[:at]...)
	if table != nil {
		n.tables = append(n.tables, table)
	}
	if found {
		at++
	}
	n.tables = append(n.tables, c.tables[at:]...)
	for _, t := range n.tables {
		n.byName[t.Name] = t
	}
	return n
}

// readCatalog describes what is stored. What is damaged is set aside in it.
func readCatalog(tx *bolt.Tx) (*Catalog, error) {
	c := &Catalog{byName: map[string]*Table{}}
	for _, name := range storedNames(tx, bucketTables, bucketVersions) {
		if schema.CheckName("table", name) != nil && name != schema.ReservedName {
			c.damage = append(c.damage, Damage{Kind: DamagedTable, Name: schema.Excerpt(name), Problem: "a record stands under a name that no table can have: " + restore})
			continue
		}
		t, err := describe(tx, name)
		if err != nil {
			return nil, err
		}
		if t != nil {
			c.tables = append(c.tables, t)
			c.byName[t.Name] = t
		}
	}
	var err error
	c.ruleSets, err = readRuleSets(tx, &c.damage)
	return c, err
}

// storedNames are the names in a bucket of records and in one of their versions,
// sorted: a record may be lost and its versions there.
func storedNames(tx *bolt.Tx, records, versions string) []string {
	var names []string
	c := tx.Bucket([]byte(records)).Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		names = append(names, string(k))
	}
	last := ""
	c = tx.Bucket([]byte(versions)).Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		if name := string(k[:max(len(k)-9, 0)]); name != last {
			names, last = append(names, name), name
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// describe makes a Table of the stored records; nil where it is deleted. One that
// cannot be used is described with its Damage.
func describe(tx *bolt.Tx, name string) (*Table, error) {
	t := &Table{Name: name, Versions: len(versionNumbers(tx, name))}
	r, err := readTable(tx, name)
	switch {
	case damaged(err):
		t.setAside(err, 0)
		return t, nil
	case err != nil:
		return nil, err
	case r == nil && t.Versions > 0:
		t.setAside(errMissing, 0)
		return t, nil
	case r == nil || r.Deleted:
		return nil, nil
	}
	t.Lookups, t.Updated = r.Lookups, r.Updated
	if r.Live != 0 {
		t.Live, err = readVersion(tx, name, r.Live)
		if damaged(err) || errors.Is(err, schema.ErrVersionNotFound) {
			t.setAside(err, r.Live)
			err = nil
		}
		if err != nil {
			return nil, err
		}
	}
	err = eachNumbered(tx, bucketVersions, name, func(n uint64, data []byte) error {
		if int(n) != r.Live {
			if _, err := unwrap(bucketVersions, numbered(name, n), data); err != nil {
				t.damagedVersions = append(t.damagedVersions, Damage{DamagedTable, name, int(n), "the version cannot be published (" + err.Error() + "): " + restore})
			}
		}
		return nil
	})
	return t, err
}
