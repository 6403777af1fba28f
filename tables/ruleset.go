package tables

import (
	"slices"
	"strings"
	"time"
)

// A RuleSet is a named source text of rules, kept in versions as a table is. What
// the text says is not this package's: it is parsed and compiled by whoever takes
// it out of the Catalog. Lookups name rule sets, but do not hold them: a lookup
// may name one that is not there yet, or no longer.
type RuleSet struct {
	Name     string
	Live     *RuleSetVersion // nil: nothing is published
	Versions int             // how many are kept
	Updated  time.Time       // of the last change, UTC
	Damage   *Damage         // not nil: the rule set is set aside, and Live is nil

	damagedVersions []Damage // that are not live
}

// A RuleSetVersion is one source of a rule set. It never changes.
type RuleSetVersion struct {
	Number  int       `json:"version"` // from 1; ascending, never used twice
	Source  string    `json:"source"`  // UTF-8, byte for byte as it came
	Created time.Time `json:"created"` // UTC
	By      string    `json:"by,omitempty"`
}

// The bounds of rule sets. Every catalog holds the live sources in memory.
const (
	maxRuleSets      = 1000    // Marketo's picklist shows no more
	maxRuleSetSource = 1 << 20 // bytes
)

// RuleSets are all rule sets, sorted by name. The caller does not change the
// slice.
func (c *Catalog) RuleSets() []*RuleSet { return c.ruleSets }

// RuleSet finds a rule set.
func (c *Catalog) RuleSet(name string) (*RuleSet, bool) {
	at, found := findRuleSet(c.ruleSets, name)
	if !found {
		return nil, false
	}
	return c.ruleSets[at], true
}

func findRuleSet(list []*RuleSet, name string) (at int, found bool) {
	return slices.BinarySearchFunc(list, name, func(r *RuleSet, name string) int { return strings.Compare(r.Name, name) })
}

// withRuleSet is a new catalog with a rule set put in, or taken out where it is
// nil.
func (c *Catalog) withRuleSet(name string, set *RuleSet) *Catalog {
	n := &Catalog{tables: c.tables, byName: c.byName, ruleSets: make([]*RuleSet, 0, len(c.ruleSets)+1)}
	at, found := findRuleSet(c.ruleSets, name)
	n.ruleSets = append(n.ruleSets, c.ruleSets[:at]...)
	if set != nil {
		n.ruleSets = append(n.ruleSets, set)
	}
	if found {
		at++
	}
	n.ruleSets = append(n.ruleSets, c.ruleSets[at:]...)
	return n
}
