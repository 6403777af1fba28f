package tables

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tablestep/tables/schema"
)

// Versions are the versions of a table that are kept, with their warnings, the
// newest first.
func (s *Store) Versions(table string) ([]schema.Version, error) {
	_, versions, err := s.Whole(table)
	return versions, err
}

// Whole is a table with its versions, all of one moment.
func (s *Store) Whole(table string) (*Table, []schema.Version, error) {
	f, contents, err := s.whole(Thing{Name: Name{Kind: KindTable, Name: table}})
	if err != nil {
		return nil, nil, err
	}
	versions := make([]schema.Version, len(contents))
	for i, c := range contents {
		versions[i] = *c.Rows
		if c.Findings != nil {
			versions[i].Findings = unreadFindings()
		}
	}
	return f.table, versions, nil
}

// A RuleSetVersion is one source of a rule set. It never changes.
type RuleSetVersion struct {
	Number  int       `json:"version"` // from 1; ascending, never used twice
	Source  string    `json:"source"`  // UTF-8, byte for byte as it came
	Created time.Time `json:"created"` // UTC
	By      string    `json:"by,omitempty"`
}

func ruleSetVersion(c *Content) *RuleSetVersion {
	return &RuleSetVersion{Number: c.Number, Source: c.Source, Created: c.Created, By: c.By}
}

// RuleSetVersions are the versions of a rule set that are kept, the newest first.
func (s *Store) RuleSetVersions(name string) ([]RuleSetVersion, error) {
	_, versions, err := s.WholeRuleSet(name)
	return versions, err
}

// WholeRuleSet is a rule set with its versions, all of one moment.
func (s *Store) WholeRuleSet(name string) (*RuleSet, []RuleSetVersion, error) {
	f, contents, err := s.whole(Thing{Name: Name{Kind: KindRuleSet, Name: name}})
	if err != nil {
		return nil, nil, err
	}
	versions := make([]RuleSetVersion, len(contents))
	for i, c := range contents {
		versions[i] = *ruleSetVersion(c)
	}
	return f.ruleSet, versions, nil
}

// RuleSetVersion is one version of a rule set; 0 is the live one.
func (s *Store) RuleSetVersion(name string, version int) (*RuleSetVersion, error) {
	t := Thing{Name: Name{Kind: KindRuleSet, Name: name}}
	r, err := s.catalog.Load().families[t.Name].present(t)
	if err == nil && version == 0 {
		switch version = r.Head.Live; {
		case version == 0:
			err = fmt.Errorf("%w: no version is published", schema.ErrVersionNotFound)
		case r.LiveDamage != nil:
			err = r.LiveDamage
		}
	}
	var c *Content
	if err == nil {
		c, err = s.content(s.ctx, t, version)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", t, err)
	}
	return ruleSetVersion(c), nil
}

// A LookupVersion is one version of a lookup. It never changes.
type LookupVersion struct {
	Number  int           `json:"version"` // from 1; ascending, never used twice
	Live    bool          `json:"live"`
	Created time.Time     `json:"created"` // UTC
	By      string        `json:"by,omitempty"`
	Lookup  schema.Lookup `json:"lookup"`
}

// LookupVersions are the versions of a lookup that are kept, the newest first. The empty name, or
// the table's, is the default lookup; one that is guessed has none.
func (s *Store) LookupVersions(table, lookup string) ([]LookupVersion, error) {
	t := lookupOf(table, lookup)
	if f := s.catalog.Load().families[t.Name]; f != nil && f.table != nil {
		if l, ok := f.table.Lookup(lookup); ok && l.Guessed && f.Things[t.Lookup] == nil {
			return nil, nil
		}
	}
	f, contents, err := s.whole(t)
	if err != nil {
		return nil, err
	}
	versions := make([]LookupVersion, len(contents))
	for i, c := range contents {
		l := *c.Lookup
		l.Name, l.Version = lookupName(table, t.Lookup), c.Number
		versions[i] = LookupVersion{Number: c.Number, Live: c.Number == f.Things[t.Lookup].Head.Live, Created: c.Created, By: c.By, Lookup: l}
	}
	return versions, nil
}

// whole is a name as the catalog has it, and the versions of one of its things that can be
// read, the newest first: those that the catalog knows, and no others. Where it changes
// while it is read it is read anew, at last with the changes held up.
func (s *Store) whole(t Thing) (f *family, contents []*Content, err error) {
	if err := s.enter(); err != nil {
		return nil, nil, fmt.Errorf("versions of %s: %w", t, err)
	}
	defer s.leave()
	f = s.settledCatalog().families[t.Name]
	for range changeTries {
		if contents, err = s.contents(f, t); err != nil {
			return nil, nil, err
		}
		now := s.settledCatalog().families[t.Name]
		if now == f {
			return f, contents, nil
		}
		f = now
	}
	// Others keep changing it: they wait for this once.
	s.changing.Lock()
	defer s.changing.Unlock()
	f = s.catalog.Load().families[t.Name]
	contents, err = s.contents(f, t)
	return f, contents, err
}

// contents are the versions of a thing that a family knows, the newest first.
func (s *Store) contents(f *family, t Thing) ([]*Content, error) {
	r, ok := f.record(t)
	if !ok {
		_, err := f.present(t)
		return nil, fmt.Errorf("versions of %s: %w", t, err)
	}
	contents, err := s.keeper.Versions(s.ctx, t)
	if err != nil {
		return nil, fmt.Errorf("versions of %s: %w", t, err)
	}
	contents = slices.DeleteFunc(contents, func(c *Content) bool {
		_, known := r.making(c.Number)
		return !known
	})
	slices.Reverse(contents)
	return contents, nil
}

// settledCatalog is the catalog once a change that is under way has ended: what is kept is changed
// a moment before the catalog is swapped, and this is not of that moment.
func (s *Store) settledCatalog() *Catalog {
	s.changing.Lock()
	defer s.changing.Unlock()
	return s.catalog.Load()
}

// record is the record of a thing that is there, also one that was set aside.
func (f *family) record(t Thing) (*Record, bool) {
	if f == nil || len(f.Things) == 0 || !f.own().Head.Deleted.IsZero() {
		return nil, false
	}
	r := f.Things[t.Lookup]
	return r, r != nil && r.Head.Deleted.IsZero()
}

// versionOf finds a version of a table; 0 is the live one. Its rows may be swept at any
// time: who needs them begins a reading.
func (s *Store) versionOf(ctx context.Context, table string, number int) (*schema.Version, error) {
	t, ok := s.Catalog().Table(table)
	switch {
	case !ok:
		return nil, fmt.Errorf("%w: %q", schema.ErrTableNotFound, table)
	case number == 0 && t.Damage != nil:
		return nil, fmt.Errorf("%w: %s", ErrDamaged, t.Damage)
	case number == 0 && t.Live == nil:
		return nil, fmt.Errorf("%w: no version of table %q is published", schema.ErrVersionNotFound, table)
	case number == 0, t.Live != nil && number == t.Live.Number:
		return t.Live, nil
	}
	c, err := s.kept(ctx, Thing{Name: Name{Kind: KindTable, Name: table}}, number)
	if err != nil {
		return nil, err
	}
	return c.Rows, nil
}

// isKept says whether a version is there now. Of the keeper it asks, and not of the catalog, which
// is swapped a moment after its records.
func (s *Store) isKept(ctx context.Context, table string, number int) error {
	_, err := s.kept(ctx, Thing{Name: Name{Kind: KindTable, Name: table}}, number)
	if errors.Is(err, schema.ErrVersionNotFound) {
		return fmt.Errorf("%w: version %d of table %q", schema.ErrVersionNotFound, number, table)
	}
	return err
}
