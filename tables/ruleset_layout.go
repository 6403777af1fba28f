package tables

import (
	"errors"
	"fmt"
	"tablestep/tables/schema"
	"time"

	bolt "go.etcd.io/bbolt"
)

// The buckets of rule sets; FORMAT.md draws what is in them.
const (
	bucketRuleSets        = "rulesets"
	bucketRuleSetVersions = "rulesetVersions"
	bucketRuleSetHistory  = "rulesetHistory"
)

// ruleSetRecord is a rule set as it is stored. The record of a deleted one stays,
// so that its version numbers are not given out again.
type ruleSetRecord struct {
	Next    int       `json:"next"` // number of the next version
	Live    int       `json:"live,omitempty"`
	Trail   []int     `json:"trail,omitempty"` // versions that were live before, the latest last
	Updated time.Time `json:"updated"`
	Deleted bool      `json:"deleted,omitempty"`
}

// readRuleSets describes the rule sets that are stored, sorted by name. Records that
// belong to none go to damage.
func readRuleSets(tx *bolt.Tx, damage *[]Damage) ([]*RuleSet, error) {
	var list []*RuleSet
	for _, name := range storedNames(tx, bucketRuleSets, bucketRuleSetVersions) {
		if schema.CheckName("rule set", name) != nil && name != schema.ReservedName {
			*damage = append(*damage, Damage{Kind: DamagedRuleSet, Name: schema.Excerpt(name), Problem: "a record stands under a name that no rule set can have: " + restore})
			continue
		}
		set, err := describeRuleSet(tx, name)
		if err != nil {
			return nil, err
		}
		if set != nil {
			list = append(list, set)
		}
	}
	return list, nil
}

// describeRuleSet makes a RuleSet of the stored records; nil where it is deleted. One
// that cannot be used is described with its Damage.
func describeRuleSet(tx *bolt.Tx, name string) (*RuleSet, error) {
	set := &RuleSet{Name: name, Versions: len(ruleSetNumbers(tx, name))}
	r, err := readRuleSet(tx, name)
	switch {
	case damaged(err):
		set.setAside(err, 0)
		return set, nil
	case err != nil:
		return nil, err
	case r == nil && set.Versions > 0:
		set.setAside(errMissing, 0)
		return set, nil
	case r == nil || r.Deleted:
		return nil, nil
	}
	set.Updated = r.Updated
	if r.Live != 0 {
		set.Live, err = readRuleSetVersion(tx, name, r.Live)
		if damaged(err) || errors.Is(err, schema.ErrVersionNotFound) {
			set.setAside(err, r.Live)
			err = nil
		}
		if err != nil {
			return nil, err
		}
	}
	err = eachNumbered(tx, bucketRuleSetVersions, name, func(n uint64, data []byte) error {
		if int(n) != r.Live {
			if _, err := unwrap(bucketRuleSetVersions, numbered(name, n), data); err != nil {
				set.damagedVersions = append(set.damagedVersions, Damage{DamagedRuleSet, name, int(n), "the version cannot be published (" + err.Error() + "): " + restore})
			}
		}
		return nil
	})
	return set, err
}

// readRuleSet is the record of a rule set; nil where there never was one.
func readRuleSet(tx *bolt.Tx, name string) (*ruleSetRecord, error) {
	data := tx.Bucket([]byte(bucketRuleSets)).Get([]byte(name))
	if data == nil {
		return nil, nil
	}
	r := new(ruleSetRecord)
	if err := decode(bucketRuleSets, []byte(name), data, r); err != nil {
		return nil, fmt.Errorf("rule set %q: %w", name, err)
	}
	return r, nil
}

// liveRuleSet is the record of a rule set that is there.
func liveRuleSet(tx *bolt.Tx, name string) (*ruleSetRecord, error) {
	r, err := readRuleSet(tx, name)
	if err != nil {
		return nil, err
	}
	if r == nil || r.Deleted {
		return nil, fmt.Errorf("%w: %q", schema.ErrRuleSetNotFound, schema.Excerpt(name))
	}
	return r, nil
}

func writeRuleSet(tx *bolt.Tx, name string, r *ruleSetRecord) error {
	if err := put(tx, bucketRuleSets, []byte(name), r); err != nil {
		return fmt.Errorf("write rule set %q: %w", name, err)
	}
	return nil
}

func readRuleSetVersion(tx *bolt.Tx, name string, number int) (*RuleSetVersion, error) {
	key := numbered(name, uint64(number))
	data := tx.Bucket([]byte(bucketRuleSetVersions)).Get(key)
	if data == nil {
		return nil, fmt.Errorf("%w: version %d of rule set %q", schema.ErrVersionNotFound, number, name)
	}
	v := new(RuleSetVersion)
	if err := decode(bucketRuleSetVersions, key, data, v); err != nil {
		return nil, fmt.Errorf("rule set %q: version %d: %w", name, number, err)
	}
	if v.Number != number {
		return nil, fmt.Errorf("rule set %q: version %d: %w: it says that it is version %d", name, number, ErrDamaged, v.Number)
	}
	return v, nil
}

func writeRuleSetVersion(tx *bolt.Tx, name string, v *RuleSetVersion) error {
	if err := put(tx, bucketRuleSetVersions, numbered(name, uint64(v.Number)), v); err != nil {
		return fmt.Errorf("write version %d of rule set %q: %w", v.Number, name, err)
	}
	return nil
}

func dropRuleSetVersions(tx *bolt.Tx, name string, numbers []int) error {
	for _, n := range numbers {
		if err := tx.Bucket([]byte(bucketRuleSetVersions)).Delete(numbered(name, uint64(n))); err != nil {
			return fmt.Errorf("drop version %d of rule set %q: %w", n, name, err)
		}
	}
	return nil
}

// ruleSetNumbers are the numbers of the versions that are kept, ascending.
func ruleSetNumbers(tx *bolt.Tx, name string) []int {
	return numbersIn(tx, bucketRuleSetVersions, name)
}
