package tables

import (
	"errors"
	"fmt"
	"slices"
	"tablestep/tables/schema"
	"unicode/utf8"

	bolt "go.etcd.io/bbolt"
)

// errUnchanged ends a transaction that has found nothing to write.
var errUnchanged = errors.New("unchanged")

// PutRuleSet keeps a source as a new version of a rule set, which it makes where
// there is none, and publishes it if it is told to. A source equal to the newest
// version's makes no new version; it is only published, and where that one is live
// already nothing happens at all. The version is returned in every case. A source
// is at most 1 MiB of UTF-8; the error for another, or for a bad name, wraps
// ErrInvalid.
func (s *Store) PutRuleSet(name, source string, publish bool, by string) (*RuleSetVersion, error) {
	var v *RuleSetVersion
	err := schema.CheckName("rule set", name)
	if err == nil {
		err = checkSource(source)
	}
	if err == nil {
		err = s.changeRuleSet(name, func(tx *bolt.Tx) error {
			r, err := s.ruleSetToPut(tx, name)
			if err != nil {
				return err
			}
			var added bool
			if v, added, err = s.putVersion(tx, name, r, source, by); err != nil {
				return err
			}
			goes := publish && r.Live != v.Number
			if !added && !goes {
				return errUnchanged
			}
			if goes {
				r.goLive(v.Number)
				if err := s.recordRuleSet(tx, name, Event{Action: ActionPublish, By: by, Version: v.Number}); err != nil {
					return err
				}
			}
			if added {
				if err := s.trimRuleSet(tx, name, r); err != nil {
					return err
				}
			}
			return s.updateRuleSet(tx, name, r)
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

// ruleSetToPut is the record to which a version is to be added.
func (s *Store) ruleSetToPut(tx *bolt.Tx, name string) (*ruleSetRecord, error) {
	r, err := readRuleSet(tx, name)
	if damaged(err) { // It is made anew; its version numbers go on.
		return &ruleSetRecord{Next: nextNumber(tx, bucketRuleSetVersions, bucketRuleSetHistory, name)}, nil
	}
	if err != nil {
		return nil, err
	}
	if r == nil || r.Deleted {
		if n := len(s.catalog.Load().ruleSets); n >= maxRuleSets {
			return nil, fmt.Errorf("%w: there are %d rule sets, the most there can be: delete one", schema.ErrInvalid, n)
		}
	}
	if r == nil {
		r = &ruleSetRecord{Next: nextNumber(tx, bucketRuleSetVersions, bucketRuleSetHistory, name)}
	}
	r.Deleted = false
	return r, nil
}

// ruleSetToDelete is the record of a rule set that is there, or of which something is
// left.
func ruleSetToDelete(tx *bolt.Tx, name string) (*ruleSetRecord, error) {
	r, err := liveRuleSet(tx, name)
	if damaged(err) || errors.Is(err, schema.ErrRuleSetNotFound) && len(ruleSetNumbers(tx, name)) > 0 {
		return &ruleSetRecord{Next: nextNumber(tx, bucketRuleSetVersions, bucketRuleSetHistory, name)}, nil
	}
	return r, err
}

// putVersion is the newest version where it has this source, else a new one.
func (s *Store) putVersion(tx *bolt.Tx, name string, r *ruleSetRecord, source, by string) (v *RuleSetVersion, added bool, err error) {
	if numbers := ruleSetNumbers(tx, name); len(numbers) > 0 {
		v, err = readRuleSetVersion(tx, name, numbers[len(numbers)-1])
		if err != nil && !damaged(err) || err == nil && v.Source == source {
			return v, false, err
		}
	}
	// Round strips the monotonic clock, which a version read later does not have.
	v = &RuleSetVersion{Number: r.Next, Source: source, Created: s.options.Now().UTC().Round(0), By: schema.Excerpt(by)}
	r.Next++
	if err := writeRuleSetVersion(tx, name, v); err != nil {
		return nil, false, err
	}
	return v, true, s.recordRuleSet(tx, name, Event{Action: ActionPut, By: by, Version: v.Number})
}

// PublishRuleSet makes a version the live one.
func (s *Store) PublishRuleSet(name string, version int, by string) error {
	err := s.changeRuleSet(name, func(tx *bolt.Tx) error {
		r, err := liveRuleSet(tx, name)
		if err != nil {
			return err
		}
		if _, err := readRuleSetVersion(tx, name, version); err != nil {
			return err
		}
		if r.Live == version {
			return errUnchanged
		}
		r.goLive(version)
		if err := s.recordRuleSet(tx, name, Event{Action: ActionPublish, By: by, Version: version}); err != nil {
			return err
		}
		return s.updateRuleSet(tx, name, r)
	})
	if err != nil {
		return fmt.Errorf("publish rule set %q: %w", schema.Excerpt(name), err)
	}
	return nil
}

// RollbackRuleSet makes the version live again that was so before, and says
// which. Done again, it goes further back.
func (s *Store) RollbackRuleSet(name, by string) (int, error) {
	back := 0
	err := s.changeRuleSet(name, func(tx *bolt.Tx) error {
		r, err := liveRuleSet(tx, name)
		if err != nil {
			return err
		}
		kept := ruleSetNumbers(tx, name)
		for len(r.Trail) > 0 && back == 0 {
			n := r.Trail[len(r.Trail)-1]
			r.Trail = r.Trail[:len(r.Trail)-1]
			if n != r.Live && slices.Contains(kept, n) { // Else swept since.
				back = n
			}
		}
		if back == 0 {
			return fmt.Errorf("%w: no earlier version was live", schema.ErrVersionNotFound)
		}
		if _, err := readRuleSetVersion(tx, name, back); err != nil {
			return err
		}
		r.Live = back
		if err := s.recordRuleSet(tx, name, Event{Action: ActionRollback, By: by, Version: back}); err != nil {
			return err
		}
		return s.updateRuleSet(tx, name, r)
	})
	if err != nil {
		return 0, fmt.Errorf("roll back rule set %q: %w", schema.Excerpt(name), err)
	}
	return back, nil
}

// DeleteRuleSet removes a rule set with all versions, whether or not a lookup
// names it. Its history stays, and its version numbers are not used again should
// it come back.
func (s *Store) DeleteRuleSet(name, by string) error {
	err := s.changeRuleSet(name, func(tx *bolt.Tx) error {
		r, err := ruleSetToDelete(tx, name)
		if err != nil {
			return err
		}
		if err := dropRuleSetVersions(tx, name, ruleSetNumbers(tx, name)); err != nil {
			return err
		}
		if err := s.recordRuleSet(tx, name, Event{Action: ActionDelete, By: by}); err != nil {
			return err
		}
		return s.updateRuleSet(tx, name, &ruleSetRecord{Next: r.Next, Deleted: true})
	})
	if err != nil {
		return fmt.Errorf("delete rule set %q: %w", schema.Excerpt(name), err)
	}
	return nil
}

// changeRuleSet changes one rule set in one transaction and then swaps the
// catalog; it does neither where f ends with errUnchanged.
func (s *Store) changeRuleSet(name string, f func(tx *bolt.Tx) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	s.change.Lock()
	defer s.change.Unlock()
	var set *RuleSet
	err := s.write(func(tx *bolt.Tx) error {
		if err := f(tx); err != nil {
			return err
		}
		var err error
		set, err = describeRuleSet(tx, name)
		return err
	})
	if errors.Is(err, errUnchanged) {
		return nil
	}
	if err != nil {
		return err
	}
	s.swap(s.catalog.Load().withRuleSet(name, set))
	return nil
}

// goLive moves the live pointer of a record that the caller then writes.
func (r *ruleSetRecord) goLive(version int) {
	if r.Live != 0 {
		r.Trail = append(r.Trail, r.Live)
		r.Trail = r.Trail[max(0, len(r.Trail)-maxTrail):]
	}
	r.Live = version
}

// trimRuleSet drops versions beyond the newest Options.KeepVersions, the live one
// never.
func (s *Store) trimRuleSet(tx *bolt.Tx, name string, r *ruleSetRecord) error {
	numbers := ruleSetNumbers(tx, name)
	old := numbers[:max(0, len(numbers)-s.options.KeepVersions)]
	return dropRuleSetVersions(tx, name, slices.DeleteFunc(old, func(n int) bool { return n == r.Live }))
}

// updateRuleSet writes a record with the time of its change.
func (s *Store) updateRuleSet(tx *bolt.Tx, name string, r *ruleSetRecord) error {
	r.Updated = s.options.Now().UTC()
	return writeRuleSet(tx, name, r)
}

// recordRuleSet adds an event to the history of a rule set.
func (s *Store) recordRuleSet(tx *bolt.Tx, name string, e Event) error {
	if err := s.recordIn(tx, bucketRuleSetHistory, name, e); err != nil {
		return fmt.Errorf("history of rule set %q: %w", name, err)
	}
	return nil
}
