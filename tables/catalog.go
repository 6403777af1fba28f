package tables

import (
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"tablestep/tables/schema"
)

// A Catalog describes all tables and rule sets at one moment. It is immutable, as
// is everything that it hands out.
type Catalog struct {
	tables   []*Table // sorted by name
	byName   map[string]*Table
	former   map[string]*Table // by the names that they have had
	ruleSets []*RuleSet        // sorted by name
	damage   []Damage          // of what is neither a table nor a rule set

	families map[Name]*family // all names of which something is kept, the deleted ones too

	pins atomic.Int64 // how many hold it, see Pin
}

// A Table is a named set of rows and the ways it is used.
type Table struct {
	Name     string
	Live     *schema.Version // nil: nothing is published; without its warnings, which Versions reads
	Lookups  []schema.Lookup // those that are live, the default one first, then by name
	Versions int             // how many are kept
	Updated  time.Time
	Damage   *Damage // not nil: the table is set aside, and Live is nil

	Scheduled *Schedule // what goes live later; nil: nothing

	damagedParts []Damage // versions that are not live, and lookups

	Settings
	Former []string // names that it has had, by which campaigns still find it
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

// DeadColumns are those that the lookups which a person has set use and the live version lacks: what needs
// them fails.
func (t *Table) DeadColumns() []schema.DeadColumn {
	if t.Live == nil {
		return nil
	}
	return schema.DeadColumns(t.Live, t.settled())
}

// RuleSets are all rule sets, sorted by name. The caller does not change the
// slice.
func (c *Catalog) RuleSets() []*RuleSet { return c.ruleSets }

// RuleSet finds a rule set.
func (c *Catalog) RuleSet(name string) (*RuleSet, bool) {
	at, found := slices.BinarySearchFunc(c.ruleSets, name, func(r *RuleSet, name string) int { return strings.Compare(r.Name, name) })
	if !found {
		return nil, false
	}
	return c.ruleSets[at], true
}

// with is a new catalog in which some names are as they are now. A family without
// records takes its name out.
func (c *Catalog) with(changed ...*family) *Catalog {
	n := &Catalog{damage: c.damage, tables: c.tables, byName: c.byName, ruleSets: c.ruleSets, families: maps.Clone(c.families)}
	for _, f := range changed {
		if len(f.Things) == 0 {
			delete(n.families, f.Name)
		} else {
			n.families[f.Name] = f
		}
		if f.Name.Bin != 0 {
			continue
		}
		switch f.Name.Kind {
		case KindTable:
			n.tables = replaced(n.tables, f.Name.Name, func(t *Table) string { return t.Name }, f.table)
		case KindRuleSet:
			n.ruleSets = replaced(n.ruleSets, f.Name.Name, func(r *RuleSet) string { return r.Name }, f.ruleSet)
		}
	}
	n.byName = make(map[string]*Table, len(n.tables))
	for _, t := range n.tables {
		n.byName[t.Name] = t
	}
	n.findFormer()
	return n
}

// replaced is a new list, sorted by name, with one element put in for whatever has its
// name, or only taken out where it is nil.
func replaced[E any](list []*E, name string, nameOf func(*E) string, by *E) []*E {
	at, found := slices.BinarySearchFunc(list, name, func(e *E, name string) int { return strings.Compare(nameOf(e), name) })
	n := append(make([]*E, 0, len(list)+1), list[:at]...)
	if by != nil {
		n = append(n, by)
	}
	if found {
		at++
	}
	return append(n, list[at:]...)
}

// newCatalog describes what is stored. What is damaged is set aside in it.
func newCatalog(stored *Stored, families []*family) *Catalog {
	c := &Catalog{byName: map[string]*Table{}, families: make(map[Name]*family, len(families)), damage: stored.Damage}
	for _, f := range families {
		c.families[f.Name] = f
		if f.table != nil {
			c.tables = append(c.tables, f.table)
			c.byName[f.table.Name] = f.table
		}
		if f.ruleSet != nil {
			c.ruleSets = append(c.ruleSets, f.ruleSet)
		}
	}
	slices.SortFunc(c.tables, func(a, b *Table) int { return strings.Compare(a.Name, b.Name) })
	c.findFormer()
	slices.SortFunc(c.ruleSets, func(a, b *RuleSet) int { return strings.Compare(a.Name, b.Name) })
	return c
}
