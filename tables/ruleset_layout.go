package tables

import (
	"fmt"
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

// readRuleSets describes the rule sets that are stored, sorted by name.
func readRuleSets(tx *bolt.Tx) ([]*RuleSet, error) {
	var list []*RuleSet
	err := tx.Bucket([]byte(bucketRuleSets)).ForEach(func(k, _ []byte) error {
		set, err := describeRuleSet(tx, string(k))
		if err == nil && set != nil {
			list = append(list, set)
		}
		return err
	})
	return list, err
}

// describeRuleSet makes a RuleSet of the stored record; nil where it is deleted.
func describeRuleSet(tx *bolt.Tx, name string) (*RuleSet, error) {
	r, err := readRuleSet(tx, name)
	if err != nil || r == nil || r.Deleted {
		return nil, err
	}
	set := &RuleSet{Name: name, Updated: r.Updated, Versions: len(ruleSetNumbers(tx, name))}
	if r.Live != 0 {
		if set.Live, err = readRuleSetVersion(tx, name, r.Live); err != nil {
			return nil, err
		}
	}
	return set, nil
}

// readRuleSet is the record of a rule set; nil where there never was one.
func readRuleSet(tx *bolt.Tx, name string) (*ruleSetRecord, error) {
	data := tx.Bucket([]byte(bucketRuleSets)).Get([]byte(name))
	if data == nil {
		return nil, nil
	}
	r := new(ruleSetRecord)
	if err := decode(data, r); err != nil {
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
		return nil, fmt.Errorf("%w: %q", ErrRuleSetNotFound, short(name))
	}
	return r, nil
}

func writeRuleSet(tx *bolt.Tx, name string, r *ruleSetRecord) error {
	if err := put(tx.Bucket([]byte(bucketRuleSets)), []byte(name), r); err != nil {
		return fmt.Errorf("write rule set %q: %w", name, err)
	}
	return nil
}

func readRuleSetVersion(tx *bolt.Tx, name string, number int) (*RuleSetVersion, error) {
	data := tx.Bucket([]byte(bucketRuleSetVersions)).Get(numbered(name, uint64(number)))
	if data == nil {
		return nil, fmt.Errorf("%w: version %d of rule set %q", ErrVersionNotFound, number, name)
	}
	v := new(RuleSetVersion)
	if err := decode(data, v); err != nil {
		return nil, fmt.Errorf("rule set %q: version %d: %w", name, number, err)
	}
	if v.Number != number {
		return nil, fmt.Errorf("rule set %q: version %d: %w: it says that it is version %d", name, number, errDamaged, v.Number)
	}
	return v, nil
}

func writeRuleSetVersion(tx *bolt.Tx, name string, v *RuleSetVersion) error {
	if err := put(tx.Bucket([]byte(bucketRuleSetVersions)), numbered(name, uint64(v.Number)), v); err != nil {
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
