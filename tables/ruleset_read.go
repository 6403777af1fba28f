package tables

import (
	"fmt"
	"slices"
	"tablestep/tables/schema"

	bolt "go.etcd.io/bbolt"
)

// RuleSetVersions are the versions of a rule set that are kept, the newest first.
func (s *Store) RuleSetVersions(name string) ([]RuleSetVersion, error) {
	_, versions, err := s.WholeRuleSet(name)
	return versions, err
}

// WholeRuleSet is a rule set with its versions, all of one moment.
func (s *Store) WholeRuleSet(name string) (set *RuleSet, versions []RuleSetVersion, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		if set, err = describeRuleSet(tx, name); err != nil {
			return err
		}
		if set == nil {
			return fmt.Errorf("%w: %q", schema.ErrRuleSetNotFound, schema.Excerpt(name))
		}
		numbers := ruleSetNumbers(tx, name)
		slices.Reverse(numbers)
		for _, n := range numbers {
			v, err := readRuleSetVersion(tx, name, n)
			if damaged(err) {
				continue // Damaged names it.
			}
			if err != nil {
				return err
			}
			versions = append(versions, *v)
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("versions of rule set %q: %w", schema.Excerpt(name), err)
	}
	return set, versions, nil
}

// RuleSetVersion is one version of a rule set; 0 is the live one.
func (s *Store) RuleSetVersion(name string, version int) (*RuleSetVersion, error) {
	var v *RuleSetVersion
	err := s.view(func(tx *bolt.Tx) error {
		r, err := liveRuleSet(tx, name)
		if err != nil {
			return err
		}
		if version == 0 {
			version = r.Live
		}
		if version == 0 {
			return fmt.Errorf("%w: no version is published", schema.ErrVersionNotFound)
		}
		v, err = readRuleSetVersion(tx, name, version)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read rule set %q: %w", schema.Excerpt(name), err)
	}
	return v, nil
}

// RuleSetHistory is what was done to a rule set, the latest first. A deleted one
// has one as well.
func (s *Store) RuleSetHistory(name string) ([]Event, error) {
	var events []Event
	err := s.view(func(tx *bolt.Tx) error {
		r, err := readRuleSet(tx, name)
		if err != nil && !damaged(err) {
			return err
		}
		if err == nil && r == nil && len(ruleSetNumbers(tx, name)) == 0 {
			return fmt.Errorf("%w: %q", schema.ErrRuleSetNotFound, schema.Excerpt(name))
		}
		events, err = eventsIn(tx, bucketRuleSetHistory, name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("history of rule set %q: %w", schema.Excerpt(name), err)
	}
	return events, nil
}
