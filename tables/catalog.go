package tables

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	bolt "go.etcd.io/bbolt"
)

// A Catalog describes all tables and rule sets at one moment. It is immutable, as
// is everything that it hands out.
type Catalog struct {
	tables   []*Table
	byName   map[string]*Table
	ruleSets []*RuleSet // sorted by name

	pins atomic.Int64 // how many hold it, see Pin
}

// A Table is a named set of rows and the ways it is used.
type Table struct {
	Name     string
	Live     *Version // nil: nothing is published; without its warnings, which Versions reads
	Lookups  []Lookup // the default one first, then by name
	Versions int      // how many are kept
	Updated  time.Time
}

// Tables are all tables, sorted by name. The caller does not change the slice.
func (c *Catalog) Tables() []*Table { return c.tables }

// Table finds a table.
func (c *Catalog) Table(name string) (*Table, bool) {
	t, ok := c.byName[name]
	return t, ok
}

// Lookup finds a lookup; the empty name and the table's own are the default one.
func (t *Table) Lookup(name string) (Lookup, bool) {
	if name == "" {
		name = t.Name
	}
	for _, l := range t.Lookups {
		if l.Name == name {
			return l, true
		}
	}
	return Lookup{}, false
}

// with is a new catalog with a table put in, or taken out where table is nil.
func (c *Catalog) with(name string, table *Table) *Catalog {
	n := &Catalog{byName: make(map[string]*Table, len(c.tables)+1), ruleSets: c.ruleSets}
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

// readCatalog describes what is stored.
func readCatalog(tx *bolt.Tx) (*Catalog, error) {
	c := &Catalog{byName: map[string]*Table{}}
	err := tx.Bucket([]byte(bucketTables)).ForEach(func(k, _ []byte) error {
		t, err := describe(tx, string(k))
		if err != nil || t == nil {
			return err
		}
		c.tables = append(c.tables, t)
		c.byName[t.Name] = t
		return nil
	})
	if err != nil {
		return nil, err
	}
	c.ruleSets, err = readRuleSets(tx)
	return c, err
}

// describe makes a Table of the stored record; nil where it is deleted.
func describe(tx *bolt.Tx, name string) (*Table, error) {
	r, err := readTable(tx, name)
	if err != nil {
		return nil, err
	}
	if r == nil || r.Deleted {
		return nil, nil
	}
	t := &Table{Name: name, Lookups: r.Lookups, Updated: r.Updated}
	if r.Live != 0 {
		if t.Live, err = readVersion(tx, name, r.Live); err != nil {
			return nil, err
		}
	}
	t.Versions = len(versionNumbers(tx, name))
	return t, nil
}

// sortLookups puts the default one first and the others in order of their names.
func sortLookups(table string, lookups []Lookup) {
	slices.SortFunc(lookups, func(a, b Lookup) int {
		if (a.Name == table) != (b.Name == table) {
			if a.Name == table {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
}

// checkName holds a name of a table or lookup against the contract:
// [a-z0-9][a-z0-9._-]{0,99}.
func checkName(kind, name string) error {
	ok := len(name) >= 1 && len(name) <= 100
	for i := 0; ok && i < len(name); i++ {
		c := name[i]
		ok = c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || i > 0 && (c == '.' || c == '_' || c == '-')
	}
	if !ok {
		return fmt.Errorf("%w: %s name %q: use 1 to 100 of a-z, 0-9, dot, dash and underscore, beginning with a letter or digit", ErrInvalid, kind, short(name))
	}
	return nil
}

// equalName says that two column names are the same in any case.
func equalName(a, b string) bool { return strings.EqualFold(a, b) }

// short cuts a text that goes into a message, between characters.
func short(s string) string {
	const most = 80
	if len(s) > most {
		cut := most
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut] + "…"
	}
	return visible(s)
}

// visible puts spaces in place of control characters.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}
