package tables

import (
	"errors"
	"fmt"
	"slices"

	"tablestep/tables/schema"
)

// A DamageKind says what is damaged.
type DamageKind string

// The kinds of what can be set aside.
const (
	DamagedTable   DamageKind = "table"
	DamagedRuleSet DamageKind = "ruleSet"
	DamagedLookup  DamageKind = "lookup" // its Name is TABLE/LOOKUP
	DamagedDraft   DamageKind = "draft"  // its Name is that of the table
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

// setAside is the Damage of a table, rule set or lookup whose records cannot be used. version is
// the live one where that is what is damaged.
func setAside(kind Kind, name string, version int, err error) *Damage {
	d := &Damage{Kind: DamageKind(kind), Name: name, Version: version}
	again := map[Kind]string{KindTable: "upload the table again", KindRuleSet: "save the rule set again", kindLookup: "set the lookup again"}[kind]
	if version == 0 {
		d.Problem = fmt.Sprintf("it was set aside (%v), and leads that choose it fail: %s, or %s", err, restore, again)
		return d
	}
	d.Problem = fmt.Sprintf("it is live and was set aside (%v), and leads that choose it fail: publish another version, %s, or %s", err, again, restore)
	return d
}

// setAsideForLookup is the Damage of a table whose default lookup cannot be read.
func setAsideForLookup(table string, version int, err error) *Damage {
	what := "its default lookup"
	if version != 0 {
		what = fmt.Sprintf("version %d of its default lookup, which is live,", version)
	}
	return &Damage{Kind: DamagedTable, Name: table, Problem: fmt.Sprintf("it was set aside because %s cannot be read (%v), and leads that choose it fail: set the lookup again, or %s", what, err, restore)}
}

// damagedVersions are those of a thing that are not live.
func damagedVersions(kind Kind, name string, r *Record) (list []Damage) {
	for _, m := range r.Made {
		if m.Damage != nil && m.Number != r.Head.Live {
			list = append(list, Damage{DamageKind(kind), name, m.Number, "the version cannot be published (" + m.Damage.Error() + "): " + restore})
		}
	}
	return list
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
		list = append(list, t.damagedParts...)
	}
	for _, r := range c.ruleSets {
		if r.Damage != nil {
			list = append(list, *r.Damage)
		}
		list = append(list, r.damagedParts...)
	}
	for name, f := range c.families {
		if name.Kind == KindDraft {
			list = append(list, f.damagedDrafts()...)
		}
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

// damagedDrafts are those of a table.
func (f *family) damagedDrafts() (list []Damage) {
	for person, r := range f.Things {
		if err := errors.Join(r.Damage, r.LiveDamage); err != nil && person != "" {
			list = append(list, Damage{Kind: DamagedDraft, Name: f.Name.Name, Problem: fmt.Sprintf("the one of %s cannot be read (%v); leads do not see it: throw it away, or %s", schema.Excerpt(person), err, restore)})
		}
	}
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

// unreadable is an ErrDamaged for a version whose rows are known to be damaged.
func (s *Store) unreadable(v *schema.Version) error {
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
