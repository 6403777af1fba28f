package tables

import (
	"fmt"
	"time"
	"unicode/utf8"

	"tablestep/tables/schema"
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

	damagedParts []Damage // versions that are not live
}

// The bounds of rule sets. Every catalog holds the live sources in memory.
const (
	maxRuleSets      = 1000    // Marketo's picklist shows no more
	maxRuleSetSource = 1 << 20 // bytes
)

// PutRuleSet keeps a source as a new version of a rule set, which it makes where
// there is none, and publishes it if it is told to. A source equal to the newest
// version's makes no new version; it is only published, and where that one is live
// already nothing happens at all. The version is returned in every case. A source
// is at most 1 MiB of UTF-8; the error for another, or for a bad name, wraps
// ErrInvalid.
func (s *Store) PutRuleSet(name, source string, publish bool, by string) (*RuleSetVersion, error) {
	return s.PutRuleSetIf(name, source, publish, nil, by)
}

// PutRuleSetIf is PutRuleSet for a rule set that is in an expected state; else the error is a
// *MovedError.
func (s *Store) PutRuleSetIf(name, source string, publish bool, expected Expected, by string) (*RuleSetVersion, error) {
	var v *RuleSetVersion
	err := schema.CheckName("rule set", name)
	if err == nil {
		err = checkSource(source)
	}
	if err == nil {
		err = s.change(func(c *change) error {
			t := Thing{Name: Name{Kind: KindRuleSet, Name: name}}
			err := c.expect(t, expected)
			if err == nil {
				v, err = c.putRuleSet(t, source, publish, by)
			}
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("put rule set %q: %w", schema.Excerpt(name), err)
	}
	return v, nil
}

// checkSource holds a source against its bounds. JSON, in which it is stored and
// shown, would change what is not UTF-8.
func checkSource(source string) error {
	if len(source) > maxRuleSetSource {
		return fmt.Errorf("%w: a source of %d bytes, %d are the most", schema.ErrInvalid, len(source), maxRuleSetSource)
	}
	if !utf8.ValidString(source) {
		return fmt.Errorf("%w: the source is not UTF-8: save it as UTF-8", schema.ErrInvalid)
	}
	return nil
}

func (c *change) putRuleSet(t Thing, source string, publish bool, by string) (*RuleSetVersion, error) {
	if _, there := c.before.RuleSet(t.Name.Name); !there {
		if err := c.before.roomForRuleSet(); err != nil {
			return nil, err
		}
	}
	r, err := c.toAdd(t)
	if err != nil {
		return nil, err
	}
	content, added, err := c.newest(t, r, &Content{Source: source, Making: Making{By: by}}, func(o *Content) bool { return o.Source == source })
	if err != nil {
		return nil, err
	}
	if added {
		c.event(t.Name, Event{Action: ActionPut, By: by, Version: content.Number})
	}
	goes := publish && r.Head.Live != content.Number
	if goes {
		c.goLive(t, r, content)
		c.event(t.Name, Event{Action: ActionPublish, By: by, Version: content.Number})
	}
	switch {
	case added:
		c.trim(t, r)
	case !goes:
		return ruleSetVersion(content), errUnchanged
	}
	return ruleSetVersion(content), nil
}

// roomForRuleSet says whether there can be one more.
func (c *Catalog) roomForRuleSet() error {
	if n := len(c.ruleSets); n >= maxRuleSets {
		return fmt.Errorf("%w: there are %d rule sets, the most there can be: delete one", schema.ErrInvalid, n)
	}
	return nil
}

// newest is the newest version of a thing where that is equal, else a new one.
func (c *change) newest(t Thing, r *Record, content *Content, equal func(*Content) bool) (v *Content, added bool, err error) {
	if n := len(r.Made); n > 0 && r.Made[n-1].Damage == nil {
		last, err := c.content(t, r, r.Made[n-1].Number)
		if err != nil && !damaged(err) || err == nil && equal(last) {
			return last, false, err
		}
	}
	c.add(t, r, content)
	return content, true, nil
}
