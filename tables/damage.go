package tables

import (
	"errors"
	"fmt"
	"slices"
	"tablestep/tables/schema"

	bolt "go.etcd.io/bbolt"
)

// A DamageKind says what is damaged.
type DamageKind string

// The kinds of what can be set aside.
const (
	DamagedTable   DamageKind = "table"
	DamagedRuleSet DamageKind = "ruleSet"
	DamagedSetting DamageKind = "setting"
	DamagedFile    DamageKind = "file"
)

// A Damage is something stored that is not what was written. It is set aside: it is not
// used, and everything else is.
type Damage struct {
	Kind    DamageKind `json:"kind"`
	Name    string     `json:"name,omitempty"`
	Version int        `json:"version,omitempty"` // 0: all of it
	Problem string     `json:"problem"`           // what was found, what follows from it, and the way out
}

// restore is the first way out of any damage.
const restore = "restore the data folder from a backup"

var errMissing = fmt.Errorf("%w: the record is missing", ErrDamaged)

func (d Damage) String() string {
	text := string(d.Kind)
	if d.Kind == DamagedRuleSet {
		text = "rule set"
	}
	if d.Name != "" {
		text += fmt.Sprintf(" %q", d.Name)
	}
	if d.Version != 0 {
		text += fmt.Sprintf(", version %d", d.Version)
	}
	return text + ": " + d.Problem
}

// setAside gives a table whose records cannot be used its Damage. version is the live
// one where that is what is damaged.
func (t *Table) setAside(err error, version int) {
	t.Live = nil
	t.Damage = &Damage{Kind: DamagedTable, Name: t.Name, Version: version}
	if version == 0 {
		t.Damage.Problem = fmt.Sprintf("it was set aside (%v), and leads that choose it fail: %s, or upload the table again and set its lookups", err, restore)
		return
	}
	t.Damage.Problem = fmt.Sprintf("it is live and was set aside (%v), and leads that choose it fail: publish another version, upload the table again, or %s", err, restore)
}

// setAside is likewise for a rule set.
func (r *RuleSet) setAside(err error, version int) {
	r.Live = nil
	r.Damage = &Damage{Kind: DamagedRuleSet, Name: r.Name, Version: version}
	if version == 0 {
		r.Damage.Problem = fmt.Sprintf("it was set aside (%v), and leads that choose it fail: %s, or save the rule set again", err, restore)
		return
	}
	r.Damage.Problem = fmt.Sprintf("it is live and was set aside (%v), and leads that choose it fail: publish another version, save the rule set again, or %s", err, restore)
}

// Damaged is what was set aside: what was found when the store was opened or a thing
// was changed, and what was met since when rows were read. It is empty for a sound
// file, and costs nothing then.
func (s *Store) Damaged() []Damage {
	c := s.catalog.Load()
	list := slices.Clone(c.damage)
	for _, t := range c.tables {
		if t.Damage != nil {
			list = append(list, *t.Damage)
		}
		list = append(list, t.damagedVersions...)
	}
	for _, r := range c.ruleSets {
		if r.Damage != nil {
			list = append(list, *r.Damage)
		}
		list = append(list, r.damagedVersions...)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.damagedSettings {
		list = append(list, d)
	}
	for storage, d := range s.damagedRows {
		if t, ok := c.Table(d.Name); ok && t.Live != nil && t.Live.Storage == storage {
			d.Problem += ", and leads that choose it fail: upload the table again, publish another version, or " + restore
		} else {
			d.Problem += ": " + restore + " if the version is needed"
		}
		list = append(list, d)
	}
	slices.SortFunc(list, Damage.compare)
	return list
}

func (d Damage) compare(o Damage) int {
	if d.Kind != o.Kind {
		return slices.Compare([]string{string(d.Kind)}, []string{string(o.Kind)})
	}
	if d.Name != o.Name {
		return slices.Compare([]string{d.Name}, []string{o.Name})
	}
	return d.Version - o.Version
}

// noteDamage keeps what was met when rows were read, so that it is told once and not
// read again by every batch.
func (s *Store) noteDamage(v *schema.Version, err error) {
	if !damaged(err) || v.Table == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.damagedRows[v.Storage]; known {
		return
	}
	if s.damagedRows == nil {
		s.damagedRows = make(map[uint64]Damage)
	}
	s.damagedRows[v.Storage] = Damage{Kind: DamagedTable, Name: v.Table, Version: v.Number, Problem: fmt.Sprintf("rows of it cannot be read (%v)", err)}
}

// setAside is an ErrDamaged for a version whose rows are known to be damaged.
func (s *Store) setAside(v *schema.Version) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d, known := s.damagedRows[v.Storage]; known {
		return fmt.Errorf("%w: %s", ErrDamaged, d)
	}
	return nil
}

// forgetRows is called when a storage is nobody's any more.
func (s *Store) forgetRows(storage uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.damagedRows, storage)
}

// tableToWrite is the record to which a version is to be added, a new one where there
// is none. A damaged or lost one is made anew; its version numbers go on.
func tableToWrite(tx *bolt.Tx, name string) (*tableRecord, error) {
	t, err := readTable(tx, name)
	switch {
	case damaged(err) || err == nil && t == nil:
		return &tableRecord{Next: nextNumber(tx, bucketVersions, bucketHistory, name)}, nil
	case err != nil:
		return nil, err
	case t.Deleted:
		return &tableRecord{Next: t.Next}, nil
	}
	return t, nil
}

// tableToDelete is the record of a table that is there, or of which something is left,
// for who deletes or looks at what is left.
func tableToDelete(tx *bolt.Tx, name string) (*tableRecord, error) {
	t, err := liveTable(tx, name)
	if damaged(err) || errors.Is(err, schema.ErrTableNotFound) && t == nil && len(versionNumbers(tx, name)) > 0 {
		return &tableRecord{Next: nextNumber(tx, bucketVersions, bucketHistory, name)}, nil
	}
	return t, err
}

// nextNumber is a number that no version of a name has had, as far as its versions and
// its history still tell.
func nextNumber(tx *bolt.Tx, versions, history, name string) int {
	const most = 1 << 31 // The key of a damaged record may be anything.
	last := 0
	_ = eachNumbered(tx, versions, name, func(n uint64, _ []byte) error {
		if n < most {
			last = max(last, int(n))
		}
		return nil
	})
	_ = eachNumbered(tx, history, name, func(n uint64, data []byte) error {
		var e Event
		if decode(history, numbered(name, n), data, &e) == nil {
			last = max(last, e.Version)
		}
		return nil
	})
	return last + 1
}

// doomOrphans leaves chunks that no version names to the sweeper. It is called when a
// version has been dropped whose record could not be read, and does nothing as long as
// there is another such record: its chunks are among them.
func (s *Store) doomOrphans(tx *bolt.Tx) error {
	owned := map[uint64]bool{}
	c := tx.Bucket([]byte(bucketVersions)).Cursor()
	for k, data := c.First(); k != nil; k, data = c.Next() {
		var r versionRecord
		if err := decode(bucketVersions, k, data, &r); err != nil {
			return nil //nolint:nilerr // it may own any of them
		}
		owned[r.Storage] = true
	}
	var orphans []uint64
	c = tx.Bucket([]byte(bucketData)).Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		if id, ok := storageOf(k); ok && !owned[id] && tx.Bucket([]byte(bucketDoomed)).Get(storageKey(id)) == nil && !slices.Contains(orphans, id) {
			orphans = append(orphans, id)
		}
	}
	for _, id := range orphans {
		if err := s.doom(tx, "", id); err != nil {
			return err
		}
	}
	return nil
}
